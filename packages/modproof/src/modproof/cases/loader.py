"""Loads every case of a project, once per run, for all commands and for pytest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from modproof.cases.model import BrokenCase, Case
from modproof.cases.sources import SOURCES
from modproof.cases.sources.yaml import case_files, load_file
from modproof.core.documents import problems_of
from modproof.core.errors import ConfigurationError
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.core.results import Place, Problem

__all__ = ["LoadedCases", "load_all"]


@dataclass(frozen=True, slots=True)
class LoadedCases:
    """The cases of a project in the order of their files, documented ones after those of their module's file.

    ``files`` has the module of each readable file of cases. ``excluded`` are the cases for another program.
    """

    project: Project
    cases: tuple[Case, ...]
    broken: tuple[BrokenCase, ...] = ()
    files: Mapping[Path, str] = field(default_factory=dict)
    excluded: tuple[Case, ...] = ()

    def get(self, case_id: str) -> Case | None:
        """The case ``module/name``."""
        return next((case for case in self.cases if case.id == case_id), None)

    def of_program(self, program: str) -> LoadedCases:
        """Without the cases for the other program; ``program`` is terraform or tofu."""
        own = tuple(case for case in self.cases if case.only in (None, program))
        excluded = tuple(case for case in self.cases if case.only not in (None, program))
        return replace(self, cases=own, excluded=excluded)

    def of_file(self, path: Path) -> LoadedCases:
        """What pytest collects from a file of cases: its own cases, and the documented ones of its module.

        If several files have cases of one module, the documented ones belong to the first.
        """
        shown = self.project.relative(path)
        module = self.files.get(path)
        first = next((other for other, name in self.files.items() if name == module), None)

        def is_collected(case: Case) -> bool:
            return case.place.path == shown or (case.source != "yaml" and case.module == module and path == first)

        return replace(
            self,
            cases=tuple(filter(is_collected, self.cases)),
            broken=tuple(broken for broken in self.broken if broken.place.path == shown),
            excluded=tuple(filter(is_collected, self.excluded)),
        )

    def untested_modules(self) -> list[str]:
        """The modules of the project for which there is no file of cases."""
        tested = {*self.files.values(), *(broken.module for broken in self.broken)}
        return [module for module in self.project.module_names() if module not in tested]


def load_all(project: Project, progress: Progress = SILENT, sources: Collection[str] = tuple(SOURCES)) -> LoadedCases:
    """Every case of ``project``. An unusable case or file is in ``broken``; the others are still loaded.

    Of the documented cases, only those of ``sources`` are loaded.
    Raises Interrupted when the run is stopped while Terragrunt renders units.
    """
    found: list[Case | BrokenCase] = []
    files: dict[Path, str] = {}
    for path in case_files(project):
        try:
            module, of_file = load_file(path, project)
        except ConfigurationError as error:
            found.append(_broken_file(path, project, error))
        else:
            files[path] = module
            found += of_file
    checked = list(_without_duplicates(found))
    loaded = [case for case in checked if isinstance(case, Case)]
    broken = [case for case in checked if isinstance(case, BrokenCase)]
    documented = _documented(
        project, list(dict.fromkeys(files.values())), {case.id for case in checked}, sources, progress
    )
    cases = [
        case
        for module in dict.fromkeys([*files.values(), *(case.module for case in loaded)])
        for case in (*(case for case in loaded if case.module == module), *documented.get(module, ()))
    ]
    return LoadedCases(project, tuple(cases), tuple(broken), files)


def _broken_file(path: Path, project: Project, error: ConfigurationError) -> BrokenCase:
    problems = problems_of(error)
    place = Place(project.relative(path), problems[0].place.line if problems[0].place else None)
    return BrokenCase(project.module_of_cases(path.parent), None, problems, place)


def _without_duplicates(found: Iterable[Case | BrokenCase]) -> Iterator[Case | BrokenCase]:
    """Replace a case with the id of an earlier one by an error: their results would have the same id."""
    seen: dict[str, Case | BrokenCase] = {}
    for case in found:
        first = seen.setdefault(case.id, case)
        if first is case or case.name is None:
            yield case
        else:
            text = f"the case {case.id} is already defined at {first.place}"
            yield BrokenCase(case.module, case.name, (Problem(text, case.place, "rename one of them"),), case.place)


def _documented(
    project: Project, modules: list[str], taken: set[str], sources: Collection[str], progress: Progress
) -> dict[str, list[Case]]:
    """The documented cases by module. A case in a file overrides the documented one of the same name."""
    found: dict[str, list[Case]] = {}
    for name, source in SOURCES.items():
        if name in project.settings.documented and name in sources:
            for case in source(project, modules, progress):
                if case.id not in taken:
                    taken.add(case.id)
                    found.setdefault(case.module, []).append(case)
    return found
