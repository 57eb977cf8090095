"""The main job: plans, stories and compliance of one project, in parallel, as one result."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial

from modproof import compliance, stories, toolchain
from modproof.cases import judge
from modproof.cases.model import FILE_NAMES, BrokenCase
from modproof.cases.sources.checkout import Checkout
from modproof.compliance.scanners import programs
from modproof.core import machine
from modproof.core.documents import problems_of
from modproof.core.errors import ConfigurationError, Interrupted, ModproofError, machine_fault
from modproof.core.parallel import side_by_side
from modproof.core.project import Project
from modproof.core.results import (
    SEVERITIES,
    CaseResult,
    ComplianceResult,
    Outcome,
    Place,
    Problem,
    RunResult,
    StepResult,
    StoryResult,
)
from modproof.run import permission_file
from modproof.run.changed import affected, affected_modules
from modproof.run.compliance import plans_of
from modproof.run.coverage import measure
from modproof.run.selection import select, select_cases
from modproof.run.services import Services
from modproof.run.sides import Side

__all__ = ["Selection", "verify"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a run covers.

    With ``skip_missing`` a part that the repository does not have is skipped; otherwise it is an error.
    ``only_cases`` and ``only_stories`` are names or globs, as in :func:`modproof.run.selection.select`;
    ``changed_since`` is a commit: cases that no change since then affects are left out. ``fail_on`` is the severity
    from which open findings fail the run, ``framework`` the one whose rules count, by default all rules.
    """

    plans: bool = True
    stories: bool = True
    compliance: bool = True
    skip_missing: bool = False
    only_cases: Sequence[str] = field(default_factory=tuple)
    only_stories: Sequence[str] = field(default_factory=tuple)
    changed_since: str | None = None
    fail_on: str = SEVERITIES[-1]
    framework: str = ""

    @property
    def all_cases(self) -> bool:
        return not self.only_cases and self.changed_since is None


def verify(services: Services, selection: Selection | None = None, *, today: date | None = None) -> RunResult:
    """Run what ``selection`` names, everything by default.

    Failures, and parts that could not be run, are in the result. ``seconds`` has the wall time of each part and of the
    whole. Raises Interrupted, and internal errors.
    """
    chosen = selection or Selection()
    result = RunResult(started=datetime.now(UTC))
    begun = time.monotonic()
    if chosen.skip_missing:
        result.skipped = _missing(services.project, chosen)
    parts: dict[str, Callable[[], object]] = {}
    if chosen.stories and "stories" not in result.skipped:
        parts["stories"] = partial(_run_stories, services, chosen.only_stories, result)
    if chosen.plans and "plans" not in result.skipped:
        parts["plans"] = partial(_plan_and_measure, services, chosen, result)
    if chosen.compliance and "compliance" not in result.skipped:
        day = today or datetime.now(UTC).date()
        parts["compliance"] = partial(
            compliance.scan,
            services.project,
            progress=services.progress,
            today=day,
            plans=plans_of(services),
            fail_on=chosen.fail_on,
            framework=chosen.framework,
        )
    timed: list[Callable[[], object]] = [partial(_timed, name, part, result) for name, part in parts.items()]
    # a build takes minutes: it begins before the part that needs it
    builds: list[Callable[[], object]]
    builds = [partial(toolchain.ensure, name, services.progress) for name in _to_build(services.project, chosen, parts)]
    outcomes = side_by_side(builds + timed)[len(builds) :]
    for name, outcome in zip(parts, outcomes, strict=True):
        _record(result, name, outcome)
    _read_permissions(services.project, result)
    result.seconds["total"] = time.monotonic() - begun
    return result


def _read_permissions(project: Project, result: RunResult) -> None:
    """Add the documented permissions, with which a later run can be compared."""
    if project.permissions.is_file():
        try:
            result.permissions = permission_file.actions(project)
        except ModproofError as error:
            result.skipped["permissions"] = str(Problem.of(error))


def _to_build(project: Project, chosen: Selection, parts: Iterable[str]) -> list[str]:
    """The programs that ``parts`` need, and that are not installed. The part that needs one reports why it fails."""
    wanted: list[str] = []
    documented = "plans" in parts and "terragrunt" in project.settings.documented
    if documented or ("stories" in parts and _has_tree(project, chosen.only_stories)):
        wanted.append("terragrunt")
    if "compliance" in parts:
        wanted += programs(project.settings)
    return [name for name in wanted if toolchain.find(name) is None]


def _has_tree(project: Project, only: Sequence[str]) -> bool:
    """Whether a selected story is of a Terragrunt tree. A name that selects nothing is reported later."""
    try:
        paths = select(stories.find_files(project), only, lambda path: (path.stem,), "story")
    except ConfigurationError:
        return False
    return stories.has_tree(paths, project)


