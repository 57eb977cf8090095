"""Holds findings and ledger against each other: each must account for the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from modproof.compliance.folding import Located
from modproof.compliance.inline import InlineSkip
from modproof.compliance.ledger import Entry, Ledger
from modproof.compliance.rules import RuleBook, same_title
from modproof.core.results import EntryStatus, Finding, Problem, RetiredEntry, SuppressedFinding
from modproof.hcl.block_index import BlockIndex

__all__ = ["Judged", "entry_problems", "reconcile", "retired_entries"]


@dataclass(slots=True)
class Judged:
    """What the ledger comes to: findings it does not account for, those it does, and its own faults."""

    findings: list[Finding] = field(default_factory=list)
    suppressed: list[SuppressedFinding] = field(default_factory=list)
    entries: list[EntryStatus] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def entry_problems(ledger: Ledger, books: Mapping[str, RuleBook]) -> Iterator[Problem]:
    """Entries whose rule the scanner does not have, or has with another meaning. Scanners without book are left out."""
    for entry, part, index in ledger.named():
        book = books.get(entry.scanner)
        if book is None:
            continue
        rule = book.find(entry.rule)
        if rule is None:
            near = book.nearest(entry.rule)
            yield Problem(
                f"{entry.scanner} has no rule {entry.rule}",
                ledger.place(part, index, "rule"),
                f"did you mean {near}?" if near else "look the id up in the scanner's output",
            )
        elif not any(same_title(entry.description, title) for title in rule.titles):
            yield Problem(
                f'{entry.rule} means "{rule.title}" to {entry.scanner}, not "{entry.description}"',
                ledger.place(part, index, "description"),
                "correct the id or the description",
            )


def retired_entries(ledger: Ledger) -> tuple[RetiredEntry, ...]:
    """The ledger's part ``no_longer_needed``."""
    return tuple(
        RetiredEntry(
            entry.scanner, entry.rule, entry.description, entry.because, ledger.place("no_longer_needed", index)
        )
        for index, entry in enumerate(ledger.retired)
    )


def reconcile(
    ledger: Ledger,
    located: Sequence[Located],
    skips: Sequence[InlineSkip],
    *,
    books: Mapping[str, RuleBook],
    whole: Collection[str],
    blocks: BlockIndex,
    modules: str,
    today: date,
) -> Judged:
    """Judge all findings at once.

    ``whole`` names the scanners that saw everything: only then can it be said that an entry covers nothing.
    ``modules`` is the folder of the project's modules. Each finding goes to the first entry and scope that it fits.
    """
    judged = Judged(problems=list(entry_problems(ledger, books)))
    covered: dict[int, list[Located]] = {index: [] for index in range(len(ledger.entries))}
    used: set[tuple[int, int]] = set()
    for one in located:
        match = _first_fit(ledger, one.finding, books, modules)
        if match is None:
            judged.findings.append(one.finding)
            continue
        used.add(match)
        covered[match[0]].append(one)
        entry = ledger.entries[match[0]]
        judged.suppressed.append(SuppressedFinding(one.finding, ledger.place("ignores", match[0]), entry.reason))
    for index, entry in enumerate(ledger.entries):
        judged.entries.append(_status(ledger, index, entry, len(covered[index])))
        judged.problems += _expired(ledger, index, entry, today)
        if entry.scanner in whole:
            judged.problems += _idle(ledger, index, entry, used)
    judged.problems += _unknown_skips(ledger, skips, covered, books, blocks)
    return judged


def _first_fit(ledger: Ledger, finding: Finding, books: Mapping[str, RuleBook], modules: str) -> tuple[int, int] | None:
    for index, entry in enumerate(ledger.entries):
        if entry.scanner == finding.scanner and books[entry.scanner].canonical(entry.rule) == finding.rule:
            for number, scope in enumerate(entry.scope):
                if scope.fits(finding, modules):
                    return index, number
    return None


def _status(ledger: Ledger, index: int, entry: Entry, covers: int) -> EntryStatus:
    return EntryStatus(
        scanner=entry.scanner,
        rule=entry.rule,
        description=entry.description,
        reason=entry.reason,
        owner=entry.owner,
        review=entry.review.isoformat(),
        place=ledger.place("ignores", index),
        covers=covers,
    )


def _expired(ledger: Ledger, index: int, entry: Entry, today: date) -> Iterator[Problem]:
    if today >= entry.review:
        yield Problem(
            f"{entry.rule} ({entry.scanner}) expired {entry.review.isoformat()}",
            ledger.place("ignores", index, "review"),
            "renew it with a reason, or mend the modules and delete it",
        )


def _idle(ledger: Ledger, index: int, entry: Entry, used: Collection[tuple[int, int]]) -> Iterator[Problem]:
    idle = [number for number in range(len(entry.scope)) if (index, number) not in used]
    if len(idle) == len(entry.scope):
        yield Problem(
            f"{entry.rule} covers nothing: {entry.scanner} finds no such thing in its scope",
            ledger.place("ignores", index),
            "move it to no_longer_needed with what made it so, or delete it",
        )
        return
    for number in idle:
        yield Problem(
            f"this scope of {entry.rule} covers nothing ({entry.scope[number]})",
            ledger.place("ignores", index, "scope", number),
            "delete it, or correct it",
        )


def _unknown_skips(
    ledger: Ledger,
    skips: Sequence[InlineSkip],
    covered: Mapping[int, Sequence[Located]],
    books: Mapping[str, RuleBook],
    blocks: BlockIndex,
) -> Iterator[Problem]:
    for skip in skips:
        book = books.get(skip.scanner)
        about = blocks.at_or_after(skip.place.path, skip.place.line or 1)
        known = book is not None and any(
            one.file == skip.place.path and one.block is about and one.finding.rule == book.canonical(skip.rule)
            for index, entry in enumerate(ledger.entries)
            if entry.scanner == skip.scanner
            for one in covered[index]
        )
        if not known:
            yield Problem(
                f"an inline skip of {skip.rule or 'no named rule'} ({skip.scanner}) that the ledger does not know",
                skip.place,
                f"delete the comment; an exception is written in {ledger.path}",
            )
