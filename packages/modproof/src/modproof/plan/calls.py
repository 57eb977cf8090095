"""The ``module`` blocks of a batch: one per case, or one with ``for_each`` for several cases of a module.

Terraform's work grows with the number of blocks rather than the number of instances, so cases share a block where
possible. A file in a diagnostic then names the module and not the case. Where nothing else names the case, the cases
get separate blocks, each with a copy of the module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.cases.arguments import escape, hide_unknown
from modproof.cases.model import Case
from modproof.core.cache import key_of
from modproof.hcl.closure import module_folders
from modproof.hcl.reader import Block, module_blocks
from modproof.hcl.signature import declared_variables
from modproof.plan.answering import Answers
from modproof.plan.providers import PassedProvider, own_provider, passed_providers
from modproof.plan.split import outputs_name

__all__ = ["BatchCall", "divide", "separate"]

_NOT_IN_TEMPLATE = re.compile(r"<<|[$%]\{")


@dataclass(slots=True)
class BatchCall:
    """One ``module`` block. ``members`` are its cases by their key: the instances of a shared block, or the only one.

    ``base`` is the project folder that was copied, ``source`` the path of the copy, and ``variables`` those that the
    copy declares, as in :func:`declared_variables`.
    """

    name: str
    members: dict[str, Case]
    shared: bool
    base: Path = Path()
    source: str = ""
    variables: Mapping[str, str | None] = field(default_factory=dict)
    lines: dict[int, str] = field(default_factory=dict)
    """The variable on each line of the block's file."""
    answers: Answers | None = None
    """Set once the copy has the answers of the cases, which are the same for all members."""
    instances: dict[str, str] = field(init=False)
    """By case key: the key of its instance. Keys are short because Terraform spends much time on addresses."""

    def __post_init__(self) -> None:
        self.instances = {key: str(number) for number, key in enumerate(self.members)} if self.shared else {}

    @property
    def file_name(self) -> str:
        return f"{self.name}.tf.json"

    @property
    def providers(self) -> list[PassedProvider]:
        """The providers that the block passes; all its cases need the same."""
        return passed_providers(next(iter(self.members.values())))

    def address(self, key: str) -> str:
        """The address of a case's module in the batch."""
        return f'module.{self.name}["{self.instances[key]}"]' if self.shared else f"module.{self.name}"

    def render(self) -> str:
        """The content of the block's file, one line per argument, so that a line in a diagnostic names the argument."""
        resources: dict[str, Any] = {}
        arguments: dict[str, dict[str, Any]] = {}
        for key, case in self.members.items():
            hidden, arguments[key] = hide_unknown(key, case)
            resources |= hidden
        self.lines.clear()
        rows = ['{"module": {', f"{json.dumps(self.name)}: {{", f'"source": {json.dumps(escape(self.source))}']
        if providers := self.providers:
            rows[-1] += f', "providers": {json.dumps({p.passed_as: p.address for p in providers})}'
        block = {"for_each": f"${{local.{self.name}}}"} if self.shared else {}
        for name, value in (block | self._arguments(arguments)).items():
            rows[-1] += ","
            rows.append(f"{json.dumps(name)}: {json.dumps(value)}")
            self.lines[len(rows)] = name
        rows.append("}},")
        if self.shared:
            rows.append(f'"locals": {json.dumps({self.name: self._values(arguments)})},')
        resources[outputs_name(self.name)] = {"input": self._outputs()}
        rows.append(f'"resource": {{"terraform_data": {json.dumps(resources)}}}}}')
        return "\n".join(rows) + "\n"

    def _outputs(self) -> Any:
        """The outputs of the module, or of each instance, without the ephemeral ones: no plan may contain them."""
        names = _lasting_outputs(next(iter(self.members.values())).folder)
        if names is None:
            return f"${{module.{self.name}}}"
        if not self.shared:
            return {name: f"${{module.{self.name}.{name}}}" for name in names}
        values = ", ".join(f"{name} = instance.{name}" for name in names)
        return f"${{{{for key, instance in module.{self.name} : key => {{{values}}}}}}}"

    def _arguments(self, arguments: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        if not self.shared:
            return dict(*arguments.values())
        names = dict.fromkeys(name for given in arguments.values() for name in given)
        return {name: f"${{each.value.{name}}}" for name in names}

    def _values(self, arguments: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        """The arguments of each instance. A default is written out if another instance sets the variable."""
        written = {name: self.variables.get(name) for name in self._arguments(arguments)}
        defaults = {name: f"${{{default}}}" for name, default in written.items() if default is not None}
        return {self.instances[key]: defaults | dict(given) for key, given in arguments.items()}


def divide(cases: Mapping[str, Case]) -> list[BatchCall]:
    """The calls for ``cases`` by their key: cases that differ only in their variables share one."""
    waiting = {folder for folder in {case.folder for case in cases.values() if case.unknown} if _may_defer_data(folder)}
    alike: dict[tuple[object, ...], dict[str, Case]] = {}
    for key, case in cases.items():
        providers = tuple((passed.passed_as, passed.address) for passed in passed_providers(case))
        apart = key if case.unknown and case.folder in waiting else None
        answers = key_of(case.answers)
        alike.setdefault((case.folder, providers, apart, answers), {})[key] = case
    calls: list[BatchCall] = []
    for members in alike.values():
        if len(members) > 1 and _shareable(next(iter(members.values())).folder):
            # Terraform spends much time on addresses, so that only the digest of the first case's key is used
            calls.append(BatchCall(f"all_{next(iter(members)).rpartition('_')[2]}", members, shared=True))
        else:
            calls += separate(members)
    return calls


def separate(cases: Mapping[str, Case]) -> list[BatchCall]:
    """One call per case."""
    return [BatchCall(key, {key: case}, shared=False) for key, case in cases.items()]


def _shareable(folder: Path) -> bool:
    """Whether all variables are known, and each default means the same inside a template.

    A module that configures a provider cannot have ``for_each``, and OpenTofu cannot install a module whose source
    depends on an instance's inputs.
    """
    variables = declared_variables(folder)
    if variables is None or own_provider(folder):
        return False
    computed = any(
        attribute.name in ("source", "version") and "${" in attribute.text
        for call in _blocks(folder, "module")
        for attribute in call.attributes
    )
    return not computed and not any(_NOT_IN_TEMPLATE.search(default) for default in variables.values() if default)


def _lasting_outputs(folder: Path) -> list[str] | None:
    """The outputs of a module that has ephemeral ones, without these; None for any other module."""
    outputs = {"".join(block.labels): block.text("ephemeral") for block in module_blocks(folder, "output")}
    lasting = [name for name, ephemeral in outputs.items() if ephemeral.strip('"') != "true"]
    return None if len(lasting) == len(outputs) else lasting


def _may_defer_data(folder: Path) -> bool:
    """Whether ``depends_on`` can defer a data source until apply.

    An unknown input of one instance would then defer it in all instances, since they share one ``for_each`` value.
    """
    blocks = (*_blocks(folder, "data"), *_blocks(folder, "module"))
    return any(attribute.name == "depends_on" for block in blocks for attribute in block.attributes)


def _blocks(folder: Path, kind: str) -> Iterator[Block]:
    """The blocks of a kind in the module and the local modules that it calls."""
    for module in module_folders(folder):
        yield from module_blocks(module, kind)
