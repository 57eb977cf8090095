"""The arguments of a case in Terraform's JSON syntax: escaped strings, and values that are unknown until apply."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from modproof.cases.model import HOLE, Case
from modproof.core.errors import ConfigurationError
from modproof.core.results import Place

__all__ = ["case_key", "escape", "hide_unknown", "path_parts"]


def case_key(case: Case) -> str:
    """The case's id as a Terraform identifier, unique in a project."""
    digest = hashlib.sha256(f"{case.folder}\0{case.id}".encode()).hexdigest()[:8]
    readable = re.sub(r"[^A-Za-z0-9]+", "_", case.id)
    return f"case_{readable}_{digest}"


def escape(value: Any) -> Any:
    """``value`` as a literal in Terraform's JSON syntax, where every string, including keys, is a template."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, dict):
        return {escape(str(key)): escape(element) for key, element in value.items()}
    if isinstance(value, list):
        return [escape(element) for element in value]
    return value


def hide_unknown(key: str, case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """The ``terraform_data`` resources (by name) and the arguments of a case, with each unknown part replaced.

    An unknown part refers to an attribute of a ``terraform_data`` that is known only after apply. A string, number or
    boolean keeps its type. A list, a map, and a variable without a value become unknown as a whole, including length
    and keys: the module's type constraint determines the type. Raises ConfigurationError when an ``unknown`` path does
    not lead into the case's variables.
    """
    arguments = {name: escape(value) for name, value in case.variables.items()}
    resources: dict[str, Any] = {}
    for index, path in enumerate(case.unknown):
        name = f"{key}_{index}"
        parts = path_parts(path)
        if len(parts) == 1:
            arguments.setdefault(str(parts[0]), None)
        holder, last = _holder(arguments, parts, case, index)
        value = holder[last]
        plain = isinstance(value, str | int | float) and value != HOLE
        holder[last] = f"${{terraform_data.{name}.output}}" if plain else f"${{jsondecode(terraform_data.{name}.id)}}"
        resources[name] = {"input": value if plain else None}
    return resources, arguments


def path_parts(path: str) -> list[str | int]:
    """``subnets[0].id`` or ``subnets.0.id`` as keys and indices."""
    names = re.findall(r'\["([^"]+)"\]|([^.\[\]]+)', path)
    return [int(plain) if plain.isdigit() else quoted or plain for quoted, plain in names]


def _holder(arguments: dict[str, Any], parts: list[str | int], case: Case, index: int) -> tuple[Any, Any]:
    """The map or list that contains the last of ``parts``, and its key or index there."""
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
            hint="give the variable a value; it determines the type of the unknown one",
        ) from None
    return target, last


def _key(target: Any, part: str | int) -> str | int:
    """``part`` as a key of ``target``: a map may have keys of digits, and keys are escaped like all strings."""
    return str(escape(str(part))) if isinstance(target, dict) else part
