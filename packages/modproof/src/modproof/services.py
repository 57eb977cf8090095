"""What a run is made of, each part made when it is first wanted and closed at the end."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from modproof import toolchain
from modproof.cache import Cache
from modproof.cases import Case
from modproof.environment import base_environment
from modproof.parallel import side_by_side
from modproof.planner import CaseError, Planned, Planner, Work
from modproof.progress import SILENT, Progress
from modproof.project import Project
from modproof.terraform import Terraform

if TYPE_CHECKING:
    from modproof.emulator import Emulator
    from modproof.results import CoverageResult, StoryResult
    from modproof.stories import Story

__all__ = ["Services"]


class Services:
    """The planner and the emulator of one run over ``project``. Close it, or use it as a context.

    ``program`` is terraform, tofu, or the path of one of them. ``session_folder`` is private and shared with the other
    processes of the run, if there are any.
    """

    def __init__(
        self,
        project: Project,
        *,
        use_cache: bool = True,
        session_folder: Path | None = None,
        endpoint_url: str | None = None,
        program: str = "terraform",
        progress: Progress = SILENT,
    ) -> None:
        self.project = project
        self._program = program
        self._session_folder = session_folder
        self.progress = progress
        self._use_cache = use_cache
        self._endpoint_url = endpoint_url
        self._planned: dict[str, Planned] = {}
        self._planner: Planner | None = None
        self._emulator: Emulator | None = None
        self._lock = threading.RLock()
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop what was started."""
        self._stack.close()

    def terraform(self) -> Path:
        """Terraform's program, or OpenTofu's, installed first where it is missing. Raises ToolMissing."""
        return toolchain.chosen(self._program, self.progress).path

    @property
    def is_for(self) -> str:
        """Which of terraform and tofu this run uses, for cases that are for one of them."""
        return toolchain.kind_of(self._program)

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
                )
            return self._planner

    def plan(self, cases: Sequence[Case]) -> dict[str, Planned]:
        """Every case's outcome by id, each planned once in the life of this object."""
        missing = [case for case in cases if case.id not in self._planned]
        faulty = {case.id: Planned(errors=_faults(case)) for case in missing if case.faults}
        whole = [case for case in missing if case.id not in faulty]
        self._planned |= faulty | (self.planner().plan(whole) if whole else {})
        return {case.id: self._planned[case.id] for case in cases}

    @property
    def work(self) -> Work:
        """What was planned so far, and what came from the cache."""
        return self._planner.work if self._planner is not None else Work()

    def planned(self, case: Case, *, beside: Iterable[Case]) -> Planned:
        """The outcome of one case; the cases ``beside`` it are planned in the same run."""
        wanted = {other.id: other for other in beside} | {case.id: case}
        return self.plan(list(wanted.values()))[case.id]

    def cover(
        self, cases: Sequence[Case], *, modules: Sequence[str], fail_under: float | None = None
    ) -> CoverageResult:
        """What ``cases`` reach of ``modules``; ``fail_under`` takes the place of the project's gates."""
        from modproof import coverage

        planned = self.plan(cases)
        cli_config = toolchain.terraform_cli_config(self.project.state, kind=self.is_for)

        def terraform(folder: Path) -> Terraform:
            environment = {**base_environment(), "TF_CLI_CONFIG_FILE": str(cli_config)}
            return Terraform(folder, binary=self.terraform(), env=environment)

        with self.progress.task(f"measure what the cases reach of {len(modules)} modules"):
            return coverage.cover(
                self.project, cases, planned, modules=modules, make_terraform=terraform, fail_under=fail_under
            )

    def emulator(self) -> Emulator:
        """The emulator, started when it is first wanted. Raises EmulatorError."""
        # the emulator's keeper is an extra: who only plans need not have it
        from modproof import emulator

        with self._lock:
            if self._emulator is None:
                self._emulator = self._stack.enter_context(
                    emulator.running(self.project, progress=self.progress, endpoint_url=self._endpoint_url)
                )
            return self._emulator

    def prove(self, story: Story) -> StoryResult:
        """Take one story through its life, in an account of its own."""
        from modproof import lifecycle

        server = self.emulator()
        return lifecycle.prove(
            story,
            terraform=self.terraform(),
            emulator=server,
            account=server.new_account(),
            project=self.project,
            progress=self.progress,
        )

    def prove_all(self, stories: Sequence[Story]) -> list[StoryResult | Exception]:
        """Take stories through their lives side by side; the results, or what was raised, in their order.

        Most of a life is waiting for resources to settle, so that more stories than cores share a machine well;
        each holds a Terraform and its provider, some 0.7 GB, so that not all of them may be under way.
        """
        at_once = 2 * (os.cpu_count() or 1)
        return side_by_side([partial(self.prove, story) for story in stories], at_once=at_once)


def _faults(case: Case) -> tuple[CaseError, ...]:
    """What is wrong with a case before it is planned, as its errors; all but the first with their places."""
    said: list[CaseError] = []
    for fault in case.faults:
        text = f"{fault.message}; {fault.hint}" if fault.hint else fault.message
        said.append(CaseError("load", text if fault.place == case.place else f"{fault.place}: {text}", usage=True))
    return tuple(said)
