"""Parses resource addresses.

Source: https://developer.hashicorp.com/terraform/cli/state/resource-addressing
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Address", "ModuleStep", "addresses_in_state", "first_module", "modules_in", "without_keys"]

_STEP = re.compile(r'([^.\[]+)(?:\[("(?:[^"\\]|\\.)*"|[^\]]*)\])?\.?')
_KEY = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\]')
_MODULE = re.compile(r'\bmodule\.([A-Za-z0-9_-]+)(?:\["([^"]+)"\])?')


@dataclass(frozen=True, slots=True)
class ModuleStep:
    """A module call in an address. ``key`` is the instance key as text, None without one."""

    name: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a resource or data source instance.

    ``mode`` is ``managed`` or the prefix of the address (``data``, ``ephemeral``). ``key`` is the instance key.
    """

    modules: tuple[ModuleStep, ...]
    mode: str
    type: str
    name: str
    key: str | None = None

    @classmethod
    def parse(cls, text: str) -> Address:
        """``module.a["b.c"].aws_x.this[0]`` and the like. Parts that are missing are empty."""
        steps = [
            (match[1], None if match[2] is None else match[2].strip('"')) for match in _STEP.finditer(text.strip())
        ]
        modules: list[ModuleStep] = []
        while steps and steps[0][0] == "module":
            modules += [ModuleStep(*step) for step in steps[1:2]]
            steps = steps[2:]
        mode = "managed"
        if steps and steps[0][0] in ("data", "ephemeral"):
            mode, steps = steps[0][0], steps[1:]
        kind = steps[0][0] if steps else ""
        name, key = steps[1] if len(steps) > 1 else ("", None)
        return cls(tuple(modules), mode, kind, name, key)

    @property
    def block(self) -> str:
        """The address of the block in the root module that the instance belongs to, without instance keys."""
        if self.modules:
            return f"module.{self.modules[0].name}"
        prefix = "" if self.mode == "managed" else f"{self.mode}."
        return f"{prefix}{self.type}.{self.name}"


def first_module(address: str) -> tuple[ModuleStep, str] | None:
    """The outermost module call of an address and its text; None for an address in the root module."""
    match = _MODULE.match(address)
    return (ModuleStep(match[1], match[2]), match[0]) if match else None


def modules_in(text: str) -> list[ModuleStep]:
    """Every module call in ``text``, such as the detail of a diagnostic."""
    return [ModuleStep(match[1], match[2]) for match in _MODULE.finditer(text)]


def without_keys(address: str) -> str:
    """An address without instance keys: the address of the block."""
    return _KEY.sub("", address)


def addresses_in_state(state: Mapping[str, Any]) -> list[str]:
    """The addresses of the managed resource instances in a state file of version 4.

    Source: https://github.com/hashicorp/terraform/blob/v1.11.4/internal/states/statefile/version4.go
    """
    found = []
    for resource in state.get("resources", ()):
        if resource.get("mode") != "managed":
            continue
        module = f"{resource['module']}." if resource.get("module") else ""
        for instance in resource.get("instances", ()):
            key = f"[{json.dumps(instance['index_key'], ensure_ascii=False)}]" if "index_key" in instance else ""
            found.append(f"{module}{resource['type']}.{resource['name']}{key}")
    return sorted(set(found))
