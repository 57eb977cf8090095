"""The sources that the units of a Terragrunt tree name, and the files that the tree depends on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from modproof.cases.sources.checkout import Checkout
from modproof.hcl.closure import closure, module_folders
from modproof.stories.own_sources import ExampleFiles
from modproof.terraform.terragrunt import GENERATED

__all__ = ["TreeSource", "hcl_files", "sources", "top_of", "tree_files"]

_SOURCE = re.compile(
    r'"(?:git::(?P<url>[a-z+]+://[^"?$]+?)|(?:git::)?(?P<user>[\w.-]+@[\w.-]+):(?P<path>[^"?$]+?)|(?P<github>github\.com/[^"?$]+?))'
    r'//(?P<folder>[^"?$]+)(?:\?(?:[^"]*&)?ref=(?P<ref>[^"&]+))?'
)
"""What Terraform fetches by git: https://developer.hashicorp.com/terraform/language/modules/sources"""
_VERSION = re.compile(r'"(v?\d+\.\d+\.\d+[\w.+-]*)"')
_EXPRESSION = re.compile(r"([^$]*)\$.*?(?:\}([^{}]*))?")
"""A ref with an expression, and the text before and after it."""
_CACHES = (".terragrunt-cache", ".terraform")
_GENERATED = (GENERATED, *_CACHES)
_DOCUMENTATION = (".md", ".svg")


@dataclass(frozen=True, slots=True)
class TreeSource:
    """A ``source`` with the address of the checkout. ``folder`` exists.

    ``address`` is what git fetches, and ``prefix`` is how the file writes it, with the quotation mark before it.
    ``refs`` are the tags, branches and commits that it may name; none for the default branch.
    """

    address: str
    prefix: str
    folder: Path
    refs: frozenset[str]


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
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in hcl_files(tree, folder)]
    for match in (match for text in texts for match in _SOURCE.finditer(text)):
        if (top / match["folder"]).is_dir():
            refs = {unquote(match["ref"])} if match["ref"] else set()
            if expression := _EXPRESSION.fullmatch(match["ref"] or ""):
                # the version is a value of a stack or a local value
                before, after = expression.groups("")
                refs = {unquote(f"{before}{version}{after}") for text in texts for version in _VERSION.findall(text)}
            prefix = match[0][: match.start("folder") - match.start()]
            yield TreeSource(_fetched(match), prefix, (top / match["folder"]).resolve(), frozenset(refs))


def _fetched(match: re.Match[str]) -> str:
    """The address that Terraform passes to git."""
    if match["user"]:
        return f"ssh://{match['user']}/{match['path']}"
    return match["url"] or f"https://{match['github'].removesuffix('.git')}.git"


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
