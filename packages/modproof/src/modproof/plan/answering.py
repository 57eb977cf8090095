"""Gives the data sources of a module's copy their answers, and removes the traces of that from a plan.

An answered data block depends on a resource that is always created, so that Terraform defers its read: no call, every
attribute unknown, with the types of the schema. References to it are replaced by a local that has the answers on top.
Each change stays on its line, or is recorded with the line that it belongs to.
Source: https://developer.hashicorp.com/terraform/language/data-sources#data-resource-dependencies
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tree_sitter import Node

from modproof.cases.model import Case
from modproof.cases.planned import CaseError
from modproof.hcl.expressions import located_references
from modproof.hcl.overrides import is_override
from modproof.hcl.reader import terraform_files
from modproof.hcl.rewriting import Edit, rewritten
from modproof.hcl.tree import parse_tree, text_of, walk
from modproof.plan.answer_values import PENDING, Typed, Untyped, typed
from modproof.plan.answered import AnsweredBlock
from modproof.terraform.addresses import Address
from modproof.terraform.schemas import DataAttribute, Schemas

__all__ = ["Answers", "answer_copy", "ill_typed", "is_pending", "without_traces"]

_LOCAL = "modproof_data_"
_NOTHING = "modproof_nothing"
_FILE = "modproof_answers.tf"
_NAMED = re.compile(rf"local\.{_LOCAL}(\d+)\b")


@dataclass(slots=True)
class Answers:
    """The answers in the copy of a module: the blocks, and the original line of each line of a changed file."""

    blocks: Sequence[AnsweredBlock]
    schemas: Schemas
    lines: dict[Path, list[int]] = field(default_factory=dict)
    """By the path of the file in the copy."""

    def line(self, path: Path, line: int | None) -> int | None:
        """The line of the original of a file in the copy."""
        origins = self.lines.get(path)
        return origins[line - 1] if origins and line and line <= len(origins) else line

    def readable(self, text: str) -> str:
        """``text`` with the generated names replaced by the addresses that they stand for."""
        return _NAMED.sub(lambda match: self.blocks[int(match[1])].address, text)

    def of(self, address: Address) -> dict[str, Typed]:
        """The answers of a data source instance."""
        prefix = "".join(f"module.{step.name}." for step in address.modules)
        name = f"data.{address.type}.{address.name}"
        for block in self.blocks:
            if block.address == name and prefix in block.prefixes:
                given = {**block.whole, **block.by_key.get(address.key or "", {})}
                attributes = self.schemas[address.type]
                return {key: typed(value, attributes[key].type) for key, value in given.items()}
        return {}


def ill_typed(case: Case, schemas: Schemas) -> Iterator[CaseError]:
    """The answers of a case that are not attributes of their data source, or have another type."""
    for text, answer in case.answers.items():
        kind = Address.parse(text).type
        attributes = schemas.get(kind)
        if attributes is None:
            yield _error(case, f"no provider of the module '{case.module}' has the data source {kind}", text)
            continue
        for name, value in answer.items():
            fault = _fault(name, value, attributes)
            if fault is not None:
                yield _error(case, f"{text}.{name}{fault}", text, name)


def _fault(name: str, value: Any, attributes: Mapping[str, DataAttribute]) -> str | None:
    """What is wrong with an answer, after the path to it."""
    if name not in attributes:
        returned = sorted(key for key, attribute in attributes.items() if not attribute.argument)
        close = difflib.get_close_matches(name, returned, 3)
        known = f"did you mean {' or '.join(close)}?" if close else f"attributes: {', '.join(returned)}"
        return f": the data source has no such attribute; {known}"
    if attributes[name].argument:
        return ": only the data block sets this argument; the provider does not return it"
    try:
        typed(value, attributes[name].type)
    except Untyped as error:
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path)
        return f"{path}: {error}"
    return None


def _error(case: Case, text: str, *pointer: str | int) -> CaseError:
    return CaseError("load", text, place=case.place_of_default("answers", *pointer), usage=True)


def answer_copy(copy: Path, base: Path, blocks: Sequence[AnsweredBlock], schemas: Schemas) -> Answers:
    """Rewrite the folders of the copy of ``base`` in ``copy`` that contain ``blocks``."""
    answers = Answers(blocks, schemas)
    for original in dict.fromkeys(block.folder for block in blocks):
        folder = copy / original.relative_to(base)
        own = {block.address: (index, block) for index, block in enumerate(blocks) if block.folder == original}
        for path in terraform_files(folder):
            if not path.name.endswith(".json"):
                answers.lines |= _rewrite(path, own, schemas)
        named = "\n".join(f"  {_LOCAL}{index} = {_local(block, schemas)}" for index, block in own.values())
        kind, name = PENDING.split(".")
        text = f'resource "{kind}" "{name}" {{}}\nlocals {{\n  {_NOTHING} = null\n{named}\n}}\n'
        (folder / _FILE).write_text(text, encoding="utf-8")
    return answers


Own = Mapping[str, tuple[int, AnsweredBlock]]


def _rewrite(path: Path, own: Own, schemas: Schemas) -> dict[Path, list[int]]:
    root = parse_tree(path.read_bytes()).root_node
    edits = list(_edits(root, own, schemas, override=is_override(path)))
    if not edits:
        return {}
    # the text of the tree: it may differ from the file where the grammar has gaps
    start = root.start_byte
    body = root.text or b""
    lines_before = path.read_bytes()[:start]
    moved = [Edit(edit.start - start, edit.end - start, edit.text) for edit in edits]
    text, origins = rewritten(body, moved)
    first = lines_before.count(b"\n")
    path.write_bytes(lines_before + text + b"\n")
    return {path: [*range(1, first + 1), *(origin + first for origin in origins)]}


def _edits(root: Node, own: Own, schemas: Schemas, *, override: bool) -> Iterator[Edit]:
    for body in root.named_children:
        for block in body.named_children if body.type == "body" else ():
            found = own.get(_address(block))
            if found is not None and not override:
                yield from _deferring(block)
            yield from _inside(block, own, None if found is None else _self(found[1], schemas), depth=0)


def _address(block: Node) -> str:
    header = [text_of(child).strip('"') for child in block.named_children if child.type in ("identifier", "string_lit")]
    return ".".join(header) if header[:1] == ["data"] else ""


def _deferring(block: Node) -> Iterator[Edit]:
    """Make a data block depend on the pending resource."""
    for body in block.named_children:
        for attribute in body.named_children if body.type == "body" else ():
            if attribute.type == "attribute" and text_of(attribute.named_children[0]) == "depends_on":
                start = next((node for node in walk(attribute) if node.type == "tuple_start"), None)
                if start is not None:
                    yield Edit(start.end_byte, start.end_byte, f"{PENDING}, ")
                    return
    start = next(child for child in block.named_children if child.type == "block_start")
    end = next(child for child in block.named_children if child.type == "block_end")
    yield Edit(start.end_byte, start.end_byte, f"\ndepends_on = [{PENDING}]\n")
    if start.start_point.row == end.start_point.row:
        yield Edit(end.start_byte, end.start_byte, "\n")


def _inside(block: Node, own: Own, of_self: str | None, *, depth: int) -> Iterator[Edit]:
    for body in block.named_children:
        for child in body.named_children if body.type == "body" else ():
            if child.type == "block":
                yield from _inside(child, own, of_self, depth=depth + 1)
            elif child.type == "attribute":
                name, expression = (n for n in child.named_children if n.type in ("identifier", "expression"))
                waits = depth == 0 and text_of(name) == "depends_on"
                for reference in located_references(expression):
                    index, _ = own.get(reference.name, (None, None))
                    if index is not None:
                        # what depends on an answered data source must not be deferred with it
                        replacement = f"local.{_NOTHING}" if waits else f"local.{_LOCAL}{index}"
                        yield Edit(reference.start, reference.end, replacement)
                    elif of_self is not None and reference.name.partition(".")[0] == "self":
                        yield Edit(reference.start, reference.start + len("self"), of_self)


def _self(block: AnsweredBlock, schemas: Schemas) -> str:
    """What replaces ``self`` in a postcondition, which may not refer to the local: that would be a cycle."""
    key = {"count": "tostring(count.index)", "for_each": "each.key"}.get(block.repeated, "")
    return _merged("self", key, block, schemas)


def _local(block: AnsweredBlock, schemas: Schemas) -> str:
    match block.repeated:
        case "count":
            each = _merged("one", "tostring(key)", block, schemas)
            return f"[for key, one in {block.address} : {each}]"
        case "for_each":
            return f"{{for key, one in {block.address} : key => {_merged('one', 'key', block, schemas)}}}"
    return _merged(block.address, "", block, schemas)


def _merged(instance: str, key: str, block: AnsweredBlock, schemas: Schemas) -> str:
    attributes = schemas[Address.parse(block.address).type]
    parts = [instance, _object(instance, block.whole, attributes)]
    if block.by_key:
        keyed = (f"{json.dumps(k)} = {_object(instance, given, attributes)}" for k, given in block.by_key.items())
        parts.append(f"try({{{', '.join(keyed)}}}[{key}], {{}})")
    return f"merge({', '.join(parts)})"


def _object(instance: str, given: Mapping[str, Any], attributes: Mapping[str, DataAttribute]) -> str:
    values: list[str] = []
    for name, value in given.items():
        expression = typed(value, attributes[name].type).expression
        # a conditional converts to the type of the attribute
        exact = f"(true ? {expression} : {instance}.{name})"
        values.append(f"{name} = {f'sensitive({exact})' if attributes[name].sensitive else exact}")
    return f"{{{', '.join(values)}}}"


def is_pending(address: str) -> bool:
    """Whether ``address`` is one of the generated resources."""
    return address == PENDING or address.endswith(f".{PENDING}")


def without_traces(plan: Mapping[str, Any], answers: Answers | None) -> dict[str, Any]:
    """A case's plan with the answers as the values of the data sources, and without the generated resources."""
    if answers is None:
        return dict(plan)
    values = plan["planned_values"]
    return {
        **plan,
        "planned_values": {**values, "root_module": _planned(values["root_module"], answers)},
        "resource_changes": [
            _change(change, answers) for change in plan["resource_changes"] if not is_pending(change["address"])
        ],
        "configuration": {"root_module": _configuration(plan["configuration"]["root_module"])},
    }


