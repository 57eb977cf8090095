"""Collects test items from files of cases and from story files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from modproof.core.errors import ConfigurationError
from modproof.core.project import Project, has_terraform
from modproof.core.results import Place
from modproof.pytest_plugin.items import CaseItem, StoryItem
from modproof.pytest_plugin.session import session_of, stopping_pytest

__all__ = ["pytest_collect_file"]

_SUFFIXES = (".yaml", ".yml")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    if file_path.suffix not in _SUFFIXES:
        return None
    project = session_of(parent.config).project(file_path)
    if project is None:
        return None
    if file_path.stem == "cases" and project.cases in file_path.parents and _has_cases(file_path, project):
        return CaseFile.from_parent(parent, path=file_path)
    if file_path.parent == project.stories and (project.is_configured or _has_key(file_path, "example")):
        return StoryFile.from_parent(parent, path=file_path)
    return None


def _has_cases(path: Path, project: Project) -> bool:
    """Whether a file is for modproof. Without settings, it is if its folder names a module, or if it has ``cases``.

    pytest loads this plug-in in every project of an environment, most of which may not use modproof.
    """
    module = project.module_folder(project.module_of_cases(path.parent))
    return project.is_configured or has_terraform(module) or _has_key(path, "cases")


def _has_key(path: Path, key: str) -> bool:
    """Whether a file has a top-level key. True for a file that cannot be read: its collector reports the reason."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return True
    return re.search(rf"""^(["']?){key}\1[ \t]*:""", text, re.MULTILINE) is not None


class CaseFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        session = session_of(self.config)
        project = session.project(self.path)
        assert project is not None
        with stopping_pytest():
            loaded = session.services(project).cases().of_file(self.path)
        for broken in loaded.broken:
            if broken.name is None:
                raise self.CollectError("\n".join(map(str, broken.problems)))
            yield CaseItem.from_parent(
                self, name=broken.name, case=None, project=project, place=broken.place, problems=broken.problems
            )
        session.excluded += len(loaded.excluded)
        for case in loaded.cases:
            session.selected[case.key] = case
            yield CaseItem.from_parent(self, name=case.name, case=case, project=project, place=case.place)


class StoryFile(pytest.File):
    """A story file."""

    def collect(self) -> Iterator[StoryItem]:
        from modproof import stories

        project = session_of(self.config).project(self.path)
        assert project is not None
        try:
            story = stories.load(self.path, project)
        except ConfigurationError as error:
            raise self.CollectError(str(error)) from error
        place = Place(project.relative(self.path), 1)
        yield StoryItem.from_parent(self, name=self.path.stem, story=story, project=project, place=place)
