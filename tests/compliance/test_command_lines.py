"""The findings of code are those of checkov's and tfsec's command lines, by rule, folder and address."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import IO, Any

import pytest
from bench import compliance

from modproof.compliance.roots import find_roots
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.project import Project

BUCKET = """
    variable "names" {
      type    = set(string)
      default = ["a", "b"]
    }
    resource "aws_s3_bucket" "this" {
      for_each = var.names
      bucket   = each.key
    }
    resource "aws_s3_bucket" "logs" {
      count  = length(var.names) > 0 ? 1 : 0
      bucket = "logs"
    }
"""
QUEUE = """
    variable "key" {
      type    = string
      default = null
    }
    resource "aws_sqs_queue" "this" {
      name              = "demo"
      kms_master_key_id = var.key
    }
    resource "aws_sqs_queue" "open" {
      name = "open"
    }
"""
POLICY = """
    data "aws_iam_policy_document" "this" {
      statement {
        actions   = ["s3:*"]
        resources = ["*"]
      }
    }
    resource "aws_iam_policy" "this" {
      policy = data.aws_iam_policy_document.this.json
    }
"""
GROUP = """
    variable "ports" {
      type    = list(number)
      default = [22, 443]
    }
    resource "aws_security_group" "this" {
      name = "demo"
      dynamic "ingress" {
        for_each = var.ports
        content {
          from_port   = ingress.value
          to_port     = ingress.value
          protocol    = "tcp"
          cidr_blocks = ["0.0.0.0/0"]
        }
      }
    }
"""
NOTEBOOK = """
    resource "aws_sagemaker_notebook_instance" "this" {
      name          = "demo"
      role_arn      = "arn:aws:iam::111122223333:role/demo"
      instance_type = "ml.t3.medium"
    }
"""


def call(name: str, source: str, arguments: str = "") -> str:
    return f'module "{name}" {{\n  source = "{source}"\n{arguments}\n}}\n'


REPOSITORIES: Mapping[str, Mapping[str, str]] = {
    "one module": {"main.tf": BUCKET},
    "modules and an example": {
        "modules/queue/main.tf": QUEUE,
        "examples/all/main.tf": call("queue", "../../modules/queue", '  key = "alias/demo"'),
    },
    "a root that calls its submodules": {
        "main.tf": call("policy", "./modules/policy") + QUEUE,
        "modules/policy/main.tf": POLICY,
    },
    "a module in a module": {
        "main.tf": call("outer", "./modules/outer"),
        "modules/outer/main.tf": call("inner", "./modules/inner"),
        "modules/outer/modules/inner/main.tf": BUCKET,
    },
    "a call for each": {
        "main.tf": call("queues", "./queue", '  for_each = toset(["x", "y"])'),
        "queue/main.tf": QUEUE,
    },
    "a counted call": {"main.tf": call("group", "./group", "  count = 2"), "group/main.tf": GROUP},
    "two calls of a module": {
        "main.tf": call("one", "./bucket") + call("two", "./bucket", '  names = ["c"]'),
        "bucket/main.tf": BUCKET,
    },
    "settings of the scanners": {
        "main.tf": BUCKET.replace('bucket = "logs"', 'bucket = "logs" #checkov:skip=CKV_AWS_18:no #tfsec:ignore:*'),
        ".checkov.yaml": "skip-check: [CKV_AWS_144]\n",
        ".tfsec/config.yml": "exclude: [aws-s3-enable-versioning]\n",
    },
    "JSON": {"main.tf.json": json.dumps({"resource": {"aws_sqs_queue": {"this": {"name": "demo"}}}})},
    "SageMaker": {"main.tf": NOTEBOOK + POLICY.replace("s3:*", "sagemaker:*")},
}
IGNORED = ("checkov", "settings_of_the_scanners", "CKV_AWS_18", "aws_s3_bucket.logs[0]")
"""checkov's command line has no option that evaluates what an ignore comment hides; tfsec's has."""
SERVER = """
import json, os, sys
from checkov.main import Checkov
for line in sys.stdin:
    argv, folder, output = json.loads(line)
    if not os.fork():
        os.chdir(folder)
        os.environ["HOME"] = folder
        os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT), 1)
        try:
            Checkov(argv).run()
            sys.stdout.flush()
        finally:
            os._exit(0)
    os.wait()
    print(flush=True)
"""


@dataclass
class CommandLines:
    """Run tfsec as a program, and checkov's command line in a fork of one process, because its import takes seconds."""

    folder: Path
    checkov: subprocess.Popen[str]
    runs: int = 0

    def __call__(self, argv: Sequence[str], folder: Path) -> Any:
        if Path(argv[0]).name != "checkov":
            done = process.run(argv, cwd=folder, env={**base_environment(), "HOME": str(folder)})
            return json.loads(done.stdout)
        self.runs += 1
        output = self.folder / f"{self.runs}.json"
        requests, answers = _pipes(self.checkov)
        requests.write(json.dumps([argv[1:], str(folder), str(output)]) + "\n")
        requests.flush()
        assert answers.readline() == "\n"
        return json.loads(output.read_text(encoding="utf-8"))


def _pipes(program: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert program.stdin is not None and program.stdout is not None
    return program.stdin, program.stdout


@pytest.fixture
def run(tmp_path: Path) -> Iterator[CommandLines]:
    folder = tmp_path / "output"
    folder.mkdir()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    env = {**base_environment(), "HCL_PARSE_TIMEOUT_SEC": "0"}  # a busy machine needs more than 10 seconds
    with subprocess.Popen([sys.executable, "-c", SERVER], env=env, text=True, **pipes) as program:  # type: ignore[call-overload]
        yield CommandLines(folder, program)
        _pipes(program)[0].close()


def test_the_findings_are_those_of_the_command_lines(tmp_path: Path, run: CommandLines) -> None:
    for repository, files in REPOSITORIES.items():
        for path, text in files.items():
            file = tmp_path / "project" / repository.replace(" ", "_") / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text), encoding="utf-8")
    settings = f"[tool.modproof]\nscan = {json.dumps([name.replace(' ', '_') for name in REPOSITORIES])}\n"
    (tmp_path / "project/pyproject.toml").write_text(f"{settings}sagemaker_rules = true\n", encoding="utf-8")
    project = Project.find(tmp_path / "project")
    roots = find_roots(project)

    _, expected = compliance.command_lines(project, roots, run)
    found = compliance.scan(project, tmp_path / "cache")

    assert sorted(found - expected) == [IGNORED]
    assert sorted(expected - found) == []
    assert run.runs == len(roots) > len(REPOSITORIES)
    assert {scanner for scanner, *_ in found} == {"checkov", "tfsec"}
    assert {folder.partition("/")[0] for _, folder, *_ in found} == {name.replace(" ", "_") for name in REPOSITORIES}
    assert {rule for _, _, rule, _ in found} >= {"CKV2_AWS_61", "CKV_AWS_144", "CKV_AWS_145", "MODPROOF_SM_5"}
