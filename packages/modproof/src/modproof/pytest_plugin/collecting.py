"""Which files hold test items, and which items they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from modproof import cases
from modproof.cases import Case
from modproof.errors import ConfigurationError
from modproof.project import Project
from modproof.pytest_plugin.items import CaseItem, StoryItem
from modproof.pytest_plugin.session import session_of
from modproof.results import Place

__all__ = ["pytest_collect_file"]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    if file_path.suffix != ".yaml":
        return None
    project = session_of(parent.config).project(file_path)
    if project is None:
        return None
    if file_path.name == cases.FILE_NAME and project.cases in file_path.parents:
        return CaseFileNode.from_parent(parent, path=file_path)
    if file_path.parent == project.stories:
        return StoryFileNode.from_parent(parent, path=file_path)
    return None


class CaseFileNode(pytest.File):
    """A cases.yaml."""

    def collect(self) -> Iterator[CaseItem]:
        session = session_of(self.config)
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


class StoryFileNode(pytest.File):
    """A story's YAML file."""

    def collect(self) -> Iterator[StoryItem]:
        from modproof import stories

        project = session_of(self.config).project(self.path)
        assert project is not None
        try:
            story = stories.load(self.path, project)
        except ConfigurationError as error:
            raise self.CollectError(str(error)) from error
        yield StoryItem.from_parent(self, name=self.path.stem, story=story, place=Place(project.relative(self.path), 1))
