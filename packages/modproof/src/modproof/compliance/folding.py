"""From what scanners say of each root to findings: each once, at the place where it is mended.

A block of a called module is judged in the module's own root and in every caller's. Where the module alone already
fails, the callers' failures are the same finding and are dropped, whatever index they carry. What fails only through
a caller is that caller's finding: it is shown at the ``module`` block whose values bring it about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from modproof.compliance.roots import ModuleBlock, Root
from modproof.compliance.rules import Rule, RuleBook
from modproof.compliance.scanners.protocol import RawFinding
from modproof.core.results import Finding, Place
from modproof.hcl.block_index import BlockIndex
from modproof.hcl.reader import Block

__all__ = ["Located", "fold"]

_CHAIN = re.compile(r'(?:module\.[^.\[]+(?:\["[^"]*"\]|\[[^\]]*\])?(?:\.|\Z))*')
_INDEX = re.compile(r'\["[^"]*"\]\Z|\[[^\]"]*\]\Z')


@dataclass(frozen=True, slots=True)
class Located:
    """A finding and the block that shows it, which for a caller's finding is not the place to mend."""

    finding: Finding
    file: str
    block: Block | None


@dataclass(frozen=True, slots=True)
class _Seen:
    raw: RawFinding
    root: Root
    block: Block | None
    call: ModuleBlock | None

    def key(self, folder: str) -> tuple[str, str, str, int]:
        """What the same failure has in common in the root ``folder``."""
        return self.raw.rule, folder, self.raw.file, self.block.line if self.block else self.raw.line


def fold(
    scanner: str, book: RuleBook, found: Sequence[tuple[Root, Sequence[RawFinding]]], blocks: BlockIndex
) -> list[Located]:
    """One scanner's failures in all roots as findings, by file and line."""
    roots = {root.folder: root for root, _ in found}
    seen = [_see(root, raw, blocks) for root, raws in found for raw in raws]
    known = {item.key(item.root.folder) for item in seen}
    kept: dict[tuple[str, str, Place], Located] = {}
    for item in seen:
        if item.call is not None and item.key(item.call.folder) in known:
            continue
        located = _located(scanner, book, item, roots)
        kept.setdefault((item.raw.rule, located.finding.address, located.finding.place), located)
    return sorted(
        kept.values(), key=lambda one: (one.finding.place.path, one.finding.place.line or 0, one.finding.rule)
    )


def _see(root: Root, raw: RawFinding, blocks: BlockIndex) -> _Seen:
    first = re.match(r"module\.([^.\[]+)", raw.resource)
    return _Seen(raw, root, blocks.at(raw.file, raw.line), root.call(first[1]) if first else None)


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
    return Located(finding, item.raw.file, item.block)


def _address(item: _Seen, roots: Mapping[str, Root]) -> str:
    """The Terraform address from the root: the scanner's chain of modules and index, the block's own type and name."""
    chain = _CHAIN.match(item.raw.resource)
    prefix = chain[0] if chain else ""
    rest = item.raw.resource[len(prefix) :]
    if item.block is None:
        return item.raw.resource
    if not rest and item.call is not None:  # tfsec names the outermost module only
        prefix = f"{prefix.removesuffix('.')}." + "".join(f"module.{name}." for name in _way(item, roots))
    index = _INDEX.search(rest)
    return f"{prefix}{item.block.address}{index[0] if index else ''}"


def _way(item: _Seen, roots: Mapping[str, Root]) -> Iterator[str]:
    """The calls from the first called module to the one that the file belongs to, by the shortest way known."""
    assert item.call is not None
    target = PurePosixPath(item.raw.file).parent.as_posix()
    ways: list[tuple[str, tuple[str, ...]]] = [(item.call.folder, ())]
    visited = {item.call.folder}
    for folder, way in ways:
        if folder == target:
            yield from way
            return
        for call in roots[folder].calls if folder in roots else ():
            if call.folder not in visited:
                visited.add(call.folder)
                ways.append((call.folder, (*way, call.name)))
