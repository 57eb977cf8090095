"""The calls of a module that its repository shows: in example folders and in the code blocks of READMEs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modproof.cases import HOLE
from modproof.coverage.constraints import NotConstant, constant
from modproof.coverage.expressions import expression
from modproof.hcl import Block, UnreadableHcl, parse, read_folder
from modproof.project import Project

__all__ = ["HOLE", "Call", "calls", "readable", "unique"]

_EXAMPLES = ("examples", "example")
_FENCE = re.compile(r"^```(?:hcl|terraform|tf)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OF_CALLS = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the module. ``variables`` has what the call says outright; ``computed`` the paths of the rest."""

    name: str
    variables: Mapping[str, Any]
    computed: tuple[tuple[str | int, ...], ...]


def calls(project: Project, folder: Path) -> list[Call]:
    """Every call of the module in ``folder``, in the order in which a reader meets them, each under its own name."""
    found: dict[str, Call] = {}
    for name, call in [*_in_folders(project, folder), *_in_readme(folder)]:
        own = unique(name, found)
        found[own] = Call(own, call.variables, call.computed)
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
            blocks = [block for _, top, _ in read_folder(example) if isinstance(top, Block) for block in top.blocks]
            for block in blocks:
                source = _text(block, "source")
                local = source.startswith(("./", "../")) or source in (".", "..")
                if block.kind == "module" and local and (example / source).resolve() == folder.resolve():
                    yield readable(example.relative_to(parent).as_posix()), _call(block, blocks)


def _hidden(path: Path, parent: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(parent).parts)


def _in_readme(folder: Path) -> Iterator[tuple[str, Call]]:
    readme = folder / "README.md"
    if not readme.is_file():
        return
    for match in _FENCE.finditer(readme.read_text(encoding="utf-8", errors="replace")):
        try:
            blocks = parse(match[1]).blocks
        except UnreadableHcl:
            continue
        for block in blocks:
            source = re.split(r"[?@]", _text(block, "source"))[0].rstrip("/")
            if block.kind == "module" and source.rpartition("/")[2].removesuffix(".git") == folder.name:
                yield "readme", _call(block, blocks)


def _text(block: Block, name: str) -> str:
    value = next((attribute.text for attribute in block.attributes if attribute.name == name), "")
    return value.strip('"')


def _call(block: Block, beside: list[Block]) -> Call:
    known = _Known(beside)
    variables: dict[str, Any] = {}
    computed: list[tuple[str | int, ...]] = []
    for attribute in block.attributes:
        if attribute.name in _OF_CALLS:
            continue
        holes: list[tuple[str | int, ...]] = []

        def hole(path: tuple[str | int, ...], holes: list[tuple[str | int, ...]] = holes) -> str:
            holes.append(path)
            return HOLE

        root = expression(attribute.text)
        try:
            if root is None:
                raise NotConstant(attribute.text)
            variables[attribute.name] = constant(root, known.resolve, hole)
            computed += [(attribute.name, *path) for path in holes]
        except NotConstant:
            computed.append((attribute.name,))
    return Call("", variables, tuple(computed))


class _Known:
    """What variables and locals of an example are when nobody sets them."""

    def __init__(self, blocks: list[Block]) -> None:
        self._texts: dict[str, str] = {}
        for block in blocks:
            for attribute in block.attributes:
                if block.kind == "locals":
                    self._texts[f"local.{attribute.name}"] = attribute.text
                elif block.kind == "variable" and attribute.name == "default":
                    self._texts[f"var.{block.labels[0]}"] = attribute.text
        self._pending: set[str] = set()

    def resolve(self, reference: str) -> Any:
        root = expression(self._texts[reference]) if reference in self._texts else None
        if root is None or reference in self._pending:
            raise NotConstant(reference)
        self._pending.add(reference)
        try:
            return constant(root, self.resolve)
        finally:
            self._pending.discard(reference)
