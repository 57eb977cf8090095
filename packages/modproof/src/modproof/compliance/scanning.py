"""Runs all scanners on a project and compares their findings with its ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from modproof.compliance.canaries import watch
from modproof.compliance.controls import same_controls
from modproof.compliance.findings import Located, merge_findings
from modproof.compliance.frameworks import FRAMEWORKS, controls_of, coverage, in_framework
from modproof.compliance.generated_files import outdated
from modproof.compliance.ignore_comments import ignore_comments
from modproof.compliance.ledger import Ledger, load
from modproof.compliance.nothing_seen import note, overlooked, unchecked
from modproof.compliance.plans import InRoots, Plans, in_roots, scannable
from modproof.compliance.reconcile import Reconciled, reconcile, retired_entries
from modproof.compliance.roots import Root, find_roots
from modproof.compliance.rules import RuleBook
from modproof.compliance.scan_cache import plan_scans_of, rules_of, scans_of
from modproof.compliance.scanners import NAMES, Scanner, chosen_scanners
from modproof.core.counts import plural
from modproof.core.documents import problems_of
from modproof.core.errors import ConfigurationError, Interrupted, ModproofError
from modproof.core.parallel import side_by_side
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.core.results import SEVERITIES, ComplianceResult, Finding, Problem, Scan
from modproof.hcl.block_index import BlockIndex

__all__ = ["Examined", "MakePlans", "ScannerRun", "examine", "run_scanners", "scan"]

MakePlans = Callable[[], Plans]
OWN_RULES = "MODPROOF_"
"""The beginning of the ids of modproof's own rules, which a setting switches on."""


