"""The provider configurations that a case needs, and their names in the batch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from modproof.cases.model import Case
from modproof.hcl.closure import module_folders
from modproof.hcl.expressions import expression, object_items, text_of, unwrapped
from modproof.hcl.reader import Attribute, FolderState, folder_state, module_blocks

__all__ = ["PassedProvider", "configurations", "own_provider", "passed_providers"]


@dataclass(frozen=True, slots=True)
class PassedProvider:
    """A provider that is passed to a module: ``passed_as`` is its name there, ``name`` and ``alias`` in the batch.

    ``alias`` is empty for the batch's default configuration, which needs no block.
    """

    passed_as: str
    name: str
    alias: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{self.name}.{self.alias}" if self.alias else self.name


def passed_providers(case: Case) -> list[PassedProvider]:
    """The providers that the case's module call passes; empty if the default configuration is enough.

    A declared alias without settings in the case gets the default configuration.
    """
    passed = {
        alias: PassedProvider(alias, alias.partition(".")[0])
        for alias in _aliases(case.folder, folder_state(case.folder))
    }
    for passed_as, settings in case.providers.items():
        name = passed_as.partition(".")[0]
        digest = hashlib.sha256(json.dumps([name, settings], sort_keys=True).encode()).hexdigest()[:10]
        passed[passed_as] = PassedProvider(passed_as, name, f"with_{digest}", settings)
    for name in {provider.name for provider in passed.values()}:
        # a call that passes any provider inherits none
        passed.setdefault(name, PassedProvider(name, name))
    return [passed[key] for key in sorted(passed)]


def configurations(case: Case) -> frozenset[str]:
    """The provider configurations that the case needs besides the default one. Each is a separate process."""
    return frozenset(provider.address for provider in passed_providers(case) if provider.alias)


def own_provider(module: Path) -> bool:
    """Whether ``module``, or one that it calls, configures a provider: then each case needs a provider process."""
    return any(
        provider.attributes or provider.blocks
        for folder in module_folders(module)
        for provider in module_blocks(folder, "provider")
    )


@lru_cache(maxsize=1024)
def _aliases(folder: Path, _state: FolderState) -> frozenset[str]:
    """``configuration_aliases`` of the module's required providers."""
    return frozenset(
        alias
        for terraform in module_blocks(folder, "terraform")
        for required in terraform.all("required_providers")
        for attribute in required.attributes
        for alias in _aliases_in(attribute)
    )


def _aliases_in(requirement: Attribute) -> list[str]:
    """``["aws.a"]`` of ``{ source = "hashicorp/aws", configuration_aliases = [aws.a] }``."""
    root = expression(requirement.text)
    for key, value in object_items(root) if root is not None else ():
        if key == "configuration_aliases":
            return [
                text_of(element).strip(' "')
                for element in unwrapped(value).named_children
                if element.type == "expression"
            ]
    return []
