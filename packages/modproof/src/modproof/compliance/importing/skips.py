"""A skip: a rule that a configuration file or a comment hides, and the findings that it hides."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from modproof.compliance.findings import Located
from modproof.compliance.rules import RuleBook
from modproof.core.results import Place

__all__ = ["Covers", "Rules", "Skip", "is_below", "named_rule", "nothing"]

_LEGACY = re.compile(r"[A-Z]+\d+")
"""Ids of the first versions of tfsec, such as AWS018, which tfsec 1.28.14 no longer accepts anywhere."""
_TRIVY = re.compile(r"AVD-[A-Z]+-\d+")

Covers = Callable[[Located], bool]


@dataclass(frozen=True, slots=True)
class Skip:
    """One skip as written. ``covers`` decides whether it hides a finding of ``scanner``.

    ``until`` is the day on which it ends. ``remark`` says what is wrong with it, such as a rule that does not exist.
    """

    scanner: str
    text: str
    place: Place
    covers: Covers
    reason: str = ""
    until: date | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that a written id stands for; none if the scanner does not have it. ``remark`` says what differs."""

    ids: frozenset[str]
    remark: str = ""


def nothing(_: Located) -> bool:
    """Hides no finding."""
    return False


def named_rule(scanner: str, book: RuleBook, name: str, *, names: bool) -> Rules:
    """The rules of ``name``, which may have ``*`` and ``?``. With ``names``, the scanner accepts aliases there, too."""
    if any(character in name for character in "*?["):
        found = frozenset(rule.id for rule in book if fnmatchcase(rule.id.casefold(), name.casefold()))
        if not found:
            return Rules(found, f"{scanner} has no rule that matches it")
        accepted = scanner == "checkov" and all(fnmatchcase(rule, name) for rule in found)
        return Rules(found, "" if accepted else f"{scanner} does not accept this pattern, so it hid nothing until now")
    rule = book.meant(name)
    if rule is None:
        near = book.nearest(name) or book.nearest(name.upper()) or book.nearest(name.lower())
        return Rules(frozenset(), f"{scanner} has no such rule" + (f"; did you mean {near}?" if near else ""))
    found = frozenset((rule.id,))
    if name == rule.id:
        return Rules(found)
    if book.find(name) is None or _LEGACY.fullmatch(name):
        return Rules(found, f"{scanner} does not accept this spelling of {rule.id}, so it hid nothing until now")
    if names:
        return Rules(found, "" if _TRIVY.fullmatch(name) else f"renamed to {rule.id}")
    return Rules(found, f"{scanner} accepts only {rule.id} here, so it hid nothing until now")


def is_below(folder: str, path: str) -> bool:
    """Whether ``path`` is in ``folder``. Both are relative to the project."""
    return PurePosixPath(path).is_relative_to(folder)
