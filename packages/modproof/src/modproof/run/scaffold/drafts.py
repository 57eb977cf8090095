"""Drafts of cases: the required variables, and the calls of a module in its documentation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from modproof.cases.model import HOLE, TEXT
from modproof.cases.sources import examples, readme
from modproof.cases.sources.calls import InputPath, ModuleCall, inputs_of, path_name, readable, unique
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.hcl.module import Module
from modproof.hcl.types import MISSING, UNKNOWN, Type
from modproof.run.scaffold.guesses import by_name, filled, guesses
from modproof.run.scaffold.lookups import guessed_answers
from modproof.run.scaffold.terraform_tests import runs_of
from modproof.run.scaffold.tftest_files import tests_of

__all__ = ["MINIMAL", "Draft", "Drafts", "drafts_of"]

MINIMAL = "minimal"


@dataclass(frozen=True, slots=True)
class Draft:
    """A case to try.

    ``unknown`` are the parts of the variables that are unknown in the plan. ``guessed`` names the variables with a
    guessed value. ``alternatives`` has the next values to try, by variable; UNKNOWN means no value. ``answers``
    are guesses of what data sources return.
    """

    name: str
    source: str
    variables: Mapping[str, Any]
    unknown: tuple[InputPath, ...] = ()
    guessed: frozenset[str] = frozenset()
    alternatives: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def with_next(self, names: Collection[str]) -> Draft | None:
        """The draft with the next value of each of the variables; None if there is none for any of them."""
        chosen = {name: values for name, values in self.alternatives.items() if name in names and values}
        if not chosen:
            return None
        return replace(
            self,
            variables={**self.variables, **{name: values[0] for name, values in chosen.items()}},
            unknown=tuple(path for path in self.unknown if path[0] not in chosen),
            guessed=self.guessed | set(chosen),
            alternatives={**self.alternatives, **{name: values[1:] for name, values in chosen.items()}},
        )

    def unknown_names(self) -> list[str]:
        """``unknown`` as the key of a case has it."""
        return [path_name(path) for path in self.unknown]


@dataclass(slots=True)
class Drafts:
    """The drafts of a module, each with another name. ``rejecting`` are those that must fail, with the owners of the
    conditions. ``notes`` say what was taken over and what was left out.
    """

    cases: list[Draft] = field(default_factory=list)
    rejecting: list[tuple[Draft, tuple[str, ...]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def drafts_of(project: Project, module: Module) -> Drafts:
    """The drafts of a module: the required variables, the calls in its documentation, and its other tests."""
    runs = runs_of(project, module)
    tests, notes = tests_of(project, module)
    found = Drafts([_minimal(module)], [], [*runs.notes, *notes])
    complete: list[ModuleCall] = []
    for call in [*_calls(project, module), *runs.calls, *tests]:
        missing = _missing(call, module)
        if missing:
            inputs = f"the required input{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            found.notes.append(f"{_place(project, call)}: left out: the call lacks {inputs}")
        else:
            complete.append(call)
    taken = {MINIMAL}
    for call in complete:
        name = unique(_name(call, complete), taken)
        taken.add(name)
        found.cases.append(_of_call(call, name, str(_place(project, call)), module))
    for rejection in runs.rejections:
        name = unique(f"rejects_{rejection.call.name}", taken)
        taken.add(name)
        draft = _of_call(rejection.call, name, str(_place(project, rejection.call)), module)
        found.rejecting.append((draft, rejection.owners))
    for place, reason in readme.incomplete(project, module.folder / "README.md"):
        found.notes.append(f"{place}: left out: the code block is not complete: {reason}")
    answers = guessed_answers(module.folder)
    found.cases = [replace(draft, answers=answers) for draft in found.cases]
    return found


def _calls(project: Project, module: Module) -> list[ModuleCall]:
    found = examples.calls(project, module.folder)
    for path in dict.fromkeys((module.folder / "README.md", project.root / "README.md")):
        found += readme.calls(project, module.folder, path)
    return found


def _place(project: Project, call: ModuleCall) -> Place:
    return Place(project.relative(call.path), call.lines_before + call.block.line)


def _name(call: ModuleCall, calls: Sequence[ModuleCall]) -> str:
    """The name of the origin, with the label of the call if an origin has several calls."""
    shared = sum(other.origin == call.origin for other in calls) > 1
    return f"{call.origin}_{readable('_'.join(call.block.labels))}" if shared else call.origin


def _missing(call: ModuleCall, module: Module) -> list[str]:
    """The required variables that the call does not set."""
    present = {attribute.name for attribute in call.block.attributes}
    return [each.name for each in module.variables if each.default is MISSING and each.name not in present]


def _minimal(module: Module) -> Draft:
    variables: dict[str, Any] = {}
    unknown: list[InputPath] = []
    alternatives: dict[str, Sequence[Any]] = {}
    for variable in module.variables:
        if variable.default is MISSING:
            first, *rest = guesses(variable, module)
            alternatives[variable.name] = rest
            if first is UNKNOWN:
                unknown.append((variable.name,))
            else:
                variables[variable.name] = first
        elif not variable.default:
            value = filled(variable, module)
            alternatives[variable.name] = [] if value is UNKNOWN else [value]
    return Draft(MINIMAL, "the required variables", variables, tuple(unknown), frozenset(variables), alternatives)


def _of_call(call: ModuleCall, name: str, place: str, module: Module) -> Draft:
    declared = {variable.name: variable for variable in module.variables}
    inputs, computed = inputs_of(call)
    unknown = tuple(path for path in computed if path[0] in declared)
    given = {each: value for each, value in inputs.items() if each in declared and value != TEXT}
    alternatives: dict[str, Sequence[Any]] = {}
    for each in dict.fromkeys(str(path[0]) for path in unknown):
        variable = declared[each]
        if each in given:
            alternatives[each] = [_complete(given[each], variable.type, each)]
        else:
            alternatives[each] = [value for value in guesses(variable, module) if value is not UNKNOWN]
    holed = {each: _without_holes(value) for each, value in given.items()}
    return Draft(name, place, holed, unknown, frozenset(), alternatives)


def _without_holes(value: Any) -> Any:
    """``value`` with null in place of each computed part: the part is unknown in the plan, so that no value is used.

    A string keeps its type in the plan.
    """
    if value in (HOLE, TEXT):
        return "computed" if value == TEXT else None
    if isinstance(value, Mapping):
        return {key: _without_holes(element) for key, element in value.items()}
    return [_without_holes(element) for element in value] if isinstance(value, list) else value


def _complete(value: Any, kind: Type, name: str) -> Any:
    """``value`` with a guess in place of each computed part."""
    if value in (HOLE, TEXT):
        return {"number": 1, "bool": True}.get(kind.primitive) or by_name(name) or "example"
    if isinstance(value, Mapping):
        inner = {key: each.type for key, each in kind.attributes.items()}
        return {key: _complete(each, inner.get(key, kind.element or Type()), key) for key, each in value.items()}
    if isinstance(value, list):
        singular = name.removesuffix("s")
        return [_complete(element, kind.element or Type(), singular) for element in value]
    return value
