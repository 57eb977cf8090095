"""Renders Terragrunt units and stacks without accounts, hooks, state, downloads, or programs other than git."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modproof.core import process
from modproof.core.environment import aws_environment
from modproof.core.errors import CommandFailed

__all__ = ["CONFIG", "GENERATED", "STACK", "Generated", "Rendered", "Terragrunt"]

CONFIG = "terragrunt.hcl"
STACK = "terragrunt.stack.hcl"
GENERATED = ".terragrunt-stack"
"""The folder into which Terragrunt generates the units of a stack."""
_TIMEOUT_SECONDS = 60.0
_PLACE = re.compile(r"^(?P<path>/[^:\n]+):(?P<line>\d+),\d+(?:-[\d,]+)?: (?P<text>.*)", re.DOTALL)
_ON = re.compile(r"  on (?P<path>/.+) line (?P<line>\d+)(?:, in .*)?:")
_OTHERS = re.compile(r",? and \d+ other diagnostic\(s\).*", re.DOTALL)
# outputs of dependencies are known only after apply: Terragrunt must neither read a state nor start Terraform
_ARGUMENTS = (
    "render",
    "--json",
    "--with-metadata",
    "--experiment=optional-dependency-outputs",
    "--no-dependency-outputs",
    "--non-interactive",
    "--no-color",
    "--log-format=json",
    "--log-level=error",
)
_GENERATE = ("stack", "generate", "--non-interactive", "--no-color", "--log-format=json", "--log-level=debug")
_GENERATING = re.compile(r"^Generating: \S+ \((?P<source>.+)\) to (?P<folder>/.+)$")
# a discard port: sources of stacks are not downloaded
_NO_PROXY_THERE = "http://127.0.0.1:9"
_KEPT = frozenset({"LANG", "LC_ALL", "TMPDIR", "NO_PROXY", "no_proxy"})


@dataclass(frozen=True, slots=True)
class Rendered:
    """A unit as Terragrunt evaluates it, or the ``error`` that prevents that, with its place.

    ``inputs`` are JSON values; a part that depends on an output of a dependency without mock is an empty string.
    ``found_in`` has the file that set each input last. ``source`` is empty if the unit has none.
    """

    inputs: Mapping[str, Any]
    found_in: Mapping[str, Path]
    source: str = ""
    error: str = ""
    path: Path | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Generated:
    """The source of each unit and stack that a stack generates, by folder, or the error that prevents that."""

    sources: Mapping[Path, str]
    error: str = ""
    path: Path | None = None
    line: int | None = None


class Terragrunt:
    """Terragrunt with a private home folder: ``home``, an empty folder.

    It sees no credentials of the caller, its AWS calls go to ``endpoint_url``, and ``git`` is the only program in its
    PATH.
    """

    def __init__(self, binary: Path, *, home: Path, endpoint_url: str, git: Path | None) -> None:
        self._binary = binary
        programs = home / "bin"
        programs.mkdir()
        if git is not None:
            (programs / "git").symlink_to(git)
        environment = aws_environment(endpoint_url=endpoint_url)
        kept = {name: value for name, value in environment.items() if name in _KEPT or name.startswith("AWS_")}
        self._environment = kept | {
            "HOME": str(home),
            "PATH": str(programs),
            "TG_DOWNLOAD_DIR": str(home / "downloads"),
            # git otherwise refuses a checkout of another user, as in a container
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_ALLOW_PROTOCOL": "file",
        }

    def render(self, unit: Path) -> Rendered:
        """Render the unit in the folder ``unit``. Raises TimedOut, or CommandFailed if the output is unusable."""
        completed = process.run(
            [str(self._binary), *_ARGUMENTS], cwd=unit, env=self._environment, timeout_seconds=_TIMEOUT_SECONDS
        )
        if completed.returncode != 0:
            return _failure(completed.stderr)
        failure = _missing_value(completed.stderr)
        if failure is not None:
            return failure
        # the output of `run_cmd` comes before it
        last = (completed.stdout.strip().splitlines() or [""])[-1]
        try:
            return _rendered(json.loads(last), unit / CONFIG)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            shown = f"{last[:200]} …" if last else "nothing"
            hint = "run `terragrunt render --json` in that folder to see why"
            raise CommandFailed(
                f"terragrunt render printed no usable JSON, but: {shown}", hint=hint, path=unit
            ) from error

    def generate(self, stack: Path) -> Generated:
        """Generate the units of the stack in the folder ``stack``, which is changed. Raises TimedOut."""
        proxy = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NO_PROXY_THERE)
        completed = process.run(
            [str(self._binary), *_GENERATE], cwd=stack, env=self._environment | proxy, timeout_seconds=_TIMEOUT_SECONDS
        )
        messages = [(level, text) for level, text in map(_message, completed.stderr.splitlines())]
        if completed.returncode != 0:
            found = _failure_of([text for level, text in messages if level in ("error", "")])
            return Generated({}, found.error, found.path, found.line)
        matches = [match for _, text in messages if (match := _GENERATING.match(text))]
        return Generated({Path(match["folder"]): match["source"] for match in matches})


def _rendered(data: Mapping[str, Any], file: Path) -> Rendered:
    given = data.get("inputs") or {}
    places = {name: (entry["metadata"] or {}).get("found_in_file") for name, entry in given.items()}
    return Rendered(
        inputs={name: entry["value"] for name, entry in given.items()},
        found_in={name: Path(place) if place else file for name, place in places.items()},
        source=(data.get("terraform") or {}).get("value", {}).get("source") or "",
    )


def _failure(stderr: str) -> Rendered:
    return _failure_of([text for _, text in map(_message, stderr.splitlines())])


def _missing_value(stderr: str) -> Rendered | None:
    """The error of an expression with ``values``: Terragrunt renders it as empty, as if a dependency were missing."""
    located = _located([text for _, text in map(_message, stderr.splitlines())])
    return next((found for written, found in located if "values." in written and "dependency" not in written), None)


def _located(messages: Sequence[str]) -> Iterator[tuple[str, Rendered]]:
    """Each diagnostic that is logged in lines, with the line of the file that it is about."""
    for index, text in enumerate(messages[:-2]):
        match = _ON.fullmatch(text)
        if match:
            detail = _one_line(messages[index + 2])
            yield messages[index + 1], Rendered({}, {}, "", detail, Path(match["path"]), int(match["line"]))


def _message(line: str) -> tuple[str, str]:
    """Level and text of a line of the log; an empty level for another line."""
    try:
        entry = json.loads(line)
        return str(entry["level"]), str(entry["msg"])
    except (ValueError, KeyError, TypeError):
        return "", line


def _failure_of(messages: Sequence[str]) -> Rendered:
    """The last error with a place, else the whole output: Terragrunt reports the same error several times."""
    for message in reversed(messages):
        match = _PLACE.match(message)
        if match:
            text = _OTHERS.sub("", match["text"]).replace("; ", ": ", 1)
            return Rendered({}, {}, error=_one_line(text), path=Path(match["path"]), line=int(match["line"]))
    for _, found in _located(messages):
        return found
    return Rendered({}, {}, error=_one_line(" ".join(messages)) or "terragrunt printed nothing")


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
