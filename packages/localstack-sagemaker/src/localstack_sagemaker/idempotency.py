"""Client tokens: a request that repeats the token of an earlier one gets its response, and changes nothing."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.model import OperationModel

from . import errors
from .call import Call, Operation

__all__ = ["once"]

_MOST = 10_000
"""The oldest tokens are forgotten first."""


def once(operation: Operation, call: Call) -> Mapping[str, Any]:
    """Run an operation, or return the response to an earlier request with the same token.

    A token counts as new if its resource was deleted since, or for a delete if the resource exists again. Raises
    ValidationException if the earlier request had other parameters; AWS documents no error for that.
    """
    member = _token_member(call.model) if call.model else ""
    if not call.request.get(member):
        return operation(call) or {}
    token = (call.operation, str(call.request[member]))
    parameters = copy.deepcopy(call.request)
    tokens = call.store.tokens
    earlier = tokens.get(token)
    if earlier and _holds(call, earlier[2]):
        if earlier[0] != parameters:
            raise errors.validation(f"{member} {token[1]} was used with other parameters before.")
        return copy.deepcopy(earlier[1])
    response = dict(operation(call) or {})
    arn = next((str(value) for name, value in response.items() if name.endswith("Arn")), "")
    tokens.pop(token, None)
    tokens[token] = (parameters, copy.deepcopy(response), arn)
    while len(tokens) > _MOST:
        tokens.pop(next(iter(tokens)))
    return response


@cache
def _token_member(model: OperationModel) -> str:
    """The member with the client token, which the service model does not mark in every operation; empty without one."""
    members = model.input_shape.members if model.input_shape else {}
    named = [name for name in ("ClientToken", "ClientRequestToken") if name in members]
    return next(iter([*model.idempotent_members, *named]), "")


def _holds(call: Call, arn: str) -> bool:
    """Whether the result of the earlier request is still there."""
    exists = call.store.by_arn(arn) is not None
    return not exists if call.operation.startswith("Delete") else exists
