"""Endpoints: deployments, updates with rollback, weights and capacities."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from .. import errors, network_interfaces, role_rules
from ..alarms import first_in_alarm
from ..call import Call, Kind, Operation
from ..component_placement import place_components
from ..faults import DEFAULT_REASON, Fault
from ..generic import response
from ..records import Record, Stage
from ..role_output import write_log, write_metric
from ..scalable_targets import deregister_endpoint, scaled_variants
from ..status import transition
from ..table import Lifecycle, Messages
from .deployments import check_deployment, deployed, missing_parts, summaries

__all__ = ["KINDS", "OPERATIONS"]

_STATUS = "EndpointStatus"
_ROLLBACK_SECONDS = 600.0
_ROLLBACK_REASON = "The update was rolled back because the new fleet of instances failed its health checks."


def _config(call: Call) -> Record:
    kind = call.kinds["EndpointConfig"]
    return call.get(kind, (call.request["EndpointConfigName"],))


def _require_updatable(record: Record) -> None:
    status = record.attributes[_STATUS]
    if status == "Failed":
        raise errors.validation(f'Cannot update failed endpoint "{record.arn}".')
    if status not in ("InService", "OutOfService", "UpdateRollbackFailed"):
        raise errors.validation(f'Cannot update in-progress endpoint "{record.arn}".')


def _on_create(call: Call, record: Record) -> None:
    config = _config(call)
    deployment = record.attributes.pop("DeploymentConfig", None)
    check_deployment(deployment, config)
    if deployment:
        record.attributes["LastDeploymentConfig"] = deployment
    record.private["next"] = deployed(call, config)


def _on_delete(call: Call, record: Record) -> None:
    if record.attributes[_STATUS] in ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"):
        raise errors.validation(f'Cannot update in-progress endpoint "{record.arn}".')
    # https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-delete-resources.html
    components = call.store.of("InferenceComponent").values()
    names = sorted(one.name for one in components if one.attributes["EndpointName"] == record.name)
    if names:
        raise errors.validation(
            f'Cannot delete endpoint "{record.arn}" while it has inference components: {", ".join(names)}.'
        )
    # https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-delete-with-scaling.html
    call.after(lambda: deregister_endpoint(call, record.name))


def _update(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    config = _config(call)
    _require_updatable(record)
    # recorded: https://github.com/hashicorp/terraform-provider-aws/issues/40048 and 48997
    gone = missing_parts(call, record.private["deployed"])
    if gone:
        raise errors.validation(gone)
    deployment = call.request.get("DeploymentConfig")
    if call.request.get("RetainDeploymentConfig"):
        deployment = record.attributes.get("LastDeploymentConfig")
    check_deployment(deployment, config)
    following = deployed(call, config)
    now_serverless = record.private["deployed"]["serverless"]
    if following["serverless"] != now_serverless:
        kinds = ("a serverless", "an instance based") if now_serverless else ("an instance based", "a serverless")
        raise errors.validation(f"Endpoint {record.arn} cannot be updated from {kinds[0]} to {kinds[1]} endpoint.")
    _require_unscaled(call, record, following)
    if call.request.get("RetainAllVariantProperties"):
        excluded = call.request.get("ExcludeRetainedVariantProperties") or []
        _retain(record.private["deployed"], following, {one["VariantPropertyType"] for one in excluded})
    following["deployment"] = deployment
    record.private["next"] = following
    record.attributes.pop("FailureReason", None)
    fault = call.fault(record, "rollback", "rolling_back", "fail", "capacity")
    if fault:
        following["rollback"] = fault.reason if fault.reason != DEFAULT_REASON else _ROLLBACK_REASON
    transition(call, record, _stages(fault, 300))
    return response(call, record)


def _stages(fault: Fault | None, seconds: float) -> tuple[Stage, ...]:
    """The statuses of an update that takes `seconds`, and those of a rollback with the status RollingBack."""
    if fault and fault.effect == "rolling_back":
        return (Stage("Updating"), Stage("RollingBack", seconds), Stage("InService", _ROLLBACK_SECONDS))
    return (Stage("Updating"), Stage("InService", seconds))


def _require_unscaled(call: Call, record: Record, following: Mapping[str, Any]) -> None:
    """Reject an update that removes a variant with a scalable target or changes its instance type.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html
    """
    now, then = (
        {one["VariantName"]: one for one in each["variants"]} for each in (record.private["deployed"], following)
    )
    changed = [
        name
        for name in scaled_variants(call, record.name)
        if name in now and (name not in then or then[name]["InstanceType"] != now[name]["InstanceType"])
    ]
    if changed:
        raise errors.validation(
            f'The variant(s) "[{", ".join(changed)}]" must be deregistered as scalable targets with AWS Auto Scaling '
            "before they can be removed or have their instance type changed."
        )


def _retain(old: dict[str, Any], new: dict[str, Any], excluded: set[str]) -> None:
    """Copy weights, counts and data capture to variants with the same name."""
    before = {variant["VariantName"]: variant for variant in old["variants"]}
    for variant in new["variants"]:
        kept = before.get(variant["VariantName"])
        if kept and "DesiredWeight" not in excluded:
            variant["DesiredWeight"] = kept["DesiredWeight"]
        if kept and "DesiredInstanceCount" not in excluded and "DesiredInstanceCount" in kept:
            variant["DesiredInstanceCount"] = kept["DesiredInstanceCount"]
    if "DataCaptureConfig" not in excluded:
        new["capture"] = old["capture"]


def _on_status(call: Call, record: Record) -> None:
    _end_deployment(call, record)
    if record.attributes[_STATUS] == "InService":
        place_components(call, record.name)
    deployments = [record.private[name] for name in ("deployed", "next") if record.private.get(name)]
    network_interfaces.update(call, record, [one for deployment in deployments for one in deployment["networks"]])


def _end_deployment(call: Call, record: Record) -> None:
    """Complete or roll back a deployment when its update ends."""
    following = record.private.get("next")
    status = record.attributes.get(_STATUS)
    if following is None or status not in ("InService", "Failed"):
        return
    try:
        if status == "InService":
            _deploy(call, record, following)
    finally:
        del record.private["next"]


def _deploy(call: Call, record: Record, following: dict[str, Any]) -> None:
    missing = missing_parts(call, following) or role_rules.deployment(call, following)
    current = record.private.get("deployed")
    if current is None and missing:
        record.attributes[_STATUS] = "Failed"
        record.attributes["FailureReason"] = missing
        return
    reason = following.pop("rollback", None) or missing
    if current is not None and not reason:
        alarm = first_in_alarm(call, following.get("deployment") or {})
        reason = f"The update was rolled back because alarm {alarm} went into ALARM." if alarm else None
    if reason:
        record.attributes["FailureReason"] = reason
        record.private["deployed"] = following.get("before", current)
        return
    deployment = following.pop("deployment", record.attributes.get("LastDeploymentConfig"))
    record.attributes["EndpointConfigName"] = following["config"]
    if deployment:
        record.attributes["LastDeploymentConfig"] = deployment
    else:
        record.attributes.pop("LastDeploymentConfig", None)
    record.private["deployed"] = following
    _write_output(call, record)


def _write_output(call: Call, record: Record) -> None:
    """Write what the instances of each variant write as the role of its model."""
    deployment = record.private["deployed"]
    for variant in (*deployment["variants"], *deployment["shadows"]):
        model = call.find("Model", variant.get("ModelName") or "")
        role = model.attributes.get("ExecutionRoleArn") if model else None
        if not role:
            continue
        name = variant["VariantName"]
        group = f"/aws/sagemaker/Endpoints/{record.name}"
        write_log(call, record, role, group, f"{name}/i-{call.store.next_number('instance'):017x}")
        dimensions = {"EndpointName": record.name, "VariantName": name}
        write_metric(call, record, role, "/aws/sagemaker/Endpoints", dimensions)


def _weights(call: Call) -> Mapping[str, Any]:
    record = call.get(KINDS[0])
    _require_updatable(record)
    following = copy.deepcopy(record.private["deployed"])
    by_name = {variant["VariantName"]: variant for variant in following["variants"]}
    wanted_names = [one["VariantName"] for one in call.request["DesiredWeightsAndCapacities"]]
    if len(set(wanted_names)) != len(wanted_names):
        raise errors.validation("Each variant can be specified only once in DesiredWeightsAndCapacities.")
    for wanted in call.request["DesiredWeightsAndCapacities"]:
        variant = by_name.get(wanted["VariantName"])
        if variant is None:
            raise errors.validation(f"Could not find variant {wanted['VariantName']} in endpoint {record.arn}.")
        _check_capacity(variant, wanted)
        if wanted.get("DesiredWeight") is not None:
            variant["DesiredWeight"] = wanted["DesiredWeight"]
        if wanted.get("DesiredInstanceCount") is not None:
            variant["DesiredInstanceCount"] = wanted["DesiredInstanceCount"]
        if wanted.get("ServerlessUpdateConfig"):
            variant["DesiredServerlessConfig"] |= wanted["ServerlessUpdateConfig"]
    following["deployment"] = record.attributes.get("LastDeploymentConfig")
    record.private["next"] = following
    fault = call.fault(record, "rolling_back")
    if fault:
        following["rollback"] = fault.reason if fault.reason != DEFAULT_REASON else _ROLLBACK_REASON
        following["before"] = copy.deepcopy(record.private["deployed"])
    # desired values change immediately, current values when the endpoint is in service again
    record.private["deployed"] = _with_desired(record.private["deployed"], following)
    transition(call, record, _stages(fault, 120))
    return response(call, record)


def _check_capacity(variant: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    serverless = "DesiredServerlessConfig" in variant
    if serverless and wanted.get("DesiredInstanceCount") is not None:
        raise errors.validation(f"DesiredInstanceCount cannot be set for serverless variant {variant['VariantName']}.")
    if not serverless and wanted.get("ServerlessUpdateConfig"):
        raise errors.validation(
            f"ServerlessUpdateConfig cannot be set for instance based variant {variant['VariantName']}."
        )


def _with_desired(running: dict[str, Any], following: dict[str, Any]) -> dict[str, Any]:
    shown = copy.deepcopy(running)
    for variant, wanted in zip(shown["variants"], following["variants"], strict=True):
        for member in ("DesiredWeight", "DesiredInstanceCount", "DesiredServerlessConfig"):
            if member in wanted:
                variant[member] = copy.deepcopy(wanted[member])
    return shown


def _on_describe(call: Call, record: Record, attributes: dict[str, Any]) -> None:
    current = record.private.get("deployed")
    following = record.private.get("next")
    if following and attributes[_STATUS] == "InService":
        # reads are served while the end of the deployment waits for other services
        attributes[_STATUS] = "Updating" if current else "Creating"
    if current:
        attributes["ProductionVariants"] = summaries(current["variants"])
        if current["shadows"]:
            attributes["ShadowProductionVariants"] = summaries(current["shadows"])
        for member in ("AsyncInferenceConfig", "ExplainerConfig"):
            if current.get(member):
                attributes[member] = current[member]
        if current["capture"]:
            attributes["DataCaptureConfig"] = current["capture"]
    if current and following and following["config"] != current["config"]:
        attributes["PendingDeploymentSummary"] = {
            "EndpointConfigName": following["config"],
            "ProductionVariants": summaries(following["variants"]),
            "StartTime": record.modified,
        }


def _event_detail(call: Call, record: Record, detail: dict[str, Any]) -> None:
    # endpoint events have IN_SERVICE where the API has InService
    detail[_STATUS] = re.sub(r"(?<!^)(?=[A-Z])", "_", detail[_STATUS]).upper()
    if record.private.get("deployed"):
        detail["ProductionVariants"] = summaries(record.private["deployed"]["variants"])


KINDS = [
    Kind(
        noun="Endpoint",
        arn="endpoint/{EndpointName}",
        key=("EndpointName",),
        messages=Messages(
            missing='Could not find endpoint "{arn}".',
            taken='Cannot create already existing endpoint "{arn}".',
        ),
        lifecycle=Lifecycle(
            member=_STATUS,
            create=(Stage("Creating"), Stage("InService", 240)),
            delete=(Stage("Deleting"), Stage(None, 10)),
        ),
        on_create=_on_create,
        on_delete=_on_delete,
        on_describe=_on_describe,
        on_status=_on_status,
        without=frozenset({"update"}),
        event="SageMaker Endpoint State Change",
        event_detail=_event_detail,
    )
]

OPERATIONS: dict[str, Operation] = {
    "UpdateEndpoint": _update,
    "UpdateEndpointWeightsAndCapacities": _weights,
}
