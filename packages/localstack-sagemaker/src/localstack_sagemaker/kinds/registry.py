"""The model registry: model package groups, their cross-account policies, and model packages with versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from .. import errors
from ..call import Call, Kind, Operation
from ..clock import clocks
from ..generic import response
from ..listing import list_operation
from ..policies import allows
from ..records import Record, Stage
from ..store import store_of
from ..table import Lifecycle, Listing, Messages

__all__ = ["KINDS", "OPERATIONS", "OWNERS", "package_of"]


def _name_of(name_or_arn: str) -> str:
    """The name in an ARN, or the name itself."""
    return name_or_arn.rpartition("/")[2]


def _foreign_scope(call: Call, arn: str) -> tuple[str, str] | None:
    """Account and region of an ARN, or None for a name or an ARN in the caller's account and region."""
    parts = arn.split(":")
    if len(parts) < 6 or (parts[4], parts[3]) == (call.account, call.region):
        return None
    return parts[4], parts[3]


def _shared_group(call: Call, name_or_arn: str, action: str) -> Record:
    """Return a group by name, or by ARN from another account whose policy allows the caller."""
    scope = _foreign_scope(call, name_or_arn)
    kind = call.kinds["ModelPackageGroup"]
    if scope is None:
        return call.get(kind, (_name_of(name_or_arn),))
    # read without that store's lock: two accounts that read from each other could deadlock
    found = store_of("sagemaker", *scope).by_arn(name_or_arn.lower())
    # AWS's example of a group policy grants ListModelPackages on the versions
    versions = f"{name_or_arn.replace(':model-package-group/', ':model-package/')}/*"
    if found is None or not any(_granted(found, call, action, one) for one in (name_or_arn, versions)):
        raise _denied(call, action, name_or_arn)
    return found


def _granted(group: Record, call: Call, action: str, arn: str) -> bool:
    """Whether a group's policy allows the caller's account an action on the group or on one of its versions."""
    status = call.request.get("ModelApprovalStatus")
    context = {"sagemaker:ModelApprovalStatus": status} if status else {}
    return allows(group.private.get("policy"), call.account, action, arn, context)


def _denied(call: Call, action: str, arn: str) -> Exception:
    return errors.failure(
        "AccessDeniedException",
        f"User: arn:{call.partition}:iam::{call.account}:root is not authorized to perform: {action} on "
        f"resource: {arn} because no resource-based policy allows the {action} action",
    )


def _in_owners_account(member: str) -> Callable[[Call], Call]:
    """Return a function that moves a call to the account that owns the group or version in `member` of its request.

    It raises AccessDeniedException if the group's policy does not allow the caller.
    """

    def move(call: Call) -> Call:
        arn = call.request.get(member) or ""
        scope = _foreign_scope(call, arn)
        if scope is None:
            return call
        if scope[1] != call.region:
            raise errors.validation(f"ARN should be scoped to correct region: {call.region}")
        prefix, _, path = arn.partition(":model-package")
        name = path.removeprefix("-group").strip("/").partition("/")[0]
        store = store_of("sagemaker", *scope)
        group = store.by_arn(f"{prefix}:model-package-group/{name}".lower())
        # a version that is created has no number yet
        version = arn.replace(":model-package-group/", ":model-package/") + "/*" if path.startswith("-group") else arn
        action = f"sagemaker:{call.operation}"
        if group is None or not _granted(group, call, action, version):
            raise _denied(call, action, arn)
        return replace(call, account=scope[0], store=store, clock=clocks.of(scope[0]))

    return move


def _group_key(call: Call, request: Mapping[str, Any]) -> tuple[str, ...]:
    return (_name_of(request["ModelPackageGroupName"]),)


def _on_delete_group(call: Call, record: Record) -> None:
    for package in call.store.of("ModelPackage").values():
        if package.key[0] == record.name:
            raise errors.conflict(f"Model Package Group {record.arn} cannot be deleted: it still has model packages.")


def _describe_group(call: Call) -> Mapping[str, Any]:
    record = _shared_group(call, call.request["ModelPackageGroupName"], "sagemaker:DescribeModelPackageGroup")
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
        document = json.loads(text)
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
    if bool(group) == bool(name):
        raise errors.validation("Exactly one of ModelPackageName and ModelPackageGroupName must be specified.")
    if name:
        return ("", name)
    record = call.get(call.kinds["ModelPackageGroup"], (_name_of(str(group)),))
    record.private["versions"] = record.private.get("versions", 0) + 1
    request["ModelPackageGroupName"] = record.name
    return (record.name, str(record.private["versions"]))


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


def _on_update_package(call: Call, record: Record, changes: dict[str, Any]) -> None:
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


def package_of(call: Call, name_or_arn: str, action: str) -> Record:
    """Return a package by name or ARN, including one from another account whose group's policy allows `action` on it.

    Raises AccessDeniedException for a package of another account that is not shared, and ValidationException for a
    missing one and for another region: https://github.com/aws/amazon-sagemaker-examples/issues/1438.
    """
    scope = _foreign_scope(call, name_or_arn)
    if scope is None:
        return call.get(KINDS[1], _package_key(call, {"ModelPackageName": name_or_arn}))
    if scope[1] != call.region:
        raise errors.validation(f"ARN should be scoped to correct region: {call.region}")
    prefix, _, path = name_or_arn.partition(":model-package/")
    store = store_of("sagemaker", *scope)
    group = store.by_arn(f"{prefix}:model-package-group/{path.rpartition('/')[0]}".lower())
    if group is None or not _granted(group, call, action, name_or_arn):
        raise _denied(call, action, name_or_arn)
    found = store.by_arn(name_or_arn.lower())
    if found is None:
        raise call.missing(KINDS[1], (name_or_arn,))
    return found


def _describe_package(call: Call) -> Mapping[str, Any]:
    return response(call, package_of(call, call.request["ModelPackageName"], "sagemaker:DescribeModelPackage"))


def _list_packages(call: Call) -> Mapping[str, Any]:
    group = call.request.get("ModelPackageGroupName")
    kind = call.request.get("ModelPackageType") or ("Versioned" if group else "Unversioned")
    assert call.model is not None
    if group:
        record = _shared_group(call, group, "sagemaker:ListModelPackages")
        call.request["ModelPackageGroupName"] = record.name
        scope = _foreign_scope(call, group)
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
            create=(Stage("InProgress"), Stage("Completed", 5)),
            delete=(Stage("Deleting"), Stage(None, 5)),
            reason=None,
        ),
        listing=Listing(items="ModelPackageGroupSummaryList", ignored=frozenset({"CrossAccountFilterOption"})),
        defaults={"CreatedBy": {}},
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
            reason=None,
        ),
        listing=Listing(items="ModelPackageSummaryList", ignored=frozenset({"ModelPackageType"})),
        defaults={"CertifyForMarketplace": False, "CreatedBy": {}},
        assign_key=_new_package_key,
        find_key=_package_key,
        on_create=_on_create_package,
        on_update=_on_update_package,
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
    "CreateModelPackage": _in_owners_account("ModelPackageGroupName"),
    "DeleteModelPackage": _in_owners_account("ModelPackageName"),
    "UpdateModelPackage": _in_owners_account("ModelPackageArn"),
}
