"""What ``modproof init`` does: draft cases, plan them, write those that plan and say of the others what they need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modproof.cases import FILE_NAME, Case, Expect
from modproof.coverage.constraints import MISSING
from modproof.coverage.source import Module, read_module
from modproof.documents import Document
from modproof.errors import ConfigurationError
from modproof.examples import HOLE, Call, calls
from modproof.planner import Planned
from modproof.project import ROOT, Project
from modproof.results import Place
from modproof.services import Services
from modproof.starting.guesses import guess
from modproof.starting.writing import Written, write

__all__ = ["Started", "start"]

_MINIMAL = "minimal"


@dataclass(frozen=True, slots=True)
class Started:
    """What became of a module: ``path`` of its cases, the cases by name with what each still needs, if anything.

    ``untouched`` says that the file was there already.
    """

    module: str
    path: Path
    cases: Mapping[str, str]
    untouched: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """A case to try: its variables, and which parts of them the plan is not to know."""

    name: str
    source: str
    variables: Mapping[str, Any]
    unknown: tuple[str, ...]


def start(project: Project, modules: Sequence[str], services: Services) -> list[Started]:
    """Write a first cases.yaml for each of ``modules`` (all by default) that has none.

    All drafts of all modules are planned in one run, or two where values that an example computes must be known.
    Raises ConfigurationError when there is no such module, and ModproofError when nothing can be planned.
    """
    known = project.module_names()
    wrong = [name for name in modules if name not in known]
    if wrong or not known:
        raise ConfigurationError(
            f"there is no module '{wrong[0]}'" if wrong else "there is no module",
            path=project.root,
            hint=f"modules here: {', '.join(known) or 'none'}",
        )
    started: dict[str, Started] = {}
    drafts: dict[str, list[tuple[_Draft, _Draft]]] = {}
    for name in modules or known:
        path = _cases_file(project, name)
        if path.exists():
            started[name] = Started(name, path, {}, untouched=True)
        else:
            module = read_module(name, project.module_folder(name).resolve())
            drafts[name] = list(_drafts(project, module))
    chosen = _try(project, drafts, services)
    for name, found in chosen.items():
        path = _cases_file(project, name)
        write(path, name, found)
        started[name] = Started(name, path, {case.name: case.needs for case in found})
    return [started[name] for name in modules or known]


def _cases_file(project: Project, module: str) -> Path:
    at_root = project.cases / FILE_NAME
    return at_root if module == ROOT and at_root.exists() else project.cases / module / FILE_NAME


def _drafts(project: Project, module: Module) -> Iterator[tuple[_Draft, _Draft]]:
    """Each case as the example has it, computed parts unknown; and with a guess in the place of each such part."""
    names = {variable.name for variable in module.variables}
    guessed = {v.name: guess(v, module) for v in module.variables}
    required = [v.name for v in module.variables if v.default is MISSING]
    found = [Call(_MINIMAL, {name: guessed[name] for name in required}, ()), *calls(project, module.folder)]
    for call in found:
        source = "what the module requires" if call.name == _MINIMAL else "an example"
        given = {name: value for name, value in call.variables.items() if name in names}
        computed = [path for path in call.computed if path[0] in names]
        stand_in = {**given, **{str(path[0]): guessed[str(path[0])] for path in computed if len(path) == 1}}
        unknown = tuple(".".join(map(str, path)) for path in computed)
        known = {name: _filled(value, name, guessed) for name, value in stand_in.items()}
        yield _Draft(call.name, source, known, unknown), _Draft(call.name, source, known, ())


def _filled(value: Any, name: str, guessed: Mapping[str, Any]) -> Any:
    """``value`` with plain text where the example computes something."""
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
            # a for_each may need to know what the example computes
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
    path = _cases_file(project, module)
    shown = Path(project.relative(path))
    return Case(
        module=module,
        name=f"{draft.name}{suffix}",
        folder=project.module_folder(module),
        variables=draft.variables,
        unknown=draft.unknown,
        expect=Expect(),
        rejects=None,
        place=Place(str(shown)),
        document=Document(shown, {}, {}),
        root=project.root,
    )


def _counts(outcome: Planned) -> dict[str, int]:
    changes = (outcome.plan or {}).get("resource_changes", [])
    counted = Counter(change["type"] for change in changes if change.get("mode", "managed") == "managed")
    return dict(sorted(counted.items()))


def _needs(outcome: Planned) -> str:
    """Why the case does not plan, in one line."""
    said = [f"{error.text}{f' ({error.rule})' if error.rule else ''}" for error in outcome.errors]
    return " ".join("; ".join(dict.fromkeys(said)).split())
