"""Application Auto Scaling: scalable targets, policies with their CloudWatch alarms, scheduled actions, tags.

No load is measured and nothing is scaled. A target of SageMaker must be an existing inference component, or a
variant of an existing endpoint, on instances that can scale.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from . import errors
from .autoscaling_alarms import create_alarms
from .call import Call, Operation
from .listing import page
from .provider import Provider
from .records import Record
from .scalable_targets import remove_policy, remove_target
from .store import lock_of, store_of

__all__ = ["autoscaling_provider"]

_KEY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_VARIANT_COUNT = "sagemaker:variant:DesiredInstanceCount"
_COMPONENT_COPIES = "sagemaker:inference-component:DesiredCopyCount"
_POLICY_CONFIGS = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}


def autoscaling_provider() -> Provider:
    """The Application Auto Scaling provider."""
    return Provider("application-autoscaling", {}, _OPERATIONS)


def _key(call: Call) -> tuple[str, ...]:
    return tuple(call.request[member] for member in _KEY)


def _missing(call: Call, what: str) -> Exception:
    where = f"service namespace: {call.request['ServiceNamespace']}, resource ID: {call.request['ResourceId']}"
    dimension = call.request["ScalableDimension"]
    return errors.failure("ObjectNotFoundException", f"No {what} found for {where}, scalable dimension: {dimension}")


def _check_sagemaker(call: Call) -> None:
    """Reject what SageMaker cannot scale."""
    namespace, _, dimension = _key(call)
    if namespace == "sagemaker" and dimension == _VARIANT_COUNT:
        _check_endpoint_variant(call)
    if namespace == "sagemaker" and dimension == _COMPONENT_COPIES:
        _check_component(call)


def _check_component(call: Call) -> None:
    """Reject a missing inference component."""
    resource = call.request["ResourceId"]
    kind, _, name = resource.partition("/")
    if kind != "inference-component" or not name or "/" in name:
        raise errors.validation(f"ResourceId {resource} is not of the form inference-component/NAME")
    with lock_of("sagemaker", call.account, call.region):
        known = store_of("sagemaker", call.account, call.region).of("InferenceComponent")
    if (name,) not in known:
        raise errors.validation(f"Inference component does not exist: {resource}")


def _check_endpoint_variant(call: Call) -> None:
    """Reject what SageMaker cannot scale: a missing or serverless variant, or a burstable instance type."""
    resource = call.request["ResourceId"]
    parts = resource.split("/")
    if len(parts) != 4 or parts[0] != "endpoint" or parts[2] != "variant":
        raise errors.validation(f"ResourceId {resource} is not of the form endpoint/ENDPOINT_NAME/variant/VARIANT_NAME")
    with lock_of("sagemaker", call.account, call.region):
        endpoints = store_of("sagemaker", call.account, call.region).of("Endpoint")
        endpoint = next((one for key, one in endpoints.items() if key[0].lower() == parts[1].lower()), None)
        deployed = (endpoint.private.get("deployed") or endpoint.private.get("next") or {}) if endpoint else {}
        variants = list(deployed.get("variants", []))
    variant = next((one for one in variants if one["VariantName"] == parts[3]), None)
    if variant is None:
        raise errors.validation(f"Endpoint or variant does not exist: {resource}")
    if "DesiredServerlessConfig" in variant:
        raise errors.validation(f"{resource} is serverless and has no instances to scale")
    instance_type = variant.get("InstanceType") or ""
    if instance_type.startswith("ml.t"):
        raise errors.validation(f"The instance type {instance_type} of {resource} does not support automatic scaling")


def _register(call: Call) -> Mapping[str, Any]:
    request = call.request
    record = call.find("ScalableTarget", _key(call))
    known = record.attributes if record else {}
    low = request.get("MinCapacity", known.get("MinCapacity"))
    high = request.get("MaxCapacity", known.get("MaxCapacity"))
    if low is None or high is None:
        raise errors.validation("MinCapacity and MaxCapacity are required to register a scalable target")
    if low < 0 or high < 0:
        raise errors.validation("MinCapacity and MaxCapacity must not be negative")
    if low > high:
        raise errors.validation("Maximum capacity cannot be less than minimum capacity")
    if record is None:
        _check_sagemaker(call)
        arn = call.arn(f"scalable-target/{call.random_id(36)}")
        now = call.now()
        record = Record("ScalableTarget", _key(call), arn, {}, now, now, dict(request.get("Tags") or {}))
        role = f"arn:{call.partition}:iam::{call.account}:role/aws-service-role/{_role_of(request['ServiceNamespace'])}"
        off = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
        record.attributes |= {
            "RoleARN": role,
            "SuspendedState": dict.fromkeys(off, False),
            "CreationTime": now,
            "ScalableTargetARN": arn,
        }
        call.store.add(record)
    given = {member: request[member] for member in (*_KEY, "RoleARN") if request.get(member) is not None}
    record.attributes |= {**given, "MinCapacity": low, "MaxCapacity": high}
    record.attributes["SuspendedState"] |= request.get("SuspendedState") or {}
    return {"ScalableTargetARN": record.arn}


def _role_of(namespace: str) -> str:
    """The service-linked role that AWS uses regardless of the requested role."""
    host, name = {
        "sagemaker": ("sagemaker", "SageMakerEndpoint"),
        "ecs": ("ecs", "ECSService"),
        "dynamodb": ("dynamodb", "DynamoDBTable"),
        "lambda": ("lambda", "LambdaConcurrency"),
    }.get(namespace, (namespace, namespace.title().replace("-", "")))
    return f"{host}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_{name}"


def _target(call: Call) -> Record:
    record = call.find("ScalableTarget", _key(call))
    if record is None:
        raise _missing(call, "scalable target")
    return record


def _deregister(call: Call) -> None:
    remove_target(call, _target(call))


def _put_policy(call: Call) -> Mapping[str, Any]:
    request = call.request
    _target(call)
    key = (*_key(call), request["PolicyName"])
    record = call.find("ScalingPolicy", key)
    type_ = request.get("PolicyType") or (record.attributes["PolicyType"] if record else "StepScaling")
    config = _POLICY_CONFIGS[type_]
    if not request.get(config):
        raise errors.validation(f"{config} is required for a policy of type {type_}")
    tracking = request.get("TargetTrackingScalingPolicyConfiguration")
    if tracking and bool(tracking.get("PredefinedMetricSpecification")) == bool(
        tracking.get("CustomizedMetricSpecification")
    ):
        raise errors.validation(
            "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified"
        )
    now = call.now()
    if record is None:
        place = f"resource/{request['ServiceNamespace']}/{request['ResourceId']}:policyName/{request['PolicyName']}"
        arn = f"arn:{call.partition}:autoscaling:{call.region}:{call.account}:scalingPolicy:{uuid.uuid4()}:{place}"
        record = Record("ScalingPolicy", key, arn, {"PolicyARN": arn, "CreationTime": now}, now, now)
        call.store.add(record)
    given = {member: value for member, value in request.items() if value is not None}
    kept: dict[str, Any] = {
        member: record.attributes[member]
        for member in ("PolicyARN", "CreationTime", "Alarms")
        if member in record.attributes
    }
    record.attributes = {**given, **kept, "PolicyType": type_}
    alarms, create = create_alarms(call, record) if tracking else ([], None)
    record.attributes["Alarms"] = alarms
    if create:
        call.after(create)
    return {"PolicyARN": record.arn, "Alarms": alarms}


def _delete_policy(call: Call) -> None:
    record = call.find("ScalingPolicy", (*_key(call), call.request["PolicyName"]))
    if record is None:
        raise _missing(call, f"scaling policy {call.request['PolicyName']}")
    remove_policy(call, record)


def _put_action(call: Call) -> None:
    request = call.request
    _target(call)
    key = (*_key(call), request["ScheduledActionName"])
    record = call.find("ScheduledAction", key)
    now = call.now()
    if record is None:
        if not request.get("Schedule"):
            raise errors.validation("Schedule is required for a new scheduled action")
        place = f"resource/{key[0]}/{key[1]}:scheduledActionName/{key[3]}"
        arn = f"arn:{call.partition}:autoscaling:{call.region}:{call.account}:scheduledAction:{uuid.uuid4()}:{place}"
        record = Record("ScheduledAction", key, arn, {"ScheduledActionARN": arn, "CreationTime": now}, now, now)
        call.store.add(record)
    # an update without StartTime or EndTime removes it
    for member in ("StartTime", "EndTime"):
        record.attributes.pop(member, None)
    record.attributes |= {member: value for member, value in request.items() if value is not None}


def _delete_action(call: Call) -> None:
    record = call.find("ScheduledAction", (*_key(call), call.request["ScheduledActionName"]))
    if record is None:
        raise _missing(call, f"scheduled action {call.request['ScheduledActionName']}")
    call.store.remove(record)


def _lister(noun: str, member: str, names: str, name: str) -> Operation:
    """A Describe operation with filters by name and by the three members of a target's key."""

    def describe(call: Call) -> Mapping[str, Any]:
        request = call.request
        found = [
            record.attributes
            for record in call.store.of(noun).values()
            if all(request.get(one) in (None, record.attributes[one]) for one in _KEY)
            and (not request.get(names) or record.attributes[name] in request[names])
        ]
        part, token = page(found, request, 50, lambda one: str([one[each] for each in (*_KEY, name)]))
        return {member: part} | ({"NextToken": token} if token else {})

    return describe


