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
        created = _create(call, *place, description)
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
        _delete(call.account, call.region, heapq.heappop(leaving)[1])


def discard(store: Store, account: str, region: str) -> None:
    """Delete all interfaces of a store's resources."""
    owned = [name for record in store.all() for name in record.private.get("interfaces", {}).values()]
    for name in (*owned, *(name for _, name in store.leaving)):
        _delete(account, region, name)


def _backend(account: str, region: str) -> Any:
    """EC2's resources, or None if EC2 has not been used: loading it takes seconds."""
    from localstack.services.plugins import SERVICE_PLUGINS

    if not SERVICE_PLUGINS.is_running("ec2"):
        return None
    from localstack.services.ec2.models import get_ec2_backend

    return get_ec2_backend(account, region)


def _create(call: Call, subnet_id: str, group_ids: tuple[str, ...], description: str) -> str | None:
    backend = _backend(call.account, call.region)
    subnets = backend.subnets.values() if backend else ()
    subnet = next((zone[subnet_id] for zone in list(subnets) if subnet_id in zone), None)
    if subnet is None:
        return None
    # moto creates a group that it does not have
    known = [name for name in group_ids if backend.get_security_group_from_id(name)]
    interface = backend.create_network_interface(subnet, None, group_ids=known, description=description)
    interface.status = "in-use"
    interface.requester_managed = True
    interface.requester_id = "AROAEXAMPLESAGEMAKER1:SageMaker"
    return str(interface.id)


def _delete(account: str, region: str, name: str) -> None:
    backend = _backend(account, region)
    interface = backend.enis.get(name) if backend else None
    if interface:  # a client may have deleted it
        interface.delete()
