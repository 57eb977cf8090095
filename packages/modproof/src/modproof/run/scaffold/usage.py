"""How a module uses its variables: the shape of an input of the type any, and the inputs that a place depends on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from modproof.core.results import Place
from modproof.hcl.closure import local_source, module_folders
from modproof.hcl.expressions import expression, references
from modproof.hcl.module import Module
from modproof.hcl.reader import Attribute, Block, module_blocks, read_files, read_folder

__all__ = ["inputs_at", "inputs_of_counts", "resource_types", "shape_of_any"]

_REPEATED = ("for_each", "count")


def shape_of_any(name: str, module: Module, leaf: Callable[[str], Any]) -> Any:
    """A value with the keys and attributes that ``module`` reads from its variable ``name``; None if it reads none.

    ``leaf`` returns the value of an attribute by its name.
    """
    reference = re.compile(rf"\bvar\.{re.escape(name)}\b")
    for resource in module.resources:
        text = resource.block.text("for_each")
        if not reference.search(text):
            continue
        if "toset(" in text:
            return [leaf(re.sub(r"s$", "", name))]
        inner = " ".join(_texts(resource.block))
        attributes = _attributes(r"each\.value", inner)
        if attributes:
            return {"example": {each: leaf(each) for each in attributes}}
        return {"example": leaf(name)} if re.search(r"\beach\.value\b", inner) else {"example": {}}
    everything = " ".join(
        text for file in read_folder(module.folder) for block in file.blocks for text in _texts(block)
    )
    attributes = _attributes(rf"\bvar\.{re.escape(name)}", everything)
    return {each: leaf(each) for each in attributes} or None


def _attributes(pattern: str, text: str) -> list[str]:
    found = re.findall(rf'{pattern}(?:\.([A-Za-z_]\w*)|\["([^"]+)"\])', text)
    return list(dict.fromkeys(plain or quoted for plain, quoted in found))


def _texts(block: Block) -> Iterator[str]:
    yield from (attribute.text for attribute in block.attributes)
    for inner in block.blocks:
        yield from _texts(inner)


def resource_types(folder: Path) -> list[str]:
    """The types of the managed resources of the module and of the local modules that it calls, sorted."""
    blocks = (block for each in module_folders(folder) for block in module_blocks(each, "resource"))
    return sorted({block.labels[0] for block in blocks if block.labels})


def inputs_at(place: Place, root: Path, folder: Path) -> set[str]:
    """The variables of the module in ``folder`` on which the expression at ``place`` depends.

    ``place`` may be in a module that it calls. All variables of the expression's resource count where a reference goes
    through a resource.
    """
    path = (root / place.path).resolve()
    texts: list[str] = []
    for file in read_files(path.parent):
        for block in file.blocks if file.path.name == path.name else ():
            if place.line is not None and block.line <= place.line <= block.end:
                on_line = [each.text for each in _attributes_of(block) if each.line == place.line]
                texts += on_line or list(_texts(block))
    return _lifted(_variables(texts, path.parent), path.parent, folder.resolve())


def inputs_of_counts(folder: Path) -> set[str]:
    """The variables of the module in ``folder`` that decide how many resources it plans."""
    found: set[str] = set()
    for each in module_folders(folder):
        blocks = [block for kind in ("resource", "module") for block in module_blocks(each, kind)]
        texts = [block.text(name) for block in blocks for name in _REPEATED if block.text(name)]
        found |= _lifted(_variables(texts, each), each, folder.resolve())
    return found


def _attributes_of(block: Block) -> Iterator[Attribute]:
    yield from block.attributes
    for inner in block.blocks:
        yield from _attributes_of(inner)


def _variables(texts: Iterable[str], folder: Path) -> set[str]:
    """The variables that expressions in ``folder`` depend on: directly, or through locals and resources."""
    named = _named(folder)
    waiting, seen, found = list(texts), set[str](), set[str]()
    while waiting:
        root = expression(waiting.pop())
        for reference in references(root) if root is not None else ():
            kind, _, name = reference.partition(".")
            if kind == "var":
                found.add(name)
            elif reference not in seen:
                seen.add(reference)
                waiting += named.get(reference, [])
    return found


def _named(folder: Path) -> dict[str, list[str]]:
    """The expressions of locals, resources and modules by how they are referred to."""
    found: dict[str, list[str]] = {}
    for file in read_folder(folder):
        for block in file.blocks:
            if block.kind == "locals":
                found |= {f"local.{each.name}": [each.text] for each in block.attributes}
            elif block.kind in ("resource", "data", "module"):
                found[block.address] = list(_texts(block))
    return found


def _lifted(names: set[str], inner: Path, folder: Path, depth: int = 5) -> set[str]:
    """The variables of the module in ``folder`` from which those of a module that it calls in ``inner`` are set."""
    if inner.resolve() == folder or not names or not depth:
        return names if inner.resolve() == folder else set()
    found: set[str] = set()
    for caller in module_folders(folder):
        for block in module_blocks(caller, "module"):
            source = local_source(block)
            if source is not None and (caller / source).resolve() == inner.resolve():
                texts = [block.text(name) for name in names if block.text(name)]
                found |= _lifted(_variables(texts, caller), caller, folder, depth - 1)
    return found
