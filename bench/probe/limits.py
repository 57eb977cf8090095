"""Known limits of AWS and its Terraform provider, from a reviewed file that the probe verifies."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from modproof.core.documents import InvalidDocument, Strict, read, validate

__all__ = ["Limits", "load"]


class Limits(Strict):
    """Reasons by resource type: see the comments in limits.yaml."""

    no_update: dict[str, str]
    no_destroy: dict[str, str]
    unread: dict[str, dict[str, str]]
    unset: dict[str, dict[str, str]] = Field(default_factory=dict)


def load() -> Limits:
    """Read limits.yaml. Raises InvalidDocument with every error and its line."""
    found = validate(read(Path(__file__).with_suffix(".yaml")), (), Limits)
    if isinstance(found, list):
        raise InvalidDocument(found)
    return found
