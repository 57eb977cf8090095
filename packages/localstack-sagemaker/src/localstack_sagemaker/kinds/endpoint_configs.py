"""Endpoint configurations: immutable, so all of AWS's checks run at creation."""

from __future__ import annotations

from typing import Any

from .. import errors
from ..call import Call, Kind
from ..instance_capacity import has_local_storage
from ..records import Record
from ..table import Messages

__all__ = ["KINDS"]


def _is_serverless(variant: dict[str, Any]) -> bool:
    return bool(variant.get("ServerlessConfig"))


def _on_create(call: Call, record: Record) -> None:
    attributes = record.attributes
    variants: list[dict[str, Any]] = attributes["ProductionVariants"]
    shadows: list[dict[str, Any]] = attributes.get("ShadowProductionVariants") or []
    names = [variant["VariantName"] for variant in variants + shadows]
    if len(set(names)) != len(names):
        raise errors.validation("Variant names must be unique within an endpoint configuration.")
    for variant in variants + shadows:
        _check_variant(call, variant, by_component=bool(attributes.get("ExecutionRoleArn")))
    if shadows and (len(variants) != 1 or len(shadows) != 1):
        raise errors.validation(
            "An endpoint configuration with a shadow variant must have exactly one production variant and "
            "exactly one shadow production variant."
        )
    if any(_is_serverless(variant) for variant in variants + shadows):
        _check_serverless(attributes, variants, shadows)
        _check_serverless_models(call, variants)
    local = [variant["InstanceType"] for variant in variants if has_local_storage(variant.get("InstanceType") or "")]
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
    if attributes.get("KmsKeyId") and local:
        raise errors.validation(f"KmsKeyId cannot be specified with instance type {local[0]}, which has local storage.")
    for variant in variants + shadows:
        variant.setdefault("InitialVariantWeight", 1.0)


def _check_variant(call: Call, variant: dict[str, Any], by_component: bool) -> None:
    name = variant["VariantName"]
    model = variant.get("ModelName")
    if model:
        if call.find("Model", model) is None:
            raise call.missing(call.kinds["Model"], (model,))
    elif not by_component:
        raise errors.validation(f"ModelName must be specified for variant {name}.")
    serverless = variant.get("ServerlessConfig")
    if serverless:
        for member in ("InstanceType", "InitialInstanceCount", "AcceleratorType", "ManagedInstanceScaling"):
            if variant.get(member) is not None:
                raise errors.validation(f"{member} cannot be specified with ServerlessConfig for variant {name}.")
        memory = serverless["MemorySizeInMB"]
        if memory % 1024:
            raise errors.validation(
                f"Value '{memory}' at 'memorySizeInMB' failed to satisfy constraint: "
                "Member must satisfy value set: [1024, 2048, 3072, 4096, 5120, 6144]"
            )
        if (serverless.get("ProvisionedConcurrency") or 0) > serverless["MaxConcurrency"]:
            raise errors.validation(
                f"ProvisionedConcurrency must not be greater than MaxConcurrency for variant {name}."
            )
        return
    if not variant.get("InstanceType"):
        raise errors.validation(f"One of InstanceType or ServerlessConfig must be specified for variant {name}.")
    if variant.get("InitialInstanceCount") is None and not by_component:
        raise errors.validation(f"InitialInstanceCount must be specified with InstanceType for variant {name}.")
    if variant.get("ManagedInstanceScaling") and not by_component:
        raise errors.validation("ManagedInstanceScaling is only supported for inference component endpoints.")


def _check_serverless(
    attributes: dict[str, Any], variants: list[dict[str, Any]], shadows: list[dict[str, Any]]
) -> None:
    unsupported = {
        "shadow production variants": bool(shadows),
        "multiple production variants": len(variants) > 1,
        "DataCaptureConfig": bool(attributes.get("DataCaptureConfig")),
        "KmsKeyId": bool(attributes.get("KmsKeyId")),
        "VpcConfig": bool(attributes.get("VpcConfig")),
        "EnableNetworkIsolation": bool(attributes.get("EnableNetworkIsolation")),
        "AsyncInferenceConfig": bool(attributes.get("AsyncInferenceConfig")),
        "ExplainerConfig": bool(attributes.get("ExplainerConfig")),
    }
    for what, present in unsupported.items():
        if present:
            raise errors.validation(f"Serverless endpoints do not support {what}.")


def _check_serverless_models(call: Call, variants: list[dict[str, Any]]) -> None:
    """Reject models that AWS excludes from serverless endpoints.

    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html and
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html (ModelDataSource)
    """
    for variant in variants:
        model = call.get(call.kinds["Model"], (variant["ModelName"],))
        containers = model.attributes.get("Containers") or [model.attributes["PrimaryContainer"]]
        images = [one.get("ImageConfig") or {} for one in containers]
        unsupported = {
            "the VpcConfig": bool(model.attributes.get("VpcConfig")),
            "the network isolation": bool(model.attributes.get("EnableNetworkIsolation")),
            "the several containers": len(containers) > 1,
            "the MultiModel container": any(one.get("Mode") == "MultiModel" for one in containers),
            "the private Docker registry": any(one.get("RepositoryAccessMode") == "Vpc" for one in images),
            "the ModelDataSource": bool(model.private.get("data_source")),
        }
        for what, present in unsupported.items():
            if present:
                raise errors.validation(f"Serverless endpoints do not support {what} of model {model.name}.")


KINDS = [
    Kind(
        noun="EndpointConfig",
        arn="endpoint-config/{EndpointConfigName}",
        key=("EndpointConfigName",),
        messages=Messages(
            missing='Could not find endpoint configuration "{arn}".',
            taken='Cannot create already existing endpoint configuration "{arn}".',
        ),
        on_create=_on_create,
    )
]
