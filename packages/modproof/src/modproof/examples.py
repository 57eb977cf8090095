"""The calls of a module that its repository shows: in example folders and in the code blocks of READMEs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from modproof.cases import HOLE
from modproof.coverage.constraints import UNKNOWN
from modproof.dependencies import closure
from modproof.evaluation import Configuration
from modproof.hcl import Block, UnreadableHcl, parse, read_folder
from modproof.project import Project

__all__ = ["HOLE", "Call", "calls", "readable", "unique"]

_EXAMPLES = ("examples", "example")
_FENCE = re.compile(r"^```(?:hcl|terraform|tf)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OF_CALLS = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the module. ``variables`` has what its files say; ``computed`` the paths of the rest.

    ``path`` is the file that it stands in, ``line`` where it begins, ``lines`` where each variable is given;
    ``follows`` has the files that say what it comes to.
    """

    name: str
    variables: Mapping[str, Any]
    computed: tuple[tuple[str | int, ...], ...]
    path: Path | None = None
    line: int = 1
    lines: Mapping[str, int] = field(default_factory=dict)
    follows: tuple[Path, ...] = ()


def calls(project: Project, folder: Path) -> list[Call]:
    """Every call of the module in ``folder``, in the order in which a reader meets them, each under its own name."""
    found: dict[str, Call] = {}
    for name, call in [*_in_folders(project, folder), *_in_readme(folder)]:
        own = unique(name, found)
        found[own] = replace(call, name=own)
    return list(found.values())


def unique(name: str, taken: Collection[str]) -> str:
    """``name``, with a number where it is taken."""
    own, number = name, 2
    while own in taken:
        own, number = f"{name}_{number}", number + 1
    return own


def readable(text: str) -> str:
    """``text``, such as a path, as a case's name."""
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "example"


def _in_folders(project: Project, folder: Path) -> Iterator[tuple[str, Call]]:
    parents = dict.fromkeys(parent / name for parent in (folder, project.root) for name in _EXAMPLES)
    for parent in parents:
        if not parent.is_dir():
            continue
        for example in sorted(path for path in parent.rglob("*") if path.is_dir() and not _hidden(path, parent)):
            within = Configuration.of_folder(example)
            for path, top, _ in read_folder(example):
                for block in top.blocks if isinstance(top, Block) else []:
                    source = _text(block, "source")
                    local = source.startswith(("./", "../")) or source in (".", "..")
                    if block.kind == "module" and local and (example / source).resolve() == folder.resolve():
                        name = readable(example.relative_to(parent).as_posix())
                        yield name, _call(block, within, path, follows=tuple(closure(example)))


def _hidden(path: Path, parent: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(parent).parts)


def _in_readme(folder: Path) -> Iterator[tuple[str, Call]]:
    readme = folder / "README.md"
    if not readme.is_file():
        return
    text = readme.read_text(encoding="utf-8", errors="replace")
    for match in _FENCE.finditer(text):
        try:
            blocks = parse(match[1]).blocks
        except UnreadableHcl:
            continue
        within = Configuration(folder, blocks)
        for block in blocks:
            source = re.split(r"[?@]", _text(block, "source"))[0].rstrip("/")
            if block.kind == "module" and source.rpartition("/")[2].removesuffix(".git") == folder.name:
                above = text.count("\n", 0, match.start(1))
                yield "readme", _call(block, within, readme, above)


def _text(block: Block, name: str) -> str:
    value = next((attribute.text for attribute in block.attributes if attribute.name == name), "")
    return value.strip('"')


def _call(block: Block, within: Configuration, path: Path, above: int = 0, follows: tuple[Path, ...] = ()) -> Call:
    """What ``block`` calls the module with; ``above`` are the lines of its file before those that were read."""
    variables: dict[str, Any] = {}
    computed: list[tuple[str | int, ...]] = []
    for attribute in block.attributes:
        if attribute.name in _OF_CALLS:
            continue
        value = within.value(attribute.text)
        if value is not UNKNOWN:
            variables[attribute.name] = _with_holes(value, (attribute.name,), computed)
        else:
            computed.append((attribute.name,))
    lines = {attribute.name: above + attribute.line for attribute in block.attributes}
    return Call("", variables, tuple(computed), path, above + block.line, lines, follows)


def _with_holes(value: Any, path: tuple[str | int, ...], computed: list[tuple[str | int, ...]]) -> Any:
    """``value`` with holes for what is unknown in it, the paths of which are added to ``computed``."""
    if value is UNKNOWN:
        computed.append(path)
        return HOLE
    if isinstance(value, dict):
        return {key: _with_holes(element, (*path, key), computed) for key, element in value.items()}
    if isinstance(value, list):
        return [_with_holes(element, (*path, index), computed) for index, element in enumerate(value)]
    return value
