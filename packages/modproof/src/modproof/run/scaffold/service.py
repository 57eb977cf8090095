"""Writes first cases: drafts them, plans them, and notes in the file what the failing ones need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modproof.cases.model import FILE_NAMES, HOLE, Case, sourced_case
from modproof.cases.planned import Planned
from modproof.cases.sources import examples, readme
from modproof.cases.sources.calls import inputs_of, path_name, unique
from modproof.core.errors import ConfigurationError
from modproof.core.project import ROOT, Project
from modproof.core.results import Place
from modproof.hcl.module import Module, read_module
from modproof.hcl.types import MISSING
from modproof.run.scaffold.guesses import guess
from modproof.run.scaffold.writing import Written, write
from modproof.run.selection import select_names
from modproof.run.services import Services
from modproof.terraform.plan_json import resource_counts

__all__ = ["Scaffolded", "scaffold"]

_MINIMAL = "minimal"


@dataclass(frozen=True, slots=True)
class Scaffolded:
    """The ``path`` of a module's cases, and the cases by name with what each still needs, if anything.

    ``untouched`` says that the file existed already.
    """

    module: str
    path: Path
    cases: Mapping[str, str]
    untouched: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """A case to try: its variables, and which parts of them are unknown in the plan."""

    name: str
    source: str
    variables: Mapping[str, Any]
    unknown: tuple[str, ...]


def scaffold(project: Project, modules: Sequence[str], services: Services) -> list[Scaffolded]:
    """Write a first cases.yaml for each of ``modules`` (names or globs; all by default) that has none.

    All drafts of all modules are planned in one run, or in two if computed values must be known. Raises
    ConfigurationError for an unknown module, and ModproofError when nothing can be planned.
    """
    chosen = select_names(project.module_names(), modules, "module")
    if not chosen:
        raise ConfigurationError("there is no module", path=project.root, hint="modules are folders with .tf files")
    scaffolded: dict[str, Scaffolded] = {}
    drafts: dict[str, list[tuple[_Draft, _Draft]]] = {}
    for name in chosen:
        path = _cases_file(project, name)
        if path.exists():
            scaffolded[name] = Scaffolded(name, path, {}, untouched=True)
        else:
            module = read_module(name, project.module_folder(name).resolve())
            drafts[name] = list(_drafts(project, module))
    for name, found in _try(project, drafts, services).items():
        path = _cases_file(project, name)
        write(path, name, found)
        scaffolded[name] = Scaffolded(name, path, {case.name: case.needs for case in found})
    return [scaffolded[name] for name in chosen]


def _cases_file(project: Project, module: str) -> Path:
    folders = [project.cases, project.cases / ROOT] if module == ROOT else [project.cases / module]
    existing = (folder / name for folder in folders for name in FILE_NAMES if (folder / name).exists())
    return next(existing, project.cases / module / FILE_NAMES[0])


def _drafts(project: Project, module: Module) -> Iterator[tuple[_Draft, _Draft]]:
    """Each case with its computed parts unknown, and with a guess in place of each such part."""
    names = {variable.name for variable in module.variables}
    guessed = {v.name: guess(v, module) for v in module.variables}
    required = [v.name for v in module.variables if v.default is MISSING]
    minimal = _Draft(_MINIMAL, "the required variables", {name: guessed[name] for name in required}, ())
    yield minimal, minimal
    taken = {_MINIMAL}
    for call in [*examples.calls(project, module.folder), *readme.calls(module.folder)]:
        name = unique(call.name, taken)
        taken.add(name)
        inputs, paths = inputs_of(call)
        given = {name: value for name, value in inputs.items() if name in names}
        computed = [path for path in paths if path[0] in names]
        stand_in = {**given, **{str(path[0]): guessed[str(path[0])] for path in computed if len(path) == 1}}
        known = {key: _filled(value, key, guessed) for key, value in stand_in.items()}
        unknown = tuple(map(path_name, computed))
        yield _Draft(name, "an example", known, unknown), _Draft(name, "an example", known, ())


def _filled(value: Any, name: str, guessed: Mapping[str, Any]) -> Any:
    """``value`` with a string in place of each computed part."""
    if value == HOLE:
        return guessed.get(name, "example") if isinstance(guessed.get(name), str) else "example"
    if isinstance(value, Mapping):
        return {key: _filled(element, key, guessed) for key, element in value.items()}
    if isinstance(value, list):
        return [_filled(element, name, guessed) for element in value]
    return value


def _try(
    project: Project, drafts: Mapping[str, Sequence[tuple[_Draft, _Draft]]], services: Services
) -> dict[str, list[Written]]:
    first = {f"{m}/{a.name}": _case(project, m, a) for m, pairs in drafts.items() for a, _ in pairs}
    outcomes = services.plan(list(first.values())) if first else {}
    second: dict[str, Case] = {}
    for name, pairs in drafts.items():
        for unknown, known in pairs:
            # a for_each may need a value that the example computes
            if outcomes[f"{name}/{unknown.name}"].errors and unknown.unknown:
                case = _case(project, name, known, suffix=".known")
                second[f"{name}/{known.name}"] = case
    again = services.plan(list(second.values())) if second else {}
    written: dict[str, list[Written]] = {}
    for name, pairs in drafts.items():
        written[name] = []
        for unknown, known in pairs:
            key = f"{name}/{unknown.name}"
            draft, outcome = unknown, outcomes[key]
            if key in second and not again[second[key].id].errors:
                draft, outcome = known, again[second[key].id]
            written[name].append(
                Written(draft.name, draft.source, draft.variables, draft.unknown, _counts(outcome), _needs(outcome))
            )
    return written


def _case(project: Project, module: str, draft: _Draft, suffix: str = "") -> Case:
    place = Place(project.relative(_cases_file(project, module)))
    name = f"{draft.name}{suffix}"
    case = sourced_case(project.root, module, project.module_folder(module), name, place, {}, "scaffold")
    return replace(case, variables=draft.variables, unknown=draft.unknown)


def _counts(outcome: Planned) -> dict[str, int]:
    return dict(sorted(resource_counts(outcome.plan or {}).items()))


def _needs(outcome: Planned) -> str:
    """Why the case does not plan, in one line."""
    said = [f"{error.text}{f' ({error.place})' if error.place else ''}" for error in outcome.errors]
    return " ".join("; ".join(dict.fromkeys(said)).split())
