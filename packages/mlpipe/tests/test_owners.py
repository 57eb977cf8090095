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


def arn(path: str) -> str:
    return f"arn:aws:sagemaker:eu-west-1:111111111111:{path}"


def event(user: str, *, error: str = "", **response: str) -> dict[str, Any]:
    """An event; the response of a call that failed is null."""
    document = {"errorCode": error, "responseElements": None} if error else {"responseElements": response}
    return {"Username": user, "CloudTrailEvent": json.dumps(document)}


def test_cloudtrail_shows_who_created_something_and_is_read_once_for_each_kind() -> None:
    account, stub = account_with("cloudtrail")
    lookup = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateTrainingJob"}]}
    one, two, three = (arn(f"training-job/{name}") for name in ("one", "two", "three"))
    taken = event("eve", error="ResourceInUse", trainingJobArn=one)
    first = {"Events": [taken, event("ada", trainingJobArn=one), {"CloudTrailEvent": "{"}], "NextToken": "more"}
    stub.add_response("lookup_events", first, lookup)
    stub.add_response("lookup_events", {"Events": [event("bob", trainingJobArn=two)]}, {**lookup, "NextToken": "more"})
    problems: list[str] = []
    with stub:
        trail = CloudTrail(account, problems.append)
        creators = [trail.creator("CreateTrainingJob", name) for name in (one, two, three)]
    assert creators == ["ada", "bob", ""]
    assert problems == []


def test_apps_with_the_same_name_have_their_own_creators() -> None:
    account, stub = account_with("cloudtrail")
    apps = [arn(f"app/d-1/{user}/JupyterLab/default") for user in ("bob", "ada")]
    events = [event(user, appArn=app) for user, app in zip(("bob", "ada"), apps, strict=True)]
    stub.add_response("lookup_events", {"Events": events})
    with stub:
        trail = CloudTrail(account, pytest.fail)
        assert [trail.creator("CreateApp", app) for app in apps] == ["bob", "ada"]


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
