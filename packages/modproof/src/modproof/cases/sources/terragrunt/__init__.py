"""Cases from Terragrunt units that call modules of the project, with the inputs that the units pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from modproof.cases.model import Case, sourced_case
from modproof.cases.sources.calls import path_name, readable, unique
from modproof.cases.sources.terragrunt.service import Unit, units
from modproof.core.errors import Interrupted, ModproofError
from modproof.core.progress import Progress
from modproof.core.project import Project
from modproof.core.results import Place, Problem

__all__ = ["load"]


def load(project: Project, modules: Sequence[str], progress: Progress) -> Iterator[Case]:
    """A case ``unit_<path>`` for each unit that calls one of ``modules``.

    What a unit takes from its dependencies is unknown in the plan. A unit that cannot be assigned to a module is a case
    of the first module. An error that prevents all units from being rendered is a case of every module: a run of some
    modules must not pass without their units.
    """
    fallback = next(iter([*modules, *project.module_names()]), "")
    try:
        rendered = units(project, progress)
    except Interrupted:
        raise
    except ModproofError as error:
        place = Place(error.path or "pyproject.toml", error.line)
        for module in modules or [fallback]:
            folder = project.module_folder(module)
            case = sourced_case(project.root, module, folder, "units", place, {}, "terragrunt")
            yield replace(case, faults=(Problem(error.message, place, error.hint),))
        return
    names: dict[str, set[str]] = {}
    for unit in rendered:
        module = unit.module or fallback
        if module in (*modules, fallback):
            taken = names.setdefault(module, set())
            name = unique(f"unit_{readable(unit.name)}", taken)
            taken.add(name)
            yield _case(project, module, name, unit)


def _case(project: Project, module: str, name: str, unit: Unit) -> Case:
    place = Place(project.relative(unit.path), unit.line)
    case = sourced_case(project.root, module, project.module_folder(module), name, place, unit.lines, "terragrunt")
    return replace(
        case,
        variables=unit.variables,
        unknown=tuple(map(path_name, unit.computed)),
        place=next((fault.place for fault in unit.faults if fault.place is not None), place),
        description=f"the Terragrunt unit {project.relative(unit.folder)}",
        faults=unit.faults,
        reads=unit.reads,
    )
