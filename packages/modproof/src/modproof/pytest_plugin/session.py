"""The state of one pytest session: projects, their cases and services, and the results of stories."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from modproof.core import process
from modproof.core.documents import problems_of
from modproof.core.errors import ConfigurationError, ModproofError, NoProject
from modproof.core.project import Project

if TYPE_CHECKING:
    from modproof.cases import Case
    from modproof.core.results import CoverageResult, StoryResult
    from modproof.plan import Work
    from modproof.run.services import Services
    from modproof.stories import Story

__all__ = ["Session", "failing_test", "is_worker", "session_of", "stopping_pytest"]


class Session:
    """The state of one pytest session. Close it."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.selected: dict[tuple[Path, str], Case] = {}
        """The cases of this session by project root and id: all collected ones until pytest has selected some."""
        self.excluded = 0
        """The number of cases for the other one of terraform and tofu."""
        self.work: list[Work] = []
        """What each process planned, if anything."""
        self.stories: list[tuple[Project, Story]] = []
        """The selected stories."""
        self.records_calls = False
        """Whether a selected test needs the AWS calls of the stories."""
        self.test_path = config.rootpath
        """The file of the running test."""
        self._services: dict[Path, Services] = {}
        self._coverage: dict[Path, CoverageResult] = {}
        self._projects: dict[Path, Project] = {}
        self._shared = contextlib.ExitStack()
        self._shared_folder: Path | None = None
        self._story_results: dict[tuple[Path, str], StoryResult | Exception] = {}

    def project(self, start: Path) -> Project | None:
        """The project around ``start``, if any. Invalid settings end the session."""
        folder = start if start.is_dir() else start.parent
        if folder not in self._projects:
            with stopping_pytest():
                try:
                    found = Project.find(folder)
                except NoProject:
                    return None
            # one object per project, so that its files are read once
            self._projects[folder] = next((each for each in self._projects.values() if each.root == found.root), found)
        return self._projects[folder]

    def services(self, project: Project | None = None) -> Services:
        """The services of ``project``, by default the one around the running test. Raises NoProject without one."""
        # every pytest run in an environment loads this plug-in; only one with cases or stories needs the rest
        from modproof.run.services import Services

        chosen = project or self.project(self.test_path) or Project.find(self.config.rootpath)
        if chosen.root not in self._services:
            self._services[chosen.root] = Services(
                chosen,
                use_cache=not self.config.getoption("modproof_no_cache"),
                session_folder=self.shared_folder if is_worker(self.config) else None,
                endpoint_url=self.config.getoption("modproof_endpoint"),
                step_seconds=self.config.getoption("modproof_step_timeout"),
                program=self.config.getoption("terraform_binary"),
            )
        return self._services[chosen.root]

    def coverage(self) -> CoverageResult:
        """The coverage of the project around the running test, measured once. Raises ModproofError."""
        from modproof.run.coverage import measure

        services = self.services()
        root = services.project.root
        if root not in self._coverage:
            self._coverage[root] = measure(services)
        return self._coverage[root]

    def permission_differences(self) -> list[str]:
        """The differences between the calls of the stories that passed and the project's file of permissions.

        Raises ModproofError.
        """
        from modproof import stories
        from modproof.core.results import Outcome
        from modproof.run import permission_file
        from modproof.run.module_permissions import calls_of

        project = self.services().project
        if not self.records_calls:  # the fixture was requested while the tests run
            self.records_calls = True
            self._story_results.clear()
        selected = [story for owner, story in self.stories if owner.root == project.root]
        passed = []
        for story in selected:
            with contextlib.suppress(ModproofError):
                result = self.run_story(project, story)
                passed += [(story, result)] if result.outcome is Outcome.PASSED else []
        made_in = [*calls_of(project, [story for story, _ in passed], [result for _, result in passed])]
        complete = len(passed) == len(stories.find_files(project))
        return permission_file.differences(project, made_in, permission_file.read(project), complete=complete)

    def batch(self, project: Project) -> list[Case]:
        """The selected cases of ``project``, which are planned together."""
        return [case for (root, _), case in self.selected.items() if root == project.root]

    @property
    def shared_folder(self) -> Path:
        """A temporary folder that only the processes of this run use."""
        if self._shared_folder is None:
            given = getattr(self.config, "workerinput", {}).get("modproof_folder")
            folder = Path(given) if given else self._shared.enter_context(process.temporary_folder("pytest"))
            self._shared_folder = folder
        return self._shared_folder

    def work_done(self) -> list[Work]:
        """What this process planned, by project, if anything."""
        done = [services.work for services in self._services.values()]
        return [work for work in done if work.planned or work.cached]

    def run_story(self, project: Project, story: Story) -> StoryResult:
        """The result of a story. All selected stories of a project run in parallel when the first is needed."""
        key = (project.root, story.id)
        if key not in self._story_results:
            selected = [other for owner, other in self.stories if owner.root == project.root]
            together = selected if any(other.id == story.id for other in selected) else [story]
            results = self.services(project).run_stories(together, record_calls=self.records_calls)
            self._story_results |= {
                (project.root, other.id): result for other, result in zip(together, results, strict=True)
            }
        result = self._story_results[key]
        if isinstance(result, Exception):
            raise result
        return result

    def close(self) -> None:
        """Stop everything that was started."""
        for services in self._services.values():
            services.close()
        self._shared.close()


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


_key = pytest.StashKey[Session]()


def session_of(config: pytest.Config) -> Session:
    """The session of ``config``, created on first use."""
    if _key not in config.stash:
        config.stash[_key] = Session(config)
    return config.stash[_key]


class stopping_pytest:  # noqa: N801 - reads like a statement
    """Ends the pytest session with the message and exit code of a ModproofError."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ModproofError):
            pytest.exit(str(error), returncode=error.exit_code)


class failing_test(stopping_pytest):  # noqa: N801 - reads like a statement
    """Fails the test for a ConfigurationError, without a traceback; ends the session for another ModproofError."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ConfigurationError):
            pytest.fail("\n".join(map(str, problems_of(error))), pytrace=False)
        super().__exit__(kind, error, trace)
