"""Stories on the real LocalStack with the real Terraform. Only one needs the AWS provider, which is slow to start."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from modproof import emulator
from modproof.core.project import Project
from modproof.core.results import Mismatch, Outcome, Place, Problem, StoryResult

from ..conftest import alive, eventually
from .conftest import RunStory

LOGS_MODULE = """\
variable "name" { type = string }
variable "days" { type = number }
resource "aws_cloudwatch_log_group" "kept" {
  name              = "${var.name}-kept"
  retention_in_days = var.days
}
resource "aws_cloudwatch_log_group" "renamed" {
  name_prefix = "${var.name}-"
  lifecycle { create_before_destroy = true }
}
output "name" { value = aws_cloudwatch_log_group.kept.name }
"""

LOGS_EXAMPLE = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {}
variable "name" { type = string }
variable "days" {
  type    = number
  default = 14
}
module "logs" {
  source = "../../modules/logs"
  name   = var.name
  days   = var.days
}
output "name" { value = module.logs.name }
output "text" { value = file("${path.module}/text.txt") }
"""

LOGS = {
    "modules/logs/main.tf": LOGS_MODULE,
    "examples/logs/main.tf": LOGS_EXAMPLE,
    "examples/logs/text.txt": "text",
    "examples/logs/terraform.tfstate": "not a state: a copy of it would break every command",
}

# without the AWS provider, which takes seconds to start
BUILT_IN = """\
variable "value" { default = 1 }
resource "terraform_data" "this" {
  input = var.value
}
output "value" { value = terraform_data.this.output }
"""


def steps(result: StoryResult) -> dict[str, Outcome]:
    return {step.name: step.outcome for step in result.steps}


def problems(result: StoryResult, name: str) -> list[str]:
    return [str(problem) for step in result.steps if step.name == name for problem in step.problems]


def python(code: str) -> str:
    """A local-exec provisioner that runs ``code`` with the environment that Terraform got."""
    command = shlex.join([sys.executable, "-c", code])
    return f'provisioner "local-exec" {{\n    command = <<-EOT\n      {command}\n    EOT\n  }}'


def test_a_story_runs_all_steps(run: RunStory) -> None:
    story = """\
    example: examples/logs
    variables: {name: "demo${account}"}
    seed:
      - call: s3.create_bucket
        with: {Bucket: "seed-${account}", CreateBucketConfiguration: {LocationConstraint: "${region}"}}
    asserts:
      - name: logs are kept 14 days
        call: logs.describe_log_groups
        with: {logGroupNamePrefix: "${outputs.name}"}
        expect: {logGroups: [{logGroupName: "demo${account}-kept", retentionInDays: 14, arn: "<match ${account}>"}]}
      - name: the seed is there
        call: s3.get_bucket_location
        with: {Bucket: "seed-${account}"}
        expect: {LocationConstraint: eu-west-1}
    updates:
      - name: longer
        variables: {days: 30}
        changes: {module.logs.aws_cloudwatch_log_group.kept: update}
        asserts:
          - name: logs are kept 30 days
            call: logs.describe_log_groups
            with: {logGroupNamePrefix: "${outputs.name}"}
            expect: {logGroups: [{retentionInDays: 30}]}
      - name: renamed
        variables: {name: other}
        changes:
          module.logs.aws_cloudwatch_log_group.kept: destroy-before-create
          module.logs.aws_cloudwatch_log_group.renamed: create-before-destroy
    """
    result = run({**LOGS, "story.yaml": story}, record_calls=True)
    assert [(step.name, step.outcome.value, step.problems) for step in result.steps] == [
        (name, "passed", ())
        for name in (
            "init",
            "seed",
            "apply",
            "second plan is empty",
            "logs are kept 14 days",
            "the seed is there",
            "update: longer",
            "update: longer: second plan is empty",
            "logs are kept 30 days",
            "update: renamed",
            "update: renamed: second plan is empty",
            "destroy",
            "nothing is left",
        )
    ]
    assert result.outcome is Outcome.PASSED
    assert result.seconds >= sum(step.seconds for step in result.steps) * 0.9
    assert "module.logs.aws_cloudwatch_log_group.kept: update" in result.steps[6].detail
    # the AWS calls of Terraform, and not those of the seed and the asserts
    made = {
        phase: {call.operation for call in calls} - {"GetCallerIdentity"} for phase, calls in result.calls[""].items()
    }
    assert made["plan"] == {"DescribeLogGroups", "ListTagsForResource"}
    assert made["apply"] >= {"CreateLogGroup", "PutRetentionPolicy", "DeleteLogGroup"}
    assert made["apply"] | made["destroy"] <= {*made["plan"], "CreateLogGroup", "PutRetentionPolicy", "DeleteLogGroup"}
    created = [call for call in result.calls[""]["apply"] if call.operation == "CreateLogGroup"]
    assert f"demo{created[0].account}-kept" in {call.identifiers["logGroupName"] for call in created}


