"""Which arguments of a resource the fixtures set, counted by the provider's schema."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from bench.probe.fixtures import Fixture, type_of
from modproof.hcl.blocks import Block, parse

__all__ = ["configurable", "missing", "set_in", "unexplained"]

_EVERYWHERE = frozenset({"id", "region", "tags_all", "timeouts"})
"""Arguments that the provider adds to resources by itself."""


def configurable(schema: Mapping[str, Any]) -> set[str]:
    """The paths of the arguments in a block of ``terraform providers schema``, such as ``vpc_config.subnets``."""
    found = {
        name
        for name, attribute in schema.get("attributes", {}).items()
        if attribute.get("required") or attribute.get("optional")
    }
    for name, nested in schema.get("block_types", {}).items():
        found |= {f"{name}.{inner}" for inner in configurable(nested["block"])} or {name}
    return {path for path in found if path.partition(".")[0] not in _EVERYWHERE}


def set_in(roots: Iterable[Fixture], kind: str) -> set[str]:
    """The paths of the arguments that resources of a type set in any fixture."""
    return {
        path
        for root in roots
        for address, text in root.blocks.items()
        if type_of(address) == kind
        for resource in parse(text).all("resource")
        for path in _paths(resource)
    }


def _paths(block: Block) -> Iterator[str]:
    for attribute in block.attributes:
        yield attribute.name
    for inner in block.blocks:
        name, content = inner.kind, inner
        if inner.kind == "dynamic":
            name, content = inner.labels[0], next(inner.all("content"))
        yield name
        yield from (f"{name}.{path}" for path in _paths(content))


def missing(schema: Mapping[str, Any], roots: Iterable[Fixture], kind: str) -> tuple[int, list[str]]:
    """The number of a type's arguments, and those that no fixture sets, sorted."""
    wanted = configurable(schema)
    return len(wanted), sorted(wanted - set_in(roots, kind))


def unexplained(counted: Mapping[str, Collection[str]], unset: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Compare the missing arguments of each resource type with those that have a reason, in both directions."""
    found = [
        f"{kind}: no fixture sets {path}, and limits.yaml has no reason"
        for kind, missing in counted.items()
        for path in missing
        if path not in unset.get(kind, {})
    ]
    found += [
        f"unset: {kind}: a fixture sets {path}, or the provider does not have it"
        for kind, paths in unset.items()
        for path in paths
        if path not in counted.get(kind, ())
    ]
    return found
