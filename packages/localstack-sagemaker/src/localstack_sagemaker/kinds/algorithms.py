"""Algorithms: training images with their inference specification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors
from ..call import Call, Kind
from ..records import Record, Stage
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS"]


def _key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(request["AlgorithmName"]).rpartition("/")[2],)


def _on_create(call: Call, record: Record) -> None:
    record.attributes["AlgorithmStatusDetails"] = {"ValidationStatuses": [], "ImageScanStatuses": []}


def _on_delete(call: Call, record: Record) -> None:
    status = record.attributes["AlgorithmStatus"]
    if status in ("Pending", "InProgress", "Deleting"):
        raise errors.conflict(f"Algorithm {record.arn} cannot be deleted while it is {status}.")


KINDS = [
    Kind(
        noun="Algorithm",
        arn="algorithm/{AlgorithmName}",
        key=("AlgorithmName",),
        messages=Messages(missing="Algorithm {arn} does not exist.", taken="Algorithm {arn} already exists."),
        lifecycle=Lifecycle(
            member="AlgorithmStatus",
            create=(Stage("Pending"), Stage("InProgress", 5), Stage("Completed", 10)),
            delete=(Stage("Deleting"), Stage(None, 5)),
            reason=None,
        ),
        listing=Listing(items="AlgorithmSummaryList"),
        defaults={"CertifyForMarketplace": False},
        find_key=_key,
        on_create=_on_create,
        on_delete=_on_delete,
    )
]
