"""Ids and titles of scanner rules, to check the descriptions of ledger entries."""

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
    """Whether two titles have the same words.

    Ignores typographic quotes and dashes, backslashes of Markdown, white space, case and a final full stop.
    """
    return _plain(one) == _plain(other)


@dataclass(frozen=True, slots=True)
class Rule:
    """A scanner's rule. ``names`` are its other ids; the first title is displayed. A deprecated rule is not checked."""

    id: str
    titles: tuple[str, ...]
    severity: str = "UNKNOWN"
    names: tuple[str, ...] = ()
    guideline: str = ""
    deprecated: bool = False

    @property
    def title(self) -> str:
        return self.titles[0]


class RuleBook:
    """All rules of one scanner, by id or another name. An id takes precedence over another rule's name."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_id = {rule.id: rule for rule in rules}
        self._by_name: dict[str, Rule] = {}
        for rule in self._by_id.values():
            for name in rule.names:
                self._by_name.setdefault(name, rule)

    def find(self, name: str) -> Rule | None:
        return self._by_id.get(name) or self._by_name.get(name)

    def meant(self, name: str) -> Rule | None:
        """As :meth:`find`, but case may differ, and ids of Trivy may lack their prefix ``AVD-``."""
        wanted = {name.casefold(), f"avd-{name.casefold()}"}
        similar = (each for each in (*self._by_id, *self._by_name) if each.casefold() in wanted)
        return self.find(name) or self.find(next(similar, ""))

    def canonical(self, name: str) -> str:
        """The current id of a rule; an unknown name is returned unchanged."""
        rule = self.find(name)
        return rule.id if rule else name

    def nearest(self, name: str) -> str | None:
        """The id or name that is most similar to ``name``; None if none is similar."""
        close = difflib.get_close_matches(name, [*self._by_id, *self._by_name], 1, 0.75)
        return close[0] if close else None

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)
