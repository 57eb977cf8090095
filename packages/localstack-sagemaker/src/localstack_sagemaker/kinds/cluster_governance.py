"""Task governance of HyperPod clusters: scheduler configurations and compute quotas."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..call import AttributesHook, Call, Hook, Kind
from ..records import Record, Stage
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS"]

_LIFECYCLE = Lifecycle(
    member="Status",
    create=(Stage("Creating"), Stage("Created", 30)),
    update=(Stage("Updating"), Stage("Updated", 30)),
    delete=(Stage("Deleting"), Stage(None, 30)),
    failed="CreateFailed",
    update_failed="UpdateFailed",
    delete_failed="DeleteFailed",
    exclusive=True,
)


def _on_create(noun: str) -> Hook:
    def on_create(call: Call, record: Record) -> None:
        attributes = record.attributes
        cluster = call.store.by_arn(attributes["ClusterArn"])
        if cluster is None or cluster.noun != "Cluster":
            raise errors.validation(f"Cluster {attributes['ClusterArn']} does not exist.")
        for other in call.store.of(noun).values():
            if noun == "ClusterSchedulerConfig" and other.attributes["ClusterArn"] == attributes["ClusterArn"]:
                raise errors.conflict(f"Cluster {cluster.name} already has a scheduler configuration.")
            if other.attributes["Name"] == attributes["Name"]:
                raise errors.conflict(f"{noun} with name {attributes['Name']} already exists.")
        attributes[f"{noun}Version"] = 1

    return on_create


def _on_update(noun: str) -> AttributesHook:
    def on_update(call: Call, record: Record, changes: dict[str, Any]) -> None:
        current, target = record.attributes[f"{noun}Version"], changes.pop("TargetVersion")
        if target != current:
            raise errors.conflict(f"TargetVersion is {target}, but {record.name} has version {current}.")
        changes[f"{noun}Version"] = current + 1

    return on_update


def _on_describe(noun: str) -> AttributesHook:
    def on_describe(call: Call, record: Record, attributes: dict[str, Any]) -> None:
        wanted = call.request.get(f"{noun}Version")
        if wanted not in (None, attributes[f"{noun}Version"]):
            raise errors.not_found(f"{noun} {record.name} has no version {wanted}.")

    return on_describe


def _kind(noun: str, path: str, words: str, **more: Any) -> Kind:
    def assign(call: Call) -> tuple[str, ...]:
        return (call.random_id(),)

    return Kind(
        noun=noun,
        arn=f"{path}/{{{noun}Id}}",
        key=(f"{noun}Id",),
        messages=Messages(
            missing=f"{words} with ID {{name}} does not exist.", taken="", missing_code="ResourceNotFound"
        ),
        lifecycle=_LIFECYCLE,
        listing=Listing(items=f"{noun}Summaries", name="Name"),
        assign_key=assign,
        on_create=_on_create(noun),
        on_update=_on_update(noun),
        on_describe=_on_describe(noun),
        **more,
    )


KINDS = [
    _kind("ClusterSchedulerConfig", "cluster-scheduler-config", "Cluster scheduler configuration"),
    _kind("ComputeQuota", "compute-quota", "Compute quota", defaults={"ActivationState": "Enabled"}),
]
