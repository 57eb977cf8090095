"""A module's Terraform files as what a test can reach: variables, rules, resources, branches and outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.coverage.constraints import MISSING, Type, literal, parse_type
from modproof.hcl import Attribute, Block, UnreadableHcl, read_folder
from modproof.planner.rules import Rule, rules_of

__all__ = ["File", "Local", "Module", "Output", "Resource", "Variable", "read_module"]


@dataclass(frozen=True, slots=True)
class Variable:
    """``attributes`` has the path of each attribute of its type and the line that it stands on."""

    name: str
    path: Path
    line: int
    end: int
    type: Type
    default: Any
    """MISSING where the variable must be given."""
    attributes: tuple[tuple[str, int], ...]
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
    """An output. ``value`` is None where the block is not complete."""

    name: str
    path: Path
    line: int
    end: int
    value: Attribute | None


@dataclass(frozen=True, slots=True)
class File:
    """A Terraform file. ``unreadable`` says why nothing of it is known, or is empty."""

    path: Path
    text: str
    unreadable: str = ""


@dataclass(slots=True)
class Module:
    """A module in ``folder``, without the modules that it calls. A ``check`` only warns: its asserts are no rules."""

    name: str
    folder: Path
    files: list[File] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    locals: list[Local] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)


def read_module(name: str, folder: Path) -> Module:
    """All of the module in ``folder``. A file that cannot be read is kept with the reason."""
    module = Module(name, folder, rules=[rule for rule in rules_of([folder]) if rule.kind != "assert"])
    for path, top, text in read_folder(folder):
        if path.name.endswith(".json"):
            module.files.append(File(path, text, "coverage does not look into Terraform's JSON syntax"))
        elif isinstance(top, UnreadableHcl):
            module.files.append(File(path, text, f"line {top.line}: {top}"))
        else:
            module.files.append(File(path, text))
            for block in top.blocks:
                _add(module, path, block)
    return module


def _add(module: Module, path: Path, block: Block) -> None:
    label = block.labels[-1] if block.labels else ""
    match block.kind:
        case "variable":
            module.variables.append(_variable(path, block))
        case "output":
            module.outputs.append(Output(label, path, block.line, block.end, _attribute(block, "value")))
        case "resource" | "data" | "module":
            address = ".".join(block.labels if block.kind == "resource" else (block.kind, *block.labels))
            repeated = _attribute(block, "count") or _attribute(block, "for_each")
            module.resources.append(Resource(address, path, block.line, block.end, repeated, block))
        case "locals":
            module.locals += [Local(attribute.name, path, attribute) for attribute in block.attributes]


def _attribute(block: Block, name: str) -> Attribute | None:
    return next((attribute for attribute in block.attributes if attribute.name == name), None)


def _variable(path: Path, block: Block) -> Variable:
    name = block.labels[0]
    written, default = _attribute(block, "type"), _attribute(block, "default")
    kind = Type() if written is None else parse_type(written.text)
    line = block.line if written is None else written.line
    return Variable(
        name=name,
        path=path,
        line=block.line,
        end=block.end,
        type=kind,
        default=MISSING if default is None else literal(default.text),
        attributes=tuple((attribute, line + offset) for attribute, offset in kind.paths(name)),
        block=block,
    )
