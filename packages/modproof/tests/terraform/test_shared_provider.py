"""One process of the AWS provider for several commands, with the real Terraform and provider."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from modproof import toolchain
from modproof.core import process
from modproof.core.environment import aws_environment
from modproof.core.errors import CommandFailed
from modproof.terraform.recorder import Recorder, recording
from modproof.terraform.shared_provider import AWS, SharedProvider
from modproof.terraform.watched import WatchedTerraform

from ..conftest import alive, eventually

ROOT = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "name" { default = "one" }

resource "aws_sns_topic" "this" {
  name = var.name
  lifecycle {
    precondition {
      condition     = var.name != "refused"
      error_message = "the name is refused"
    }
  }
}
"""


TWO_REGIONS = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  alias  = "copy"
  region = "eu-central-1"
}

variable "name" { default = "one" }

data "aws_region" "here" {}

data "aws_region" "copy" { provider = aws.copy }

output "regions" { value = [data.aws_region.here.name, data.aws_region.copy.name, var.name] }
"""


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as found:
        yield found


@pytest.fixture
def terraform(tmp_path: Path, recorder: Recorder) -> WatchedTerraform:
    (tmp_path / "main.tf").write_text(ROOT)
    config = toolchain.terraform_cli_config(tmp_path / "config")
    environment = aws_environment(
        endpoint_url=recorder.endpoint_url, extra={"TF_CLI_CONFIG_FILE": str(config), "TF_DATA_DIR": ".terraform"}
    )
    made = WatchedTerraform(
        tmp_path, binary=toolchain.ensure("terraform"), env=environment, watch=lambda: None, step_seconds=120
    )
    assert made.initialise() == ()
    return made


def test_commands_use_one_process_until_one_of_them_fails(terraform: WatchedTerraform, tmp_path: Path) -> None:
    with process.temporary_folder("provider") as scratch:
        env = terraform.environment("plan", scratch)
        shared = SharedProvider(terraform.providers[AWS], folder=tmp_path, env=env, scratch=scratch)
        terraform.share(shared)
        first = shared.environment()
        assert terraform.plan_to(tmp_path / "plan").errors == ()
        # a provider that logs takes a fifth more time
        assert [line for log in scratch.glob("*.log") for line in log.open() if "@module" in line] == []
        assert terraform.show_plan(tmp_path / "plan")["resource_changes"][0]["change"]["after"]["name"] == "one"
        assert shared.environment() == first != {}
        (pid,) = shared.pids
        assert alive(pid)
        # a resource may have the path of a file, relative to the root module
        assert Path(f"/proc/{pid}/cwd").resolve() == tmp_path
        run = terraform.plan_to(tmp_path / "plan", arguments=["-var=name=refused"])
        assert [error.text for error in run.errors] == ["Resource precondition failed: the name is refused"]
        assert not alive(pid)
        assert shared.environment() == {}
        assert terraform.plan_to(tmp_path / "plan").errors == ()
        assert terraform.show_plan(tmp_path / "plan")["resource_changes"][0]["change"]["after"]["name"] == "one"


def test_a_process_that_ended_is_not_used(terraform: WatchedTerraform, tmp_path: Path) -> None:
    with process.temporary_folder("provider") as scratch:
        env = terraform.environment("plan", scratch)
        shared = SharedProvider(terraform.providers[AWS], folder=tmp_path, env=env, scratch=scratch)
        terraform.share(shared)
        assert shared.environment()
        (pid,) = shared.pids
        os.killpg(pid, signal.SIGKILL)
        assert eventually(lambda: shared.environment() == {})
        assert shared.environment() == {}
        assert terraform.plan_to(tmp_path / "plan").errors == ()


def test_each_configuration_has_its_own_process_for_all_commands(terraform: WatchedTerraform, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(TWO_REGIONS)
    with process.temporary_folder("provider") as scratch:
        shared = SharedProvider(
            terraform.providers[AWS],
            folder=tmp_path,
            env=terraform.environment("plan", scratch),
            scratch=scratch,
            configured_once=False,
        )
        terraform.share(shared)
        assert terraform.apply_all() == ()
        assert terraform.outputs()["regions"] == ["eu-west-1", "eu-central-1", "one"]
        pids = shared.pids
        assert len(pids) == 2
        assert terraform.apply_all(arguments=["-var=name=two"]) == ()
        assert terraform.outputs()["regions"] == ["eu-west-1", "eu-central-1", "two"]
        assert shared.pids == pids
        shared.stop()
        assert not any(map(alive, pids))


def test_a_type_that_does_not_exist_is_reported_with_a_similar_one(terraform: WatchedTerraform, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ROOT.replace('"aws_sns_topic"', '"aws_sns_topik"'))
    with process.temporary_folder("provider") as scratch:
        env = terraform.environment("plan", scratch)
        terraform.share(SharedProvider(terraform.providers[AWS], folder=tmp_path, env=env, scratch=scratch))
        (error,) = terraform.plan_to(tmp_path / "plan").errors
        assert 'Did you mean "aws_sns_topic"?' in error.text


def ask(socket: Path, method: str) -> bytes:
    with grpc.insecure_channel(f"unix:{socket}") as channel:
        answer: bytes = channel.unary_unary(f"/tfplugin5.Provider/{method}")(b"")
        return answer


def test_the_schemas_of_identities_can_be_read_after_the_end(
    terraform: WatchedTerraform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with process.temporary_folder("provider") as scratch:
        env = terraform.environment("plan", scratch)
        shared = SharedProvider(terraform.providers[AWS], folder=tmp_path, env=env, scratch=scratch)
        assert shared.environment()
        # provider 5.100 does not have them
        with monkeypatch.context() as newer:
            newer.setattr("modproof.terraform.shared_provider._Process.call", lambda *_: b"identities")
            assert ask(scratch / "front.sock", "GetResourceIdentitySchemas") == b"identities"
        shared.finish()
        assert ask(scratch / "front.sock", "GetResourceIdentitySchemas") == b"identities"
        shared.stop()


def test_a_provider_that_ended_before_has_no_schemas_of_identities(terraform: WatchedTerraform, tmp_path: Path) -> None:
    with process.temporary_folder("provider") as scratch:
        env = terraform.environment("plan", scratch)
        shared = SharedProvider(terraform.providers[AWS], folder=tmp_path, env=env, scratch=scratch)
        assert shared.environment()
        shared.finish()
        with pytest.raises(grpc.RpcError) as raised:
            ask(scratch / "front.sock", "GetResourceIdentitySchemas")
        assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED
        shared.stop()


def test_a_configuration_after_the_end_starts_no_process(
    terraform: WatchedTerraform, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with process.temporary_folder("provider") as scratch:
        shared = SharedProvider(
            terraform.providers[AWS],
            folder=tmp_path,
            env=terraform.environment("plan", scratch),
            scratch=scratch,
            configured_once=False,
        )
        (value,) = json.loads(shared.environment()["TF_REATTACH_PROVIDERS"]).values()
        with grpc.insecure_channel(value["Addr"]["String"]) as channel:
            configure = channel.unary_unary("/tfplugin5.Provider/Configure")
            configure(b"\x12\x03\x0a\x01\xc0")
            shared.finish()
            with pytest.raises(grpc.RpcError) as raised:
                configure(b"\x12\x03\x0a\x01\x80")
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
        assert not any(map(alive, shared.pids))
        assert caplog.records == []
        shared.stop()


def test_a_path_that_is_too_long_for_a_socket_is_reported(terraform: WatchedTerraform, tmp_path: Path) -> None:
    scratch = tmp_path / ("x" * 100)
    scratch.mkdir()
    env = terraform.environment("plan", scratch)
    shared = SharedProvider(terraform.providers[AWS], folder=tmp_path, env=env, scratch=scratch)
    with pytest.raises(CommandFailed, match="set TMPDIR to a folder with a path of at most 60 characters"):
        shared.environment()
    shared.stop()
    assert not any(map(alive, shared.pids))
