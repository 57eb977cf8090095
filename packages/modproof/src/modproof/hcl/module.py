"""Reads a module's Terraform files: variables, custom conditions, resources, locals and outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.hcl.conditions import Condition, conditions_of
from modproof.hcl.reader import Attribute, Block, read_folder
from modproof.hcl.types import MISSING, Type, literal, parse_type

__all__ = ["Local", "Module", "Output", "Resource", "SourceFile", "Variable", "read_module"]


@dataclass(frozen=True, slots=True)
class Variable:
    """``attributes`` has the path, file and line of each attribute of its type."""

    name: str
    path: Path
    line: int
    end: int
    type: Type
    default: Any
    """MISSING if the variable is required."""
    attributes: tuple[tuple[str, Path, int], ...]
    block: Block


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource, data source or module call. ``repeated`` is its ``count`` or ``for_each``."""

    address: str
    path: Path
    line: int
    end: int
    repeated: Attribute | None
    block: Block


@dataclass(frozen=True, slots=True)
class Local:
    """A named value."""

    name: str
    path: Path
    attribute: Attribute


@dataclass(frozen=True, slots=True)
class Output:
    """An output. ``value`` is None if the block has none."""

    name: str
    path: Path
    line: int
    end: int
    value: Attribute | None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Terraform file. ``unreadable`` is the reason if it cannot be read, else empty."""

    path: Path
    text: str
    unreadable: str = ""


@dataclass(slots=True)
class Module:
    """A module in ``folder``, without the modules that it calls.

    ``conditions`` are those that reject: a ``check`` only warns.
    """

    name: str
    folder: Path
    files: list[SourceFile] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    locals: list[Local] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)


def read_module(name: str, folder: Path) -> Module:
    """The module in ``folder``. An unreadable file is listed with the reason."""
    module = Module(name, folder, conditions=[each for each in conditions_of([folder]) if each.kind != "assert"])
    for file in read_folder(folder):
        reason = f"line {file.error.line}: {file.error}" if file.error else ""
        for block in file.blocks:
            _add(module, file.path, block)
        module.files.append(SourceFile(file.path, file.text, reason))
    return module


def _add(module: Module, path: Path, block: Block) -> None:
    label = block.labels[-1] if block.labels else ""
    match block.kind:
        case "variable":
            module.variables.append(_variable(path, block))
        case "output":
            module.outputs.append(Output(label, path, block.line, block.end, block.attribute("value")))
        case "resource" | "data" | "module":
            repeated = block.attribute("count") or block.attribute("for_each")
            module.resources.append(Resource(block.address, path, block.line, block.end, repeated, block))
        case "locals":
            module.locals += [Local(attribute.name, path, attribute) for attribute in block.attributes]


def _variable(path: Path, block: Block) -> Variable:
    name = block.labels[0]
    written, default = block.attribute("type"), block.attribute("default")
    kind = Type() if written is None else parse_type(written.text)
    line = block.line if written is None else written.line
    written_in = path if written is None else written.origin or path
    return Variable(
        name=name,
        path=path,
        line=block.line,
        end=block.end,
        type=kind,
        default=MISSING if default is None else literal(default.text),
        attributes=tuple((attribute, written_in, line + offset) for attribute, offset in kind.paths(name)),
        block=block,
    )
