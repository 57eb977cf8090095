"""The parts of a run, each created on first use and closed at the end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from modproof import toolchain
from modproof.cases import Case, CaseError, LoadedCases, Planned, load_all
from modproof.cases.model import SCANNED_SOURCES
from modproof.core.cache import Cache
from modproof.core.counts import plural
from modproof.core.environment import base_environment
from modproof.core.errors import machine_fault
from modproof.core.parallel import side_by_side
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.core.results import Outcome
from modproof.plan import Planner, Work
from modproof.run.emulators import Emulators
from modproof.run.order import Admission, durations, longest_first, record
from modproof.terraform.runner import Terraform

if TYPE_CHECKING:
    from modproof.core.results import CoverageResult, StoryResult
    from modproof.emulator import Emulator
    from modproof.stories import Story

__all__ = ["Services"]

_APPLIES_OF_A_FOLDER = 10


class Services:
    """The cases, the planner and the emulator of one run over ``project``. Close it, or use it as a context.

    ``step_seconds`` limits each step of the stories instead of their own limits. ``program`` is the name of a Terraform
    or OpenTofu in the catalog of tools, or a path. ``session_folder`` is private to the processes of the run.
    """

    def __init__(
        self,
        project: Project,
        *,
        use_cache: bool = True,
        session_folder: Path | None = None,
        endpoint_url: str | None = None,
        step_seconds: float | None = None,
        program: str = "terraform",
        progress: Progress = SILENT,
    ) -> None:
        self.project = project
        self.progress = progress
        self._program = program
        self._session_folder = session_folder
        self._use_cache = use_cache
        self._endpoint_url = endpoint_url
        self.step_seconds = step_seconds
        self._cases: LoadedCases | None = None
        self._planned: dict[str, Planned] = {}
        self._planner: Planner | None = None
        self._lock = threading.RLock()
        self._planning = threading.Lock()
        self._stack = contextlib.ExitStack()
        self.emulators = Emulators(self._start_emulator, self._stack)

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything that was started."""
        self._stack.close()

    @property
    def program(self) -> str:
        """The kind of program of this run: terraform or tofu."""
        return toolchain.kind_of(self._program)

    def terraform(self) -> Path:
        """The path of Terraform or OpenTofu, which is installed if necessary. Raises ToolMissing."""
        return toolchain.chosen(self._program, self.progress).path

    def cases(self) -> LoadedCases:
        """Every case of the project that is for this run's program. The files are read once."""
        with self._lock:
            if self._cases is None:
                self._cases = load_all(self.project, self.progress).of_program(self.program)
            return self._cases

    def scanned_cases(self) -> LoadedCases:
        """The cases that scanners check, without rendering Terragrunt for others."""
        with self._lock:
            loaded = self._cases or load_all(self.project, self.progress, SCANNED_SOURCES).of_program(self.program)
            return replace(loaded, cases=tuple(case for case in loaded.cases if case.scanned))

    def planner(self) -> Planner:
        """The planner. Raises ToolMissing."""
        with self._lock:
            if self._planner is None:
                found = toolchain.chosen(self._program, self.progress)
                self._planner = Planner(
                    self.project,
                    binary=found.path,
                    version=found.version,
                    cache=Cache(toolchain.cache_folder() / "plans") if self._use_cache else None,
                    session=Cache(self._session_folder) if self._session_folder else None,
                    progress=self.progress,
                    emulator=self.emulator,
                )
            return self._planner

    def plan(self, cases: Sequence[Case]) -> dict[str, Planned]:
        """The outcome of every case by id. Each case is planned once."""
        with self._planning:
            missing = [case for case in cases if case.id not in self._planned]
            faulty = {case.id: Planned(errors=_faults(case)) for case in missing if case.faults}
            sound = [case for case in missing if case.id not in faulty]
            self._planned |= faulty | (self.planner().plan(sound) if sound else {})
            return {case.id: self._planned[case.id] for case in cases}

    @property
    def work(self) -> Work:
        """What was planned, and what came from the cache."""
        return self._planner.work if self._planner is not None else Work()

    def planned(self, case: Case, *, batch: Iterable[Case]) -> Planned:
        """The outcome of one case; the cases of ``batch`` are planned in the same run."""
        wanted = {other.id: other for other in batch} | {case.id: case}
        return self.plan(list(wanted.values()))[case.id]

    def cover(
        self, cases: Sequence[Case], *, modules: Sequence[str], fail_under: float | None = None
    ) -> CoverageResult:
        """The coverage of ``modules`` by ``cases``; ``fail_under`` overrides the project's gates."""
        from modproof import coverage

        planned = self.plan(cases)
        cli_config = toolchain.terraform_cli_config(self.project.state, kind=self.program)

        def terraform(folder: Path) -> Terraform:
            environment = {**base_environment(), "TF_CLI_CONFIG_FILE": str(cli_config)}
            return Terraform(folder, binary=self.terraform(), env=environment)

        with self.progress.task(f"measure the coverage of {plural(len(modules), 'module')}"):
            return coverage.cover(
                self.project, cases, planned, modules=modules, make_terraform=terraform, fail_under=fail_under
            )

    def emulator(self) -> Emulator:
        """The emulator, which is started if necessary. Raises EmulatorError."""
        return self.emulators.first()

    def _start_emulator(self) -> AbstractContextManager[Emulator]:
        # needs the integration extra, which plans do not
        from modproof import emulator

        return emulator.running(self.project, progress=self.progress, endpoint_url=self._endpoint_url)

    def run_story(self, story: Story, *, as_deployer: bool = True, record_calls: bool = False) -> StoryResult:
        """Run one story in an isolated account, or in the accounts that a story of a Terragrunt tree names.

        Without ``as_deployer``, trees are applied with the keys of their accounts. With ``record_calls``, the result
        has the AWS calls.
        """
        from modproof.stories import TreeStory, lifecycle, tree_lifecycle

        if isinstance(story, TreeStory):
            with self.emulators.with_accounts(story.accounts) as emulator:
                return tree_lifecycle.run(
                    story,
                    terragrunt=toolchain.ensure("terragrunt", self.progress),
                    terraform=self.terraform(),
                    emulator=emulator,
                    project=self.project,
                    progress=self.progress,
                    step_seconds=self.step_seconds,
                    as_deployer=as_deployer,
                    record_calls=record_calls,
                )
        with self.emulators.with_accounts(story.accounts) as emulator, emulator.turn():
            return lifecycle.run(
                story,
                terraform=self.terraform(),
                emulator=emulator,
                account=emulator.new_account(),
                project=self.project,
                progress=self.progress,
                step_seconds=self.step_seconds,
                record_calls=record_calls,
            )

    def run_stories(
        self, stories: Sequence[Story], *, as_deployer: bool = True, record_calls: bool = False
    ) -> list[StoryResult | Exception]:
        """Run stories in parallel, as many as cores and memory allow, the longest first.

        Returns their results, or the exceptions raised, in the order of ``stories``. A fault of the machine is a
        CommandFailed.
        """
        from modproof.run import deployers
        from modproof.stories import TreeStory

        waiting = frozenset[str]()
        if toolchain.find("terragrunt") is None:
            # it is built meanwhile
            waiting = frozenset(story.id for story in stories if isinstance(story, TreeStory))
        names = [story.id for story in stories]
        sizes = {story.id: _size(story) for story in stories}
        order = longest_first(names, durations(self.project, names), waiting, sizes)
        ordered = [stories[index] for index in order]
        run = partial(self.run_story, as_deployer=as_deployer, record_calls=record_calls)
        results = side_by_side([partial(run, story) for story in ordered], may_start=Admission())
        for result in results:
            if not isinstance(result, Exception) and result.outcome is Outcome.PASSED:
                record(self.project, result.id, result.seconds)
        in_order = [result for _, result in sorted(zip(order, results, strict=True), key=lambda pair: pair[0])]
        if as_deployer:
            in_order = deployers.checked(deployers.loadable(self.project), in_order)
        return [(machine_fault(one) or one) if isinstance(one, Exception) else one for one in in_order]


def _size(story: Story) -> int:
    """How often Terraform applies something in the story; a folder of a tree has several units."""
    from modproof.stories import TreeStory

    if isinstance(story, TreeStory):
        return _APPLIES_OF_A_FOLDER * len(story.folders) + len(story.tree_updates)
    return 1 + len(story.updates)


def _faults(case: Case) -> tuple[CaseError, ...]:
    """The faults of a case as errors, all but the first with their places."""
    errors: list[CaseError] = []
    for fault in case.faults:
        text = f"{fault.message}; {fault.hint}" if fault.hint else fault.message
        errors.append(CaseError("load", text if fault.place == case.place else f"{fault.place}: {text}", usage=True))
    return tuple(errors)
