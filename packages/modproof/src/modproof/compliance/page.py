"""``docs/ignored-checks.md``: the ledger as a page for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from modproof.compliance.ledger import Entry, Ledger, Retired, Scope
from modproof.compliance.rules import RuleBook

__all__ = ["PAGE_PATH", "page"]

PAGE_PATH = "docs/ignored-checks.md"
E = TypeVar("E", Entry, Retired)

_INTRODUCTION = """\
<!-- Made from {ledger} by `modproof ledger`: change that file, not this one. -->

# Ignored checks

Findings of [checkov](https://www.checkov.io/) and [tfsec](https://github.com/aquasecurity/tfsec) that this project
lives with, and those that it no longer has to. They are listed in the [ledger]({link}), and every scan is held to it:
a finding outside it fails, and so does an entry that covers nothing, whose review date has come, or whose description
is not what the scanner means by the rule.

`.checkov.yaml` and `.tfsec/config.yml` are made from the same list, so that the scanners can be run by hand. They can
skip a rule only everywhere, which is more lenient than the ledger: a rule that may be broken in one place is skipped
in all. `modproof comply` keeps to the places below.
"""


def page(ledger: Ledger, books: Mapping[str, RuleBook]) -> str:
    """The whole page. ``books`` say what an alias stands for; a scanner without book shows its ids as written."""
    text = _INTRODUCTION.format(ledger=ledger.path, link=f"../{ledger.path}")
    text += "\n## In force\n" + _by_scanner(ledger.entries, books, _in_force, "Nothing is ignored.")
    return text + "\n## No longer needed\n" + _by_scanner(ledger.retired, books, _retired, "Nothing was retired yet.")


def _by_scanner(
    entries: Sequence[E],
    books: Mapping[str, RuleBook],
    table: Callable[[Sequence[E], RuleBook | None], str],
    none: str,
) -> str:
    text = ""
    for scanner in sorted({entry.scanner for entry in entries}):
        chosen = sorted((one for one in entries if one.scanner == scanner), key=lambda one: one.rule)
        text += f"\n### {scanner}\n\n{table(chosen, books.get(scanner))}"
    return text or f"\n{none}\n"


def _in_force(entries: Sequence[Entry], book: RuleBook | None) -> str:
    head = ("ID", "Description", "Reason for ignoring", "Where", "Owner", "Review by")
    rows = [
        (
            _rule(entry.rule, book),
            _plain(entry.description),
            _cell(entry.reason),
            "<br>".join(_scope(scope) for scope in entry.scope),
            _plain(entry.owner),
            entry.review.isoformat(),
        )
        for entry in entries
    ]
    return _table(head, rows)


def _retired(entries: Sequence[Retired], book: RuleBook | None) -> str:
    head = ("ID", "Description", "Reason it was ignored", "What made it unnecessary")
    rows = [
        (_rule(entry.rule, book), _plain(entry.description), _cell(entry.reason), _cell(entry.because))
        for entry in entries
    ]
    return _table(head, rows)


def _rule(name: str, book: RuleBook | None) -> str:
    present = book.canonical(name) if book else name
    return f"`{name}`" if present == name else f"`{name}`<br>(now `{present}`)"


def _scope(scope: Scope) -> str:
    named = {"module": scope.module, "path": scope.path, "resource": scope.resource}
    return ", ".join(f"{key} `{value}`".replace("|", "\\|") for key, value in named.items() if value)


def _cell(markdown: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(markdown.split()))


def _plain(text: str) -> str:
    """Text in which a star is a star."""
    return re.sub(r"(?<!\\)\*", r"\\*", _cell(text))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
