"""``modproof ledger check``, ``add``, ``prune`` and ``explain``."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from modproof.compliance import ledger_edit
from modproof.compliance.canaries import watch
from modproof.compliance.controls import violation
from modproof.compliance.frameworks import controls_of
from modproof.compliance.generated_files import orphaned, outdated
from modproof.compliance.ledger import REVIEW_DAYS, Entry, Ledger, Retired, Scope, load
from modproof.compliance.plans import Plans
from modproof.compliance.reconcile import entry_problems, expired, repeated
from modproof.compliance.roots import find_roots
from modproof.compliance.rules import Rule, RuleBook
from modproof.compliance.scan_cache import rules_of
from modproof.compliance.scanners import NAMES, Scanner, chosen_scanners
from modproof.compliance.scanning import Examined, MakePlans, examine
from modproof.compliance.severities import KnownSeverity, checkov_severities
from modproof.core.errors import ConfigurationError
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.core.results import Finding, FrameworkControl, Place, Problem

__all__ = ["Added", "Checked", "Explained", "Pruned", "add_entry", "check", "explain", "prune"]


@dataclass(frozen=True, slots=True)
class Checked:
    """The problems of the ledger, and its rules without a canary, as scanner and id."""

    problems: tuple[Problem, ...]
    without_canary: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Added:
    """A new entry of the ledger, the findings that it covers, and what could not be scanned.

    ``still_open`` are findings of other scanners for the same control and address, which it does not cover.
    """

    entry: Entry
    findings: tuple[Finding, ...]
    errors: tuple[Problem, ...]
    still_open: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Pruned:
    """The removed entries and scopes, with their former places, and what could not be scanned."""

    removed: tuple[Problem, ...]
    errors: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule of a scanner, its entries in both parts of the ledger, and its controls of frameworks."""

    scanner: str
    rule: Rule
    entries: tuple[tuple[Entry, Place], ...]
    retired: tuple[tuple[Retired, Place], ...]
    controls: tuple[FrameworkControl, ...] = ()
    severity: KnownSeverity | None = None


def check(project: Project, today: date | None = None) -> Checked:
    """Every problem of the ledger that shows without a scan of the project, and generated files that are out of date.

    The canaries of the rules are scanned. Raises InvalidDocument for a ledger that cannot be read, and ModproofError if
    a scanner is missing or fails.
    """
    scanners = chosen_scanners(project.settings)
    ledger = load(project, NAMES)
    problems = list(entry_problems(ledger, {scanner.name: rules_of(scanner) for scanner in scanners}))
    for index, entry in enumerate(ledger.entries):
        problems += expired(ledger, index, entry, today or date.today())
    watched = watch(project, ledger, scanners)
    problems += [*watched.problems, *repeated(ledger).values(), *_nowhere(project, ledger)]
    problems.sort(key=lambda problem: (problem.place and problem.place.line) or 0)
    stale = (outdated if ledger.exists else orphaned)(project, ledger, scanners)
    return Checked((*problems, *stale), watched.without)


def _nowhere(project: Project, ledger: Ledger) -> Iterator[Problem]:
    """The scopes with a module or a path that no scanned file is in."""
    paths = {project.relative(path) for root in find_roots(project) for path in root.files}
    for index, entry in enumerate(ledger.entries):
        for number, scope in enumerate(entry.scope):
            place = ledger.place("ignores", index, "scope", number)
            if not any(scope.contains(path, project.settings.modules) for path in paths):
                yield Problem(
                    f"no scanned file is in this scope of {entry.rule} ({scope})", place, "correct or delete it"
                )


def add_entry(
    project: Project,
    name: str,
    address: str,
    *,
    reason: str,
    owner: str,
    review: date | None = None,
    path: str | None = None,
    today: date | None = None,
    progress: Progress = SILENT,
    scanners: Sequence[Scanner] | None = None,
    plans: MakePlans = Plans,
) -> Added:
    """Add an entry for the findings of the rule ``name`` at ``address``, which may have ``*`` as in a scope.

    ``path`` limits it to files. ``review`` is in 90 days by default. Raises ConfigurationError for an unknown rule, and
    if there is no such finding without an entry.
    """
    now = today or date.today()
    examined = examine(
        project, scanners or chosen_scanners(project.settings, progress), progress=progress, today=now, plans=plans
    )
    scanner, rule = _rule(examined, name)
    found = [one for one in examined.reconciled.findings if (one.scanner, one.rule) == (scanner, rule.id)]
    wanted = Scope(resource=address, path=path)
    matching = [one for one in found if wanted.fits(one, project.settings.modules)]
    if not matching:
        raise _not_found(examined, found, wanted, rule, project.settings.modules)
    scopes = [Scope(path=each, resource=address) for each in sorted({one.place.path for one in matching})]
    entry = Entry(
        scanner=scanner,
        rule=rule.id,
        description=matching[0].title,
        reason=reason,
        scope=scopes,
        owner=owner,
        review=review or now + timedelta(days=REVIEW_DAYS),
    )
    ledger_edit.add(project, examined.ledger, [entry])
    violations = {violation(one) for one in matching}
    others = (one for one in examined.reconciled.findings if one.scanner != scanner and violation(one) in violations)
    return Added(entry, tuple(matching), examined.errors, tuple(others))


