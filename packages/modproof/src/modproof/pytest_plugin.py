"""pytest collects cases and stories: each case in a ``cases.yaml`` is one test item, each story file another.

All selected cases are planned in one Terraform run when the first of them is wanted; with pytest-xdist, by the first
worker that wants one, while the others wait and then read. Python tests get the same plans from the fixture
``planned``.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import tftest

from modproof import cases, changed, process, toolchain
from modproof.cases import Case
from modproof.errors import ConfigurationError, ModproofError
from modproof.planner import Work, judge, summary
from modproof.project import Project
from modproof.results import Outcome, Place, Problem, StoryResult
from modproof.shards import Shard

if TYPE_CHECKING:
    from modproof.emulator import Emulator
    from modproof.results import CoverageResult
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
        self._shared = contextlib.ExitStack()
        self._shared_folder: Path | None = None
        self.collected: dict[str, Case] = {}
        """The cases that this session runs: all that were collected, until pytest has chosen among them."""
        self.others = 0
        """Cases that are for the other one of terraform and tofu."""
        self.work: list[Work] = []
        """What each process planned."""
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
                session_folder=self.shared_folder if is_worker(self.config) else None,
                endpoint_url=self.config.getoption("modproof_endpoint"),
                program=self.config.getoption("terraform_binary"),
            )
        return self._services

    @property
    def is_for(self) -> str:
        return toolchain.kind_of(self.config.getoption("terraform_binary"))

    @property
    def shared_folder(self) -> Path:
        """A folder that only this run's processes know, and that goes with them."""
        if self._shared_folder is None:
            given = getattr(self.config, "workerinput", {}).get("modproof_folder")
            folder = Path(given) if given else self._shared.enter_context(process.temporary_folder("pytest"))
            self._shared_folder = folder
        return self._shared_folder

    def work_done(self) -> Work:
        """What this process planned."""
        return self._services.work if self._services is not None else Work()

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
        self._shared.close()


def is_worker(config: pytest.Config) -> bool:
    """Whether this process runs tests for a controller of pytest-xdist."""
    return hasattr(config, "workerinput")


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
        self.user_properties.append(("case", self.case.id))
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
        names = {*(case.name for case in loaded.cases), *loaded.broken}
        for case in [*loaded.cases, *_documented(project, loaded.module, names)]:
            if case.only not in (None, session.is_for):
                session.others += 1
                continue
            session.collected[case.id] = case
            yield CaseItem.from_parent(self, name=case.name, case=case, place=case.place)
        for name, problems in loaded.broken.items():
            place = problems[0].place or Place(project.relative(self.path))
            yield CaseItem.from_parent(self, name=name, case=None, place=place, problems=problems)


def _documented(project: Project, module: str, taken: Collection[str]) -> list[Case]:
    if not project.settings.documented:
        return []
    # reads HCL with a parser that most runs need not load
    from modproof.documented import documented

    return documented(project, module, taken)


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
    group.addoption(
        "--modproof-shard",
        metavar="INDEX/COUNT",
        help="run one of COUNT parts of the tests, each on a machine: 1/3, 2/3, 3/3",
    )
    group.addoption("--modproof-endpoint", metavar="URL", help="apply stories to this emulator instead of starting one")
    group.addoption(
        "--modproof-changed-since", metavar="REF", help="only cases that a change since this commit can touch"
    )
    group.addoption(
        "--terraform-binary",
        metavar="NAME|PATH",
        default="terraform",
        help="plan with this: terraform (default), tofu, or a path of one",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_session_key] = _Session(config)
    # a session that was interrupted in this process must not stop the next one's programs
    process.allow_programs()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for option, choose in (("modproof_shard", _in_shard), ("modproof_changed_since", _touched)):
        wanted = config.getoption(option)
        if wanted is None:
            continue
        try:
            kept = set(choose(items, wanted, config))
        except ModproofError as error:
            raise pytest.UsageError(f"--{option.replace('_', '-')}: {error}") from error
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = [item for item in items if item in kept]


def _in_shard(items: Sequence[pytest.Item], wanted: str, config: pytest.Config) -> Sequence[pytest.Item]:
    del config
    return Shard.parse(wanted).pick(items, lambda item: item.nodeid)


def _touched(items: Sequence[pytest.Item], reference: str, config: pytest.Config) -> Sequence[pytest.Item]:
    """All but the cases that no change can touch: of other tests nobody knows."""
    found = [item.case for item in items if isinstance(item, CaseItem) and item.case is not None]
    project = config.stash[_session_key].project(config.rootpath)
    if project is None or not found:
        return items
    kept = {case.id for case in changed.touched(project, found, reference)}
    return [item for item in items if not isinstance(item, CaseItem) or item.case is None or item.case.id in kept]


def pytest_collection_finish(session: pytest.Session) -> None:
    # what -k, --lf and the like left out is not planned
    ours = session.config.stash[_session_key]
    chosen = [item.case for item in session.items if isinstance(item, CaseItem) and item.case is not None]
    ours.collected = {case.id: case for case in chosen}
    # a worker of pytest-xdist collects everything but is given its items one by one
    if not is_worker(session.config):
        ours.stories = [item.story for item in session.items if isinstance(item, StoryItem)]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the workers share what no cache may keep."""
    node.workerinput["modproof_folder"] = str(node.config.stash[_session_key].shared_folder)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker of pytest-xdist did."""
    told = getattr(node, "workeroutput", {}).get("modproof_work")
    if told:
        session = node.config.stash[_session_key]
        others, work = told
        session.others = others
        session.work.append(Work(**work))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    ours = session.config.stash[_session_key]
    work = ours.work_done()
    if is_worker(session.config):
        session.config.workeroutput["modproof_work"] = (ours.others, asdict(work))  # type: ignore[attr-defined]
    elif work.planned or work.cached:
        ours.work.append(work)
    # more machines than tests, or no change that touches a case: nothing to do is no fault then
    narrowed = session.config.getoption("modproof_shard") or session.config.getoption("modproof_changed_since")
    if narrowed and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    session = config.stash[_session_key]
    if session.work:
        terminalreporter.write_line(f"modproof: {summary(session.work)}")
    if session.others:
        other = "tofu" if session.is_for == "terraform" else "terraform"
        terminalreporter.write_line(f"modproof: {session.others} cases left out, they are for {other} only")


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
    if file_path.name == cases.FILE_NAME and project.cases in file_path.parents:
        return CaseFileNode.from_parent(parent, path=file_path)
    if file_path.parent == project.stories:
        return StoryFileNode.from_parent(parent, path=file_path)
    return None


@pytest.fixture(scope="session")
def module_coverage(request: pytest.FixtureRequest) -> CoverageResult:
    """What the cases of this project reach of its modules, held to the project's gates."""
    from modproof.measure import measure

    with _stopping_pytest():
        return measure(request.config.stash[_session_key].services)


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest) -> Emulator:
    """The LocalStack that the session's stories run on, started when it is first wanted, and stopped at the end.

    Take an account of your own on it: ``emulator.session(emulator.new_account(), "eu-west-1")`` is a session like
    boto3's.
    """
    with _stopping_pytest():
        return request.config.stash[_session_key].services.emulator()


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
                if session.services.project.module_of_cases(path.parent) == module:
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
