"""Notebook instances: statuses, updates while stopped, and presigned URLs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors, network_interfaces, role_rules
from ..call import Call, Kind, Operation
from ..records import Record, Stage
from ..role_output import write_log
from ..status import transition
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS", "OPERATIONS"]

_STATUS = "NotebookInstanceStatus"
_CONFIG = "NotebookInstanceLifecycleConfigName"
_RETIRED_PLATFORMS = ("notebook-al1-v1", "notebook-al2-v1")
_MODIFIABLE = ("Stopped", "Failed")

_START = (Stage("Pending"), Stage("InService", 90, {"FailureReason": None}))
_STOP = (Stage("Stopping"), Stage("Stopped", 60))


def _require_status(record: Record, allowed: tuple[str, ...], wanted: str) -> None:
    status = record.attributes[_STATUS]
    if status not in allowed:
        raise errors.validation(
            f"Status ({status}) not in ([{', '.join(allowed)}]). "
            f"Unable to transition to ({wanted}) for Notebook Instance ({record.arn})"
        )


def _require_config(call: Call, name: str | None) -> None:
    if name and call.find("NotebookInstanceLifecycleConfig", name) is None:
        kind = call.kinds["NotebookInstanceLifecycleConfig"]
        raise call.missing(kind, (name,))


def _on_create(call: Call, record: Record) -> None:
    attributes = record.attributes
    platform = attributes["PlatformIdentifier"]
    if platform in _RETIRED_PLATFORMS:
        raise errors.validation(f"Platform identifier ({platform}) is not supported for this service.")
    if attributes["DirectInternetAccess"] == "Disabled" and not attributes.get("SubnetId"):
        raise errors.validation("SubnetId is required when DirectInternetAccess is Disabled")
    if attributes.get("SecurityGroups") and not attributes.get("SubnetId"):
        raise errors.validation("SubnetId is required when SecurityGroupIds are specified")
    _require_config(call, attributes.get(_CONFIG))
    if attributes.get("SubnetId"):
        attributes["NetworkInterfaceId"] = f"eni-0{call.store.next_number('network-interface'):016x}"
    attributes["Url"] = f"{record.name.lower()}-{call.random_id(4)}.notebook.{call.region}.sagemaker.aws"


_DISASSOCIATE = {
    "DisassociateLifecycleConfig": _CONFIG,
    "DisassociateAcceleratorTypes": "AcceleratorTypes",
    "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
    "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
}


def _on_update(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _require_status(record, _MODIFIABLE, "Updating")
    for switch, member in _DISASSOCIATE.items():
        if changes.pop(switch, False):
            if member in changes:
                raise errors.validation(f"{switch} and a new value cannot be specified together")
            changes[member] = None
    _require_config(call, changes.get(_CONFIG))
    size = changes.get("VolumeSizeInGB")
    if size is not None and size < record.attributes["VolumeSizeInGB"]:
        raise errors.validation(
            f"Volume size cannot be decreased from {record.attributes['VolumeSizeInGB']} to {size} GB "
            f"for Notebook Instance ({record.arn})"
        )


def _on_delete(call: Call, record: Record) -> None:
    _require_status(record, _MODIFIABLE, "Deleting")


def _on_status(call: Call, record: Record) -> None:
    attributes = record.attributes
    if attributes.get(_STATUS) == "InService":
        group, stream = "/aws/sagemaker/NotebookInstances", f"{record.name}/jupyter.log"
        write_log(call, record, attributes["RoleArn"], group, stream)
    if not attributes.get("SubnetId"):
        return
    network = {"Subnets": [attributes["SubnetId"]], "SecurityGroupIds": attributes.get("SecurityGroups")}
    found = network_interfaces.update(call, record, [network])
    if found:
        attributes["NetworkInterfaceId"] = found[0]


def _start(call: Call) -> None:
    record = call.get(KINDS[0])
    _require_status(record, _MODIFIABLE, "Pending")
    transition(call, record, _START)


def _stop(call: Call) -> None:
    record = call.get(KINDS[0])
    _require_status(record, ("InService",), "Stopping")
    transition(call, record, _STOP)


def _presign(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    _require_status(record, ("InService",), "InService")
    return {"AuthorizedUrl": f"https://{record.attributes['Url']}?authToken={call.random_id(64)}"}


KINDS = [
    Kind(
        noun="NotebookInstance",
        arn="notebook-instance/{NotebookInstanceName}",
        on_role=role_rules.notebook,
        key=("NotebookInstanceName",),
        messages=Messages(
            missing="RecordNotFound",
            taken="Cannot create a duplicate Notebook Instance ({arn})",
        ),
        lifecycle=Lifecycle(
            member=_STATUS,
            create=_START,
            update=(Stage("Updating"), Stage("Stopped", 20)),
            delete=(Stage("Deleting"), Stage(None, 30)),
        ),
        listing=Listing(
            sort_by="Name",
            descending=False,
            filters={"AdditionalCodeRepositoryEquals": "AdditionalCodeRepositories"},
        ),
        renames={"SecurityGroupIds": "SecurityGroups", "LifecycleConfigName": _CONFIG},
        defaults={
            "DirectInternetAccess": "Enabled",
            "RootAccess": "Enabled",
            "VolumeSizeInGB": 5,
            "PlatformIdentifier": "notebook-al2023-v1",  # the API reference's default
            "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "1"},
        },
        on_create=_on_create,
        on_update=_on_update,
        on_delete=_on_delete,
        on_status=_on_status,
        event="SageMaker Notebook Instance State Change",
    )
]

OPERATIONS: dict[str, Operation] = {
    "StartNotebookInstance": _start,
    "StopNotebookInstance": _stop,
    "CreatePresignedNotebookInstanceUrl": _presign,
}
