"""Version constraints of providers: which releases they accept, and whether they can be met together.

Source: https://developer.hashicorp.com/terraform/language/expressions/version-constraints
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["VersionRange"]

Version = tuple[int, int, int]

_CONSTRAINT = re.compile(r"\s*(?P<operator>=|!=|>=|<=|>|<|~>)?\s*v?(?P<version>\d+(?:\.\d+){0,2})\s*")
_NEWEST: Version = (10**9, 0, 0)


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The versions from ``lowest`` up to, but without, ``below``, except those in ``excluded``."""

    lowest: Version = (0, 0, 0)
    below: Version = _NEWEST
    excluded: frozenset[Version] = frozenset()

    @classmethod
    def of(cls, constraints: Iterable[str]) -> VersionRange:
        """The versions that all ``constraints`` accept.

        A part that is not understood, such as a pre-release, accepts all versions: Terraform decides then.
        """
        whole = cls()
        for part in ",".join(constraints).split(","):
            match = _CONSTRAINT.fullmatch(part)
            if match:
                whole = whole & _range(match["operator"] or "=", match["version"])
        return whole

    def __and__(self, other: VersionRange) -> VersionRange:
        return VersionRange(
            max(self.lowest, other.lowest), min(self.below, other.below), self.excluded | other.excluded
        )

    @property
    def is_empty(self) -> bool:
        """Whether no version is accepted."""
        one = self.lowest if _after(self.lowest) == self.below else None
        return self.lowest >= self.below or one in self.excluded

    def accepts(self, version: str) -> bool:
        """Whether a release, such as ``5.100.0``, is accepted. True for a pre-release, which is not understood."""
        match = _CONSTRAINT.fullmatch(version)
        found = _parsed(match["version"]) if match else None
        return found is None or (self.lowest <= found < self.below and found not in self.excluded)


def _range(operator: str, text: str) -> VersionRange:
    version = _parsed(text)
    if operator == "~>":
        # the last number that is written may grow
        numbers = [int(number) for number in text.split(".")]
        numbers = numbers[:-1] or numbers
        numbers[-1] += 1
        return VersionRange(version, _padded(numbers) if "." in text else _NEWEST)
    return {
        "=": VersionRange(version, _after(version)),
        "!=": VersionRange(excluded=frozenset({version})),
        ">=": VersionRange(version),
        ">": VersionRange(_after(version)),
        "<": VersionRange(below=version),
        "<=": VersionRange(below=_after(version)),
    }[operator]


def _parsed(text: str) -> Version:
    return _padded([int(number) for number in text.split(".")])


def _padded(numbers: list[int]) -> Version:
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return major, minor, patch


def _after(version: Version) -> Version:
    return version[0], version[1], version[2] + 1
