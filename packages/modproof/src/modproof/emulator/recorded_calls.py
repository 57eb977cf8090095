"""Reads the calls that ``server.py`` records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from modproof.core.results import RecordedCall

__all__ = ["end_of", "terraform_calls"]

_AGENTS = ("terraform-provider-aws", "HashiCorp/1.0", "app/terragrunt-")
"""In the User-Agent header of calls: of the AWS provider, of Terraform's S3 backend, and of Terragrunt."""


def end_of(file: Path) -> int:
    """The size of the file of calls, in bytes; 0 if there is none yet."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def terraform_calls(file: Path, account: str, begin: int, callers: Mapping[str, str]) -> list[RecordedCall]:
    """The calls of Terraform and Terragrunt in ``account`` after ``begin`` bytes of the file, each different call once.

    ``callers`` are the types of the resources that made them, by the SDK's invocation IDs.
    """
    found: dict[str, RecordedCall] = {}
    for line in _lines(file, begin):
        # most lines are of stories that run in parallel
        if account.encode() not in line:
            continue
        call = json.loads(line)
        call["caller"] = callers.get(call.pop("invocation"), "")
        agent = call.pop("agent")
        if any(name in agent for name in _AGENTS) and call["account"] == account:
            key = json.dumps(call, sort_keys=True)
            found.setdefault(key, _call(call))
    return list(found.values())


def _lines(file: Path, begin: int) -> list[bytes]:
    """The complete lines that begin after ``begin``.

    The server may be writing a call of another account, now and when ``begin`` was measured.
    """
    if end_of(file) <= begin:
        return []
    with file.open("rb") as source:
        if begin:
            source.seek(begin - 1)
            source.readline()
        return source.read().split(b"\n")[:-1]


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
        caller=str(record["caller"]),
    )
