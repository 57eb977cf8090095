"""Reads CHANGELOG.md: its first section, which is the next release.

Source: https://keepachangelog.com
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from modproof.upgrades.versions import Version

__all__ = ["Section", "section_of", "top_section"]

_HEADING = re.compile(r"^## +\[?(?P<name>[^\]\s]+)\]?.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of level 2: its heading without brackets and date, its line (from 1), and its text."""

    name: str
    line: int
    text: str

    @property
    def version(self) -> Version | None:
        """The version in the heading; None for ``Unreleased``."""
        return Version.parse(self.name)

    @property
    def mentions_breaking(self) -> bool:
        """Whether the text has the word ``breaking``."""
        return re.search(r"\bbreaking\b", self.text, re.IGNORECASE) is not None


def sections(path: Path) -> list[Section]:
    """All sections of level 2, in their order; none if there is no file."""
    if not path.is_file():
        return []
    content = path.read_text(encoding="utf-8", errors="replace")
    headings = list(_HEADING.finditer(content))
    ends = [*(heading.start() for heading in headings[1:]), len(content)]
    return [
        Section(heading["name"], content.count("\n", 0, heading.start()) + 1, content[heading.end() : end].strip())
        for heading, end in zip(headings, ends, strict=True)
    ]


def top_section(path: Path) -> Section | None:
    """The first section that has text; if none has, the first."""
    found = sections(path)
    return next((section for section in found if section.text), found[0] if found else None)


def section_of(path: Path, version: Version) -> Section | None:
    """The section of ``version``."""
    return next((section for section in sections(path) if section.version == version), None)
