"""The main job: plans, stories and compliance of one project, side by side, as one result."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial

from modproof import cases, changed, compliance, stories
from modproof.cases import Case
from modproof.documented import documented
from modproof.documents import InvalidDocument
from modproof.errors import ConfigurationError, ModproofError
from modproof.measure import measure
from modproof.parallel import side_by_side
from modproof.planner import judge
from modproof.progress import SILENT, Progress
from modproof.project import Project
from modproof.results import CaseResult, ComplianceResult, Outcome, Place, Problem, RunResult, StepResult, StoryResult
from modproof.services import Services

__all__ = ["Selection", "verify"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a run is to prove.

    ``only_cases`` and ``only_stories`` narrow a part to ids that start with one of the texts; ``changed_since`` names a
    commit, and leaves cases out that nothing which changed since can touch.
    """

    plans: bool = True
    stories: bool = True
    compliance: bool = True
    only_cases: Sequence[str] = field(default_factory=tuple)
    only_stories: Sequence[str] = field(default_factory=tuple)
    changed_since: str | None = None


def verify(
    project: Project,
    selection: Selection | None = None,
    *,
    use_cache: bool = True,
    endpoint_url: str | None = None,
    program: str = "terraform",
    progress: Progress = SILENT,
    today: date | None = None,
) -> RunResult:
    """Prove what ``selection`` names, all of it by default.

    Faults of the modules and parts that could not be run are in the result; ``seconds`` has the wall time of each
    part and of the whole. Only an interrupt and bugs of the harness are raised.
    """
    chosen = selection or Selection()
    result = RunResult(started=datetime.now(UTC))
    begun = time.monotonic()
    with Services(
        project, use_cache=use_cache, endpoint_url=endpoint_url, program=program, progress=progress
    ) as services:
        parts: dict[str, Callable[[], object]] = {}
        if chosen.stories:
            parts["stories"] = partial(_prove_stories, services, chosen.only_stories)
        if chosen.plans:
            parts["plans"] = partial(_plan_and_measure, services, chosen, result)
        if chosen.compliance:
            parts["compliance"] = partial(_scan, project, progress, today or datetime.now(UTC).date())
        timed = [partial(_timed, name, part, result) for name, part in parts.items()]
        for name, outcome in zip(parts, side_by_side(timed), strict=True):
            _record(result, name, outcome)
    result.seconds["total"] = time.monotonic() - begun
    return result


def _timed(name: str, part: Callable[[], object], result: RunResult) -> object:
    begun = time.monotonic()
    try:
        return part()
    finally:
        result.seconds[name] = time.monotonic() - begun


def _record(result: RunResult, name: str, outcome: object) -> None:
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


def _problems(error: ModproofError) -> tuple[Problem, ...]:
    return error.problems if isinstance(error, InvalidDocument) else (Problem.of(error),)


def _plan_and_measure(services: Services, chosen: Selection, result: RunResult) -> list[CaseResult]:
    """The result of each case; where all of the project's were planned, ``result`` gets what they reach."""
    found = _plan_cases(services, chosen.only_cases, chosen.changed_since)
    everything = not chosen.only_cases and chosen.changed_since is None
    if everything and found and all(case.outcome is not Outcome.ERROR for case in found):
        result.coverage = [module.in_short() for module in measure(services).modules]
    return found


def _plan_cases(services: Services, only: Sequence[str], changed_since: str | None) -> list[CaseResult]:
    project = services.project
    usable: list[Case] = []
    results: list[CaseResult] = []
    begun: set[str] = set()
    for path in cases.find_files(project):
        try:
            loaded = cases.load(path, project)
        except ConfigurationError as error:
            module = project.module_of_cases(path.parent)
            results.append(CaseResult(module, Outcome.ERROR, _problems(error), Place(project.relative(path))))
            begun.add(module)
            continue
        begun.add(loaded.module)
        usable += loaded.cases
        names = {*(case.name for case in loaded.cases), *loaded.broken}
        usable += documented(project, loaded.module, names, services.progress)
        results += [
            CaseResult(f"{loaded.module}/{name}", Outcome.ERROR, problems, problems[0].place)
            for name, problems in loaded.broken.items()
        ]
    results += [_without_case(project, module) for module in project.module_names() if module not in begun]
    if only:
        usable = [case for case in usable if case.id.startswith(tuple(only))]
        results = [result for result in results if result.id.startswith(tuple(only))]
        _something(usable or results, "case", only)
    usable = [case for case in usable if case.only in (None, services.is_for)]
    if changed_since is not None:
        usable = changed.touched(project, usable, changed_since)
    outcomes = services.plan(usable) if usable else {}
    results += [judge(case, outcomes[case.id]) for case in usable]
    return sorted(results, key=lambda result: result.id)


def _without_case(project: Project, module: str) -> CaseResult:
    place = Place(project.relative(project.module_folder(module)))
    file = project.relative(project.cases / module / cases.FILE_NAME)
    problem = Problem(f"the module '{module}' has no case", place, f"write {file}, or let `modproof init` begin it")
    return CaseResult(module, Outcome.ERROR, (problem,))


def _prove_stories(services: Services, only: Sequence[str]) -> list[StoryResult]:
    project = services.project
    results: list[StoryResult] = []
    found: list[stories.Story] = []
    for path in stories.find_files(project):
        if only and not path.stem.startswith(tuple(only)):
            continue
        try:
            found.append(stories.load(path, project))
        except ConfigurationError as error:
            step = StepResult("read the story", Outcome.ERROR, 0.0, _problems(error))
            results.append(StoryResult(path.stem, (step,), Place(project.relative(path))))
    if only:
        _something(found or results, "story", only)
    for story, proved in zip(found, services.prove_all(found), strict=True):
        if isinstance(proved, ModproofError):
            step = StepResult("prove the story", Outcome.ERROR, 0.0, _problems(proved))
            proved = StoryResult(story.id, (step,), Place(project.relative(story.path)))
        elif isinstance(proved, Exception):
            raise proved
        results.append(proved)
    return results


def _scan(project: Project, progress: Progress, today: date) -> ComplianceResult:
    return compliance.scan(project, progress=progress, today=today)


def _something(found: object, kind: str, only: Sequence[str]) -> None:
    if not found:
        raise ConfigurationError(
            f"no {kind} starts with {' or '.join(only)}", hint=f"`modproof plan --list` names every {kind}"
        )
