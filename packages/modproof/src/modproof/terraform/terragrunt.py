"""Terragrunt, the real one, kept from accounts, from other programs and from what it would do beside the question."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modproof.core import process
from modproof.core.environment import aws_environment
from modproof.core.errors import CommandFailed

__all__ = ["CONFIG", "Rendered", "Terragrunt"]

CONFIG = "terragrunt.hcl"
_TIMEOUT_SECONDS = 60.0
_PLACE = re.compile(r"^(?P<path>/[^:\n]+):(?P<line>\d+),\d+(?:-[\d,]+)?: (?P<text>.*)", re.DOTALL)
_OTHERS = re.compile(r",? and \d+ other diagnostic\(s\).*", re.DOTALL)
# what a dependency gives is known after its apply: nothing asks a state for it, and no Terraform is started
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
_KEPT = frozenset({"LANG", "LC_ALL", "TMPDIR", "NO_PROXY", "no_proxy"})


@dataclass(frozen=True, slots=True)
class Rendered:
    """A unit as Terragrunt reads it, or, where ``error`` is not empty, why it cannot, with the place.

    ``inputs`` are JSON's values; a part that follows from an output of a dependency for which there is no mock is an
    empty text. ``found_in`` says which file an input was last set in. ``source`` is empty where there is none.
    """

    inputs: Mapping[str, Any]
    found_in: Mapping[str, Path]
    source: str = ""
    error: str = ""
    path: Path | None = None
    line: int | None = None


class Terragrunt:
    """Terragrunt with a scratch folder of its own: ``home`` is its home folder, empty at first.

    It sees no credentials but the harness's own, ``endpoint_url`` is all of AWS to it, and git is the only program
    that it finds.
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
            # a checkout that belongs to another user, as in a container, is a repository all the same
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }

    def render(self, unit: Path) -> Rendered:
        """What the unit in the folder ``unit`` comes to. Raises TimedOut or CommandFailed when nothing is said."""
        completed = process.run(
            [str(self._binary), *_ARGUMENTS], cwd=unit, env=self._environment, timeout_seconds=_TIMEOUT_SECONDS
        )
        if completed.returncode != 0:
            return _failure(completed.stderr)
        # before it stands what `run_cmd` printed
        last = (completed.stdout.strip().splitlines() or [""])[-1]
        try:
            return _rendered(json.loads(last), unit / CONFIG)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            said = f"{last[:200]} …" if last else "nothing"
            raise CommandFailed(f"terragrunt render said no JSON that is known, but: {said}", path=unit) from error


def _rendered(data: Mapping[str, Any], file: Path) -> Rendered:
    given = data.get("inputs") or {}
    places = {name: (entry["metadata"] or {}).get("found_in_file") for name, entry in given.items()}
    return Rendered(
        inputs={name: entry["value"] for name, entry in given.items()},
        found_in={name: Path(place) if place else file for name, place in places.items()},
        source=(data.get("terraform") or {}).get("value", {}).get("source") or "",
    )


def _failure(stderr: str) -> Rendered:
    """The last error that names a place, else all that was said: Terragrunt tells the same fault several times."""
    messages: list[str] = []
    for line in stderr.splitlines():
        try:
            messages.append(str(json.loads(line)["msg"]))
        except (ValueError, KeyError, TypeError):
            messages.append(line)
    for message in reversed(messages):
        match = _PLACE.match(message)
        if match:
            text = _OTHERS.sub("", match["text"]).replace("; ", ": ", 1)
            return Rendered({}, {}, error=_one_line(text), path=Path(match["path"]), line=int(match["line"]))
    return Rendered({}, {}, error=_one_line(" ".join(messages)) or "terragrunt said nothing")


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
