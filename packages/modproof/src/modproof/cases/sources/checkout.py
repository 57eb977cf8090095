"""Resolves the ``source`` of a module call to a folder of the checkout.

Source: https://developer.hashicorp.com/terraform/language/modules/sources
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from modproof.core.environment import base_environment
from modproof.core.errors import ModproofError
from modproof.core.process import run

__all__ = ["Checkout"]

_TIMEOUT_SECONDS = 10.0
_PARTS = re.compile(r"(?:[a-z0-9]+::)?(?P<address>(?:[a-z+]+://)?[^?]*?)(?://(?P<folder>[^?]*))?(?:\?.*)?")
_REGISTRY = re.compile(r"(?:[\w-]+(?:\.[\w-]+)+/)?[\w-]+/(?P<name>[\w-]+)/(?P<provider>[a-z0-9]+)")
_GIT_HOSTS = ("github.com/", "bitbucket.org/", "gitlab.com/")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout: its top folder, and the address of its git origin as ``host/path``, empty without one."""

    top: Path
    address: str

    @classmethod
    def of(cls, root: Path) -> Checkout:
        """The checkout that contains the project in ``root``."""
        return _checkout(root)

    @property
    def name(self) -> str:
        """The name of the repository, else of the folder."""
        return self.address.rpartition("/")[2] or self.top.name.lower()

    def folder_of(self, source: str, base: Path) -> Path | None:
        """The folder that a call in ``base`` refers to; None if it is in another repository or does not exist.

        A registry module belongs to the repository terraform-PROVIDER-NAME:
        https://developer.hashicorp.com/terraform/registry/modules/publish
        """
        if source.startswith("."):
            folder = base / source
        else:
            match = _PARTS.fullmatch(source)
            if match is None or not self._is_own(match["address"]):
                return None
            folder = self.top / (match["folder"] or "")
        return folder.resolve() if folder.is_dir() else None

    def _is_own(self, address: str) -> bool:
        registry = _REGISTRY.fullmatch(address)
        if registry and not address.startswith(_GIT_HOSTS):
            return self.name == f"terraform-{registry['provider']}-{registry['name']}".lower()
        return bool(self.address) and _normal(address) == self.address


def _normal(address: str) -> str:
    """An address of a git repository as ``host/path``, without protocol, user, port and extension."""
    plain = re.sub(r"^([a-z0-9]+::)?([a-z+]+://)?([^@/]*@)?", "", address.strip().lower())
    plain = re.sub(r"^([^/:]+):(\d+/)?", r"\1/", plain)
    return plain.rstrip("/").removesuffix(".git")


@lru_cache(maxsize=64)
def _checkout(root: Path) -> Checkout:
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    return Checkout(top.resolve(), _normal(_origin(root)))


def _origin(root: Path) -> str:
    """The URL of the remote ``origin``; empty without git, without a repository or without the remote."""
    git = shutil.which("git")
    if git is None:
        return ""
    argv = [git, "-C", str(root), "config", "--get", "remote.origin.url"]
    try:
        done = run(argv, env=base_environment(), timeout_seconds=_TIMEOUT_SECONDS)
    except ModproofError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