def _missing(project: Project, chosen: Selection) -> dict[str, str]:
    """The reason for each selected part that ``project`` does not have."""
    missing: dict[str, str] = {}
    if chosen.plans and not project.module_names():
        missing["plans"] = f"there is no module in {project.settings.modules}"
    if chosen.stories and not stories.find_files(project):
        missing["stories"] = f"there is no story in {project.settings.stories}"
    if chosen.compliance and not project.ledger.exists():
        missing["compliance"] = f"there is no ledger {project.settings.ledger}; `modproof comply` scans without one"
    return missing


def _timed(name: str, part: Callable[[], object], result: RunResult) -> object:
    begun = time.monotonic()
    try:
        return part()
    finally:
        result.seconds[name] = time.monotonic() - begun


def _record(result: RunResult, name: str, outcome: object) -> None:
    if isinstance(outcome, OSError):
        outcome = machine_fault(outcome) or outcome
    if isinstance(outcome, ModproofError):
        result.errors.append(Problem.of(outcome))
    elif isinstance(outcome, Exception):
        raise outcome
    elif name == "plans":
        assert isinstance(outcome, list)
        result.cases = outcome
    elif name == "stories":
        assert isinstance(outcome, list)
        result.stories = outcome
    else:
        assert isinstance(outcome, ComplianceResult)
        result.compliance = outcome


def _plan_and_measure(services: Services, chosen: Selection, result: RunResult) -> list[CaseResult]:
    """The result of each case. If all cases were planned, ``result`` gets the coverage, or why there is none."""
    found = _plan_cases(services, chosen)
    if chosen.all_cases and found and all(case.outcome is not Outcome.ERROR for case in found):
        try:
            result.coverage = [module.in_short() for module in measure(services).modules]
        except Interrupted:
            raise
        except ModproofError as error:
            result.errors += problems_of(error)
    return found


def _plan_cases(services: Services, chosen: Selection) -> list[CaseResult]:
    loaded = services.cases()
    untested = loaded.untested_modules()
    if untested and chosen.changed_since is not None:
        untested = affected_modules(services.project, untested, chosen.changed_since)
    usable, broken = select_cases(loaded, chosen.only_cases, [_untested(services.project, name) for name in untested])
    results = [CaseResult(each.id, Outcome.ERROR, each.problems, each.place, module=each.module) for each in broken]
    if chosen.changed_since is not None:
        usable = affected(services.project, usable, chosen.changed_since)
    outcomes = services.plan(usable) if usable else {}
    results += [judge(case, outcomes[case.id]) for case in usable]
    return sorted(results, key=lambda result: result.id)


def _untested(project: Project, module: str) -> BrokenCase:
    """An error for a module without cases."""
    place = Place(project.relative(project.module_folder(module)))
    file = project.relative(project.cases / module / FILE_NAMES[0])
    problem = Problem(f"the module '{module}' has no cases", place, f"write {file}, or run `modproof init`")
    return BrokenCase(module, None, (problem,), place)


def _run_stories(services: Services, only: Sequence[str], result: RunResult) -> list[StoryResult]:
    """The result of each story; ``result`` gets the load of the machine."""
    with machine.measuring() as load:
        found = _story_results(services, only)
    result.load = load
    return found


def _story_results(services: Services, only: Sequence[str]) -> list[StoryResult]:
    project = services.project
    results: list[StoryResult] = []
    found: list[stories.Story] = []
    for path in select(stories.find_files(project), only, lambda path: (path.stem,), "story"):
        try:
            found.append(stories.load(path, project))
        except ConfigurationError as error:
            step = StepResult("read the story", Outcome.ERROR, 0.0, problems_of(error))
            results.append(StoryResult(path.stem, (step,), Place(project.relative(path))))
    for story, outcome in zip(found, services.run_stories(found), strict=True):
        if isinstance(outcome, ModproofError):
            step = StepResult("run the story", Outcome.ERROR, 0.0, problems_of(outcome))
            outcome = StoryResult(story.id, (step,), Place(project.relative(story.path)))
        elif isinstance(outcome, Exception):
            raise outcome
        results.append(replace(outcome, modules=_applied_modules(project, story)))
    return results


def _applied_modules(project: Project, story: stories.Story) -> tuple[str, ...]:
    """The names of the project's modules that the example or tree of ``story`` calls, directly or not."""
    called = set(Side(project, Checkout.of(project.root)).files(story.example).folders)
    return tuple(name for name in project.module_names() if project.module_folder(name).resolve() in called)
