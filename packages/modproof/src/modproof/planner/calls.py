"""The ``module`` blocks of a batch: one for a case, or one with ``for_each`` for several cases of a module.

Terraform's work grows with the blocks that it reads rather than with what they make, so that cases share one where they
can. A file in a diagnostic then names the module and not the case; where nothing else names the case either, the cases
get blocks of their own, each with a copy of the module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.cases import Case
from modproof.dependencies import module_folders
from modproof.hcl import Block, read_folder
from modproof.planner.arguments import escape, hide_unknown
from modproof.planner.providers import Wanted, own_provider, wanted_providers
from modproof.planner.signature import declared

__all__ = ["Call", "alone", "divide"]

_UNFIT = re.compile(r"<<|[$%]\{")


@dataclass(slots=True)
class Call:
    """One ``module`` block. ``members`` are its cases by their key: a shared block's instances, or the only one.

    ``base`` is the folder in the project that the copy was made of, ``source`` where the block finds the copy, and
    ``variables`` are those that the copy declares, as :func:`declared` has them.
    """

    name: str
    members: dict[str, Case]
    shared: bool
    base: Path = Path()
    source: str = ""
    variables: Mapping[str, str | None] = field(default_factory=dict)
    lines: dict[int, str] = field(default_factory=dict)
    """The variable that stands on a line of the block's file."""
    instances: dict[str, str] = field(init=False)
    """By case key: the key of its instance. It is short, as Terraform spends much of its time on writing addresses."""

    def __post_init__(self) -> None:
        self.instances = {key: str(number) for number, key in enumerate(self.members)} if self.shared else {}

    @property
    def file_name(self) -> str:
        return f"{self.name}.tf.json"

    @property
    def providers(self) -> list[Wanted]:
        """What the block passes on; all its cases want the same."""
        return wanted_providers(next(iter(self.members.values())))

    def address(self, key: str) -> str:
        """The address of a case's module in the batch."""
        return f'module.{self.name}["{self.instances[key]}"]' if self.shared else f"module.{self.name}"

    def render(self) -> str:
        """The text of the block's file, one line an argument, so that a line in a diagnostic says which is meant."""
        resources: dict[str, Any] = {}
        arguments: dict[str, dict[str, Any]] = {}
        for key, case in self.members.items():
            hidden, arguments[key] = hide_unknown(key, case)
            resources |= hidden
        self.lines.clear()
        rows = ['{"module": {', f"{json.dumps(self.name)}: {{", f'"source": {json.dumps(escape(self.source))}']
        if providers := self.providers:
            rows[-1] += f', "providers": {json.dumps({p.wanted_as: p.address for p in providers})}'
        block = {"for_each": f"${{local.{self.name}}}"} if self.shared else {}
        for name, value in (block | self._arguments(arguments)).items():
            rows[-1] += ","
            rows.append(f"{json.dumps(name)}: {json.dumps(value)}")
            self.lines[len(rows)] = name
        rows.append("}},")
        if self.shared:
            rows.append(f'"locals": {json.dumps({self.name: self._values(arguments)})},')
        if resources:
            rows.append(f'"resource": {{"terraform_data": {json.dumps(resources)}}},')
        output = {self.name: {"value": f"${{module.{self.name}}}", "sensitive": True}}
        rows.append(f'"output": {json.dumps(output)}}}')
        return "\n".join(rows) + "\n"

    def _arguments(self, arguments: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        if not self.shared:
            return dict(*arguments.values())
        names = dict.fromkeys(name for given in arguments.values() for name in given)
        return {name: f"${{each.value.{name}}}" for name in names}

    def _values(self, arguments: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """Each instance's arguments; what one of them leaves to its default is written out, as others give it."""
        written = {name: self.variables.get(name) for name in self._arguments(arguments)}
        defaults = {name: f"${{{default}}}" for name, default in written.items() if default is not None}
        return {self.instances[key]: defaults | dict(given) for key, given in arguments.items()}


def divide(cases: Mapping[str, Case]) -> list[Call]:
    """The calls of a batch for ``cases`` by their key: shared by all that differ in nothing but their variables."""
    waiting = {folder for folder in {case.folder for case in cases.values() if case.unknown} if _waits(folder)}
    alike: dict[tuple[object, ...], dict[str, Case]] = {}
    for key, case in cases.items():
        providers = tuple((wanted.wanted_as, wanted.address) for wanted in wanted_providers(case))
        apart = key if case.unknown and case.folder in waiting else None
        alike.setdefault((case.folder, providers, apart), {})[key] = case
    calls: list[Call] = []
    for members in alike.values():
        if len(members) > 1 and _shareable(next(iter(members.values())).folder):
            calls.append(Call(f"all_{next(iter(members)).removeprefix('case_')}", members, shared=True))
        else:
            calls += alone(members)
    return calls


def alone(cases: Mapping[str, Case]) -> list[Call]:
    """A call of its own for each case."""
    return [Call(key, {key: case}, shared=False) for key, case in cases.items()]


def _shareable(folder: Path) -> bool:
    """Whether all that the module declares is known, and each default means the same inside a template.

    A module that configures a provider takes no ``for_each``, and OpenTofu finds no module by an instance's inputs.
    """
    variables = declared(folder)
    if variables is None or own_provider(folder):
        return False
    computed = any(
        attribute.name in ("source", "version") and "${" in attribute.text
        for call in _blocks(folder, "module")
        for attribute in call.attributes
    )
    return not computed and not any(_UNFIT.search(default) for default in variables.values() if default)


def _waits(folder: Path) -> bool:
    """Whether a data source is read late where anything is unknown that it is said to depend on.

    What one instance is given then counts for all of them, as they are given it in one value.
    """
    blocks = (*_blocks(folder, "data"), *_blocks(folder, "module"))
    return any(attribute.name == "depends_on" for block in blocks for attribute in block.attributes)


def _blocks(folder: Path, kind: str) -> Iterator[Block]:
    """The blocks of a kind in the module and in those that it calls."""
    for module in module_folders(folder):
        for _, top, _ in read_folder(module):
            if isinstance(top, Block):
                yield from top.all(kind)
