"""Which inputs of a module switch on resource types that it does not have by default."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from modproof.cases.model import Case
from modproof.cases.sources.yaml import load_file
from modproof.core.project import Project
from modproof.hcl.evaluation import Configuration
from modproof.hcl.module import Module, Resource, read_module
from modproof.hcl.types import MISSING, UNKNOWN

__all__ = ["switches"]

_REFERENCE = re.compile(r"\b(var|local)\.([\w-]+)")


def switches(project: Project, name: str) -> dict[str, tuple[str, ...]]:
    """The optional inputs on which each type depends of which the smallest case of a module has no resource, sorted.

    The smallest case is the accepting one with the fewest variables. Types are written as in a call: ``data.TYPE`` for
    a data source. A type is not in the result if its ``count`` or ``for_each`` cannot be evaluated.
    """
    module = read_module(name, project.module_folder(name))
    given = _smallest(project, name)
    required = {each.name for each in module.variables if each.default is MISSING}
    within = Configuration.of_folder(module.folder, partial(_given, given, required))
    of_type: dict[str, list[Resource]] = defaultdict(list)
    for resource in module.resources:
        if resource.block.kind != "module":
            of_type[resource.address.rpartition(".")[0]].append(resource)
    found = {}
    for type_, resources in of_type.items():
        if all(_is_off(within, resource) for resource in resources):
            texts = [resource.repeated.text for resource in resources if resource.repeated is not None]
            named = {variable for text in texts for variable in _variables(module, text, set())}
            optional = {each for each in named if each not in required}
            found[type_] = tuple(sorted(optional or named))
    return found


def _smallest(project: Project, name: str) -> Mapping[str, Any]:
    path = project.cases / name / "cases.yaml"
    if not path.is_file():
        return {}
    _, cases = load_file(path, project)
    accepting = [case for case in cases if isinstance(case, Case) and case.rejects is None]
    return min((case.variables for case in accepting), key=len, default={})


def _given(values: Mapping[str, Any], required: set[str], name: str) -> Any:
    return values.get(name, UNKNOWN if name in required else MISSING)


def _is_off(within: Configuration, resource: Resource) -> bool:
    value = UNKNOWN if resource.repeated is None else within.value(resource.repeated.text)
    return value is not UNKNOWN and (value == 0 or value in ([], {}))


def _variables(module: Module, text: str, seen: set[str]) -> Iterator[str]:
    """The variables that an expression refers to, also through locals."""
    for kind, name in _REFERENCE.findall(text):
        if kind == "var":
            yield name
        elif name not in seen:
            seen.add(name)
            for local in module.locals:
                if local.name == name:
                    yield from _variables(module, local.attribute.text, seen)
