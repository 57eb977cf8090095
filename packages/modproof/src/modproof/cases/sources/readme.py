"""Cases from the calls of a module in the code blocks of its README."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from modproof.cases.model import Case
from modproof.cases.sources.calls import ModuleCall, case_of_call, unique
from modproof.core.progress import Progress
from modproof.core.project import Project
from modproof.hcl.evaluation import Configuration
from modproof.hcl.reader import UnreadableHcl, parse

__all__ = ["calls", "load"]

_FENCE = re.compile(r"^```(?:hcl|terraform|tf)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def load(project: Project, modules: Sequence[str], progress: Progress) -> Iterator[Case]:
    """Cases ``readme``, ``readme_2`` … for the calls in the READMEs of ``modules``."""
    del progress
    for module in modules:
        for call in calls(project.module_folder(module)):
            yield case_of_call(project, module, call, "readme")


def calls(folder: Path) -> list[ModuleCall]:
    """The calls of the module in ``folder`` in its README, in order."""
    found: dict[str, ModuleCall] = {}
    for call in _in_readme(folder):
        own = unique(call.name, found)
        found[own] = replace(call, name=own)
    return list(found.values())


def _in_readme(folder: Path) -> Iterator[ModuleCall]:
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
            source = re.split(r"[?@]", block.literal("source") or "")[0].rstrip("/")
            if block.kind == "module" and source.rpartition("/")[2].removesuffix(".git") == folder.name:
                yield ModuleCall("readme", block, within, readme, text.count("\n", 0, match.start(1)))
