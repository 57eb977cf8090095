"""One provider process for all units of a folder while Terragrunt runs a command in them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from modproof.cases.sources.checkout import Checkout
from modproof.core import process
from modproof.hcl.closure import fetched_sources
from modproof.stories.tree_places import TreePlaces
from modproof.stories.tree_sources import sources, top_of, tree_files
from modproof.terraform.packages import selected_packages
from modproof.terraform.reduced_schema import UsedTypes
from modproof.terraform.shared_provider import AWS, SharedProvider
from modproof.terraform.terragrunt import STACK

__all__ = ["TreeProvider"]

_SOURCE = re.compile(r"^\s*source\s*=\s*(?P<source>.+)", re.MULTILINE)
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


class TreeProvider:
    """The AWS provider of the tree that ``folder`` of ``checkout`` belongs to.

    All modules of the tree must be in the checkout: its schema only has the types that they use.
    """

    def __init__(self, folder: Path, checkout: Checkout) -> None:
        tree = top_of(folder.resolve())
        self._folders = (tree, *tree_files(folder, checkout).folders)
        self._is_possible = _is_closed(tree, checkout) and not _READS_FILES & UsedTypes.within(*self._folders).declared

    @contextlib.contextmanager
    def running(self, places: TreePlaces, environment: Mapping[str, str]) -> Iterator[SharedProvider | None]:
        """The provider with ``environment``, for units that are initialized, until the context ends.

        None if they have selected different providers, a module is not in the checkout, or a resource reads a file.
        """
        packages = [selected_packages(folder) for folder in places.working_folders()]
        selected = {package for found in packages for package in found.values()}
        is_same = len(selected) == 1 and all(found.keys() == {AWS} for found in packages)
        if not is_same or not self._is_possible or places.has_other_modules():
            yield None
            return
        with process.temporary_folder("provider") as scratch:
            provider = SharedProvider(
                selected.pop(),
                folder=scratch,
                env=environment,
                scratch=scratch,
                sources=self._folders,
                configured_once=False,
            )
            try:
                yield provider
            finally:
                provider.stop()


def _is_closed(tree: Path, checkout: Checkout) -> bool:
    """Whether no unit of ``tree`` names a module that is not in ``checkout``, and no module fetches another one.

    The source of a unit that a stack generates is that of another file.
    """
    known = list(sources(tree, checkout.top))
    prefixes = tuple(f'"git::{source.address}//' for source in known)
    for file in tree.rglob("*.hcl"):
        text = "" if file.name == STACK else file.read_text(encoding="utf-8", errors="replace")
        if not all(match["source"].startswith(prefixes) for match in _SOURCE.finditer(text)):
            return False
    return not any(fetched_sources(source.folder) for source in known)