def _activities(call: Call) -> Mapping[str, Any]:
    return {"ScalingActivities": []}


def _tagged(call: Call) -> Record:
    record = call.store.by_arn(call.request["ResourceARN"])
    if record is None or record.noun != "ScalableTarget":
        raise errors.failure("ResourceNotFoundException", f"Could not find resource {call.request['ResourceARN']}")
    return record


def _tag(call: Call) -> None:
    _tagged(call).tags |= call.request["Tags"]


def _untag(call: Call) -> None:
    for key in call.request["TagKeys"]:
        _tagged(call).tags.pop(key, None)


def _list_tags(call: Call) -> Mapping[str, Any]:
    return {"Tags": _tagged(call).tags}


_OPERATIONS: dict[str, Operation] = {
    "RegisterScalableTarget": _register,
    "DeregisterScalableTarget": _deregister,
    "DescribeScalableTargets": _lister("ScalableTarget", "ScalableTargets", "ResourceIds", "ResourceId"),
    "PutScalingPolicy": _put_policy,
    "DeleteScalingPolicy": _delete_policy,
    "DescribeScalingPolicies": _lister("ScalingPolicy", "ScalingPolicies", "PolicyNames", "PolicyName"),
    "PutScheduledAction": _put_action,
    "DeleteScheduledAction": _delete_action,
    "DescribeScheduledActions": _lister(
        "ScheduledAction", "ScheduledActions", "ScheduledActionNames", "ScheduledActionName"
    ),
    "DescribeScalingActivities": _activities,
    "TagResource": _tag,
    "UntagResource": _untag,
    "ListTagsForResource": _list_tags,
}
