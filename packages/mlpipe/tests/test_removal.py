"""Errors that the emulator never has: deletions that AWS refuses in part, and unreadable files."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from mlpipe.aws import Account, AuditLog, Changes
from mlpipe.cli import app
from mlpipe.cli.leftovers import _duration
from mlpipe.errors import ConfigurationError
from mlpipe.leftovers.context import Context
from mlpipe.leftovers.model import Found, Leftover
from mlpipe.leftovers.removal import Outcome, remove
from mlpipe.leftovers.states import managed_arns
from mlpipe.pipeline import LeftoverSettings
from mlpipe.prices import Prices

IMAGE = Found("ecr-image", "repo@sha256:1", "arn", key={"repositoryName": "repo", "imageDigest": "sha256:1"})
PREFIX = Found("s3-prefix", "s3://data/old/", "arn", key={"Bucket": "data", "Prefix": "old/"})
VERSION = {"Key": "old/a", "VersionId": "v1"}


def removed(tmp_path: Path, service: str, found: Found, *responses: tuple[str, dict[str, Any]]) -> Outcome:
    session = boto3.Session("none", "none", region_name="eu-west-1")
    account = Account(session, "111111111111", "eu-west-1", "arn:aws:iam::111111111111:user/ada")
    stub = Stubber(account.client(service))
    for operation, response in responses:
        stub.add_response(operation, response)
    context = Context(account, Prices.load(), LeftoverSettings(), frozenset())
    with stub:
        [outcome] = remove(context, Changes(AuditLog(tmp_path / "audit.jsonl"), act=True), [Leftover(found, "")])
    return outcome


@pytest.mark.parametrize(
    ("code", "stays"),
    [("ImageReferencedByManifestList", "repo@sha256:1: ImageReferencedByManifestList: in use"), ("ImageNotFound", "")],
)
def test_an_image_that_ecr_does_not_delete_stays(tmp_path: Path, code: str, stays: str) -> None:
    failure = {"imageId": {"imageDigest": "sha256:1"}, "failureCode": code, "failureReason": "in use"}
    assert removed(tmp_path, "ecr", IMAGE, ("batch_delete_image", {"failures": [failure]})).stays == stays


def test_a_prefix_stays_if_s3_does_not_delete_an_object(tmp_path: Path) -> None:
    listed = {"Versions": [VERSION], "DeleteMarkers": [], "IsTruncated": False}
    denied = {**VERSION, "Code": "AccessDenied", "Message": "Access Denied"}
    outcome = removed(
        tmp_path, "s3", PREFIX, ("list_object_versions", listed), ("delete_objects", {"Errors": [denied]})
    )
    assert outcome.stays == "old/a: AccessDenied: Access Denied"


def test_a_state_that_is_not_text_is_one_message() -> None:
    session = boto3.Session("none", "none", region_name="eu-west-1")
    account = Account(session, "111111111111", "eu-west-1", "arn:aws:iam::111111111111:user/ada")
    stub = Stubber(account.client("s3"))
    stub.add_response("list_objects_v2", {"Contents": [{"Key": "a.tfstate"}], "IsTruncated": False})
    stub.add_response("get_object", {"Body": io.BytesIO(b"\xff\xfe")})
    with stub, pytest.raises(ConfigurationError, match="s3://states/: a state is not text"):
        managed_arns(["s3://states/"], account)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_and_not_a_bug(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def full() -> None:
        with Path("/dev/full").open("w") as sink:
            sink.write("x")

    monkeypatch.setattr(app, "app", lambda **_: full())
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == 2
    assert "No space left on device" in capsys.readouterr().err


def test_ages_are_limited() -> None:
    assert _duration("2w") == timedelta(weeks=2)
    with pytest.raises(ConfigurationError, match="--older-than 999999999999w"):
        _duration("999999999999w")
