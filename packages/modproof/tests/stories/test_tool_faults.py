"""Faults of the emulator, of Terraform, of a provider and of the machine are errors (exit code 2), not failures."""

from __future__ import annotations

import errno
import os
import shlex
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn

import pytest

from modproof import stories
from modproof.core.project import Project
from modproof.core.results import Outcome, StepResult, StoryResult
from modproof.emulator import Emulator, endpoint, running
from modproof.stories import lifecycle
from modproof.stories.lifecycle import run as run_story

from .conftest import RunStory

BUILT_IN = 'resource "terraform_data" "this" {}\n'
AWS = """\
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
provider "aws" {}
"""


def provisioner(command: str) -> str:
    return f'provisioner "local-exec" {{\n    command = <<-EOT\n      {command}\n    EOT\n  }}'


def script(text: str) -> str:
    return provisioner(f"{sys.executable} -c {shlex.quote(text)}")


def step(result: StoryResult, name: str) -> StepResult:
    (found,) = (each for each in result.steps if each.name == name)
    return found


def outcomes(result: StoryResult) -> dict[str, Outcome]:
    return {each.name: each.outcome for each in result.steps}


def test_a_service_that_the_emulator_lacks_is_an_error_in_every_step(run: RunStory) -> None:
    seeded = run({"examples/x/main.tf": BUILT_IN, "story.yaml": """\
        example: examples/x
        seed:
          - {call: eks.create_cluster, with: {name: a, roleArn: arn, resourcesVpcConfig: {}}}
        """})  # fmt: skip
    assert outcomes(seeded) == {"init": Outcome.PASSED, "seed": Outcome.ERROR}
    (problem,) = step(seeded, "seed").problems
    assert (str(problem.place), problem.message) == (
        "tests/integration/story.yaml:3",
        "the emulator does not have eks (operation CreateCluster)",
    )
    applied = run({
        "examples/x/main.tf": f'{AWS}resource "aws_codecommit_repository" "this" {{ repository_name = "demo" }}\n',
        "story.yaml": """\
        example: examples/x
        asserts:
          - {name: clusters, call: eks.list_clusters, expect: {clusters: []}}
        """,
    })  # fmt: skip
    assert applied.outcome is Outcome.ERROR
    (problem,) = step(applied, "apply").problems
    assert (str(problem.place), problem.message) == (
        "examples/x/main.tf:5",
        "aws_codecommit_repository.this: the emulator does not have codecommit (operation CreateRepository)",
    )
    assert outcomes(applied)["nothing is left"] is Outcome.PASSED


def test_an_assert_of_a_service_that_the_emulator_lacks_is_an_error_unless_it_expects_that(run: RunStory) -> None:
    story = """\
        example: examples/x
        asserts:
          - {name: clusters, call: eks.list_clusters, expect: {clusters: []}}
          - {name: lacking, call: eks.list_clusters, error: InternalFailure}
          - {name: still asked, call: sqs.list_queues, expect: {}}
        """
    result = run({"examples/x/main.tf": BUILT_IN, "story.yaml": story})
    assert [each.outcome.value for each in result.steps if each.asserted] == ["error", "passed", "passed"]
    assert result.outcome is Outcome.ERROR
    assert step(result, "clusters").problems[0].message == "the emulator does not have eks (operation ListClusters)"


def test_a_killed_terraform_is_an_error_and_the_rest_is_destroyed(run: RunStory) -> None:
    kill = f'resource "terraform_data" "this" {{\n  {provisioner("kill -KILL $PPID")}\n}}\n'
    result = run({"examples/x/main.tf": kill, "story.yaml": "example: examples/x\n"})
    assert outcomes(result) == {
        "init": Outcome.PASSED,
        "apply": Outcome.ERROR,
        "destroy": Outcome.PASSED,
        "nothing is left": Outcome.PASSED,
    }
    assert step(result, "apply").problems[0].message == "terraform apply was killed by signal 9"


