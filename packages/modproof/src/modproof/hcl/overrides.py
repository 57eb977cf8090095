"""Merges override files into the blocks that they override.

Source: https://developer.hashicorp.com/terraform/language/files/override and
https://github.com/hashicorp/terraform/blob/v1.11.4/internal/configs/module_merge.go
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from modproof.hcl.blocks import Block

__all__ = ["is_override", "merged"]

_NAME = re.compile(r"(?:.*_)?override\.(?:tf|tofu)(?:\.json)?")
_ARGUMENTS_ONLY = frozenset({"variable", "output", "module"})
"""Blocks of which an override file replaces arguments: Terraform ignores its validations and preconditions."""
_BY_BODY = frozenset({"resource", "data", "provider"})
_LIFECYCLE = "lifecycle"
_SETTINGS = frozenset({"create_before_destroy", "ignore_changes", "prevent_destroy"})
"""What an override file can set in ``lifecycle``."""
_STATES = frozenset({"backend", "cloud"})


def is_override(path: Path) -> bool:
    """Whether the blocks of a file override those of the other files."""
    return _NAME.fullmatch(path.name) is not None


def merged(files: Mapping[Path, Block]) -> dict[Path, Block]:
    """The blocks of a module's files, by path, as Terraform combines them: each object once.

    An overridden block keeps its place; what another file sets in it has that file as its ``origin``. Locals and
    settings of Terraform stay in the file that sets them. What overrides nothing is dropped, as Terraform rejects or
    ignores it.
    """
    found = {path: top for path, top in files.items() if not is_override(path)}
    for path in sorted(files.keys() - found.keys()):
        _override(found, path, files[path])
    return found


def _override(found: dict[Path, Block], path: Path, top: Block) -> None:
    own = Block("", (), top.line, top.end)
    for block in top.blocks:
        match block.kind:
            case "locals":
                own.blocks.append(_locals(found, block))
            case "terraform":
                _strip_terraform(found, block)
                own.blocks.append(block)
            case kind if kind in _ARGUMENTS_ONLY | _BY_BODY:
                base = _base(found, block)
                if base is not None:
                    _replace(found, base, _combined(base, block, path))
                elif kind == "provider" and block.attribute("alias") is None:
                    own.blocks.append(block)
    found[path] = own


def _base(found: Mapping[Path, Block], block: Block) -> Block | None:
    key = _key(block)
    return next((each for top in found.values() for each in top.blocks if _key(each) == key), None)


def _key(block: Block) -> tuple[str, ...]:
    alias = block.text("alias") if block.kind == "provider" else ""
    return (block.kind, *block.labels, alias)


def _replace(found: dict[Path, Block], old: Block, new: Block) -> None:
    for path, top in found.items():
        if any(block is old for block in top.blocks):
            found[path] = replace(top, blocks=[new if block is old else block for block in top.blocks])


def _locals(found: dict[Path, Block], block: Block) -> Block:
    """The locals of ``block`` that override others. Those are removed."""
    declared = {each.name for top in found.values() for inner in top.all("locals") for each in inner.attributes}
    names = {attribute.name for attribute in block.attributes} & declared
    for path, top in found.items():
        found[path] = _changed(top, "locals", lambda inner: _without(inner, names))
    return replace(block, attributes=[each for each in block.attributes if each.name in names])


def _strip_terraform(found: dict[Path, Block], block: Block) -> None:
    """Remove the settings that ``block`` sets. Each provider requirement is one setting."""
    providers = {each.name for inner in block.all("required_providers") for each in inner.attributes}
    names = {"required_version"} & {attribute.name for attribute in block.attributes}
    kinds = _STATES if any(inner.kind in _STATES for inner in block.blocks) else frozenset[str]()

    def stripped(base: Block) -> Block:
        kept = _changed(_without(base, names | kinds), "required_providers", lambda each: _without(each, providers))
        return replace(kept, blocks=[inner for inner in kept.blocks if inner.kind not in kinds])

    for path, top in found.items():
        found[path] = _changed(top, "terraform", stripped)


def _changed(block: Block, kind: str, change: Callable[[Block], Block]) -> Block:
    return replace(block, blocks=[change(inner) if inner.kind == kind else inner for inner in block.blocks])


def _without(block: Block, names: set[str] | frozenset[str]) -> Block:
    return replace(block, attributes=[each for each in block.attributes if each.name not in names])


def _combined(base: Block, override: Block, path: Path) -> Block:
    """``base`` with the arguments of ``override``, and with its nested blocks in place of all of their type."""
    blocks = [] if base.kind in _ARGUMENTS_ONLY else [each for each in override.blocks if each.kind != _LIFECYCLE]
    given = [each for each in override.attributes if each.name != _LIFECYCLE]
    replaced = {*map(_type, blocks), *(attribute.name for attribute in given)}
    kept = [block for block in base.blocks if _type(block) not in replaced]
    settings = [] if base.kind in _ARGUMENTS_ONLY else [each for each in override.blocks if each.kind == _LIFECYCLE]
    for lifecycle in settings:
        kept = _with_lifecycle(kept, lifecycle, path)
    plain = _without(base, replaced)
    return replace(
        plain,
        attributes=[*plain.attributes, *(replace(each, origin=path) for each in given)],
        blocks=[*kept, *(replace(block, origin=path) for block in blocks)],
    )


def _with_lifecycle(blocks: Sequence[Block], lifecycle: Block, path: Path) -> list[Block]:
    """``blocks`` with the settings of ``lifecycle``. Its conditions are not taken over."""
    given = [replace(each, origin=path) for each in lifecycle.attributes if each.name in _SETTINGS]
    base = next((block for block in blocks if block.kind == _LIFECYCLE), None)
    if base is None:
        return [*blocks, replace(lifecycle, attributes=given, blocks=[], origin=path)]
    kept = _without(base, {attribute.name for attribute in given})
    new = replace(kept, attributes=[*kept.attributes, *given])
    return [new if block is base else block for block in blocks]


def _type(block: Block) -> str:
    """The type of the blocks that a nested block is or generates."""
    return block.labels[0] if block.kind == "dynamic" and block.labels else block.kind
