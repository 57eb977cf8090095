"""The control address: what it tells, what it changes, and what it refuses."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import pytest
from emulated.account import Account, eventually
from emulated.recipes import make

import localstack_sagemaker


def test_the_overview_says_what_runs(account: Account) -> None:
    account.clock("manual")
    account.fault("throttle")
    document = account.control("").document
    assert document["version"] == localstack_sagemaker.__version__
    assert document["clock"]["mode"] == "manual"
    assert account.number in {rule["account"] for rule in document["faults"]}
    account.control("/faults", "DELETE")


def test_resources_show_what_is_ahead_of_them(account: Account) -> None:
    account.clock("manual")
    make(account, "NotebookInstance", Tags=[{"Key": "a", "Value": "1"}])
    (shown,) = account.control("/resources").document["resources"]
    now = account.control("/clock").document["now"]
    assert (shown["service"], shown["account"], shown["region"]) == ("sagemaker", account.number, "us-east-1")
    assert (shown["kind"], shown["name"], shown["tags"]) == ("NotebookInstance", "example", {"a": "1"})
    assert shown["attributes"]["NotebookInstanceStatus"] == "Pending"
    assert shown["ahead"] == [{"status": "InService", "due": now + 90}]


def test_a_reset_forgets_one_account_and_no_other(account: Account) -> None:
    other = Account(account.url)
    for one in (account, other):
        make(one, "Model")
        one.fault("throttle")
        one.answer(body="x")
        one.clock("manual")
    assert account.control("/reset", "POST").document == {"removed": 1}
    assert account.sagemaker.list_models()["Models"] == []
    assert account.control("/clock").document["mode"] == "fast"
    owners = {rule["account"] for rule in account.control("/faults").document["faults"]}
    owners |= {one["account"] for one in account.control("/answers").document["answers"]}
    assert account.number not in owners
    assert other.number in owners
    assert other.control("/clock").document["mode"] == "manual"
    assert len(other.control("/resources").document["resources"]) == 1
    other.control("/reset", "POST")


@pytest.mark.parametrize(
    ("path", "method", "document", "words"),
    [
        ("/clock", "PUT", {"mode": "sometimes"}, "use one of instant, fast, real, manual, or a factor"),
        ("/clock", "PUT", {"mode": -1}, "is not a mode"),
        ("/clock", "PUT", {}, "mode must be"),
        ("/clock/advance", "POST", {"seconds": -1}, "seconds must be a number"),
        ("/clock/advance", "POST", {}, "seconds must be a number"),
        ("/answers", "POST", {"status": 42}, "status must be a number from 200 to 599"),
        ("/answers", "POST", {"times": 0.5}, "times must be a whole number"),
        ("/answers", "POST", {"model": 3}, "model must be a text"),
        ("/answers", "POST", {"body_base64": "?"}, "body_base64 must be base64"),
        ("/answers", "POST", {"boddy": "x"}, "unknown key 'boddy'; an answer has body, body_base64"),
        ("/reset", "POST", {"account": "mine"}, "account must be 12 digits"),
    ],
)
def test_nonsense_is_refused(account: Account, path: str, method: str, document: dict[str, Any], words: str) -> None:
    answered = account.control(path, method, **document)
    assert answered.status == 400
    assert words in answered.document["error"]


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_what_is_no_object_is_refused(account: Account, body: bytes) -> None:
    request = urllib.request.Request(f"{account.url}/_localstack/sagemaker/faults", body, method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    assert caught.value.code == 400
    assert "body" in json.loads(caught.value.read())["error"]


def test_a_running_clock_reaches_statuses_by_itself(account: Account) -> None:
    account.clock(0.002)
    start = time.monotonic()
    make(account, "NotebookInstance")

    def status() -> bool:
        (shown,) = account.control("/resources").document["resources"]
        return bool(shown["attributes"]["NotebookInstanceStatus"] == "InService")

    eventually(status)
    assert time.monotonic() - start >= 90 * 0.002
