"""Evaluates the syntax tree of an expression; what it does not know how to, or cannot know, is UNKNOWN."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tree_sitter import Node

from modproof.hcl.evaluation.functions import apply
from modproof.hcl.evaluation.values import MaybeSet, as_set, is_number, shown
from modproof.hcl.expressions import call_arguments, called, text_of, unwrapped
from modproof.hcl.types import UNKNOWN, NotConstant, constant, string

__all__ = ["Resolve", "evaluate"]

Resolve = Callable[[list[str]], tuple[Any, int]]
"""Gives the value of a reference, by its names, and how many of the names it took."""
Bound = Mapping[str, Any]

_OF_NUMBERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def evaluate(node: Node, resolve: Resolve, bound: Bound | None = None) -> Any:
    """The value of an expression; parts of a list or a map may be UNKNOWN. ``bound`` are the names of loops."""
    try:
        return _Evaluator(resolve).value(node, bound or {})
    except _Fails:
        return UNKNOWN  # Terraform says what is wrong


class _Fails(Exception):
    """Something is asked of null, which ends an expression unless a ``try`` is around it."""


class _Evaluator:
    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve

    def value(self, node: Node, bound: Bound) -> Any:
        try:
            return self._value(unwrapped(node), bound)
        except NotConstant:
            return UNKNOWN

    def _value(self, node: Node, bound: Bound) -> Any:
        match node.type:
            case "expression":
                return self._traversal(node.named_children, bound)
            case "variable_expr":
                return self._named([text_of(node)], bound)[0]
            case "template_expr":
                return self._template(node, bound)
            case "tuple":
                return [self.value(child, bound) for child in _expressions(node)]
            case "object":
                return self._object(node, bound)
            case "for_expr":
                return self._for(node.named_children[0], bound)
            case "conditional":
                return self._conditional(node, bound)
            case "operation":
                return self._operation(node.named_children[0], bound)
            case "function_call":
                return self._call(node, bound)
        return constant(node)

    def _named(self, names: list[str], bound: Bound) -> tuple[Any, int]:
        return (bound[names[0]], 1) if names[0] in bound else self._resolve(names)

    def _traversal(self, nodes: Sequence[Node], bound: Bound) -> Any:
        """The value of the first node, and of what the others lead to from there."""
        base, *steps = nodes
        if base.type == "variable_expr":
            names = [text_of(base)]
            for step in steps:
                if step.type != "get_attr":
                    break
                names.append(text_of(step).lstrip(". \n\t"))
            value, taken = self._named(names, bound)
            steps = steps[taken - 1 :]
        else:
            value = self.value(base, bound)
        for step in steps:
            if value is UNKNOWN:
                return UNKNOWN
            value = self._step(value, step, bound)
        return value

    def _step(self, value: Any, step: Node, bound: Bound) -> Any:
        if step.type == "splat":
            # of anything but a list it makes one: of the thing itself, or an empty one of null
            elements = value if isinstance(value, list) else [] if value is None else [value]
            return [self._steps(element, step.named_children[0].named_children, bound) for element in elements]
        if value is None:
            raise _Fails
        key: Any = UNKNOWN
        if step.type == "get_attr":
            key = text_of(step).lstrip(". \n\t")
        elif step.type == "index" and step.named_children[0].type == "new_index":
            key = self.value(step.named_children[0].named_children[0], bound)
        if isinstance(value, list):
            return value[key] if isinstance(key, int) and 0 <= key < len(value) else UNKNOWN
        return value.get(key, UNKNOWN) if isinstance(value, Mapping) and isinstance(key, str) else UNKNOWN

    def _steps(self, value: Any, steps: list[Node], bound: Bound) -> Any:
        for step in steps:
            value = UNKNOWN if value is UNKNOWN else self._step(value, step, bound)
        return value

    def _template(self, node: Node, bound: Bound) -> Any:
        template = node.named_children[0]
        if template.type != "quoted_template":
            return UNKNOWN  # a heredoc: its indentation is Terraform's business
        # the grammar drops blanks beside an interpolation, so that only the places of the parts are used
        text, offset = template.text or b"", template.start_byte
        parts: list[str] = []
        position = 1
        for part in template.named_children:
            if part.type == "template_directive":
                return UNKNOWN
            if part.type == "template_interpolation":
                inner = next(iter(_expressions(part)), None)
                value = UNKNOWN if inner is None else shown(self.value(inner, bound))
                if value is UNKNOWN:
                    return UNKNOWN
                parts += [_plain(text[position : part.start_byte - offset]), value]
                position = part.end_byte - offset
        return "".join([*parts, _plain(text[position:-1])])

    def _object(self, node: Node, bound: Bound) -> Any:
        found: dict[str, Any] = {}
        for element in node.named_children:
            if element.type == "object_elem":
                key, value = _expressions(element)
                name = self._key(key, bound)
                if name is UNKNOWN:
                    return UNKNOWN
                found[name] = self.value(value, bound)
        return found

    def _key(self, node: Node, bound: Bound) -> Any:
        inner = unwrapped(node)
        if inner.type == "variable_expr" and not text_of(node).startswith("("):
            return text_of(inner)  # a bare name is the text, not a reference
        return shown(self.value(node, bound))

    def _for(self, node: Node, bound: Bound) -> Any:
        intro = next(child for child in node.named_children if child.type == "for_intro")
        names = [text_of(child) for child in intro.named_children if child.type == "identifier"]
        collection = self.value(next(iter(_expressions(intro))), bound)
        if not isinstance(collection, list | dict) or any(child.type == "ellipsis" for child in node.named_children):
            return UNKNOWN
        if len(names) > 1 and collection and isinstance(collection, MaybeSet):
            return UNKNOWN  # the keys of a set are its elements, those of a list are numbers
        guard = next((child for child in node.named_children if child.type == "for_cond"), None)
        results: list[Any] = []
        keys: list[Any] = []
        for key, element in _items(collection):
            inside = {**bound, names[-1]: element, **({names[0]: key} if len(names) > 1 else {})}
            passes = True if guard is None else self.value(next(iter(_expressions(guard))), inside)
            if not isinstance(passes, bool):
                return UNKNOWN
            if passes:
                *own, result = (self.value(child, inside) for child in _expressions(node))
                results.append(result)
                keys += [shown(each) for each in own]
        if node.type == "for_tuple_expr":
            return results
        # Terraform refuses a key that is there twice
        certain = UNKNOWN not in keys and len(set(keys)) == len(keys)
        return dict(zip(keys, results, strict=True)) if certain else UNKNOWN

    def _conditional(self, node: Node, bound: Bound) -> Any:
        *chain, otherwise = _branches(node)
        chosen = otherwise
        for condition, result in zip(chain[::2], chain[1::2], strict=True):
            decided = self.value(condition, bound)
            if not isinstance(decided, bool):
                return UNKNOWN
            if decided:
                chosen = result
                break
        others = [self._other(each, bound) for each in (*chain[1::2], otherwise) if each is not chosen]
        return _of_one_type(self.value(chosen, bound), others)

    def _other(self, node: Node, bound: Bound) -> Any:
        try:
            return self.value(node, bound)
        except _Fails:
            return UNKNOWN

    def _operation(self, node: Node, bound: Bound) -> Any:
        # the grammar has the parts of an operand beside each other, with the operator between
        operands: list[list[Node]] = [[]]
        sign = ""
        for child in node.children:
            if child.is_named:
                operands[-1].append(child)
            elif text_of(child) not in ("(", ")"):
                sign = text_of(child)
                operands.append([])
        values = [self._traversal(operand, bound) for operand in operands if operand]
        if len(values) == 1:
            value = values[0]
            if sign == "!" and isinstance(value, bool):
                return not value
            return -value if sign == "-" and isinstance(value, int | float) and not isinstance(value, bool) else UNKNOWN
        if sign in ("&&", "||"):
            decisive = sign == "||"
            if any(value is decisive for value in values):
                return decisive
            return not decisive if all(isinstance(value, bool) for value in values) else UNKNOWN
        if sign in ("==", "!="):
            same = _same(*values)
            return UNKNOWN if same is UNKNOWN else same is (sign == "==")
        numbers = [int(value) for value in values if is_number(value)]
        return _OF_NUMBERS[sign](*numbers) if len(numbers) == 2 and sign in _OF_NUMBERS else UNKNOWN

    def _try(self, arguments: Sequence[Node], bound: Bound) -> Any:
        for argument in arguments:
            try:
                return self.value(argument, bound)
            except _Fails:
                continue
        raise _Fails

    def _call(self, node: Node, bound: Bound) -> Any:
        if called(node) == "try":
            return self._try(call_arguments(node), bound)
        values = [self.value(argument, bound) for argument in call_arguments(node)]
        listed = next((child for child in node.named_children if child.type == "function_arguments"), None)
        if listed is not None and any(child.type == "ellipsis" for child in listed.named_children):
            last = values.pop()
            values += last if isinstance(last, list) else [UNKNOWN]
        return apply(called(node), values)


def _same(one: Any, other: Any) -> Any:
    """Whether Terraform takes both for the same. A list is never the same as a set, and nobody here knows the types."""
    if UNKNOWN in (one, other):
        return UNKNOWN
    if one is None or other is None:
        return one is other
    if not all(isinstance(value, str | bool) or is_number(value) for value in (one, other)):
        return UNKNOWN
    # to Python, true is 1
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _of_one_type(value: Any, others: list[Any]) -> Any:
    """``value`` as the type that it has in common with the other results: a number may be a text, a list a set."""
    if isinstance(value, int | float) and any(isinstance(other, str) for other in others):
        return UNKNOWN
    if type(value) is not list or not any(other is UNKNOWN or isinstance(other, MaybeSet) for other in others):
        return value
    try:
        unordered = as_set(value)
    except TypeError:
        return UNKNOWN
    return unordered if unordered == value else UNKNOWN


def _branches(node: Node) -> list[Node]:
    """Conditions and results of a chain of conditionals in turn, and what holds otherwise.

    The grammar groups a chain from the left, as if ``a ? b : c`` were the condition of what follows.
    """
    condition, *rest = _expressions(node)
    inner = condition.named_children[0]
    return [*(_branches(inner) if inner.type == "conditional" else [condition]), *rest]


def _expressions(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type == "expression"]


def _items(collection: Any) -> Iterator[tuple[Any, Any]]:
    """Keys and elements in the order in which Terraform takes them."""
    if isinstance(collection, dict):
        yield from sorted(collection.items())
    else:
        yield from enumerate(collection)


def _plain(text: bytes) -> str:
    return string(f'"{text.decode()}"')
