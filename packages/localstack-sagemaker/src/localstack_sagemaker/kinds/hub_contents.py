"""Contents of hubs: imported models and notebooks with versions, and references to AWS's public hub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..call import Call, Kind, Operation
from ..generic import delete_operation, new_record, response
from ..listing import list_operation
from ..records import Record, Stage
from ..status import transition
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS", "OPERATIONS"]

_REFERENCE = "ModelReference"
_STATUS = "HubContentStatus"


def _hub(call: Call) -> Record:
    return call.get(call.kinds["Hub"], (str(call.request["HubName"]).rpartition("/")[2],))


def _parsed(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) if part.isdigit() else 0 for part in parts)


def _of(call: Call, hub: str, type_: str, name: str) -> list[Record]:
    """The versions of a content, oldest first."""
    contents = call.store.of("HubContent").values()
    found = [one for one in contents if one.key[:3] == (hub, type_, name)]
    return sorted(found, key=lambda one: _parsed(one.attributes["HubContentVersion"]))


def _key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    """The version that is named, or the newest one."""
    hub, type_ = str(request["HubName"]).rpartition("/")[2], request["HubContentType"]
    name = request["HubContentName"]
    versions = _of(call, hub, type_, name)
    versions = [one for one in versions if one.attributes[_STATUS] != "Deleting"] or versions
    newest = versions[-1].attributes["HubContentVersion"] if versions else ""
    return (hub, type_, name, request.get("HubContentVersion") or newest)


def _import(call: Call) -> Mapping[str, Any]:
    hub, request = _hub(call), call.request
    request["HubName"] = hub.name
    versions = _of(call, hub.name, request["HubContentType"], request["HubContentName"])
    if not request.get("HubContentVersion"):
        last = _parsed(versions[-1].attributes["HubContentVersion"]) if versions else (0, 0, 0)
        request["HubContentVersion"] = ".".join(map(str, (*last[:-1], last[-1] + 1))) if versions else "1.0.0"
    return _add(call, hub, {"SupportStatus": "Supported", **request})


def _add_reference(call: Call) -> Mapping[str, Any]:
    hub, request = _hub(call), call.request
    public = str(request["SageMakerPublicHubContentArn"])
    name = request.get("HubContentName") or public.rpartition("/")[2]
    version = request.get("MinVersion") or "1.0.0"
    given = {
        **request,
        "SageMakerPublicHubContentArn": f"{public}/{version}",
        "HubName": hub.name,
        "HubContentName": name,
        "HubContentType": _REFERENCE,
        "HubContentVersion": version,
        "DocumentSchemaVersion": "1.0.0",
        "HubContentDocument": "{}",
        "ReferenceMinVersion": request.get("MinVersion"),
    }
    return _add(call, hub, given)


def _add(call: Call, hub: Record, given: dict[str, Any]) -> Mapping[str, Any]:
    call.request = given
    kind = KINDS[0]
    record = new_record(call, kind, tuple(str(given[member]) for member in kind.key))
    if record.key in call.store.of(kind.noun):
        raise call.taken(kind, record.key)
    record.attributes |= {"HubArn": hub.arn, "OriginalCreationTime": record.created}
    _share_tags(call, record)
    call.store.add(record)
    transition(call, record, (Stage("Importing"), Stage("Available", 20)))
    return response(call, record)


def _share_tags(call: Call, record: Record) -> None:
    """Tags are those of a content: all its versions have the same ones."""
    for other in _of(call, *record.key[:3]):
        other.tags |= record.tags
        record.tags = other.tags


def _on_status(call: Call, record: Record) -> None:
    """A content without a version in its ARN is the newest one."""
    alias, versions = record.arn.rpartition("/")[0], _of(call, *record.key[:3])
    if versions:
        call.store.arns[alias] = (record.noun, versions[-1].key)
    else:
        call.store.arns.pop(alias, None)


def _delete_reference(call: Call) -> Mapping[str, Any]:
    return delete_operation(KINDS[0])(call) or {}


def _update_reference(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    if call.request.get("MinVersion"):
        record.attributes["ReferenceMinVersion"] = call.request["MinVersion"]
    record.modified = call.now()
    return response(call, record)


def _newest(call: Call) -> Iterator[Record]:
    newest: dict[tuple[str, ...], Record] = {}
    for record in call.store.of("HubContent").values():
        known = newest.get(record.key[:3])
        parsed = _parsed(record.attributes["HubContentVersion"])
        if known is None or parsed > _parsed(known.attributes["HubContentVersion"]):
            newest[record.key[:3]] = record
    yield from newest.values()


def _list(call: Call) -> Mapping[str, Any]:
    assert call.model
    call.request["HubName"] = _hub(call).name
    return list_operation(KINDS[0], call.model, _newest)(call) or {}


def _list_versions(call: Call) -> Mapping[str, Any]:
    assert call.model
    hub, request = _hub(call), call.request
    request["HubName"] = hub.name
    found = _of(call, hub.name, request["HubContentType"], request["HubContentName"])
    if not found:
        raise call.missing(KINDS[0], (request["HubContentName"],))
    low = _parsed(request.get("MinVersion") or "0")
    found = [one for one in found if _parsed(one.attributes["HubContentVersion"]) >= low]
    return list_operation(KINDS[0], call.model, lambda _: found)(call) or {}


KINDS = [
    Kind(
        noun="HubContent",
        arn="hub-content/{HubName}/{HubContentType}/{HubContentName}/{HubContentVersion}",
        key=("HubName", "HubContentType", "HubContentName", "HubContentVersion"),
        messages=Messages(
            missing="Hub content with name {name} does not exist.",
            taken="Hub content with version {name} already exists.",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        lifecycle=Lifecycle(
            member=_STATUS,
            create=(Stage("Importing"), Stage("Available", 20)),
            delete=(Stage("Deleting"), Stage(None, 10)),
            failed="ImportFailed",
            delete_failed="DeleteFailed",
            exclusive=True,
        ),
        listing=Listing(
            items="HubContentSummaries",
            name="HubContentName",
            ignored=frozenset({"MaxSchemaVersion", "MinVersion"}),
        ),
        find_key=_key,
        on_status=_on_status,
    )
]

OPERATIONS: dict[str, Operation] = {
    "CreateHubContentReference": _add_reference,
    "DeleteHubContentReference": _delete_reference,
    "ImportHubContent": _import,
    "ListHubContentVersions": _list_versions,
    "ListHubContents": _list,
    "UpdateHubContentReference": _update_reference,
}
