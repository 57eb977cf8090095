"""State that no call deletes does not grow without end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from moto.ecr.models import ecr_backends

from localstack_sagemaker import callers, remembered
from localstack_sagemaker.callers import caller_of, observe
from localstack_sagemaker.directory import Identity
from localstack_sagemaker.errors import ServiceFailure
from localstack_sagemaker.in_localstack import ecr_layers
from localstack_sagemaker.remembered import Remembered

ROLE = "arn:aws:iam::123456789012:role/reader"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time that passes for sessions: seconds in `now`."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(remembered, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def assume(key: str, seconds: int) -> None:
    user = {"Arn": "arn:aws:sts::123456789012:assumed-role/reader/me", "AssumedRoleId": "AROA:me"}
    answer = {"Credentials": {"AccessKeyId": key}, "AssumedRoleUser": user}
    observe("123456789012", "sts", "AssumeRole", {"RoleArn": ROLE, "DurationSeconds": seconds}, answer)


def test_expired_values_are_forgotten_before_the_oldest(clock: SimpleNamespace) -> None:
    kept: Remembered[int] = Remembered(2)
    kept.put("short", 1, 10.0)
    kept.put("long", 2, 100.0)
    clock.now = 11.0
    kept.put("new", 3)
    assert [kept.get(key) for key in ("short", "long", "new")] == [None, 2, 3]
    kept.put("newer", 4)
    assert [kept.get(key) for key in ("long", "new", "newer")] == [None, 3, 4]
    assert len(kept) == 2


def test_sessions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_sessions", Remembered(10))
    for number in range(50):
        assume(f"ASIA{number}", 3600)
    assert len(callers._sessions) == 10


def test_unfinished_uploads_are_bounded() -> None:
    ecr_backends["123456789012"]["us-east-1"].create_repository("models", None, None, None, None, None)
    context: Any = SimpleNamespace(account_id="123456789012", region="us-east-1")
    for _ in range(300):
        started = ecr_layers.OPERATIONS["InitiateLayerUpload"](context, {"repositoryName": "models"})
    assert len(ecr_layers._uploads) == 256
    part = {"partFirstByte": 0, "partLastByte": 0, "layerPartBlob": b"1", **started, "repositoryName": "models"}
    assert ecr_layers.OPERATIONS["UploadLayerPart"](context, part)["lastByteReceived"] == 0


def test_an_expired_session_is_refused_and_not_all_powerful(
    clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "_sessions", Remembered(10))
    monkeypatch.setattr(callers, "_of_session", lambda session: session)
    assume("ASIA1", 900)
    assert caller_of("ASIA1") is not None
    clock.now = 901.0
    with pytest.raises(ServiceFailure, match="expired") as raised:
        caller_of("ASIA1")
    assert (raised.value.code, raised.value.status_code) == ("ExpiredTokenException", 400)
    assert caller_of("123456789012") is None


def test_a_session_token_is_valid_for_twelve_hours_by_default(
    clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "_sessions", Remembered(10))
    observe("123456789012", "sts", "GetSessionToken", {}, {"Credentials": {"AccessKeyId": "ASIA2"}})
    clock.now = 43_199.0
    assert caller_of("ASIA2") is None
    clock.now = 43_201.0
    with pytest.raises(ServiceFailure, match="expired"):
        caller_of("ASIA2")


def test_a_deleted_access_key_is_refused_but_not_one_that_could_not_be_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_users", {})
    me = Identity("arn:aws:iam::123456789012:user/me", "123456789012", id="AIDA")
    # a user without a name would be that of the server's own key
    monkeypatch.setattr(callers.directory, "user", lambda *user: {("123456789012", "me"): me}[user])
    created = {"AccessKey": {"AccessKeyId": "LKIA1", "UserName": "me"}}
    observe("123456789012", "iam", "CreateAccessKey", {}, created)
    observe("123456789012", "iam", "DeleteAccessKey", {"AccessKeyId": "LKIA1"}, None)
    kept = caller_of("LKIA1")
    assert kept is not None
    assert kept.identity is me
    observe("123456789012", "iam", "DeleteAccessKey", {"AccessKeyId": "LKIA1"}, {})
    with pytest.raises(ServiceFailure) as raised:
        caller_of("LKIA1")
    assert raised.value.code == "UnrecognizedClientException"
