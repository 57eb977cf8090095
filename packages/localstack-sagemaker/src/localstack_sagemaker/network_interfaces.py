"""Network interfaces in the account's subnets: EC2 has them while their owner exists or runs, and minutes longer.

SageMaker deletes the interfaces of an endpoint or notebook instance some time after their owner:
https://github.com/hashicorp/terraform-provider-aws/issues/34397 and
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1327.
A subnet that EC2 does not have gets no interface.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from typing import Any

from .call import Call
from .others import others
from .records import Record
from .store import Store

__all__ = ["discard", "expire", "update"]

# AWS documents no time. CloudFormation gives up after 15 minutes. Shorter than this, the scaled time has passed before
# Terraform, with waits that no clock scales, deletes the first security group.
_REMAIN_SECONDS = 1800.0
_DESCRIPTIONS = {
    "NotebookInstance": "[Do not delete] Network Interface created to access resources in your VPC for SageMaker "
    "Notebook Instance {name}",
}
_DESCRIPTION = "SageMaker"


def update(call: Call, record: Record, networks: Iterable[Mapping[str, Any] | None]) -> list[str]:
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
    description = _DESCRIPTIONS.get(record.noun, _DESCRIPTION).format(name=record.name)
    for place in sorted(wanted - owned.keys()):
        created = others().create_interface(call.account, call.region, *place, description)
        if created:
            owned[place] = created
    for place in owned.keys() - wanted:
        due = call.clock.now() + _REMAIN_SECONDS * call.clock.scale
        heapq.heappush(call.store.leaving, (due, owned.pop(place)))
    return list(owned.values())


def expire(call: Call) -> None:
    """Delete the released interfaces that are due by the account's clock."""
    leaving, horizon = call.store.leaving, call.clock.horizon()
    while leaving and leaving[0][0] <= horizon:
        others().delete_interface(call.account, call.region, heapq.heappop(leaving)[1])


def discard(store: Store, account: str, region: str) -> None:
    """Delete all interfaces of a store's resources."""
    owned = [name for record in store.all() for name in record.private.get("interfaces", {}).values()]
    for name in (*owned, *(name for _, name in store.leaving)):
        others().delete_interface(account, region, name)
