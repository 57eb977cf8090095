"""Which parts of a unit's inputs follow from what a dependency gives: the plan is not to know those."""

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

__all__ = ["Parts", "hidden", "lines", "passing_on", "written"]

Parts = tuple[str | int, ...]
_DEPENDENCY = re.compile(r"\bdependency\s*[.\[]")
_DEPENDENCIES = re.compile(r"^[ \t]*dependency\b|\"dependency\"", re.MULTILINE)
_READ = "read_terragrunt_config"
_NAMED = re.compile(r"[\w-]\.(hcl|json)\"")
_NAME = re.compile(r"\b(local|include)\b(?:\s*\.\s*([\w-]+))?")


def hidden(
    inputs: Mapping[str, Any], found_in: Mapping[str, Path], passing: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], list[Parts]]:
    """The inputs with stand-ins, and the path of each value in them that follows from a dependency.

    ``passing`` has the names of the files that may hand on what a dependency of theirs gives.
    A mock says which keys and how many elements there are; each value in it is a stand-in for the type. Where there is
    no mock, all is unknown, its type too.
    """
    values = dict(inputs)
    paths: dict[Parts, None] = {}
    for file in dict.fromkeys(found_in.values()):
        explicit, computed = written(file, passing)
        if () in computed:
            computed = [*computed, *((name,) for name, own in found_in.items() if own == file and name not in explicit)]
        for path in computed:
            # another file may have set an input anew, or parts of it where includes are merged deeply
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
            # what stands around it is computed as well, and has no such part
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
    """Put the stand-in for any type where there is no value that tells the type."""
    target: Any = values
    for part in path[:-1]:
        # what Terragrunt said may be remembered, so that it stays as it is
        target[part] = target[part].copy()
        target = target[part]
    if target[path[-1]] in ("", None, [], {}):
        target[path[-1]] = HOLE


def lines(file: Path) -> dict[str, int]:
    """The line of each input that the file itself names."""
    return written(file)[0]


def passing_on(texts: Mapping[Path, str]) -> frozenset[str]:
    """The names of those files that have dependencies, or read a file that has."""
    names = {path.name for path, text in texts.items() if _DEPENDENCIES.search(text)}
    readers = {path.name: text for path, text in texts.items() if _READ in text}
    while more := {name for name, text in readers.items() if name not in names and _reads(text, names)}:
        names |= more
    return frozenset(names)


def _reads(text: str, names: Collection[str]) -> bool:
    """Whether one of the files with ``names`` may be read; a name that is computed may be any."""
    return any(name in text for name in names) or (bool(names) and text.count(_READ) > len(_NAMED.findall(text)))


def written(file: Path, passing: frozenset[str] = frozenset()) -> tuple[dict[str, int], list[Parts]]:
    """The inputs that the file names, each with its line, and the paths of what follows from a dependency.

    An empty path says that inputs which have no name in the file do.
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
    return names, list(dict.fromkeys(_computed(root, (), partial(_follows, _named_texts(top), passing))))


def _named_texts(top: Block) -> dict[str, str]:
    """What stands behind ``local.NAME`` and ``include.NAME`` in a file."""
    named = {f"local.{local.name}": local.text for block in top.all("locals") for local in block.attributes}
    for block in top.all("include"):
        named[".".join(["include", *block.labels])] = " ".join(attribute.text for attribute in block.attributes)
    return named


def _follows(named: Mapping[str, str], passing: frozenset[str], text: str) -> bool:
    """Whether an expression may follow from a dependency, by itself or by what it names."""
    texts, seen = [text], set[str]()
    while texts:
        text = texts.pop()
        if _DEPENDENCY.search(text) or _reads(text, passing):
            return True
        for match in _NAME.finditer(text):
            # by an index, or a bare include, it may be any
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


def _computed(node: Node, path: Parts, follows: Callable[[str], bool]) -> Iterator[Parts]:
    node = unwrapped(node)
    if not follows(text_of(node)):
        return
    if called(node) == "merge":
        for argument in call_arguments(node):
            yield from _computed(argument, path, follows)
    elif node.type in ("tuple", "tuple_start"):
        for index, child in enumerate(child for child in node.named_children if child.type == "expression"):
            yield from _computed(child, (*path, index), follows)
    elif node.type in ("object", "object_start"):
        elements = list(object_items(node))
        if any(key is None for key, _ in elements):
            yield path  # with keys that are computed, nobody can tell what is where
            return
        for key, value in elements:
            yield from _computed(value, (*path, str(key)), follows)
    else:
        yield path
