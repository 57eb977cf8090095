"""The interface of a module, read from its files without Terraform: variables, outputs and required providers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.hcl.expressions import expression, object_items, text_of, unwrapped
from modproof.hcl.reader import Attribute, Block, read_folder
from modproof.hcl.strings import unquoted
from modproof.hcl.types import MISSING, Type, literal, parse_type

__all__ = ["Condition", "Input", "Interface", "Output", "Unreadable", "read_interface"]

_FORMATTING = re.compile(r'("(?:[^"\\]|\\.)*")|#[^\n]*|//[^\n]*|/\*.*?\*/|\s+', re.DOTALL)
_LOCAL = re.compile(r"\blocal\.([A-Za-z_][\w-]*)")
_VARIABLE = re.compile(r"\bvar\.([A-Za-z_][\w-]*)")


class Unreadable(ValueError):
    """A file of the module is not valid HCL. ``path`` and ``line`` are its place."""

    def __init__(self, message: str, path: Path, line: int) -> None:
        super().__init__(message)
        self.path = path
        self.line = line


@dataclass(frozen=True, slots=True)
class Input:
    """A variable. ``validations`` are its conditions, see :class:`Condition`. ``default`` may be MISSING."""

    path: Path
    line: int
    type: Type
    type_text: str
    default: Any
    nullable: bool
    sensitive: bool
    ephemeral: bool
    validations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Output:
    """An output."""

    path: Path
    line: int
    sensitive: bool
    ephemeral: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """A precondition of ``subject``, the address of a resource or output.

    ``text`` is the condition with the locals that it uses, without blanks and comments. ``variables`` are those that it
    depends on.
    """

    subject: str
    path: Path
    line: int
    text: str
    variables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Interface:
    """``requirements`` has the version constraint of each provider, and of ``terraform``."""

    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    requirements: Mapping[str, str] = field(default_factory=dict)
    preconditions: Sequence[Condition] = ()


def read_interface(folder: Path) -> Interface:
    """The interface of the module in ``folder``. Raises Unreadable."""
    blocks = list(_blocks(folder))
    local_values = _locals(blocks)
    inputs: dict[str, Input] = {}
    outputs: dict[str, Output] = {}
    requirements: dict[str, str] = {}
    for path, block in blocks:
        name = block.labels[-1] if block.labels else ""
        match block.kind:
            case "variable":
                inputs[name] = _input(path, block, local_values)
            case "output":
                outputs[name] = Output(path, block.line, *(_flag(block, key) for key in ("sensitive", "ephemeral")))
            case "terraform":
                requirements |= _requirements(block)
    return Interface(inputs, outputs, requirements, tuple(_preconditions(blocks, local_values)))


def _locals(blocks: Sequence[tuple[Path, Block]]) -> dict[str, str]:
    """The expression of each local value."""
    return {
        attribute.name: normalised(attribute.text)
        for _, block in blocks
        if block.kind == "locals"
        for attribute in block.attributes
    }


def _preconditions(blocks: Sequence[tuple[Path, Block]], local_values: Mapping[str, str]) -> Iterator[Condition]:
    """Those of resources, data sources and outputs."""
    for path, block in blocks:
        if block.kind in ("resource", "data", "output"):
            for holder in (block, *block.all("lifecycle")):
                for found in holder.all("precondition"):
                    text = _with_locals(found.text("condition"), local_values)
                    yield Condition(block.address, path, found.line, text, frozenset(_VARIABLE.findall(text)))


def _with_locals(expression: str, local_values: Mapping[str, str]) -> str:
    """``expression`` without blanks and comments, and the local values that it uses, directly or indirectly."""
    parts = {"": normalised(expression)}
    waiting = [parts[""]]
    while waiting:
        for name in _LOCAL.findall(waiting.pop()):
            if name in local_values and name not in parts:
                parts[name] = local_values[name]
                waiting.append(parts[name])
    return "\n".join(f"{name}={text}" for name, text in sorted(parts.items()))


def _blocks(folder: Path) -> Iterator[tuple[Path, Block]]:
    for file in read_folder(folder):
        if file.error is not None:
            raise Unreadable(str(file.error), file.path, file.error.line)
        for block in file.blocks:
            yield file.path, block


def _input(path: Path, block: Block, local_values: Mapping[str, str]) -> Input:
    # JSON quotes types
    written = block.literal("type") or block.text("type")
    default = block.attribute("default")
    conditions = (validation.text("condition") for validation in block.all("validation"))
    return Input(
        path=path,
        line=block.line,
        type=parse_type(written) if written else Type(),
        type_text=normalised(written) or "any",
        default=MISSING if default is None else literal(default.text),
        nullable=block.text("nullable") != "false",
        sensitive=_flag(block, "sensitive"),
        ephemeral=_flag(block, "ephemeral"),
        validations=frozenset(_with_locals(condition, local_values) for condition in conditions),
    )


def normalised(expression: str) -> str:
    """``expression`` without comments and blanks, so that formatting is not a difference."""
    return _FORMATTING.sub(lambda match: match[1] or "", expression)


def _flag(block: Block, name: str) -> bool:
    return block.text(name) == "true"


def _requirements(block: Block) -> dict[str, str]:
    found = {"terraform": version} if (version := block.literal("required_version")) else {}
    for providers in block.all("required_providers"):
        for attribute in providers.attributes:
            found[attribute.name] = _constraint(attribute)
    return found


def _constraint(required: Attribute) -> str:
    """The version in an entry of ``required_providers``; its old form is the version alone."""
    if required.literal is not None:
        return required.literal
    root = expression(required.text)
    items = object_items(unwrapped(root)) if root is not None else ()
    return next((unquoted(text_of(value)) or "" for key, value in items if key == "version"), "")
