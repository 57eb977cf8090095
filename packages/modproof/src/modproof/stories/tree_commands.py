"""Runs the programs that an update of a Terragrunt tree names."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from modproof.core import process
from modproof.core.environment import aws_environment
from modproof.core.errors import CommandFailed, TimedOut
from modproof.core.results import Place, Problem
from modproof.emulator.calls import References, Unresolved
from modproof.stories.tree_model import FolderCommand

__all__ = ["run_command"]

_SHOWN_CHARACTERS = 1000


def run_command(
    command: FolderCommand,
    references: References,
    place: Place,
    *,
    folder: Path,
    endpoint_url: str,
    services: Mapping[str, str],
    timeout_seconds: float,
) -> Problem | None:
    """Run the program in ``folder`` with credentials for the account of ``references``.

    Returns what is wrong, at ``place``, if a reference cannot be used or the exit code is not 0. Raises CommandFailed
    and TimedOut with the place, and Interrupted.
    """
    try:
        argv = _arguments(command, references)
    except Unresolved as error:
        return Problem(str(error), place)
    environment = aws_environment(
        endpoint_url=endpoint_url, account=references.account, region=references.region, services=services
    )
    # programs of modproof's own environment, such as uv, are found first
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")])
    try:
        done = process.run(argv, cwd=folder, env=environment, timeout_seconds=timeout_seconds)
    except (CommandFailed, TimedOut) as error:
        error.path, error.line = place.path, place.line
        raise
    if done.returncode == 0:
        return None
    said = " ".join((done.stderr.strip() or done.stdout.strip())[-_SHOWN_CHARACTERS:].split())
    return Problem(f"{shlex.join(argv)} exited with {done.returncode}: {said}", place)


def _arguments(command: FolderCommand, references: References) -> list[str]:
    filled = [(text, references.fill(text)) for text in command.run]
    for text, value in filled:
        if isinstance(value, dict | list) or value is None:
            raise Unresolved(f"{text} in `run` is {value!r}; it must be one value")
    return [value if isinstance(value, str) else json.dumps(value) for _, value in filled]
