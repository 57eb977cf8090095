"""Finds where the resources of an example are declared: in its files, or in those of the modules that it calls."""

from __future__ import annotations

from pathlib import Path

from modproof.cases.sources.checkout import Checkout
from modproof.hcl.reader import module_blocks, read_folder
from modproof.terraform.addresses import Address

__all__ = ["declared"]


def declared(address: str, example: Path, checkout: Checkout) -> tuple[Path, int] | None:
    """File and line of the block of ``address`` in ``example``, which is in ``checkout``.

    None for a resource of a module from elsewhere, and for one that no block declares.
    """
    parsed = Address.parse(address)
    folder = example
    for step in parsed.modules:
        sources = (block.literal("source") for block in module_blocks(folder, "module") if block.labels == (step.name,))
        called = checkout.folder_of(next(sources, None) or "", folder)
        if called is None:
            return None
        folder = called
    for file in read_folder(folder):
        for block in file.blocks:
            if block.kind == "resource" and block.labels == (parsed.type, parsed.name):
                return file.path, block.line
    return None
