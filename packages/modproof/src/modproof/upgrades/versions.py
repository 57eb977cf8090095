"""Release versions and the bumps between them.

Source: https://semver.org
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from modproof.core.results import BUMPS, Bump

__all__ = ["Version", "largest"]

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """``major.minor.patch``. Pre-releases are not releases and have no version here."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """The version in ``v1.2.3`` or ``1.2.3``; None for any other text."""
        match = _VERSION.fullmatch(text)
        return cls(*map(int, match.groups())) if match else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def after(self, bump: Bump) -> Version:
        """The lowest version after this one that ``bump`` allows.

        In major version 0 a breaking change raises the minor version (https://semver.org, item 4).
        """
        if bump == "none":
            return self
        if bump == "patch":
            return Version(self.major, self.minor, self.patch + 1)
        if bump == "minor" or self.major == 0:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major + 1, 0, 0)


def largest(bumps: Iterable[Bump]) -> Bump:
    """The largest bump; ``none`` if there are none."""
    return max(bumps, key=BUMPS.index, default="none")
