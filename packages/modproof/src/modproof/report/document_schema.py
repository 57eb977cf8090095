"""The JSON schema of report.json, which packages/modproof/docs/report.schema.json publishes.

``python -m modproof.report.document_schema`` prints it.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

from pydantic import TypeAdapter

from modproof.core import results
from modproof.core.results import Outcome, RunResult
from modproof.report.document import SCHEMA

__all__ = ["render"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_OUTCOME = {"enum": [outcome.value for outcome in Outcome]}


def render() -> str:
    """The schema as JSON. New keys may be added to a report without a new ``schema``, so unknown keys are valid."""
    made = TypeAdapter(RunResult).json_schema(mode="serialization")
    for name, definition in made["$defs"].items():
        _complete(definition, getattr(results, name))
    _complete(made, RunResult)
    made["properties"] |= {
        "schema": {"const": SCHEMA},
        "modproof": {"type": "string"},
        "project": {"type": "string"},
        "started": {"type": "string", "format": "date-time"},
        "exit_code": {"enum": sorted(outcome.exit_code for outcome in Outcome)},
        "verdict": {"type": "string"},
    }
    made["required"] = sorted(made["properties"])
    made["$defs"] = {name: made["$defs"][name] for name in sorted(_used(made))}
    schema = {"$schema": _DRAFT, "title": f"report.json of modproof, schema {SCHEMA}"}
    return json.dumps(schema | {key: made[key] for key in made if key != "title"}, indent=2) + "\n"


def _complete(definition: dict[str, Any], kind: type) -> None:
    """Change ``definition`` of the dataclass ``kind`` to what a report has: no defaults, no unreported fields."""
    if not dataclasses.is_dataclass(kind):
        return
    unreported = {field.name for field in dataclasses.fields(kind) if not field.metadata.get("reported", True)}
    properties = {name: _plain(value) for name, value in definition["properties"].items() if name not in unreported}
    if hasattr(kind, "outcome") or "outcome" in properties:
        properties["outcome"] = _OUTCOME
    definition.pop("description", None)
    definition["properties"] = properties
    definition["required"] = sorted(properties)


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in ("default", "title")}


def _used(schema: dict[str, Any]) -> set[str]:
    """The names of the definitions that ``schema`` refers to, directly or not."""
    found: set[str] = set()
    waiting: list[Any] = [schema["properties"]]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix("#/$defs/")
            if name and name not in found:
                found.add(name)
                waiting.append(schema["$defs"][name])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return found


if __name__ == "__main__":
    sys.stdout.write(render())
