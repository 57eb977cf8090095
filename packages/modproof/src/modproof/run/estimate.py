"""An estimate of the permissions that planned resources need, where no story has recorded their calls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from modproof.cases.sources.checkout import Checkout
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project, has_terraform
from modproof.core.results import PermissionsResult, Place, Problem
from modproof.permissions import Permission, policies, type_actions
from modproof.run import permission_file
from modproof.run.configured_types import configured_types
from modproof.run.selection import select_names
from modproof.run.services import Services

__all__ = ["estimate", "estimated", "planned_types"]

_NEVER = frozenset(f"data.aws_{name}" for name in ("caller_identity", "iam_policy_document", "partition", "region"))
"""Data sources that read nothing, or what every caller may read."""


def estimate(services: Services, names: Sequence[str]) -> list[PermissionsResult]:
    """The estimates for modules, examples and plans; for all modules without ``names``.

    The name of a plan, a file of ``terraform show -json``, ends with ``.json``. An example is a folder with Terraform
    code; of another folder, every example directly below it. A module without cases is read like an example. Raises
    ConfigurationError for an unknown module and an unreadable file, ToolMissing and CommandFailed.
    """
    project = services.project
    files = [name for name in names if name.endswith(".json")]
    results = [estimated(name, _types_in(Path(name)), project, Place(name)) for name in files]
    known = project.module_names()
    folders = {name: _examples(project, name) for name in names if name not in files and name not in known}
    results += [_of_code(project, folder) for found in folders.values() for folder in found]
    modules = [name for name in names if name not in files and not folders.get(name)]
    if names and not modules:
        return results
    chosen = select_names(known, modules, "module")
    cases = [case for case in services.cases().cases if case.module in chosen and case.rejects is None]
    planned = services.plan(cases)
    for name in chosen:
        own = [(case, planned[case.id]) for case in cases if case.module == name]
        if not own:
            results.append(replace(_of_code(project, project.module_folder(name)), story=name))
            continue
        types = planned_types(each.plan for _, each in own if each.plan is not None)
        place = Place(project.relative(project.module_folder(name)))
        faults = tuple(
            Problem(f"{case.id} cannot be planned: {fault.text}", case.place, f"modproof plan {case.id}")
            for case, each in own
            for fault in each.errors
        )
        result = estimated(name, types, project, place)
        results.append(replace(result, errors=faults) if faults else result)
    return results


def _examples(project: Project, name: str) -> list[Path]:
    """The example in the folder ``name``, or those directly below it; none if there is no such folder."""
    folder = next((each for each in (project.root / name, Path(name)) if each.is_dir()), None)
    if folder is None or has_terraform(folder):
        return [folder.resolve()] if folder else []
    return sorted(each.resolve() for each in folder.iterdir() if each.is_dir() and has_terraform(each))


def _of_code(project: Project, folder: Path) -> PermissionsResult:
    """The estimate for the resources in the code of ``folder``."""
    shown = project.relative(folder)
    found = configured_types(folder, Checkout.of(project.root))
    result = estimated(shown, found.types, project, Place(shown), source="resource types in the code")
    if not found.unread:
        return result
    return replace(
        result, notes=(*result.notes, f"not read, so that their types are missing: {', '.join(sorted(found.unread))}")
    )


def planned_types(plans: Iterable[Mapping[str, Any]]) -> set[str]:
    """The types of the resources in plans, and ``data.TYPE`` for data sources."""
    found: set[str] = set()
    for plan in plans:
        values = [plan.get("prior_state", {}).get("values", {}), plan.get("planned_values", {})]
        waiting = [each.get("root_module", {}) for each in values]
        while waiting:
            module = waiting.pop()
            waiting += module.get("child_modules", [])
            found.update(map(_type, module.get("resources", [])))
        found.update(map(_type, plan.get("resource_changes", [])))
    return found


def _type(resource: Mapping[str, Any]) -> str:
    return str(resource["type"]) if resource.get("mode", "managed") == "managed" else f"data.{resource['type']}"


def estimated(
    name: str, types: Iterable[str], project: Project, place: Place, *, source: str = "planned resource types"
) -> PermissionsResult:
    """The estimate for resources of ``types``. ``notes`` say what it is based on and which types have no mapping."""
    own = {type_ for type_ in types if type_.removeprefix("data.").startswith("aws_")} - _NEVER
    if not own:
        hint = "name a module, a folder with Terraform code, or a plan in JSON"
        problem = Problem("there is no AWS resource", place, hint)
        return PermissionsResult(name, place, errors=(problem,))
    recorded = permission_file.read(project)["resource_types"] if project.permissions.is_file() else {}
    known = {type_: actions for type_ in sorted(own) if (actions := type_actions(type_, recorded)) is not None}
    documents = {
        phase: tuple(policies(Permission(action, "*", "${region}") for each in of_phase for action in each))
        for phase, of_phase in {
            "plan": [each.plan for each in known.values()],
            "apply": [each.apply for each in known.values()],
        }.items()
    }
    declared = [f"{type_} from {each.declared_by}" for type_, each in known.items() if each.declared_by]
    notes = [f"this is an estimate from {len(own)} {source}: no call was recorded for it"]
    if declared:
        notes.append(f"from the handlers of CloudFormation, which may call other operations: {', '.join(declared)}")
    unknown = sorted(own - set(known))
    if unknown:
        notes.append(f"no mapping, so that their actions are missing: {', '.join(unknown)}")
    return PermissionsResult(name, place, policies=documents, notes=tuple(notes))


def _types_in(path: Path) -> set[str]:
    hint = "write it with: terraform show -json PLAN > FILE.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", path=path, hint=hint) from error
    except ValueError as error:
        raise ConfigurationError(f"is not JSON: {error}", path=path, hint=hint) from error
    if not isinstance(content, dict) or "planned_values" not in content:
        raise ConfigurationError("is not a plan of Terraform in JSON", path=path, hint=hint)
    try:
        return planned_types([content])
    except (AttributeError, KeyError, TypeError) as error:
        raise ConfigurationError("is not a plan of Terraform in JSON", path=path, hint=hint) from error
