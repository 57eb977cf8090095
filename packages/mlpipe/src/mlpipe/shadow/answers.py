"""Captured responses of two variants to the same requests, and how many of them agree.

Layout and format: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from math import isclose
from typing import Any
from urllib.parse import urlsplit

from mlpipe.aws import AWS_ERRORS, Account, in_words
from mlpipe.aws.accounts import WORKERS
from mlpipe.errors import ConfigurationError

__all__ = ["MOST_RECORDS", "Answers", "agree", "compare_answers"]

MOST_RECORDS = 20_000
"""how many records of each variant are read, the oldest first"""

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """Responses of the shadow variant to requests that production also answered."""

    compared: int
    agreed: int
    unreadable: int = 0
    """lines of captured data that have another format"""


@dataclass(frozen=True, slots=True)
class _Record:
    keys: tuple[_Key, ...]
    """what identifies the request, the most reliable first"""
    output: tuple[str, str]
    """encoding and data"""


def compare_answers(
    account: Account, folder: str, endpoint: str, variants: Sequence[str], since: datetime, tolerance: float
) -> Answers:
    """Compare the responses since ``since`` of ``variants``, production and shadow, in the S3 folder of captured data.

    Two records belong to the same request if they have the same inference ID, event ID or input. ``tolerance`` is the
    relative or absolute difference up to which numbers are equal. Raises ConfigurationError if S3 cannot be read.
    """
    unreadable = 0
    production: dict[_Key, tuple[str, str]] = {}
    compared = agreed = 0
    try:
        for position, variant in enumerate(variants):
            for record in islice(_records(account, folder, endpoint, variant, since), MOST_RECORDS):
                if record is None:
                    unreadable += 1
                elif position == 0:
                    production |= dict.fromkeys(record.keys, record.output)
                elif (key := next((one for one in record.keys if one in production), None)) is not None:
                    compared += 1
                    agreed += agree(production[key], record.output, tolerance)
    except AWS_ERRORS as error:
        raise ConfigurationError(
            f"{folder}: captured responses cannot be read, use --no-captured to compare metrics only: {in_words(error)}"
        ) from error
    return Answers(compared, agreed, unreadable)


def _records(account: Account, folder: str, endpoint: str, variant: str, since: datetime) -> Iterator[_Record | None]:
    """The records in the order of their hours; None for a line that is not one."""
    parts = urlsplit(folder)
    prefix = "/".join(part for part in (parts.path.strip("/"), endpoint, variant) if part) + "/"
    s3 = account.client("s3")

    def content(key: str) -> str:
        text: str = s3.get_object(Bucket=parts.netloc, Key=key)["Body"].read().decode("utf-8", "replace")
        return text

    first = f"{prefix}{since.astimezone(UTC):%Y/%m/%d/%H}"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=prefix, StartAfter=first)
    with ThreadPoolExecutor(WORKERS) as pool:
        for page in pages:
            keys = [one["Key"] for one in page.get("Contents", ())]
            for start in range(0, len(keys), 10 * WORKERS):
                for text in pool.map(content, keys[start : start + 10 * WORKERS]):
                    yield from _parsed(text, since)


def _parsed(text: str, since: datetime) -> Iterator[_Record | None]:
    for line in text.splitlines():
        if not line.strip():
            continue
        try:
            document = json.loads(line)
            event, data = document["eventMetadata"], document["captureData"]
            at = datetime.fromisoformat(event["inferenceTime"])
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            output = data["endpointOutput"]
            record = _Record(_keys(event, data), (output["encoding"], output["data"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            yield None
            continue
        if at >= since.replace(microsecond=0):
            yield record


def _keys(event: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[_Key, ...]:
    found: list[_Key] = [(name, str(event[name])) for name in ("inferenceId", "eventId") if event.get(name)]
    given = (data.get("endpointInput") or {}).get("data")
    if given is not None:
        found.append(("input", hashlib.sha256(str(given).encode()).hexdigest()))
    return tuple(found)


def agree(production: tuple[str, str], shadow: tuple[str, str], tolerance: float) -> bool:
    """Whether two outputs, each with its encoding, are equal: numbers within ``tolerance``, all else exactly."""
    if production == shadow:
        return True
    if production[0] != shadow[0] or production[0] == "BASE64":
        return False
    return _equal(_values(*production), _values(*shadow), tolerance)


def _values(encoding: str, data: str) -> Any:
    if encoding == "JSON":
        try:
            return json.loads(data)
        except ValueError:
            return data
    return [[_number(cell) for cell in line.split(",")] for line in data.strip().splitlines()]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.strip()


def _equal(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_equal(a, b, tolerance) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key], tolerance) for key in one)
    return bool(one == other)