def test_each_failing_expectation_is_reported_with_the_value_found(run: RunStory) -> None:
    example = """\
variable "days" { default = 14 }
resource "terraform_data" "changed" {
  input = var.days
}
resource "terraform_data" "kept" {}
output "name" { value = "demo" }
output "text" { value = "text" }
"""
    story = """\
    example: examples/logs
    seed:
      - call: logs.create_log_group
        with: {logGroupName: demo}
      - call: logs.put_retention_policy
        with: {logGroupName: demo, retentionInDays: 14}
    asserts:
      - name: wrong value
        call: logs.describe_log_groups
        with: {logGroupNamePrefix: "${outputs.name}"}
        expect: {logGroups: [{retentionInDays: 15}]}
      - name: wrong error
        call: logs.describe_log_streams
        with: {logGroupName: none}
        error: NoSuchBucket
      - name: wrong argument
        call: logs.describe_log_streams
        with: {LogGroup: none}
        error: NoSuchBucket
      - name: no such output
        call: logs.describe_log_streams
        with: {logGroupName: "${outputs.nme}"}
        error: X
      - name: still asked
        call: logs.describe_log_groups
        expect: {logGroups: <any>}
    updates:
      - name: longer
        variables: {days: 30}
        changes:
          terraform_data.changed: replace
          terraform_data.kept: update
    """
    result = run({"examples/logs/main.tf": example, "story.yaml": story})
    assert result.outcome is Outcome.FAILED
    place = "tests/integration/story.yaml"
    (step,) = (step for step in result.steps if step.name == "wrong value")
    mismatch = Mismatch("logs.describe_log_groups", ("logGroups", 0, "retentionInDays"), 15, 14)
    assert step.problems == (Problem("", Place(place, 8), mismatch=mismatch),)
    assert problems(result, "wrong error")[0].startswith(
        f"{place}:12: logs.describe_log_streams: expected the error NoSuchBucket, found ResourceNotFoundException: "
    )
    assert 'Unknown parameter in input: "LogGroup"' in problems(result, "wrong argument")[0]
    assert problems(result, "no such output") == [f"{place}:20: ${{outputs.nme}} does not exist: there is name, text"]
    assert steps(result)["still asked"] is Outcome.PASSED
    assert problems(result, "update: longer") == [
        f"{place}:31: terraform_data.changed: declared replace,"
        " planned update (input: 14 → 30; output: 14 → known after apply)",
        f"{place}:32: terraform_data.kept: declared update, but the plan does not change it",
    ]
    assert steps(result)["update: longer: second plan is empty"] is Outcome.PASSED
    assert steps(result)["nothing is left"] is Outcome.PASSED


def test_a_second_plan_with_changes_fails(run: RunStory) -> None:
    example = 'resource "terraform_data" "this" {\n  input = timestamp()\n}\n'
    result = run({"examples/x/main.tf": example, "story.yaml": "example: examples/x\n"})
    (problem,) = problems(result, "second plan is empty")
    assert problem.startswith('terraform_data.this: update (input: "20')
    assert "→ known after apply" in problem
    assert steps(result)["nothing is left"] is Outcome.PASSED
    assert result.calls == {}  # recorded only if that is asked for


DRIFT = """\
drift:
  - name: time-goes-on
    seen_in: [tests/integration/story.yaml]
    resource: terraform_data
    attributes: [input, output]
    reason: the clock of the emulator never stops
    reviewed: 2024-05-01
"""


def test_known_drift_passes_with_its_reason(run: RunStory) -> None:
    example = 'resource "terraform_data" "this" {\n  input = timestamp()\n}\n'
    files = {"examples/x/main.tf": example, "tests/drift.yaml": DRIFT, "story.yaml": "example: examples/x\n"}
    result = run(files)
    assert result.outcome is Outcome.PASSED
    assert [step.detail for step in result.steps if step.name == "second plan is empty"] == [
        "known drift: time-goes-on: the clock of the emulator never stops"
    ]


