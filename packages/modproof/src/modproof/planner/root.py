"""The generated root module that plans many cases in one Terraform run.

Each case is a ``module`` block in a file of its own, whose source is a copy of the module that belongs to this case
alone: the file name in a diagnostic names the case, and an edit during the run changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modproof.cases import HOLE, Case
from modproof.dependencies import closure, module_folders
from modproof.errors import ConfigurationError
from modproof.planner.providers import Wanted, wanted_providers
from modproof.results import Place

__all__ = ["BatchRoot", "case_key", "escape", "hide_unknown", "path_parts", "write"]

_COPIES = "copies"
_PROVIDER_FILE = "provider_"


def case_key(case: Case) -> str:
    """The case's name as a Terraform identifier, unique among all cases of a project."""
    digest = hashlib.sha256(f"{case.folder}\0{case.id}".encode()).hexdigest()[:8]
    readable = re.sub(r"[^A-Za-z0-9]+", "_", case.id)
    return f"case_{readable}_{digest}"


def escape(value: Any) -> Any:
    """``value`` as a literal in Terraform's JSON syntax, where every string, keys included, is a template."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, dict):
        return {escape(str(key)): escape(element) for key, element in value.items()}
    if isinstance(value, list):
        return [escape(element) for element in value]
    return value


@dataclass(frozen=True, slots=True)
class BatchRoot:
    """A written root module: which case a key, a file or a copy belongs to, and what stands on which line."""

    folder: Path
    cases: dict[str, Case]
    lines: dict[str, dict[int, str]]
    """By key: the variable that stands on a line of the case's file."""
    copies: dict[str, Path]
    """By key: the folder in the project that the case's copies were made of."""
    providers: dict[str, list[str]]
    """By provider file: the keys of the cases that use it."""

    def file_name(self, key: str) -> str:
        return f"{key}.tf.json"

    def drop(self, key: str) -> None:
        """Take a case out of the root; what it needed of the others stays."""
        (self.folder / self.file_name(key)).unlink()
        del self.cases[key]

    def keys_of_file(self, filename: str) -> list[str]:
        """The cases that own ``filename`` (as a diagnostic gives it): a case's file, a copy, a provider's file."""
        parts = Path(filename).parts
        if len(parts) == 1:
            keys = self.providers.get(filename) or [filename.removesuffix(".tf.json")]
        else:
            keys = [parts[1]] if parts[0] == _COPIES else []
        return [key for key in keys if key in self.cases]

    def source_path(self, filename: str) -> Path:
        """The file of the project behind ``filename``, copies mapped back to what they were made of."""
        parts = Path(filename).parts
        if len(parts) > 2 and parts[0] == _COPIES and parts[1] in self.copies:
            return self.copies[parts[1]].joinpath(*parts[2:])
        return (self.folder / filename).resolve()


def write(folder: Path, cases: Sequence[Case]) -> BatchRoot:
    """Write the root module for ``cases`` into the empty ``folder``. Raises as :func:`hide_unknown` does."""
    root = BatchRoot(folder, {case_key(case): case for case in cases}, {}, {}, {})
    for key, case in root.cases.items():
        root.copies[key], source = _copy(folder, key, case.folder)
        wanted = wanted_providers(case)
        text, root.lines[key] = _render(key, case, source, wanted)
        (folder / root.file_name(key)).write_text(text, encoding="utf-8")
        for file_name, provider in _provider_files(wanted):
            (folder / file_name).write_text(provider, encoding="utf-8")
            root.providers.setdefault(file_name, []).append(key)
    return root


def _provider_files(wanted: Iterable[Wanted]) -> Iterator[tuple[str, str]]:
    """A file for each configuration that is passed on, the default one among them: it must be there to be passed."""
    for provider in wanted:
        alias = {"alias": provider.alias} if provider.alias else {}
        block = {"provider": {provider.name: {**alias, **escape(provider.settings)}}}
        yield f"{_PROVIDER_FILE}{provider.address.replace('.', '_')}.tf.json", json.dumps(block)


