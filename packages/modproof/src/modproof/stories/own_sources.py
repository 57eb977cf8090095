"""The files of an example, including modules that it calls by the address of its own repository.

``git::https://…/this-repository//modules/NAME?ref=TAG`` is the module of the same checkout: its files are what is
tested, and a tag of the next release does not exist yet.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from modproof.cases.sources.checkout import Checkout
from modproof.hcl.closure import closure, local_source, module_folders
from modproof.hcl.reader import Block, read_files

__all__ = ["ExampleFiles", "example_files"]

_VERSION = re.compile(r'\bversion\s*=\s*"[^"]*"')


@dataclass(frozen=True, slots=True)
class ExampleFiles:
    """``folders`` are the example and all modules of the checkout that it calls, directly or indirectly.

    ``files`` are all that a plan can depend on. ``rewritten`` has, for each file that calls a module by the address of
    its repository, its text with relative paths instead, with the same lines.
    """

    folders: tuple[Path, ...]
    files: tuple[Path, ...]
    rewritten: Mapping[Path, str]


def example_files(example: Path, checkout: Checkout) -> ExampleFiles:
    """The files of ``example``, which is in ``checkout``."""
    folders: set[Path] = set()
    files: set[Path] = set()
    rewritten: dict[Path, str] = {}
    waiting = [example.resolve()]
    while waiting:
        called = waiting.pop()
        if called in folders:
            continue
        files.update(closure(called))
        for folder in module_folders(called):
            folders.add(folder)
            for path, text, targets in _calls(folder, checkout):
                rewritten[path] = text
                waiting += targets
    return ExampleFiles(tuple(sorted(folders)), tuple(sorted(files)), rewritten)


def _calls(folder: Path, checkout: Checkout) -> Iterator[tuple[Path, str, list[Path]]]:
    """Each file that calls a module by the address of the checkout, its new text, and the folders of the modules."""
    for file in read_files(folder):
        lines = file.text.split("\n")
        targets = []
        for block in file.top.all("module") if file.top is not None else ():
            target = _target(block, folder, checkout)
            if target is not None and _rewrite(lines, block, folder, target):
                targets.append(target)
        if targets:
            yield file.path, "\n".join(lines), targets


def _target(block: Block, folder: Path, checkout: Checkout) -> Path | None:
    source = block.literal("source")
    if source is None or local_source(block) is not None:
        return None
    return checkout.folder_of(source, folder)


def _rewrite(lines: list[str], block: Block, folder: Path, target: Path) -> bool:
    """Exchange the source of ``block``; returns whether its text was found."""
    source, version = block.attribute("source"), block.attribute("version")
    if source is None or source.text not in lines[source.line - 1]:
        return False
    relative = Path(os.path.relpath(target, folder)).as_posix()
    local = relative if relative.startswith(".") else f"./{relative}"
    lines[source.line - 1] = lines[source.line - 1].replace(source.text, f'"{local}"', 1)
    if version is not None:
        # Terraform refuses a version of a local module
        lines[version.line - 1] = _VERSION.sub("", lines[version.line - 1], count=1)
    return True
