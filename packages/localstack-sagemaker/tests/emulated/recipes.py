"""How to create each kind of resource: its prerequisites, its request beyond the minimum, and an update.

A kind without a recipe is created from its minimal request.
"""

from __future__ import annotations

import functools
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.model import ServiceModel

from localstack_sagemaker.kinds import KINDS

from .account import Account
from .minimal import minimal
from .newer_recipes import NEWER
from .recipe import IMAGE, ROLE, Made, Recipe

__all__ = [
    "KINDS",
    "RECIPES",
    "Made",
    "Recipe",
    "arn_of",
    "call",
    "describe",
    "first_request",
    "key_of",
    "list_of",
    "list_operation",
    "make",
    "model",
]


@functools.cache
def model() -> ServiceModel:
    """The service model of this environment's botocore."""
    return botocore.session.Session().get_service_model("sagemaker")


def call(account: Account, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Call an operation by its name in the model."""
    method = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", operation).lower()
    response: dict[str, Any] = getattr(account.sagemaker, method)(**request)
    response.pop("ResponseMetadata", None)
    return response


def make(account: Account, noun: str, made: dict[str, Made] | None = None, **more: Any) -> Made:
    """Create one resource and its prerequisites, and return its merged request and response.

    `made` holds existing resources by kind; new ones are added.
    """
    known = {} if made is None else made
    recipe = RECIPES.get(noun, Recipe())
    for need in recipe.needs:
        if need not in known:
            make(account, need, known)
    operation = recipe.created_by or f"Create{noun}"
    request = {**first_request(noun, known), **more}
    known[noun] = {**request, **recipe.implied, **call(account, operation, request)}
    return known[noun]


def first_request(noun: str, made: Mapping[str, Made]) -> dict[str, Any]:
    """The create request of a kind whose prerequisites exist."""
    recipe = RECIPES.get(noun, Recipe())
    operation = model().operation_model(recipe.created_by or f"Create{noun}")
    tokens = dict.fromkeys(operation.idempotent_members, uuid.uuid4().hex)
    return {**minimal(operation.input_shape), **tokens, **recipe.members, **recipe.request(made)}


def key_of(noun: str, made: Made, operation: str = "") -> dict[str, Any]:
    """The request members that identify a resource, for an operation on it (Describe by default)."""
    called = model().operation_model(operation or f"Describe{noun}")
    shape = called.input_shape
    if noun == "ModelPackage":
        return {next(iter(shape.required_members)): made["ModelPackageArn"]}
    if noun == "Artifact":
        return {"ArtifactArn": made["ArtifactArn"]}
    required = {name: made[name] for name in shape.required_members if name in made}
    required |= dict.fromkeys(called.idempotent_members, uuid.uuid4().hex)
    owner = {name: made[name] for name in ("UserProfileName", "SpaceName") if name in shape.members and name in made}
    return required | owner


def describe(account: Account, noun: str, made: Made) -> dict[str, Any]:
    """The current Describe response of a resource."""
    found = call(account, f"Describe{noun}", key_of(noun, made))
    wrapper = KINDS[noun].wrapper
    return dict(found[wrapper]) if wrapper else found


def list_operation(noun: str) -> str:
    """The List operation of a kind."""
    listing = KINDS[noun].listing
    assert listing
    return listing.operation or f"List{noun}s"


def list_of(account: Account, noun: str, made: Made, **more: Any) -> list[Any]:
    """One page of the resources of a kind, with the same parent as `made`."""
    operation = list_operation(noun)
    members = model().operation_model(operation).input_shape.members
    parent = {name: made[name] for name in KINDS[noun].key[:-1] if name in members and name in made}
    response = call(account, operation, parent | more)
    response.pop("NextToken", None)
    (items,) = response.values()
    return list(items)


def arn_of(noun: str, account: Account, made: Made) -> str:
    """The ARN of a created resource."""
    member = KINDS[noun].arn_attribute
    if member in made:
        return str(made[member])
    shown = describe(account, noun, made)
    return str(shown.get(member) or shown["Arn"])


def _variant(model_name: str, **more: Any) -> dict[str, Any]:
    shape = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    return {"VariantName": "main", "ModelName": model_name, **shape, **more}


_CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
_TUNING = {
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "RoleArn": ROLE,
    "OutputDataConfig": {"S3OutputPath": "s3://example/output"},
    "ResourceConfig": _CLUSTER,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}
_FEATURES = [
    {"FeatureName": "id", "FeatureType": "String"},
    {"FeatureName": "time", "FeatureType": "Fractional"},
]

RECIPES: dict[str, Recipe] = {
    **NEWER,
    "App": Recipe(
        needs=("UserProfile",),
        request=lambda made: {
            "DomainId": made["UserProfile"]["DomainId"],
            "UserProfileName": made["UserProfile"]["UserProfileName"],
            "AppType": "JupyterServer",
        },
    ),
    "AppImageConfig": Recipe(change={"JupyterLabAppImageConfig": {"FileSystemConfig": {"MountPath": "/home/example"}}}),
    "CodeRepository": Recipe(
        members={"GitConfig": {"RepositoryUrl": "https://github.com/example/example.git"}},
        change={"GitConfig": {"SecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:example"}},
    ),
    "DataQualityJobDefinition": Recipe(
        needs=("Endpoint",),
        request=lambda made: {
            "DataQualityAppSpecification": {"ImageUri": IMAGE},
            "DataQualityJobInput": {
                "EndpointInput": {"EndpointName": made["Endpoint"]["EndpointName"], "LocalPath": "/opt/ml/input"}
            },
            "JobResources": {"ClusterConfig": _CLUSTER},
        },
    ),
    "Device": Recipe(
        needs=("DeviceFleet",),
        request=lambda made: {
            "DeviceFleetName": made["DeviceFleet"]["DeviceFleetName"],
            "Devices": [{"DeviceName": "example"}],
        },
        created_by="RegisterDevices",
        implied={"DeviceName": "example"},
    ),
    "DeviceFleet": Recipe(change={"Description": "changed", "OutputConfig": {"S3OutputLocation": "s3://changed/out"}}),
    "Domain": Recipe(
        members={
            "AuthMode": "IAM",
            "DefaultUserSettings": {"ExecutionRole": ROLE},
            "SubnetIds": ["subnet-1"],
            "VpcId": "vpc-1",
        },
        change={"DefaultSpaceSettings": {"ExecutionRole": ROLE}},
    ),
    "Endpoint": Recipe(
        needs=("EndpointConfig",),
        request=lambda made: {"EndpointConfigName": made["EndpointConfig"]["EndpointConfigName"]},
    ),
    "EndpointConfig": Recipe(
        needs=("Model",),
        request=lambda made: {"ProductionVariants": [_variant(made["Model"]["ModelName"])]},
    ),
    "Experiment": Recipe(change={"Description": "changed", "DisplayName": "changed"}),
    "FeatureGroup": Recipe(
        members={
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "time",
            "FeatureDefinitions": _FEATURES,
            "OnlineStoreConfig": {"EnableOnlineStore": True},
        },
        change={"FeatureAdditions": [{"FeatureName": "more", "FeatureType": "Integral"}]},
    ),
    "FlowDefinition": Recipe(
        needs=("Workteam", "HumanTaskUi"),
        request=lambda made: {
            "HumanLoopConfig": {
                "WorkteamArn": made["Workteam"]["WorkteamArn"],
                "HumanTaskUiArn": made["HumanTaskUi"]["HumanTaskUiArn"],
                "TaskTitle": "example",
                "TaskDescription": "example",
                "TaskCount": 1,
            }
        },
    ),
    "Hub": Recipe(change={"HubDescription": "changed", "HubDisplayName": "changed"}),
    "HumanTaskUi": Recipe(members={"UiTemplate": {"Content": "<p>example</p>"}}),
    "HyperParameterTuningJob": Recipe(
        members={
            "HyperParameterTuningJobConfig": {
                "Strategy": "Bayesian",
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
            },
            "TrainingJobDefinition": _TUNING,
        }
    ),
    "Image": Recipe(change={"Description": "changed", "DisplayName": "changed"}),
    "ImageVersion": Recipe(
        needs=("Image",),
        request=lambda made: {"ImageName": made["Image"]["ImageName"], "BaseImage": IMAGE},
        change={"ReleaseNotes": "changed"},
    ),
    "MlflowTrackingServer": Recipe(change={"TrackingServerSize": "Medium"}),
    "Model": Recipe(members={"PrimaryContainer": {"Image": IMAGE}, "ExecutionRoleArn": ROLE}),
    "ModelPackage": Recipe(
        needs=("ModelPackageGroup",),
        request=lambda made: {
            "ModelPackageGroupName": made["ModelPackageGroup"]["ModelPackageGroupName"],
            "InferenceSpecification": {
                "Containers": [{"Image": IMAGE}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        },
        change={"ModelApprovalStatus": "Approved", "ApprovalDescription": "changed"},
    ),
    "MonitoringSchedule": Recipe(
        needs=("DataQualityJobDefinition",),
        request=lambda made: {"MonitoringScheduleConfig": _schedule(made, "cron(0 * ? * * *)")},
        change={
            "MonitoringScheduleConfig": {
                "MonitoringJobDefinitionName": "example",
                "MonitoringType": "DataQuality",
                "ScheduleConfig": {"ScheduleExpression": "cron(0 12 ? * * *)"},
            }
        },
    ),
    "NotebookInstance": Recipe(change={"InstanceType": "ml.t3.large"}),
    "NotebookInstanceLifecycleConfig": Recipe(change={"OnStart": [{"Content": "ZWNobyBjaGFuZ2Vk"}]}),
    "Pipeline": Recipe(
        members={"PipelineDefinition": json.dumps({"Version": "2020-12-01", "Steps": [{"Name": "one"}]})},
        change={"PipelineDisplayName": "changed", "PipelineDescription": "changed"},
    ),
    "PipelineExecution": Recipe(
        needs=("Pipeline",),
        request=lambda made: {"PipelineName": made["Pipeline"]["PipelineName"]},
        change={"PipelineExecutionDescription": "changed"},
        created_by="StartPipelineExecution",
    ),
    "Project": Recipe(
        members={"ServiceCatalogProvisioningDetails": {"ProductId": "prod-example"}},
        change={"ProjectDescription": "changed"},
    ),
    "Space": Recipe(
        needs=("Domain",),
        request=lambda made: {"DomainId": made["Domain"]["DomainId"]},
        change={"SpaceDisplayName": "changed"},
    ),
    "TrainingJob": Recipe(members={**_TUNING}),
    "TransformJob": Recipe(needs=("Model",), request=lambda made: {"ModelName": made["Model"]["ModelName"]}),
    "Trial": Recipe(
        needs=("Experiment",),
        request=lambda made: {"ExperimentName": made["Experiment"]["ExperimentName"]},
        change={"DisplayName": "changed"},
    ),
    "TrialComponent": Recipe(change={"DisplayName": "changed", "Status": {"PrimaryStatus": "Completed"}}),
    "UserProfile": Recipe(
        needs=("Domain",),
        request=lambda made: {"DomainId": made["Domain"]["DomainId"]},
        change={"UserSettings": {"ExecutionRole": ROLE}},
    ),
    "Workforce": Recipe(
        members={"CognitoConfig": {"UserPool": "us-east-1_example", "ClientId": "example"}},
        change={"SourceIpConfig": {"Cidrs": ["10.0.0.0/16"]}},
        single=True,
    ),
    "Workteam": Recipe(
        members={
            "MemberDefinitions": [
                {"CognitoMemberDefinition": {"UserPool": "us-east-1_example", "UserGroup": "g", "ClientId": "example"}}
            ]
        },
        change={"Description": "changed"},
    ),
}


def _schedule(made: Mapping[str, Made], expression: str) -> dict[str, Any]:
    return {
        "MonitoringJobDefinitionName": made["DataQualityJobDefinition"]["JobDefinitionName"],
        "MonitoringType": "DataQuality",
        "ScheduleConfig": {"ScheduleExpression": expression},
    }