def _copy(folder: Path, key: str, module: Path) -> tuple[Path, str]:
    """Copy all that ``module`` is made of, the paths between the parts kept; the base in the project and the source."""
    files = closure(module)
    base = Path(os.path.commonpath([*module_folders(module), *(path.parent for path in files)]))
    target = folder / _COPIES / key
    target.mkdir(parents=True)
    for path in files:
        destination = target / path.relative_to(base)
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, destination)
    return base, f"./{(Path(_COPIES) / key / module.resolve().relative_to(base)).as_posix()}"


def _render(key: str, case: Case, source: str, providers: Sequence[Wanted]) -> tuple[str, dict[int, str]]:
    """The case's file, one line a variable, so that a line in a diagnostic says which variable is meant."""
    resources, arguments = hide_unknown(key, case)
    rows = ['{"module": {', f"{json.dumps(key)}: {{", f'"source": {json.dumps(escape(source))}']
    if providers:
        rows[-1] += f', "providers": {json.dumps({provider.wanted_as: provider.address for provider in providers})}'
    lines: dict[int, str] = {}
    for name, value in arguments.items():
        rows[-1] += ","
        rows.append(f"{json.dumps(name)}: {json.dumps(value)}")
        lines[len(rows)] = name
    rows.append("}},")
    if resources:
        rows.append(f'"resource": {{"terraform_data": {json.dumps(resources)}}},')
    output = {key: {"value": f"${{module.{key}}}", "sensitive": True}}
    rows.append(f'"output": {json.dumps(output)}}}')
    return "\n".join(rows) + "\n", lines


def hide_unknown(key: str, case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """The case's arguments, each unknown part replaced by an attribute that only an apply would tell.

    The attribute comes from a ``terraform_data`` (the first result, by name). A text, number or boolean keeps its
    type. A list or a map, and a variable that the case gives no value, become unknown as a whole, their length and
    keys too: the module's own type constraint says what they are. Raises ConfigurationError when an ``unknown`` path
    does not lead into the case's variables.
    """
    arguments = {name: escape(value) for name, value in case.variables.items()}
    resources: dict[str, Any] = {}
    for index, path in enumerate(case.unknown):
        name = f"{key}_{index}"
        parts = path_parts(path)
        if len(parts) == 1:
            arguments.setdefault(str(parts[0]), None)
        holder, last = _holder(arguments, parts, case, index)
        stand_in = holder[last]
        plain = isinstance(stand_in, str | int | float) and stand_in != HOLE
        holder[last] = f"${{terraform_data.{name}.output}}" if plain else f"${{jsondecode(terraform_data.{name}.id)}}"
        resources[name] = {"input": stand_in if plain else None}
    return resources, arguments


def path_parts(path: str) -> list[str | int]:
    """``subnets[0].id`` and ``subnets.0.id`` as keys and indices."""
    names = re.findall(r'\["([^"]+)"\]|([^.\[\]]+)', path)
    return [int(plain) if plain.isdigit() else quoted or plain for quoted, plain in names]


def _holder(arguments: dict[str, Any], parts: list[str | int], case: Case, index: int) -> tuple[Any, Any]:
    """The map or list that the last of ``parts`` leads into, and its key or index there."""
    target: Any = arguments
    try:
        for part in parts[:-1]:
            target = target[_key(target, part)]
        last = _key(target, parts[-1])
        if isinstance(target, str):
            raise TypeError(last)
        target[last]
    except (KeyError, IndexError, TypeError):
        place: Place = case.place_of("unknown", index)
        raise ConfigurationError(
            f"the path '{case.unknown[index]}' does not lead into the case's variables",
            path=place.path,
            line=place.line,
            hint="give the variable a value; it stands in for the unknown one's type",
        ) from None
    return target, last


def _key(target: Any, part: str | int) -> str | int:
    """``part`` as ``target`` has it: a map may be keyed by digits, and keys are escaped like all text."""
    return str(escape(str(part))) if isinstance(target, dict) else part
