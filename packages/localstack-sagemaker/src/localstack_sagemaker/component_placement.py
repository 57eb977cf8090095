"""Places the copies of inference components on the instances of an endpoint's variants."""

from __future__ import annotations

from typing import Any

from .call import Call
from .instance_capacity import place
from .records import Record

__all__ = ["place_components"]

_STATUS = "InferenceComponentStatus"
_NO_ROOM = "There is not enough hardware resources on the instances to create a copy for this Inference Component."


def place_components(call: Call, endpoint: str, changed: Record | None = None) -> None:
    """Count the copies that fit on each variant of an endpoint, and scale managed instances.

    `changed` is the component whose status has changed. It fails if it is new and no copy of it fits.
    """
    record = call.find("Endpoint", endpoint)
    deployed = record.private.get("deployed") if record else None
    components = call.store.of("InferenceComponent").values()
    for variant in deployed["variants"] if deployed else ():
        where = (endpoint, variant["VariantName"])
        running = [
            one
            for one in components
            if (one.attributes["EndpointName"], one.attributes["VariantName"]) == where
            and one.attributes[_STATUS] in ("InService", "Updating")
        ]
        # without any component, managed instances go back to their minimum
        if running or (changed and changed.attributes["VariantName"] == variant["VariantName"]):
            _place(variant, running, changed)


def _place(variant: dict[str, Any], running: list[Record], changed: Record | None) -> None:
    scaling = variant.get("ManagedInstanceScaling") or {}
    managed = scaling.get("Status") == "ENABLED"
    limit = scaling.get("MaxInstanceCount") if managed else variant.get("DesiredInstanceCount")
    wanted = [
        (
            one.attributes["Specification"].get("ComputeResourceRequirements") or {},
            one.attributes["RuntimeConfig"]["DesiredCopyCount"],
        )
        for one in running
    ]
    placed, instances = place(variant.get("InstanceType") or "", limit or 1, wanted)
    for one, count in zip(running, placed, strict=True):
        config = one.attributes["RuntimeConfig"]
        if one is changed and not config["CurrentCopyCount"] and not count and config["DesiredCopyCount"]:
            one.attributes |= {_STATUS: "Failed", "FailureReason": _NO_ROOM}
        one.attributes["RuntimeConfig"] = {**config, "CurrentCopyCount": count}
    if managed:
        variant["DesiredInstanceCount"] = max(scaling.get("MinInstanceCount", 1), instances)