def test_drift_that_is_known_elsewhere_fails(run: RunStory) -> None:
    example = 'resource "terraform_data" "this" {\n  input = timestamp()\n}\n'
    elsewhere = DRIFT.replace("tests/integration/story.yaml", "examples/x")
    files = {"examples/x/main.tf": example, "tests/drift.yaml": elsewhere, "story.yaml": "example: examples/x\n"}
    result = run(files)
    assert result.outcome is Outcome.FAILED
    assert [text.partition(" (")[0] for text in problems(result, "second plan is empty")] == [
        "terraform_data.this: update"
    ]


def test_known_drift_that_does_not_occur_fails(run: RunStory) -> None:
    files = {"examples/x/main.tf": BUILT_IN, "tests/drift.yaml": DRIFT, "story.yaml": "example: examples/x\n"}
    result = run(files)
    assert problems(result, "known drift is needed") == [
        "tests/drift.yaml:2: time-goes-on: no plan of story changes terraform_data; delete the entry"
    ]


def test_leftovers_are_named(run: RunStory) -> None:
    make = (
        "import boto3, os; boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'], region_name='us-east-1')"
        ".create_bucket(Bucket='left-behind')"
    )
    example = f'resource "terraform_data" "this" {{\n  {python(make)}\n}}\n'
    result = run({"examples/x/main.tf": example, "story.yaml": "example: examples/x\n"})
    assert problems(result, "nothing is left") == ["left behind: S3 bucket: left-behind"]
    assert result.outcome is Outcome.FAILED


def test_a_failed_apply_has_its_place_in_the_module_and_is_destroyed(run: RunStory) -> None:
    module = 'resource "terraform_data" "this" {\n  provisioner "local-exec" {\n    command = "exit 3"\n  }\n}\n'
    example = 'module "x" {\n  source = "../../modules/x"\n}\n'
    files = {"modules/x/main.tf": module, "examples/x/main.tf": example, "story.yaml": "example: examples/x\n"}
    result = run(files)
    assert list(steps(result).items()) == [
        ("init", Outcome.PASSED),
        ("apply", Outcome.FAILED),
        ("destroy", Outcome.PASSED),
        ("nothing is left", Outcome.PASSED),
    ]
    (problem,) = problems(result, "apply")
    assert problem.startswith("modules/x/main.tf:2: module.x.terraform_data.this: local-exec provisioner error")


def test_a_syntax_error_has_its_place(run: RunStory) -> None:
    result = run({"examples/x/main.tf": "resource {\n", "story.yaml": "example: examples/x\n"})
    assert steps(result) == {"init": Outcome.FAILED}
    assert problems(result, "init")[0].startswith("examples/x/main.tf:1: ")


def test_an_unsafe_example_is_refused(run: RunStory) -> None:
    module = 'provider "aws" {\n  profile = "production"\n}\n'
    example = 'module "x" {\n  source = "../../modules/x"\n}\n'
    files = {"modules/x/main.tf": module, "examples/x/main.tf": example, "story.yaml": "example: examples/x\n"}
    result = run(files)
    assert steps(result) == {"safe to run": Outcome.ERROR}
    assert result.outcome.exit_code == 2
    assert problems(result, "safe to run")[0].startswith(
        'modules/x/main.tf:2: the provider "aws" has its own profile: profile; set it in the environment'
    )


@pytest.mark.parametrize(
    ("unsafe", "what"),
    [
        ('provider "aws" {\n  profile = "production"\n}\n', 'the provider "aws" has its own profile: profile'),
        (
            'data "terraform_remote_state" "net" {\n  backend = "s3"\n  config  = { bucket = "b", key = "k" }\n}\n',
            'data.terraform_remote_state.net reads state from "s3"',
        ),
    ],
    ids=["provider", "remote state"],
)
def test_an_unsafe_module_that_init_fetches_is_refused_before_the_apply(
    run: RunStory, tmp_path: Path, unsafe: str, what: str
) -> None:
    upstream = tmp_path / "upstream"
    upstream.mkdir()
    (upstream / "main.tf").write_text(unsafe)
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "first"), ("tag", "v1.0.0")):
        subprocess.run(["git", *arguments], cwd=upstream, check=True)
    example = f'module "remote" {{\n  source = "git::file://{upstream}?ref=v1.0.0"\n}}\n'
    result = run({"examples/x/main.tf": example, "story.yaml": "example: examples/x\n"})
    assert steps(result) == {"init": Outcome.ERROR}
    (problem,) = result.steps[0].problems
    assert problem.message == what


