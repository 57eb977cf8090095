"""The run by module and by rule, for the page."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath

from modproof.core.project import Project
from modproof.core.results import (
    CaseResult,
    ComplianceResult,
    CoverageSummary,
    EntryStatus,
    Finding,
    FrameworkControl,
    RunResult,
    StoryResult,
)
from modproof.report.tally import FindingGroup, cases_by_module, findings_by_rule

__all__ = [
    "ControlView",
    "Due",
    "ModuleView",
    "RuleView",
    "by_control",
    "by_module",
    "by_rule",
    "due",
    "module_at",
    "module_paths",
]


@dataclass(slots=True)
class ModuleView:
    """All results of a module, or the findings of another folder. ``is_module`` says which."""

    name: str
    is_module: bool = True
    cases: Sequence[CaseResult] = ()
    coverage: CoverageSummary | None = None
    opened: list[Finding] = field(default_factory=list)
    suppressed: list[Finding] = field(default_factory=list)
    stories: list[StoryResult] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RuleView:
    """The findings of a rule: open, and suppressed."""

    group: FindingGroup
    opened: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ControlView:
    """The findings of all rules that belong to a control of a framework."""

    control: FrameworkControl
    opened: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (*self.opened, *self.suppressed)

    @property
    def rules(self) -> list[tuple[str, str]]:
        """Scanner and id of each rule, sorted."""
        return sorted({(finding.scanner, finding.rule) for finding in self.findings})


@dataclass(frozen=True, slots=True)
class Due:
    """The entries to review in a month, ``left`` months from now.

    ``share`` is its place from today, 0, to the last month, 100. ``overdue`` is set if any has reached its date.
    """

    month: str
    entries: tuple[EntryStatus, ...]
    left: int
    share: float
    overdue: bool


def module_paths(project: Project | None) -> dict[str, str]:
    """The name of each module by its folder, relative to the project."""
    if project is None:
        return {}
    return {project.relative(project.module_folder(name)): name for name in project.module_names()}


def module_at(path: str, modules: Mapping[str, str]) -> str | None:
    """The innermost of ``modules`` (of :func:`module_paths`) with the file ``path``; the root module has no folders."""
    parent, *others = [*PurePosixPath(path).parents] or [PurePosixPath("/")]
    inside = (modules[str(folder)] for folder in others if str(folder) != "." and str(folder) in modules)
    return modules.get(str(parent)) or next(inside, None)


def by_module(result: RunResult, modules: Mapping[str, str]) -> list[ModuleView]:
    """The modules with any result, sorted, and then the other folders with findings."""
    views = {name: ModuleView(name, cases=cases) for name, cases in cases_by_module(result.cases or ()).items()}

    def view(name: str) -> ModuleView:
        return views.setdefault(name, ModuleView(name))

    for summary in result.coverage or ():
        view(summary.module).coverage = summary
    for story in result.stories or ():
        for name in story.modules:
            view(name).stories.append(story)
    others: dict[str, ModuleView] = {}
    for finding, is_open in _all(result.compliance or ComplianceResult()):
        inside = module_at(finding.place.path, modules)
        folder = posixpath.dirname(finding.place.path) or "."
        found = view(inside) if inside is not None else others.setdefault(folder, ModuleView(folder, is_module=False))
        (found.opened if is_open else found.suppressed).append(finding)
    return [views[name] for name in sorted(views)] + [others[name] for name in sorted(others)]


def by_rule(compliance: ComplianceResult | None) -> list[RuleView]:
    """Every rule with a finding, the most severe first."""
    if compliance is None:
        return []
    opened = {id(finding) for finding in compliance.findings}
    groups = findings_by_rule(finding for finding, _ in _all(compliance))
    return [
        RuleView(
            group,
            tuple(finding for finding in group.findings if id(finding) in opened),
            tuple(finding for finding in group.findings if id(finding) not in opened),
        )
        for group in groups
    ]


def by_control(compliance: ComplianceResult | None) -> list[ControlView]:
    """Every control of a framework with a finding, sorted."""
    found: dict[FrameworkControl, tuple[list[Finding], list[Finding]]] = {}
    for finding, is_open in _all(compliance or ComplianceResult()):
        for control in finding.controls:
            found.setdefault(control, ([], []))[0 if is_open else 1].append(finding)
    return [
        ControlView(control, *map(tuple, found[control]))
        for control in sorted(found, key=lambda control: (control.framework, _natural(control.id)))
    ]


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts ``2.10`` after ``2.9``."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def due(entries: Iterable[EntryStatus], today: str) -> list[Due]:
    """The months in which entries have their review date, in order. ``today`` is an ISO date."""
    months: dict[str, list[EntryStatus]] = {}
    for entry in sorted(entries, key=lambda entry: entry.review):
        months.setdefault(entry.review[:7], []).append(entry)
    start = _months(today)
    span = max((_months(month) - start for month in months), default=0)
    return [
        Due(
            month,
            tuple(found),
            _months(month) - start,
            100 * max(_months(month) - start, 0) / span if span > 0 else 0,
            min(entry.review for entry in found) <= today,
        )
        for month, found in months.items()
    ]


def _all(compliance: ComplianceResult) -> Iterable[tuple[Finding, bool]]:
    yield from ((finding, True) for finding in compliance.findings)
    yield from ((item.finding, False) for item in compliance.suppressed)


def _months(day: str) -> int:
    found = date.fromisoformat(day[:7] + "-01")
    return 12 * found.year + found.month