def _planned(module: Mapping[str, Any], answers: Answers) -> dict[str, Any]:
    found = dict(module)
    if "resources" in module:
        kept = [resource for resource in module["resources"] if not is_pending(resource["address"])]
        found["resources"] = [_planned_data(resource, answers) for resource in kept]
    if "child_modules" in module:
        found["child_modules"] = [_planned(child, answers) for child in module["child_modules"]]
    return found


def _planned_data(resource: Mapping[str, Any], answers: Answers) -> Mapping[str, Any]:
    given = _given(resource["address"], answers)
    if not given:
        return resource
    known = {name: value.value for name, value in given.items()}
    return {**resource, "values": {**(resource.get("values") or {}), **known}}


def _change(change: Mapping[str, Any], answers: Answers) -> Mapping[str, Any]:
    given = _given(change["address"], answers)
    if not given:
        return change
    inner = change["change"]
    unknown = {key: mask for key, mask in (inner.get("after_unknown") or {}).items() if key not in given}
    unknown |= {name: value.unknown for name, value in given.items() if value.unknown is not False}
    after = {**(inner.get("after") or {}), **{name: value.value for name, value in given.items()}}
    return {**change, "change": {**inner, "after": after, "after_unknown": unknown}}


def _given(text: str, answers: Answers) -> dict[str, Typed]:
    address = Address.parse(text)
    return answers.of(address) if address.mode == "data" else {}


def _configuration(module: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(module)
    if "resources" in module:
        found["resources"] = [
            _configured(resource) for resource in module["resources"] if not is_pending(resource["address"])
        ]
    if "module_calls" in module:
        found["module_calls"] = {
            name: {**call, "module": _configuration(call["module"])} if "module" in call else call
            for name, call in module["module_calls"].items()
        }
    return found


def _configured(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    waits = [each for each in resource.get("depends_on", []) if each not in (PENDING, f"local.{_NOTHING}")]
    others = {key: value for key, value in resource.items() if key != "depends_on"}
    return {**others, "depends_on": waits} if waits else others
