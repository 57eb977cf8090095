"""The severity of checkov's rules, which checkov reports only with a key to its vendor's platform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

__all__ = ["KnownSeverity", "checkov_severities"]


@dataclass(frozen=True, slots=True)
class KnownSeverity:
    """A severity and its source: title, address (empty for modproof itself) and ISO date."""

    severity: str
    source: str
    url: str
    date: str


@cache
def checkov_severities() -> Mapping[str, KnownSeverity]:
    """By rule, from data/checkov-severities.json, which tools/severities.py generates."""
    file = resources.files("modproof.compliance").joinpath("data/checkov-severities.json")
    table = json.loads(file.read_text(encoding="utf-8"))
    sources = table["sources"]
    return {
        rule: KnownSeverity(severity, sources[name]["title"], sources[name]["url"], sources[name]["date"])
        for rule, (severity, name) in table["rules"].items()
    }
