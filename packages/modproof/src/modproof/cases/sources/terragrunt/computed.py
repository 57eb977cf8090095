"""Finds the parts of a unit's inputs that depend on outputs of a dependency: they are unknown in the plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from tree_sitter import Node

from modproof.cases.model import HOLE
from modproof.hcl.expressions import call_arguments, called, expression, object_items, text_of, unwrapped
from modproof.hcl.reader import Block, UnreadableHcl, parse

__all__ = ["Parts", "lines", "mark_computed", "passing_on", "written"]

Parts = tuple[str | int, ...]
_DEPENDENCY = re.compile(r"\bdependency\s*[.\[]")
_DEPENDENCIES = re.compile(r"^[ \t]*dependency\b|\"dependency\"", re.MULTILINE)
_READ = "read_terragrunt_config"
_NAMED = re.compile(r"[\w-]\.(hcl|json)\"")
_NAME = re.compile(r"\b(local|include)\b(?:\s*\.\s*([\w-]+))?")


def mark_computed(
    inputs: Mapping[str, Any], found_in: Mapping[str, Path], passing: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], list[Parts]]:
    """The inputs, and the path of each value in them that depends on an output of a dependency.

    ``passing`` are the names of the files that may pass on outputs of their dependencies. A mock determines the keys,
    the number of elements and the types. Without a mock, the value is HOLE: its type is unknown too.
    """
    values = dict(inputs)
    paths: dict[Parts, None] = {}
    for file in dict.fromkeys(found_in.values()):
        explicit, computed = written(file, passing)
        if () in computed:
            computed = [*computed, *((name,) for name, own in found_in.items() if own == file and name not in explicit)]
        for path in computed:
            # another file may have overridden the input, or only parts of it with a deep merge
            if path and path[0] in values and (found_in[str(path[0])] == file or len(path) > 1):
                paths |= dict.fromkeys(_leaves(values, path))
    for path in paths:
        _replace(values, path)
    return values, list(paths)


def _leaves(values: Any, path: Parts) -> list[Parts]:
    value = values
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            # the value around it is computed as well and has no such part
            return []
    return list(_below(value, path))


def _below(value: Any, path: Parts) -> Iterator[Parts]:
    if isinstance(value, dict) and value:
        for key, element in value.items():
            yield from _below(element, (*path, key))
    elif isinstance(value, list) and value:
        for index, element in enumerate(value):
            yield from _below(element, (*path, index))
    else:
        yield path


def _replace(values: dict[str, Any], path: Parts) -> None:
    """Put HOLE in place of an empty value, from which no type can be inferred."""
    target: Any = values
    for part in path[:-1]:
        # the rendered inputs are cached and must not change
        target[part] = target[part].copy()
        target = target[part]
    if target[path[-1]] in ("", None, [], {}):
        target[path[-1]] = HOLE


def lines(file: Path) -> dict[str, int]:
    """The line of each input that the file itself sets."""
    return written(file)[0]


def passing_on(texts: Mapping[Path, str]) -> frozenset[str]:
    """The names of the files that have dependencies, or read a file that has."""
    names = {path.name for path, text in texts.items() if _DEPENDENCIES.search(text)}
    readers = {path.name: text for path, text in texts.items() if _READ in text}
    while more := {name for name, text in readers.items() if name not in names and _reads(text, names)}:
        names |= more
    return frozenset(names)


def _reads(text: str, names: Collection[str]) -> bool:
    """Whether the text may read one of the files with ``names``; a computed name may be any of them."""
    return any(name in text for name in names) or (bool(names) and text.count(_READ) > len(_NAMED.findall(text)))


def written(file: Path, passing: frozenset[str] = frozenset()) -> tuple[dict[str, int], list[Parts]]:
    """The inputs that the file sets, with their lines, and the paths of the parts that depend on a dependency.

    An empty path means inputs that the file sets without writing their names.
    """
    try:
        status = file.stat()
    except OSError:
        return {}, []
    return _written(file, passing, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1024)
def _written(file: Path, passing: frozenset[str], _mtime_ns: int, _size: int) -> tuple[dict[str, int], list[Parts]]:
    try:
        top = parse(file.read_text(encoding="utf-8", errors="replace"))
    except UnreadableHcl:
        return {}, []
    given = next((attribute for attribute in top.attributes if attribute.name == "inputs"), None)
    root = None if given is None else expression(given.text)
    if given is None or root is None:
        return {}, []
    names = {key: given.line + node.start_point.row for key, node in _named(root)}
    return names, list(dict.fromkeys(_computed(root, (), partial(_is_computed, _named_texts(top), passing))))


def _named_texts(top: Block) -> dict[str, str]:
    """The expressions of ``local.NAME`` and ``include.NAME`` in a file."""
    named = {f"local.{local.name}": local.text for block in top.all("locals") for local in block.attributes}
    for block in top.all("include"):
        named[".".join(["include", *block.labels])] = " ".join(attribute.text for attribute in block.attributes)
    return named


def _is_computed(named: Mapping[str, str], passing: frozenset[str], text: str) -> bool:
    """Whether an expression may depend on a dependency, directly or through the names in it."""
    texts, seen = [text], set[str]()
    while texts:
        text = texts.pop()
        if _DEPENDENCY.search(text) or _reads(text, passing):
            return True
        for match in _NAME.finditer(text):
            # an index or a bare include may mean any of them
            name = f"{match[1]}.{match[2]}"
            met = {name} if name in named else {known for known in named if known.startswith(match[1])}
            texts += [named[each] for each in met - seen]
            seen |= met
    return False


def _named(node: Node) -> Iterator[tuple[str, Node]]:
    node = unwrapped(node)
    if called(node) == "merge":
        for argument in call_arguments(node):
            yield from _named(argument)
    for key, value in object_items(node):
        if key is not None:
            yield key, value


def _computed(node: Node, path: Parts, is_computed: Callable[[str], bool]) -> Iterator[Parts]:
    node = unwrapped(node)
    if not is_computed(text_of(node)):
        return
    if called(node) == "merge":
        for argument in call_arguments(node):
            yield from _computed(argument, path, is_computed)
    elif node.type in ("tuple", "tuple_start"):
        for index, child in enumerate(child for child in node.named_children if child.type == "expression"):
            yield from _computed(child, (*path, index), is_computed)
    elif node.type in ("object", "object_start"):
        elements = list(object_items(node))
        if any(key is None for key, _ in elements):
            yield path  # the elements of computed keys cannot be located
            return
        for key, value in elements:
            yield from _computed(value, (*path, str(key)), is_computed)
    else:
        yield path
