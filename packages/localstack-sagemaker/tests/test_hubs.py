"""Hubs and the versions of their contents."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from emulated.inprocess import InProcess
from emulated.recipes import first_request, make

from localstack_sagemaker.errors import ServiceFailure

CONTENT = {"HubName": "example", "HubContentType": "Model", "HubContentName": "example"}


@pytest.fixture
def account() -> Any:
    """A fresh account with a hub."""
    fresh: Any = InProcess(str(secrets.randbelow(9 * 10**11) + 10**11))
    make(fresh, "Hub")
    return fresh


def _import(account: Any, version: str, **more: Any) -> None:
    request = first_request("HubContent", {"Hub": {"HubName": "example"}})
    account.sagemaker.import_hub_content(**{**request, **CONTENT, "HubContentVersion": version, **more})


def _newest(account: Any) -> str:
    return str(account.sagemaker.describe_hub_content(**CONTENT)["HubContentVersion"])


def _tags(account: Any) -> dict[str, str]:
    arn = account.arn("hub-content/example/model/example")
    return {one["Key"]: one["Value"] for one in account.sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def test_the_newest_version_is_the_highest_that_is_left(account: Any) -> None:
    for version in ("1.10.0", "1.9.0", "1.2.0"):
        _import(account, version)
    for version in ("1.10.0", "1.9.0"):
        assert _newest(account) == version
        account.sagemaker.delete_hub_content(**CONTENT, HubContentVersion=version)
    assert _newest(account) == "1.2.0"


def test_tags_are_those_of_the_content_whichever_version_is_deleted(account: Any) -> None:
    _import(account, "1.0.0", Tags=[{"Key": "a", "Value": "1"}])
    _import(account, "2.0.0", Tags=[{"Key": "b", "Value": "2"}])
    assert _tags(account) == {"a": "1", "b": "2"}
    account.sagemaker.delete_hub_content(**CONTENT, HubContentVersion="2.0.0")
    assert _tags(account) == {"a": "1", "b": "2"}
    account.sagemaker.delete_hub_content(**CONTENT, HubContentVersion="1.0.0")
    with pytest.raises(ServiceFailure):
        _tags(account)


def test_a_hub_with_contents_cannot_be_deleted(account: Any) -> None:
    _import(account, "1.0.0")
    with pytest.raises(ServiceFailure, match="it still has contents: example"):
        account.sagemaker.delete_hub(HubName="example")
    account.sagemaker.delete_hub_content(**CONTENT, HubContentVersion="1.0.0")
    account.sagemaker.delete_hub(HubName="example")
