"""Takes over the runs in ``*.tftest.hcl`` that only plan.

Source: https://developer.hashicorp.com/terraform/language/tests
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.cases.sources.calls import ModuleCall, readable
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.hcl.evaluation import Configuration
from modproof.hcl.module import Module
from modproof.hcl.reader import Attribute, Block, UnreadableHcl, parse
from modproof.hcl.types import MISSING
from modproof.run.scaffold import tfvars

__all__ = ["Rejection", "Runs", "runs_of"]

_ADDRESS = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Rejection:
    """A run that must fail: the owners of the conditions in ``expect_failures``."""

    call: ModuleCall
    owners: tuple[str, ...]


@dataclass(slots=True)
class Runs:
    """The runs of a module's tests: those to take over, and notes on all files."""

    calls: list[ModuleCall] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def runs_of(project: Project, module: Module) -> Runs:
    """The runs in the test files of ``module``: in its folder and in the folder ``tests`` in it."""
    runs = Runs()
    for folder in (module.folder, module.folder / "tests"):
        for path in sorted(folder.glob("*.tftest.hcl")):
            shown = project.relative(path)
            before = len(runs.calls) + len(runs.rejections)
            try:
                top = parse(path.read_text(encoding="utf-8", errors="replace"))
                given = tfvars.automatic(module.folder) | tfvars.automatic(folder)
            except (UnreadableHcl, ConfigurationError, OSError) as error:
                runs.notes.append(f"{shown}: left out: {error}")
                continue
            given |= {each.name: each for block in top.all("variables") for each in block.attributes}
            blocks = list(top.all("run"))
            for block in blocks:
                _add(runs, block, path, shown, given)
            taken = len(runs.calls) + len(runs.rejections) - before
            runs.notes.append(f"{shown}: took over {taken} of {len(blocks)} runs, without their assertions")
    return runs


def _add(runs: Runs, block: Block, path: Path, shown: str, given: Mapping[str, Attribute]) -> None:
    reason = _obstacle(block)
    label = "_".join(block.labels)
    if reason:
        runs.notes.append(f"{Place(shown, block.line)}: left out: the run {label} {reason}")
        return
    own = {each.name: each for variables in block.all("variables") for each in variables.attributes}
    inputs = list((dict(given) | own).values())
    call = Block("module", (path.name.removesuffix(".tftest.hcl"),), block.line, block.end, inputs)
    found = ModuleCall(readable(label), call, _within(path, given), path, origin=readable(label))
    owners = tuple(_ADDRESS.findall(block.text("expect_failures")))
    if owners:
        runs.rejections.append(Rejection(found, owners))
    else:
        runs.calls.append(found)


def _obstacle(block: Block) -> str:
    """Why a run cannot be a case; empty if it can."""
    if block.text("command") != "plan":
        return "applies"
    if any(block.all("module")):
        return "tests another module"
    return "refers to another run" if any("run." in text for text in _texts(block)) else ""


def _texts(block: Block) -> list[str]:
    return [each.text for variables in block.all("variables") for each in variables.attributes]


def _within(path: Path, given: Mapping[str, Attribute]) -> Configuration:
    """The names that the variables of a run may refer to: the variables of the file."""
    outer = Configuration(path.parent, [])

    def value(name: str) -> Any:
        return outer.value(given[name].text) if name in given else MISSING

    return Configuration(path.parent, [], value)
