"""Makes the calls of a story, and compares the responses with what it asserts."""

from __future__ import annotations

import re
from typing import Any

from modproof.cases.expectations import mismatches
from modproof.core.results import Place, Problem
from modproof.emulator.calls import References, Unresolved, boto_errors, make_call
from modproof.emulator.faults import fault_in
from modproof.stories.model import Assert, StoryCall
from modproof.terraform.values import PlannedValue

__all__ = ["acting", "check_assert", "make"]

_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.+")


def acting(call: StoryCall, session: Any, references: References) -> Any:
    """The session for ``call``: ``session``, or one of the role in ``as``.

    Raises Unresolved for a reference that does not exist, and for a value that is not the ARN of a role.
    """
    if not call.role:
        return session
    role = references.fill(call.role)
    if not isinstance(role, str) or not _ROLE.fullmatch(role):
        raise Unresolved(f"`as` is {role!r}; it must be the ARN of a role")
    return session.acting(role)


def make(call: StoryCall, session: Any, references: References) -> Any:
    """Make the call, as its role if it has one. Raises as :func:`acting` and :func:`make_call`."""
    return make_call(call, acting(call, session, references), references)


def check_assert(check: Assert, session: Any, references: References, place: Place) -> list[Problem]:
    """Make the call and compare the response.

    Raises as :func:`make_call`, and boto3's error if it is a fault of the emulator.
    """
    errors = boto_errors()
    try:
        response = make(check, session, references)
    except errors.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        said = str(error.response.get("Error", {}).get("Message", ""))
        if code != check.error and fault_in(str(error)) is not None:
            raise
        if check.error is None:
            return [Problem(f"{check.call} failed with {code}: {said}", place)]
        if code == check.error:
            return []
        return [Problem(f"{check.call}: expected the error {check.error}, found {code}: {said}", place)]
    except errors.ParamValidationError as error:
        return [Problem(f"{check.call} has invalid parameters: {' '.join(str(error).split())}", place)]
    if check.error is not None:
        return [Problem(f"{check.call}: expected the error {check.error}, but it succeeded", place)]
    found = mismatches(references.fill(check.expect), PlannedValue(response), subject=check.call)
    return [Problem("", place, mismatch=mismatch) for mismatch in found]
