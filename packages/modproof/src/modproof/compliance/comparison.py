"""``modproof comply --compare``: what changes if another scanner replaces one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from modproof.compliance.controls import counterparts, violation
from modproof.compliance.findings import Located
from modproof.compliance.ledger import Entry, Ledger, load
from modproof.compliance.reconcile import Reconciled, reconcile
from modproof.compliance.roots import find_roots
from modproof.compliance.scanners import NAMES, scanners_named
from modproof.compliance.scanners.trivy import trivy_rules
from modproof.compliance.scanning import ScannerRun, run_scanners
from modproof.core.errors import ConfigurationError
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.core.results import Finding, Place, Problem
from modproof.hcl.block_index import BlockIndex

__all__ = ["Comparison", "MovedEntry", "SameFinding", "compare"]


@dataclass(frozen=True, slots=True)
class SameFinding:
    """A control that both scanners find violated at an address."""

    control: str
    address: str
    place: Place
    rules: tuple[str, str]


@dataclass(frozen=True, slots=True)
class MovedEntry:
    """A ledger entry of the first scanner, and what it would be for the second one.

    ``rule`` is the second scanner's, empty if it has none for the control. The entry covers ``covers`` findings, of
    which the second scanner has ``kept``; ``carries`` if it has any.
    """

    entry: Place
    former: str
    rule: str
    covers: int
    kept: int
    reason: str = ""

    @property
    def carries(self) -> bool:
        return self.kept > 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The findings of two scanners, whatever the ledger says, and the ledger entries of the first.

    ``uncovered`` are the findings of the second scanner that neither a moved entry nor a separate one would cover.
    """

    first: str
    second: str
    both: tuple[SameFinding, ...] = ()
    only_first: tuple[Finding, ...] = ()
    only_second: tuple[Finding, ...] = ()
    entries: tuple[MovedEntry, ...] = ()
    uncovered: tuple[Finding, ...] = ()
    errors: tuple[Problem, ...] = ()


def compare(
    project: Project, first: str, second: str, *, progress: Progress = SILENT, today: date | None = None
) -> Comparison:
    """Scan the project's code with two scanners and compare the findings by control and address.

    Raises ConfigurationError for an unknown scanner or an invalid ledger, and if there is nothing to scan. What could
    not be scanned is in ``errors``; the findings are incomplete then.
    """
    if first == second:
        raise ConfigurationError(f"{first} cannot be compared with itself", hint=f"scanners: {', '.join(NAMES)}")
    scanners = scanners_named([first, second], progress)
    ledger = load(project, NAMES)
    blocks, roots = BlockIndex(project.root), find_roots(project)
    if not roots:
        raise ConfigurationError(f"no Terraform files to scan in {', '.join(project.scan)}")
    runs = {run.name: run for run in run_scanners(project, scanners, roots, blocks, progress)}
    ones, others = _by_key(runs[first]), _by_key(runs[second])
    both = [_same(key, one, others[key][0]) for key, found in ones.items() if key in others for one in found[:1]]
    entries = list(_moved(project, ledger, runs, blocks, second, today or date.today()))
    return Comparison(
        first,
        second,
        tuple(both),
        tuple(one for key, found in ones.items() if key not in others for one in found),
        tuple(one for key, found in others.items() if key not in ones for one in found),
        tuple(entries),
        tuple(_uncovered(project, ledger, runs, blocks, entries, second, today or date.today())),
        tuple(error for run in runs.values() for error in run.errors),
    )


def _by_key(run: ScannerRun) -> dict[tuple[str, str, str], list[Finding]]:
    found: dict[tuple[str, str, str], list[Finding]] = {}
    for located in run.located:
        found.setdefault(violation(located.finding), []).append(located.finding)
    return found


def _same(key: tuple[str, str, str], one: Finding, other: Finding) -> SameFinding:
    return SameFinding(key[0], key[1], one.place, (one.rule, other.rule))


def _covered(
    project: Project, ledger: Ledger, run: ScannerRun, blocks: BlockIndex, today: date
) -> dict[Place, list[Finding]]:
    """The findings that each entry covers, by the place of the entry."""
    found: dict[Place, list[Finding]] = {}
    for one in _reconciled(project, ledger, run.located, run, blocks, today).suppressed:
        found.setdefault(one.entry_place, []).append(one.finding)
    return found


def _reconciled(
    project: Project, ledger: Ledger, located: Sequence[Located], run: ScannerRun, blocks: BlockIndex, today: date
) -> Reconciled:
    books = {} if run.book is None else {run.name: run.book}
    modules = project.settings.modules
    return reconcile(ledger, located, (), books=books, complete=(), blocks=blocks, modules=modules, today=today)


def _moved(
    project: Project, ledger: Ledger, runs: dict[str, ScannerRun], blocks: BlockIndex, second: str, today: date
) -> Iterator[MovedEntry]:
    first = next(run for name, run in runs.items() if name != second)
    covered = _covered(project, ledger, first, blocks, today)
    reported = {(one.finding.rule, one.finding.address, one.finding.place.path) for one in runs[second].located}
    for index, entry in enumerate(ledger.entries):
        if entry.scanner != first.name or first.book is None:
            continue
        place = ledger.place("ignores", index)
        findings = covered.get(place, [])
        rules = _rules_in(entry, first.book.canonical(entry.rule), second)
        kept = sum(any((rule, each.address, each.place.path) in reported for rule in rules) for each in findings)
        yield MovedEntry(
            place, entry.rule, min(rules, default=""), len(findings), kept, _reason(second, rules, len(findings), kept)
        )


def _rules_in(entry: Entry, rule: str, second: str) -> frozenset[str]:
    """The rules of the scanner ``second`` for the control of an entry with the current id ``rule``."""
    if second == "trivy" and entry.trivy:
        return frozenset((trivy_rules().canonical(entry.trivy),))
    return counterparts(entry.scanner, rule, second)


def _reason(second: str, rules: frozenset[str], covers: int, kept: int) -> str:
    if kept == covers and kept:
        return ""
    if not rules:
        return f"{second} has no rule for this control"
    if not covers:
        return "it covers nothing today"
    if kept:
        return f"{second} reports {kept} of {covers}"
    if second == "trivy" and all((found := trivy_rules().find(rule)) and found.deprecated for rule in rules):
        return "trivy has the rule, but does not check it any more"
    return f"{second} does not report it there"


def _uncovered(
    project: Project,
    ledger: Ledger,
    runs: dict[str, ScannerRun],
    blocks: BlockIndex,
    entries: Sequence[MovedEntry],
    second: str,
    today: date,
) -> Iterator[Finding]:
    """The findings of the second scanner that neither its own entries nor the moved ones cover."""
    run = runs[second]
    moved = {entry.entry: entry for entry in entries if entry.carries}
    scopes = [
        (_rules_in(entry, _canonical(runs, entry), second), entry.scope)
        for index, entry in enumerate(ledger.entries)
        if ledger.place("ignores", index) in moved
    ]
    for finding in _reconciled(project, ledger, run.located, run, blocks, today).findings:
        fits = (
            scope.fits(finding, project.settings.modules)
            for rules, all_ in scopes
            if finding.rule in rules
            for scope in all_
        )
        if not any(fits):
            yield finding


def _canonical(runs: dict[str, ScannerRun], entry: Entry) -> str:
    book = runs[entry.scanner].book
    return entry.rule if book is None else book.canonical(entry.rule)
