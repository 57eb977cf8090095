"""The data sources that the answers of a case are for: found in the files of its module, without Terraform."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modproof.cases.model import Case
from modproof.cases.planned import CaseError
from modproof.hcl.closure import local_source
from modproof.hcl.reader import TerraformFile, module_blocks, read_folder
from modproof.terraform.addresses import Address

__all__ = ["AnsweredBlock", "answer_faults", "answered_blocks", "data_sources"]

_LISTED = 8
_SEED = "use `seed:` instead"


@dataclass(slots=True)
class AnsweredBlock:
    """A data block with answers. ``address`` is relative to its module in ``folder``.

    ``repeated`` is count, for_each or empty. ``whole`` are the answers of every instance, ``by_key`` those of one
    instance by its key. ``prefixes`` lead from the case's module to the folder: ``module.vpc.``, or empty for the
    module itself.
    """

    folder: Path
    address: str
    repeated: str
    prefixes: tuple[str, ...]
    whole: Mapping[str, Any] = field(default_factory=dict)
    by_key: dict[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Called:
    """A module below a case's module. ``folder`` is None for one that is fetched from ``source``."""

    prefix: str
    folder: Path | None
    source: str = ""


def data_sources(folder: Path) -> dict[str, Path]:
    """The folder of each data source of the module in ``folder`` and of the local modules that it calls, by address."""
    return {
        f"{called.prefix}{block.address}": called.folder
        for called in _modules(folder)
        if called.folder is not None
        for block in module_blocks(called.folder, "data")
    }


def answered_blocks(case: Case) -> list[AnsweredBlock]:
    """The data blocks that the case answers, one per block. Only for a case without :func:`answer_faults`."""
    modules = {called.prefix: called.folder for called in _modules(case.folder)}
    found: dict[tuple[Path, str], AnsweredBlock] = {}
    for text, answer in case.answers.items():
        prefix, address = _divided(text)
        folder = modules[prefix]
        assert folder is not None
        name = _without_key(address)
        leading = tuple(each for each, other in modules.items() if other == folder)
        block = found.setdefault((folder, name), AnsweredBlock(folder, name, _repeated(folder, name), leading))
        if address.key is None:
            block.whole = answer
        else:
            block.by_key[address.key] = answer
    return list(found.values())


def answer_faults(case: Case) -> Iterator[CaseError]:
    """Why the answers of a case do not fit its module, each with its place."""
    modules = {called.prefix: called for called in _modules(case.folder)}
    sound = True
    for text in case.answers:
        fault = _fault(case, text, modules)
        if fault is not None:
            sound = False
            yield _error(case, text, fault)
    if sound:
        yield from _conflicts(case, modules)


def _error(case: Case, address: str, text: str) -> CaseError:
    return CaseError("load", text, place=case.place_of_default("answers", address), usage=True)


def _fault(case: Case, text: str, modules: Mapping[str, _Called]) -> str | None:
    prefix, address = _divided(text)
    if address.mode != "data" or not address.name:
        return f"the answer {text!r} is not the address of a data source: write data.TYPE.NAME"
    if any(step.key is not None for step in address.modules):
        return f"the answer {text!r} is for one instance of a module: leave out the key of the module"
    called = modules.get(prefix)
    if called is None:
        outer = next(
            (each for each in modules.values() if each.folder is None and prefix.startswith(each.prefix)), None
        )
        if outer is None:
            return f"the module '{case.module}' has no {prefix[:-1]}; {_known(text, case)}"
        called = outer
    if called.folder is None:
        return f"{called.prefix[:-1]} is fetched from {called.source}, and only local modules take answers: {_SEED}"
    return _block_fault(called.folder, address, text, case)


def _block_fault(folder: Path, address: Address, text: str, case: Case) -> str | None:
    name = _without_key(address)
    for file in read_folder(folder):
        is_json = file.path.name.endswith(".json")
        if is_json and re.search(rf"{re.escape(name)}(?![\w-])", _dotted(file)):
            shown = os.path.relpath(file.path, case.root)
            return f"{shown} reads {name} in JSON syntax, which answers do not support: {_SEED}"
    declared = {block.address for block in module_blocks(folder, "data")}
    if name not in declared:
        inside = {inner.address for check in module_blocks(folder, "check") for inner in check.all("data")}
        if name in inside:
            return f"{text} is a data source of a check block, which takes no answers: {_SEED}"
        return f"the module '{case.module}' has no {_whole(text, address)}; {_known(text, case)}"
    if address.key is not None and not _repeated(folder, name):
        return f"{text} has a key, but the data source has neither count nor for_each: leave the key out"
    return None


def _dotted(file: TerraformFile) -> str:
    """The text of a JSON file, with the addresses of its data blocks."""
    return " ".join([file.text, *(block.address for block in file.blocks if block.kind == "data")])


def _known(text: str, case: Case) -> str:
    known = list(data_sources(case.folder))
    close = difflib.get_close_matches(text, known, 1, 0.8)
    if close:
        return f"did you mean {close[0]}?"
    listed = ", ".join(sorted(known)[:_LISTED]) + (" …" if len(known) > _LISTED else "")
    return f"its data sources: {listed or 'none'}"


def _conflicts(case: Case, modules: Mapping[str, _Called]) -> Iterator[CaseError]:
    """A module that is called several times is one copy: all calls need the same answers."""
    given: dict[str, dict[str, Any]] = {prefix: {} for prefix in modules}
    first: dict[str, str] = {}
    for text, answer in case.answers.items():
        prefix, address = _divided(text)
        given[prefix][f"{_without_key(address)}[{address.key}]"] = answer
        first.setdefault(prefix, text)
    for prefix, text in first.items():
        for other in modules.values():
            if other.folder == modules[prefix].folder and given[other.prefix] != given[prefix]:
                both = " and ".join(name.removesuffix(".") or "the module" for name in (prefix, other.prefix))
                yield _error(case, text, f"{both} are calls of one module, so that they need the same answers")
                break


def _modules(folder: Path, prefix: str = "", chain: tuple[Path, ...] = ()) -> Iterator[_Called]:
    """The module in ``folder``, and every module that it calls, once for each path of calls."""
    folder = folder.resolve()
    if folder in chain or not folder.is_dir():
        return
    yield _Called(prefix, folder)
    for block in module_blocks(folder, "module"):
        inner = f"{prefix}module.{''.join(block.labels)}."
        source = local_source(block)
        if source is None:
            yield _Called(inner, None, block.literal("source") or block.text("source"))
        else:
            yield from _modules(folder / source, inner, (*chain, folder))


def _divided(text: str) -> tuple[str, Address]:
    """The modules of an address as a prefix, without keys, and the whole address."""
    address = Address.parse(text)
    return "".join(f"module.{step.name}." for step in address.modules), address


def _without_key(address: Address) -> str:
    return f"data.{address.type}.{address.name}"


def _whole(text: str, address: Address) -> str:
    return text if address.key is None else text[: text.rindex("[")]


def _repeated(folder: Path, name: str) -> str:
    blocks = [block for block in module_blocks(folder, "data") if block.address == name]
    return next((kind for kind in ("count", "for_each") for block in blocks if block.attribute(kind)), "")
