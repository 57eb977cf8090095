"""Feature records of online stores: sagemaker-featurestore-runtime. Nothing is written to offline stores.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-storage-configurations-online-store.html
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from . import errors
from .call import Call, Operation
from .data_plane import DataPlane
from .records import Record

__all__ = ["feature_records"]

_SECONDS = {"Seconds": 1, "Minutes": 60, "Hours": 3600, "Days": 86400, "Weeks": 604800}
_LAST_SECOND = 253402300799
"""the last second of the year 9999: a larger event time is in milliseconds"""
_NUMBERS = {"Integral": int, "Fractional": float}


def feature_records() -> DataPlane:
    """The provider of sagemaker-featurestore-runtime."""
    return DataPlane("sagemaker-featurestore-runtime", _OPERATIONS)


def _invalid(message: str) -> Exception:
    return errors.failure("ValidationError", message)


def _group(call: Call, name: str, code: str = "ValidationError") -> Record:
    """The feature group of a request, by name or ARN. Its error is AWS's, as in ERRORS.md."""
    short = name.rpartition("/")[2]
    found = call.find("FeatureGroup", short)
    if found is None or found.attributes["FeatureGroupStatus"] == "Deleting":
        message = f"Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {short}"
        raise errors.failure(code, message, 404 if code == "ResourceNotFound" else 400)
    if found.attributes["FeatureGroupStatus"] != "Created":
        raise _invalid(f"FeatureGroup {short} has status {found.attributes['FeatureGroupStatus']}, expected Created.")
    return found


def _online(group: Record) -> bool:
    return bool((group.attributes.get("OnlineStoreConfig") or {}).get("EnableOnlineStore"))


def _require_online(group: Record) -> None:
    if not _online(group):
        raise _invalid(f"FeatureGroup {group.name} has no online store.")


def _online_records(group: Record) -> dict[str, dict[str, Any]]:
    """The newest record of each identifier: its features, event time, expiry, and whether it is deleted."""
    records: dict[str, dict[str, Any]] = group.private.setdefault("records", {})
    return records


def _targets(group: Record, wanted: Iterable[str] | None) -> bool:
    """Whether the online store is written. A store that the group does not have cannot be named."""
    stores = {"OnlineStore": _online(group), "OfflineStore": bool(group.attributes.get("OfflineStoreConfig"))}
    for store in wanted or ():
        if not stores[store]:
            raise _invalid(f"FeatureGroup {group.name} does not have an {store}.")
    return stores["OnlineStore"] and (not wanted or "OnlineStore" in wanted)


def _event_time(group: Record, text: str) -> float:
    """The epoch seconds of an event time, in either of the documented formats."""
    type_ = _types(group)[group.attributes["EventTimeFeatureName"]]
    try:
        if type_ == "Fractional":
            seconds = float(text)
            if not 0 <= seconds <= _LAST_SECOND:
                raise ValueError
            return seconds
        return (
            datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ")
            .replace(tzinfo=datetime.UTC)
            .timestamp()
        )
    except ValueError:
        expected = "Unix seconds" if type_ == "Fractional" else "yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ"
        raise _invalid(f"The event time {text!r} is not of the form {expected}.") from None


def _types(group: Record) -> dict[str, str]:
    return {one["FeatureName"]: one["FeatureType"] for one in group.attributes["FeatureDefinitions"]}


