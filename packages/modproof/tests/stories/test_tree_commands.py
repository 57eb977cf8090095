"""Programs that updates of trees run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from modproof.core.errors import CommandFailed, ModproofError, TimedOut
from modproof.core.results import Place, Problem
from modproof.emulator.calls import References
from modproof.stories.tree_commands import run_command
from modproof.stories.tree_model import FolderCommand

PLACE = Place("story.yaml", 5)
OUTPUTS = {"text": "a", "number": 2, "true": True, "list": ["a"], "null": None}


def run(folder: Path, *argv: str, seconds: float = 60) -> Problem | None:
    return run_command(
        FolderCommand(run=list(argv)),
        References("111122223333", "eu-west-1", OUTPUTS),
        PLACE,
        folder=folder,
        endpoint_url="http://127.0.0.1:1",
        services={},
        timeout_seconds=seconds,
    )


def test_references_become_arguments(tmp_path: Path) -> None:
    write = "import sys; open('written', 'w').write(' '.join(sys.argv[1:]))"
    arguments = ("${outputs.text}", "${outputs.number}", "${outputs.true}", "${account}")
    assert run(tmp_path, sys.executable, "-c", write, *arguments) is None
    assert (tmp_path / "written").read_text() == "a 2 true 111122223333"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("${outputs.list}", "${outputs.list} in `run` is ['a']; it must be one value"),
        ("${outputs.null}", "${outputs.null} in `run` is None; it must be one value"),
        ("${outputs.absent}", "${outputs.absent} does not exist: there is text, number, true, list, null"),
    ],
)
def test_a_reference_that_is_no_argument_is_a_problem(tmp_path: Path, reference: str, message: str) -> None:
    assert run(tmp_path, "echo", reference) == Problem(message, PLACE)


@pytest.mark.parametrize(
    ("argv", "error"), [(["absent-program"], CommandFailed), ([sys.executable, "-c", "while True: pass"], TimedOut)]
)
def test_a_program_that_cannot_be_run_has_its_place(
    tmp_path: Path, argv: list[str], error: type[ModproofError]
) -> None:
    with pytest.raises(error) as raised:
        run(tmp_path, *argv, seconds=0.5)
    assert str(raised.value).startswith("story.yaml:5: ")
