"""HyperPod clusters: instance groups and their nodes.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-hyperpod.html
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from .. import errors
from ..call import Call, Kind, Operation
from ..generic import response
from ..listing import list_operation
from ..records import Record, Stage
from ..status import transition
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS", "OPERATIONS"]

_STATUS = "ClusterStatus"
_GROUPS = ("InstanceGroups", "RestrictedInstanceGroups")
_REPLACED = ("ClusterRole", "NodeProvisioningMode", "NodeRecovery", "Orchestrator", "TieredStorageConfig")
"""members that an update replaces as a whole"""


def _key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    """Clusters are named by name or ARN. The last part of an ARN is an ID that AWS assigns."""
    given = str(request["ClusterName"])
    record = call.store.by_arn(given) if given.startswith("arn:") else None
    return record.key if record else (given,)


def _on_create(call: Call, record: Record) -> None:
    attributes = record.attributes
    if not any(attributes.get(member) for member in _GROUPS):
        raise errors.validation("InstanceGroups or RestrictedInstanceGroups must be specified.")
    if attributes.get("Orchestrator") and not attributes.get("VpcConfig"):
        raise errors.validation("VpcConfig must be specified for a cluster that is orchestrated by EKS.")
    if attributes.get("NodeRecovery") and not attributes.get("Orchestrator"):
        raise errors.validation("NodeRecovery can only be specified for a cluster that is orchestrated by EKS.")
    if attributes.get("Orchestrator"):
        attributes.setdefault("NodeRecovery", "Automatic")
    record.arn = attributes["ClusterArn"] = call.arn(f"cluster/{call.random_id()}")
    for member in _GROUPS:
        groups = attributes.get(member) or []
        _require_unique([one["InstanceGroupName"] for one in groups])
        attributes[member] = [_group(one) for one in groups]
    record.private["nodes"] = {}
    _start_autoscaling(attributes, attributes.get("AutoScaling"))


def _start_autoscaling(attributes: dict[str, Any], config: Mapping[str, Any] | None) -> None:
    """Store a requested autoscaling configuration. It is in service when the cluster is."""
    if config:
        attributes["AutoScaling"] = {**config, "Status": "Creating"}


def _require_unique(names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise errors.validation("Instance group names must be unique within a cluster.")


def _group(specification: Mapping[str, Any]) -> dict[str, Any]:
    group = {name: value for name, value in specification.items() if name != "InstanceCount"}
    group.setdefault("ThreadsPerCore", 1)
    return {**group, "CurrentCount": 0, "TargetCount": specification["InstanceCount"], "Status": "Creating"}


def _on_status(call: Call, record: Record) -> None:
    if record.attributes[_STATUS] == "InService":
        for group in _all_groups(record):
            _scale(call, record, group)
        if "AutoScaling" in record.attributes:
            record.attributes["AutoScaling"]["Status"] = "InService"


def _all_groups(record: Record) -> list[dict[str, Any]]:
    return [group for member in _GROUPS for group in record.attributes.get(member) or []]


def _scale(call: Call, record: Record, group: dict[str, Any]) -> None:
    """Start or end the nodes of a group, so that it has its target count."""
    nodes: dict[str, dict[str, Any]] = record.private["nodes"]
    own = [id_ for id_, node in nodes.items() if node["InstanceGroupName"] == group["InstanceGroupName"]]
    for id_ in own[group["TargetCount"] :]:
        del nodes[id_]
    for _ in range(group["TargetCount"] - len(own)):
        id_ = f"i-{call.random_id(17).translate(_HEX)}"
        nodes[id_] = {
            "InstanceGroupName": group["InstanceGroupName"],
            "InstanceId": id_,
            "InstanceType": group["InstanceType"],
            "LaunchTime": call.now(),
            "InstanceStatus": {"Status": "Running"},
            "LifeCycleConfig": group.get("LifeCycleConfig"),
            "ThreadsPerCore": group["ThreadsPerCore"],
        }
    group |= {"CurrentCount": group["TargetCount"], "Status": "InService"}


_HEX = str.maketrans("ghijklmnopqrstuvwxyz", "0123456789abcdef0123")


def _on_describe(call: Call, record: Record, attributes: dict[str, Any]) -> None:
    if not attributes["RestrictedInstanceGroups"]:
        del attributes["RestrictedInstanceGroups"]


def _require_in_service(record: Record) -> None:
    status = record.attributes[_STATUS]
    if status != "InService":
        raise errors.conflict(f"Cluster {record.name} is in status {status} and cannot be changed.")


def _update(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    _require_in_service(record)
    request = call.request
    groups = {member: _updated_groups(record, member, request) for member in _GROUPS}
    known = {one["InstanceGroupName"] for one in _all_groups(record)}
    deleted = request.get("InstanceGroupsToDelete") or []
    missing = [name for name in deleted if name not in known]
    if missing:
        raise errors.not_found(f"Cluster {record.name} has no instance group {', '.join(missing)}.")
    record.attributes.pop("FailureMessage", None)
    fault = call.fault(record, "rollback", "rolling_back")
    if fault:
        undone = {member: record.attributes[member] for member in _GROUPS} | {"FailureMessage": fault.reason}
        record.attributes |= groups
        transition(call, record, (Stage("Updating"), Stage("RollingBack", 300), Stage("InService", 300, undone)))
        return response(call, record)
    nodes = record.private["nodes"]
    record.private["nodes"] = {id_: one for id_, one in nodes.items() if one["InstanceGroupName"] not in deleted}
    record.attributes |= groups
    record.attributes |= {member: request[member] for member in _REPLACED if request.get(member)}
    _start_autoscaling(record.attributes, request.get("AutoScaling"))
    transition(call, record, (Stage("Updating"), Stage("InService", 300)))
    return response(call, record)


def _updated_groups(record: Record, member: str, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The groups of a cluster after an update. Raises ValidationException for another instance type."""
    deleted = request.get("InstanceGroupsToDelete") or []
    by_name = {one["InstanceGroupName"]: one for one in record.attributes.get(member) or []}
    for wanted in request.get(member) or []:
        known = by_name.get(wanted["InstanceGroupName"])
        if known and known["InstanceType"] != wanted["InstanceType"]:
            raise errors.validation(f"The instance type of group {wanted['InstanceGroupName']} cannot be changed.")
        current = known["CurrentCount"] if known else 0
        by_name[wanted["InstanceGroupName"]] = {**_group(wanted), "CurrentCount": current, "Status": "Updating"}
    return [one for name, one in by_name.items() if name not in deleted]


