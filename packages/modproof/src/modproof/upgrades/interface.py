"""The interface of a module, read from its files without Terraform: variables, outputs and required providers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.hcl.expressions import expression, object_items, text_of, unwrapped
from modproof.hcl.reader import Attribute, Block, read_folder
from modproof.hcl.strings import unquoted
from modproof.hcl.types import MISSING, Type, literal, parse_type

__all__ = ["Input", "Interface", "Output", "Unreadable", "read_interface"]

_BLANKS = re.compile(r"\s+")
_COMMENTS = re.compile(r'("(?:[^"\\]|\\.)*")|#[^\n]*|//[^\n]*|/\*.*?\*/', re.DOTALL)


class Unreadable(ValueError):
    """A file of the module is not valid HCL. ``path`` and ``line`` are its place."""

    def __init__(self, message: str, path: Path, line: int) -> None:
        super().__init__(message)
        self.path = path
        self.line = line


@dataclass(frozen=True, slots=True)
class Input:
    """A variable. ``validations`` are its conditions without blanks and comments. ``default`` may be MISSING."""

    path: Path
    line: int
    type: Type
    type_text: str
    default: Any
    nullable: bool
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
class Interface:
    """``requirements`` has the version constraint of each provider, and of ``terraform``."""

    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    requirements: Mapping[str, str] = field(default_factory=dict)


def read_interface(folder: Path) -> Interface:
    """The interface of the module in ``folder``. Raises Unreadable."""
    inputs: dict[str, Input] = {}
    outputs: dict[str, Output] = {}
    requirements: dict[str, str] = {}
    for path, block in _blocks(folder):
        name = block.labels[-1] if block.labels else ""
        match block.kind:
            case "variable":
                inputs[name] = _input(path, block)
            case "output":
                outputs[name] = Output(path, block.line, *(_flag(block, key) for key in ("sensitive", "ephemeral")))
            case "terraform":
                requirements |= _requirements(block)
    return Interface(inputs, outputs, requirements)


def _blocks(folder: Path) -> Iterator[tuple[Path, Block]]:
    for file in read_folder(folder):
        if file.error is not None:
            raise Unreadable(str(file.error), file.path, file.error.line)
        for block in file.blocks:
            yield file.path, block


def _input(path: Path, block: Block) -> Input:
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
        ephemeral=_flag(block, "ephemeral"),
        validations=frozenset(map(normalised, conditions)),
    )


def normalised(expression: str) -> str:
    """``expression`` without comments and blanks, so that formatting is not a difference."""
    return _BLANKS.sub("", _COMMENTS.sub(lambda match: match[1] or " ", expression))


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
