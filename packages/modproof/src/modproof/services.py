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
from modproof.parallel import side_by_side
from modproof.planner import Planned, Planner
from modproof.progress import SILENT, Progress
from modproof.project import Project

if TYPE_CHECKING:
    from modproof.emulator import Emulator
    from modproof.results import StoryResult
    from modproof.stories import Story

__all__ = ["Services"]


class Services:
    """The planner and the emulator of one run over ``project``. Close it, or use it as a context."""

    def __init__(
        self,
        project: Project,
        *,
        use_cache: bool = True,
        endpoint_url: str | None = None,
        progress: Progress = SILENT,
    ) -> None:
        self.project = project
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
        """Terraform's program, installed first where it is missing. Raises ToolMissing."""
        return toolchain.ensure("terraform", self.progress)

    def planner(self) -> Planner:
        """The planner. Raises ToolMissing."""
        with self._lock:
            if self._planner is None:
                binary = self.terraform()
                found = toolchain.find("terraform")
                self._planner = Planner(
                    self.project,
                    binary=binary,
                    version=found.version if found else "",
                    cache=Cache(toolchain.cache_folder() / "plans") if self._use_cache else None,
                    progress=self.progress,
                )
            return self._planner

    def plan(self, cases: Sequence[Case]) -> dict[str, Planned]:
        """Every case's outcome by id, each planned once in the life of this object."""
        missing = [case for case in cases if case.id not in self._planned]
        if missing:
            self._planned |= self.planner().plan(missing)
        return {case.id: self._planned[case.id] for case in cases}

    def planned(self, case: Case, *, beside: Iterable[Case]) -> Planned:
        """The outcome of one case; the cases ``beside`` it are planned in the same run."""
        wanted = {other.id: other for other in beside} | {case.id: case}
        return self.plan(list(wanted.values()))[case.id]

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
