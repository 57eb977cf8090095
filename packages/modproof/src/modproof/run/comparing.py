"""Compares the result of a run with the result of an earlier commit, or with an earlier report."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from modproof import report
from modproof.core.errors import Interrupted, ModproofError
from modproof.core.process import temporary_folder
from modproof.core.project import Project
from modproof.core.results import (
    Changes,
    ComplianceResult,
    CoverageChange,
    EntryStatus,
    Finding,
    LedgerChange,
    PermissionChange,
    Problem,
    RunResult,
)
from modproof.run import permission_file
from modproof.run.exported import export
from modproof.toolchain import Git
from modproof.upgrades.permissions import changed_permissions

__all__ = ["Base", "Rerun", "base_of", "changes", "compared"]

Rerun = Callable[[Project], RunResult]
"""Runs the compared parts of another checkout of the project."""
_SHALLOW = "fetch it (a shallow clone has only its own commit), name another, or use --base-report FILE"


@dataclass(frozen=True, slots=True)
class Base:
    """What a run is compared with: a commit, or the ``result`` in an earlier report."""

    name: str
    commit: str = ""
    result: RunResult | None = None


def base_of(project: Project, reference: str | None, report_file: Path | None) -> Base | None:
    """The base that the options name, or None if they name none. ``report_file`` overrides ``reference``.

    The commit is the merge base of ``reference`` and HEAD. Raises ConfigurationError for an unknown commit or an
    invalid report, ToolMissing without git, and CommandFailed outside a checkout.
    """
    if report_file is not None:
        result = report.read(report_file)
        return Base(reference or str(report_file), result.revision, result)
    if reference is None:
        return None
    git = _git(project)
    commit = git.commit(reference, hint=_SHALLOW)
    return Base(reference, git.line("merge-base", commit, "HEAD", answers_no=True) or commit)


def compared(project: Project, now: RunResult, base: Base, rerun: Rerun, *, today: date | None = None) -> Changes:
    """The changes from ``base`` to the result ``now`` of ``project``. ``rerun`` produces the result of a commit.

    A base that cannot be run is not an error: the changes say what could not be compared. Raises Interrupted.
    """
    day = today or datetime.now(UTC).date()
    if base.result is not None:
        found = changes(base.result, now, base, since=_day(base.result.started), today=day)
        return _with_permissions(found, base.result, now)
    git = _git(project)
    since: date | None = None
    needed: tuple[PermissionChange, ...] = ()
    unread: list[Problem] = []
    with temporary_folder("base") as folder:
        try:
            since = date.fromisoformat(git.line("show", "--no-patch", "--format=%cs", base.commit))
            former = export(git, base.commit, folder / "tree", project)
            needed, unread = _permissions(former, project)
            _share_locks(project, former)
            before = rerun(former)
        except Interrupted:
            raise
        except ModproofError as error:
            before = RunResult(errors=[Problem.of(error)])
    found = changes(before, now, base, since=since, today=day)
    return replace(found, permissions=needed, incomparable=(*found.incomparable, *unread))


def changes(before: RunResult, now: RunResult, base: Base, *, since: date | None, today: date) -> Changes:
    """The differences of two results. ``since`` is the day of the first; without it no entry counts as expired."""
    found = Changes(base.name, base.commit, known_problems=report.known_problems(before, now))
    why: list[Problem] = []
    if now.compliance is not None and now.compliance.scans:
        if before.compliance is not None and before.compliance.framework != now.compliance.framework:
            why.append(_incomparable("findings and the ledger", Problem("the base has another --framework")))
        elif before.compliance is not None and before.compliance.scans:
            found = _compliance(found, before.compliance, now.compliance, since, today)
            why += [_incomparable("findings", error) for error in before.compliance.errors]
            why += [_incomparable("fixed findings", error) for error in now.compliance.errors[:1]]
        else:
            why.append(_incomparable("findings and the ledger", _reason(before, "compliance")))
    if now.cases is not None:
        if now.coverage is None:
            why.append(_incomparable("cases and coverage", _reason(now, "plans")))
        elif before.cases is not None and before.coverage is not None:
            ids = [[case.id for case in result.cases or ()] for result in (before, now)]
            found = replace(
                found,
                cases_added=_without(ids[1], ids[0]),
                cases_removed=_without(ids[0], ids[1]),
                coverage=_coverage(before, now),
            )
        else:
            why.append(_incomparable("cases and coverage", _reason(before, "plans")))
    return replace(found, incomparable=tuple(why))


def _git(project: Project) -> Git:
    return Git(project.root, otherwise="use --base-report FILE")


def _day(moment: datetime | None) -> date | None:
    return moment.astimezone(UTC).date() if moment else None


def _share_locks(project: Project, former: Project) -> None:
    """Give the base the selected providers of the checkout, so that unchanged cases come from the cache."""
    selected = project.state / "locks"
    if selected.is_dir():
        shutil.copytree(selected, former.state / "locks", dirs_exist_ok=True)


def _permissions(former: Project, project: Project) -> tuple[tuple[PermissionChange, ...], list[Problem]]:
    if not (former.permissions.is_file() and project.permissions.is_file()):
        return (), []
    try:
        return changed_permissions(*map(permission_file.actions, (former, project))), []
    except ModproofError as error:
        return (), [_incomparable("permissions", Problem.of(error))]


def _with_permissions(found: Changes, before: RunResult, now: RunResult) -> Changes:
    if now.permissions is None:
        return found
    if before.permissions is None:
        return replace(
            found, incomparable=(*found.incomparable, _incomparable("permissions", _reason(before, "permissions")))
        )
    return replace(found, permissions=changed_permissions(before.permissions, now.permissions))


def _reason(before: RunResult, part: str) -> Problem:
    """Why ``before`` does not have a part."""
    failed = [case.problems[0] for case in before.cases or () if case.problems] if part == "plans" else []
    errors = [*before.errors, *(before.compliance.errors if before.compliance else ()), *failed]
    return errors[0] if errors else Problem(before.skipped.get(part, f"there is no result of {part}"))


def _incomparable(part: str, why: Problem) -> Problem:
    return Problem(f"{part} could not be compared: {why.message}")


def _compliance(
    found: Changes, before: ComplianceResult, now: ComplianceResult, since: date | None, today: date
) -> Changes:
    was_open, was_suppressed = before.findings, [item.finding for item in before.suppressed]
    suppressed = [item.finding for item in now.suppressed]
    added = _missing([*now.findings, *suppressed], [*was_open, *was_suppressed])
    opened, accepted = _missing(now.findings, was_open), _missing(suppressed, was_suppressed)
    return replace(
        found,
        opened=opened,
        # what was not scanned is not fixed
        fixed=() if now.errors else _missing([*was_open, *was_suppressed], [*now.findings, *suppressed]),
        accepted=accepted,
        updated=tuple(finding for finding in (*opened, *accepted) if not any(finding is each for each in added)),
        findings_compared=True,
        ledger=(*_ledger(before.entries, now.entries), *_expired(now.entries, since, today)),
    )


def _missing(findings: Iterable[Finding], others: Iterable[Finding]) -> tuple[Finding, ...]:
    """The ``findings`` that ``others`` do not have, each as often as it is missing.

    A finding of several scanners is there if any of them has it: when the ledger covers that of the first scanner, the
    finding of the next one is not new.
    """
    left = Counter(identity for other in others for identity in other.identities)
    missing = []
    for finding in findings:
        known = [identity for identity in finding.identities if left[identity]]
        left.subtract(known)
        if not known:
            missing.append(finding)
    return tuple(missing)


def _ledger(before: Sequence[EntryStatus], now: Sequence[EntryStatus]) -> list[LedgerChange]:
    left = list(before)
    different = []
    for entry in now:
        same = next((other for other in left if _written(other) == _written(entry)), None)
        if same is not None:
            left.remove(same)
        else:
            different.append(entry)
    found = []
    for entry in different:
        former = next((other for other in left if (other.scanner, other.rule) == (entry.scanner, entry.rule)), None)
        if former is not None:
            left.remove(former)
        found.append(LedgerChange("changed" if former else "added", entry, former))
    return [*found, *(LedgerChange("removed", entry) for entry in left)]


def _written(entry: EntryStatus) -> tuple[str, ...]:
    return entry.scanner, entry.rule, entry.reason, entry.owner, entry.review


def _expired(entries: Iterable[EntryStatus], since: date | None, today: date) -> list[LedgerChange]:
    if since is None:
        return []
    return [LedgerChange("expired", entry) for entry in entries if since < date.fromisoformat(entry.review) <= today]


def _coverage(before: RunResult, now: RunResult) -> tuple[CoverageChange, ...]:
    old, new = ({each.module: each.percent for each in result.coverage or ()} for result in (before, now))
    return tuple(
        CoverageChange(module, old.get(module), new.get(module))
        for module in sorted(old.keys() | new.keys())
        if old.get(module) != new.get(module)
    )


def _without(ids: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """The ``ids`` in order that ``others`` do not have."""
    known = set(others)
    return tuple(each for each in ids if each not in known)
