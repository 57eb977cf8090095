"""Which provider configurations a case needs, and how the batch names them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from modproof.cases import Case
from modproof.dependencies import module_folders
from modproof.hcl import Block, read_folder, terraform_state

__all__ = ["Wanted", "configurations", "own_provider", "wanted_providers"]

_ALIAS = re.compile(r"configuration_aliases\s*=\s*\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A provider that a module is given: under which name it expects it, and what it is in the batch.

    ``alias`` is empty for the batch's default configuration, which needs no block.
    """

    wanted_as: str
    name: str
    alias: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{self.name}.{self.alias}" if self.alias else self.name


def wanted_providers(case: Case) -> list[Wanted]:
    """What the case's module call passes, empty where the default configuration alone will do.

    An alias that the module declares and the case has no settings for gets the default configuration.
    """
    wanted = {alias: Wanted(alias, alias.partition(".")[0]) for alias in _declared_aliases(case.folder)}
    for wanted_as, settings in case.providers.items():
        name = wanted_as.partition(".")[0]
        digest = hashlib.sha256(json.dumps([name, settings], sort_keys=True).encode()).hexdigest()[:10]
        wanted[wanted_as] = Wanted(wanted_as, name, f"with_{digest}", settings)
    for name in {provider.name for provider in wanted.values()}:
        # once a call passes providers, nothing is inherited
        wanted.setdefault(name, Wanted(name, name))
    return [wanted[key] for key in sorted(wanted)]


def configurations(case: Case) -> frozenset[str]:
    """The provider configurations, each a process of its own, that the case needs beside the default one."""
    return frozenset(provider.address for provider in wanted_providers(case) if provider.alias)


def own_provider(module: Path) -> bool:
    """Whether ``module``, or one that it calls, configures a provider, so that each case costs a provider process."""
    return any(_configures(folder, terraform_state(folder)) for folder in module_folders(module))


@lru_cache(maxsize=1024)
def _configures(folder: Path, _state: tuple[tuple[str, int, int], ...]) -> bool:
    return any(
        provider.attributes or provider.blocks
        for _, blocks, _ in read_folder(folder)
        if isinstance(blocks, Block)
        for provider in blocks.all("provider")
    )


def _declared_aliases(folder: Path) -> frozenset[str]:
    return _aliases(folder, terraform_state(folder))


@lru_cache(maxsize=1024)
def _aliases(folder: Path, _state: tuple[tuple[str, int, int], ...]) -> frozenset[str]:
    """``configuration_aliases`` of the module's required providers."""
    return frozenset(
        alias.strip()
        for _, blocks, _ in read_folder(folder)
        if isinstance(blocks, Block)
        for terraform in blocks.all("terraform")
        for required in terraform.all("required_providers")
        for attribute in required.attributes
        for match in _ALIAS.finditer(attribute.text)
        for alias in match[1].split(",")
        if alias.strip()
    )
