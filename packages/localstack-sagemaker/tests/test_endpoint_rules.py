"""Models and endpoint configurations: combinations that AWS rejects create nothing."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.recipes import IMAGE, make

INSTANCES = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://example/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


def variant(name: str = "main", **more: Any) -> dict[str, Any]:
    return {"VariantName": name, "ModelName": "example", **more}


def serverless(**more: Any) -> dict[str, Any]:
    return variant(ServerlessConfig={**SERVERLESS["ServerlessConfig"], **more})


INVALID_CONFIGS: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str]] = {
    "serverless and shadow": (
        [variant(**SERVERLESS)],
        {"ShadowProductionVariants": [variant("shadow", **INSTANCES)]},
        "shadow production variants",
    ),
    "serverless and data capture": ([variant(**SERVERLESS)], {"DataCaptureConfig": CAPTURE}, "DataCaptureConfig"),
    "serverless and volume key": ([variant(**SERVERLESS)], {"KmsKeyId": "alias/x"}, "KmsKeyId"),
    "serverless and network": (
        [variant(**SERVERLESS)],
        {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}},
        "VpcConfig",
    ),
    "serverless and isolation": ([variant(**SERVERLESS)], {"EnableNetworkIsolation": True}, "EnableNetworkIsolation"),
    "two serverless variants": (
        [variant("a", **SERVERLESS), variant("b", **SERVERLESS)],
        {},
        "multiple production variants",
    ),
    "serverless and instances": ([variant(**SERVERLESS, **INSTANCES)], {}, "cannot be specified with ServerlessConfig"),
    "odd memory": ([serverless(MemorySizeInMB=2000)], {}, "[1024, 2048, 3072, 4096, 5120, 6144]"),
    "too much memory": ([serverless(MemorySizeInMB=7168)], {}, "less than or equal to 6144"),
    "too much concurrency": ([serverless(MaxConcurrency=201)], {}, "less than or equal to 200"),
    "more provisioned than allowed": (
        [serverless(ProvisionedConcurrency=6)],
        {},
        "ProvisionedConcurrency must not be greater than MaxConcurrency",
    ),
    "neither instances nor serverless": ([variant()], {}, "One of InstanceType or ServerlessConfig"),
    "no count": ([variant(InstanceType="ml.m5.large")], {}, "InitialInstanceCount must be specified"),
    "two variants and a shadow": (
        [variant("a", **INSTANCES), variant("b", **INSTANCES)],
        {"ShadowProductionVariants": [variant("shadow", **INSTANCES)]},
        "exactly one production variant",
    ),
    "duplicate name": ([variant(**INSTANCES), variant(**INSTANCES)], {}, "must be unique"),
    "missing model": ([variant(**INSTANCES) | {"ModelName": "none"}], {}, "Could not find model"),
}


@pytest.mark.parametrize(("variants", "more", "text"), INVALID_CONFIGS.values(), ids=INVALID_CONFIGS.keys())
def test_invalid_endpoint_config_is_rejected(account: Account, variants: Any, more: Any, text: str) -> None:
    make(account, "Model")
    create = account.sagemaker.create_endpoint_config
    code, message = error_of(lambda: create(EndpointConfigName="c", ProductionVariants=variants, **more))
    assert code == "ValidationException"
    assert text in message
    assert account.sagemaker.list_endpoint_configs()["EndpointConfigs"] == []


VALID_CONFIGS: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "one shadow": ([variant(**INSTANCES)], {"ShadowProductionVariants": [variant("shadow", **INSTANCES)]}),
    "capture, key and network": (
        [variant(**INSTANCES)],
        {
            "DataCaptureConfig": CAPTURE,
            "KmsKeyId": "alias/x",
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
            "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
        },
    ),
    "provisioned serverless": ([serverless(ProvisionedConcurrency=5)], {}),
    "two variants": ([variant("a", **INSTANCES), variant("b", **INSTANCES, InitialVariantWeight=0.0)], {}),
}


@pytest.mark.parametrize(("variants", "more"), VALID_CONFIGS.values(), ids=VALID_CONFIGS.keys())
def test_valid_endpoint_config_is_described_as_requested(account: Account, variants: Any, more: Any) -> None:
    make(account, "Model")
    client = account.sagemaker
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants, **more)
    shown = client.describe_endpoint_config(EndpointConfigName="c")
    assert shown["ProductionVariants"] == [{"InitialVariantWeight": 1.0, **one} for one in variants]
    for member in ("DataCaptureConfig", "KmsKeyId", "VpcConfig", "ExecutionRoleArn"):
        assert shown.get(member) == more.get(member)
    shadows = [{"InitialVariantWeight": 1.0, **one} for one in more.get("ShadowProductionVariants", [])]
    assert shown.get("ShadowProductionVariants", []) == shadows


CONTAINER = {"Image": IMAGE}
INVALID_MODELS: dict[str, tuple[dict[str, Any], str]] = {
    "no container": ({}, "One of PrimaryContainer or Containers"),
    "both": ({"PrimaryContainer": CONTAINER, "Containers": [CONTAINER]}, "cannot both be specified"),
    "no image": ({"PrimaryContainer": {"ModelDataUrl": "s3://b/m.tar.gz"}}, "Either Image or ModelPackageName"),
    "unnamed in direct mode": (
        {"Containers": [CONTAINER, CONTAINER], "InferenceExecutionConfig": {"Mode": "Direct"}},
        "needs a ContainerHostname",
    ),
    "duplicate hostname": (
        {"Containers": [{**CONTAINER, "ContainerHostname": "a"}, {**CONTAINER, "ContainerHostname": "a"}]},
        "must be unique within a model",
    ),
    "missing package": ({"PrimaryContainer": {"ModelPackageName": "none"}}, "Model package none does not exist"),
    "too many": ({"Containers": [CONTAINER] * 16}, "less than or equal to 15"),
    "private registry without a VPC": (
        {"PrimaryContainer": {**CONTAINER, "ImageConfig": {"RepositoryAccessMode": "Vpc"}}},
        "VpcConfig must be specified",
    ),
    "credentials for ECR": (
        {
            "PrimaryContainer": {
                **CONTAINER,
                "ImageConfig": {
                    "RepositoryAccessMode": "Platform",
                    "RepositoryAuthConfig": {
                        "RepositoryCredentialsProviderArn": "arn:aws:lambda:us-east-1:123456789012:function:f"
                    },
                },
            }
        },
        "RepositoryAuthConfig can only be specified",
    ),
    "many models in an archive": (
        {"PrimaryContainer": {**CONTAINER, "Mode": "MultiModel", "ModelDataUrl": "s3://b/m.tar.gz"}},
        "must be an S3 prefix",
    ),
    "cache for one model": (
        {"PrimaryContainer": {**CONTAINER, "MultiModelConfig": {"ModelCacheSetting": "Disabled"}}},
        "MultiModelConfig can only be specified",
    ),
}


@pytest.mark.parametrize(("members", "text"), INVALID_MODELS.values(), ids=INVALID_MODELS.keys())
def test_invalid_model_is_rejected(account: Account, members: Any, text: str) -> None:
    create = account.sagemaker.create_model
    code, message = error_of(lambda: create(ModelName="m", **members))
    assert code == "ValidationException"
    assert text in message
    assert account.sagemaker.list_models()["Models"] == []


def test_model_describes_its_data_source(account: Account) -> None:
    client = account.sagemaker
    for name, address in (("packed", "s3://b/m.tar.gz"), ("plain", "s3://b/m/")):
        client.create_model(ModelName=name, PrimaryContainer={"Image": IMAGE, "ModelDataUrl": address})
    packed = client.describe_model(ModelName="packed")["PrimaryContainer"]
    plain = client.describe_model(ModelName="plain")["PrimaryContainer"]
    assert packed["ModelDataUrl"] == "s3://b/m.tar.gz"
    assert packed["ModelDataSource"]["S3DataSource"]["CompressionType"] == "Gzip"
    assert plain["ModelDataSource"]["S3DataSource"]["S3DataType"] == "S3Prefix"
    assert packed["Mode"] == "SingleModel"


@pytest.mark.parametrize(
    ("instance_type", "accepted"),
    [("ml.z99-b200.48xlarge", True), ("ml.z99.metal-24xl", True), ("ml.m5.larg", False), ("z99.large", False)],
)
def test_instance_type_newer_than_botocore_is_accepted(account: Account, instance_type: str, accepted: bool) -> None:
    make(account, "Model")
    variant = {"VariantName": "v", "ModelName": "example", "InstanceType": instance_type, "InitialInstanceCount": 1}
    create = account.sagemaker.create_endpoint_config
    if accepted:
        create(EndpointConfigName="c", ProductionVariants=[variant])
    else:
        text = error_of(lambda: create(EndpointConfigName="c", ProductionVariants=[variant]))[1]
        assert "Member must satisfy enum value set" in text


def test_weights_name_each_variant_once(account: Account) -> None:
    name = make(account, "Endpoint")["EndpointName"]
    weight = {"VariantName": "main", "DesiredWeight": 2.0}
    update = account.sagemaker.update_endpoint_weights_and_capacities
    code, message = error_of(lambda: update(EndpointName=name, DesiredWeightsAndCapacities=[weight, weight]))
    assert (code, message.partition(" can ")[0]) == ("ValidationException", "Each variant")
    unknown = [{**weight, "VariantName": "none"}]
    code, message = error_of(lambda: update(EndpointName=name, DesiredWeightsAndCapacities=unknown))
    assert "Could not find variant none" in message
