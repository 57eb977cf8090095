"""Edge device fleets and their registered devices."""

from __future__ import annotations

from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind, Operation
from ..records import Record
from ..table import Messages
from ..tags import read_tags

__all__ = ["KINDS", "OPERATIONS"]


def _alias(record: Record, attributes: dict[str, Any]) -> None:
    enabled = attributes.pop("EnableIotRoleAlias", None)
    if enabled is not None:
        attributes["IotRoleAlias"] = f"SageMakerEdge-{record.name}" if enabled else None


def _on_create_fleet(call: Call, record: Record) -> None:
    _alias(record, record.attributes)


def _on_update_fleet(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _alias(record, changes)


def _on_delete_fleet(call: Call, record: Record) -> None:
    if any(device.key[0] == record.name for device in call.store.of("Device").values()):
        raise errors.in_use(f"Device fleet {record.name} still has devices; deregister them first.")


def _register(call: Call) -> None:
    fleet = call.get(call.kinds["DeviceFleet"], (call.request["DeviceFleetName"],))
    tags = read_tags(call.request.get("Tags") or [])
    kind, now = call.kinds["Device"], call.now()
    found: dict[tuple[str, str], Record] = {}
    for device in call.request["Devices"]:
        key = (fleet.name, device["DeviceName"])
        if key in call.store.of("Device") or key in found:
            raise errors.validation(f"Device with name {key[1]} is already registered in fleet {fleet.name}.")
        attributes = {**device, "DeviceFleetName": fleet.name}
        attributes["DeviceArn"] = call.arn_of(kind, attributes)
        found[key] = Record("Device", key, attributes["DeviceArn"], attributes, now, now, dict(tags))
    for record in found.values():
        call.store.add(record)


def _update(call: Call) -> None:
    devices = call.request["Devices"]
    records = _devices(call, [device["DeviceName"] for device in devices])
    for record, device in zip(records, devices, strict=True):
        record.attributes |= device
        record.modified = call.now()


def _deregister(call: Call) -> None:
    for record in _devices(call, call.request["DeviceNames"]):
        call.store.remove(record)


def _devices(call: Call, names: list[str]) -> list[Record]:
    """The named devices of the request's fleet. Raises ValidationException if one of them is missing."""
    fleet = call.get(call.kinds["DeviceFleet"], (call.request["DeviceFleetName"],))
    return [call.get(call.kinds["Device"], (fleet.name, name)) for name in names]


KINDS = [
    Kind(
        noun="DeviceFleet",
        arn="device-fleet/{DeviceFleetName}",
        key=("DeviceFleetName",),
        messages=Messages(
            missing="No devicefleet with name {name} exists.",
            taken="Device fleet with name {name} already exists.",
            taken_code="ResourceInUse",
        ),
        on_create=_on_create_fleet,
        on_role=role_rules.assumed,
        on_update=_on_update_fleet,
        on_delete=_on_delete_fleet,
    ),
    Kind(
        noun="Device",
        arn="device-fleet/{DeviceFleetName}/device/{DeviceName}",
        key=("DeviceFleetName", "DeviceName"),
        messages=Messages(missing="No device with name {name} exists.", taken=""),
        created_member="RegistrationTime",
        modified_member="-",
    ),
]

OPERATIONS: dict[str, Operation] = {
    "RegisterDevices": _register,
    "UpdateDevices": _update,
    "DeregisterDevices": _deregister,
}
