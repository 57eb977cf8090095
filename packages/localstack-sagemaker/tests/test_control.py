"""The control API: responses, changes and invalid requests."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import pytest
from emulated.account import Account, wait_for
from emulated.recipes import make

import localstack_sagemaker


def test_overview(account: Account) -> None:
    account.set_clock("manual")
    account.inject_fault("throttle")
    document = account.control("").document
    assert document["version"] == localstack_sagemaker.__version__
    assert document["clock"]["mode"] == "manual"
    assert account.number in {fault["account"] for fault in document["faults"]}
    account.control("/faults", "DELETE")


def test_resources_include_scheduled_statuses(account: Account) -> None:
    account.set_clock("manual")
    make(account, "NotebookInstance", Tags=[{"Key": "a", "Value": "1"}])
    (shown,) = account.control("/resources").document["resources"]
    now = account.control("/clock").document["now"]
    assert (shown["service"], shown["account"], shown["region"]) == ("sagemaker", account.number, "us-east-1")
    assert (shown["kind"], shown["name"], shown["tags"]) == ("NotebookInstance", "example", {"a": "1"})
    assert shown["attributes"]["NotebookInstanceStatus"] == "Pending"
    assert shown["ahead"] == [{"status": "InService", "due": now + 90}]


def test_reset_affects_only_its_account(account: Account) -> None:
    other = Account(account.url)
    for one in (account, other):
        make(one, "Model")
        one.inject_fault("throttle")
        one.set_answer(body="x")
        one.set_clock("manual")
    assert account.control("/reset", "POST").document == {"removed": 1}
    assert account.sagemaker.list_models()["Models"] == []
    assert account.control("/clock").document["mode"] == "fast"
    owners = {fault["account"] for fault in account.control("/faults").document["faults"]}
    owners |= {one["account"] for one in account.control("/answers").document["answers"]}
    assert account.number not in owners
    assert other.number in owners
    assert other.control("/clock").document["mode"] == "manual"
    assert len(other.control("/resources").document["resources"]) == 1
    other.control("/reset", "POST")


@pytest.mark.parametrize(
    ("path", "method", "document", "text"),
    [
        ("/clock", "PUT", {"mode": "sometimes"}, "use one of instant, fast, real, manual, or a factor"),
        ("/clock", "PUT", {"mode": -1}, "is not a mode"),
        ("/clock", "PUT", {}, "mode must be"),
        (
            "/clock/advance",
            "POST",
            {"seconds": -1},
            "seconds must be 0 or more",
        ),
        (
            "/clock/advance",
            "POST",
            {"seconds": 1e12},
            "seconds must be 0 or more",
        ),
        ("/clock/advance", "POST", {}, "seconds must be a number"),
        ("/answers", "POST", {"status": 42}, "status must be a number from 200 to 599"),
        ("/answers", "POST", {"times": 0.5}, "times must be a non-negative integer"),
        ("/answers", "POST", {"model": 3}, "model must be a string"),
        ("/answers", "POST", {"body_base64": "?"}, "body_base64 must be base64"),
        ("/answers", "POST", {"boddy": "x"}, "unknown key 'boddy'; an answer has body, body_base64"),
        ("/reset", "POST", {"account": "mine"}, "account must be 12 digits"),
    ],
)
def test_invalid_document_is_rejected(
    account: Account, path: str, method: str, document: dict[str, Any], text: str
) -> None:
    response = account.control(path, method, **document)
    assert response.status == 400
    assert text in response.document["error"]


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_body_must_be_a_json_object(account: Account, body: bytes) -> None:
    request = urllib.request.Request(f"{account.url}/_localstack/sagemaker/faults", body, method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    assert caught.value.code == 400
    assert "body" in json.loads(caught.value.read())["error"]


def test_running_clock_applies_statuses_without_calls(account: Account) -> None:
    account.set_clock(0.002)
    start = time.monotonic()
    make(account, "NotebookInstance")

    def status() -> bool:
        (shown,) = account.control("/resources").document["resources"]
        return bool(shown["attributes"]["NotebookInstanceStatus"] == "InService")

    wait_for(status)
    assert time.monotonic() - start >= 90 * 0.002
