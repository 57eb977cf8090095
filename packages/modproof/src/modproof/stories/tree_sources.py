"""The sources that the units of a Terragrunt tree name, and the files that the tree depends on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modproof.cases.sources.checkout import Checkout
from modproof.hcl.closure import closure, module_folders
from modproof.stories.own_sources import ExampleFiles
from modproof.terraform.terragrunt import GENERATED

__all__ = ["TreeSource", "hcl_files", "sources", "top_of", "tree_files"]

_SOURCE = re.compile(r'"git::(?P<address>[a-z+]+://[^"?$]+?)//(?P<folder>[^"?$]+)\?(?:[^"]*&)?ref=(?P<ref>[^"&$]+)')
_CACHES = (".terragrunt-cache", ".terraform")
_GENERATED = (GENERATED, *_CACHES)
_DOCUMENTATION = (".md", ".svg")


@dataclass(frozen=True, slots=True)
class TreeSource:
    """A ``source`` with the address of the checkout. ``folder`` exists."""

    address: str
    folder: Path
    ref: str


def top_of(folder: Path) -> Path:
    """The outermost parent of ``folder`` that belongs to the same tree: each of them has HCL files."""
    while any(folder.parent.glob("*.hcl")):
        folder = folder.parent
    return folder


def hcl_files(tree: Path, folder: Path | None = None) -> list[Path]:
    """The HCL files below ``tree``, also those that stacks generate, without those in Terragrunt's caches; sorted.

    With ``folder``, only what is generated below that: Terragrunt may generate the units of the others anew meanwhile.
    """
    found = []
    for parent, folders, files in os.walk(tree):
        folders[:] = [name for name in folders if name not in _CACHES]
        if folder is not None and GENERATED in folders and not Path(parent).is_relative_to(folder):
            folders.remove(GENERATED)
        found += [Path(parent, name) for name in files if name.endswith(".hcl")]
    return sorted(found)


def sources(tree: Path, top: Path, folder: Path | None = None) -> Iterator[TreeSource]:
    """The sources below ``tree`` that are in the checkout with the folder ``top``; ``folder`` as in :func:`hcl_files`.

    An address is the checkout's if the folder in it exists in the checkout.
    """
    for file in hcl_files(tree, folder):
        for match in _SOURCE.finditer(file.read_text(encoding="utf-8", errors="replace")):
            if (top / match["folder"]).is_dir():
                yield TreeSource(match["address"], (top / match["folder"]).resolve(), match["ref"])


def tree_files(folder: Path, checkout: Checkout) -> ExampleFiles:
    """The files of the tree that ``folder`` belongs to, except documentation, and those of the modules it names."""
    tree = top_of(folder.resolve())
    files = {
        path
        for path in tree.rglob("*")
        if path.is_file() and path.suffix not in _DOCUMENTATION and not {*path.parts}.intersection(_GENERATED)
    }
    folders = set()
    for source in sources(tree, checkout.top):
        files.update(closure(source.folder))
        folders.update(module_folders(source.folder))
    return ExampleFiles(tuple(sorted(folders)), tuple(sorted(files)), {})
