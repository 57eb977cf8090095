"""Wildcards, ARN patterns and policy variables.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

__all__ = ["Context", "arn_matches", "literal", "matches", "substituted", "value_of"]

Context = Mapping[str, Any]
"""Condition keys in lower case, with a value or a list of values."""

_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_ESCAPED = str.maketrans({"*": "\ufdd0", "?": "\ufdd1"})
"""Characters that Unicode never assigns stand for a `*` and a `?` that are no wildcards."""
_UNESCAPED = str.maketrans({"\ufdd0": "*", "\ufdd1": "?"})
_ARN_PARTS = 6


@lru_cache(maxsize=8192)
def _expression(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    parts = [wild.get(part) or re.escape(literal(part)) for part in re.split(r"([*?])", pattern)]
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def literal(pattern: str) -> str:
    """The text of a pattern without wildcards."""
    return pattern.translate(_UNESCAPED)


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether `value` matches a pattern with `*` and `?`."""
    if pattern == "*":
        return True
    return _expression(pattern, ignore_case).fullmatch(value) is not None


def arn_matches(pattern: str, arn: str, *, complete: bool = False) -> bool:
    """Whether an ARN matches a pattern, part by part: a wildcard does not match across the first five colons.

    A pattern with fewer parts matches nothing, or with `complete`, as in the Resource element, any missing parts.
    """
    if pattern == "*":
        return True
    wanted, found = pattern.split(":", _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    if complete:
        wanted += ["*"] * (_ARN_PARTS - len(wanted))
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