def test_an_unknown_boto3_call_is_reported_before_the_apply(run: RunStory) -> None:
    story = """\
    example: examples/x
    asserts:
      - {name: a, call: s3.get_bucket_encrypton, expect: {}}
      - {name: b, call: sagmaker.list_models, expect: {}}
    """
    result = run({"examples/x/main.tf": BUILT_IN, "story.yaml": story})
    assert steps(result) == {"calls are known": Outcome.ERROR}
    assert problems(result, "calls are known") == [
        "tests/integration/story.yaml:3: boto3 has no s3.get_bucket_encrypton; did you mean 'get_bucket_encryption'?",
        "tests/integration/story.yaml:4: boto3 has no service 'sagmaker'; did you mean 'sagemaker'?",
    ]


def test_a_failed_seed_call_has_its_place_and_nothing_is_applied(run: RunStory) -> None:
    story = """\
    example: examples/x
    seed:
      - {call: s3.delete_bucket, with: {Bucket: none}}
    """
    result = run({"examples/x/main.tf": BUILT_IN, "story.yaml": story})
    assert steps(result) == {"init": Outcome.PASSED, "seed": Outcome.FAILED}
    assert problems(result, "seed")[0].startswith("tests/integration/story.yaml:3: An error occurred (NoSuchBucket)")


def test_an_unknown_reference_in_a_variable_has_its_place(run: RunStory) -> None:
    story = 'example: examples/x\nvariables: {value: "${acount}"}\n'
    result = run({"examples/x/main.tf": BUILT_IN, "story.yaml": story})
    assert steps(result)["apply"] is Outcome.ERROR
    assert problems(result, "apply") == [
        "tests/integration/story.yaml:2: ${acount} does not exist: there is account, region"
    ]


def test_localstack_dying_during_the_apply_is_one_clear_message(run: RunStory, tmp_path: Path) -> None:
    started = tmp_path / "started"
    wait = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(60)"
    example = f'resource "terraform_data" "this" {{\n  {python(wait)}\n}}\n'
    begun = time.monotonic()
    with emulator.running(Project(tmp_path)) as own:

        def kill() -> None:
            while not started.exists() and time.monotonic() < begun + 60:
                time.sleep(0.1)
            assert own._service is not None
            os.kill(own._service.pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        result = run({"examples/x/main.tf": example, "story.yaml": "example: examples/x\n"}, on=own)
        killer.join()
    assert time.monotonic() - begun < 50
    assert steps(result) == {"init": Outcome.PASSED, "apply": Outcome.ERROR}
    (problem,) = problems(result, "apply")
    assert problem.startswith("LocalStack died during apply of story (signal 9); end of its log:")
    assert result.outcome.exit_code == 2
    assert (tmp_path / ".modproof" / "localstack.log").exists()


INTERRUPTED = """
import sys
from pathlib import Path
from modproof import emulator, stories, toolchain
from modproof.core import process
from modproof.core.project import Project
from modproof.stories.lifecycle import run
project = Project(Path(sys.argv[1]))
terraform = toolchain.ensure("terraform")
story = stories.load(project.stories / "story.yaml", project)
try:
    with emulator.running(project) as server:
        run(story, terraform=terraform, emulator=server, account="123456789012", project=project)
except KeyboardInterrupt:
    process.stop_all()
    sys.exit(130)
"""


def test_ctrl_c_during_the_apply_leaves_nothing_behind(
    make_story: Callable[[dict[str, str]], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    wait = (
        "import os, pathlib, tempfile, time; tempfile.mkstemp(); "  # as providers leave their sockets
        f"pathlib.Path({str(started)!r}).write_text(str(os.getpid())); time.sleep(60)"
    )
    example = f'resource "terraform_data" "this" {{\n  {python(wait)}\n}}\n'
    make_story({"examples/x/main.tf": example, "story.yaml": "example: examples/x\n"})
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(tmp_path / "project")], start_new_session=True)
    deadline = time.monotonic() + 60
    while not (started.exists() and started.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    pid = started.read_text()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(20) == 130
    assert list(scratch.iterdir()) == []
    assert eventually(lambda: not alive(int(pid)))
