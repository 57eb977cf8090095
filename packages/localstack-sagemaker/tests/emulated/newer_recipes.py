"""Recipes of the kinds around jobs, lineage, model governance and clusters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .recipe import IMAGE, ROLE, Made, Recipe

__all__ = ["NEWER"]

_CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
GROUP = {
    "InstanceCount": 2,
    "InstanceGroupName": "workers",
    "InstanceType": "ml.c5.large",
    "LifeCycleConfig": {"SourceS3Uri": "s3://sagemaker-example", "OnCreate": "on_create.sh"},
    "ExecutionRole": ROLE,
}
_SOURCE = {"Source": {"SourceUri": "s3://example/data", "SourceType": "S3"}}
_CHANGED = {"Properties": {"changed": "yes"}}


def _definition(type_: str, image: dict[str, Any]) -> Recipe:
    def request(made: Mapping[str, Made]) -> dict[str, Any]:
        endpoint = {"EndpointName": made["Endpoint"]["EndpointName"], "LocalPath": "/opt/ml/input"}
        truth = {} if type_ == "ModelExplainability" else {"GroundTruthS3Input": {"S3Uri": "s3://example/truth"}}
        return {
            f"{type_}AppSpecification": image,
            f"{type_}JobInput": {"EndpointInput": endpoint, **truth},
            "JobResources": {"ClusterConfig": _CLUSTER},
        }

    return Recipe(needs=("Endpoint",), request=request)


def _component(made: Mapping[str, Made]) -> dict[str, Any]:
    return {
        "EndpointName": made["ComponentEndpoint"]["EndpointName"],
        "Specification": {
            "Container": {"Image": IMAGE},
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024, "NumberOfCpuCoresRequired": 1},
        },
        "RuntimeConfig": {"CopyCount": 1},
    }


def _experiment(made: Mapping[str, Made]) -> dict[str, Any]:
    size = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}
    infrastructure = {"InfrastructureType": "RealTimeInference", "RealTimeInferenceConfig": size}
    return {
        "EndpointName": made["Endpoint"]["EndpointName"],
        "ModelVariants": [
            {"ModelName": made["Model"]["ModelName"], "VariantName": name, "InfrastructureConfig": infrastructure}
            for name in ("live", "shadow")
        ],
        "ShadowModeConfig": {
            "SourceModelVariantName": "live",
            "ShadowModelVariants": [{"ShadowModelVariantName": "shadow", "SamplingPercentage": 50}],
        },
    }


NEWER: dict[str, Recipe] = {
    "Action": Recipe(members=_SOURCE, change={"Status": "Completed", **_CHANGED}),
    "Artifact": Recipe(members={"Source": {"SourceUri": "s3://example/data"}}, change=_CHANGED),
    "Association": Recipe(
        needs=("Artifact", "Context"),
        request=lambda made: {
            "SourceArn": made["Artifact"]["ArtifactArn"],
            "DestinationArn": made["Context"]["ContextArn"],
            "AssociationType": "ContributedTo",
        },
        created_by="AddAssociation",
    ),
    "AutoMLJob": Recipe(
        members={
            "InputDataConfig": [
                {
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://example/data"}},
                    "TargetAttributeName": "y",
                }
            ]
        }
    ),
    "Cluster": Recipe(members={"InstanceGroups": [GROUP]}),
    "ClusterSchedulerConfig": Recipe(
        needs=("Cluster",),
        request=lambda made: {"ClusterArn": made["Cluster"]["ClusterArn"], "SchedulerConfig": {"FairShare": "Enabled"}},
        change={"TargetVersion": 1, "Description": "changed"},
    ),
    "ComponentConfig": Recipe(
        members={
            "EndpointConfigName": "components",
            "ExecutionRoleArn": ROLE,
            "ProductionVariants": [{"VariantName": "main", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}],
        },
        created_by="CreateEndpointConfig",
    ),
    "ComponentEndpoint": Recipe(
        needs=("ComponentConfig",),
        members={"EndpointName": "components", "EndpointConfigName": "components"},
        created_by="CreateEndpoint",
    ),
    "CompilationJob": Recipe(
        members={
            "InputConfig": {"S3Uri": "s3://example/model.tar.gz", "Framework": "PYTORCH"},
            "OutputConfig": {"S3OutputLocation": "s3://example/compiled", "TargetDevice": "ml_c5"},
        }
    ),
    "ComputeQuota": Recipe(
        needs=("Cluster",),
        request=lambda made: {"ClusterArn": made["Cluster"]["ClusterArn"]},
        change={"TargetVersion": 1, "Description": "changed"},
    ),
    "Context": Recipe(members=_SOURCE, change={"Description": "changed", **_CHANGED}),
    "EdgePackagingJob": Recipe(
        needs=("CompilationJob",),
        request=lambda made: {"CompilationJobName": made["CompilationJob"]["CompilationJobName"]},
    ),
    "HubContent": Recipe(
        needs=("Hub",),
        request=lambda made: {"HubName": made["Hub"]["HubName"], "HubContentVersion": "1.0.0"},
        change={"HubContentDescription": "changed"},
        created_by="ImportHubContent",
    ),
    "InferenceComponent": Recipe(
        needs=("ComponentEndpoint",), request=_component, change={"RuntimeConfig": {"CopyCount": 2}}
    ),
    "InferenceExperiment": Recipe(needs=("Endpoint",), request=_experiment, change={"Description": "changed"}),
    "InferenceRecommendationsJob": Recipe(
        needs=("Model",), request=lambda made: {"InputConfig": {"ModelName": made["Model"]["ModelName"]}}
    ),
    "MlflowApp": Recipe(change={"ModelRegistrationMode": "AutoModelRegistrationEnabled"}),
    "ModelBiasJobDefinition": _definition("ModelBias", {"ImageUri": IMAGE, "ConfigUri": "s3://example/config.json"}),
    "ModelCard": Recipe(
        members={"Content": json.dumps({"model_overview": {}}), "ModelCardStatus": "Draft"},
        change={"Content": json.dumps({"model_overview": {"model_name": "changed"}})},
    ),
    "ModelCardExportJob": Recipe(
        needs=("ModelCard",), request=lambda made: {"ModelCardName": made["ModelCard"]["ModelCardName"]}
    ),
    "ModelExplainabilityJobDefinition": _definition(
        "ModelExplainability", {"ImageUri": IMAGE, "ConfigUri": "s3://example/config.json"}
    ),
    "ModelQualityJobDefinition": _definition("ModelQuality", {"ImageUri": IMAGE, "ProblemType": "Regression"}),
}
