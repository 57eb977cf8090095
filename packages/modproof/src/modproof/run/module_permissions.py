"""The permissions that a deployer of a module needs: those of the calls that its resources made in stories."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from modproof.cases.sources.checkout import Checkout
from modproof.cases.sources.terragrunt.modules import ModuleSources, written_source
from modproof.core.errors import ModproofError
from modproof.core.project import Project
from modproof.core.results import Outcome, PermissionsResult, Place, Problem, RecordedCall, RecordedUnit, StoryResult
from modproof.hcl.evaluation import Configuration
from modproof.hcl.module import read_module
from modproof.hcl.types import MISSING
from modproof.permissions import operations
from modproof.run.permissions import Part, derived_of, incomplete, place_of, recorded, selected_stories, text_inputs
from modproof.run.selection import select_names
from modproof.run.services import Services
from modproof.stories import Story, TreeStory
from modproof.terraform.terragrunt import CONFIG

__all__ = [
    "Assigned",
    "Made",
    "ModuleUse",
    "assigned",
    "calling",
    "calls_of",
    "module_permissions",
    "of_modules",
    "uses",
]

_META_ARGUMENTS = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})
Calls = Mapping[str, tuple[RecordedCall, ...]]


@dataclass(frozen=True, slots=True)
class ModuleUse:
    """A call of a module of the project: its ``address`` without keys, and the inputs that are known text.

    ``chosen`` are the keys of maps and the elements of lists in the other inputs, which the caller chooses. ``values``
    are all inputs, UNKNOWN where the files do not determine them.
    """

    address: str
    module: str
    inputs: Mapping[str, str]
    chosen: frozenset[str] = frozenset()
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def contains(self, address: str) -> bool:
        """Whether a resource in the module call ``address`` belongs to this one."""
        return address == self.address or address.startswith(f"{self.address}.")


@dataclass(frozen=True, slots=True)
class Made:
    """The calls of each phase that were made in a story, and the modules that it uses."""

    story: Story
    calls: Calls
    uses: Sequence[ModuleUse]


def uses(project: Project, story: Story) -> list[ModuleUse]:
    """The modules of the project that the story's example calls, directly or indirectly."""
    names = {project.module_folder(name).resolve(): name for name in project.module_names()}
    checkout = Checkout.of(project.root)

    def found(folder: Path, given: Callable[[str], Any], prefix: str) -> Iterator[ModuleUse]:
        within = Configuration.of_folder(folder, given)
        for block in within.blocks:
            target = checkout.folder_of(block.literal("source") or "", folder) if block.kind == "module" else None
            if target is None:
                continue
            values = {each.name: each.text for each in block.attributes if each.name not in _META_ARGUMENTS}
            inputs = {name: within.value(text) for name, text in values.items()}
            address = f"{prefix}module.{block.labels[0]}"
            if target in names:
                yield ModuleUse(address, names[target], text_inputs(inputs), _chosen(target, inputs), inputs)
            # a module cannot call itself
            yield from found(target, partial(_given, inputs), f"{address}.")

    return list(found(story.example, partial(_given, story.variables), ""))


