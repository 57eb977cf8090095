"""Generates the units of stack files (``terragrunt.stack.hcl``) in a copy of the project, and renders them.

Source: https://docs.terragrunt.com/features/stacks/explicit
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from modproof.cases.sources.terragrunt.tree import Tree
from modproof.core.parallel import side_by_side
from modproof.hcl.reader import UnreadableHcl, parse
from modproof.terraform.terragrunt import CONFIG, GENERATED, STACK, Generated, Rendered, Terragrunt

__all__ = ["StackUnit", "from_json", "is_template", "stack_units", "to_json"]

_COPIED_BYTES = 1024 * 1024
_VALUES = re.compile(r"(?<![\w.-])values\s*[.\[]")
_GIT_SOURCE = re.compile(r'"git::[a-z+]+://[^"?$]+?//(?P<folder>[^"?$]+)(?:\?[^"$]*)?"')


@dataclass(frozen=True, slots=True)
class StackUnit:
    """A unit of a stack, or the error of a whole stack: then ``folder`` is the stack's, and there is no ``source``.

    ``stack`` is the stack file, and ``line`` the unit's block in it. ``folder`` is where Terragrunt would generate the
    unit, ``source`` is the folder that it is generated from. All paths are in the project.
    """

    stack: Path
    line: int
    folder: Path
    source: Path | None
    rendered: Rendered

    @property
    def shown(self) -> Path:
        """``folder`` without the names that Terragrunt adds."""
        return Path(*(part for part in self.folder.parts if part != GENERATED))


def is_template(folder: Path, text: str) -> bool:
    """Whether a unit or stack can only be the source of another one: it uses ``values`` and has none."""
    return bool(_VALUES.search(text)) and not (folder / "terragrunt.values.hcl").exists()


def stack_units(tree: Tree, terragrunt: Terragrunt, scratch: Path) -> list[StackUnit]:
    """The units of all stacks of ``tree``, in the order of their paths.

    ``scratch`` is an empty folder for the copy of the project. A stack that another stack includes is not listed
    separately. Raises TimedOut or CommandFailed when Terragrunt fails without a message.
    """
    copy = _Copy(tree, scratch.resolve())
    stacks = [folder for folder in tree.stacks if not is_template(folder, tree.text(folder / STACK))]
    generated = _all([partial(terragrunt.generate, copy.copied(stack)) for stack in stacks])
    sources = {copy.original(Path(source)) for found in generated for source in found.sources.values()}
    roots = [(stack, found) for stack, found in zip(stacks, generated, strict=True) if stack not in sources]
    units = [unit for stack, found in roots for unit in _units(copy, stack, found)]
    unrendered = [unit for unit in units if not unit.rendered.error]
    rendered = _all([partial(terragrunt.render, copy.copied(unit.folder)) for unit in unrendered])
    whole = {unit.folder: found for unit, found in zip(unrendered, rendered, strict=True)}
    done = [replace(unit, rendered=copy.mapped(whole.get(unit.folder, unit.rendered), unit)) for unit in units]
    return sorted(done, key=lambda unit: unit.folder)


def _all(work: Sequence[Callable[[], Any]]) -> list[Any]:
    results = side_by_side(work, at_once=os.cpu_count())
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def _units(copy: _Copy, stack: Path, found: Generated) -> Iterator[StackUnit]:
    file = stack / STACK
    if found.error:
        yield StackUnit(file, 1, stack, None, Rendered({}, {}, "", found.error, found.path, found.line))
        return
    lines = dict(_blocks(copy.copied(file)))
    for folder, source in found.sources.items():
        if (folder / CONFIG).is_file():
            own, whole = copy.original(folder), copy.original(Path(source))
            path = [part for part in own.relative_to(stack).parts if part != GENERATED]
            line = next(
                (lines[key] for length in range(len(path), 0, -1) if (key := "/".join(path[:length])) in lines), 1
            )
            yield StackUnit(file, line, own, whole, Rendered({}, {}))


def _blocks(stack: Path) -> Iterator[tuple[str, int]]:
    """Path and line of each unit and stack block with a literal path."""
    try:
        top = parse(stack.read_text(encoding="utf-8", errors="replace"))
    except UnreadableHcl:
        return
    for block in (*top.all("unit"), *top.all("stack")):
        path = block.literal("path")
        if path:
            yield path, block.line


class _Copy:
    """The files of ``tree`` in ``folder``, with the project and the folders around it at the same relative paths.

    A git source of the project's own repository, one that has the folder of a source, becomes a path: the checkout is
    what is planned, not the version.
    """

    def __init__(self, tree: Tree, folder: Path) -> None:
        self._top = tree.around[-1] if tree.around else tree.root
        self._folder = folder
        for path, _, size in tree.files:
            target = self.copied(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.name == STACK:
                text = path.read_text(encoding="utf-8", errors="replace")
                target.write_text(_GIT_SOURCE.sub(self._as_path, text), encoding="utf-8")
            elif size <= _COPIED_BYTES:
                shutil.copyfile(path, target)
            else:
                target.symlink_to(path)
        # functions such as get_repo_root() ask git, which only reads
        if (self._top / ".git").exists():
            (folder / ".git").symlink_to(self._top / ".git")

    def copied(self, path: Path) -> Path:
        """Where ``path`` of the project is in the copy."""
        return self._folder / path.relative_to(self._top)

    def original(self, path: Path) -> Path:
        """Where ``path`` of the copy is in the project; another path is returned as it is."""
        return self._top / path.relative_to(self._folder) if path.is_relative_to(self._folder) else path

    def mapped(self, rendered: Rendered, unit: StackUnit) -> Rendered:
        """``rendered`` with paths in the project. What is in the generated unit is shown in its source."""

        def place(path: Path) -> Path:
            here = self.original(path)
            if unit.source is not None and here.is_relative_to(unit.folder):
                source = unit.source / here.relative_to(unit.folder)
                return source if source.exists() else unit.stack
            return here

        return replace(
            rendered,
            inputs=self._plain(rendered.inputs),
            found_in={name: place(path) for name, path in rendered.found_in.items()},
            source=self._plain(rendered.source),
            error=self._plain(rendered.error),
            path=rendered.path and place(rendered.path),
        )

    def _plain(self, value: Any) -> Any:
        """A JSON value with paths of the copy as paths of the project."""
        if isinstance(value, str):
            return value.replace(str(self._folder), str(self._top))
        if isinstance(value, Mapping):
            return {key: self._plain(element) for key, element in value.items()}
        return [self._plain(element) for element in value] if isinstance(value, list) else value

    def _as_path(self, source: re.Match[str]) -> str:
        return (
            f'"{self.copied(self._top / source["folder"])}"' if (self._top / source["folder"]).is_dir() else source[0]
        )


def to_json(units: Iterable[StackUnit]) -> dict[str, Any]:
    """An entry of the cache."""
    return {
        "units": [
            {
                "stack": str(unit.stack),
                "line": unit.line,
                "folder": str(unit.folder),
                "from": str(unit.source),
                "inputs": unit.rendered.inputs,
                "found_in": {name: str(path) for name, path in unit.rendered.found_in.items()},
                "source": unit.rendered.source,
            }
            for unit in units
        ]
    }


def from_json(entry: Mapping[str, Any]) -> list[StackUnit]:
    """The inverse of :func:`to_json`. Raises KeyError for another entry."""
    return [
        StackUnit(
            Path(unit["stack"]),
            unit["line"],
            Path(unit["folder"]),
            Path(unit["from"]),
            Rendered(unit["inputs"], {name: Path(path) for name, path in unit["found_in"].items()}, unit["source"]),
        )
        for unit in entry["units"]
    ]
