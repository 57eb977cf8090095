"""The parts of string templates: constant text, interpolations and directives."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from tree_sitter import Node

from modproof.hcl.strings import unescaped
from modproof.hcl.tree import text_of, walk

__all__ = ["UnreadableTemplate", "module_paths", "template_parts", "template_texts"]

_TEMPLATES = frozenset({"quoted_template", "heredoc_template"})
_SEQUENCES = frozenset(
    {
        "template_interpolation", "template_if_intro", "template_else_intro", "template_if_end",
        "template_for_start", "template_for_end",
    }
)  # fmt: skip
_SPACE = " \t\n\v\f\r\x85\xa0"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class UnreadableTemplate(ValueError):
    """Terraform rejects the template, or it has a rare form that is not supported."""


def template_texts(root: Node) -> Iterator[str]:
    """The constant parts of the templates in an expression, as written between their interpolations."""
    for node in walk(root):
        if node.type in _TEMPLATES:
            content, sequences = _content(node), _sequences(node)
            yield from (text for text, _ in _split(node, content, sequences))


def module_paths(root: Node) -> Iterator[str]:
    """The constant text that follows each ``${path.module}`` in the templates of an expression."""
    for node in walk(root):
        if node.type in _TEMPLATES:
            pieces = _split(node, _content(node), _sequences(node))
            for (_, sequence), (after, _) in itertools.pairwise(pieces):
                if sequence is not None and "".join(text_of(sequence).split()).strip("~${}") == "path.module":
                    yield after


def template_parts(template: Node) -> list[str | Node]:
    """Constant text and the ``${ … }`` and ``%{ … }`` of a template in order, also of nested directives.

    Escape sequences are replaced and white space is trimmed for ``~`` and ``<<-``. Raises UnreadableTemplate for text
    that Terraform rejects and for a few rare forms.
    Source: https://github.com/hashicorp/hcl/blob/main/hclsyntax/parser_template.go
    """
    quoted = template.type == "quoted_template"
    found: list[str | Node] = []
    trim_next = False
    for text, sequence in _split(template, _content(template), _sequences(template)):
        texts = [_unescaped(part, quoted=quoted) for part in ([text] if quoted else _LINE.findall(text)) if part]
        if texts and trim_next:
            texts[0] = texts[0].lstrip(_SPACE)
        if sequence is not None and text.endswith(("$", "%")):
            raise UnreadableTemplate(text)  # together with the brace, this may be an escape sequence
        trim_last = sequence is not None and _has_marker(sequence, 1, 0)
        if texts and trim_last:
            texts[-1] = _trimmed_end(texts[-1])
        found += texts
        if sequence is not None:
            found.append(sequence)
            trim_next = _has_marker(sequence, -2, -1)
    return _without_indentation(found) if text_of(template).startswith("<<-") else found


def _trimmed_end(text: str) -> str:
    trimmed = text.rstrip(_SPACE)
    if trimmed != text and ("$" in text or "%" in text):
        raise UnreadableTemplate(text)  # Terraform splits the text there, and trims only the last part
    return trimmed


def _content(template: Node) -> tuple[int, int]:
    """The first and last byte between the quotes, or between the lines of a heredoc's markers."""
    if template.type == "quoted_template":
        return template.start_byte + 1, template.end_byte - 1
    text = template.text or b""
    return template.start_byte + text.index(b"\n") + 1, template.start_byte + text.rindex(b"\n") + 1


def _sequences(template: Node) -> list[Node]:
    """The ``${ … }`` and ``%{ … }`` of a template, not those of templates in them."""
    found: list[Node] = []
    waiting = list(template.named_children)
    while waiting:
        node = waiting.pop(0)
        if node.type in _SEQUENCES:
            found.append(node)
        elif node.type.startswith("template_"):
            waiting = [*node.named_children, *waiting]
    return found


def _split(template: Node, content: tuple[int, int], sequences: list[Node]) -> list[tuple[str, Node | None]]:
    """The text before each sequence with the sequence, and the text after the last with None.

    The grammar drops white space next to sequences, so that only the positions of its nodes are used.
    """
    text, offset = template.text or b"", template.start_byte
    position, end = content
    pieces: list[tuple[str, Node | None]] = []
    for sequence in sequences:
        pieces.append((text[position - offset : sequence.start_byte - offset].decode(), sequence))
        position = sequence.end_byte
    return [*pieces, (text[position - offset : end - offset].decode(), None)]


def _unescaped(text: str, *, quoted: bool) -> str:
    value = unescaped(text, quoted=quoted)
    if value is None:
        raise UnreadableTemplate(text)
    return value


def _has_marker(sequence: Node, index: int, bracket: int) -> bool:
    """Whether a sequence has a ``~`` at its start or end. Raises UnreadableTemplate if blanks separate it."""
    marker, outer = sequence.children[index], sequence.children[bracket]
    if marker.type != "strip_marker":
        return False
    if marker.end_byte != outer.start_byte and marker.start_byte != outer.end_byte:
        raise UnreadableTemplate(text_of(sequence))
    return True


def _without_indentation(found: list[str | Node]) -> list[str | Node]:
    """The parts of a ``<<-`` heredoc without the blanks that all lines start with; blank lines do not count."""
    starts = [index for index, part in enumerate(found) if index == 0 or _ends_line(found[index - 1])]
    indented: list[int] = []
    smallest: int | None = None
    for index in starts:
        part = found[index]
        if not isinstance(part, str):
            width = 0
        elif part.strip(_SPACE) or not part.endswith("\n"):
            width = len(part) - len(part.lstrip(_SPACE))
            indented.append(index)
        else:
            continue
        smallest = width if smallest is None else min(smallest, width)
    for index in indented:
        line = found[index]
        assert isinstance(line, str)
        found[index] = line[smallest:]
    return found


def _ends_line(part: str | Node) -> bool:
    return isinstance(part, str) and part.endswith("\n")
