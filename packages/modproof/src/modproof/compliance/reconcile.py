"""Compares findings with the ledger: every finding needs an entry, and every entry needs a finding."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from modproof.compliance.findings import Located
from modproof.compliance.ignore_comments import IgnoreComment
from modproof.compliance.ledger import Entry, Ledger, Scope
from modproof.compliance.rules import RuleBook, same_title
from modproof.compliance.scanners.trivy import trivy_rules
from modproof.core.results import EntryStatus, Finding, Place, Problem, RetiredEntry, SuppressedFinding
from modproof.hcl.block_index import BlockIndex
from modproof.hcl.closure import local_source
from modproof.hcl.reader import Block

__all__ = ["Reconciled", "entry_problems", "expired", "reconcile", "repeated", "retired_entries"]


@dataclass(slots=True)
class Reconciled:
    """Findings without an entry, suppressed findings, the status of each entry, and problems of the ledger.

    ``unused`` has the indices of the scopes that cover nothing, by the index of their entry.
    """

    findings: list[Finding] = field(default_factory=list)
    suppressed: list[SuppressedFinding] = field(default_factory=list)
    entries: list[EntryStatus] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unused: dict[int, list[int]] = field(default_factory=dict)


def entry_problems(ledger: Ledger, books: Mapping[str, RuleBook]) -> Iterator[Problem]:
    """Entries with an unknown rule, or with the description of another rule. Scanners without a book are skipped."""
    for index, each in enumerate(ledger.entries):
        yield from _unknown_trivy(ledger, index, each)
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
                f"did you mean {near}?" if near else "copy the id from the scanner's output",
            )
        elif not any(same_title(entry.description, title) for title in rule.titles):
            yield Problem(
                f'{entry.rule} is "{rule.title}" in {entry.scanner}, not "{entry.description}"',
                ledger.place(part, index, "description"),
                "correct the id or the description",
            )


def _unknown_trivy(ledger: Ledger, index: int, entry: Entry) -> Iterator[Problem]:
    if entry.trivy and trivy_rules().find(entry.trivy) is None:
        near = trivy_rules().nearest(entry.trivy)
        yield Problem(
            f"trivy has no rule {entry.trivy}",
            ledger.place("ignores", index, "trivy"),
            f"did you mean {near}?" if near else "copy the id from its output",
        )


def retired_entries(ledger: Ledger) -> tuple[RetiredEntry, ...]:
    """The entries in the ledger's part ``no_longer_needed``."""
    return tuple(
        RetiredEntry(
            entry.scanner, entry.rule, entry.description, entry.because, ledger.place("no_longer_needed", index)
        )
        for index, entry in enumerate(ledger.retired)
    )


def reconcile(
    ledger: Ledger,
    located: Sequence[Located],
    comments: Sequence[IgnoreComment],
    *,
    books: Mapping[str, RuleBook],
    complete: Collection[str],
    blocks: BlockIndex,
    modules: str,
    today: date,
    lost: Callable[[int], Sequence[Problem]] = lambda _: (),
) -> Reconciled:
    """Compare all findings with the ledger.

    ``complete`` lists the scanners that read every file; only their entries can be reported as covering nothing.
    ``modules`` is the project's folder of modules. The first matching entry and scope covers a finding.
    ``lost`` returns why the rule of an entry without a finding, by its index, may not work any more; the entry is then
    not in ``unused``.
    """
    twice = repeated(ledger)
    reconciled = Reconciled(problems=[*entry_problems(ledger, books), *twice.values()])
    covered: dict[int, list[Located]] = {index: [] for index in range(len(ledger.entries))}
    used: set[tuple[int, int]] = set()
    for one in located:
        match = _first_fit(ledger, one.finding, books, modules)
        if match is None:
            reconciled.findings.append(one.finding)
            continue
        used.add(match)
        covered[match[0]].append(one)
        entry = ledger.entries[match[0]]
        reconciled.suppressed.append(SuppressedFinding(one.finding, ledger.place("ignores", match[0]), entry.reason))
    for index, entry in enumerate(ledger.entries):
        reconciled.entries.append(_status(ledger, index, entry, len(covered[index])))
        reconciled.problems += expired(ledger, index, entry, today)
        if entry.scanner in complete:
            unused = [number for number in range(len(entry.scope)) if (index, number) not in used]
            broken = lost(index) if len(unused) == len(entry.scope) else ()
            reconciled.problems += broken
            if unused and not broken:
                reconciled.unused[index] = unused
                once = [number for number in unused if (index, number) not in twice]
                reconciled.problems += _unused(ledger, index, entry, once) if once else ()
    reconciled.problems += _unknown_comments(ledger, comments, covered, books, blocks)
    return reconciled


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


