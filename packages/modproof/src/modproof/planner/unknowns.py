"""Says which unknown input keeps Terraform from counting a resource: its own message names neither."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from modproof.cases import Case
from modproof.hcl import Block, read_folder
from modproof.planner.rules import owner_of
from modproof.terraform import Diagnostic

__all__ = ["explain"]

_ARGUMENTS = {"Invalid for_each argument": "for_each", "Invalid count argument": "count"}
_VARIABLE = re.compile(r"\bvar\.([\w-]+)")
_LOCAL = re.compile(r"\blocal\.([\w-]+)")


def explain(diagnostic: Diagnostic, case: Case, path: Path) -> str | None:
    """The fault as a sentence about the case, or None when ``diagnostic`` is about something else.

    ``path`` is the file in the project that the diagnostic points into.
    """
    argument = _ARGUMENTS.get(diagnostic.summary)
    if argument is None or not case.unknown:
        return None
    inputs = [f"var.{name}" for name in dict.fromkeys(re.split(r"[.\[]", unknown)[0] for unknown in case.unknown)]
    blocks = [blocks for _, blocks, _ in read_folder(path.parent) if isinstance(blocks, Block)]
    resource, expression = _counted(path, diagnostic.line or 0, argument)
    direct = _variables(expression, _locals(blocks))
    at_fault = [name for name in inputs if name in direct]
    if path.parent.resolve() != case.folder.resolve() or not at_fault:
        # in a module that this one calls, variables have other names; or a resource stands between
        at_fault = inputs
    names = " or ".join(at_fault)
    return (
        f"the {argument} of {resource} depends on {names}, which the case makes unknown: Terraform cannot tell how many"
        " there will be; let an input that a caller always knows decide it, such as a map's keys or a separate boolean"
    )


def _counted(path: Path, line: int, argument: str) -> tuple[str, str]:
    """The resource or module whose ``argument`` stands on ``line``, and the expression."""
    for found, blocks, _ in read_folder(path.parent):
        if found.name != path.name or not isinstance(blocks, Block):
            continue
        for block in blocks.blocks:
            for attribute in block.attributes:
                if attribute.name == argument and block.line <= line <= max(block.end, attribute.line):
                    return owner_of(block), attribute.text
    return f"{path.name}:{line}", ""


def _locals(blocks: Iterable[Block]) -> dict[str, str]:
    return {
        attribute.name: attribute.text
        for top in blocks
        for block in top.all("locals")
        for attribute in block.attributes
    }


def _variables(expression: str, known: Mapping[str, str]) -> set[str]:
    """The variables that ``expression`` follows from, through named values."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [expression]
    while waiting:
        text = waiting.pop()
        found.update(f"var.{name}" for name in _VARIABLE.findall(text))
        for name in _LOCAL.findall(text):
            if name not in seen:
                seen.add(name)
                waiting.append(known.get(name, ""))
    return found
