"""The values of string literals."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["unescaped", "unquoted"]

_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|([\\\r\n])')
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def unescaped(text: str, *, quoted: bool = True) -> str | None:
    """The string that the constant text of a template denotes; None if it has an invalid escape sequence.

    Only a ``quoted`` template has backslash escapes; in a heredoc a backslash is an ordinary character. Terraform
    normalizes strings to Unicode's composed form.
    Source: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-literals
    """
    if "$$${" in text or "%%%{" in text:
        return None  # rare, and easily read wrongly
    text = text.replace("$${", "${").replace("%%{", "%{")
    if quoted:
        try:
            text = _ESCAPE.sub(_character, text)
        except (ValueError, OverflowError):
            return None
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _character(match: re.Match[str]) -> str:
    short, *codes, invalid = match.groups()
    if invalid:
        raise ValueError(match[0])
    if short:
        return _ESCAPED.get(short, short)
    code = int(codes[0] or codes[1], 16)
    if 0xD800 <= code < 0xE000:
        raise ValueError(match[0])
    return chr(code)


def unquoted(text: str) -> str | None:
    """The string that a quoted literal denotes; None if ``text`` is not a quoted literal or has interpolations."""
    if not (len(text) > 1 and text[0] == text[-1] == '"'):
        return None
    bare = text.replace("$${", "").replace("%%{", "")
    return None if "${" in bare or "%{" in bare else unescaped(text[1:-1])
