"""What a case gives its module, as Terraform's JSON syntax has it: texts that are no templates, and unknown values."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from modproof.cases import HOLE, Case
from modproof.errors import ConfigurationError
from modproof.results import Place

__all__ = ["case_key", "escape", "hide_unknown", "path_parts"]


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
