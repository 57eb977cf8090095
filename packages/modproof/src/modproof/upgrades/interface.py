"""The interface of a module, read from its files without Terraform: variables, outputs and required providers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.hcl.expressions import expression, object_items, subexpressions, text_of, unwrapped
from modproof.hcl.reader import Attribute, Block, read_folder
from modproof.hcl.strings import unquoted
from modproof.hcl.types import MISSING, Type, literal, parse_type

__all__ = ["Condition", "Input", "Interface", "Output", "Requirement", "Unreadable", "normalised", "read_interface"]

_FORMATTING = re.compile(r'("(?:[^"\\]|\\.)*")|#[^\n]*|//[^\n]*|/\*.*?\*/|\s+', re.DOTALL)
_MOST_CHARACTERS = 50_000
"""Of a condition with its local values."""
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
    """A variable. ``validations`` are the expressions of its conditions, see :class:`Condition`, by their ``text``.

    ``default`` may be MISSING.
    """

    path: Path
    line: int
    type: Type
    default: Any
    nullable: bool
    sensitive: bool
    ephemeral: bool
    validations: Mapping[str, str]


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

    ``expression`` is the condition with local values replaced by their expressions, and ``text`` is that without blanks
    and comments. ``variables`` are those that it depends on.
    """

    subject: str
    path: Path
    line: int
    expression: str
    variables: frozenset[str]

    @property
    def text(self) -> str:
        """The expression, the same for any formatting."""
        return normalised(self.expression)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A version constraint, and of a provider its address and the configurations that callers must pass."""

    version: str
    source: str = ""
    configurations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Interface:
    """``requirements`` has that of each provider, and of ``terraform``."""

    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    requirements: Mapping[str, Requirement] = field(default_factory=dict)
    preconditions: Sequence[Condition] = ()


def read_interface(folder: Path) -> Interface:
    """The interface of the module in ``folder``. Raises Unreadable."""
    blocks = list(_blocks(folder))
    local_values = _locals(blocks)
    inputs: dict[str, Input] = {}
    outputs: dict[str, Output] = {}
    requirements: dict[str, Requirement] = {}
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
        attribute.name: attribute.text
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
                    condition = _resolved(found.text("condition"), local_values)
                    yield Condition(block.address, path, found.line, condition, frozenset(_VARIABLE.findall(condition)))


def _resolved(expression: str, local_values: Mapping[str, str]) -> str:
    """``expression`` with the local values that it uses, directly or indirectly, replaced by their expressions.

    If that is too long, they follow it instead: local values that each use others twice double the text every time.
    """
    try:
        return _replaced(expression, local_values, frozenset())
    except _TooLong:
        found: dict[str, str] = {}
        waiting = [expression]
        while waiting:
            names = set(_LOCAL.findall(waiting.pop())) & local_values.keys() - found.keys()
            found |= {name: local_values[name] for name in names}
            waiting += (local_values[name] for name in names)
        return "\n".join([expression, *(f"{name} = {text}" for name, text in sorted(found.items()))])


class _TooLong(Exception):
    pass


def _replaced(expression: str, local_values: Mapping[str, str], used: frozenset[str]) -> str:
    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        if name in used or name not in local_values:
            return match[0]
        return f"({_replaced(local_values[name], local_values, used | {name})})"

    text = _LOCAL.sub(replaced, expression)
    if len(text) > _MOST_CHARACTERS:
        raise _TooLong
    return text


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
    conditions = (_resolved(each.text("condition"), local_values) for each in block.all("validation"))
    return Input(
        path=path,
        line=block.line,
        type=parse_type(written) if written else Type(),
        default=MISSING if default is None else literal(default.text),
        nullable=block.text("nullable") != "false",
        sensitive=_flag(block, "sensitive"),
        ephemeral=_flag(block, "ephemeral"),
        validations={normalised(condition): condition for condition in conditions},
    )


def normalised(expression: str) -> str:
    """``expression`` without comments and blanks, so that formatting is not a difference."""
    return _FORMATTING.sub(lambda match: match[1] or "", expression)


def _flag(block: Block, name: str) -> bool:
    return block.text(name) == "true"


def _requirements(block: Block) -> dict[str, Requirement]:
    found = {"terraform": Requirement(version)} if (version := block.literal("required_version")) else {}
    for providers in block.all("required_providers"):
        for attribute in providers.attributes:
            found[attribute.name] = _requirement(attribute)
    return found


def _requirement(required: Attribute) -> Requirement:
    """An entry of ``required_providers``; its old form is the version alone."""
    source = f"hashicorp/{required.name}"
    if required.literal is not None:
        return Requirement(required.literal, source)
    root = expression(required.text)
    items = {key: unwrapped(value) for key, value in object_items(unwrapped(root))} if root is not None else {}
    texts = {key: unquoted(text_of(value)) or "" for key, value in items.items()}
    aliases = subexpressions(items["configuration_aliases"]) if "configuration_aliases" in items else ()
    return Requirement(
        texts.get("version", ""),
        texts.get("source", source).removeprefix("registry.terraform.io/").lower(),
        frozenset(normalised(text_of(alias)) for alias in aliases),
    )
