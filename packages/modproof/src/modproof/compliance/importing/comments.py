"""Ignore comments in Terraform files, with the findings that each hides in checkov 3.3.30 or tfsec 1.28.14."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from modproof.compliance.findings import Located
from modproof.compliance.importing.calls import Calls
from modproof.compliance.importing.skips import Covers, Skip, named_rule, nothing
from modproof.compliance.roots import Root
from modproof.compliance.rules import RuleBook
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.hcl.block_index import BlockIndex
from modproof.hcl.reader import Block

__all__ = ["checkov_comments", "tfsec_comments"]

_CHECKOV = re.compile(
    r"(?:checkov|bridgecrew|cortex):skip= *(?P<rules>[A-Za-z_\d-]+(?:,[A-Za-z_\d-]+)*)?(?::(?P<reason>[^\n]*))?"
)
_TFSEC = re.compile(
    r"(?:tfsec|trivy):ignore:(?P<rule>\*|[^\s:\[*]+)(?P<parameters>\[[^\]]*\])?(?P<options>(?::(?:exp|ws):[\w*-]+)*)"
)
_COMMENT = re.compile(r"^\s*(?:#+|//+|/\*+)|\*/\s*$")
_END = re.compile(r"(?:\s[-#/:]+|:+)$")
"""What separates a reason from what follows it. The last slash of an address is not removed."""
_ALONE = re.compile(r"\s*(?:#|//|/\*)")
_MARK = re.compile(r"(?:#+|//+|/\*+)")


def _lines(project: Project, roots: Sequence[Root]) -> Iterator[tuple[str, list[str]]]:
    for path in sorted({path for root in roots for path in root.files}):
        if path.suffix == ".tf":
            yield project.relative(path), path.read_text(encoding="utf-8", errors="replace").splitlines()


def checkov_comments(
    project: Project, roots: Sequence[Root], book: RuleBook, blocks: BlockIndex, today: date
) -> list[Skip]:
    """The comments of checkov. They apply to the block around them, and to the module that it calls."""
    calls = Calls(roots, blocks, today)
    return list(_checkov_comments(project, roots, book, blocks, calls))


def _checkov_comments(
    project: Project, roots: Sequence[Root], book: RuleBook, blocks: BlockIndex, calls: Calls
) -> Iterator[Skip]:
    for path, lines in _lines(project, roots):
        for number, line in enumerate(lines, 1):
            match = _CHECKOV.search(line)
            for name in (match["rules"] or "").split(",") if match else ():
                rules = named_rule("checkov", book, name, names=False)
                covers = _around(path, number, rules.ids, blocks, calls)
                reason = (match["reason"] or "").strip().removesuffix("*/").strip() if match else ""
                yield Skip("checkov", f"checkov:skip={name}", Place(path, number), covers, reason, remark=rules.remark)


def _around(path: str, line: int, ids: frozenset[str], blocks: BlockIndex, calls: Calls) -> Covers:
    def applies(block: Block) -> bool:
        return block.line < line < block.end

    def covers(one: Located) -> bool:
        if one.finding.rule not in ids:
            return False
        return any(map(applies, _blocks_of(one, path, blocks))) or calls.hide(path, applies, one)

    calls.add(path, applies, ids)
    return covers


def _blocks_of(one: Located, path: str, blocks: BlockIndex) -> Iterator[Block]:
    """The blocks in the file ``path`` that a finding belongs to: the failing one, and the call that causes it."""
    if one.file == path and one.block is not None:
        yield one.block
    place = one.finding.place
    if place.path == path and place.path != one.file:
        call = blocks.at(place.path, place.line or 1)
        if call is not None:
            yield call


def tfsec_comments(
    project: Project, roots: Sequence[Root], scanner: str, book: RuleBook, blocks: BlockIndex, today: date
) -> list[Skip]:
    """The comments of ``scanner``, tfsec or Trivy. They apply to their line, or alone on a line, to the next one.

    If that is the first line of a block, they apply to everything in it, and to the module that it calls.
    """
    calls = Calls(roots, blocks, today)
    return [
        _tfsec_comment(Place(path, number), match, lines, scanner, book, blocks, calls)
        for path, lines in _lines(project, roots)
        for number, line in enumerate(lines, 1)
        for match in _TFSEC.finditer(line)
    ]


def _tfsec_comment(
    place: Place,
    match: re.Match[str],
    lines: Sequence[str],
    scanner: str,
    book: RuleBook,
    blocks: BlockIndex,
    calls: Calls,
) -> Skip:
    text, until, remark = match[0], None, ""
    if match["rule"] == "*":
        ids: frozenset[str] | None = None
    else:
        rules = named_rule(scanner, book, match["rule"], names=True)
        ids, remark = rules.ids, rules.remark
    options = dict(re.findall(r":(exp|ws):([\w*-]+)", match["options"]))
    if match["parameters"]:
        remark = f"it applies only to some instances, which {scanner} does not report"
        return Skip(scanner, text, place, nothing, remark=remark)
    if options.get("ws", "default") != "default":
        remark = f"it applies only in the workspace {options['ws']}, and the scan is that of the default workspace"
        return Skip(scanner, text, place, nothing, remark=remark)
    if "exp" in options:
        try:
            until = date.fromisoformat(options["exp"])
        except ValueError:
            remark = f"{options['exp']} is not a date"
    target = _target(place.line or 1, lines)
    covers = _at(scanner, place.path, target, ids, blocks, calls)
    calls.add(place.path, lambda block: block.line == target, ids, until)
    return Skip(scanner, text, place, covers, _reason(place.line or 1, lines), until, remark)


def _target(number: int, lines: Sequence[str]) -> int:
    """The line that a comment on the line ``number`` is about."""
    while number <= len(lines) and _ALONE.match(lines[number - 1]) and _TFSEC.search(lines[number - 1]):
        number += 1
    return number


def _at(scanner: str, path: str, target: int, ids: frozenset[str] | None, blocks: BlockIndex, calls: Calls) -> Covers:
    def covers(one: Located) -> bool:
        if one.finding.scanner != scanner or (ids is not None and one.finding.rule not in ids):
            return False
        if one.file == path and one.line == target:
            return True
        for block in _blocks_of(one, path, blocks):
            inside = (block, *_nested(block)) if one.file == path else (block,)
            if any(each.line == target and (one.file != path or each.line <= one.line <= each.end) for each in inside):
                return True
        return calls.hide(path, lambda block: block.line == target, one)

    return covers


def _nested(block: Block) -> Iterator[Block]:
    for inner in block.blocks:
        yield inner
        yield from _nested(inner)


def _reason(number: int, lines: Sequence[str]) -> str:
    """What is written next to the comment's ignores, else in the comment above them, up to a line without a word."""
    line = lines[number - 1]
    mark = _MARK.search(line)
    text = _plain(line[mark.start() :] if mark else line)
    if text:
        return text
    above: list[str] = []
    for before in reversed(lines[: number - 1]):
        if not _ALONE.match(before):
            break
        text = _plain(before)
        ignores = _TFSEC.search(before) or _CHECKOV.search(before)
        if ignores and not above and not text:
            continue
        if ignores or not text:
            break
        above.insert(0, text)
    return " ".join(above)


def _plain(comment: str) -> str:
    text = _CHECKOV.sub("", _TFSEC.sub("", comment))
    words = " ".join(_COMMENT.sub("", text.strip()).split()).lstrip("-#/: ")
    return _END.sub("", words)
