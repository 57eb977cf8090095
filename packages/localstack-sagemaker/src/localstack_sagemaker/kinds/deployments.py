"""Deployments of endpoints: the variants of an endpoint configuration with their weights and counts."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from .. import errors
from ..call import Call
from ..records import Record

__all__ = ["check_deployment", "deployed", "missing_parts", "summaries"]

_SUMMARY_MEMBERS = (
    "VariantName",
    "DeployedImages",
    "CurrentWeight",
    "DesiredWeight",
    "CurrentInstanceCount",
    "DesiredInstanceCount",
    "CurrentServerlessConfig",
    "DesiredServerlessConfig",
    "ManagedInstanceScaling",
    "RoutingConfig",
)


def deployed(call: Call, config: Record) -> dict[str, Any]:
    """Copy a configuration: an endpoint keeps its deployment when the configuration is deleted."""
    attributes = copy.deepcopy(config.attributes)
    variants = [_variant(call, variant) for variant in attributes["ProductionVariants"]]
    return {
        "config": config.name,
        "variants": variants,
        "shadows": [_variant(call, one) for one in attributes.get("ShadowProductionVariants") or []],
        "serverless": any("DesiredServerlessConfig" in variant for variant in variants),
        "capture": _capture(attributes.get("DataCaptureConfig")),
        "capture_options": attributes.get("DataCaptureConfig"),
        "AsyncInferenceConfig": attributes.get("AsyncInferenceConfig"),
        "ExplainerConfig": attributes.get("ExplainerConfig"),
        "networks": _networks(call, attributes),
    }


def _variant(call: Call, variant: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "VariantName": variant["VariantName"],
        "ModelName": variant.get("ModelName"),
        "InstanceType": variant.get("InstanceType"),
        "DesiredWeight": variant.get("InitialVariantWeight", 1.0),
    }
    if variant.get("ServerlessConfig"):
        found["DesiredServerlessConfig"] = variant["ServerlessConfig"]
    else:
        found["DesiredInstanceCount"] = variant.get("InitialInstanceCount", 1)
    for member in ("ManagedInstanceScaling", "RoutingConfig"):
        if variant.get(member):
            found[member] = variant[member]
    model = call.find("Model", variant["ModelName"]) if variant.get("ModelName") else None
    if model:
        found["multi_model"] = any(one.get("Mode") == "MultiModel" for one in model.private["containers"])
        found["model_data_url"] = model.private["containers"][0].get("ModelDataUrl") or ""
        images = [container["Image"] for container in model.private["containers"]]
        found["DeployedImages"] = [
            {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": call.now()} for image in images
        ]
    return found


def _networks(call: Call, config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The VPC configurations of the models, which may be deleted before the endpoint."""
    variants = (*config["ProductionVariants"], *(config.get("ShadowProductionVariants") or ()))
    models = [call.find("Model", one["ModelName"]) for one in variants if one.get("ModelName")]
    configs = [model.attributes.get("VpcConfig") for model in models if model]
    return [copy.deepcopy(config) for config in configs if config]


def _capture(config: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not config:
        return None
    enabled = bool(config.get("EnableCapture"))
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId") or "",
    }


def summaries(variants: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return variants in DescribeEndpoint's format. Current values default to the desired ones."""
    shown = []
    for variant in variants:
        full = dict(variant)
        for current, desired in (
            ("CurrentWeight", "DesiredWeight"),
            ("CurrentInstanceCount", "DesiredInstanceCount"),
            ("CurrentServerlessConfig", "DesiredServerlessConfig"),
        ):
            if desired in full:
                full.setdefault(current, full[desired])
        shown.append({member: full[member] for member in _SUMMARY_MEMBERS if full.get(member) is not None})
    return shown


def missing_parts(call: Call, deployment: Mapping[str, Any]) -> str | None:
    """Return an error message if a deployment's configuration or model has been deleted, or None."""
    if call.find("EndpointConfig", deployment["config"]) is None:
        arn = call.arn_of(call.kinds["EndpointConfig"], {"EndpointConfigName": deployment["config"]})
        return f'Could not find endpoint configuration "{arn}".'
    for variant in (*deployment["variants"], *deployment["shadows"]):
        name = variant.get("ModelName")
        if name and call.find("Model", name) is None:
            arn = call.arn_of(call.kinds["Model"], {"ModelName": name})
            return f'Could not find model "{arn}".'
    return None


def check_deployment(deployment: Mapping[str, Any] | None, config: Record) -> None:
    """Reject the deployment configurations that AWS rejects."""
    if not deployment:
        return
    blue_green, rolling = deployment.get("BlueGreenUpdatePolicy"), deployment.get("RollingUpdatePolicy")
    variants = config.attributes["ProductionVariants"]
    if blue_green and rolling:
        raise errors.validation("Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy can be specified.")
    if rolling:
        if any(variant.get("ServerlessConfig") for variant in variants):
            raise errors.validation("RollingUpdatePolicy is not supported for serverless endpoints.")
        if len(variants) > 1:
            raise errors.validation("RollingUpdatePolicy is not supported for endpoints with multiple variants.")
    routing = (blue_green or {}).get("TrafficRoutingConfiguration") or {}
    needs = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(routing.get("Type", ""))
    if needs and not routing.get(needs):
        raise errors.validation(f"{needs} must be specified when the traffic routing type is {routing['Type']}.")
    for member, type_ in (("CanarySize", "CANARY"), ("LinearStepSize", "LINEAR")):
        if routing.get(member) and routing.get("Type") != type_:
            raise errors.validation(f"{member} can only be specified when the traffic routing type is {type_}.")
    sizes = {"CANARY": ("CanarySize", 0, 50), "LINEAR": ("LinearStepSize", 10, 50)}
    member, low, high = sizes.get(routing.get("Type", ""), ("MaximumBatchSize", 5, 50))
    size = (rolling or {}).get(member) or routing.get(member)
    if size:
        for variant in variants:
            _check_size(member, size, variant, low, high)


def _check_size(member: str, size: Mapping[str, Any], variant: Mapping[str, Any], low: int, high: int) -> None:
    """Reject a step that is not `low` to `high` percent of a variant's instances. A step is at least one instance.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrafficRoutingConfig.html and
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RollingUpdatePolicy.html
    """
    count, value = variant.get("InitialInstanceCount") or 1, size["Value"]
    percent = size["Type"] == "CAPACITY_PERCENT"
    instances = max(1, value * count // 100) if percent else value
    share = value if percent else 100 * value / count
    if share < low or share > high or instances * 100 > high * count:
        limits = f"between {low}% and {high}%" if low else f"less than or equal to {high}%"
        raise errors.validation(
            f"{member} must be {limits} of the total instance count of variant {variant['VariantName']}."
        )
