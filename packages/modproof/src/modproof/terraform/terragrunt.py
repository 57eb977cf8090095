"""Renders Terragrunt units without accounts, hooks, state, or programs other than git."""

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
        }

    def render(self, unit: Path) -> Rendered:
        """Render the unit in the folder ``unit``. Raises TimedOut, or CommandFailed if the output is unusable."""
        completed = process.run(
            [str(self._binary), *_ARGUMENTS], cwd=unit, env=self._environment, timeout_seconds=_TIMEOUT_SECONDS
        )
        if completed.returncode != 0:
            return _failure(completed.stderr)
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


def _rendered(data: Mapping[str, Any], file: Path) -> Rendered:
    given = data.get("inputs") or {}
    places = {name: (entry["metadata"] or {}).get("found_in_file") for name, entry in given.items()}
    return Rendered(
        inputs={name: entry["value"] for name, entry in given.items()},
        found_in={name: Path(place) if place else file for name, place in places.items()},
        source=(data.get("terraform") or {}).get("value", {}).get("source") or "",
    )


def _failure(stderr: str) -> Rendered:
    """The last error with a place, else the whole output: Terragrunt reports the same error several times."""
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
    return Rendered({}, {}, error=_one_line(" ".join(messages)) or "terragrunt printed nothing")


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
