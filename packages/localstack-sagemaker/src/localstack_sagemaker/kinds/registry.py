"""The model registry: model package groups, their cross-account policies, and model packages with versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import errors
from ..call import Call, Kind, Operation
from ..generic import response
from ..listing import list_operation
from ..records import Record, Stage
from ..shared_packages import foreign_scope, in_owners_account, name_of, package_of, shared_group
from ..store import store_of
from ..table import Lifecycle, Listing, Messages
from ..written_json import written_json

__all__ = ["KINDS", "OPERATIONS", "OWNERS"]


# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html (Tags)
_NO_TAGS = "Tags cannot be specified for a versioned model package, which uses the tags of its model package group."


def _refuse_tags(record: Record) -> str:
    return _NO_TAGS if record.key[0] else ""


def _group_key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    return (name_of(request["ModelPackageGroupName"]),)


def _on_delete_group(call: Call, record: Record) -> None:
    for package in call.store.of("ModelPackage").values():
        if package.key[0] == record.name and package.attributes["ModelPackageStatus"] != "Deleting":
            raise errors.conflict(f"Model Package Group {record.arn} cannot be deleted: it still has model packages.")


def _describe_group(call: Call) -> Mapping[str, Any]:
    record = shared_group(call, call.request["ModelPackageGroupName"], "sagemaker:DescribeModelPackageGroup")
    return response(call, record)


def _policy_group(call: Call) -> Record:
    """Return the group of a policy operation. These operations have their own message for a missing group."""
    key = _group_key(call, call.request)
    record = call.find("ModelPackageGroup", key)
    if record is None:
        arn = call.arn(f"model-package-group/{key[0]}".lower())
        raise errors.validation(f"Cannot find Model Package Group: {arn}.")
    return record


def _put_policy(call: Call) -> Mapping[str, Any]:
    record = _policy_group(call)
    text = call.request["ResourcePolicy"]
    try:
        document = written_json(text)
        if not isinstance(document, dict) or not document.get("Statement"):
            raise ValueError("no statement")
    except ValueError as error:
        raise errors.validation(f"Invalid resource policy: {error}") from None
    record.private["policy"] = text
    return {"ModelPackageGroupArn": record.arn}


def _policy_owner(call: Call) -> Record:
    record = _policy_group(call)
    if "policy" not in record.private:
        raise errors.validation(f"Cannot find resource policy for : {record.arn}")
    return record


def _get_policy(call: Call) -> Mapping[str, Any]:
    return {"ResourcePolicy": _policy_owner(call).private["policy"]}


def _delete_policy(call: Call) -> None:
    del _policy_owner(call).private["policy"]


def _new_package_key(call: Call) -> tuple[str, ...]:
    """Group and version number, or a name without a group."""
    request = call.request
    group, name = request.get("ModelPackageGroupName"), request.get("ModelPackageName")
    if group and name:
        raise errors.validation(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
            "Cannot determine which one to use."
        )
    if name:
        return ("", name)
    if not group:
        raise errors.validation("Missing ARN.")
    if request.get("Tags"):
        raise errors.validation(_NO_TAGS)
    record = call.get(call.kinds["ModelPackageGroup"], (name_of(str(group)),))
    if record.attributes["ModelPackageGroupStatus"] == "Deleting":
        raise errors.conflict(f"Model Package Group {record.arn} is in status Deleting.")
    request["ModelPackageGroupName"] = record.name
    return (record.name, str(record.private.get("versions", 0) + 1))


def _package_key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    text = request.get("ModelPackageName") or request["ModelPackageArn"]
    path = text.partition(":model-package/")[2] if text.startswith("arn:") else text
    group, _, version = path.rpartition("/")
    for key in call.store.of("ModelPackage"):
        if (key[0].lower(), key[1].lower()) == (group.lower(), version.lower()):
            return key
    return (group, version)


def _on_create_package(call: Call, record: Record) -> None:
    attributes = record.attributes
    group, last = record.key
    attributes["ModelPackageName"] = group or last
    if group:
        attributes["ModelPackageVersion"] = int(last)
        attributes.setdefault("ModelApprovalStatus", "PendingManualApproval")
    elif attributes.get("ModelApprovalStatus"):
        raise errors.validation("ModelApprovalStatus can only be specified for a versioned model package.")
    if not any(attributes.get(one) for one in ("InferenceSpecification", "SourceAlgorithmSpecification", "SourceUri")):
        raise errors.validation("InferenceSpecification or SourceAlgorithmSpecification must be specified.")
    if not group:
        del attributes["ModelPackageGroupName"]
    record.arn = attributes["ModelPackageArn"] = call.arn(
        f"model-package/{group}/{last}".lower() if group else f"model-package/{last}".lower()
    )
    attributes["ModelPackageStatusDetails"] = {"ValidationStatuses": [], "ImageScanStatuses": []}
    if group:
        call.get(call.kinds["ModelPackageGroup"], (group,)).private["versions"] = int(last)


def _require_package(call: Call, record: Record) -> None:
    if record.attributes["ModelPackageStatus"] == "Deleting":
        raise errors.conflict(f"Model package {record.arn} is in status Deleting.")


def _on_update_package(call: Call, record: Record, changes: dict[str, Any]) -> None:
    _require_package(call, record)
    changes.pop("ModelPackageArn", None)
    if changes.get("ModelApprovalStatus") and not record.key[0]:
        raise errors.validation("ModelApprovalStatus can only be specified for a versioned model package.")
    added = changes.pop("AdditionalInferenceSpecificationsToAdd", None)
    if added:
        kept = record.attributes.get("AdditionalInferenceSpecifications") or []
        changes["AdditionalInferenceSpecifications"] = kept + added
    removed = set(changes.pop("CustomerMetadataPropertiesToRemove", []))
    if removed or "CustomerMetadataProperties" in changes:
        merged = {
            **(record.attributes.get("CustomerMetadataProperties") or {}),
            **changes.get("CustomerMetadataProperties", {}),
        }
        changes["CustomerMetadataProperties"] = {key: one for key, one in merged.items() if key not in removed}


def _describe_package(call: Call) -> Mapping[str, Any]:
    return response(call, package_of(call, call.request["ModelPackageName"], "sagemaker:DescribeModelPackage"))


def _list_packages(call: Call) -> Mapping[str, Any]:
    group = call.request.get("ModelPackageGroupName")
    kind = call.request.get("ModelPackageType") or ("Versioned" if group else "Unversioned")
    assert call.model is not None
    if group:
        record = shared_group(call, group, "sagemaker:ListModelPackages")
        call.request["ModelPackageGroupName"] = record.name
        scope = foreign_scope(call, group)
        if scope:
            call.store = store_of("sagemaker", *scope)
    everything = call.store.of("ModelPackage")
    chosen = {key: one for key, one in everything.items() if kind == "Both" or bool(key[0]) == (kind == "Versioned")}
    return list_operation(KINDS[1], call.model, lambda _: chosen.values())(call) or {}


def _batch_describe(call: Call) -> Mapping[str, Any]:
    found, failed = {}, {}
    assert call.model is not None
    shape = call.model.output_shape.members["ModelPackageSummaries"].value
    for arn in call.request["ModelPackageArnList"]:
        try:
            record = package_of(call, arn, "sagemaker:BatchDescribeModelPackage")
        except errors.ServiceFailure as error:
            failed[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
        else:
            attributes = KINDS[1].attributes_of(record)
            found[arn] = {name: attributes[name] for name in shape.members if attributes.get(name) is not None}
    return {"ModelPackageSummaries": found, "BatchDescribeModelPackageErrorMap": failed}


KINDS = [
    Kind(
        noun="ModelPackageGroup",
        arn="model-package-group/{ModelPackageGroupName}",
        key=("ModelPackageGroupName",),
        messages=Messages(
            missing="ModelPackageGroup {arn} does not exist.",
            taken="Model Package Group already exists: {arn}.",
        ),
        lifecycle=Lifecycle(
            member="ModelPackageGroupStatus",
            create=(Stage("Pending"), Stage("InProgress", 1), Stage("Completed", 4)),
            delete=(Stage("Deleting"), Stage(None, 5)),
            delete_failed="DeleteFailed",
            exclusive=True,
            reason=None,
        ),
        listing=Listing(items="ModelPackageGroupSummaryList"),
        defaults={"CrossAccountFilterOption": "SameAccount"},
        find_key=_group_key,
        on_delete=_on_delete_group,
    ),
    Kind(
        noun="ModelPackage",
        arn="model-package/{ModelPackageName}",
        key=("ModelPackageGroupName", "ModelPackageName"),
        messages=Messages(
            missing="Model package {name} does not exist.",
            taken="Model package {name} already exists.",
            taken_code="ConflictException",
        ),
        lifecycle=Lifecycle(
            member="ModelPackageStatus",
            create=(Stage("Pending"), Stage("InProgress", 5), Stage("Completed", 10)),
            delete=(Stage("Deleting"), Stage(None, 2)),
            reason=None,
        ),
        listing=Listing(items="ModelPackageSummaryList", ignored=frozenset({"ModelPackageType"})),
        defaults={"CertifyForMarketplace": False},
        assign_key=_new_package_key,
        refuse_tags=_refuse_tags,
        find_key=_package_key,
        on_create=_on_create_package,
        on_update=_on_update_package,
        on_delete=_require_package,
        event="SageMaker Model Package State Change",
    ),
]

OPERATIONS: dict[str, Operation] = {
    "DescribeModelPackageGroup": _describe_group,
    "PutModelPackageGroupPolicy": _put_policy,
    "GetModelPackageGroupPolicy": _get_policy,
    "DeleteModelPackageGroupPolicy": _delete_policy,
    "DescribeModelPackage": _describe_package,
    "ListModelPackages": _list_packages,
    "BatchDescribeModelPackage": _batch_describe,
}

OWNERS: dict[str, Callable[[Call], Call]] = {
    "CreateModelPackage": in_owners_account("ModelPackageGroupName"),
    "DeleteModelPackage": in_owners_account("ModelPackageName"),
    "UpdateModelPackage": in_owners_account("ModelPackageArn"),
}
