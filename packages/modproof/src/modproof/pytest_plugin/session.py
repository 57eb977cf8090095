"""What one pytest session shares: the project, the plans, the emulator."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modproof import process, toolchain
from modproof.cases import Case
from modproof.errors import ModproofError, NoProject
from modproof.planner import Work
from modproof.project import Project

if TYPE_CHECKING:
    from modproof.results import StoryResult
    from modproof.services import Services
    from modproof.stories import Story

__all__ = ["Session", "is_worker", "session_of", "stopping_pytest"]


class Session:
    """What one pytest session shares. Close it."""

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
        """What each process planned that planned anything."""
        self.stories: list[Story] = []
        self._proved: dict[str, StoryResult | Exception] = {}

    def project(self, start: Path) -> Project | None:
        """The project around ``start``; None where there is none. Wrong settings end the session."""
        folder = start if start.is_dir() else start.parent
        if folder not in self._projects:
            with stopping_pytest():
                try:
                    self._projects[folder] = Project.find(folder)
                except NoProject:
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

    def add_work(self, work: Work) -> None:
        """Count what a process did, if it did anything."""
        if work.planned or work.cached:
            self.work.append(work)

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


_key = pytest.StashKey[Session]()


def session_of(config: pytest.Config) -> Session:
    """The session that ``config`` belongs to; made when it is first asked for."""
    if _key not in config.stash:
        config.stash[_key] = Session(config)
    return config.stash[_key]


class stopping_pytest:  # noqa: N801 - reads as what it does
    """Turns an error that no case can be judged after into one message and pytest's usage exit code."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ModproofError):
            pytest.exit(str(error), returncode=error.exit_code)
