"""JSON schemas of the files that users write, for editors. packages/modproof/docs/schemas publishes them.

``python -m modproof.run.file_schemas FOLDER`` writes them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from modproof.cases.sources import yaml
from modproof.compliance import ledger
from modproof.compliance.scanners import NAMES as SCANNERS
from modproof.stories import model, tree_model

__all__ = ["NAMES", "render"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def _story() -> dict[str, Any]:
    """A file with ``terragrunt`` is the story of a tree. Editors describe errors better than with ``oneOf``."""
    example, tree = model.schema(), tree_model.schema()
    parts = {**example.pop("$defs"), **tree.pop("$defs"), "Example": example, "Tree": tree}
    return {
        "$defs": parts,
        "type": "object",
        "if": {"required": ["terragrunt"]},
        "then": {"$ref": "#/$defs/Tree"},
        "else": {"$ref": "#/$defs/Example"},
    }


_MAKERS = {
    "cases": ("cases.yaml of modproof", yaml.schema),
    "ledger": ("The ignore ledger of modproof", lambda: ledger.schema(SCANNERS)),
    "story": ("A story of modproof", _story),
}
NAMES = tuple(_MAKERS)


def render(name: str) -> str:
    """The schema of a kind of file, one of :data:`NAMES`, as JSON."""
    title, make = _MAKERS[name]
    schema = _without_titles(make())
    return json.dumps({"$schema": _DRAFT, "title": title} | schema, indent=2) + "\n"


def _without_titles(part: Any) -> Any:
    """``part`` without the titles and defaults that pydantic makes of the names of classes and attributes."""
    if isinstance(part, list):
        return [_without_titles(item) for item in part]
    if not isinstance(part, dict):
        return part
    named = part.get("properties")
    kept = {key: value for key, value in part.items() if key not in ("title", "default", "properties")}
    made = {key: _without_titles(value) for key, value in kept.items()}
    return made if named is None else made | {"properties": {key: _without_titles(each) for key, each in named.items()}}


if __name__ == "__main__":
    for _name in NAMES:
        (Path(sys.argv[1]) / f"{_name}.schema.json").write_text(render(_name), encoding="utf-8")