def _checked(group: Record, features: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The features of a record, by name, checked against the definitions."""
    types = _types(group)
    found: dict[str, dict[str, Any]] = {}
    for feature in features:
        name = feature["FeatureName"]
        if name not in types:
            raise _invalid(f"Feature {name} is not defined in FeatureGroup {group.name}.")
        if name in found:
            raise _invalid(f"Feature {name} is in the record more than once.")
        found[name] = feature
        values = feature.get("ValueAsStringList") or [feature.get("ValueAsString")]
        for value in values:
            _check_type(name, types[name], value)
    for member in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        name = group.attributes[member]
        if not found.get(name, {}).get("ValueAsString"):
            raise _invalid(f"The record must have a value of feature {name}, the {member} of the group.")
    return found


def _check_type(name: str, type_: str, value: str | None) -> None:
    if value is None or type_ not in _NUMBERS:
        return
    try:
        _NUMBERS[type_](value)
    except ValueError:
        raise _invalid(f"The value {value!r} of feature {name} is not of type {type_}.") from None


def _put(call: Call) -> None:
    request = call.request
    group = _group(call, request["FeatureGroupName"])
    features = _checked(group, request["Record"])
    moment = _event_time(group, features[group.attributes["EventTimeFeatureName"]]["ValueAsString"])
    if not _targets(group, request.get("TargetStores")):
        return
    ttl = request.get("TtlDuration") or (group.attributes.get("OnlineStoreConfig") or {}).get("TtlDuration")
    expires = moment + ttl["Value"] * _SECONDS[ttl["Unit"]] if ttl else None
    identifier = features[group.attributes["RecordIdentifierFeatureName"]]["ValueAsString"]
    _store(group, identifier, moment, {"features": list(features.values()), "expires": expires})


def _store(group: Record, identifier: str, moment: float, record: dict[str, Any]) -> None:
    """Store a record, unless the online store has a newer one."""
    records = _online_records(group)
    known = records.get(identifier)
    if known is None or known["time"] <= moment:
        records[identifier] = {**record, "time": moment}


def _delete(call: Call) -> None:
    request = call.request
    group = _group(call, request["FeatureGroupName"])
    moment = _event_time(group, request["EventTime"])
    if not _targets(group, request.get("TargetStores")):
        return
    identifier = request["RecordIdentifierValueAsString"]
    known = _online_records(group).get(identifier)
    if request.get("DeletionMode") != "HardDelete":
        _store(group, identifier, moment, {"features": None, "expires": None})
    elif known and known["time"] <= moment:
        del _online_records(group)[identifier]


def _found(call: Call, group: Record, identifier: str, names: list[str] | None) -> dict[str, Any] | None:
    """The record of an identifier, with the named features, or None if there is none that is current."""
    known = _online_records(group).get(identifier)
    if known is None or known["features"] is None:
        return None
    if known["expires"] is not None and known["expires"] <= call.clock.now():
        return None
    features = [one for one in known["features"] if not names or one["FeatureName"] in names]
    found: dict[str, Any] = {"Record": features}
    if call.request.get("ExpirationTimeResponse") == "Enabled" and known["expires"] is not None:
        moment = datetime.datetime.fromtimestamp(min(known["expires"], _LAST_SECOND), datetime.UTC)
        found["ExpiresAt"] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return found


def _get(call: Call) -> Mapping[str, Any]:
    request = call.request
    group = _group(call, request["FeatureGroupName"], "ResourceNotFound")
    _require_online(group)
    names = request.get("FeatureNames")
    unknown = [name for name in names or [] if name not in _types(group)]
    if unknown:
        raise _invalid(f"Feature {unknown[0]} is not defined in FeatureGroup {group.name}.")
    return _found(call, group, request["RecordIdentifierValueAsString"], names) or {}


def _batch_get(call: Call) -> Mapping[str, Any]:
    """Records that do not exist are left out; errors are those of a group."""
    records, failed = [], []
    for wanted in call.request["Identifiers"]:
        name = wanted["FeatureGroupName"]
        for identifier in wanted["RecordIdentifiersValueAsString"]:
            shared = {"FeatureGroupName": name, "RecordIdentifierValueAsString": identifier}
            try:
                group = _group(call, name, "ResourceNotFound")
                _require_online(group)
            except errors.ServiceFailure as error:
                failed.append({**shared, "ErrorCode": error.code, "ErrorMessage": error.message})
                continue
            found = _found(call, group, identifier, wanted.get("FeatureNames"))
            if found:
                records.append({**shared, **found})
    return {"Records": records, "Errors": failed, "UnprocessedIdentifiers": []}


_OPERATIONS: dict[str, Operation] = {
    "BatchGetRecord": _batch_get,
    "DeleteRecord": _delete,
    "GetRecord": _get,
    "PutRecord": _put,
}
