"""The programs and providers that a run needs: find them, install missing ones, report their status."""

from __future__ import annotations

from modproof.toolchain.catalog import TOOLS
from modproof.toolchain.git import Git
from modproof.toolchain.install import chosen, ensure, find, kind_of
from modproof.toolchain.locate import Found, Source
from modproof.toolchain.providers import initialising, provider_mirror, terraform_cli_config
from modproof.toolchain.status import ProviderVersions, State, ToolStatus, survey
from modproof.toolchain.store import cache_folder, exclusively

__all__ = [
    "TOOLS",
    "Found",
    "Git",
    "ProviderVersions",
    "Source",
    "State",
    "ToolStatus",
    "cache_folder",
    "chosen",
    "ensure",
    "exclusively",
    "find",
    "initialising",
    "kind_of",
    "provider_mirror",
    "survey",
    "terraform_cli_config",
]
