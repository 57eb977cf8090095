"""The generated root module that plans many cases in one Terraform run.

Every ``module`` block stands in a file of its own, and its source is a copy of the module that belongs to this block
alone: the file name in a diagnostic names the block, and an edit during the run changes nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modproof.cases import Case
from modproof.dependencies import closure, module_folders
from modproof.planner.arguments import case_key, escape
from modproof.planner.calls import Call, alone, divide
from modproof.planner.providers import Wanted
from modproof.planner.signature import declared

__all__ = ["BatchRoot", "write"]

_COPIES = "copies"
_PROVIDER_FILE = "provider_"
_ADDRESS = re.compile(r'\bmodule\.([A-Za-z0-9_-]+)(?:\["([^"]+)"\])?')


@dataclass(slots=True)
class BatchRoot:
    """A written root module: which case a key, a file, a copy or an address belongs to."""

    folder: Path
    cases: dict[str, Case]
    calls: dict[str, Call] = field(default_factory=dict)
    """By name, which is the case's key where the call is of one case alone."""
    _provider_calls: dict[str, list[str]] = field(default_factory=dict)
    """By provider file: the names of the calls that use it."""

    def add(self, calls: Iterable[Call]) -> None:
        """Write ``calls``, each with its copy of the module."""
        for call in calls:
            self.calls[call.name] = call
            call.base, call.source = _copy(self.folder, call)
            call.variables = declared(self.folder / call.source) or {}
            self._write(call)
            for file_name, provider in _provider_files(call.providers):
                (self.folder / file_name).write_text(provider, encoding="utf-8")
                self._provider_calls.setdefault(file_name, []).append(call.name)

    def _write(self, call: Call) -> None:
        (self.folder / call.file_name).write_text(call.render(), encoding="utf-8")

    def told_paths(self) -> dict[str, str]:
        """What ``path.module`` gives in this root, and what is told instead: the module is where it was planned.

        The name of a copy says which cases were planned together, on which no plan may depend.
        """
        told: dict[str, str] = {}
        for call in self.calls.values():
            copy = f"{_COPIES}/{call.name}"
            module = call.source.removeprefix("./")
            told[module] = "."
            if module != copy:
                told[copy] = os.path.relpath(copy, module)
        return told

    def drop(self, key: str) -> None:
        """Take a case out of the root; what it needed of the others stays."""
        del self.cases[key]
        call = self.call_of(key)
        del call.members[key]
        if call.members:
            self._write(call)
        else:
            self._remove(call)

    def separate(self, names: Iterable[str]) -> None:
        """Give each case of the shared calls called ``names`` a call of its own."""
        for name in names:
            call = self.calls[name]
            self._remove(call)
            self.add(alone(call.members))

    def _remove(self, call: Call) -> None:
        (self.folder / call.file_name).unlink()
        del self.calls[call.name]

    def call_of(self, key: str) -> Call:
        """The call that has the case."""
        return next(call for call in self.calls.values() if key in call.members)

    def key_at(self, address: str) -> str | None:
        """The case that an address lies in; None where it does not say."""
        match = _ADDRESS.match(address)
        return self._key(match) if match else None

    def keys_named(self, text: str) -> set[str]:
        """The cases that addresses in ``text`` lie in."""
        return {key for match in _ADDRESS.finditer(text) if (key := self._key(match))}

    def _key(self, match: re.Match[str]) -> str | None:
        call = self.calls.get(match[1])
        members = call.members if call else ()
        return next((key for key in members if call and call.instances.get(key) == match[2]), None)

    def calls_of_file(self, filename: str) -> list[Call]:
        """The calls that own ``filename`` (as a diagnostic gives it): a call's file, a copy, a provider's file."""
        parts = Path(filename).parts
        if len(parts) == 1:
            names = self._provider_calls.get(filename) or [filename.removesuffix(".tf.json")]
        else:
            names = [parts[1]] if parts[0] == _COPIES else []
        return [self.calls[name] for name in names if name in self.calls]

    def source_path(self, filename: str) -> Path:
        """The file of the project behind ``filename``, copies mapped back to what they were made of."""
        parts = Path(filename).parts
        if len(parts) > 2 and parts[0] == _COPIES and parts[1] in self.calls:
            return self.calls[parts[1]].base.joinpath(*parts[2:])
        return (self.folder / filename).resolve()


def write(folder: Path, cases: Sequence[Case], *, shared: bool) -> BatchRoot:
    """Write the root module for ``cases`` into the empty ``folder``, in ``shared`` calls or in one for each case.

    Raises as :func:`hide_unknown` does.
    """
    root = BatchRoot(folder, {case_key(case): case for case in cases})
    root.add(divide(root.cases) if shared else alone(root.cases))
    return root


def _provider_files(wanted: Iterable[Wanted]) -> Iterator[tuple[str, str]]:
    """A file for each configuration that is passed on, the default one among them: it must be there to be passed."""
    for provider in wanted:
        alias = {"alias": provider.alias} if provider.alias else {}
        block = {"provider": {provider.name: {**alias, **escape(provider.settings)}}}
        yield f"{_PROVIDER_FILE}{provider.address.replace('.', '_')}.tf.json", json.dumps(block)


def _copy(folder: Path, call: Call) -> tuple[Path, str]:
    """Copy all that the call's module is made of, the paths between the parts kept; its base and the call's source."""
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
