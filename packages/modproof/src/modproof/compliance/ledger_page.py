"""``docs/ignored-checks.md``: the ledger as a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from modproof.compliance.ledger import Entry, Ledger, Retired, Scope
from modproof.compliance.rules import RuleBook
from modproof.compliance.scanners import Scanner

__all__ = ["PAGE_PATH", "page"]

PAGE_PATH = "docs/ignored-checks.md"
E = TypeVar("E", Entry, Retired)

_INTRODUCTION = """\
<!-- Generated from {ledger} by `modproof ledger`. Edit that file, not this one. -->

# Ignored checks

Findings of {scanners} that this project
accepts, and former exceptions that are no longer needed. They are listed in the [ledger]({link}),
and every scan is compared with it. A scan fails if a finding is not in the ledger, or if an entry covers no finding,
has reached its review date, or has a description that differs from the scanner's title of the rule.
"""
_ONE = """
{configs} is generated from the same list, so that the scanner can be run by hand.
It can only skip a rule everywhere, which is more lenient than the ledger: a rule that may be broken in one place is
skipped in all places. `modproof comply` enforces the places below.
"""
_SEVERAL = """
{configs} are generated from the same list, so that the scanners can be run by hand.
They can only skip a rule everywhere, which is more lenient than the ledger: a rule that may be broken in one place is
skipped in all places. `modproof comply` enforces the places below.
"""
_CODE_OR_TAG = re.compile(r"(?P<code>(?P<ticks>`+).+?(?P=ticks))|(?<!\\)<(?=[a-zA-Z/!?])(?!https?://|mailto:)")


def page(ledger: Ledger, scanners: Sequence[Scanner]) -> str:
    """The text of the page. Rule ids are shown as written, with the current id if the scanner can list its rules."""
    text = _INTRODUCTION.format(
        ledger=ledger.path,
        link=f"../{ledger.path}",
        scanners=" and ".join(f"[{scanner.name}]({scanner.website})" for scanner in scanners),
    )
    configs = [f"`{scanner.config.path}`" for scanner in scanners if scanner.config is not None]
    if configs:
        text += (_SEVERAL if len(configs) > 1 else _ONE).format(configs=" and ".join(configs))
    books = {scanner.name: scanner.offline_rules() for scanner in scanners}
    text += "\n## In force\n" + _by_scanner(ledger.entries, books, _in_force, "No checks are ignored.")
    return text + "\n## No longer needed\n" + _by_scanner(ledger.retired, books, _retired, "No entries yet.")


def _by_scanner(
    entries: Sequence[E],
    books: Mapping[str, RuleBook | None],
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
    head = ("ID", "Description", "Reason it was ignored", "Why it is no longer needed")
    rows = [
        (_rule(entry.rule, book), _plain(entry.description), _cell(entry.reason), _cell(entry.because))
        for entry in entries
    ]
    return _table(head, rows)


def _rule(name: str, book: RuleBook | None) -> str:
    current = book.canonical(name) if book else name
    return f"`{name}`" if current == name else f"`{name}`<br>(now `{current}`)"


def _scope(scope: Scope) -> str:
    named = {"module": scope.module, "path": scope.path, "resource": scope.resource}
    return ", ".join(f"{key} `{value}`".replace("|", "\\|") for key, value in named.items() if value)


def _cell(markdown: str) -> str:
    """``markdown`` without line breaks and HTML: a page shows nothing for ``<name>``."""
    text = _CODE_OR_TAG.sub(lambda match: match["code"] or r"\<", " ".join(markdown.split()))
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def _plain(text: str) -> str:
    """``text`` with escaped stars."""
    return re.sub(r"(?<!\\)\*", r"\\*", _cell(text))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
