"""What AWS or its Terraform provider does not have, as a reviewed file that the probe holds to what it sees."""

from __future__ import annotations

from pathlib import Path

from modproof.core.documents import InvalidDocument, Strict, read, validate

__all__ = ["Limits", "load"]


class Limits(Strict):
    """By resource type, why: see the comments in limits.yaml."""

    no_update: dict[str, str]
    no_destroy: dict[str, str]
    unread: dict[str, dict[str, str]]


def load() -> Limits:
    """The file beside this one. Raises InvalidDocument with every fault and its line."""
    found = validate(read(Path(__file__).with_suffix(".yaml")), (), Limits)
    if isinstance(found, list):
        raise InvalidDocument(found)
    return found
