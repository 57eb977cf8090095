"""The providers that modules require, with the place of each requirement, read from their files without Terraform."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from modproof.cases.model import Case
from modproof.hcl.closure import module_folders
from modproof.hcl.expressions import expression, object_items, text_of
from modproof.hcl.reader import Attribute, Block, FolderState, folder_state, read_folder
from modproof.hcl.strings import unquoted
from modproof.plan.constraints import VersionRange

__all__ = ["Requirement", "address_of", "ranges", "requirements", "requirements_of"]

_REGISTRIES = ("registry.terraform.io/", "registry.opentofu.org/")
_BUILT_IN = "terraform"
_TYPED = ("resource", "data", "ephemeral")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A provider (``hashicorp/aws``, with a host unless it is the default registry) and where it is required.

    ``constraint`` is empty where any version is accepted.
    """

    provider: str
    constraint: str
    path: Path
    line: int


def address_of(source: str) -> str:
    """A provider's source address as Terraform shows it: lower case, without the default registry and namespace."""
    address = source.lower()
    for registry in _REGISTRIES:
        address = address.removeprefix(registry)
    return address if "/" in address else f"hashicorp/{address}"


def requirements_of(case: Case) -> list[Requirement]:
    """What the module of ``case`` and the local modules that it calls require, and the providers that the case sets."""
    own = [
        Requirement(
            address_of(name.partition(".")[0]),
            "",
            case.root / case.place.path,
            case.place_of("providers", name).line or 1,
        )
        for name in case.providers
    ]
    return [*requirements(module_folders(case.folder)), *own]


def requirements(folders: Iterable[Path]) -> list[Requirement]:
    """What the modules in ``folders`` require."""
    return [each for folder in folders for each in _requirements(folder, folder_state(folder))]


def ranges(required: Iterable[Requirement]) -> dict[str, VersionRange]:
    """The versions of each provider that meet all requirements."""
    found: dict[str, VersionRange] = {}
    for each in required:
        found[each.provider] = found.get(each.provider, VersionRange()) & VersionRange.of([each.constraint])
    return found


@lru_cache(maxsize=1024)
def _requirements(folder: Path, _state: FolderState) -> tuple[Requirement, ...]:
    files = [(file.path, file.top) for file in read_folder(folder) if file.top is not None]
    sources: dict[str, str] = {}
    found: list[Requirement] = []
    for path, top in files:
        for attribute in _required_providers(top):
            source, constraint = _entry(attribute)
            sources[attribute.name] = address_of(source)
            found.append(Requirement(sources[attribute.name], constraint, path, attribute.line))
    for path, top in files:
        for name, constraint, line in _implied(top):
            if name != _BUILT_IN and (constraint or name not in sources):
                found.append(Requirement(sources.get(name) or address_of(name), constraint, path, line))
    return tuple({(each.provider, each.constraint): each for each in reversed(found)}.values())[::-1]


def _required_providers(top: Block) -> Iterator[Attribute]:
    for terraform in top.all("terraform"):
        for required in terraform.all("required_providers"):
            yield from required.attributes


def _entry(attribute: Attribute) -> tuple[str, str]:
    """Source and version of an entry in ``required_providers``; its old form is the version alone."""
    if attribute.literal is not None:
        return attribute.name, attribute.literal
    root = expression(attribute.text)
    items = {key: unquoted(text_of(value).strip()) for key, value in object_items(root)} if root is not None else {}
    return items.get("source") or attribute.name, items.get("version") or ""


def _implied(top: Block) -> Iterator[tuple[str, str, int]]:
    """Local name, version and line of each provider that a block configures, or that its type or ``provider`` names."""
    for block in _all_blocks(top):
        if block.kind == "provider" and block.labels:
            yield block.labels[0], block.literal("version") or "", block.line
        elif block.kind in _TYPED and block.labels:
            named = block.text("provider").partition(".")[0].strip('"')
            yield named or block.labels[0].partition("_")[0], "", block.line


def _all_blocks(top: Block) -> Iterator[Block]:
    for block in top.blocks:
        yield block
        yield from _all_blocks(block)
