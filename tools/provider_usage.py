"""What the Terraform code of a folder uses of the AWS provider: arguments, blocks and attributes, with their lines.

Resources and data sources of type ``aws_*`` are read, and the expressions that refer to them, also as ``self`` and in a
``for`` over their instances. A value that passes through a local, a variable or a module output is not followed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from modproof.hcl.expressions import call_arguments, called, expression, for_parts, is_name, parts, text_of
from modproof.hcl.reader import Attribute, Block, read_folder

__all__ = ["Usage", "sources", "used_types", "uses"]

_META_ARGUMENTS = {"count", "depends_on", "for_each", "provider"}
_META_BLOCKS = {"connection", "lifecycle", "provisioner"}
_KINDS = {"resource": "resource", "data": "data"}


@dataclass(frozen=True, slots=True)
class Place:
    """What an expression refers to: a path below a type, such as ``rule`` of ``resource aws_s3_bucket``."""

    type: str
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """``path`` of ``type`` (``resource aws_kms_key``), used in ``file`` at ``line``.

    ``kind`` is ``arguments`` or ``blocks`` for what is set, ``attributes`` for what is read.
    """

    file: Path
    line: int
    type: str
    kind: str
    path: str


def sources(root: Path) -> list[Path]:
    """The folders with the Terraform code that users get: modules and examples."""
    return sorted({file.parent for name in ("modules", "examples") for file in (root / name).glob("*/*.tf")})


def used_types(root: Path) -> set[str]:
    """The provider's types in modules and examples: ``resource aws_kms_key``, ``data aws_region``."""
    tops = (file.top for folder in sources(root) for file in read_folder(folder) if file.top is not None)
    return {type_ for top in tops for block in top.blocks if (type_ := _type(block))}


def uses(folder: Path) -> Iterator[Usage]:
    """Everything that the Terraform files directly in ``folder`` use of the provider."""
    for file in read_folder(folder):
        for block in file.blocks:
            type_ = _type(block)
            if type_:
                yield from _settings(file.path, block, type_, ())
            yield from _references(file.path, block, type_)


def _type(block: Block) -> str:
    """``resource aws_kms_key`` of a block; empty if it is not of the provider."""
    kind = _KINDS.get(block.kind)
    return f"{kind} {block.labels[0]}" if kind and block.labels and block.labels[0].startswith("aws_") else ""


def _settings(file: Path, block: Block, type_: str, path: tuple[str, ...]) -> Iterator[Usage]:
    for attribute in block.attributes:
        if path or attribute.name not in _META_ARGUMENTS:
            yield Usage(file, attribute.line, type_, "arguments", ".".join((*path, attribute.name)))
    for inner in block.blocks:
        if not path and inner.kind in _META_BLOCKS:
            continue
        dynamic = inner.kind == "dynamic"
        below = (*path, inner.labels[0] if dynamic else inner.kind)
        yield Usage(file, inner.line, type_, "blocks", ".".join(below))
        for body in inner.all("content") if dynamic else (inner,):
            yield from _settings(file, body, type_, below)


def _references(file: Path, block: Block, type_: str) -> Iterator[Usage]:
    for inner in block.blocks:
        yield from _references(file, inner, type_)
    for attribute in block.attributes:
        if block.kind == "lifecycle" and attribute.name == "ignore_changes":
            yield from _ignored(file, attribute, type_)
        elif (node := expression(attribute.text)) is not None:
            own = {"self": Place(type_)} if type_ else {}
            for place, line in _read(node, own):
                if place.path:
                    yield Usage(file, attribute.line + line, place.type, "attributes", ".".join(place.path))


def _ignored(file: Path, attribute: Attribute, type_: str) -> Iterator[Usage]:
    node = expression(attribute.text)
    names = [] if node is None or not type_ else [part for part in _walk(node) if part.type == "variable_expr"]
    for name in names:
        if text_of(name) != "all":
            yield Usage(file, attribute.line + name.start_point.row, type_, "attributes", text_of(name))


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.named_children:
        yield from _walk(child)


def _read(node: Node, names: Mapping[str, Place]) -> Iterator[tuple[Place, int]]:
    """The places that an expression reads, with their rows in it. ``names`` are the places of bound names."""
    if node.type in ("for_expr", "template_for"):
        loop = for_parts(node)
        yield from _read(loop.collection, names)
        inside = {name: place for name, place in names.items() if name not in loop.names}
        element = _place(unwrapped_parts(loop.collection), names)
        if element is not None:
            inside[loop.names[-1]] = element
        for part in (*loop.results, *([] if loop.only_if is None else [loop.only_if])):
            yield from _read(part, inside)
        return
    children = parts(node)
    if node.type == "object_elem" and is_name(children[0]):
        children = children[1:]
    place = _place(children, names)
    if place is not None:
        yield place, children[0].start_point.row
    for child in children:
        yield from _read(child, names)


def unwrapped_parts(node: Node) -> list[Node]:
    """The parts of an expression, without brackets around it."""
    found = parts(node)
    while len(found) == 1 and found[0].type in ("expression", "collection_value"):
        found = parts(found[0])
    return found


def _place(nodes: list[Node], names: Mapping[str, Place]) -> Place | None:
    """What the nodes ``aws_x``, ``.this``, ``[0]``, ``.arn`` refer to; None if it is not of the provider."""
    if not nodes:
        return None
    first, *rest = nodes
    if called(first) == "values" and len(call_arguments(first)) == 1:
        base = _place(unwrapped_parts(call_arguments(first)[0]), names)
        return None if base is None else Place(base.type, (*base.path, *_names(rest)))
    if first.type != "variable_expr":
        return None
    accessed = _names(rest)
    name = text_of(first)
    if name in names:
        return Place(names[name].type, (*names[name].path, *accessed))
    if name.startswith("aws_") and accessed:
        return Place(f"resource {name}", accessed[1:])
    if name == "data" and len(accessed) > 1 and accessed[0].startswith("aws_"):
        return Place(f"data {accessed[0]}", accessed[2:])
    return None


def _names(nodes: list[Node]) -> tuple[str, ...]:
    """The attribute names in ``.a``, ``[0]``, ``[*].b``: indexes and splats select elements and have none."""
    found: list[str] = []
    for node in nodes:
        if node.type == "get_attr":
            found.append(text_of(node.named_children[-1]))
        elif node.type == "splat":
            found += [name for inner in node.named_children for name in _names(inner.named_children)]
        elif node.type != "index":
            break
    return tuple(found)
