"""The resource types in the code of a root module or a module, without a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from modproof.cases.sources.checkout import Checkout
from modproof.hcl.evaluation import Configuration
from modproof.hcl.reader import Block
from modproof.hcl.types import MISSING

__all__ = ["ConfiguredTypes", "configured_types"]

_META_ARGUMENTS = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


@dataclass(frozen=True, slots=True)
class ConfiguredTypes:
    """``types`` of resources, and ``data.TYPE`` for data sources. ``unread`` are modules of other repositories."""

    types: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)


def configured_types(folder: Path, checkout: Checkout) -> ConfiguredTypes:
    """What the code in ``folder`` and the modules that it calls can create or read.

    Resources and calls are left out if their ``count`` or ``for_each`` has no instances with the values in the code and
    the defaults.
    """
    found = ConfiguredTypes()
    _add(found, folder, None, checkout, ())
    return found


def _add(
    found: ConfiguredTypes,
    folder: Path,
    given: Callable[[str], Any] | None,
    checkout: Checkout,
    above: tuple[Path, ...],
) -> None:
    within = Configuration.of_folder(folder, given)
    for block in within.blocks:
        if block.kind not in ("resource", "data", "module") or _is_off(within, block):
            continue
        if block.kind != "module":
            found.types.add(block.address.rpartition(".")[0])
            continue
        source = block.literal("source") or ""
        target = checkout.folder_of(source, folder)
        if target is None:
            found.unread.add(source or block.address)
        elif target not in above:  # a module that calls itself is an error for Terraform
            values = {each.name: within.value(each.text) for each in block.attributes}
            inputs = {name: value for name, value in values.items() if name not in _META_ARGUMENTS}
            _add(found, target, partial(_given, inputs), checkout, (*above, target))


def _is_off(within: Configuration, block: Block) -> bool:
    repeated = block.attribute("count") or block.attribute("for_each")
    return repeated is not None and within.value(repeated.text) in (0, [], {})


def _given(values: Mapping[str, Any], name: str) -> Any:
    return values.get(name, MISSING)
