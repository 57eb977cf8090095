"""Reads the calls that ``server.py`` records."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from modproof.core.results import RecordedCall

__all__ = ["end_of", "terraform_calls"]

_AGENT = "terraform-provider-aws"
"""The provider's name in the User-Agent header of its calls."""


def end_of(file: Path) -> int:
    """The size of the file of calls, in bytes; 0 if there is none yet."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def terraform_calls(file: Path, accounts: Collection[str], begin: int) -> list[RecordedCall]:
    """The calls of the AWS provider in ``accounts`` after ``begin`` bytes of the file, each different call once."""
    if end_of(file) <= begin:
        return []
    with file.open("rb") as source:
        source.seek(begin)
        lines = source.read().decode("utf-8").splitlines()
    found: dict[str, RecordedCall] = {}
    for line in lines:
        call = json.loads(line)
        if _AGENT in call.pop("agent") and call["account"] in accounts:
            key = json.dumps(call, sort_keys=True)
            found.setdefault(key, _call(call))
    return list(found.values())


def _call(record: dict[str, object]) -> RecordedCall:
    identifiers, members, arns = record["identifiers"], record["members"], record["arns"]
    assert isinstance(identifiers, dict)
    assert isinstance(members, list)
    assert isinstance(arns, list)
    return RecordedCall(
        service=str(record["service"]),
        operation=str(record["operation"]),
        account=str(record["account"]),
        region=str(record["region"]),
        members=frozenset(members),
        identifiers=identifiers,
        arns=tuple(arns),
    )
