"""Compares the responses of AWS with what a story asserts."""

from __future__ import annotations

from typing import Any

from modproof.cases.expectations import mismatches
from modproof.core.results import Place, Problem
from modproof.emulator.calls import References, boto_errors, make_call
from modproof.emulator.faults import fault_in
from modproof.stories.model import Assert
from modproof.terraform.values import PlannedValue

__all__ = ["check_assert"]


def check_assert(check: Assert, session: Any, references: References, place: Place) -> list[Problem]:
    """Make the call and compare the response.

    Raises as :func:`make_call`, and boto3's error if it is a fault of the emulator.
    """
    errors = boto_errors()
    try:
        response = make_call(check, session, references)
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
