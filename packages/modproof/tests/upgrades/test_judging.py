"""Exceptions of upgrades."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from modproof.core.results import ExampleUpgrade, Outcome, Place, ResourceUpgrade
from modproof.upgrades.exceptions import UpgradeException
from modproof.upgrades.judging import Exceptions

ENTRY = UpgradeException(
    "example", "store", "aws_s3_bucket.*", "replaced", "It is a cache.", date(2027, 1, 1), Place("upgrades.yaml", 2)
)


@pytest.mark.parametrize("protected", [True, False])
def test_an_exception_is_needed_only_for_a_protected_resource(protected: bool) -> None:
    exceptions = Exceptions([ENTRY], "upgrades.yaml", "v1.0.0")
    resource = ResourceUpgrade("aws_s3_bucket.this", "replaced", protected=protected)
    judged = exceptions.of_example(ExampleUpgrade("store", (resource,)))
    assert judged.outcome is Outcome.PASSED
    assert [each.reason for each in judged.resources] == (["It is a cache."] if protected else [""])
    unused = [problem.message for problem in exceptions.unused(["example"])]
    assert unused == ([] if protected else ["the exception for store: aws_s3_bucket.* covers nothing"])


@pytest.mark.parametrize(("address", "covers"), [("live/key: aws_kms_key.*", True), ("aws_kms_key.*", False)])
def test_an_exception_for_a_unit_names_the_unit(address: str, covers: bool) -> None:
    entry = replace(ENTRY, address=address, what="orphaned")
    resource = ResourceUpgrade("aws_kms_key.this", "orphaned", unit="live/key", protected=True)
    judged = Exceptions([entry], "upgrades.yaml", "v1.0.0").of_example(ExampleUpgrade("store", (resource,)))
    assert [problem.message.partition(",")[0] for problem in judged.problems] == (
        [] if covers else ["live/key: aws_kms_key.this is orphaned"]
    )
