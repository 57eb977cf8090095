"""``modproof upgrade``: exit codes, output and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest

from modproof import toolchain
from modproof.emulator import Emulator

from ..conftest import Repository, eventually, git
from .conftest import CommandLine

MODULE = 'variable "name" {\n  default = "demo"\n}\nresource "terraform_data" "kept" {\n  input = var.name\n}\n'
RELEASED = {
    "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n- Breaking: another name\n",
    "modules/store/main.tf": MODULE,
    "examples/store/main.tf": 'module "store" {\n  source = "../../modules/store"\n}\n',
}


@pytest.fixture
def root(repository: Repository) -> Path:
    return repository(RELEASED, {"modules/store/main.tf": MODULE.replace("demo", "other")})


def test_a_breaking_change_with_a_low_version_exits_with_1(root: Path, command_line: CommandLine) -> None:
    done = command_line(root, "upgrade", "--interface-only", "--tag", "v1.2.1", "--json")
    assert done.code == 1
    found = json.loads(done.out)["upgrade"]
    assert (found["bump"], found["required"], found["planned"], found["examples"]) == ("major", "2.0.0", "1.2.1", None)
    [change] = found["interface"]
    assert change["place"] == {"path": "modules/store/main.tf", "line": 1}
    assert "CHANGELOG.md:3 the version 1.2.1 is too low after 1.2.0" in done.text
    assert command_line(root, "upgrade", "--interface-only", "--tag", "v2.0.0").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "git has no tag vX.Y.Z in its history.*fetch the tags.*--from REF"),
        (("--from", "v9.9.9"), "there is no commit 'v9.9.9'"),
        (("--from", "HEAD", "--tag", "next"), "'next' is not a release tag; write vX.Y.Z"),
        (("--from", "HEAD", "--tag", "v1.3.0"), "'HEAD' is not a release, so whether v1.3.0 is high enough is unknown"),
        (("--from", "HEAD", "stoer"), "there is no example 'stoer'; did you mean store"),
    ],
)
def test_a_release_or_name_that_does_not_exist_exits_with_2(
    root: Path, command_line: CommandLine, arguments: tuple[str, ...], message: str
) -> None:
    git(root, "tag", "--delete", "v1.2.0")
    done = command_line(root, "upgrade", *arguments)
    assert done.code == 2
    assert re.search(message, done.text), done.text


def test_a_first_release_is_allowed_but_not_in_a_shallow_clone(
    root: Path, command_line: CommandLine, tmp_path: Path
) -> None:
    git(root, "tag", "--delete", "v1.2.0")
    done = command_line(root, "upgrade", "--allow-no-release")
    assert done.code == 0
    assert "no release before this commit" in done.text
    shallow = tmp_path / "shallow"
    git(root, "clone", "--quiet", "--depth=1", f"file://{root}", str(shallow))
    assert command_line(shallow, "upgrade", "--allow-no-release").code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_stop_leaves_nothing_behind(
    root: Path, command_line: CommandLine, tmp_path: Path, localstack: Emulator, number: signal.Signals
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    waits = tmp_path / "waits"
    # a Terraform that waits in the apply
    slow = programs / "terraform"
    real = toolchain.ensure("terraform")
    slow.write_text(f'#!/bin/sh\n[ "$1" = apply ] && {{ touch {waits}; sleep 60; }}\nexec {real} "$@"\n')
    slow.chmod(0o755)
    environment = {**command_line.environment, "PATH": f"{programs}:{os.environ['PATH']}"}
    line = CommandLine(command_line.temporary, environment)
    run = line.start(root, "upgrade", "--endpoint", localstack.endpoint_url)
    assert eventually(waits.exists, 60)
    run.send_signal(number)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 2
    assert "interrupted: the run is incomplete" in err
    assert "Traceback" not in err
    line.assert_nothing_left(root)
