"""Planned values with Terraform's masks: which parts are unknown until apply, and which are sensitive.

A mask is True, False, or a mapping or list in the shape of the value.
Source: https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["MISSING", "PlannedValue", "any_marked"]

MISSING: Any = type("Missing", (), {"__repr__": lambda _: "MISSING"})()
"""The value of a key or index that does not exist."""


def _mask_at(mask: Any, key: str | int) -> Any:
    """The part of a mask below ``key``."""
    if isinstance(mask, Mapping):
        return mask.get(key, False)
    if isinstance(mask, list):
        return mask[key] if isinstance(key, int) and key < len(mask) else False
    return mask is True


def any_marked(mask: Any) -> bool:
    """Whether a mask marks anything. Terraform also writes out masks that mark nothing."""
    if isinstance(mask, Mapping):
        return any(map(any_marked, mask.values()))
    return any(map(any_marked, mask)) if isinstance(mask, list) else mask is True


def _holds_secret(value: Any, mask: Any) -> bool:
    # walks the mask, most of which marks nothing
    if isinstance(mask, dict) and isinstance(value, dict):
        return any(inner and key in value and _holds_secret(value[key], inner) for key, inner in mask.items())
    if isinstance(mask, list) and isinstance(value, list):
        return any(inner and _holds_secret(part, inner) for part, inner in zip(value, mask, strict=False))
    return mask is True and value not in (MISSING, None, "", [], {})


@dataclass(frozen=True, slots=True)
class PlannedValue:
    """A resource, data source, output or a part of one. ``value`` is MISSING where there is none."""

    value: Any
    unknown: Any = False
    sensitive: Any = False

    def at(self, key: str | int) -> PlannedValue:
        """The part below ``key``."""
        value: Any = MISSING
        if isinstance(self.value, Mapping):
            value = self.value.get(key, MISSING)
        elif isinstance(self.value, list) and isinstance(key, int) and key < len(self.value):
            value = self.value[key]
        return PlannedValue(value, _mask_at(self.unknown, key), _mask_at(self.sensitive, key))

    def holding(self, value: Any) -> PlannedValue:
        """The same masks around another value, such as the JSON in a string."""
        return PlannedValue(value, self.unknown, self.sensitive)

    @property
    def keys(self) -> list[str]:
        """The keys of a mapping, including those with an unknown value, which Terraform leaves out of the value."""
        known = list(self.value) if isinstance(self.value, Mapping) else []
        masked = self.unknown if isinstance(self.unknown, Mapping) else {}
        return [*known, *(key for key, mask in masked.items() if any_marked(mask) and key not in known)]

    @property
    def is_unknown(self) -> bool:
        return self.unknown is True

    @property
    def is_sensitive(self) -> bool:
        """Whether the value, or any part of it, is marked as sensitive."""
        return any_marked(self.sensitive)

    @property
    def is_present(self) -> bool:
        """Whether the value is known, exists and is not null."""
        return not self.is_unknown and self.value is not MISSING and self.value is not None

    def holds_secret(self) -> bool:
        """Whether a non-empty known value in it is marked as sensitive."""
        return _holds_secret(self.value, self.sensitive)
