"""Every command and option is documented, and every documented one exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from modproof.cli.app import _app
from modproof.pytest_plugin.options import pytest_addoption

from .conftest import PAGES, block_id, code_blocks, code_spans, prose, table

GROUP: Any = typer.main.get_command(_app)
OF_PYTEST = {"--collect-only", "--junitxml", "--lf"}
# installs, sets up or shows something for the examples
OTHER_PROGRAMS = {"pip", "cat", "checkov", "gh", "git", "terraform", "tfsec"}


def commands_of(group: Any, before: str = "") -> dict[str, Any]:
    """The commands with their names, each followed by its subcommands."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        found[before + name] = command
        if hasattr(command, "commands"):
            found |= commands_of(command, f"{before}{name} ")
    return found


COMMANDS = {"modproof": GROUP, **commands_of(GROUP)}


def named(words: list[str]) -> str:
    """The command that the words after ``modproof`` begin with."""
    return max((name for name in COMMANDS if words[: len(name.split())] == name.split()), key=len, default="")


def options_of(command: str) -> set[str]:
    """The long options of a command, or of modproof itself."""
    found = COMMANDS[command]
    names = {name for parameter in found.params for name in parameter.opts if name.startswith("--")}
    return {*names, "--help"}


def pytest_options() -> set[str]:
    """The options that the plug-in adds to pytest."""
    found: set[str] = set()

    class Recorder:
        def getgroup(self, *_: object) -> Recorder:
            return self

        def addoption(self, name: str, **_: object) -> None:
            found.add(name)

    pytest_addoption(Recorder())  # type: ignore[arg-type]
    return found


def test_readme_lists_the_commands_in_the_order_of_the_help() -> None:
    listed = [named(code_spans(cells[0])[0].split()[1:]) for cells in table("README.md", "command").rows]
    assert listed == list(commands_of(GROUP))


def test_options_are_listed_with_their_commands() -> None:
    documented: dict[str, set[str]] = {name: set() for name in COMMANDS}
    for names, commands, _ in table("configuration.md", "option").rows:
        options = {span.split()[0] for span in code_spans(names) if span.startswith("--")}
        for command in documented if commands == "all" else code_spans(commands):
            documented[command] |= options
    for without_project in ("modproof", "schema"):
        documented[without_project].discard("--project")
    assert documented == {command: options_of(command) for command in documented}


def test_options_of_the_plug_in_are_listed() -> None:
    documented = {span.split()[0] for span in table("ci.md", "option").names() if span.startswith("--")}
    assert documented == pytest_options()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_options_in_prose_exist(path: Path) -> None:
    known = OF_PYTEST | pytest_options() | set().union(*map(options_of, COMMANDS))
    spans = [span for span in code_spans(prose(path.name)) if span.startswith(("--", "modproof ", "pytest "))]
    mentioned = {name for span in spans for name in re.findall(r"(?<!\S)--[\w-]+", span)}
    assert mentioned <= known


def command_lines() -> Iterator[tuple[str, list[str]]]:
    for block in code_blocks():
        for line in block.text.splitlines() if block.language == "sh" else ():
            words = shlex.split(line, comments=True)
            while words and "=" in words[0]:
                words = words[1:]
            if words:
                yield block_id(block), words


def test_commands_in_examples_exist_and_have_their_options() -> None:
    for place, (program, *arguments) in command_lines():
        used = {word.partition("=")[0] for word in arguments if word.startswith("--")}
        if program == "modproof":
            assert named(arguments), place
            assert used <= options_of(named(arguments)), place
        elif program == "pytest":
            assert used <= pytest_options() | OF_PYTEST, place
        else:
            assert program in OTHER_PROGRAMS, place
