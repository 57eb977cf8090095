"""Calls of a module that stand elsewhere, as cases: what a README, an example or a Terragrunt unit says must plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from modproof.cases import FILE_NAME, Case, Expect, find_files, load
from modproof.documents import Document
from modproof.errors import ConfigurationError, Interrupted, ModproofError
from modproof.examples import Call, calls, readable, unique
from modproof.progress import SILENT, Progress
from modproof.project import Project
from modproof.results import Place, Problem
from modproof.units import Unit, units

__all__ = ["documented", "every"]

_README = "readme"
_EXAMPLE = "example_"
_UNIT = "unit_"
_UNITS = "units"


def documented(project: Project, module: str, taken: Collection[str] = (), progress: Progress = SILENT) -> list[Case]:
    """The calls of ``module`` that the project's settings make cases, but for names in ``taken``.

    What a call computes from other resources, or a unit takes from others, is unknown in the plan. Where units are to
    be cases and cannot be rendered at all, one case says why.
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
    path = call.path or project.module_folder(module)
    case = _case(project, module, name, path, call.line, call.lines)
    return replace(
        case,
        variables=call.variables,
        unknown=tuple(_path(parts) for parts in call.computed),
        description="a call that people are shown",
        follows=call.follows,
    )


def _case(project: Project, module: str, name: str, path: Path, line: int, lines: Mapping[str, int]) -> Case:
    """A case that stands in ``path``, with the lines of its variables there."""
    places: dict[tuple[str | int, ...], int] = {("cases", name): line}
    places |= {("cases", name, "variables", variable): at for variable, at in lines.items()}
    return Case(
        module=module,
        name=name,
        folder=project.module_folder(module),
        variables={},
        unknown=(),
        expect=Expect(),
        rejects=None,
        place=Place(project.relative(path), line),
        document=Document(path, {}, places),
        root=project.root,
    )


def _of_units(project: Project, module: str, progress: Progress) -> list[Case]:
    found: dict[str, Case] = {}
    try:
        rendered = units(project, progress)
    except Interrupted:
        raise
    except ModproofError as error:
        place = Place(error.path or "pyproject.toml", error.line)
        case = _case(project, module, _UNITS, project.root / place.path, place.line or 1, {})
        return [replace(case, faults=(Problem(error.message, place, error.hint),), place=place)]
    for unit in rendered:
        if (unit.module or _of_nobody(project)) == module:
            name = unique(f"{_UNIT}{readable(unit.name)}", found)
            found[name] = _of_unit(project, module, name, unit)
    return list(found.values())


def _of_nobody(project: Project) -> str:
    """The module with which faults of units are told that are no module's."""
    modules = [module for module in project.module_names() if (project.cases / module / FILE_NAME).is_file()]
    return next(iter([*modules, *project.module_names()]), "")


def _of_unit(project: Project, module: str, name: str, unit: Unit) -> Case:
    case = _case(project, module, name, unit.path, unit.line, unit.lines)
    return replace(
        case,
        variables=unit.variables,
        unknown=tuple(_path(parts) for parts in unit.computed),
        place=next((fault.place for fault in unit.faults if fault.place is not None), case.place),
        description=f"the Terragrunt unit {project.relative(unit.path.parent)}",
        faults=unit.faults,
        follows=unit.follows,
    )


def _path(parts: tuple[str | int, ...]) -> str:
    first, *rest = parts
    return str(first) + "".join(f"[{part}]" if isinstance(part, int) else f'["{part}"]' for part in rest)
