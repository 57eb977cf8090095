"""Wildcards, ARN patterns and policy variables.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

__all__ = ["Context", "arn_matches", "literal", "matches", "resource_matches", "substituted", "value_of"]

Context = Mapping[str, Any]
"""Condition keys in lower case, with a value or a list of values."""

_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_ESCAPED = str.maketrans({"*": "\ufdd0", "?": "\ufdd1"})
"""Characters that Unicode never assigns stand for a `*` and a `?` that are no wildcards."""
_UNESCAPED = str.maketrans({"\ufdd0": "*", "\ufdd1": "?"})
_ARN_PARTS = 6


@lru_cache(maxsize=8192)
def _expression(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(_translated(pattern, ".*", "."), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _translated(pattern: str, many: str, one: str) -> str:
    first, *rest = (_chunk(chunk, one) for chunk in re.split(r"\*+", pattern))
    if not rest:
        return first
    *inner, last = rest
    # the first place of a chunk leaves most to the next ones; without atomic groups, a search takes minutes
    return first + "".join(f"(?>{many}?{chunk})" for chunk in inner) + many + last


def _chunk(text: str, one: str) -> str:
    return one.join(re.escape(literal(part)) for part in text.split("?"))


@lru_cache(maxsize=8192)
def _resource_expression(pattern: str) -> re.Pattern[str]:
    *parts, last = pattern.split(":", _ARN_PARTS - 1)
    missing = _ARN_PARTS - 1 - len(parts)
    translated = [_segment(part) for part in parts]
    translated.append(_segment(last) if missing else _translated(last, ".*", "."))
    return re.compile(":".join(translated) + f"(?:{':.*' * missing})?", re.DOTALL)


def _segment(part: str) -> str:
    end = ".*" if part.endswith("*") else ""
    return _translated(part.removesuffix("*"), "[^:]*", "[^:]") + end


def literal(pattern: str) -> str:
    """The text of a pattern without wildcards."""
    return pattern.translate(_UNESCAPED)


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether `value` matches a pattern with `*` and `?`."""
    if pattern == "*":
        return True
    return _expression(pattern, ignore_case).fullmatch(value) is not None


def resource_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN matches a pattern of the Resource element.

    Of the wildcards in the first five parts, only a `*` at the end of a part matches colons. Missing parts match
    anything: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns.
    """
    return pattern == "*" or _resource_expression(pattern).fullmatch(arn) is not None


def arn_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN matches a pattern of ArnLike, part by part; a pattern with fewer parts matches nothing."""
    if pattern == "*":
        return True
    wanted, found = pattern.split(":", _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    if len(wanted) != _ARN_PARTS or len(found) != _ARN_PARTS:
        return False
    return all(matches(one, other) for one, other in zip(wanted, found, strict=True))


def value_of(context: Context, key: str) -> Any:
    """The value of a condition key, which is case-insensitive; None if the request does not send it."""
    return context.get(key.lower())


def substituted(text: str, context: Context) -> str | None:
    """`text` with its policy variables resolved; None if a variable has no single value and no default."""
    if "${" not in text:
        return text
    missing = False

    def resolve(match: re.Match[str]) -> str:
        nonlocal missing
        if match[1] in ("*", "?", "$"):
            return match[1].translate(_ESCAPED)
        value = value_of(context, match[1])
        if isinstance(value, list | tuple):
            value = value[0] if len(value) == 1 else None
        if value is None:
            value = match[2]
        if value is None:
            missing = True
            return ""
        # a wildcard in a value is a character and not a wildcard
        return str(value).translate(_ESCAPED)

    found = _VARIABLE.sub(resolve, text)
    return None if missing else found