def _chosen(folder: Path, inputs: Mapping[str, Any]) -> frozenset[str]:
    """The keys and elements in ``inputs`` that are not attributes in the types of the module in ``folder``."""
    types = {each.name: each.block.text("type") for each in read_module(folder.name, folder).variables}
    return frozenset(
        text
        for name, value in inputs.items()
        for text in _texts(value)
        if not re.search(rf"\b{re.escape(text)}\b", types.get(name, ""))
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (key for key in value if isinstance(key, str))
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        yield from (element for element in value if isinstance(element, str))
        for inner in value:
            yield from _texts(inner)


def _given(values: Mapping[str, Any], name: str) -> Any:
    return values.get(name, MISSING)


def module_permissions(
    services: Services, modules: Sequence[str], names: Sequence[str] = ()
) -> list[PermissionsResult]:
    """The permissions of each module that ``modules`` select, by the stories that call it, or by those in ``names``.

    A module that no story calls is an error of its result, and so is a story that does not pass. Raises as
    :func:`deployer_permissions`.
    """
    project = services.project
    chosen = select_names(project.module_names(), modules, "module")
    found = calling(project, selected_stories(project, names), chosen)
    outcomes = recorded(services, found) if found else []
    failed = [
        PermissionsResult(story.id, place_of(project, story), errors=(_fault(project, story, outcome),))
        for story, outcome in zip(found, outcomes, strict=True)
        if isinstance(outcome, Exception) or outcome.outcome is not Outcome.PASSED
    ]
    if failed:
        return failed
    of_chosen = of_modules(project, assigned([*calls_of(project, found, outcomes)]), chosen)
    results = {each.story: each for each in of_chosen}
    hint = "write a story for an example that calls it, or see `modproof permissions --from-plan`"
    missing = Problem("no story calls the module, so that no call was recorded", hint=hint)
    return [results.get(name) or PermissionsResult(name, _place(project, name), errors=(missing,)) for name in chosen]


def calls_of(project: Project, found: Sequence[Story], outcomes: Sequence[StoryResult | Exception]) -> Iterator[Made]:
    """The stories that ran, with the calls of an example, or of the units of a tree's deployers."""
    for story, outcome in zip(found, outcomes, strict=True):
        if isinstance(outcome, StoryResult) and isinstance(story, TreeStory):
            called = _uses_of_units(project, outcome.units)
            yield Made(story, _of_units(project, called, outcome.units), called)
        elif isinstance(outcome, StoryResult):
            yield Made(story, outcome.calls.get("", {}), uses(project, story))


def _uses_of_units(project: Project, units: Iterable[RecordedUnit]) -> list[ModuleUse]:
    sources = ModuleSources(project)
    found = []
    for unit in units:
        module = sources.guess(unit.source)
        if module is not None:
            inputs = {name: value for name, value in unit.inputs.items() if value is not None}
            chosen = _chosen(project.module_folder(module), inputs)
            found.append(ModuleUse(unit.path, module, text_inputs(inputs), chosen, inputs))
    return found


def _of_units(project: Project, called: Iterable[ModuleUse], units: Iterable[RecordedUnit]) -> Calls:
    """The calls of units, with those that have a resource of the type that made them; without others."""
    types = {use.address: _types(project, use.module) for use in called}
    found: dict[str, list[RecordedCall]] = defaultdict(list)
    for unit in units:
        for phase, made in unit.calls.items():
            own = [call for call in made if call.caller in types.get(unit.path, ())]
            found[phase] += [replace(call, modules=(unit.path,)) for call in own]
    return {phase: tuple(made) for phase, made in found.items()}


def _types(project: Project, module: str) -> set[str]:
    resources = read_module(module, project.module_folder(module)).resources
    return {each.address.rpartition(".")[0] for each in resources}


def _fault(project: Project, story: Story, outcome: StoryResult | Exception) -> Problem:
    if isinstance(outcome, ModproofError):
        return Problem.of(outcome)
    if isinstance(outcome, Exception):
        raise outcome
    return incomplete(story, place_of(project, story))


def calling(project: Project, stories: Sequence[Story], modules: Sequence[str]) -> list[Story]:
    """The stories of which the example, or a unit of a deployer, calls one of ``modules``."""
    return [story for story in stories if not _called(project, story).isdisjoint(modules)]


def _called(project: Project, story: Story) -> set[str | None]:
    """The modules that a story calls; of a tree, those of the units with the names of its deployers' units."""
    if not isinstance(story, TreeStory):
        return {use.module for use in uses(project, story)}
    sources = ModuleSources(project)
    deployers = [folder.deployer for folder in story.folders if folder.deployer is not None]
    names = {Path(unit).name for deployer in deployers for unit in deployer.units}
    written = [written_source(file.parent) for name in names for file in story.example.rglob(f"{name}/{CONFIG}")]
    return {sources.guess(source.text) for source in written if source is not None}


def of_modules(
    project: Project, calls: Assigned, modules: Sequence[str], *, checked: bool = True
) -> list[PermissionsResult]:
    """The permissions of each of ``modules``.

    ``checked=False`` leaves out the simulator. Raises ConfigurationError if the simulator has no such action.
    """
    return [
        derived_of(
            PermissionsResult(name, _place(project, name), notes=tuple(sorted(calls.notes[name] - {""}))),
            calls.parts[name],
            checked=checked,
        )
        for name in modules
        if calls.parts.get(name)
    ]


@dataclass(frozen=True, slots=True)
class Assigned:
    """The calls of each phase that were ``made_in`` stories, and by module those of each use.

    A call is of the module of its resource. One that may be of several modules, or of an unknown resource, is of all of
    them: ``notes`` has them.
    """

    made_in: Sequence[Made]
    parts: Mapping[str, list[Part]]
    notes: Mapping[str, set[str]]


def assigned(made_in: Sequence[Made]) -> Assigned:
    """Assign the calls to the modules of the project."""
    parts: dict[str, list[Part]] = defaultdict(list)
    notes: dict[str, set[str]] = defaultdict(set)
    for made_by in made_in:
        for use in made_by.uses:
            own = {phase: tuple(call for call in made if _is_of(use, call)) for phase, made in made_by.calls.items()}
            if any(own.values()):
                parts[use.module].append(Part(own, use.inputs, use.chosen, is_module=True, values=use.values))
            notes[use.module].update(_shared(made_by, use, call) for made in own.values() for call in made)
    return Assigned(made_in, parts, notes)


def _is_of(use: ModuleUse, call: RecordedCall) -> bool:
    return not call.modules or any(use.contains(address) for address in call.modules)


def _shared(made_by: Made, use: ModuleUse, call: RecordedCall) -> str:
    """Why the call may be of another module too; empty if it is not."""
    if operations().is_free(call):
        return ""
    if not call.modules:
        by = f"by {call.caller}" if call.caller else "by an unknown resource"
        return f"may be of another module: {call} {by} in story {made_by.story.id}"
    outside = sorted({address for address in call.modules if not use.contains(address)})
    modules = {next((each.module for each in made_by.uses if each.contains(one)), "the example") for one in outside}
    others = sorted(modules - {use.module})
    return (
        f"may be of {', '.join(others)} instead: {call} by {call.caller} in story {made_by.story.id}" if others else ""
    )


def _place(project: Project, name: str) -> Place:
    return Place(project.relative(project.module_folder(name)))
