"""The scalable targets of endpoints: which variants have one, and their removal with policies, actions and alarms."""

from __future__ import annotations

from .autoscaling_alarms import delete_alarms
from .call import Call
from .records import Record
from .store import lock_of, store_of

__all__ = ["deregister", "deregister_endpoint", "remove_policy", "remove_target", "scaled_variants"]


def scaled_variants(call: Call, endpoint: str) -> list[str]:
    """Names of an endpoint's variants with a scalable target. `call` is a call to SageMaker."""
    # read without the lock: the lock's holders take SageMaker's
    targets = list(store_of("application-autoscaling", call.account, call.region).of("ScalableTarget"))
    parts = [key[1].split("/") for key in targets if key[0] == "sagemaker"]
    return sorted(
        {one[3] for one in parts if one[0] == "endpoint" and len(one) == 4 and one[1].lower() == endpoint.lower()}
    )


def deregister_endpoint(call: Call, endpoint: str) -> None:
    """Deregister the scalable targets of a deleted endpoint. Call it without SageMaker's lock."""
    deregister(call, f"endpoint/{endpoint}/variant/")


def deregister(call: Call, resource: str) -> None:
    """Deregister SageMaker's scalable targets: `resource` is a resource ID, or a prefix with a slash at its end."""
    with lock_of("application-autoscaling", call.account, call.region):
        store = store_of("application-autoscaling", call.account, call.region)
        inside = Call("application-autoscaling", call.account, call.region, call.partition, store, call.clock, {})
        wanted = resource.lower()
        for key, record in list(store.of("ScalableTarget").items()):
            found = key[1].lower()
            if key[0] == "sagemaker" and (found.startswith(wanted) if wanted.endswith("/") else found == wanted):
                remove_target(inside, record)
    for work in inside.later:
        work()


def remove_target(call: Call, record: Record) -> None:
    """Remove a target with its policies and scheduled actions."""
    for noun in ("ScalingPolicy", "ScheduledAction"):
        for one in list(call.store.of(noun).values()):
            if one.key[:3] == record.key:
                remove_policy(call, one)
    call.store.remove(record)


def remove_policy(call: Call, record: Record) -> None:
    """Remove a policy with its alarms, or a scheduled action."""
    names = [alarm["AlarmName"] for alarm in record.attributes.get("Alarms") or []]
    call.store.remove(record)
    call.after(lambda: delete_alarms(call, names))
