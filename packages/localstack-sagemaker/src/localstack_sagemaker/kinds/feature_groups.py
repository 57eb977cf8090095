"""Feature groups and the metadata of their features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import errors, role_rules
from ..call import Call, Kind, Operation
from ..records import Record, Stage
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS", "OPERATIONS"]

_RESERVED_NAMES = frozenset({"is_deleted", "write_time", "api_invocation_time"})
_STATUS = "FeatureGroupStatus"


def _on_create(call: Call, record: Record) -> None:
    attributes = record.attributes
    names = {one["FeatureName"] for one in attributes["FeatureDefinitions"]}
    for member in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if attributes[member] not in names:
            raise errors.validation(f"{member} {attributes[member]} is not one of the feature definitions.")
    _check_features(attributes)
    _check_stores(attributes)
    if not attributes.get("OnlineStoreConfig") and not attributes.get("OfflineStoreConfig"):
        raise errors.validation("At least one of OnlineStoreConfig and OfflineStoreConfig must be specified.")
    offline = attributes.get("OfflineStoreConfig")
    if offline:
        if not attributes.get("RoleArn"):
            raise errors.validation("RoleArn is required when OfflineStoreConfig is specified.")
        stamp = int(record.created.timestamp())
        storage = offline["S3StorageConfig"]
        offline.setdefault("TableFormat", "Glue")
        path = f"{call.account}/sagemaker/{call.region}/offline-store/{record.name}-{stamp}/data"
        storage.setdefault("ResolvedOutputS3Uri", f"{storage['S3Uri'].rstrip('/')}/{path}")
        if not offline.get("DisableGlueTableCreation"):
            table = f"{record.name.replace('-', '_').lower()}_{stamp}"
            offline.setdefault(
                "DataCatalogConfig",
                {"TableName": table, "Catalog": "AwsDataCatalog", "Database": "sagemaker_featurestore"},
            )
        attributes["OfflineStoreStatus"] = {"Status": "Active"}
    attributes["NextToken"] = ""


def _check_features(attributes: Mapping[str, Any]) -> None:
    """Reject features that AWS rejects.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_FeatureDefinition.html and
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html (EventTimeFeatureName)
    """
    names = [one["FeatureName"] for one in attributes["FeatureDefinitions"]]
    if len(set(names)) != len(names):
        raise errors.validation("Feature names must be unique within a feature group.")
    for feature in attributes["FeatureDefinitions"]:
        name, vector = feature["FeatureName"], feature.get("CollectionType") == "Vector"
        if name in _RESERVED_NAMES:
            raise errors.validation(f"Feature name {name} is reserved.")
        if vector and feature.get("FeatureType") != "Fractional":
            raise errors.validation(f"Feature {name} must have the type Fractional: its collection type is Vector.")
        if vector is not bool((feature.get("CollectionConfig") or {}).get("VectorConfig")):
            raise errors.validation(f"VectorConfig must be specified for feature {name} if and only if it is a Vector.")
        if name == attributes["EventTimeFeatureName"] and feature.get("FeatureType") not in ("String", "Fractional"):
            raise errors.validation(f"Event time feature {name} must have the type String or Fractional.")


def _check_stores(attributes: Mapping[str, Any]) -> None:
    """Reject combinations of stores that AWS rejects.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ThroughputConfig.html and
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_OfflineStoreConfig.html
    """
    online, offline = attributes.get("OnlineStoreConfig") or {}, attributes.get("OfflineStoreConfig") or {}
    in_memory = online.get("StorageType") == "InMemory"
    if in_memory and attributes["ThroughputConfig"]["ThroughputMode"] == "Provisioned":
        raise errors.validation("Provisioned throughput is not supported for an InMemory online store.")
    if offline.get("TableFormat") == "Iceberg" and offline.get("DisableGlueTableCreation"):
        raise errors.validation("TableFormat Iceberg is only supported when DisableGlueTableCreation is false.")


def _on_update(call: Call, record: Record, changes: dict[str, Any]) -> None:
    """Keep the changes until the update ends."""
    if len(changes) > 1:
        # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html
        raise errors.validation(f"Only one of {', '.join(changes)} can be specified at a time.")
    if record.attributes[_STATUS] != "Created" or "next" in record.private:
        raise errors.validation(f"FeatureGroup {record.name} is being created, updated or deleted.")
    additions = changes.pop("FeatureAdditions", None)
    if additions:
        changes["FeatureDefinitions"] = record.attributes["FeatureDefinitions"] + additions
    for member in ("OnlineStoreConfig", "ThroughputConfig"):
        if member in changes:
            changes[member] = {**(record.attributes.get(member) or {}), **changes[member]}
    _check_features(record.attributes | changes)
    _check_stores(record.attributes | changes)
    record.private["next"] = dict(changes)
    changes.clear()
    changes["LastUpdateStatus"] = {"Status": "InProgress"}


def _on_status(call: Call, record: Record) -> None:
    following = record.private.get("next")
    if following is None or record.ahead:
        return
    del record.private["next"]
    reason = record.attributes.pop("FailureReason", None)
    if reason is None:
        record.attributes |= following
    record.attributes["LastUpdateStatus"] = (
        {"Status": "Failed", "FailureReason": reason} if reason else {"Status": "Successful"}
    )


def _feature(call: Call) -> tuple[Record, dict[str, Any]]:
    """A feature group and the definition of the named feature."""
    name = call.request["FeatureGroupName"].rpartition("/")[2]
    record = call.get(call.kinds["FeatureGroup"], (name,))
    for definition in record.attributes["FeatureDefinitions"]:
        if definition["FeatureName"] == call.request["FeatureName"]:
            return record, definition
    raise errors.not_found(f"Feature {call.request['FeatureName']} of FeatureGroup {name} does not exist.")


def _describe_feature(call: Call) -> Mapping[str, Any]:
    record, definition = _feature(call)
    metadata = record.private.get("features", {}).get(definition["FeatureName"], {})
    return {
        "FeatureGroupArn": record.arn,
        "FeatureGroupName": record.name,
        "FeatureName": definition["FeatureName"],
        "FeatureType": definition["FeatureType"],
        "CreationTime": record.created,
        "LastModifiedTime": metadata.get("modified", record.modified),
        "Parameters": [{"Key": key, "Value": value} for key, value in metadata.get("parameters", {}).items()],
        **({"Description": metadata["description"]} if "description" in metadata else {}),
    }


def _update_feature(call: Call) -> None:
    record, definition = _feature(call)
    metadata = record.private.setdefault("features", {}).setdefault(definition["FeatureName"], {"parameters": {}})
    if call.request.get("Description") is not None:
        metadata["description"] = call.request["Description"]
    additions = call.request.get("ParameterAdditions") or []
    added = {one["Key"]: one.get("Value", "") for one in additions if "Key" in one}
    removed = set(call.request.get("ParameterRemovals") or [])
    merged = metadata["parameters"] | added
    metadata |= {
        "parameters": {key: value for key, value in merged.items() if key not in removed},
        "modified": call.now(),
    }


KINDS = [
    Kind(
        noun="FeatureGroup",
        arn="feature-group/{FeatureGroupName}",
        key=("FeatureGroupName",),
        messages=Messages(
            missing="Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [{name}].",
            taken="Resource Already Exists: FeatureGroup with name {name} already exists. Choose a different name.\n"
            "Info: Feature Group '{name}' already exists.",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        lifecycle=Lifecycle(
            member=_STATUS,
            create=(Stage("Creating"), Stage("Created", 20)),
            # an update has its own status
            update=(Stage("Created"), Stage("Created", 20)),
            delete=(Stage("Deleting"), Stage(None, 20)),
            failed="CreateFailed",
            update_failed="Created",
            delete_failed="DeleteFailed",
        ),
        listing=Listing(
            items="FeatureGroupSummaries",
            filters={"OfflineStoreStatusEquals": "OfflineStoreStatus.Status"},
        ),
        defaults={"ThroughputConfig": {"ThroughputMode": "OnDemand"}},
        on_create=_on_create,
        on_role=role_rules.feature_group,
        on_update=_on_update,
        on_status=_on_status,
    )
]

OPERATIONS: dict[str, Operation] = {
    "DescribeFeatureMetadata": _describe_feature,
    "UpdateFeatureMetadata": _update_feature,
}
