"""Checks a JSON document against a botocore shape: no unknown member, no missing required member."""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

__all__ = ["violations"]

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "timestamp": (int, float),
    "blob": (str,),
}


def violations(shape: Shape | None, document: Any, path: str = "") -> list[str]:
    """Return where a document differs from the model; empty if it does not."""
    if shape is None:
        return [] if document == {} else [f"a response without shape is not empty: {document}"]
    types = _JSON_TYPES[shape.type_name]
    if not isinstance(document, types) or (isinstance(document, bool) and bool not in types):
        return [f"{path or 'response'}: {document!r} is not a {shape.type_name}"]
    if isinstance(shape, StructureShape):
        return _of_structure(shape, document, path)
    if isinstance(shape, ListShape):
        return [one for n, item in enumerate(document) for one in violations(shape.member, item, f"{path}[{n}]")]
    if isinstance(shape, MapShape):
        return [one for key, item in document.items() for one in violations(shape.value, item, f"{path}.{key}")]
    allowed = shape.metadata.get("enum")
    return [f"{path}: {document!r} is not one of {allowed}"] if allowed and document not in allowed else []


def _of_structure(shape: StructureShape, document: dict[str, Any], path: str) -> list[str]:
    found = [f"{path}.{name} is not in the model" for name in document if name not in shape.members]
    found += [f"{path}.{name} is missing" for name in shape.required_members if name not in document]
    for name, item in document.items():
        if name in shape.members:
            found += violations(shape.members[name], item, f"{path}.{name}")
    return found
