"""Provider processes for all units of a folder, which serve several commands of Terragrunt."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from modproof.cases.sources.checkout import Checkout
from modproof.core import machine, process
from modproof.hcl.closure import fetched_sources, module_folders
from modproof.stories.tree_places import TreePlaces
from modproof.stories.tree_sources import hcl_files, sources, top_of
from modproof.terraform.packages import selected_packages
from modproof.terraform.reduced_schema import UsedTypes
from modproof.terraform.shared_provider import AWS, SharedProvider
from modproof.terraform.terragrunt import STACK

__all__ = ["TreeProviders", "typed_folders"]

_SOURCE = re.compile(r"^\s*source\s*=\s*(?P<source>.+)", re.MULTILINE)
_ENVIRONMENT = re.compile(r"^\s*env_vars\s*=", re.MULTILINE)
_SPARE_BYTES = 1536 * 1024 * 1024
"""With less available memory, a folder has one process at a time: three folders with two roles each keep 1.2 GB."""
_READS_FILES = frozenset(
    {
        b"aws_gamelift_script",
        b"aws_lambda_function",
        b"aws_lambda_layer_version",
        b"aws_s3_bucket_object",
        b"aws_s3_object",
        b"aws_synthetics_canary",
    }
)
"""The types with an argument that is the path of a file, relative to the folder of the unit."""


class TreeProviders:
    """Processes of the AWS provider for the units in ``folder``, one for each environment of the commands.

    ``folder`` is in a copy of ``checkout``, which may have changed; ``places`` are those in it.
    """

    def __init__(self, folder: Path, checkout: Checkout, places: TreePlaces) -> None:
        self._folder = folder
        self._checkout = checkout
        self._places = places
        self._running: dict[frozenset[tuple[str, str]], SharedProvider] = {}
        self._package: Path | None = None
        self._scratch = contextlib.ExitStack()
        self._is_kept = False

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the processes after each command, until the context ends.

        If memory is short, a process ends when a command with another environment starts.
        """
        self._is_kept = True
        try:
            yield
        finally:
            self._is_kept = False
            self._stop()

    @contextlib.contextmanager
    def sharing(self, environment: Mapping[str, str]) -> Iterator[SharedProvider | None]:
        """The provider with ``environment`` for one command of all units, which are initialized.

        It ends with the context, unless it is :meth:`kept`. None if the units have selected different providers, or if
        one process cannot serve them all: see :func:`typed_folders`.
        """
        working = self._places.working_folders()
        package = _package(working)
        folders = typed_folders(self._folder, self._checkout, self._places, working) if package is not None else ()
        if package is None or not folders:
            self._stop()
            yield None
            return
        if package != self._package:
            self._stop()
            self._package = package
        provider = self._provider(package, environment, folders)
        try:
            yield provider
        except BaseException:
            provider.finish()
            raise
        finally:
            if not self._is_kept:
                self._stop()

    def _stop(self) -> None:
        running, self._running = self._running, {}
        for provider in running.values():
            provider.stop()
        self._scratch.close()

    def _provider(self, package: Path, environment: Mapping[str, str], folders: Sequence[Path]) -> SharedProvider:
        """The provider with ``environment``; a new one if that of an earlier command has ended."""
        key = frozenset(environment.items())
        known = self._running.get(key)
        if known is not None and known.runs:
            known.sources = tuple(folders)
            return known
        if known is not None:
            known.stop()
        available = machine.available_bytes()
        if available is not None and available < _SPARE_BYTES:
            self._stop()
        scratch = self._scratch.enter_context(process.temporary_folder("provider"))
        self._running[key] = SharedProvider(
            package, folder=scratch, env=environment, scratch=scratch, sources=folders, configured_once=False
        )
        return self._running[key]


def typed_folders(folder: Path, checkout: Checkout, places: TreePlaces, working: Sequence[Path]) -> tuple[Path, ...]:
    """The folders with all resource types of the tree that ``folder`` belongs to: the provider's schema has only these.

    Empty if a module is not in the checkout, a unit sets variables of the environment, or a resource reads a file.
    ``working`` are the folders that Terraform was initialized in.
    """
    tree = top_of(folder)
    if not (_is_closed(tree, folder, checkout) and all(map(places.has_module, working))):
        return ()
    modules = {each for source in sources(tree, checkout.top, folder) for each in module_folders(source.folder)}
    found = (tree, *sorted(modules), *working)
    return () if _READS_FILES & UsedTypes.within(*found).declared else found


def _package(working: Sequence[Path]) -> Path | None:
    """The package of the AWS provider, if it is the only provider in each of the folders."""
    packages = [selected_packages(folder) for folder in working]
    selected = {package for found in packages for package in found.values()}
    is_same = len(selected) == 1 and all(found.keys() == {AWS} for found in packages)
    return selected.pop() if is_same else None


def _is_closed(tree: Path, folder: Path, checkout: Checkout) -> bool:
    """Whether no unit of ``tree`` names a module that is not in ``checkout``, and no module fetches another one.

    Also whether all units have the same environment. The source in a stack is that of the files of a unit.
    """
    known = list(sources(tree, checkout.top, folder))
    prefixes = tuple(source.prefix for source in known)
    for file in hcl_files(tree, folder):
        text = file.read_text(encoding="utf-8", errors="replace")
        named = () if file.name == STACK else _SOURCE.finditer(text)
        if _ENVIRONMENT.search(text) or not all(match["source"].startswith(prefixes) for match in named):
            return False
    return not any(fetched_sources(source.folder) for source in known)
