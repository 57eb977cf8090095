"""Network interfaces in the account's subnets: EC2 has them while their owner exists or runs, and minutes longer.

SageMaker deletes the interfaces of an endpoint or notebook instance some time after their owner:
https://github.com/hashicorp/terraform-provider-aws/issues/34397 and
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1327.
Those of a file system, its mount targets, are deleted with it.
A subnet that EC2 does not have gets no interface.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from .call import Call
from .others import others
from .records import Record
from .store import Store

__all__ = ["After", "create_groups", "discard", "expire", "update"]

# AWS documents no time. CloudFormation gives up after 15 minutes. Shorter than this, the scaled time has passed before
# Terraform, with waits that no clock scales, deletes the first security group.
_REMAIN_SECONDS = 1800.0
_DESCRIPTIONS = {
    "Domain": "EFS mount target for {HomeEfsFileSystemId}",
    "NotebookInstance": "[Do not delete] Network Interface created to access resources in your VPC for SageMaker "
    "Notebook Instance {NotebookInstanceName}",
}
_DESCRIPTION = "SageMaker"


class After(Enum):
    """What happens to the interfaces that a resource no longer has."""

    REMAIN = "deleted minutes later"
    DELETE = "deleted at once, with the resource's security groups"
    RETAIN = "kept, with the resource's security groups"


def update(
    call: Call, record: Record, networks: Iterable[Mapping[str, Any] | None], after: After = After.REMAIN
) -> list[str]:
    """Create and release interfaces so that a resource has one in each subnet of its `VpcConfig`s.

    A deleted resource has none. Returns the IDs of its interfaces.
    """
    exists = call.store.by_arn(record.arn) is record
    wanted = {
        (subnet, tuple(sorted(network.get("SecurityGroupIds") or ())))
        for network in networks
        if exists and network
        for subnet in network.get("Subnets") or ()
    }
    owned: dict[tuple[str, tuple[str, ...]], str] = record.private.setdefault("interfaces", {})
    description = _DESCRIPTIONS.get(record.noun, _DESCRIPTION).format(**record.attributes)
    for place in sorted(wanted - owned.keys()):
        created = others().create_interface(call.account, call.region, *place, description)
        if created:
            owned[place] = created
    _release(call, [owned.pop(place) for place in owned.keys() - wanted], after)
    if not exists:
        _release_groups(call, record, after)
    return list(owned.values())


def _release(call: Call, interfaces: list[str], after: After) -> None:
    for name in interfaces:
        if after is After.REMAIN:
            heapq.heappush(call.store.leaving, (call.clock.now() + _REMAIN_SECONDS * call.clock.scale, name))
        elif after is After.DELETE:
            others().delete_interface(call.account, call.region, name)
        else:
            call.store.retained.append(name)


def create_groups(call: Call, record: Record, vpc: str, names: Iterable[str]) -> list[str]:
    """Create security groups of a resource in a VPC, once; return their IDs, none if EC2 does not have the VPC."""
    if "groups" not in record.private:
        created = [others().create_group(call.account, call.region, vpc, name) for name in names]
        record.private["groups"] = [group for group in created if group]
    groups: list[str] = record.private["groups"]
    return groups


def _release_groups(call: Call, record: Record, after: After) -> None:
    groups = record.private.pop("groups", [])
    if after is After.RETAIN:
        call.store.retained.extend(groups)
        return
    for name in groups:
        others().delete_group(call.account, call.region, name)


def expire(call: Call) -> None:
    """Delete the released interfaces that are due by the account's clock."""
    leaving, horizon = call.store.leaving, call.clock.horizon()
    while leaving and leaving[0][0] <= horizon:
        others().delete_interface(call.account, call.region, heapq.heappop(leaving)[1])


def discard(store: Store, account: str, region: str) -> None:
    """Delete all interfaces and security groups of a store's resources."""
    owned = [name for record in store.all() for name in record.private.get("interfaces", {}).values()]
    groups = [name for record in store.all() for name in record.private.get("groups", ())]
    left = [*owned, *(name for _, name in store.leaving), *store.retained]
    for name in left:
        if name.startswith("eni-"):
            others().delete_interface(account, region, name)
    for name in (*groups, *left):
        if name.startswith("sg-"):
            others().delete_group(account, region, name)
