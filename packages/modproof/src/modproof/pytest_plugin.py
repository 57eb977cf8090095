"""pytest collects cases and stories: each case in a ``cases.yaml`` is one test item, each story file another.

All collected cases are planned in one Terraform run when the first of them is wanted. Python tests get the same
plans from the fixture ``planned``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import tftest

from modproof import cases, process
from modproof.cases import Case
from modproof.errors import ConfigurationError, ModproofError
from modproof.planner import judge
from modproof.project import Project
from modproof.results import Outcome, Place, Problem, StoryResult

if TYPE_CHECKING:
    from modproof.services import Services
    from modproof.stories import Story

__all__ = ["PlannedCase"]


class PlannedCase(Protocol):
    """The fixture ``planned``: the plan of a case, by module and case name, as tftest's plan type."""

    def __call__(self, module: str, case: str) -> tftest.TerraformPlanOutput: ...


class _Session:
    """What one pytest session shares: the project, the plans, the emulator."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._services: Services | None = None
        self._projects: dict[Path, Project] = {}
        self.collected: dict[str, Case] = {}
        self.stories: list[Story] = []
        self._proved: dict[str, StoryResult | Exception] = {}

    def project(self, start: Path) -> Project | None:
        folder = start if start.is_dir() else start.parent
        if folder not in self._projects:
            try:
                self._projects[folder] = Project.find(folder)
            except ConfigurationError:
                return None
        return self._projects[folder]

    @property
    def services(self) -> Services:
        if self._services is None:
            # every pytest run of an environment loads this plug-in; only one with cases or stories pays for the rest
            from modproof.services import Services

            project = Project.find(self.config.rootpath)
            self._services = Services(
                project,
                use_cache=not self.config.getoption("modproof_no_cache"),
                endpoint_url=self.config.getoption("modproof_endpoint"),
            )
        return self._services

    def prove(self, story: Story) -> StoryResult:
        """The story's result; all stories that were chosen are proved side by side when the first is wanted."""
        if story.id not in self._proved:
            together = self.stories if any(other.id == story.id for other in self.stories) else [story]
            results = self.services.prove_all(together)
            self._proved |= {other.id: result for other, result in zip(together, results, strict=True)}
        proved = self._proved[story.id]
        if isinstance(proved, Exception):
            raise proved
        return proved

    def close(self) -> None:
        if self._services is not None:
            self._services.close()


_session_key = pytest.StashKey[_Session]()


class _Failed(Exception):
    """A case or story that did not come out as it should; carries what is wrong with it."""

    def __init__(self, problems: Iterable[Problem], outcome: Outcome) -> None:
        self.problems = tuple(problems)
        self.outcome = outcome
        super().__init__("\n".join(map(str, self.problems)))


class _DataItem(pytest.Item):
    """A test item that stands in a data file."""

    place: Place

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, _Failed):
            head = "could not be run" if excinfo.value.outcome is Outcome.ERROR else "failed"
            return "\n".join([f"{self.place}: {self.name} {head}", *(f"  {p}" for p in excinfo.value.problems)])
        if isinstance(excinfo.value, ModproofError):
            return f"{self.place}: {self.name} could not be run\n  {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = self.place.line
        return self.path, None if line is None else line - 1, self.name


class CaseItem(_DataItem):
    """One case of a cases.yaml."""

    def __init__(self, *, case: Case | None, place: Place, problems: tuple[Problem, ...] = (), **kw: Any) -> None:
        super().__init__(**kw)
        self.case = case
        self.place = place
        self.problems = problems

    def runtest(self) -> None:
        if self.case is None:
            raise _Failed(self.problems, Outcome.ERROR)
        session = self.config.stash[_session_key]
        with _stopping_pytest():
            planned = session.services.planned(self.case, beside=session.collected.values())
        result = judge(self.case, planned)
        if result.outcome is not Outcome.PASSED:
            raise _Failed(result.problems, result.outcome)


class CaseFileNode(pytest.File):
    """A cases.yaml."""

    def collect(self) -> Iterator[CaseItem]:
        session = self.config.stash[_session_key]
        project = session.project(self.path)
        assert project is not None
        try:
            loaded = cases.load(self.path, project)
        except ConfigurationError as error:
            raise self.CollectError(str(error)) from error
        for case in loaded.cases:
            session.collected[case.id] = case
            yield CaseItem.from_parent(self, name=case.name, case=case, place=case.place)
        for name, problems in loaded.broken.items():
            place = problems[0].place or Place(project.relative(self.path))
            yield CaseItem.from_parent(self, name=name, case=None, place=place, problems=problems)


