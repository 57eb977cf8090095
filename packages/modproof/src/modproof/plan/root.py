"""The generated root module that plans many cases in one Terraform run.

Each ``module`` block is in a separate file, and its source is a separate copy of the module: the file name in a
diagnostic identifies the block, and an edit during the run has no effect.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modproof.cases.arguments import case_key, escape
from modproof.cases.model import Case
from modproof.hcl.closure import closure, module_folders
from modproof.hcl.signature import declared_variables
from modproof.plan.answered import answered_blocks
from modproof.plan.answering import answer_copy
from modproof.plan.calls import BatchCall, divide, separate
from modproof.plan.providers import PassedProvider
from modproof.terraform.addresses import ModuleStep, first_module, modules_in
from modproof.terraform.schemas import Schemas

__all__ = ["BatchRoot", "write"]

_COPIES = "copies"
_PROVIDER_FILE = "provider_"


@dataclass(slots=True)
class BatchRoot:
    """A written root module. Finds the case of a key, a file, a copy or an address."""

    folder: Path
    cases: dict[str, Case]
    calls: dict[str, BatchCall] = field(default_factory=dict)
    """By name. The name of a call with a single case is the case's key."""
    _provider_calls: dict[str, list[str]] = field(default_factory=dict)
    """By provider file: the names of the calls that use it."""

    def add(self, calls: Iterable[BatchCall]) -> None:
        """Write ``calls``, each with a copy of its module."""
        for call in calls:
            self.calls[call.name] = call
            call.base, call.source = _copy(self.folder, call)
            call.variables = declared_variables(self.folder / call.source) or {}
            self._write(call)
            for file_name, provider in _provider_files(call.providers):
                (self.folder / file_name).write_text(provider, encoding="utf-8")
                self._provider_calls.setdefault(file_name, []).append(call.name)

    def _write(self, call: BatchCall) -> None:
        (self.folder / call.file_name).write_text(call.render(), encoding="utf-8")

    def answer(self, schemas: Schemas) -> None:
        """Give the data sources in the copies the answers of the cases, which must fit ``schemas``."""
        for call in self.calls.values():
            case = next(iter(call.members.values()))
            if case.answers and call.answers is None:
                copy = self.folder / _COPIES / call.name
                call.answers = answer_copy(copy, call.base, answered_blocks(case), schemas)

    def needs_answers(self) -> bool:
        """Whether some copy does not have the answers of its cases yet."""
        return any(
            call.answers is None and any(case.answers for case in call.members.values()) for call in self.calls.values()
        )

    def shown_paths(self) -> dict[str, str]:
        """Replacements for the values of ``path.module`` in this root.

        The name of a copy depends on the cases in the batch, on which no plan may depend.
        """
        shown: dict[str, str] = {}
        for call in self.calls.values():
            copy = f"{_COPIES}/{call.name}"
            module = call.source.removeprefix("./")
            shown[module] = "."
            if module != copy:
                shown[copy] = os.path.relpath(copy, module)
        return shown

    def drop(self, key: str) -> None:
        """Remove a case from the root."""
        del self.cases[key]
        call = self.call_of(key)
        del call.members[key]
        if call.members:
            self._write(call)
        else:
            self._remove(call)

    def separate(self, names: Iterable[str]) -> None:
        """Replace the shared calls called ``names`` by one call per case."""
        for name in names:
            call = self.calls[name]
            self._remove(call)
            self.add(separate(call.members))

    def _remove(self, call: BatchCall) -> None:
        (self.folder / call.file_name).unlink()
        del self.calls[call.name]
        for file_name, names in list(self._provider_calls.items()):
            if names == [call.name]:
                # a configuration without a module that uses it would still be a requirement
                (self.folder / file_name).unlink()
                del self._provider_calls[file_name]
            elif call.name in names:
                names.remove(call.name)

    def call_of(self, key: str) -> BatchCall:
        """The call that contains the case."""
        return next(call for call in self.calls.values() if key in call.members)

    def key_at(self, address: str) -> str | None:
        """The case that an address belongs to, if any."""
        found = first_module(address)
        return self._key(found[0]) if found else None

    def keys_named(self, text: str) -> set[str]:
        """The cases whose addresses are in ``text``."""
        return {key for step in modules_in(text) if (key := self._key(step))}

    def _key(self, step: ModuleStep) -> str | None:
        call = self.calls.get(step.name)
        members = call.members if call else ()
        return next((key for key in members if call and call.instances.get(key) == step.key), None)

    def calls_of_file(self, filename: str) -> list[BatchCall]:
        """The calls of a file in a diagnostic: a call's file, a file of a copy, or a provider's file."""
        parts = Path(filename).parts
        if len(parts) == 1:
            names = self._provider_calls.get(filename) or [filename.removesuffix(".tf.json")]
        else:
            names = [parts[1]] if parts[0] == _COPIES else []
        return [self.calls[name] for name in names if name in self.calls]

    def source_line(self, filename: str, line: int | None) -> int | None:
        """The line in :meth:`source_path` behind a line of ``filename``."""
        parts = Path(filename).parts
        call = self.calls.get(parts[1]) if len(parts) > 2 and parts[0] == _COPIES else None
        return call.answers.line(self.folder / filename, line) if call and call.answers else line

    def source_path(self, filename: str) -> Path:
        """The project file behind ``filename``; a file of a copy is mapped to its original."""
        parts = Path(filename).parts
        if len(parts) > 2 and parts[0] == _COPIES and parts[1] in self.calls:
            return self.calls[parts[1]].base.joinpath(*parts[2:])
        return (self.folder / filename).resolve()


def write(folder: Path, cases: Sequence[Case], *, shared: bool) -> BatchRoot:
    """Write the root module for ``cases`` into the empty ``folder``, with ``shared`` calls or one call per case.

    Raises as :func:`hide_unknown` does.
    """
    root = BatchRoot(folder, {case_key(case): case for case in cases})
    root.add(divide(root.cases) if shared else separate(root.cases))
    return root


def _provider_files(passed: Iterable[PassedProvider]) -> Iterator[tuple[str, str]]:
    """A file per configuration that is passed, including the default one, which must be declared to be passed."""
    for provider in passed:
        alias = {"alias": provider.alias} if provider.alias else {}
        block = {"provider": {provider.name: {**alias, **escape(provider.settings)}}}
        yield f"{_PROVIDER_FILE}{provider.address.replace('.', '_')}.tf.json", json.dumps(block)


def _copy(folder: Path, call: BatchCall) -> tuple[Path, str]:
    """Copy all files of the call's module, keeping their relative paths. Returns the base and the call's source."""
    module = next(iter(call.members.values())).folder
    files = closure(module)
    base = Path(os.path.commonpath([*module_folders(module), *(path.parent for path in files)]))
    target = folder / _COPIES / call.name
    target.mkdir(parents=True)
    for path in files:
        destination = target / path.relative_to(base)
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, destination)
    return base, f"./{(Path(_COPIES) / call.name / module.resolve().relative_to(base)).as_posix()}"
