"""Which inputs of a module switch on resource types and arguments that it does not always have."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from modproof.cases.model import Case
from modproof.cases.sources.yaml import load_file
from modproof.core.project import Project
from modproof.hcl.evaluation import Configuration
from modproof.hcl.module import Module, Resource, read_module
from modproof.hcl.reader import read_folder
from modproof.hcl.types import MISSING, UNKNOWN

__all__ = ["Switches"]

_REFERENCE = re.compile(r"\b(var|local)\.([\w-]+)")
_EACH = re.compile(r"\beach\.(key|value)\b")

Values = Mapping[str, Any]


class Switches:
    """The switches of the module ``name``, by the inputs of its accepting cases."""

    def __init__(self, project: Project, name: str) -> None:
        self._module = read_module(name, project.module_folder(name))
        self._blocks = [block for file in read_folder(self._module.folder) for block in file.blocks]
        self._required = {each.name for each in self._module.variables if each.default is MISSING}
        self._cases = _accepting(project, name)

    @cached_property
    def of_types(self) -> dict[str, tuple[str, ...]]:
        """The optional inputs on which each type depends of which the smallest case has no resource, sorted.

        The smallest case is the one with the fewest variables. Types are written as in a call: ``data.TYPE`` for a data
        source. A type is not in the result if its ``count`` or ``for_each`` cannot be evaluated.
        """
        within = self._configuration(min(self._cases, key=len, default={}))
        of_type: dict[str, list[Resource]] = defaultdict(list)
        for resource in self._module.resources:
            if resource.block.kind != "module":
                of_type[resource.address.rpartition(".")[0]].append(resource)
        found = {}
        for type_, resources in of_type.items():
            if all(_is_off(within, resource) for resource in resources):
                texts = [resource.repeated.text for resource in resources if resource.repeated is not None]
                named = _variables(self._module, texts)
                found[type_] = tuple(sorted((named - self._required) or named))
        return found

    def of_arguments(self, type_: str, names: Sequence[str], used_with: Sequence[Values]) -> tuple[str, ...]:
        """The inputs that decide whether resources of ``type_`` have any of the arguments ``names``, sorted.

        ``used_with`` are the inputs of calls of the module in which they have one. The result is empty if no case
        leaves the arguments unset, if that cannot be evaluated, or if it contradicts ``used_with``.
        """
        of_type = [each for each in self._module.resources if each.address.rpartition(".")[0] == type_]
        written = [(each, attribute) for each in of_type for attribute in each.block.attributes]
        texts = [(each.repeated, attribute.text) for each, attribute in written if attribute.name in names]

        def is_unset(values: Values) -> bool:
            within = self._configuration(values)
            return all(
                _is_unset(_of_instances(within, repeated.text if repeated else None, text)) for repeated, text in texts
            )

        if not texts or any(map(is_unset, used_with)):
            return ()
        without = [values for values in self._cases if is_unset(values)]
        if not without:
            return ()
        # without instances, there is no argument
        named = _variables(self._module, [text for each, text in texts] + [each.text for each, _ in texts if each])
        pairs = [(on, off) for on in used_with for off in without]
        alone = {name for name in named if any(is_unset(_with(on, name, off)) for on, off in pairs)}
        return tuple(sorted(alone or named))

    def _configuration(self, values: Values) -> Configuration:
        return Configuration(self._module.folder, self._blocks, partial(_given, values, self._required))


def _accepting(project: Project, name: str) -> list[Values]:
    """The variables of the accepting cases in which all are known."""
    path = project.cases / name / "cases.yaml"
    if not path.is_file():
        return [{}]
    _, cases = load_file(path, project)
    return [case.variables for case in cases if isinstance(case, Case) and case.rejects is None and not case.unknown]


def _given(values: Values, required: set[str], name: str) -> Any:
    return values.get(name, UNKNOWN if name in required else MISSING)


def _with(values: Values, name: str, other: Values) -> Values:
    """``values`` with the input ``name`` as it is in ``other``, set or not."""
    rest = {key: value for key, value in values.items() if key != name}
    return {**rest, name: other[name]} if name in other else rest


def _is_off(within: Configuration, resource: Resource) -> bool:
    value = UNKNOWN if resource.repeated is None else within.value(resource.repeated.text)
    return value is not UNKNOWN and (value == 0 or value in ([], {}))


def _of_instances(within: Configuration, repeated: str | None, text: str) -> list[Any]:
    """The value of an expression in each instance of a resource with the ``count`` or ``for_each`` ``repeated``."""
    instances = within.value(repeated) if repeated else [None]
    if instances is UNKNOWN or not _EACH.search(text):
        return [] if instances in (0, [], {}) else [within.value(text)]
    # the key of an element of a set is the element
    key = "modproof_key" if isinstance(instances, Mapping) else "modproof_value"
    inner = _EACH.sub(lambda match: key if match[1] == "key" else "modproof_value", text)
    values = within.value(f"[for modproof_key, modproof_value in ({repeated}) : ({inner})]")
    return values if isinstance(values, list) else [UNKNOWN]


def _is_unset(values: Iterable[Any]) -> bool:
    return all(value is None or value is False or value in ("", [], {}) for value in values)


def _variables(module: Module, texts: Iterable[str]) -> set[str]:
    """The variables that expressions refer to, also through locals."""
    seen: set[str] = set()
    return {variable for text in texts for variable in _referenced(module, text, seen)}


def _referenced(module: Module, text: str, seen: set[str]) -> Iterator[str]:
    for kind, name in _REFERENCE.findall(text):
        if kind == "var":
            yield name
        elif name not in seen:
            seen.add(name)
            for local in module.locals:
                if local.name == name:
                    yield from _referenced(module, local.attribute.text, seen)