def _rule(examined: Examined, name: str) -> tuple[str, Rule]:
    for scanner, book in examined.books.items():
        rule = book.meant(name)
        if rule is not None:
            return scanner, rule
    if not examined.books:
        raise ConfigurationError("no scanner could be run", hint=str(examined.errors[0]) if examined.errors else None)
    raise _unknown(name, examined.books)


def _unknown(name: str, books: Mapping[str, RuleBook]) -> ConfigurationError:
    near = [close for book in books.values() if (close := book.nearest(name))]
    return ConfigurationError(f"no scanner has a rule {name}", hint=f"did you mean {near[0]}?" if near else None)


def _not_found(
    examined: Examined, found: Sequence[Finding], wanted: Scope, rule: Rule, modules: str
) -> ConfigurationError:
    covered = [
        one
        for one in examined.reconciled.suppressed
        if one.finding.rule == rule.id and wanted.fits(one.finding, modules)
    ]
    if covered:
        return ConfigurationError(
            f"{rule.id} already has an entry for {covered[0].finding.address}: {covered[0].entry_place}"
        )
    addresses = sorted({one.address for one in found})
    close = difflib.get_close_matches(wanted.resource or "", addresses, 3, 0.3) or addresses[:3]
    hint = f"it has one for {', '.join(close)}" if close else "it has no finding without an entry"
    return ConfigurationError(f"{rule.id} has no finding for {wanted}", hint=hint)


def prune(
    project: Project,
    *,
    because: str | None = None,
    today: date | None = None,
    progress: Progress = SILENT,
    scanners: Sequence[Scanner] | None = None,
    plans: MakePlans = Plans,
) -> Pruned:
    """Remove the entries and scopes that cover no finding, of each scanner that could scan everything.

    With ``because``, a removed entry is added to ``no_longer_needed`` with this text, unless the rule has another.
    """
    now = today or date.today()
    examined = examine(
        project, scanners or chosen_scanners(project.settings, progress), progress=progress, today=now, plans=plans
    )
    ledger, unused = examined.ledger, examined.reconciled.unused
    gone = [index for index, numbers in unused.items() if len(numbers) == len(ledger.entries[index].scope)]
    removed = [_removed(ledger, index, numbers) for index, numbers in unused.items()]
    if removed:
        retired = list(_retired(ledger, gone, because)) if because else []
        ledger_edit.remove(project, ledger, unused, retired)
    return Pruned(tuple(each for some in removed for each in some), examined.errors)


def _removed(ledger: Ledger, index: int, numbers: Sequence[int]) -> list[Problem]:
    entry = ledger.entries[index]
    if len(numbers) == len(entry.scope):
        return [Problem(f"removed the entry {entry.rule} ({entry.scanner})", ledger.place("ignores", index))]
    return [
        Problem(
            f"removed a scope of {entry.rule} ({entry.scope[number]})", ledger.place("ignores", index, "scope", number)
        )
        for number in numbers
    ]


def _retired(ledger: Ledger, gone: Sequence[int], because: str) -> Iterator[Retired]:
    kept = {(entry.scanner, entry.rule) for index, entry in enumerate(ledger.entries) if index not in gone}
    kept |= {(entry.scanner, entry.rule) for entry in ledger.retired}
    for index in gone:
        entry = ledger.entries[index]
        if (entry.scanner, entry.rule) not in kept:
            kept.add((entry.scanner, entry.rule))
            yield Retired(
                scanner=entry.scanner,
                rule=entry.rule,
                description=entry.description,
                reason=entry.reason,
                because=because,
            )


def explain(project: Project, name: str) -> list[Explained]:
    """The rules called ``name``, of each scanner, and their entries in the ledger. Nothing is scanned.

    Raises ConfigurationError if no scanner has such a rule, and ModproofError if a scanner is missing.
    """
    scanners = chosen_scanners(project.settings)
    ledger = load(project, NAMES)
    books = {scanner.name: rules_of(scanner) for scanner in scanners}
    found: list[Explained] = []
    for scanner, book in books.items():
        rule = book.meant(name)
        if rule is not None:
            ids = {rule.id, *rule.names}
            entries = [
                (entry, ledger.place("ignores", index))
                for index, entry in enumerate(ledger.entries)
                if entry.scanner == scanner and entry.rule in ids
            ]
            retired = [
                (entry, ledger.place("no_longer_needed", index))
                for index, entry in enumerate(ledger.retired)
                if entry.scanner == scanner and entry.rule in ids
            ]
            known = checkov_severities().get(rule.id) if scanner == "checkov" else None
            controls = controls_of(scanner, rule.id)
            found.append(Explained(scanner, rule, tuple(entries), tuple(retired), controls, known))
    if not found:
        raise _unknown(name, books)
    return found
