"""The attributes of data sources, from the schemas of a root's providers.

Source: https://developer.hashicorp.com/terraform/cli/commands/providers/schema
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from modproof.core.cache import Cache, key_of
from modproof.terraform.runner import Terraform

__all__ = ["DataAttribute", "Schemas", "data_source_schemas"]


@dataclass(frozen=True, slots=True)
class DataAttribute:
    """``type`` is a type in Terraform's JSON form: ``"string"``, ``["list", "string"]``, ``["object", {…}]``.

    ``argument`` means that only the configuration sets it.
    """

    type: Any
    sensitive: bool = False
    argument: bool = False


Schemas = Mapping[str, Mapping[str, DataAttribute]]
"""The attributes of each data source type by name."""


def data_source_schemas(terraform: Terraform, cache: Cache | None) -> Schemas:
    """The data sources of the providers that are installed for ``terraform``.

    Reading them takes seconds, so that they are kept in ``cache``. Raises CommandFailed.
    """
    packages = {
        name: [str(folder), *sorted(f"{f.name} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in folder.iterdir())]
        for name, folder in terraform.providers.items()
    }
    key = key_of(["data source schemas", packages])
    entry = cache.get(key) if cache is not None else None
    if entry is None:
        entry = {kind: {n: asdict(a) for n, a in found} for kind, found in _read(terraform.provider_schemas())}
        if cache is not None:
            cache.put(key, entry)
    return {kind: {name: DataAttribute(**raw) for name, raw in found.items()} for kind, found in entry.items()}


def _read(schemas: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, DataAttribute]]]]:
    for provider in schemas.get("provider_schemas", {}).values():
        for kind, schema in provider.get("data_source_schemas", {}).items():
            yield kind, list(_attributes(schema["block"]))


def _attributes(block: Mapping[str, Any]) -> Iterator[tuple[str, DataAttribute]]:
    for name, attribute in block.get("attributes", {}).items():
        kind = attribute.get("type") or _nested(attribute["nested_type"])
        yield name, DataAttribute(kind, bool(attribute.get("sensitive")), not attribute.get("computed"))
    for name, inner in block.get("block_types", {}).items():
        yield name, DataAttribute(_nested({**inner, **inner["block"]}), argument=not _has_computed(inner))


def _has_computed(nested: Mapping[str, Any]) -> bool:
    block = nested["block"]
    own = any(attribute.get("computed") for attribute in block.get("attributes", {}).values())
    return own or any(map(_has_computed, block.get("block_types", {}).values()))


def _nested(nested: Mapping[str, Any]) -> Any:
    """The type of a nested block or attribute: an object, or a collection of objects."""
    inside = ["object", {name: attribute.type for name, attribute in _attributes(nested)}]
    mode = nested.get("nesting_mode", "single")
    return [mode, inside] if mode in ("list", "set", "map") else inside
