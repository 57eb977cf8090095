"""Turns ``module`` blocks in examples and READMEs into cases."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modproof.cases.model import HOLE, TEXT, Case, sourced_case
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.hcl.evaluation import Configuration, is_text
from modproof.hcl.reader import Block
from modproof.hcl.types import UNKNOWN

__all__ = ["ModuleCall", "case_of_call", "inputs_of", "path_name", "readable", "unique"]

InputPath = tuple[str | int, ...]
_META_ARGUMENTS = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


@dataclass(frozen=True, slots=True)
class ModuleCall:
    """A ``module`` block that calls a module of the project.

    ``within`` is the configuration around it. ``lines_before`` is the number of lines in ``path`` before the text that
    was parsed; ``reads`` are the files that the call depends on. Calls of one example, or of READMEs, share an
    ``origin``.
    """

    name: str
    block: Block
    within: Configuration
    path: Path
    lines_before: int = 0
    reads: tuple[Path, ...] = ()
    origin: str = ""


def case_of_call(project: Project, module: str, call: ModuleCall, source: str) -> Case:
    """The call as a case. What it computes from other resources is unknown in the plan."""
    variables, computed = inputs_of(call)
    own = (attribute for attribute in call.block.attributes if attribute.origin is None)
    lines = {attribute.name: call.lines_before + attribute.line for attribute in own}
    place = Place(project.relative(call.path), call.lines_before + call.block.line)
    case = sourced_case(project.root, module, project.module_folder(module), call.name, place, lines, source)
    unknown = tuple(map(path_name, computed))
    return replace(case, variables=variables, unknown=unknown, description="a documented call", reads=call.reads)


def inputs_of(call: ModuleCall) -> tuple[dict[str, Any], list[InputPath]]:
    """The inputs that the call's files determine, and the paths of the rest."""
    variables: dict[str, Any] = {}
    computed: list[InputPath] = []
    for attribute in call.block.attributes:
        if attribute.name in _META_ARGUMENTS:
            continue
        value = _Holes(call.within, attribute.text, computed).filled(
            call.within.value(attribute.text), (attribute.name,)
        )
        if value != HOLE:
            variables[attribute.name] = value
    return variables, computed


@dataclass(frozen=True, slots=True)
class _Holes:
    """Fills the unknown parts of the value of ``text``, and adds their paths to ``computed``."""

    within: Configuration
    text: str
    computed: list[InputPath]

    def filled(self, value: Any, path: InputPath) -> Any:
        """``value``, the part of an input at ``path``, with TEXT for each unknown string and HOLE for other parts."""
        if value is UNKNOWN:
            self.computed.append(path)
            return TEXT if is_text(self.within, self.text, path[1:]) else HOLE
        if isinstance(value, dict):
            return {key: self.filled(element, (*path, key)) for key, element in value.items()}
        if isinstance(value, list):
            return [self.filled(element, (*path, index)) for index, element in enumerate(value)]
        return value


def path_name(parts: InputPath) -> str:
    """A path as the key ``unknown`` of a case has it: ``subnets["a"][0]``."""
    first, *rest = parts
    return str(first) + "".join(f"[{part}]" if isinstance(part, int) else f'["{part}"]' for part in rest)


def readable(text: str) -> str:
    """``text``, such as a path, as a case name."""
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "example"


def unique(name: str, taken: Collection[str]) -> str:
    """``name``, with a number appended if it is taken."""
    own, number = name, 2
    while own in taken:
        own, number = f"{name}_{number}", number + 1
    return own
