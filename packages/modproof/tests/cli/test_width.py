"""Piped output has whole lines without colours; COLUMNS sets a width; a terminal wraps."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MakeProject = Callable[[dict[str, str]], Path]

LONG = " ".join(["long"] * 40)
WHOLE = r'output text: expected "long .* characters\), found "hello world"$'
FAILING = f"cases:\n  minimal:\n    variables: {{name: world}}\n    expect: {{outputs: {{text: {LONG}}}}}\n"
FILES = {
    "tests/unit/greeting/cases.yaml": FAILING,
    "modules/untested/main.tf": 'variable "name" {}\n',
    "compliance/ignores.yaml": f"ignores:\n  - scanner: {LONG}\n",
    "tests/integration/one.yaml": f"example: {LONG}\n",
}


def environment(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR")}
    return {**kept, **extra}


def piped(root: Path, *arguments: str, **extra: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "modproof", *arguments], cwd=root, env=environment(**extra),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "\x1b" not in done.stdout + done.stderr
    return (done.stdout + done.stderr).splitlines()


@pytest.mark.parametrize(
    ("arguments", "whole"),
    [
        (["plan", "greeting"], WHOLE),
        (["verify"], WHOLE),
        (["apply"], f"the example {LONG} does not exist"),
        (["comply"], "compliance/ignores.yaml"),
        (["coverage", LONG], LONG),
        (["init", LONG], LONG),
        (["ledger"], "compliance/ignores.yaml"),
        (["plan", "--explain", LONG], LONG),
        (["up", "-C", f"./{LONG}"], LONG),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_piped_lines_are_whole(make_project: MakeProject, arguments: list[str], whole: str) -> None:
    lines = piped(make_project(FILES), *arguments)
    assert [line for line in lines if re.search(whole, line)], lines
    assert not [line for line in lines if line != line.rstrip()]


def test_doctor_does_not_wrap_its_notes(make_project: MakeProject, tmp_path: Path) -> None:
    mirror = tmp_path / "/".join(["a-long-name-of-a-folder"] * 5)
    lines = piped(make_project({}), "doctor", MODPROOF_PROVIDER_MIRROR=str(mirror))
    assert [line for line in lines if str(mirror) in line], lines


@pytest.mark.parametrize(("extra", "whole"), [({}, True), ({"COLUMNS": "80"}, False)], ids=["piped", "COLUMNS"])
def test_piped_help_is_not_wrapped(make_project: MakeProject, extra: dict[str, str], whole: bool) -> None:
    lines = piped(make_project({}), "plan", "--help", **extra)
    option = (
        "--json                        Print report.json on standard output, and everything else on standard error."
    )
    assert (f"  {option}" in lines) is whole, lines


def test_columns_sets_the_width(make_project: MakeProject) -> None:
    lines = piped(make_project(FILES), "plan", "greeting", COLUMNS="60")
    assert not [line for line in lines if LONG in line]
    assert [line for line in lines if line.strip().startswith("long long")]


def test_a_terminal_wraps(make_project: MakeProject) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "modproof", "plan", "greeting"]
    run = subprocess.Popen(
        command, cwd=make_project(FILES), env=environment(TERM="xterm"), stdout=follower, stderr=subprocess.DEVNULL
    )
    os.close(follower)
    output = b""
    while True:
        try:
            read = os.read(leader, 65536)
        except OSError:  # Linux reports the end of a terminal as an error
            break
        if not read:
            break
        output += read
    run.wait()
    os.close(leader)
    assert LONG not in output.decode()
    assert "\x1b[" in output.decode()