def expired(ledger: Ledger, index: int, entry: Entry, today: date) -> Iterator[Problem]:
    """The problem of an entry that has reached its review date."""
    if today >= entry.review:
        yield Problem(
            f"{entry.rule} ({entry.scanner}) expired {entry.review.isoformat()}",
            ledger.place("ignores", index, "review"),
            "renew it with a reason, or fix the modules and delete it",
        )


def repeated(ledger: Ledger) -> dict[tuple[int, int], Problem]:
    """The scopes that an earlier entry of the same rule has, by the index of the entry and of the scope."""
    first: dict[tuple[str, str, Scope], Place] = {}
    found: dict[tuple[int, int], Problem] = {}
    for index, entry in enumerate(ledger.entries):
        for number, scope in enumerate(entry.scope):
            key, place = (entry.scanner, entry.rule, scope), ledger.place("ignores", index, "scope", number)
            if key in first:
                text = f"{entry.rule} has this scope twice ({scope})"
                found[index, number] = Problem(text, place, f"the first is at {first[key]}; delete one of them")
            first.setdefault(key, place)
    return found


def _unused(ledger: Ledger, index: int, entry: Entry, unused: Sequence[int]) -> Iterator[Problem]:
    if len(unused) == len(entry.scope):
        yield Problem(
            f"{entry.rule} covers no finding of {entry.scanner} in its scope",
            ledger.place("ignores", index),
            "move it to no_longer_needed with the reason, or delete it; `modproof ledger prune` does both",
        )
        return
    for number in unused:
        yield Problem(
            f"this scope of {entry.rule} covers no finding ({entry.scope[number]})",
            ledger.place("ignores", index, "scope", number),
            "correct or delete it",
        )


def _unknown_comments(
    ledger: Ledger,
    comments: Sequence[IgnoreComment],
    covered: Mapping[int, Sequence[Located]],
    books: Mapping[str, RuleBook],
    blocks: BlockIndex,
) -> Iterator[Problem]:
    known: set[tuple[Place, str]] = set()
    for comment in comments:
        book = books.get(comment.scanner)
        about = blocks.at_or_after(comment.place.path, comment.place.line or 1)
        rule = book.meant(comment.rule) if book else None
        if book is not None and any(
            _is_in(one, comment, about, blocks) and (comment.rule == "*" or (rule and one.finding.rule == rule.id))
            for index, entry in enumerate(ledger.entries)
            if entry.scanner == comment.scanner
            for one in covered[index]
        ):
            known.add((comment.place, comment.rule))
    # two scanners may read the same comment
    unknown = {(each.place, each.rule): each for each in reversed(comments) if (each.place, each.rule) not in known}
    for comment in reversed(unknown.values()):
        yield Problem(
            f"an ignore comment for {comment.rule or 'an unnamed rule'} ({comment.scanner}) without a ledger entry",
            comment.place,
            f"delete the comment; add exceptions to {ledger.path}",
        )


def _is_in(one: Located, comment: IgnoreComment, about: Block | None, blocks: BlockIndex) -> bool:
    """Whether a finding is in the block that a comment is about, or in the module that this block calls."""
    if one.file == comment.place.path and one.block is about:
        return True
    place = one.finding.place
    if about is None:
        return False
    if place.path == comment.place.path and blocks.at(place.path, place.line or 1) is about:
        return True
    source = local_source(about) if about.kind == "module" else None
    called = (
        None if source is None else posixpath.normpath(posixpath.join(posixpath.dirname(comment.place.path), source))
    )
    return called == (posixpath.dirname(one.file) or ".") == (posixpath.dirname(place.path) or ".")
