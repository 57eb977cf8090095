"""What a module refuses by itself: validations, pre- and postconditions and checks, each with its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from modproof.hcl import Attribute, Block, read_folder, terraform_state

__all__ = ["Rule", "owner_of", "rule_at", "rules_of"]

_CONDITIONS = ("precondition", "postcondition")
_PLACEHOLDER = re.compile(r"\$\{.*?\}|%\{.*?\}", re.DOTALL)
_CERTAIN_LENGTH = 8
"""A piece of a message that is this long tells it from the others."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``owner`` is what the rule belongs to: ``var.name``, ``output.name``, ``check.name`` or a resource address.

    ``line`` and ``end`` are the first and last line of its block; ``message`` is the expression as it is written.
    """

    kind: str
    owner: str
    path: Path
    line: int
    end: int
    message: str

    def may_say(self, text: str) -> bool:
        """Whether the rule's message, whatever stands in for its placeholders, is likely to contain ``text``."""
        wanted = _folded(text)
        pieces = [_folded(piece) for piece in _PLACEHOLDER.split(self.message.strip('"').replace('\\"', '"'))]
        if len(pieces) == 1:
            return wanted in pieces[0]
        needed = min(len(wanted), max(_CERTAIN_LENGTH, len(wanted) * 2 // 3))
        return any(_common(wanted, piece) >= needed for piece in pieces)


def owner_of(block: Block) -> str:
    """How expressions name what ``block`` declares."""
    if block.kind == "resource":
        return ".".join(block.labels)
    kind = {"variable": "var"}.get(block.kind, block.kind)
    return ".".join((kind, *block.labels))


def rules_of(folders: Sequence[Path]) -> list[Rule]:
    """Every rule of the modules in ``folders``; files that cannot be read have none."""
    return [rule for folder in folders for rule in _rules(folder, terraform_state(folder))]


def rule_at(path: Path, line: int | None) -> Rule | None:
    """The rule that stands around ``line`` of ``path``."""
    if line is None:
        return None
    around = (r for r in rules_of([path.parent]) if r.path.name == path.name and r.line <= line <= r.end)
    return next(around, None)


@lru_cache(maxsize=256)
def _rules(folder: Path, _state: tuple[tuple[str, int, int], ...]) -> tuple[Rule, ...]:
    found: list[Rule] = []
    for path, blocks, _ in read_folder(folder):
        if isinstance(blocks, Block):
            for block in blocks.blocks:
                found += [
                    Rule(inner.kind, owner_of(block), path, inner.line, inner.end, _message(inner.attributes))
                    for inner in _conditions(block)
                ]
    return tuple(found)


def _conditions(block: Block) -> Iterator[Block]:
    if block.kind == "variable":
        yield from block.all("validation")
    elif block.kind == "check":
        yield from block.all("assert")
    for holder in (block, *block.all("lifecycle")):
        for kind in _CONDITIONS:
            yield from holder.all(kind)


def _message(attributes: Sequence[Attribute]) -> str:
    return next((attribute.text for attribute in attributes if attribute.name == "error_message"), "")


def _common(one: str, other: str) -> int:
    """The length of the longest text that both have."""
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.find_longest_match().size


def _folded(text: str) -> str:
    return " ".join(text.split())
