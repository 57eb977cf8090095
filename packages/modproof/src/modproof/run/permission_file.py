"""The file of the permissions that a deployer of each module needs, and the parts of READMEs that are made of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import PermissionsResult, RecordedCall
from modproof.permissions import needed, operations
from modproof.report.module_permissions import with_permissions
from modproof.run.module_permissions import Assigned, Made, assigned, calls_of, of_modules
from modproof.run.permissions import Part, of_deployers, place_of, recorded, results_of, selected_stories, written
from modproof.run.services import Services
from modproof.run.switches import Switches

__all__ = ["SCHEMA", "actions", "differences", "document", "documented", "read", "write"]

SCHEMA = 1
_PHASES = ("plan", "apply")


class _Statement(BaseModel):
    Action: list[str]
    Resource: list[str]


class _Module(BaseModel):
    plan: list[_Statement]
    apply: list[_Statement]
    switches: dict[str, list[str]]


class _File(BaseModel):
    modules: dict[str, _Module]
    resource_types: dict[str, dict[str, list[str]]]


def write(services: Services) -> list[PermissionsResult]:
    """Run all stories, and write the file, the marked parts of READMEs and the files of deployers.

    Those with a problem are not written. Returns the checked results of the modules and deployers, or of the stories
    that failed. Raises as :func:`deployer_permissions`.
    """
    project = services.project
    found = selected_stories(project)
    outcomes = recorded(services, found)
    failed = [
        result
        for story, outcome in zip(found, outcomes, strict=True)
        for result in results_of(story, outcome, place_of(project, story))
        if result.errors
    ]
    if failed:
        return failed
    calls = assigned([*calls_of(project, found, outcomes)])
    results = of_modules(project, calls, project.module_names())
    if not any(result.problems for result in results):
        content = document(project, calls, results)
        written(project.permissions, json.dumps(content, indent=1, sort_keys=True) + "\n")
        for path, text in documented(project, content).items():
            written(path, text)
    return [*results, *of_deployers(project, outcomes, write=True)]


def document(project: Project, calls: Assigned, results: Sequence[PermissionsResult]) -> dict[str, Any]:
    """The content of the file.

    ``modules``: by name the statements of the policies to ``plan`` and to ``apply``, and ``switches``: the inputs on
    which each action depends that is not always needed. ``resource_types``: the actions of each type in each phase.
    """
    modules = {
        result.story: {
            **{phase: [each for one in result.policies[phase] for each in one["Statement"]] for phase in _PHASES},
            "switches": _switches(project, result.story, calls.parts[result.story]),
        }
        for result in results
    }
    return {"schema": SCHEMA, "modules": modules, "resource_types": _resource_types(calls.made_in)}


def read(project: Project) -> dict[str, Any]:
    """The file. Raises ConfigurationError if it is missing, not valid or from another version."""
    hint = "write it with: modproof permissions --write"
    try:
        content: dict[str, Any] = json.loads(project.permissions.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError("does not exist", path=project.permissions, hint=hint) from None
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", path=project.permissions, hint=hint) from None
    except ValueError as error:
        raise ConfigurationError(f"is not JSON: {error}", path=project.permissions, hint=hint) from None
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise ConfigurationError(f"does not have the schema {SCHEMA}", path=project.permissions, hint=hint)
    try:
        _File.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigurationError(f"{where}: {first['msg']}", path=project.permissions, hint=hint) from None
    return content


def actions(project: Project) -> dict[str, dict[str, list[str]]]:
    """The actions in the file by module and phase. Raises as :func:`read`."""
    return {
        name: {
            phase: sorted({str(action) for statement in entry.get(phase, ()) for action in statement["Action"]})
            for phase in _PHASES
        }
        for name, entry in read(project)["modules"].items()
    }


def documented(project: Project, content: Mapping[str, Any]) -> dict[Path, str]:
    """The text that the README of each module should have, by path. READMEs without the markers are left out."""
    found = {}
    for name, entry in content["modules"].items():
        path = project.module_folder(name) / "README.md"
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            new = with_permissions(text, name, entry)
            if new is not None:
                found[path] = new
    return found


def differences(project: Project, made_in: Sequence[Made], content: Mapping[str, Any], *, complete: bool) -> list[str]:
    """What stories need and the file does not have; if all stories are ``complete``, also the other way round.

    Also each call that maps to no action.
    """
    calls = assigned(made_in)
    results = of_modules(project, calls, project.module_names(), checked=False)
    problems = [f"{result.story}: {problem.message}" for result in results for problem in result.problems]
    now = set(_lines(document(project, calls, results)))
    before = set(_lines(content))
    problems += [f"not in {project.relative(project.permissions)}: {line}" for line in sorted(now - before)]
    if complete:
        problems += [f"no story needs: {line}" for line in sorted(before - now)]
    return problems


def _lines(content: Mapping[str, Any]) -> Iterator[str]:
    for name, entry in content["modules"].items():
        for phase in _PHASES:
            for statement in entry[phase]:
                condition = statement.get("Condition", "")
                for action in statement["Action"]:
                    yield from (f"{name}: {phase}: {action} on {one} {condition}" for one in statement["Resource"])
        for action, inputs in entry["switches"].items():
            yield f"{name}: {action} with {', '.join(inputs)}"
    for type_, phases in content["resource_types"].items():
        yield from (f"{type_}: {phase}: {action}" for phase, actions in phases.items() for action in actions)


def _switches(project: Project, name: str, parts: Sequence[Part]) -> dict[str, list[str]]:
    """The inputs on which each action depends, without those that some call always needs."""
    found = Switches(project, name)
    # the resource types and arguments that need an action, with the inputs of each use of the module
    causes: dict[str, dict[tuple[str, tuple[str, ...]], list[Mapping[str, Any]]]] = defaultdict(dict)
    for part in parts:
        for action, call in _actions(part.made("apply")):
            of_type = call.caller in found.of_types
            cause = (call.caller, () if of_type else operations().arguments_of(call, action))
            causes[action].setdefault(cause, []).append(part.values)
    switched: dict[str, list[str]] = {}
    for action, of_action in sorted(causes.items()):
        inputs = [
            found.of_arguments(type_, arguments, used_with) if arguments else found.of_types.get(type_, ())
            for (type_, arguments), used_with in of_action.items()
        ]
        if all(inputs):
            switched[action] = sorted({one for each in inputs for one in each})
    return switched


def _resource_types(made_in: Sequence[Made]) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: {phase: set() for phase in _PHASES})
    for one in made_in:
        for phase in _PHASES:
            for action, call in _actions(Part(one.calls, {}).made(phase)):
                if call.caller:
                    found[call.caller][phase].add(action)
    return {type_: {phase: sorted(actions) for phase, actions in of.items()} for type_, of in sorted(found.items())}


def _actions(calls: Sequence[RecordedCall]) -> Iterator[tuple[str, RecordedCall]]:
    different = {(str(call), call.caller, call.members): call for call in calls}
    for call in different.values():
        yield from ((each.action, call) for each in needed([call], operations()).permissions)
