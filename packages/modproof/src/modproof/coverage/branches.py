"""Finds the branches of a module, each with a probe: a Terraform expression for the outcomes of its condition.

A probe uses only the module's variables and locals, so that Terraform evaluates it without a provider. Its value is
``[true, false]`` if one plan has both outcomes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from tree_sitter import Node

from modproof.hcl.conditionals import Enclosing, Loop, Taken, conditionals
from modproof.hcl.expressions import expression, references, spliced
from modproof.hcl.module import Module
from modproof.hcl.reader import Attribute, Block

__all__ = ["Branch", "Branches"]

_RULES = ("validation", "precondition", "postcondition")
_OURS = "modproof_"


@dataclass(frozen=True, slots=True)
class Branch:
    """A conditional, a dynamic block, a ``count`` or a ``for_each``.

    ``kind`` is ``conditional``, ``dynamic``, ``count`` or ``for_each``; ``owner`` is the address of its resource,
    local or output. ``end`` is the last line of a dynamic block, else ``line``. ``probe`` is empty if the condition
    depends on more than variables and locals; ``because`` then lists what. ``blocks`` is the path of the block types
    from the resource to those of a dynamic block, if nothing else generates blocks of that type there.
    """

    kind: str
    owner: str
    text: str
    path: Path
    line: int
    end: int
    probe: str = ""
    because: str = ""
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Each:
    """The repetition of a block: inside, ``name`` has ``key`` and ``value``, or ``index`` if it is ``counted``."""

    name: str
    collection: Node
    counted: bool = False


_Scope = Enclosing | _Each


class Branches:
    """Finds the branches of one module."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._locals = {local.name: local for local in module.locals}
        self._constants = {"path.module": str(module.folder), "path.root": str(module.folder)}

    def find(self) -> list[Branch]:
        """Every branch whose outcome can differ between cases, in the order of the files."""
        found: list[Branch] = []
        for local in self._module.locals:
            found += self._in_attribute(f"local.{local.name}", local.path, local.attribute, ())
        for resource in self._module.resources:
            scopes: tuple[_Scope, ...] = ()
            if resource.repeated is not None:
                found += self._repeated(resource.address, resource.path, resource.repeated)
                scopes = self._scopes(resource.repeated)
            found += self._in_block(resource.address, resource.path, resource.block, scopes, ())
        for output in self._module.outputs:
            if output.value is not None:
                found += self._in_attribute(f"output.{output.name}", output.path, output.value, ())
        return sorted(found, key=lambda branch: (branch.path, branch.line))

    def locals_of(self, probes: Iterable[str]) -> dict[str, str]:
        """The expressions of the locals that ``probes`` depend on, by name."""
        needed: dict[str, str] = {}
        waiting = [root for probe in probes if (root := expression(probe))]
        while waiting:
            for reference in references(waiting.pop()):
                kind, _, name = reference.partition(".")
                local = self._locals.get(name)
                if kind == "local" and local is not None and name not in needed:
                    root = expression(local.attribute.text)
                    assert root is not None  # a probe has only locals that can be parsed
                    needed[name] = spliced(root, self._constants)
                    waiting.append(root)
        return needed

    def _scopes(self, repeated: Attribute) -> tuple[_Scope, ...]:
        root = expression(repeated.text)
        counted = repeated.name == "count"
        return () if root is None else (_Each("count" if counted else "each", root, counted),)

    def _repeated(self, address: str, path: Path, repeated: Attribute) -> Iterator[Branch]:
        """A branch without a probe: the plan shows how many instances a resource has."""
        root = expression(repeated.text)
        if root is not None and self._varies(root, frozenset()):
            line, file = repeated.line, repeated.origin or path
            yield Branch(repeated.name, address, " ".join(repeated.text.split()), file, line, line)

    def _in_block(
        self, owner: str, path: Path, block: Block, scopes: tuple[_Scope, ...], blocks: tuple[str, ...]
    ) -> Iterator[Branch]:
        path = block.origin or path
        kinds = {inner.kind for inner in block.blocks}
        for attribute in block.attributes:
            if attribute.name in kinds:
                continue  # in JSON, an object may be a block or a value
            top = block.kind in ("resource", "data", "module")
            own = () if top and attribute.name in ("count", "for_each") else scopes
            yield from self._in_attribute(owner, path, attribute, own)
        for inner in block.blocks:
            if inner.kind == "dynamic":
                label = inner.labels[0]
                alone = len(list(block.all(label))) == 1
                found = self._dynamic(owner, path, inner, scopes, (*blocks, label))
                yield from found if alone else (replace(branch, blocks=()) for branch in found)
            elif inner.kind not in _RULES:
                yield from self._in_block(owner, path, inner, scopes, (*blocks, inner.kind))

    def _dynamic(
        self, owner: str, path: Path, block: Block, scopes: tuple[_Scope, ...], blocks: tuple[str, ...]
    ) -> Iterator[Branch]:
        path = block.origin or path
        attributes = {attribute.name: attribute for attribute in block.attributes}
        repeated = attributes.get("for_each")
        root = None if repeated is None else expression(repeated.text)
        if repeated is None or root is None:
            return
        for branch in self._branch("dynamic", f"{owner} {blocks[-1]}", path, repeated.line, root, scopes):
            yield replace(branch, end=block.end, blocks=blocks)
        yield from self._in_attribute(owner, path, repeated, scopes)
        iterator = attributes["iterator"].text if "iterator" in attributes else block.labels[0]
        for content in block.all("content"):
            yield from self._in_block(owner, path, content, (*scopes, _Each(iterator, root)), blocks)

    def _in_attribute(
        self, owner: str, path: Path, attribute: Attribute, scopes: tuple[_Scope, ...]
    ) -> Iterator[Branch]:
        root = expression(attribute.text)
        if root is None:
            return
        for found in conditionals(root):
            if found.whole and attribute.name in ("count", "for_each"):
                continue  # the count is already a branch
            line, file = attribute.line + found.line, attribute.origin or path
            around = (*scopes, *found.scopes)
            yield from self._branch("conditional", owner, file, line, found.condition, around)

    def _branch(
        self, kind: str, owner: str, path: Path, line: int, node: Node, scopes: tuple[_Scope, ...]
    ) -> Iterator[Branch]:
        bound = frozenset(name for scope in scopes for name in _names(scope))
        nodes = [node, *(part for scope in scopes for part in _nodes(scope))]
        if not any(self._varies(each, bound) for each in nodes):
            return
        text = " ".join((node.text or b"").decode().split())
        beyond = sorted({name for each in nodes for name in self._beyond(each, bound)})
        if beyond:
            yield Branch(kind, owner, text, path, line, line, because=", ".join(beyond))
        else:
            probe = self._probe(node, scopes, asks_length=kind == "dynamic")
            yield Branch(kind, owner, text, path, line, line, probe)

    def _varies(self, node: Node, bound: frozenset[str]) -> bool:
        """Whether the value can differ between cases."""
        return any(not reference.startswith(("path.", "terraform.")) for reference in self._dependencies(node, bound))

    def _beyond(self, node: Node, bound: frozenset[str]) -> set[str]:
        return {
            name for name in self._dependencies(node, bound) if not name.startswith(("var.", "path.", "terraform."))
        }

    def _dependencies(self, node: Node, bound: frozenset[str]) -> set[str]:
        """What the value depends on, with locals replaced by what they depend on."""
        found: set[str] = set()
        for reference in references(node, bound):
            kind, _, name = reference.partition(".")
            if kind == "local" and name in self._locals:
                found |= self._of_local(name)
            else:
                found.add(reference)
        return found

    def _of_local(self, name: str) -> frozenset[str]:
        if name not in self._of_locals:
            self._of_locals[name] = frozenset()  # Terraform rejects a local that refers to itself
            root = expression(self._locals[name].attribute.text)
            of_local = {f"local.{name}"} if root is None else self._dependencies(root, frozenset())
            self._of_locals[name] = frozenset(of_local)
        return self._of_locals[name]

    @cached_property
    def _of_locals(self) -> dict[str, frozenset[str]]:
        return {}

    def _probe(self, node: Node, scopes: tuple[_Scope, ...], *, asks_length: bool) -> str:
        """The expression puts a line break after each part: a heredoc's end marker must be alone on its line."""
        text = self._written(node)
        answer = f"length({text}) > 0" if asks_length else f"tobool({text})"
        probe = f"[try({answer}, null)]"
        for scope in reversed(scopes):
            if isinstance(scope, Taken):
                sign = "" if scope.value else "!"
                names, collection, guard = f"{_OURS}outcome", "[true]", f" if {sign}({self._written(scope.condition)})"
            elif isinstance(scope, Loop):
                names, collection = ", ".join(scope.names), self._written(scope.collection)
                guard = "" if scope.only_if is None else f" if {self._written(scope.only_if)}"
            else:
                names, guard = scope.name, ""
                written = self._written(scope.collection)
                index, key, value = (f"{_OURS}{part}" for part in ("index", "key", "value"))
                if scope.counted:
                    collection = f"[for {index} in range({written}) : {{ index = {index} }}]"
                else:
                    collection = f"[for {key}, {value} in {written} : {{ key = {key}, value = {value} }}]"
            probe = f"flatten([for {names} in {collection} : {probe}{guard}])"
        return f"try(distinct({probe}), [])"

    def _written(self, node: Node) -> str:
        return f"{spliced(node, self._constants)}\n"


def _names(scope: _Scope) -> tuple[str, ...]:
    if isinstance(scope, Loop):
        return scope.names
    return (scope.name,) if isinstance(scope, _Each) else ()


def _nodes(scope: _Scope) -> list[Node]:
    if isinstance(scope, Taken):
        return [scope.condition]
    guard = [scope.only_if] if isinstance(scope, Loop) and scope.only_if is not None else []
    return [scope.collection, *guard]