def _update_software(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    _require_in_service(record)
    for node in record.private["nodes"].values():
        node["LastSoftwareUpdateTime"] = call.now()
    transition(call, record, (Stage("SystemUpdating"), Stage("InService", 600)))
    return response(call, record)


def _list_nodes(call: Call) -> Mapping[str, Any]:
    assert call.model
    record = call.get(KINDS[0])
    return list_operation(_NODE, call.model, lambda _: _nodes(record))(call) or {}


def _nodes(record: Record) -> Iterator[Record]:
    for id_, node in record.private["nodes"].items():
        yield Record("ClusterNode", (record.name, id_), id_, node, node["LaunchTime"], node["LaunchTime"])


def _describe_node(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    id_ = call.request.get("NodeId") or ""
    node = record.private["nodes"].get(id_)
    if node is None:
        raise errors.not_found(f"Node {id_} of cluster {record.name} does not exist.")
    return {"NodeDetails": {name: value for name, value in copy.deepcopy(node).items() if value is not None}}


def _delete_nodes(call: Call) -> Mapping[str, Any]:
    """Delete nodes, and lower the target count of their groups."""
    record = call.get(KINDS[0])
    _require_in_service(record)
    nodes, deleted, failed = record.private["nodes"], [], []
    for id_ in call.request.get("NodeIds") or []:
        node = nodes.pop(id_, None)
        if node is None:
            failed.append({"Code": "NodeIdNotFound", "Message": f"Node {id_} does not exist.", "NodeId": id_})
            continue
        deleted.append(id_)
        for group in _all_groups(record):
            if group["InstanceGroupName"] == node["InstanceGroupName"]:
                group["TargetCount"] = group["CurrentCount"] = group["CurrentCount"] - 1
    return {"Successful": deleted, "Failed": failed}


def _on_delete(call: Call, record: Record) -> None:
    if record.attributes[_STATUS] not in ("InService", "Failed"):
        raise errors.conflict(f"Cluster {record.name} is in status {record.attributes[_STATUS]}.")


KINDS = [
    Kind(
        noun="Cluster",
        arn="cluster/{ClusterName}",
        key=("ClusterName",),
        messages=Messages(
            missing="Cluster with name {name} does not exist.",
            taken="Resource in use: Cluster with name {name} already exists. Please choose a different name.",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        lifecycle=Lifecycle(
            member=_STATUS,
            create=(Stage("Creating"), Stage("InService", 900)),
            delete=(Stage("Deleting"), Stage(None, 300)),
            reason="FailureMessage",
        ),
        listing=Listing(filters={"TrainingPlanArn": "TrainingPlanArns"}),
        find_key=_key,
        on_create=_on_create,
        on_delete=_on_delete,
        on_describe=_on_describe,
        on_status=_on_status,
        without=frozenset({"update"}),
    )
]

_NODE = Kind(
    noun="ClusterNode",
    arn="",
    key=("ClusterName", "InstanceId"),
    messages=Messages(missing="", taken=""),
    listing=Listing(ignored=frozenset({"ClusterName"})),
)
"""How nodes are listed. They are stored with their cluster."""

OPERATIONS: dict[str, Operation] = {
    "BatchDeleteClusterNodes": _delete_nodes,
    "DescribeClusterNode": _describe_node,
    "ListClusterNodes": _list_nodes,
    "UpdateCluster": _update,
    "UpdateClusterSoftware": _update_software,
}
