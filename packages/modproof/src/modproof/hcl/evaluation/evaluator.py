"""Evaluates the syntax tree of an expression. What it cannot evaluate is UNKNOWN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tree_sitter import Node

from modproof.hcl.evaluation.functions import apply
from modproof.hcl.evaluation.operations import combined, negated
from modproof.hcl.evaluation.rendering import Bound, Rendering
from modproof.hcl.evaluation.values import MaybeSet, in_common, is_whole, shown, without_type
from modproof.hcl.expressions import (
    For,
    attribute_names,
    call_arguments,
    called,
    conditional_chain,
    expands_last,
    for_parts,
    is_name,
    subexpressions,
    text_of,
    unwrapped,
)
from modproof.hcl.templates import UnreadableTemplate, template_parts
from modproof.hcl.types import UNKNOWN, NotConstant, constant

__all__ = ["Resolve", "evaluate"]

Resolve = Callable[[list[str]], tuple[Any, int]]
"""Returns the value of a reference, by its names, and how many of the names it consumed."""


def evaluate(node: Node, resolve: Resolve) -> Any:
    """The value of an expression that Terraform accepts. Parts of a list or a map may be UNKNOWN.

    Most expressions that Terraform rejects are UNKNOWN too, but only parts that matter for the value are checked.
    """
    try:
        return _Evaluator(resolve).value(node, {})
    except (_Fails, RecursionError):
        return UNKNOWN


class _Fails(Exception):
    """The expression is an error for Terraform unless it is inside ``try`` or ``can``."""


class _Uncertain(Exception):
    """A part of an argument of ``try`` or ``can`` is UNKNOWN, so that Terraform may reject it."""


class _Evaluator:
    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._attempts = 0
        """The number of ``try`` and ``can`` around the current expression."""

    def value(self, node: Node, bound: Bound) -> Any:
        try:
            found = self._value(unwrapped(node), bound)
        except (NotConstant, UnreadableTemplate):
            found = UNKNOWN
        if self._attempts and found is UNKNOWN:
            raise _Uncertain
        return found

    def _value(self, node: Node, bound: Bound) -> Any:
        match node.type:
            case "expression":
                return self._traversal(node.named_children, bound)
            case "variable_expr":
                return self._named([text_of(node)], bound)[0]
            case "template_expr":
                return self._template(node.named_children[0], bound)
            case "tuple":
                return [self.value(child, bound) for child in subexpressions(node)]
            case "object":
                return self._object(node, bound)
            case "for_expr":
                return self._for(node, bound)
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
        """The value of the first node followed by attributes, indexes and splats."""
        base, *steps = [node for node in nodes if node.type != "comment"]
        if base.type == "variable_expr":
            value, taken = self._named([text_of(base), *attribute_names(steps)], bound)
            steps = steps[taken - 1 :]
        else:
            value = self.value(base, bound)
        return self._steps(value, steps, bound)

    def _steps(self, value: Any, steps: Sequence[Node], bound: Bound) -> Any:
        for step in steps:
            value = UNKNOWN if value is UNKNOWN else self._step(value, step, bound)
        return value

    def _step(self, value: Any, step: Node, bound: Bound) -> Any:
        if step.type == "splat":
            return self._splat(value, step.named_children[0], bound)
        key = self._step_key(step, bound)
        if value is None:
            raise _Fails
        if key is UNKNOWN or isinstance(value, MaybeSet):
            return UNKNOWN
        if isinstance(value, list):
            return _element(value, key)
        if isinstance(value, Mapping) and isinstance(key, str):
            if key not in value:
                raise _Fails
            return value[key]
        return UNKNOWN

    def _step_key(self, step: Node, bound: Bound) -> Any:
        """The name or index of a step; UNKNOWN for ``.0``, the old form of an index."""
        if step.type == "get_attr":
            return attribute_names([step])[0]
        index = step.named_children[0]
        return shown(self.value(index.named_children[0], bound)) if index.type == "new_index" else UNKNOWN

    def _splat(self, value: Any, splat: Node, bound: Bound) -> Any:
        # a splat of something other than a list makes a list: with the value, or empty for null
        elements = value if isinstance(value, list) else [] if value is None else [value]
        steps = splat.named_children
        if splat.type == "attr_splat":
            # an index after `.*` applies to the list as a whole
            count = len(attribute_names(steps))
            found = [self._steps(element, steps[:count], bound) for element in elements]
            return self._steps(found, steps[count:], bound)
        return [self._steps(element, steps, bound) for element in elements]

    def _template(self, template: Node, bound: Bound) -> Any:
        parts = template_parts(template)
        if len(parts) == 1 and not isinstance(parts[0], str) and subexpressions(parts[0]):
            return self.value(subexpressions(parts[0])[0], bound)  # the value keeps its type
        return Rendering(parts, self.value, self.passes).text(bound)

    def _object(self, node: Node, bound: Bound) -> Any:
        found: dict[str, Any] = {}
        for key, value in _separate_items(node):
            name = text_of(key) if is_name(key) else shown(self.value(key, bound))
            if name is UNKNOWN:
                return UNKNOWN
            found[name] = self.value(value, bound)
        return found

    def passes(self, loop: For, bound: Bound) -> list[Bound] | None:
        """The names for each pass of a loop that its condition lets through; None if that is not certain."""
        collection = self.value(loop.collection, bound)
        if not isinstance(collection, list | dict):
            return None
        if len(loop.names) > 1 and collection and isinstance(collection, MaybeSet):
            return None  # the keys of a set are its elements, those of a list are numbers
        found: list[Bound] = []
        for pair in _items(collection):
            inside = {**bound, **dict(zip(loop.names, pair[-len(loop.names) :], strict=True))}
            wanted = True if loop.only_if is None else self.value(loop.only_if, inside)
            if not isinstance(wanted, bool):
                return None
            if wanted:
                found.append(inside)
        return found

    def _for(self, node: Node, bound: Bound) -> Any:
        loop = for_parts(node)
        passes = self.passes(loop, bound)
        if passes is None:
            return UNKNOWN
        *key, result = loop.results
        results = [self.value(result, inside) for inside in passes]
        if not key:
            return results
        keys = [shown(self.value(key[0], inside)) for inside in passes]
        if UNKNOWN in keys:
            return UNKNOWN
        if loop.grouping:
            grouped: dict[str, list[Any]] = {}
            for name, value in zip(keys, results, strict=True):
                grouped.setdefault(name, []).append(value)
            return grouped
        if len(set(keys)) < len(keys):
            raise _Fails  # Terraform rejects a key that is there twice
        return dict(zip(keys, results, strict=True))

    def _conditional(self, node: Node, bound: Bound) -> Any:
        chain, otherwise = conditional_chain(node)
        chosen = otherwise
        for condition, result in chain:
            decided = self.value(condition, bound)
            if not isinstance(decided, bool):
                return UNKNOWN
            if decided:
                chosen = result
                break
        value = self.value(chosen, bound)
        results = [*(result for _, result in chain), otherwise]
        others = [found for each in results if each is not chosen for found in self._other(each, bound)]
        if self._attempts and not is_whole([*_for_type(chosen, value), *others]):
            return UNKNOWN  # Terraform rejects results without a common type
        try:
            return in_common([value, *others])[0]
        except TypeError:
            return UNKNOWN

    def _other(self, node: Node, bound: Bound) -> list[Any]:
        """The value of a result that is not chosen, for its type. Nothing for a literal null or an error."""
        try:
            return _for_type(node, self.value(node, bound))
        except _Fails:
            return []
        except _Uncertain:
            return [UNKNOWN]

    def _operation(self, node: Node, bound: Bound) -> Any:
        # the grammar puts the parts of both operands next to each other, with the operator between
        operands: list[list[Node]] = [[]]
        sign = ""
        for child in node.children:
            if child.is_named:
                operands[-1].append(child)
            elif text_of(child) not in ("(", ")"):
                sign = text_of(child)
                operands.append([])
        values = [self._traversal(operand, bound) for operand in operands if operand]
        return negated(sign, values[0]) if len(values) == 1 else combined(sign, values)

    def _attempt(self, node: Node, bound: Bound) -> Any:
        """The value of an argument of ``try`` and ``can``: UNKNOWN unless all of it is known. May raise _Fails."""
        self._attempts += 1
        try:
            value = self.value(node, bound)
        except _Uncertain:
            return UNKNOWN
        finally:
            self._attempts -= 1
        return value if is_whole(value) else UNKNOWN

    def _try(self, arguments: Sequence[Node], bound: Bound) -> Any:
        for argument in arguments:
            try:
                return self._attempt(argument, bound)
            except _Fails:
                continue
        raise _Fails

    def _can(self, arguments: Sequence[Node], bound: Bound) -> Any:
        if len(arguments) != 1:
            return UNKNOWN
        try:
            return UNKNOWN if self._attempt(arguments[0], bound) is UNKNOWN else True
        except _Fails:
            return False

    def _call(self, node: Node, bound: Bound) -> Any:
        match called(node):
            case "try":
                return self._try(call_arguments(node), bound)
            case "can":
                return self._can(call_arguments(node), bound)
        values = [self.value(argument, bound) for argument in call_arguments(node)]
        if expands_last(node):
            last = values.pop()
            values += last if isinstance(last, list) else [UNKNOWN]
        return apply(called(node), values)


def _element(values: list[Any], key: str) -> Any:
    """The element of a list at an index, given as text. Raises _Fails if there is none."""
    if not key.removeprefix("-").isdecimal():
        return UNKNOWN
    if not 0 <= int(key) < len(values):
        raise _Fails
    return values[int(key)]


def _for_type(node: Node, value: Any) -> list[Any]:
    """``value`` as far as it shows its type; nothing for a literal null, which has no type."""
    if not _is_literal(node):
        return [without_type(value)]
    return [] if value is None else [value]


def _is_literal(node: Node) -> bool:
    try:
        constant(node)
    except NotConstant:
        return False
    return True


def _separate_items(node: Node) -> Iterator[tuple[Node, Node]]:
    """Keys and values of an object. Raises NotConstant if nothing separates two of them, which Terraform rejects."""
    separated = True
    row = -1
    for child in node.children:
        if child.type == ",":
            separated = True
        elif child.type == "object_elem":
            if not separated and child.start_point.row == row:
                raise NotConstant(text_of(node))
            key, value = subexpressions(child)
            yield key, value
            separated, row = False, child.end_point.row


def _items(collection: list[Any] | dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Keys and elements in Terraform's order."""
    if isinstance(collection, dict):
        yield from sorted(collection.items())
    else:
        yield from enumerate(collection)
