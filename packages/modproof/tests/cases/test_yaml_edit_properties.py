"""Whatever the style of a text: an edit changes the value at its pointer, and no other byte."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from modproof.cases import yaml_edit
from modproof.cases.yaml_edit import REMOVE, edit

Pointer = tuple[str | int, ...]

_WORDS = st.sampled_from(["a", "b c", "x: y", "# no", "é", "\U0001f600", "<unknown>", "'", '"', "-", "[", "10", ""])
_LINES = st.lists(st.sampled_from(["one", "two # no comment", "  deeper", "", "é: {", "- x"]), min_size=1, max_size=4)
_KEYS = st.lists(
    st.sampled_from(["k", "k2", "a.b", '"q"', "'s t'", '"é: x"', "aws_x.this[0]"]), unique=True, min_size=1, max_size=3
)


@st.composite
def scalars(draw: st.DrawFn, indent: int) -> str:
    """A scalar after ``key:`` or ``-`` in any block style, with a comment where one is allowed."""
    style = draw(st.sampled_from(["plain", "plain lines", "single", "double", "block", "empty", "number"]))
    comment = draw(st.sampled_from(["", "", "  # kept"]))
    pad = " " * indent
    if style == "block":
        lines = draw(_LINES)
        assume(lines[0].strip() and not lines[0].startswith(" "))
        mark = draw(st.sampled_from("|>")) + draw(st.sampled_from(["", "-", "+", "2", "2-", "+2"]))
        deep = pad if indent >= 2 else "  "
        return f" {mark}{comment}\n" + "\n".join(f"{deep}{line}" if line else "" for line in lines)
    texts = {
        "plain": " text" + comment,
        "plain lines": f" first\n{pad}  second" + comment,
        "single": f" 'it''s: {{\n\n{pad}  # x'" + comment,
        "double": f' "a\\n{{\n{pad}  b"' + comment,
        "empty": comment,
        "number": " " + draw(st.sampled_from(["1", "-2.5", "true", "null", "~"])) + comment,
    }
    return texts[style]


@st.composite
def flows(draw: st.DrawFn, depth: int = 2) -> str:
    """A flow collection or a scalar in one."""
    kind = draw(st.sampled_from(["scalar", "mapping", "list"])) if depth else "scalar"
    if kind == "scalar":
        return draw(st.sampled_from(["a", "'b, c'", '"d"', "1", "e f", "<unknown>", "true", "[]", "{}"]))
    gap = draw(st.sampled_from([" ", "", "\n            ", "  # kept\n            "]))
    parts = draw(st.lists(flows(depth - 1), max_size=3))
    if kind == "list":
        return "[" + f",{gap}".join(parts) + draw(st.sampled_from(["", " ", ","] if parts else [""])) + "]"
    keys = ["k", '"q"', "a.b"]
    return "{" + f",{gap}".join(f"{key}: {part}" for key, part in zip(keys, parts, strict=False)) + "}"


@st.composite
def blocks(draw: st.DrawFn, indent: int = 0, depth: int = 3) -> str:
    """The lines of a block mapping or list."""
    pad = " " * indent
    step = draw(st.sampled_from([1, 2, 4]))
    rows: list[str] = []
    listed = indent > 0 and draw(st.booleans())
    for key in draw(_KEYS):
        rows += draw(st.sampled_from([[], [], ["# kept"], [f"{pad}# kept"], [""], ["", f"{pad}  # kept", ""]]))
        kind = draw(st.sampled_from(["scalar", "flow", "block"])) if depth else "scalar"
        start = f"{pad}-" if listed else f"{pad}{key}:"
        if kind == "flow":
            rows.append(f"{start} {draw(flows())}{draw(st.sampled_from(['', '  # kept']))}")
        elif kind == "block":
            inner = draw(blocks(indent + (2 if listed else step), depth - 1))
            if listed and inner.startswith(" ") and draw(st.booleans()):
                rows.append(f"{start} {inner.lstrip(' ')}")
            else:
                rows.append(f"{start}{draw(st.sampled_from(['', '  # kept']))}\n{inner}")
        else:
            rows.append(start + draw(scalars(indent + step)))
    return "\n".join(rows)


@st.composite
def documents(draw: st.DrawFn) -> str:
    text = draw(blocks())
    if draw(st.booleans()):
        text = f"anchored: &it {{x: 1}}\nalias: *it\n{text}"
    text = draw(st.sampled_from(["", "# head\n", "---\n"])) + text + draw(st.sampled_from(["", "\n", "\n\n# end\n"]))
    text = draw(st.sampled_from(["", "", "\ufeff"])) + text
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def pointers(data: Any, pointer: Pointer = ()) -> Iterator[Pointer]:
    if pointer:
        yield pointer
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from pointers(value, (*pointer, key))


def parsed(text: str) -> Any:
    """The data without aliases, to which any edit can be applied."""
    return json.loads(json.dumps(yaml.safe_load(text)))


def holder(data: Any, pointer: Pointer) -> Any:
    for part in pointer[:-1]:
        data = data[part]
    return data


def removed(data: Any, pointer: Pointer) -> Pointer:
    """What is removed with ``pointer``: the outermost part that has nothing else."""
    while len(pointer) > 1 and len(holder(data, pointer)) == 1:
        pointer = pointer[:-1]
    return pointer


_VALUES = st.sampled_from(
    ["new", "<unknown>", "a, b", "x: y # z", "1e3", "yes", "two\nlines\n", "", 5, -1.5, True, None, [], {},
     ["a, b", {"c": 1}], {"a": ["x", None], "b": {"c": "d"}}, "é\U0001f600", "'", " "]
)  # fmt: skip


def kept_comments(text: str) -> int:
    return text.count("# kept") + text.count("# head") + text.count("# end")


def without_gaps(text: str) -> str:
    return re.sub(r"[\s,]", "", text)


def in_flow(text: str, pointer: Pointer) -> bool:
    node = yaml.compose(text, yaml_edit._Loader)
    for part in pointer[:-1]:
        keys = {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else node.value
        node = keys[part]
    return bool(node.flow_style)


def unchanged_around(text: str, edited: str, pointer: Pointer, as_compared: Callable[[str], str]) -> None:
    """The lines before and after the value at ``pointer`` are the same.

    With a part of a flow collection, the comma and white space around it are removed.
    """
    node = yaml.compose(text, yaml_edit._Loader)
    first, last = 0, 0
    for part in pointer:
        if isinstance(node, yaml.MappingNode):
            key, node = next((key, value) for key, value in node.value if key.value == part)
        else:
            key = node = node.value[part]
        first = key.start_mark.line
        collection = isinstance(node, yaml.CollectionNode)
        after_line = not node.flow_style if collection else node.style in ("|", ">")
        last = node.end_mark.line + (0 if after_line else 1)
        if node.end_mark.index == len(text):
            last += 1
    lines = text.splitlines(keepends=True)
    assert as_compared(edited).startswith(as_compared("".join(lines[:first])))
    assert as_compared(edited).endswith(as_compared("".join(lines[last:])))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_an_edit_has_exactly_its_effect_or_is_refused(draw: st.DataObject) -> None:
    text = draw.draw(documents())
    try:
        data = parsed(text)
    except yaml.YAMLError:
        assume(False)
    assume(isinstance(data, dict) and data)
    pointer = draw.draw(st.sampled_from(list(pointers(data))))
    kind = draw.draw(st.sampled_from(["replace", "remove", "add"]))
    value = REMOVE if kind == "remove" else draw.draw(_VALUES)
    expected = copy.deepcopy(data)
    changed = removed(data, pointer) if kind == "remove" else pointer
    if kind == "add":
        target = holder(expected, (*pointer, "added"))
        assume(isinstance(target, dict))
        target["added"] = value
        pointer = (*pointer, "added")
    elif kind == "replace":
        holder(expected, pointer)[pointer[-1]] = value
    else:
        del holder(expected, changed)[changed[-1]]
    try:
        edited = edit(text, {pointer: value})
    except ValueError as error:
        event(str(error)[:60])
        assert "&" in text or kind == "remove", error
        return
    event("edited")
    assert parsed(edited) == expected
    unchanged_around(text, edited, changed, without_gaps if kind == "remove" and in_flow(text, changed) else str)
    assert edited.count("\r") == (edited.count("\n") if "\r\n" in text else 0)
    if kind == "add":
        assert kept_comments(edited) == kept_comments(text)
