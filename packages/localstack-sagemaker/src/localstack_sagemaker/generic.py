"""The operations that every kind has: create, describe, update, delete, list. Differences are in the table."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.model import ServiceModel

from . import errors
from .call import Call, Kind, Operation
from .events import announce
from .listing import list_operation
from .records import Record
from .status import failing, transition
from .tags import read_tags

__all__ = [
    "changeable",
    "create_operation",
    "delete_operation",
    "describe_operation",
    "generic_operations",
    "new_record",
    "response",
    "stamp",
    "update_operation",
]

_NOT_STORED = {"Tags", "ClientToken", "ClientRequestToken"}


def generic_operations(kind: Kind, service: ServiceModel) -> dict[str, Operation]:
    """Return the operations of a kind that are in the service model and that the kind does not implement itself."""
    makers = {
        "create": (f"Create{kind.noun}", create_operation),
        "describe": (f"Describe{kind.noun}", describe_operation),
        "update": (f"Update{kind.noun}", update_operation),
        "delete": (f"Delete{kind.noun}", delete_operation),
    }
    found: dict[str, Operation] = {}
    known = set(service.operation_names)
    for word, (name, make) in makers.items():
        if word not in kind.without and name in known:
            found[name] = make(kind)
    name = kind.listing.operation or f"List{kind.noun}s"
    found[name] = list_operation(kind, service.operation_model(name))
    return found


def create_operation(kind: Kind) -> Operation:
    """The Create operation of a kind."""

    def create(call: Call) -> Mapping[str, Any]:
        key = kind.assign_key(call) if kind.assign_key else call.key_of(kind)
        record = new_record(call, kind, key)
        # names that differ only in case have the same ARN and collide
        existing = call.store.by_arn(record.arn) or call.find(kind.noun, key)
        if existing and not _is_gone(kind, existing):
            raise call.taken(kind, key)
        if kind.on_create:
            kind.on_create(call, record)
        failure = kind.on_role(call, record) if kind.on_role else None
        stamp(call, record)
        if existing:
            call.store.remove(existing)
        call.store.add(record)
        if kind.lifecycle:
            stages = kind.stages(record) if kind.stages else kind.lifecycle.create
            transition(call, record, failing(kind.lifecycle, failure) if failure else stages)
        else:
            announce(call, record)
        return response(call, record)

    return create


def new_record(call: Call, kind: Kind, key: tuple[str, ...]) -> Record:
    """Build a record from a create request, without storing it."""
    attributes: dict[str, Any] = copy.deepcopy(dict(kind.defaults))
    for member, value in call.request.items():
        if member not in _NOT_STORED and value is not None:
            attributes[kind.renames.get(member, member)] = value
    attributes |= dict(zip(kind.key, key, strict=False))
    now = call.now()
    arn = call.arn_of(kind, attributes)
    attributes[kind.arn_attribute] = arn
    tags = read_tags(call.request.get("Tags") or [])
    return Record(kind.noun, key, arn, attributes, now, now, tags)


def describe_operation(kind: Kind) -> Operation:
    """The Describe operation of a kind."""

    def describe(call: Call) -> Mapping[str, Any]:
        record = call.get(kind)
        attributes = kind.attributes_of(record)
        if kind.on_describe:
            kind.on_describe(call, record, attributes)
        return _output(call, attributes, kind.wrapper)

    return describe


def update_operation(kind: Kind) -> Operation:
    """The Update operation of a kind."""

    def update(call: Call) -> Mapping[str, Any]:
        record = changeable(call, kind)
        changes = {
            kind.renames.get(member, member): value
            for member, value in call.request.items()
            if member not in kind.key and member not in _NOT_STORED and value is not None
        }
        if kind.on_update:
            kind.on_update(call, record, changes)
        for member, value in changes.items():
            if value is None:
                record.attributes.pop(member, None)
            else:
                record.attributes[member] = value
        record.modified = call.now()
        stamp(call, record)
        stages = kind.update_stages(record) if kind.update_stages else kind.lifecycle and kind.lifecycle.update
        if stages:
            transition(call, record, stages)
        else:
            announce(call, record)
        return response(call, record)

    return update


def delete_operation(kind: Kind) -> Operation:
    """The Delete operation of a kind."""

    def delete(call: Call) -> Mapping[str, Any]:
        record = changeable(call, kind)
        if kind.on_delete:
            kind.on_delete(call, record)
        found = response(call, record)
        if kind.lifecycle and kind.lifecycle.delete:
            transition(call, record, kind.lifecycle.delete)
        else:
            call.store.remove(record)
            announce(call, record)
        return found

    return delete


def _is_gone(kind: Kind, record: Record) -> bool:
    lifecycle = kind.lifecycle
    return bool(lifecycle and lifecycle.gone and record.attributes.get(lifecycle.member) == lifecycle.gone)


def changeable(call: Call, kind: Kind) -> Record:
    """The resource that a request names. Raises AWS's error for a missing one, and for one in a changing status."""
    record = call.get(kind)
    lifecycle = kind.lifecycle
    status = record.attributes.get(lifecycle.member) if lifecycle else None
    if lifecycle and lifecycle.exclusive and status in lifecycle.changing:
        documented = [shape.name for shape in call.model.error_shapes] if call.model else []
        code = next((one for one in ("ResourceInUse", "ConflictException") if one in documented), None)
        if code:
            raise errors.failure(code, f"{kind.noun} [{record.arn}] is in status {status} and cannot be changed.")
    return record


def stamp(call: Call, record: Record) -> None:
    """Set who created and last modified a resource, if its Describe response has that."""
    members = _stamped(call.model.service_model, record.noun) if call.model else ()
    if not members:
        return
    arn, id_ = call.identity
    context = {"IamIdentity": {"Arn": arn, "PrincipalId": id_}} if arn else {}
    for member in members:
        if member == "LastModifiedBy" or member not in record.attributes:
            record.attributes[member] = context


@cache
def _stamped(service: ServiceModel, noun: str) -> tuple[str, ...]:
    """The members of a Describe response that say who created and last modified a resource."""
    if f"Describe{noun}" not in service.operation_names:
        return ()
    members = service.operation_model(f"Describe{noun}").output_shape.members
    return tuple(member for member in ("CreatedBy", "LastModifiedBy") if member in members)


def response(call: Call, record: Record) -> dict[str, Any]:
    """Return the attributes of a resource that are in the running operation's output shape."""
    kind = call.kinds[record.noun]
    return _output(call, kind.attributes_of(record), kind.wrapper)


def _output(call: Call, attributes: Mapping[str, Any], wrapper: str = "") -> dict[str, Any]:
    shape = call.model.output_shape if call.model else None
    if shape is None:
        return {}
    if wrapper and wrapper in shape.members:
        inside = shape.members[wrapper]
        return {wrapper: {name: attributes[name] for name in inside.members if attributes.get(name) is not None}}
    return {name: attributes[name] for name in shape.members if attributes.get(name) is not None}
