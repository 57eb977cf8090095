"""Cases from the calls of a module in the code blocks of its README."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modproof.cases.model import Case
from modproof.cases.sources.calls import ModuleCall, case_of_call, unique
from modproof.cases.sources.checkout import Checkout
from modproof.core.progress import Progress
from modproof.core.project import Project, has_terraform
from modproof.core.results import Place
from modproof.hcl.evaluation import Configuration
from modproof.hcl.reader import Block, UnreadableHcl, parse

__all__ = ["calls", "incomplete", "load"]

_FENCE = re.compile(r"^```(?:hcl|terraform|tf)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_DOTS = re.compile(r"(\.\.?/?)+")
_MODULE = re.compile(r'^[ \t]*module[ \t]+"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Snippet:
    """A code block. ``lines_before`` is the number of lines before it."""

    text: str
    lines_before: int

    def blocks(self) -> list[Block]:
        """Raises UnreadableHcl."""
        return parse(self.text).blocks


def load(project: Project, modules: Sequence[str], progress: Progress) -> Iterator[Case]:
    """Cases ``readme``, ``readme_2`` … for the calls in the READMEs of ``modules``."""
    del progress
    for module in modules:
        folder = project.module_folder(module)
        for call in calls(project, folder, folder / "README.md"):
            yield case_of_call(project, module, call, "readme")


def calls(project: Project, folder: Path, readme: Path) -> list[ModuleCall]:
    """The calls of the module in ``folder`` in a README, in order."""
    found: dict[str, ModuleCall] = {}
    for call in _in_readme(project, folder, readme):
        own = unique(call.name, found)
        found[own] = replace(call, name=own)
    return list(found.values())


def incomplete(project: Project, readme: Path) -> list[tuple[Place, str]]:
    """The place of each code block with a module call that is not valid Terraform, and the syntax error."""
    found: list[tuple[Place, str]] = []
    for snippet in _snippets(readme):
        try:
            snippet.blocks()
        except UnreadableHcl as error:
            if _MODULE.search(snippet.text):
                found.append((Place(project.relative(readme), snippet.lines_before + error.line), str(error)))
    return found


def _snippets(readme: Path) -> Iterator[_Snippet]:
    if readme.is_file():
        text = readme.read_text(encoding="utf-8", errors="replace")
        for match in _FENCE.finditer(text):
            yield _Snippet(match[1], text.count("\n", 0, match.start(1)))


def _in_readme(project: Project, folder: Path, readme: Path) -> Iterator[ModuleCall]:
    checkout = Checkout.of(project.root)
    for snippet in _snippets(readme):
        try:
            blocks = snippet.blocks()
        except UnreadableHcl:
            continue
        within = Configuration(folder, blocks)
        for block in blocks:
            source = block.literal("source") if block.kind == "module" else None
            if source and _calls(checkout, source, folder, readme):
                yield ModuleCall("readme", block, within, readme, snippet.lines_before, origin="readme")


def _calls(checkout: Checkout, source: str, folder: Path, readme: Path) -> bool:
    """Whether ``source`` in ``readme`` refers to the module in ``folder``."""
    own = readme.parent.resolve() == folder.resolve()
    found = [checkout.folder_of(source, base) for base in dict.fromkeys((readme.parent, checkout.top))]
    modules = [target for target in found if target is not None and has_terraform(target)]
    if modules:
        return modules[0] == folder.resolve()
    if not own:
        return False
    # an example of a README may be meant for a folder below the module, or have the address of another repository
    plain = re.split(r"[?@]", source)[0].rstrip("/")
    is_registry = re.fullmatch(r"[\w-]+/[\w-]+/[a-z0-9]+", plain)
    named = plain.rpartition("/")[2].removesuffix(".git") == folder.name
    return bool(_DOTS.fullmatch(source)) or (named and not is_registry)
