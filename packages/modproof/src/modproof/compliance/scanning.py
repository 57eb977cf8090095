"""Runs all scanners on a project and compares their findings with its ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from modproof.compliance.findings import Located, merge_findings
from modproof.compliance.generated_files import outdated
from modproof.compliance.ignore_comments import ignore_comments
from modproof.compliance.ledger import Ledger, load
from modproof.compliance.nothing_seen import note, overlooked, unchecked
from modproof.compliance.reconcile import Reconciled, reconcile, retired_entries
from modproof.compliance.roots import Root, find_roots
from modproof.compliance.rules import RuleBook
from modproof.compliance.scan_cache import rules_of, scans_of
from modproof.compliance.scanners import Scanner, all_scanners
from modproof.core.documents import problems_of
from modproof.core.errors import ConfigurationError, Interrupted, ModproofError
from modproof.core.parallel import side_by_side
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.core.results import ComplianceResult, Problem, Scan
from modproof.hcl.block_index import BlockIndex

__all__ = ["Examined", "ScannerRun", "examine", "run_scanners", "scan"]


@dataclass(frozen=True, slots=True)
class ScannerRun:
    """The result of one scanner. Without ``scan``, it could not be run, and ``errors`` holds the reason."""

    name: str
    scan: Scan | None = None
    book: RuleBook | None = None
    located: tuple[Located, ...] = ()
    errors: tuple[Problem, ...] = ()


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
    scanners: Callable[[Progress], Sequence[Scanner]] = all_scanners,
) -> ComplianceResult:
    """Run every scanner on the project's scanned folders and compare the findings with its ledger.

    Every folder with Terraform files is evaluated alone and through the folders that call it. An invalid ledger, a
    missing or failing scanner, an unreadable file, and a folder of which a scanner checked nothing although it has
    rules for its resources are ``errors``. ``today`` determines which entries have expired. Raises only Interrupted.
    """
    chosen = scanners(progress)
    try:
        examined = examine(project, chosen, progress=progress, today=today or date.today())
    except Interrupted:
        raise
    except ModproofError as error:
        return ComplianceResult(errors=problems_of(error))
    return _result(project, chosen, examined)


def examine(project: Project, scanners: Sequence[Scanner], *, progress: Progress, today: date) -> Examined:
    """Run ``scanners`` and compare their findings with the ledger.

    Raises ModproofError for an invalid ledger, and if there is nothing to scan. A scanner that fails is in ``errors``.
    """
    ledger = load(project, [scanner.name for scanner in scanners])
    blocks, roots = BlockIndex(project.root), find_roots(project)
    if not roots:
        raise ConfigurationError(f"no Terraform files to scan in {', '.join(project.scan)}")
    runs = run_scanners(project, scanners, roots, blocks, progress)
    reconciled = reconcile(
        ledger,
        [one for run in runs for one in run.located],
        ignore_comments(project, [path for root in roots for path in root.files], scanners),
        books={run.name: run.book for run in runs if run.book is not None},
        complete=[run.name for run in runs if run.scan is not None and not run.errors],
        blocks=blocks,
        modules=project.settings.modules,
        today=today,
    )
    return Examined(ledger, tuple(runs), reconciled)


def run_scanners(
    project: Project, scanners: Sequence[Scanner], roots: Sequence[Root], blocks: BlockIndex, progress: Progress
) -> list[ScannerRun]:
    """Run each scanner on ``roots``, without configuration files and ignore comments. Raises only Interrupted."""
    runs: list[ScannerRun] = []
    for run in side_by_side([partial(_run, scanner, project, roots, blocks, progress) for scanner in scanners]):
        if isinstance(run, Exception):
            raise run
        runs.append(run)
    return runs


def _run(
    scanner: Scanner, project: Project, roots: Sequence[Root], blocks: BlockIndex, progress: Progress
) -> ScannerRun:
    started = time.monotonic()
    try:
        with progress.task(f"{scanner.name}: scan {len(roots)} folders"):
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
    errors += overlooked(scanner.name, project, roots, scans)
    why_nothing = "" if errors else note(scanner.name, project, roots, scans)
    pairs = [(root, one.findings) for root, one in zip(roots, scans, strict=True)]
    return ScannerRun(
        scanner.name,
        Scan(scanner.name, version, checks, resources, time.monotonic() - started, why_nothing),
        book,
        tuple(merge_findings(scanner.name, book, pairs, blocks)),
        tuple(errors),
    )


def _result(project: Project, scanners: Sequence[Scanner], examined: Examined) -> ComplianceResult:
    ledger, reconciled = examined.ledger, examined.reconciled
    stale = outdated(project, ledger, scanners) if ledger.exists else []
    return ComplianceResult(
        scans=tuple(run.scan for run in examined.runs if run.scan is not None),
        findings=tuple(reconciled.findings),
        suppressed=tuple(reconciled.suppressed),
        entries=tuple(reconciled.entries),
        problems=(*reconciled.problems, *stale),
        errors=examined.errors,
        retired=retired_entries(ledger),
    )
