"""Explains a ``count`` or ``for_each`` that depends on an unknown input, which Terraform's message does not name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from modproof.cases import Case
from modproof.hcl.expressions import expression, references
from modproof.hcl.reader import module_blocks, read_files
from modproof.terraform.runner import Diagnostic

__all__ = ["explain"]

_ARGUMENTS = {"Invalid for_each argument": "for_each", "Invalid count argument": "count"}


def explain(diagnostic: Diagnostic, case: Case, path: Path) -> str | None:
    """The error as a sentence about the case, or None if ``diagnostic`` is about something else.

    ``path`` is the project file that the diagnostic points into.
    """
    argument = _ARGUMENTS.get(diagnostic.summary)
    if argument is None or not case.unknown:
        return None
    inputs = [f"var.{name}" for name in dict.fromkeys(re.split(r"[.\[]", unknown)[0] for unknown in case.unknown)]
    resource, text = _repeated(path, diagnostic.line or 0, argument)
    direct = set(_variables(text, _locals(path.parent)))
    at_fault = [name for name in inputs if name in direct]
    if path.parent.resolve() != case.folder.resolve() or not at_fault:
        # variables of a called module have other names, or the dependency goes through a resource
        at_fault = inputs
    return (
        f"the {argument} of {resource} depends on {' or '.join(at_fault)}, which is unknown in this case, so Terraform"
        " cannot determine the number of instances; base it on an input that callers always know, such as the keys of a"
        " map or a separate boolean"
    )


def _repeated(path: Path, line: int, argument: str) -> tuple[str, str]:
    """The resource or module with ``argument`` on ``line``, and the expression."""
    for file in read_files(path.parent):
        for block in file.blocks if file.path.name == path.name else ():
            found = block.attribute(argument)
            if found is not None and block.line <= line <= max(block.end, found.line):
                return block.address, found.text
    return f"{path.name}:{line}", ""


def _locals(folder: Path) -> dict[str, str]:
    return {each.name: each.text for block in module_blocks(folder, "locals") for each in block.attributes}


def _variables(text: str, named: Mapping[str, str]) -> Iterator[str]:
    """The variables that an expression depends on, directly or through locals."""
    waiting, seen = [text], set[str]()
    while waiting:
        root = expression(waiting.pop())
        for reference in references(root) if root is not None else ():
            kind, _, name = reference.partition(".")
            if kind == "var":
                yield reference
            elif kind == "local" and name not in seen:
                seen.add(name)
                waiting.append(named.get(name, ""))
