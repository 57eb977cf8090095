"""Converts the failed checks of all roots to findings: each once, at the place to fix.

A block of a called module is evaluated in the module's own root and in every caller's root. If it already fails in the
module's own root, the callers' failures are the same finding, whatever their index, and are dropped. A check that only
fails through a caller is a finding of that caller, at the ``module`` block that sets the values. The same holds for
the plan of a case, which sets values as a caller does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from modproof.compliance.roots import ModuleBlock, Root
from modproof.compliance.rules import Rule, RuleBook
from modproof.compliance.scanners.protocol import CODE, RawFinding
from modproof.core.results import Finding, Place
from modproof.hcl.block_index import BlockIndex
from modproof.hcl.reader import Block

__all__ = ["Located", "merge_findings"]

_KEY = r'\["(?:[^"\\]|\\.)*"\]|\[[^\]"]*\]'
_CHAIN = re.compile(rf"(?:module\.[^.\[]+(?:{_KEY})?(?:\.|\Z))*")
_INDEX = re.compile(rf"(?:{_KEY})\Z")


_Key = tuple[str, str, str, str, int]
"""Rule, folder of the root, file, block and line."""
_Identity = tuple[str, str, Place]
"""Rule, address and place."""


@dataclass(frozen=True, slots=True)
class Located:
    """A finding and the block that fails, with the line. For a caller's finding, they are not the place to fix."""

    finding: Finding
    file: str
    block: Block | None
    line: int

    @property
    def subject(self) -> tuple[str, str, str, int]:
        """The rule and the block, or the line outside a block."""
        address, line = (self.block.address, self.block.line) if self.block else ("", self.line)
        return self.finding.rule, self.file, address, line


@dataclass(frozen=True, slots=True)
class _Seen:
    raw: RawFinding
    root: Root
    block: Block | None
    call: ModuleBlock | None

    def key(self, folder: str) -> _Key:
        """The key that equal failures share in the root ``folder``."""
        address, line = (self.block.address, self.block.line) if self.block else ("", self.raw.line)
        return self.raw.rule, folder, self.raw.file, address, line


def merge_findings(
    scanner: str, book: RuleBook, found: Sequence[tuple[Root, Sequence[RawFinding]]], blocks: BlockIndex
) -> list[Located]:
    """The findings of one scanner from its failed checks in all roots, sorted by file and line."""
    roots = {root.folder: root for root, _ in found}
    seen = [_see(root, raw, blocks) for root, raws in found for raw in raws]
    known = {item.key(item.root.folder) for item in seen if item.raw.seen_in == CODE}
    kept: dict[_Identity, Located] = {}
    own: dict[_Identity, _Key] = {}
    scans: dict[_Key, set[str]] = {}
    for item in sorted(seen, key=lambda one: one.raw.seen_in):  # code first
        key = item.key(item.root.folder)
        alone = key if item.call is None else item.key(item.call.folder)
        if alone in known and (item.call is not None or item.raw.seen_in != CODE):
            scans.setdefault(alone, set()).add(item.raw.seen_in)
            continue
        scans.setdefault(key, set()).add(item.raw.seen_in)
        located = _located(scanner, book, item, roots)
        address, place = located.finding.address, located.finding.place
        kept.setdefault((item.raw.rule, address, place), located)
        own.setdefault((item.raw.rule, address, place), key)
    found_in = (replace(one, finding=_seen_in(one.finding, scans[own[identity]])) for identity, one in kept.items())
    return sorted(found_in, key=lambda one: (one.finding.place.path, one.finding.place.line or 0, one.finding.rule))


def _seen_in(finding: Finding, scans: Collection[str]) -> Finding:
    return replace(finding, seen_in=tuple(sorted(scans)))


def _see(root: Root, raw: RawFinding, blocks: BlockIndex) -> _Seen:
    first = re.match(r"module\.([^.\[]+)", raw.resource)
    name = _INDEX.sub("", _CHAIN.sub("", raw.resource, 1))
    return _Seen(raw, root, blocks.at(raw.file, raw.line, name), root.call(first[1]) if first else None)


def _located(scanner: str, book: RuleBook, item: _Seen, roots: Mapping[str, Root]) -> Located:
    rule = book.find(item.raw.rule) or Rule(item.raw.rule, (item.raw.rule,))
    finding = Finding(
        scanner=scanner,
        rule=rule.id,
        title=rule.title,
        address=_address(item, roots),
        place=item.call.place if item.call else Place(item.raw.file, item.raw.line),
        severity=rule.severity,
        guideline=item.raw.guideline or rule.guideline,
    )
    return Located(finding, item.raw.file, item.block, item.raw.line)


def _address(item: _Seen, roots: Mapping[str, Root]) -> str:
    """The Terraform address in the root: modules and index from the scanner, type and name from the block."""
    chain = _CHAIN.match(item.raw.resource)
    prefix = chain[0] if chain else ""
    rest = item.raw.resource[len(prefix) :]
    if item.block is None:
        return item.raw.resource
    if not rest and item.call is not None:  # tfsec reports only the outermost module
        prefix = f"{prefix.removesuffix('.')}." + "".join(f"module.{name}." for name in _calls_to(item, roots))
    index = _INDEX.search(rest)
    return f"{prefix}{item.block.address}{index[0] if index else ''}"


def _calls_to(item: _Seen, roots: Mapping[str, Root]) -> Iterator[str]:
    """The shortest chain of calls from the first called module to the module of the file."""
    assert item.call is not None
    target = PurePosixPath(item.raw.file).parent.as_posix()
    chains: list[tuple[str, tuple[str, ...]]] = [(item.call.folder, ())]
    visited = {item.call.folder}
    for folder, chain in chains:
        if folder == target:
            yield from chain
            return
        for call in roots[folder].calls if folder in roots else ():
            if call.folder not in visited:
                visited.add(call.folder)
                chains.append((call.folder, (*chain, call.name)))
