"""Tags of every resource with an ARN: AddTags, ListTags, DeleteTags and Tags in create requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import errors
from .call import Call, Operation
from .listing import page
from .records import Record

__all__ = ["TAG_OPERATIONS", "add_tags", "as_list", "read_tags", "remove_tags"]

_LIMIT = 50


def read_tags(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Validate a list of tags and return it as a mapping. Raises ValidationException as AWS does."""
    found: dict[str, str] = {}
    for tag in tags:
        key = tag["Key"]
        if key.lower().startswith("aws:"):
            raise errors.validation("System tags (those that start with aws:) cannot be added by requester")
        if key in found:
            raise errors.validation(f"Duplicate tag key found: {key}. Please use each tag key only once")
        found[key] = tag["Value"]
    return found


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in AWS's list format."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _tagged(call: Call, arn: str) -> Record:
    record = call.store.by_arn(arn) or call.store.by_arn(arn.lower())
    kind = call.kinds[record.noun] if record else None
    if record is None or kind is None or not kind.taggable:
        raise errors.validation(f"Could not find resource with ARN {arn}")
    return record


def add_tags(call: Call, arn: str, tags: Sequence[Mapping[str, str]]) -> Record:
    """Add tags to a resource. Raises ValidationException for a missing resource and for wrong or too many tags."""
    record = _tagged(call, arn)
    refuse = call.kinds[record.noun].refuse_tags
    if refuse and refuse(record):
        raise errors.validation(refuse(record))
    merged = record.tags | read_tags(tags)
    if len(merged) > _LIMIT:
        raise errors.validation(f"A resource can have at most {_LIMIT} tags")
    record.tags |= merged
    return record


def remove_tags(call: Call, arn: str, keys: Sequence[str]) -> None:
    """Remove tags from a resource. Raises ValidationException for a missing resource."""
    record = _tagged(call, arn)
    for key in keys:
        record.tags.pop(key, None)


def _add(call: Call) -> Mapping[str, Any]:
    return {"Tags": as_list(add_tags(call, call.request["ResourceArn"], call.request["Tags"]).tags)}


def _list(call: Call) -> Mapping[str, Any]:
    part, token = page(as_list(_tagged(call, call.request["ResourceArn"]).tags), call.request, _LIMIT)
    return {"Tags": part} | ({"NextToken": token} if token else {})


def _delete(call: Call) -> Mapping[str, Any]:
    remove_tags(call, call.request["ResourceArn"], call.request["TagKeys"])
    return {}


TAG_OPERATIONS: dict[str, Operation] = {"AddTags": _add, "ListTags": _list, "DeleteTags": _delete}
