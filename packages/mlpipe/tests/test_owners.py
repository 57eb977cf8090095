"""Owners from CloudTrail, which the emulator does not have: responses are those of the service model."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from mlpipe.aws import Account, AuditLog, Changes
from mlpipe.errors import ConfigurationError
from mlpipe.leftovers.owners import CloudTrail


def account_with(service: str) -> tuple[Account, Stubber]:
    session = boto3.Session("none", "none", region_name="eu-west-1")
    account = Account(session, "111111111111", "eu-west-1", "arn:aws:iam::111111111111:user/ada")
    return account, Stubber(account.client(service))


def event(user: str, **parameters: Any) -> dict[str, Any]:
    return {"Username": user, "CloudTrailEvent": json.dumps({"requestParameters": parameters})}


def test_cloudtrail_shows_who_created_something_and_is_read_once_for_each_kind() -> None:
    account, stub = account_with("cloudtrail")
    lookup = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateTrainingJob"}]}
    first = {"Events": [event("ada", trainingJobName="one"), {"CloudTrailEvent": "{"}], "NextToken": "more"}
    stub.add_response("lookup_events", first, lookup)
    stub.add_response(
        "lookup_events", {"Events": [event("bob", trainingJobName="two")]}, {**lookup, "NextToken": "more"}
    )
    problems: list[str] = []
    with stub:
        trail = CloudTrail(account, problems.append)
        creators = [trail.creator("CreateTrainingJob", name) for name in ("one", "two", "three")]
    assert creators == ["ada", "bob", ""]
    assert problems == []


def test_unreadable_cloudtrail_is_one_problem() -> None:
    account, stub = account_with("cloudtrail")
    stub.add_client_error("lookup_events", "AccessDeniedException", "not allowed")
    problems: list[str] = []
    with stub:
        trail = CloudTrail(account, problems.append)
        assert [trail.creator(kind, "one") for kind in ("CreateModel", "CreateApp")] == ["", ""]
    assert len(problems) == 1
    assert "AccessDeniedException: not allowed" in problems[0]


def test_nothing_changes_without_an_audit_log(tmp_path: Any) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="the audit log cannot be written"):
        Changes(AuditLog(tmp_path / "file/audit.jsonl"), act=True)
