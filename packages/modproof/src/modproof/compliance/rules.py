"""What scanners call their rules, so that a ledger entry can be held to mean what it says."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Rule", "RuleBook", "same_title"]

_QUOTES = {ord(mark): '"' for mark in "\u201c\u201d\u201e\u00ab\u00bb"}
_QUOTES |= {ord(mark): "'" for mark in "\u2018\u2019`"}
_DASHES = {ord(mark): "-" for mark in "\u2010\u2011\u2012\u2013\u2014\u2212"}


def _plain(title: str) -> str:
    text = re.sub(r"\\(?=[^\w\s])", "", title.translate(_QUOTES | _DASHES))
    return " ".join(text.split()).rstrip(".").casefold()


def same_title(one: str, other: str) -> bool:
    """Whether two titles are the same words.

    Typographic and plain quotes and dashes, Markdown's backslash before a star, white space, case and a last full
    stop are no difference.
    """
    return _plain(one) == _plain(other)


@dataclass(frozen=True, slots=True)
class Rule:
    """A scanner's rule. ``names`` are other ids that mean the same; the first title is the one to show."""

    id: str
    titles: tuple[str, ...]
    severity: str = "UNKNOWN"
    names: tuple[str, ...] = ()
    guideline: str = ""

    @property
    def title(self) -> str:
        return self.titles[0]


class RuleBook:
    """All rules of one scanner, found by their id or another name. An id always wins over another rule's name."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_id = {rule.id: rule for rule in rules}
        self._by_name: dict[str, Rule] = {}
        for rule in self._by_id.values():
            for name in rule.names:
                self._by_name.setdefault(name, rule)

    def find(self, name: str) -> Rule | None:
        return self._by_id.get(name) or self._by_name.get(name)

    def canonical(self, name: str) -> str:
        """The present id of a rule; what the book does not know stays as it is."""
        rule = self.find(name)
        return rule.id if rule else name

    def nearest(self, name: str) -> str | None:
        """The known id or name that is spelt most like ``name``."""
        close = difflib.get_close_matches(name, [*self._by_id, *self._by_name], 1, 0.75)
        return close[0] if close else None

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)