KILL_PROVIDER = """\
import os, pathlib, signal

def parent(number):
    return int(pathlib.Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])

# the provider is started by Terraform, or for several commands by the run
above = [os.getppid()]
while above[-1] > 1:
    above.append(parent(above[-1]))
for entry in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        if parent(entry.name) in above and b"provider-aws" in (entry / "cmdline").read_bytes():
            os.kill(int(entry.name), signal.SIGKILL)
    except OSError:
        pass
"""


def test_a_killed_provider_is_an_error_and_so_is_what_it_leaves(run: RunStory, tmp_path: Path) -> None:
    killer = tmp_path / "kill.py"
    killer.write_text(KILL_PROVIDER)
    example = f"""{AWS}
resource "terraform_data" "kill" {{
  {provisioner(f"{sys.executable} {killer}")}
}}
resource "aws_sqs_queue" "this" {{
  depends_on = [terraform_data.kill]
}}
"""
    result = run({"examples/x/main.tf": example, "story.yaml": "example: examples/x\n"})
    assert outcomes(result)["apply"] is Outcome.ERROR
    assert result.outcome is Outcome.ERROR
    (problem,) = step(result, "apply").problems
    assert "the provider ended unexpectedly" in str(problem.hint)
    assert outcomes(result)["destroy"] is Outcome.PASSED


def test_a_step_that_exceeds_its_limit_names_what_it_waits_for(run: RunStory) -> None:
    slow = f"""
resource "terraform_data" "slow" {{
  {script("import time; time.sleep(120)")}
}}
resource "terraform_data" "fast" {{}}
"""
    begun = time.monotonic()
    result = run({"examples/x/main.tf": slow, "story.yaml": "example: examples/x\nstep_timeout: 4\n"})
    assert time.monotonic() - begun < 40
    (problem,) = step(result, "apply").problems
    assert problem.message.startswith(
        "terraform apply was stopped after 4 seconds, waiting for terraform_data.slow (create, "
    )
    assert "terraform_data.fast" not in problem.message
    assert "step_timeout" in str(problem.hint)
    assert outcomes(result) == {
        "init": Outcome.PASSED,
        "apply": Outcome.ERROR,
        "destroy": Outcome.PASSED,
        "nothing is left": Outcome.PASSED,
    }


class Silent(BaseHTTPRequestHandler):
    """A server that is healthy and answers no AWS call."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"services": {}, "version": "1"}')

    def do_PUT(self) -> None:
        if self.path.startswith("/_localstack/"):
            # without SageMaker
            self.send_error(404)
        else:
            time.sleep(20)

    def log_message(self, *_: object) -> None:
        pass


def test_a_seed_call_without_a_response_is_stopped_at_the_limit_of_the_step(
    make_story: Callable[[dict[str, str]], stories.Story], terraform: Path, tmp_path: Path
) -> None:
    text = "example: examples/x\nseed:\n  - call: s3.create_bucket\n    with: {Bucket: seeded}\n"
    story = make_story({"examples/x/main.tf": BUILT_IN, "story.yaml": text})
    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    silent = Emulator(f"http://127.0.0.1:{server.server_port}", service=None, kept_log=tmp_path / "log")
    begun = time.monotonic()
    result = run_story(
        story, terraform=terraform, emulator=silent, account="123456789012", project=Project(tmp_path / "project"),
        step_seconds=6,
    )  # fmt: skip
    server.shutdown()
    assert time.monotonic() - begun < 20
    (problem,) = step(result, "seed").problems
    assert step(result, "seed").outcome is Outcome.ERROR
    assert str(problem).startswith(
        "tests/integration/story.yaml:3: the call was stopped after 6 seconds without a response; find out why it waits"
    )


def test_a_destroy_that_hangs_is_stopped_and_its_leftovers_are_reported(run: RunStory) -> None:
    make = (
        "import boto3, os; boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'], region_name='us-east-1')"
        ".create_bucket(Bucket='left-after-timeout')"
    )
    at_destroy = f"{sys.executable} -c {shlex.quote('import time; time.sleep(120)')}"
    example = f"""
