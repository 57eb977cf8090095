"""A refused request changes nothing, also if only its last part is wrong."""

from __future__ import annotations

import copy
import secrets
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape
from emulated.examples import request_for
from emulated.inprocess import InProcess
from emulated.minimal import minimal

from localstack_sagemaker.errors import ServiceFailure
from localstack_sagemaker.provider import sagemaker_provider
from localstack_sagemaker.store import store_of

SAGEMAKER = sagemaker_provider()
READS = ("Describe", "Get", "List", "Query", "Search", "BatchDescribe", "CreatePresigned")
CHANGES = sorted(name for name in SAGEMAKER.operations if not name.startswith(READS))
_MOST_CHOICES = 8


def _fresh() -> InProcess:
    return InProcess(str(secrets.randbelow(9 * 10**11) + 10**11))


def _state(account: InProcess) -> dict[str, str]:
    """Everything that is stored, by ARN."""
    store = store_of("sagemaker", account.account, account.region)
    return {
        record.arn: repr(
            (record.attributes, record.private, sorted(record.tags.items()), record.modified, record.ahead)
        )
        for record in store.all()
    }


def _refused(account: InProcess, operation: str, request: dict[str, Any]) -> str:
    """What a refused request has changed; empty if it is accepted or changes nothing."""
    account.advance(1)
    account.call("ListModels", {})  # applies what is due
    before = _state(account)
    tokens = {name: uuid.uuid4().hex for name in SAGEMAKER.model.operation_model(operation).idempotent_members}
    try:
        account.call(operation, {**copy.deepcopy(request), **tokens})
    except ServiceFailure as failure:
        after = _state(account)
        changed = [arn for arn in {*before, *after} if before.get(arn) != after.get(arn)]
        return f"{operation} {request}: {failure.message} changed {changed}" if changed else ""
    return ""


def _renamed(value: Any) -> Any:
    """The value with other texts, so that what it names does not exist."""
    if isinstance(value, dict):
        return {name: _renamed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    return f"{value}-2" if isinstance(value, str) else value


def _values(shape: Shape, value: Any) -> Iterator[Any]:
    """Other values of a member that are valid alone, such as a list with a last item that does not exist."""
    if isinstance(shape, ListShape) and value:
        yield [*value, value[-1]]
        yield [*value, _renamed(value[-1])]
        for item in _values(shape.member, value[-1]):
            yield [*value, item]
    elif isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            others = _values(member, value[name]) if name in value else _added(member)
            yield from ({**value, name: other} for other in others)
            yield {other: item for other, item in value.items() if other != name}
    elif shape.metadata.get("enum"):
        yield from shape.metadata["enum"][:_MOST_CHOICES]
    else:
        yield _renamed(value)


def _added(shape: Shape) -> Iterator[Any]:
    try:
        yield from shape.metadata.get("enum", ())[:_MOST_CHOICES] or [minimal(shape)]
    except AssertionError:  # no example text fits
        return


@pytest.mark.parametrize("operation", CHANGES)
def test_a_refused_request_changes_nothing(operation: str) -> None:
    account: Any = _fresh()
    request = request_for(account, operation)
    account.set_clock("manual")
    shape = SAGEMAKER.model.operation_model(operation).input_shape
    found = [_refused(account, operation, other) for other in _values(shape, request)]
    assert [one for one in found if one] == []
