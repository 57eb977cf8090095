"""The generated root module that plans many cases in one Terraform run.

Each case is a ``module`` block in a file of its own. Its source is the module where it lies, or, when errors must be
told apart, a copy that belongs to this case alone: then the file name in a diagnostic names the case.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modproof.cases import Case
from modproof.dependencies import closure, module_folders
from modproof.errors import ConfigurationError
from modproof.results import Place

__all__ = ["BatchRoot", "case_key", "escape", "hide_unknown", "write"]

_COPIES = "copies"


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
    """By key: the folder in the project that the case's copies were made of; empty where sources are in place."""

    def file_name(self, key: str) -> str:
        return f"{key}.tf.json"

    def key_of_file(self, filename: str) -> str | None:
        """The case that owns ``filename`` (as a diagnostic gives it): its own file or one of its copies."""
        parts = Path(filename).parts
        if len(parts) == 1:
            key = filename.removesuffix(".tf.json")
        elif parts[0] == _COPIES:
            key = parts[1]
        else:
            return None
        return key if key in self.cases else None

    def source_path(self, filename: str) -> Path:
        """The file of the project behind ``filename``, copies mapped back to what they were made of."""
        parts = Path(filename).parts
        if len(parts) > 2 and parts[0] == _COPIES and parts[1] in self.copies:
            return self.copies[parts[1]].joinpath(*parts[2:])
        return (self.folder / filename).resolve()


def write(folder: Path, cases: Sequence[Case], *, copy_sources: bool) -> BatchRoot:
    """Write the root module for ``cases`` into the empty ``folder``. Raises as :func:`hide_unknown` does."""
    keyed = {case_key(case): case for case in cases}
    lines: dict[str, dict[int, str]] = {}
    copies: dict[str, Path] = {}
    for key, case in keyed.items():
        if copy_sources:
            copies[key], source = _copy(folder, key, case.folder)
        else:
            source = os.path.relpath(case.folder, folder)
        text, lines[key] = _render(key, case, source if source.startswith(".") else f"./{source}")
        (folder / f"{key}.tf.json").write_text(text, encoding="utf-8")
    return BatchRoot(folder, keyed, lines, copies)


def _copy(folder: Path, key: str, module: Path) -> tuple[Path, str]:
    """Copy all that ``module`` is made of, the paths between the parts kept; the base in the project and the source."""
    files = closure(module)
    base = Path(os.path.commonpath([*module_folders(module), *(path.parent for path in files)]))
    target = folder / _COPIES / key
    for path in files:
        destination = target / path.relative_to(base)
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, destination)
    return base, f"./{(Path(_COPIES) / key / module.resolve().relative_to(base)).as_posix()}"


def _render(key: str, case: Case, source: str) -> tuple[str, dict[int, str]]:
    """The case's file, one line a variable, so that a line in a diagnostic says which variable is meant."""
    resources, arguments = hide_unknown(key, case)
    rows = ['{"module": {', f"{json.dumps(key)}: {{", f'"source": {json.dumps(escape(source))}']
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

    The attribute comes from a ``terraform_data`` (the first result, by name) whose input is the value that the case
    gives, so that it has its type; without one it is a string. Raises ConfigurationError when an ``unknown`` path
    does not lead into the case's variables.
    """
    arguments = {name: escape(value) for name, value in case.variables.items()}
    resources: dict[str, Any] = {}
    for index, path in enumerate(case.unknown):
        name = f"{key}_{index}"
        parts = _parts(path)
        if len(parts) == 1:
            stand_in = arguments.get(str(parts[0]), "unknown")
            arguments[str(parts[0])] = f"${{terraform_data.{name}.output}}"
        else:
            stand_in = _replace(arguments, parts, f"${{terraform_data.{name}.output}}", case, index)
        resources[name] = {"input": stand_in}
    return resources, arguments


def _parts(path: str) -> list[str | int]:
    """``subnets[0].id`` and ``subnets.0.id`` as keys and indices."""
    names = re.findall(r'\["([^"]+)"\]|([^.\[\]]+)', path)
    return [int(plain) if plain.isdigit() else quoted or plain for quoted, plain in names]


def _replace(arguments: dict[str, Any], parts: list[str | int], reference: str, case: Case, index: int) -> Any:
    target: Any = arguments
    try:
        for part in parts[:-1]:
            target = target[part]
        stand_in = target[parts[-1]]
        target[parts[-1]] = reference
    except (KeyError, IndexError, TypeError):
        place: Place = case.place_of("unknown", index)
        raise ConfigurationError(
            f"the path '{case.unknown[index]}' does not lead into the case's variables",
            path=place.path,
            line=place.line,
            hint="give the variable a value; it stands in for the unknown one's type",
        ) from None
    return stand_in