resource "terraform_data" "this" {{
  {script(make)}
  provisioner "local-exec" {{
    when    = destroy
    command = <<-EOT
      {at_destroy}
    EOT
  }}
}}
"""
    result = run({"examples/x/main.tf": example, "story.yaml": "example: examples/x\n"}, step_seconds=15)
    assert outcomes(result)["destroy"] is Outcome.ERROR
    assert "terraform_data.this (delete, " in step(result, "destroy").problems[0].message
    assert step(result, "nothing is left").outcome is Outcome.ERROR
    (left,) = step(result, "nothing is left").problems
    assert (left.message, left.hint) == ("left behind: S3 bucket: left-after-timeout", "not completed: destroy")
    assert result.outcome.exit_code == 2


def test_repeated_calls_of_a_step_that_exceeds_its_limit_are_named(run: RunStory, tmp_path: Path) -> None:
    poll = (
        "import boto3, os, time\n"
        "sqs = boto3.client('sqs', endpoint_url=os.environ['AWS_ENDPOINT_URL'], region_name='eu-west-1')\n"
        "while True:\n"
        "    try: sqs.get_queue_url(QueueName='no-such-queue')\n"
        "    except sqs.exceptions.QueueDoesNotExist: time.sleep(0.2)\n"
    )
    example = f"""
resource "terraform_data" "this" {{
  {provisioner(f"{sys.executable} ${{path.module}}/poll.py")}
}}
output "poll" {{ value = file("${{path.module}}/poll.py") }}
"""
    files = {"examples/x/main.tf": example, "examples/x/poll.py": poll, "story.yaml": "example: examples/x\n"}
    with running(Project(tmp_path)) as own:  # the log of the shared emulator has the calls of other tests
        result = run(files, on=own, step_seconds=8)
    assert "repeated AWS calls of the last minute: " in step(result, "apply").problems[0].message
    assert "sqs.GetQueueUrl => 400 (" in step(result, "apply").problems[0].message


def test_a_full_disk_is_an_error_of_the_story(run: RunStory, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/x")  # noqa: S108

    monkeypatch.setattr(lifecycle, "workspace", full)
    result = run({"examples/x/main.tf": BUILT_IN, "story.yaml": "example: examples/x\n"})
    assert outcomes(result) == {"copy the example": Outcome.ERROR}
    (problem,) = result.steps[0].problems
    assert (str(problem.place), problem.message) == ("/tmp/x", "No space left on device")  # noqa: S108
    assert str(problem.hint).startswith("free disk space")


def test_the_step_timeout_of_the_project_applies_where_the_story_has_none(
    make_story: Callable[[dict[str, str]], stories.Story], tmp_path: Path
) -> None:
    files = {"examples/x/main.tf": BUILT_IN, "story.yaml": "example: examples/x\n"}
    story = make_story(files)
    assert story.step_timeout == 600
    (tmp_path / "project/pyproject.toml").write_text("[tool.modproof.timeouts]\nstep = 20\n")
    assert stories.load(story.path, Project.find(tmp_path / "project")).step_timeout == 20


def test_an_emulator_that_is_gone_before_a_story_is_an_error(
    make_story: Callable[[dict[str, str]], stories.Story], terraform: Path, tmp_path: Path
) -> None:
    gone = Emulator(f"http://127.0.0.1:{endpoint.free_port()}", service=None, kept_log=tmp_path / "log")
    story = make_story({"examples/x/main.tf": BUILT_IN, "story.yaml": "example: examples/x\n"})
    project = Project(tmp_path / "project")
    result = run_story(story, terraform=terraform, emulator=gone, account="123456789012", project=project)
    assert outcomes(result) == {"calls are known": Outcome.ERROR}
