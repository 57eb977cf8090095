"""Notebook instances: the operations each status allows, and invalid requests."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from emulated.account import Account, error_of
from emulated.recipes import make


def status(account: Account) -> str:
    shown = account.sagemaker.describe_notebook_instance(NotebookInstanceName="example")
    return str(shown["NotebookInstanceStatus"])


def test_start_stop_and_delete_notebook(account: Account) -> None:
    account.set_clock("manual")
    client, name = account.sagemaker, {"NotebookInstanceName": "example"}
    make(account, "NotebookInstance")
    assert status(account) == "Pending"
    account.advance(90)
    assert status(account) == "InService"
    client.stop_notebook_instance(**name)
    assert status(account) == "Stopping"
    account.advance(60)
    assert status(account) == "Stopped"
    client.start_notebook_instance(**name)
    assert status(account) == "Pending"
    account.advance(90)
    client.stop_notebook_instance(**name)
    account.advance(60)
    client.delete_notebook_instance(**name)
    assert status(account) == "Deleting"
    account.advance(30)
    assert error_of(lambda: status(account)) == ("ValidationException", "RecordNotFound")


@pytest.mark.parametrize(
    ("operation", "wanted"), [("update", "Updating"), ("delete", "Deleting"), ("start", "Pending")]
)
def test_in_service_allows_only_stop(account: Account, operation: str, wanted: str) -> None:
    arn = make(account, "NotebookInstance")["NotebookInstanceArn"]
    work = getattr(account.sagemaker, f"{operation}_notebook_instance")
    assert error_of(lambda: work(NotebookInstanceName="example")) == (
        "ValidationException",
        f"Status (InService) not in ([Stopped, Failed]). Unable to transition to ({wanted}) for "
        f"Notebook Instance ({arn})",
    )


def test_stopped_notebook_cannot_be_stopped(account: Account) -> None:
    make(account, "NotebookInstance")
    account.sagemaker.stop_notebook_instance(NotebookInstanceName="example")
    code, message = error_of(lambda: account.sagemaker.stop_notebook_instance(NotebookInstanceName="example"))
    assert code == "ValidationException"
    assert message.startswith("Status (Stopped) not in ([InService]).")


def test_update_of_a_stopped_notebook(account: Account) -> None:
    account.set_clock("manual")
    client, name = account.sagemaker, {"NotebookInstanceName": "example"}
    client.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="idle")
    make(account, "NotebookInstance", LifecycleConfigName="idle", SubnetId="subnet-1", SecurityGroupIds=["sg-1"])
    account.advance(90)
    client.stop_notebook_instance(**name)
    account.advance(60)
    client.update_notebook_instance(**name, InstanceType="ml.t3.large", DisassociateLifecycleConfig=True)
    assert status(account) == "Updating"
    account.advance(20)
    shown = client.describe_notebook_instance(**name)
    assert shown["NotebookInstanceStatus"] == "Stopped"
    assert shown["InstanceType"] == "ml.t3.large"
    assert "NotebookInstanceLifecycleConfigName" not in shown
    assert (shown["SubnetId"], shown["SecurityGroups"]) == ("subnet-1", ["sg-1"])
    assert shown["NetworkInterfaceId"].startswith("eni-")


def test_volume_cannot_shrink(account: Account) -> None:
    make(account, "NotebookInstance", VolumeSizeInGB=20)
    client, name = account.sagemaker, {"NotebookInstanceName": "example"}
    client.stop_notebook_instance(**name)
    assert "decreased" in error_of(lambda: client.update_notebook_instance(**name, VolumeSizeInGB=10))[1]
    client.update_notebook_instance(**name, VolumeSizeInGB=30)
    assert client.describe_notebook_instance(**name)["VolumeSizeInGB"] == 30


@pytest.mark.parametrize(
    ("members", "platform"),
    [
        ({}, "notebook-al2023-v1"),
        ({"PlatformIdentifier": "notebook-al2-v3"}, "notebook-al2-v3"),
        ({"PlatformIdentifier": "notebook-al2023-v2"}, "notebook-al2023-v2"),
    ],
)
def test_platforms(account: Account, members: dict[str, str], platform: str) -> None:
    make(account, "NotebookInstance", **members)
    shown = account.sagemaker.describe_notebook_instance(NotebookInstanceName="example")
    assert shown["PlatformIdentifier"] == platform


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"PlatformIdentifier": "notebook-al3-v1"}, "Member must satisfy regular expression pattern"),
        ({"PlatformIdentifier": "notebook-al2-v1"}, "Platform identifier (notebook-al2-v1) is not supported"),
        ({"DirectInternetAccess": "Disabled"}, "SubnetId is required when DirectInternetAccess is Disabled"),
        ({"SecurityGroupIds": ["sg-1"]}, "SubnetId is required when SecurityGroupIds"),
        ({"LifecycleConfigName": "none"}, "Notebook Instance Lifecycle Config does not exist"),
        ({"InstanceType": "ml.huge"}, "Member must satisfy enum value set"),
    ],
)
def test_invalid_notebook_is_rejected(account: Account, members: dict[str, Any], text: str) -> None:
    code, message = error_of(lambda: make(account, "NotebookInstance", **members))
    assert code == "ValidationException"
    assert text in message
    assert account.sagemaker.list_notebook_instances()["NotebookInstances"] == []


def test_lifecycle_config_in_use_cannot_be_deleted(account: Account) -> None:
    client, name = account.sagemaker, {"NotebookInstanceLifecycleConfigName": "idle"}
    client.create_notebook_instance_lifecycle_config(**name)
    arn = make(account, "NotebookInstance", LifecycleConfigName="idle")["NotebookInstanceArn"]
    code, message = error_of(lambda: client.delete_notebook_instance_lifecycle_config(**name))
    assert code == "ValidationException"
    assert message.endswith(f"Notebook Instance Lifecycle Config is in use by Notebook Instance '{arn}'.)")
    client.stop_notebook_instance(NotebookInstanceName="example")
    client.delete_notebook_instance(NotebookInstanceName="example")
    client.delete_notebook_instance_lifecycle_config(**name)


def test_update_replaces_all_scripts(account: Account) -> None:
    client, name = account.sagemaker, {"NotebookInstanceLifecycleConfigName": "idle"}
    script = [{"Content": base64.b64encode(b"echo").decode()}]
    client.create_notebook_instance_lifecycle_config(**name, OnCreate=script)
    client.update_notebook_instance_lifecycle_config(**name, OnStart=script)
    shown = client.describe_notebook_instance_lifecycle_config(**name)
    assert "OnCreate" not in shown
    assert shown["OnStart"] == script


def test_script_size_limit(account: Account) -> None:
    too_long = [{"Content": "A" * 16385}]
    code, message = error_of(lambda: make(account, "NotebookInstanceLifecycleConfig", OnStart=too_long))
    assert code == "ValidationException"
    assert "Member must have length less than or equal to 16384" in message


def test_failed_notebook_has_a_reason_and_can_be_restarted(account: Account) -> None:
    account.inject_fault("fail", operation="CreateNotebookInstance", reason="Lifecycle script timed out")
    make(account, "NotebookInstance")
    shown = account.sagemaker.describe_notebook_instance(NotebookInstanceName="example")
    assert (shown["NotebookInstanceStatus"], shown["FailureReason"]) == ("Failed", "Lifecycle script timed out")
    waiter = account.sagemaker.get_waiter("notebook_instance_in_service")
    with pytest.raises(WaiterError, match="Failed"):
        waiter.wait(NotebookInstanceName="example", WaiterConfig={"Delay": 0, "MaxAttempts": 2})
    account.sagemaker.start_notebook_instance(NotebookInstanceName="example")
    shown = account.sagemaker.describe_notebook_instance(NotebookInstanceName="example")
    assert shown["NotebookInstanceStatus"] == "InService"
    assert "FailureReason" not in shown