@dataclass(frozen=True, slots=True)
class ScannerRun:
    """The result of one scanner. Without ``scans``, it could not be run, and ``errors`` holds the reason.

    ``scans`` are that of the code, and that of plans. ``undecided`` are checks of plans that need values known after
    apply. ``checked`` are the rules with a passed or failed check of code, or a failed one of a plan.
    """

    name: str
    scans: tuple[Scan, ...] = ()
    book: RuleBook | None = None
    located: tuple[Located, ...] = ()
    errors: tuple[Problem, ...] = ()
    undecided: tuple[Located, ...] = ()
    checked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Examined:
    """Every scanner's run on a project, compared with its ledger."""

    ledger: Ledger
    runs: tuple[ScannerRun, ...]
    reconciled: Reconciled

    @property
    def books(self) -> dict[str, RuleBook]:
        """The rules of each scanner that could be run."""
        return {run.name: run.book for run in self.runs if run.book is not None}

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What could not be scanned."""
        return tuple(error for run in self.runs for error in run.errors)


def scan(
    project: Project,
    *,
    progress: Progress = SILENT,
    today: date | None = None,
    scanners: Callable[[Progress], Sequence[Scanner]] | None = None,
    plans: MakePlans = Plans,
    fail_on: str = SEVERITIES[-1],
    framework: str = "",
) -> ComplianceResult:
    """Run every scanner on the project's scanned folders and compare the findings with its ledger.

    Every folder with Terraform files is evaluated alone and through the folders that call it. ``plans`` makes the plans
    that are scanned too; by default, there are none. Open findings less severe than ``fail_on`` do not fail the run.
    With ``framework``, only findings of its rules are kept, and no rule for it is an error. An
    invalid ledger, a missing or failing scanner, an unreadable file, and a folder of which a scanner checked nothing
    although it has rules for its resources are ``errors``. ``today`` determines which entries have expired. Raises only
    Interrupted.
    """
    try:
        chosen = scanners(progress) if scanners else chosen_scanners(project.settings, progress)
        examined = examine(project, chosen, progress=progress, today=today or date.today(), plans=plans)
    except Interrupted:
        raise
    except ModproofError as error:
        return ComplianceResult(errors=problems_of(error))
    result = replace(_result(project, chosen, examined), fail_on=fail_on)
    return _restricted(project, examined, result, framework) if framework else result


def examine(
    project: Project, scanners: Sequence[Scanner], *, progress: Progress, today: date, plans: MakePlans = Plans
) -> Examined:
    """Run ``scanners`` and compare their findings with the ledger.

    Raises ModproofError for an invalid ledger, and if there is nothing to scan. A scanner that fails is in ``errors``.
    """
    ledger = load(project, NAMES)
    blocks, roots = BlockIndex(project.root), find_roots(project)
    if not roots:
        raise ConfigurationError(f"no Terraform files to scan in {', '.join(project.scan)}")
    runs = run_scanners(project, scanners, roots, blocks, progress, plans)
    reconciled = reconcile(
        ledger,
        [one for run in runs for one in run.located],
        ignore_comments(project, [path for root in roots for path in root.files], scanners),
        books={run.name: run.book for run in runs if run.book is not None},
        complete=[run.name for run in runs if run.scans and not run.errors],
        blocks=blocks,
        modules=project.settings.modules,
        today=today,
        lost=partial(_lost, project, ledger, scanners),
    )
    return Examined(ledger, tuple(runs), reconciled)


def _lost(project: Project, ledger: Ledger, scanners: Sequence[Scanner], index: int) -> Sequence[Problem]:
    """The problems of the canary of an entry, also that it cannot be run: the findings are reported all the same."""
    try:
        return watch(project, ledger, scanners, (index,)).problems
    except Interrupted:
        raise
    except ModproofError as error:
        return problems_of(error)


def run_scanners(
    project: Project,
    scanners: Sequence[Scanner],
    roots: Sequence[Root],
    blocks: BlockIndex,
    progress: Progress,
    plans: MakePlans = Plans,
) -> list[ScannerRun]:
    """Run each scanner on ``roots``, without configuration files and ignore comments. Raises only Interrupted."""
    runs: list[ScannerRun] = []
    for run in side_by_side([partial(_run, scanner, project, roots, blocks, progress, plans) for scanner in scanners]):
        if isinstance(run, Exception):
            raise run
        runs.append(run)
    return runs


def _run(
    scanner: Scanner,
    project: Project,
    roots: Sequence[Root],
    blocks: BlockIndex,
    progress: Progress,
    plans: MakePlans,
) -> ScannerRun:
    started = time.monotonic()
    try:
        with progress.task(f"{scanner.name}: scan {plural(len(roots), 'folder')}"):
            version = scanner.version()
            book = rules_of(scanner)
            scans = scans_of(scanner, project, roots)
    except Interrupted:
        raise
    except ModproofError as error:
        return ScannerRun(scanner.name, errors=(Problem.of(error),))
    checks = sum(one.checks for one in scans)
    resources = sum(one.resources for one in scans)
    errors = [unchecked(project, error) for error in dict.fromkeys(error for one in scans for error in one.errors)]
    errors += dict.fromkeys(crash for one in scans for crash in one.crashes)
    errors += overlooked(scanner.name, project, roots, scans)
    why_nothing = "" if errors else note(scanner.name, project, roots, scans)
    code = Scan(scanner.name, version, checks, resources, time.monotonic() - started, why_nothing)
    planned = _scan_plans(scanner, version, project, roots, blocks, progress, plans)
    pairs = [
        (root, [*one.findings, *planned.found.failed.get(root.folder, ())])
        for root, one in zip(roots, scans, strict=True)
    ]
    waiting = [(root, planned.found.undecided.get(root.folder, ())) for root in roots]
    located = merge_findings(scanner.name, book, pairs, blocks)
    return ScannerRun(
        scanner.name,
        (code, *planned.scans),
        book,
        tuple(located),
        (*errors, *planned.errors),
        tuple(_without(merge_findings(scanner.name, book, waiting, blocks), located)),
        frozenset[str]().union({one.finding.rule for one in located}, *(one.rules for one in scans)),
    )


@dataclass(frozen=True, slots=True)
class _Planned:
    """The scan of the plans, if there are any."""

    found: InRoots
    scans: tuple[Scan, ...] = ()
    errors: tuple[Problem, ...] = ()


def _scan_plans(
    scanner: Scanner,
    version: str,
    project: Project,
    roots: Sequence[Root],
    blocks: BlockIndex,
    progress: Progress,
    make: MakePlans,
) -> _Planned:
    if scanner.plans is None:
        return _Planned(InRoots())
    try:
        made = make()
        plans = scannable(made.plans, roots)
        if not plans:
            return _Planned(InRoots(), errors=made.errors)
        started = time.monotonic()
        with progress.task(f"{scanner.name}: scan {plural(len(plans), 'plan')}"):
            scans = plan_scans_of(scanner, [plan.plan for plan in plans], project.settings)
    except Interrupted:
        raise
    except ModproofError as error:
        return _Planned(InRoots(), errors=problems_of(error))
    failed = [
        Problem(text, plan.place)
        for plan, scan in zip(plans, scans, strict=True)
        for text in (
            *([f"the plan of {plan.case} was not scanned: {scan.error}"] if scan.error else ()),
            *(f"in the plan of {plan.case}, {crash}" for crash in scan.crashes),
        )
    ]
    checks, resources = sum(one.checks for one in scans), sum(one.resources for one in scans)
    done = Scan(scanner.name, version, checks, resources, time.monotonic() - started, plans=len(plans))
    return _Planned(in_roots(project, plans, scans, blocks), (done,), (*made.errors, *failed))


def _without(undecided: Sequence[Located], located: Sequence[Located]) -> Iterator[Located]:
    """The undecided checks of blocks that have no finding of the same rule."""
    known = {one.subject for one in located}
    return (one for one in undecided if one.subject not in known)


def _result(project: Project, scanners: Sequence[Scanner], examined: Examined) -> ComplianceResult:
    ledger, reconciled = examined.ledger, examined.reconciled
    stale = outdated(project, ledger, scanners) if ledger.exists else []
    undecided = [one.finding for run in examined.runs for one in run.undecided]
    return ComplianceResult(
        scans=tuple(scan for run in examined.runs for scan in run.scans),
        findings=tuple(same_controls([_with_controls(finding) for finding in reconciled.findings])),
        suppressed=tuple(replace(one, finding=_with_controls(one.finding)) for one in reconciled.suppressed),
        entries=tuple(reconciled.entries),
        problems=(*reconciled.problems, *stale),
        errors=examined.errors,
        retired=retired_entries(ledger),
        undecided=tuple(map(_with_controls, undecided)),
    )


def _with_controls(finding: Finding) -> Finding:
    return replace(finding, controls=controls_of(finding.scanner, finding.rule))


def _restricted(project: Project, examined: Examined, result: ComplianceResult, framework: str) -> ComplianceResult:
    """``result`` with the findings of one framework's rules, and the state of its controls."""
    books = dict(examined.books)
    if "checkov" in books and not project.settings.sagemaker_rules:
        books["checkov"] = RuleBook(rule for rule in books["checkov"] if not rule.id.startswith(OWN_RULES))
    checked = {run.name: run.checked for run in examined.runs}
    kept = tuple(one for one in result.findings if in_framework(one, framework))
    accepted = tuple(one for one in result.suppressed if in_framework(one.finding, framework))
    controls = coverage(framework, books, checked, kept, accepted)
    errors = result.errors
    if not any(control.checked for control in controls):
        text = f"nothing was checked for {FRAMEWORKS[framework]}: no rule for it has a resource to check"
        errors = (*errors, Problem(text, hint="run modproof comply to see what the scanners checked"))
    return replace(
        result,
        findings=kept,
        suppressed=accepted,
        errors=errors,
        undecided=tuple(one for one in result.undecided if in_framework(one, framework)),
        framework=framework,
        controls=controls,
    )
