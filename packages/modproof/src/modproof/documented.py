"""Calls of a module that stand elsewhere, as cases: what a README, an example or a Terragrunt unit says must plan."""

from __future__ import annotations

from collections.abc import Collection

from modproof.cases import FILE_NAME, Case, Expect, find_files, load
from modproof.documents import Document
from modproof.errors import ConfigurationError
from modproof.examples import Call, calls, readable, unique
from modproof.progress import SILENT, Progress
from modproof.project import Project
from modproof.results import Place
from modproof.units import Unit, units

__all__ = ["documented", "every"]

_README = "readme"
_EXAMPLE = "example_"
_UNIT = "unit_"


def documented(project: Project, module: str, taken: Collection[str] = (), progress: Progress = SILENT) -> list[Case]:
    """The calls of ``module`` that the project's settings make cases, but for names in ``taken``.

    What a call computes from other resources, or a unit takes from others, is unknown in the plan. Raises
    ConfigurationError and ToolMissing where Terragrunt units are to be cases, and are not there or cannot be rendered.
    """
    wanted = project.settings.documented
    found: list[Case] = []
    for call in calls(project, project.module_folder(module)) if {"readme", "examples"} & {*wanted} else []:
        in_readme = call.name == _README or call.name.startswith(f"{_README}_")
        name = call.name if in_readme else f"{_EXAMPLE}{call.name}"
        if ("readme" if in_readme else "examples") in wanted:
            found.append(_of_call(project, module, name, call))
    if "terragrunt" in wanted:
        found += _of_units(project, module, progress)
    return [case for case in found if case.name not in taken]


def every(project: Project, progress: Progress = SILENT) -> list[Case]:
    """Every case that can be told, in files of cases and documented; files that are wrong are left out."""
    found: list[Case] = []
    for path in find_files(project):
        try:
            loaded = load(path, project)
        except ConfigurationError:
            continue
        names = {*(case.name for case in loaded.cases), *loaded.broken}
        found += [*loaded.cases, *documented(project, loaded.module, names, progress)]
    return found


def _of_call(project: Project, module: str, name: str, call: Call) -> Case:
    folder = project.module_folder(module)
    place = Place(project.relative(folder / "README.md"), 1) if not name.startswith(_EXAMPLE) else None
    place = place or Place(project.relative(folder))
    return Case(
        module=module,
        name=name,
        folder=folder,
        variables=call.variables,
        unknown=tuple(_path(parts) for parts in call.computed),
        expect=Expect(),
        rejects=None,
        place=place,
        document=Document(folder, {}, {}),
        root=project.root,
        description="a call that people are shown",
    )


def _of_units(project: Project, module: str, progress: Progress) -> list[Case]:
    found: dict[str, Case] = {}
    for unit in units(project, progress):
        if (unit.module or _of_nobody(project)) == module:
            name = unique(f"{_UNIT}{readable(unit.name)}", found)
            found[name] = _of_unit(project, module, name, unit)
    return list(found.values())


def _of_nobody(project: Project) -> str:
    """The module with which faults of units are told that are no module's."""
    modules = [module for module in project.module_names() if (project.cases / module / FILE_NAME).is_file()]
    return next(iter([*modules, *project.module_names()]), "")


def _of_unit(project: Project, module: str, name: str, unit: Unit) -> Case:
    path = project.relative(unit.path)
    lines: dict[tuple[str | int, ...], int] = {("cases", name): unit.line}
    lines |= {("cases", name, "variables", variable): line for variable, line in unit.lines.items()}
    places = [fault.place for fault in unit.faults if fault.place is not None]
    return Case(
        module=module,
        name=name,
        folder=project.module_folder(module),
        variables=unit.variables,
        unknown=tuple(_path(parts) for parts in unit.computed),
        expect=Expect(),
        rejects=None,
        place=next(iter(places), Place(path, unit.line)),
        document=Document(unit.path, {}, lines),
        root=project.root,
        description=f"the Terragrunt unit {project.relative(unit.path.parent)}",
        faults=unit.faults,
        follows=unit.follows,
    )


def _path(parts: tuple[str | int, ...]) -> str:
    first, *rest = parts
    return str(first) + "".join(f"[{part}]" if isinstance(part, int) else f'["{part}"]' for part in rest)
