"""Studio images and their numbered versions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from .. import errors
from ..call import Call, Kind, Operation
from ..generic import response
from ..listing import page
from ..records import Record, Stage
from ..status import transition
from ..table import Lifecycle, Messages

__all__ = ["KINDS", "OPERATIONS"]

_DELETED = (Stage("DELETING"), Stage(None, 10))


def _on_update_image(call: Call, record: Record, changes: dict[str, Any]) -> None:
    for member in changes.pop("DeleteProperties", []):
        changes[member] = None


def _on_delete_image(call: Call, record: Record) -> None:
    """Delete all versions with the image."""
    for version in list(call.store.of("ImageVersion").values()):
        if version.key[0] == record.name:
            transition(call, version, _DELETED)


def _next_version(call: Call) -> tuple[str, ...]:
    image = call.get(call.kinds["Image"], (call.request["ImageName"],))
    return (image.name, str(image.private.get("versions", 0) + 1))


def _version_key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    name, alias = request["ImageName"], request.get("Alias")
    versions = [one for one in call.store.of("ImageVersion").values() if one.key[0] == name]
    if request.get("Version") is not None:
        return (name, str(request["Version"]))
    if alias:
        versions = [one for one in versions if alias in one.attributes["Aliases"]]
    newest = max((one.attributes["Version"] for one in versions), default=None)
    if newest is None:
        raise errors.not_found(
            f"{'Alias ' + alias + ' of' if alias else 'Latest'} ImageVersion with ImageName {name} does not exist. "
            "Please provide a valid ImageName."
        )
    return (name, str(newest))


def _on_create_version(call: Call, record: Record) -> None:
    attributes = record.attributes
    image = call.get(call.kinds["Image"], (record.key[0],))
    attributes["Version"] = image.private["versions"] = int(record.name)
    attributes["ImageArn"] = image.arn
    digest = hashlib.sha256(attributes["BaseImage"].encode()).hexdigest()
    attributes["ContainerImage"] = f"{attributes['BaseImage'].partition(':')[0]}@sha256:{digest}"
    attributes.setdefault("Aliases", [])


def _on_update_version(call: Call, record: Record, changes: dict[str, Any]) -> None:
    changes.pop("Version", None)
    changes.pop("Alias", None)
    aliases = [one for one in record.attributes["Aliases"] if one not in changes.pop("AliasesToDelete", [])]
    for alias in changes.pop("AliasesToAdd", []):
        for other in call.store.of("ImageVersion").values():
            if other.key[0] == record.key[0] and alias in other.attributes["Aliases"] and other is not record:
                raise errors.in_use(f"Alias {alias} is used by version {other.name} of {record.key[0]}.")
        aliases.append(alias)
    changes["Aliases"] = list(dict.fromkeys(aliases))


def _aliases(call: Call) -> Mapping[str, Any]:
    name = call.get(call.kinds["Image"], (call.request["ImageName"],)).name
    wanted, number = call.request.get("Alias"), call.request.get("Version")
    found = [
        alias
        for version in call.store.of("ImageVersion").values()
        if version.key[0] == name and number in (None, version.attributes["Version"])
        for alias in version.attributes["Aliases"]
        if wanted in (None, alias)
    ]
    part, token = page(found, call.request, 10)
    return {"SageMakerImageVersionAliases": part} | ({"NextToken": token} if token else {})


def _update_version(call: Call) -> Mapping[str, Any]:
    record = call.get(call.kinds["ImageVersion"])
    changes = {
        member: value
        for member, value in call.request.items()
        if member not in ("ImageName", "Version", "Alias") and value is not None
    }
    _on_update_version(call, record, changes)
    record.attributes |= changes
    record.modified = call.now()
    return response(call, record)


KINDS = [
    Kind(
        noun="Image",
        arn="image/{ImageName}",
        key=("ImageName",),
        messages=Messages(
            missing="The Image with ImageName {name} does not exist.",
            taken="The Image with ImageName {name} already exists. Please use a different ImageName.",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        lifecycle=Lifecycle(
            member="ImageStatus",
            create=(Stage("CREATING"), Stage("CREATED", 10)),
            update=(Stage("UPDATING"), Stage("CREATED", 10)),
            delete=_DELETED,
            failed="CREATE_FAILED",
            update_failed="UPDATE_FAILED",
            delete_failed="DELETE_FAILED",
            exclusive=True,
        ),
        on_update=_on_update_image,
        on_delete=_on_delete_image,
    ),
    Kind(
        noun="ImageVersion",
        arn="image-version/{ImageName}/{ImageVersionNumber}",
        key=("ImageName", "ImageVersionNumber"),
        messages=Messages(
            missing="ImageVersion {name} does not exist.",
            taken="ImageVersion {name} already exists.",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        lifecycle=Lifecycle(
            member="ImageVersionStatus",
            create=(Stage("CREATING"), Stage("CREATED", 20)),
            delete=_DELETED,
            failed="CREATE_FAILED",
            delete_failed="DELETE_FAILED",
            exclusive=True,
        ),
        find_key=_version_key,
        assign_key=_next_version,
        on_create=_on_create_version,
        without=frozenset({"update"}),
        taggable=False,
    ),
]

OPERATIONS: dict[str, Operation] = {"ListAliases": _aliases, "UpdateImageVersion": _update_version}
