"""The custom conditions of a module: validations, preconditions, postconditions and check assertions.

Source: https://developer.hashicorp.com/terraform/language/expressions/custom-conditions
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from modproof.hcl.expressions import expression
from modproof.hcl.reader import Block, FolderState, folder_state, read_folder
from modproof.hcl.strings import unescaped, unquoted
from modproof.hcl.templates import template_texts

__all__ = ["Condition", "condition_at", "conditions_of"]

_CERTAIN_LENGTH = 8
"""A piece of a message with this many characters identifies it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """``owner`` is what the condition belongs to: ``var.name``, ``output.name``, ``check.name`` or a resource address.

    ``kind`` is ``validation``, ``precondition``, ``postcondition`` or ``assert``. ``line`` and ``end`` are the first
    and last line of its block; ``message`` is the ``error_message`` expression as written.
    """

    kind: str
    owner: str
    path: Path
    line: int
    end: int
    message: str

    def may_report(self, text: str) -> bool:
        """Whether the error message, whatever its placeholders evaluate to, probably contains ``text``."""
        constant = unquoted(self.message)
        wanted = _folded(text)
        if constant is not None:
            return wanted in _folded(constant)
        root = expression(self.message)
        pieces = [] if root is None else [_folded(unescaped(text) or text) for text in template_texts(root)]
        needed = min(len(wanted), max(_CERTAIN_LENGTH, len(wanted) * 2 // 3))
        return any(_common_length(wanted, piece) >= needed for piece in pieces)


def conditions_of(folders: Sequence[Path]) -> list[Condition]:
    """Every condition of the modules in ``folders``; unreadable files have none."""
    return [condition for folder in folders for condition in _conditions(folder, folder_state(folder))]


def condition_at(path: Path, line: int | None) -> Condition | None:
    """The condition whose block contains ``line`` of ``path``."""
    if line is None:
        return None
    around = (c for c in conditions_of([path.parent]) if c.path.name == path.name and c.line <= line <= c.end)
    return next(around, None)


@lru_cache(maxsize=256)
def _conditions(folder: Path, _state: FolderState) -> tuple[Condition, ...]:
    return tuple(
        Condition(inner.kind, block.address, file.path, inner.line, inner.end, inner.text("error_message"))
        for file in read_folder(folder)
        for block in file.blocks
        for inner in _inside(block)
    )


def _inside(block: Block) -> Iterator[Block]:
    if block.kind == "variable":
        yield from block.all("validation")
    elif block.kind == "check":
        yield from block.all("assert")
    for holder in (block, *block.all("lifecycle")):
        yield from holder.all("precondition")
        yield from holder.all("postcondition")


def _common_length(one: str, other: str) -> int:
    """The length of the longest common substring."""
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.find_longest_match().size


def _folded(text: str) -> str:
    return " ".join(text.split())
