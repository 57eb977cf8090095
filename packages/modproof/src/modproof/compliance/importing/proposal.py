"""Matches skips with findings: the entries that a ledger needs, and the skips that hide nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from modproof.compliance.findings import Located
from modproof.compliance.importing.skips import Skip
from modproof.compliance.ledger import REVIEW_DAYS, Entry, Scope
from modproof.compliance.rules import same_title
from modproof.core.results import Place, Problem
from modproof.terraform.addresses import without_keys

__all__ = ["Proposal", "Terms", "propose"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What no skip says: the owner of new entries, their review date, and today."""

    owner: str
    review: date | None
    today: date

    def until(self, skip: Skip) -> date:
        """The review date of an entry: the day on which the skip ends, if it has one."""
        return skip.until or self.review or self.today + timedelta(days=REVIEW_DAYS)


@dataclass(slots=True)
class Proposal:
    """New entries; the skips that hide nothing, with the reason; what a reviewer must know; what stays open."""

    entries: list[Entry] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    still_open: list[Located] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    skip: Skip
    title: str
    scopes: list[Scope] = field(default_factory=list)


def propose(
    skips: Sequence[Skip],
    located: Sequence[Located],
    uncovered: Collection[int],
    *,
    complete: Collection[str],
    retired: Mapping[tuple[str, str], Place],
    terms: Terms,
    modules: str,
) -> Proposal:
    """The entries for the findings that ``skips`` hide and the ledger does not have.

    ``uncovered`` are the indices of the findings in ``located`` without an entry. ``complete`` lists the scanners that
    read every file: only their skips can be said to hide nothing. ``retired`` are the rules that cannot get an entry.
    A finding belongs to the first skip that hides it.
    """
    proposal = Proposal()
    drafts: dict[tuple[str, str, str, date], _Draft] = {}
    hidden: set[int] = set()
    scoped: set[tuple[str, str, Scope]] = set()
    for skip in skips:
        hits = [index for index, one in enumerate(located) if _hides(skip, one, terms)]
        _remark(proposal, skip, hits, terms, complete)
        for index in (each for each in hits if each in uncovered and each not in hidden):
            finding = located[index].finding
            former = retired.get((finding.scanner, finding.rule))
            if former is not None:
                text = f"{finding.rule} is no longer needed, but {skip.text} in {skip.place} hides a finding"
                note = Problem(text, former, "move the entry to ignores")
                proposal.notes += [] if note in proposal.notes else [note]
                continue
            hidden.add(index)
            scope = Scope(path=finding.place.path, resource=without_keys(finding.address) or None)
            if (finding.scanner, finding.rule, scope) not in scoped:
                scoped.add((finding.scanner, finding.rule, scope))
                reason = _reason(skip, finding.title)
                key = (finding.scanner, finding.rule, reason, terms.until(skip))
                drafts.setdefault(key, _Draft(skip, finding.title)).scopes.append(scope)
    for (scanner, rule, reason, until), draft in sorted(drafts.items(), key=lambda item: item[0]):
        proposal.entries.append(
            Entry(scanner=scanner, rule=rule, description=draft.title, reason=reason, scope=draft.scopes,
                  owner=terms.owner, review=until)
        )  # fmt: skip
    _add_open(proposal, located, uncovered, hidden, modules)
    return proposal


def _hides(skip: Skip, one: Located, terms: Terms) -> bool:
    over = skip.until is not None and terms.today >= skip.until
    return not over and one.finding.scanner == skip.scanner and skip.covers(one)


def _reason(skip: Skip, title: str) -> str:
    written = "" if same_title(skip.reason, title) else skip.reason
    return written or f"No reason was given in {skip.place.path}."


def _remark(proposal: Proposal, skip: Skip, hits: Sequence[int], terms: Terms, complete: Collection[str]) -> None:
    if hits:
        if skip.remark:
            proposal.notes.append(Problem(f"{skip.text}: {skip.remark}", skip.place))
    elif skip.until is not None and terms.today >= skip.until:
        proposal.left_out.append(Problem(f"{skip.text} ended on {skip.until.isoformat()}", skip.place))
    elif skip.remark:
        proposal.left_out.append(Problem(f"{skip.text}: {skip.remark}", skip.place))
    elif skip.scanner in complete:
        proposal.left_out.append(Problem(f"{skip.text} hides no finding of {skip.scanner}", skip.place))


def _add_open(
    proposal: Proposal, located: Sequence[Located], uncovered: Collection[int], hidden: Collection[int], modules: str
) -> None:
    """Record the findings that no skip hides, with a note if a new entry covers one because a scope is a resource."""
    for index in sorted(set(uncovered) - set(hidden)):
        finding = located[index].finding
        covering = [
            entry
            for entry in proposal.entries
            if (entry.scanner, entry.rule) == (finding.scanner, finding.rule)
            and any(scope.fits(finding, modules) for scope in entry.scope)
        ]
        if covering:
            text = f"{finding.rule} is not hidden here today, but is in the scope of a new entry: {finding.address}"
            proposal.notes.append(Problem(text, finding.place, "fix it, or accept it with the entry"))
        else:
            proposal.still_open.append(located[index])
