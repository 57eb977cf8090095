"""Configuration files of scanners, generated from the ledger for people who run the scanners by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import yaml

from modproof.compliance.ledger import Ledger
from modproof.core.project import Project
from modproof.core.results import Place, Problem

__all__ = ["ScannerConfig", "yaml_list"]

_HEAD = """\
# Generated from {ledger} by `modproof ledger`. Edit that file, not this one.
# {scanner} can only skip a rule everywhere. The ledger limits each exception to a place, and `modproof comply`
# enforces that.
"""


@dataclass(frozen=True, slots=True)
class ScannerConfig:
    """The configuration file of a scanner.

    ``path`` is relative to the project. ``keys`` are the keys that the scanner accepts, and ``unknown_key`` describes
    how it handles others. ``other_files`` are glob patterns of files that the scanner would also read, with a
    description. ``body`` renders the file without its heading.
    """

    scanner: str
    path: str
    keys: frozenset[str]
    unknown_key: str
    other_files: Mapping[str, str]
    body: Callable[[Project, Ledger], str]

    def text(self, project: Project, ledger: Ledger) -> str:
        """The content of the file."""
        return _HEAD.format(ledger=ledger.path, scanner=self.scanner) + self.body(project, ledger)

    def problems(self, project: Project) -> Iterator[Problem]:
        """Keys in the existing file that the scanner does not accept, and other files that it would read."""
        for key, line in _top_level_keys(project, self.path):
            if key not in self.keys:
                place = Place(self.path, line)
                yield Problem(f"unknown key '{key}': {self.unknown_key}", place, "run `modproof ledger`")
        for pattern, description in self.other_files.items():
            for path in sorted(project.root.glob(pattern)):
                hint = f"delete it; `modproof ledger` generates {self.path}"
                yield Problem(description, Place(project.relative(path)), hint)


def _top_level_keys(project: Project, path: str) -> Iterator[tuple[str, int]]:
    try:
        node = yaml.compose((project.root / path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return  # a missing or unreadable file is reported as outdated
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        yield str(key.value), key.start_mark.line + 1


def yaml_list(key: str, values: list[str], comments: Mapping[str, str] | None = None) -> list[str]:
    """The lines of a YAML list. ``comments`` are appended to the values, which must be valid YAML."""
    if not values:
        return [f"{key}: []"]
    lines = [f"{key}:"]
    for value in values:
        comment = (comments or {}).get(value)
        lines.append(f"  - {value}" + (f"  # {' '.join(comment.split())}" if comment else ""))
    return lines