class StoryItem(_DataItem):
    """An example that is applied to the emulator, changed and destroyed."""

    def __init__(self, *, story: Story, place: Place, **kw: Any) -> None:
        super().__init__(**kw)
        self.story = story
        self.place = place

    def runtest(self) -> None:
        with _stopping_pytest():
            result = self.config.stash[_session_key].prove(self.story)
        for step in result.steps:
            self.add_report_section("call", "steps", f"{step.outcome:7} {step.seconds:6.1f} s  {step.name}\n")
        if result.outcome is not Outcome.PASSED:
            raise _Failed((p for step in result.steps for p in step.problems), result.outcome)


class StoryFileNode(pytest.File):
    """A story's YAML file."""

    def collect(self) -> Iterator[StoryItem]:
        from modproof import stories

        project = self.config.stash[_session_key].project(self.path)
        assert project is not None
        try:
            story = stories.load(self.path, project)
        except ConfigurationError as error:
            raise self.CollectError(str(error)) from error
        yield StoryItem.from_parent(self, name=self.path.stem, story=story, place=Place(project.relative(self.path), 1))


class _stopping_pytest:  # noqa: N801 - reads as what it does
    """Turns an error that no case can be judged after into one message and pytest's usage exit code."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ModproofError):
            pytest.exit(str(error), returncode=error.exit_code)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("modproof", "proofs of Terraform modules")
    group.addoption("--modproof-no-cache", action="store_true", help="plan every case anew, and keep nothing of it")
    group.addoption("--modproof-endpoint", metavar="URL", help="apply stories to this emulator instead of starting one")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_session_key] = _Session(config)
    # a session that was interrupted in this process must not stop the next one's programs
    process.allow_programs()


def pytest_unconfigure(config: pytest.Config) -> None:
    session = config.stash.get(_session_key, None)
    if session is not None:
        session.close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    if file_path.suffix != ".yaml":
        return None
    project = parent.config.stash[_session_key].project(file_path)
    if project is None:
        return None
    if file_path.name == cases.FILE_NAME and file_path.parent.parent == project.cases:
        return CaseFileNode.from_parent(parent, path=file_path)
    if file_path.parent == project.stories:
        return StoryFileNode.from_parent(parent, path=file_path)
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    # a worker of pytest-xdist collects everything but is given its items one by one
    if not hasattr(session.config, "workerinput"):
        chosen = [item.story for item in session.items if isinstance(item, StoryItem)]
        session.config.stash[_session_key].stories = chosen


@pytest.fixture(scope="session")
def planned(request: pytest.FixtureRequest) -> PlannedCase:
    """The plan of a case of this project: ``planned("endpoint", "serverless")``.

    Fails the test where the case has no plan, with the reason.
    """
    session = request.config.stash[_session_key]
    known: dict[str, Case] = {}

    def find(module: str, name: str) -> Case:
        case_id = f"{module}/{name}"
        if case_id not in session.collected and case_id not in known:
            for path in cases.find_files(session.services.project):
                if path.parent.name == module:
                    known.update({case.id: case for case in cases.load(path, session.services.project).cases})
        case = session.collected.get(case_id) or known.get(case_id)
        if case is None:
            near = ", ".join(sorted(i for i in {**session.collected, **known} if i.startswith(f"{module}/")))
            pytest.fail(f"there is no case {case_id}; cases of the module: {near or 'none'}", pytrace=False)
        return case

    def planned_case(module: str, case: str) -> tftest.TerraformPlanOutput:
        wanted = find(module, case)
        with _stopping_pytest():
            outcome = session.services.planned(wanted, beside=[*session.collected.values(), *known.values()])
        if outcome.plan is None:
            reasons = "\n".join(error.text for error in outcome.errors) or "it is a rejecting case"
            pytest.fail(f"{wanted.place}: {wanted.id} has no plan: {reasons}", pytrace=False)
        # a copy, so that no test sees what another did to it
        return tftest.TerraformPlanOutput(copy.deepcopy(dict(outcome.plan)))

    return planned_case
