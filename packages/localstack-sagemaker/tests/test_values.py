"""Describe returns every value of a Create or Update request, whichever member it is in."""

from __future__ import annotations

import copy
import datetime
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from emulated.inprocess import InProcess
from emulated.maximal import Path, at, exists, paths, with_value
from emulated.recipe import IMAGE, ROLE
from emulated.recipes import KINDS, RECIPES, Made, Recipe, describe, first_request, key_of, make, model

from localstack_sagemaker.errors import ServiceFailure
from localstack_sagemaker.provider import sagemaker_provider

OPERATIONS = sagemaker_provider().operations
NOUNS = sorted(noun for noun in KINDS if f"Describe{noun}" in OPERATIONS)
# without inference components: an update has a whole specification
UPDATED = [noun for noun in NOUNS if f"Update{noun}" in OPERATIONS and noun != "InferenceComponent"]
WHOLE = ("InstanceGroups", "RestrictedInstanceGroups")
"""members of an update that are whole groups of a cluster"""

Request = dict[str, Any]
REMOVED = None
NETWORK = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
RANGE = {"Name": "depth", "MinValue": "1", "MaxValue": "2"}
RANGES = {"IntegerParameterRanges": [RANGE], "ContinuousParameterRanges": [RANGE]}
TRAINING = {**RECIPES["TrainingJob"].members, "RoleArn": ROLE}
SPOT = {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}}
SERVERLESS = {
    "VariantName": "main",
    "ModelName": "example",
    "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
}
SERVER = {"JupyterServerAppSettings": {"DefaultResourceSpec": {"InstanceType": "system"}}}
VECTOR = {
    "FeatureName": "embedding",
    "FeatureType": "Fractional",
    "CollectionType": "Vector",
    "CollectionConfig": {"VectorConfig": {"Dimension": 3}},
}
INSTANCES = {"VariantName": "main", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
BY_COMPONENT = {
    "ExecutionRoleArn": ROLE,
    "ProductionVariants": [INSTANCES],
    "ShadowProductionVariants": [{**INSTANCES, "VariantName": "shadow"}],
}

WITH: Mapping[str, Request] = {
    "App.ResourceSpec": {"AppType": "JupyterLab"},
    "AutoMLJob.AutoMLJobObjective": {"ProblemType": "Regression"},
    "AutoMLJob.ProblemType": {"AutoMLJobObjective": {"MetricName": "MSE"}, "ProblemType": "Regression"},
    "Cluster.NodeRecovery": {
        "Orchestrator": {"Eks": {"ClusterArn": "arn:aws:eks:us-east-1:123456789012:cluster/example"}},
        "VpcConfig": NETWORK,
    },
    "Cluster.Orchestrator": {"VpcConfig": NETWORK},
    "ClusterSchedulerConfig": {"TargetVersion": 1},
    "CompilationJob.ModelPackageVersionArn": {"InputConfig": REMOVED},
    "CompilationJob.OutputConfig.TargetPlatform": {"OutputConfig": {"TargetDevice": REMOVED}},
    "ComputeQuota": {"TargetVersion": 1},
    "DataQualityJobDefinition.DataQualityJobInput.BatchTransformInput": {
        "DataQualityJobInput": {"EndpointInput": REMOVED}
    },
    "Domain.DefaultSpaceSettings.JupyterServerAppSettings": {"DefaultSpaceSettings": {"ExecutionRole": ROLE, **SERVER}},
    "Domain.DefaultUserSettings.AutoMountHomeEFS": {"DefaultUserSettings": {"AutoMountHomeEFS": "Disabled"}},
    "Domain.DefaultUserSettings.JupyterServerAppSettings": {"DefaultUserSettings": SERVER},
    "Domain.DomainSettings.DockerSettings.VpcOnlyTrustedAccounts": {"AppNetworkAccessType": "VpcOnly"},
    "EndpointConfig.ProductionVariants.0.ManagedInstanceScaling": BY_COMPONENT,
    "EndpointConfig.ProductionVariants.0.ServerlessConfig": {"ProductionVariants": [SERVERLESS]},
    "EndpointConfig.ShadowProductionVariants": {
        "ShadowProductionVariants": [{**INSTANCES, "ModelName": "example", "VariantName": "shadow"}]
    },
    "EndpointConfig.ShadowProductionVariants.0.ManagedInstanceScaling": BY_COMPONENT,
    "FeatureGroup.FeatureDefinitions.0.CollectionConfig": {
        "FeatureDefinitions": [VECTOR, *RECIPES["FeatureGroup"].members["FeatureDefinitions"]]
    },
    "FeatureGroup.FeatureDefinitions.0.CollectionType": {
        "FeatureDefinitions": [VECTOR, *RECIPES["FeatureGroup"].members["FeatureDefinitions"]]
    },
    "FeatureGroup.OfflineStoreConfig": {"RoleArn": ROLE},
    "HyperParameterTuningJob.HyperParameterTuningJobConfig.ParameterRanges": {
        "HyperParameterTuningJobConfig": {"ParameterRanges": RANGES}
    },
    "HyperParameterTuningJob.TrainingJobDefinition.EnableManagedSpotTraining": {"TrainingJobDefinition": SPOT},
    "HyperParameterTuningJob.TrainingJobDefinitions.0.HyperParameterRanges": {
        "TrainingJobDefinitions": [{**TRAINING, "HyperParameterRanges": RANGES}]
    },
    "HyperParameterTuningJob.TrainingJobDefinition.HyperParameterRanges": {
        "TrainingJobDefinition": {"HyperParameterRanges": RANGES}
    },
    "MlflowTrackingServer.MlflowVersion": {"MlflowVersion": "2.16.2"},
    "Model.Containers": {"PrimaryContainer": REMOVED, "Containers": [{"Image": IMAGE}]},
    "Model.Containers.0.ImageConfig": {
        "Containers": [{"Image": IMAGE, "ImageConfig": {"RepositoryAccessMode": "Vpc"}}],
        "VpcConfig": NETWORK,
    },
    "Model.Containers.0.Mode": {
        "Containers": [{"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://example/many/"}]
    },
    "Model.Containers.0.MultiModelConfig": {
        "Containers": [{"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://example/many/"}]
    },
    "Model.PrimaryContainer.ImageConfig": {
        "PrimaryContainer": {"ImageConfig": {"RepositoryAccessMode": "Vpc"}},
        "VpcConfig": NETWORK,
    },
    "Model.PrimaryContainer.Mode": {"PrimaryContainer": {"Mode": "MultiModel", "ModelDataUrl": "s3://example/many/"}},
    "Model.PrimaryContainer.MultiModelConfig": {
        "PrimaryContainer": {"Mode": "MultiModel", "ModelDataUrl": "s3://example/many/"}
    },
    "ModelBiasJobDefinition.ModelBiasJobInput.BatchTransformInput": {"ModelBiasJobInput": {"EndpointInput": REMOVED}},
    "ModelCard.Content": {"Content": "{}"},
    "ModelExplainabilityJobDefinition.ModelExplainabilityJobInput.BatchTransformInput": {
        "ModelExplainabilityJobInput": {"EndpointInput": REMOVED}
    },
    "ModelQualityJobDefinition.ModelQualityJobInput.BatchTransformInput": {
        "ModelQualityJobInput": {"EndpointInput": REMOVED}
    },
    "NotebookInstance.DirectInternetAccess": {"SubnetId": "subnet-1"},
    "NotebookInstance.SecurityGroupIds": {"SubnetId": "subnet-1"},
    "Pipeline.PipelineDefinition": {"PipelineDefinition": json.dumps({"Version": "2020-12-01", "Steps": []})},
    "Space.SpaceSettings.JupyterServerAppSettings": {"SpaceSettings": SERVER},
    "TrainingJob.EnableManagedSpotTraining": SPOT,
    "UserProfile.UserSettings.JupyterServerAppSettings": {"UserSettings": SERVER},
    "Workforce.OidcConfig": {"CognitoConfig": REMOVED},
    "Workforce.WorkforceVpcConfig": {"WorkforceVpcConfig": {"VpcId": "vpc-1", **NETWORK}},
}
"""What a member needs or excludes, by the start of its path."""

REFUSED = frozenset(
    {
        "CreateApp.SpaceName",
        "CreateCompilationJob.ModelPackageVersionArn",
        "CreateDataQualityJobDefinition.DataQualityBaselineConfig.BaseliningJobName",
        "CreateEndpointConfig.ShadowProductionVariants.0.ServerlessConfig.MaxConcurrency",
        "CreateEndpointConfig.ShadowProductionVariants.0.ServerlessConfig.MemorySizeInMB",
        "CreateEndpointConfig.ShadowProductionVariants.0.ServerlessConfig.ProvisionedConcurrency",
        "CreateHyperParameterTuningJob.TrainingJobDefinition.AlgorithmSpecification.AlgorithmName",
        "CreateInferenceComponent.Specification.BaseInferenceComponentName",
        "CreateInferenceComponent.Specification.ModelName",
        "CreateInferenceComponent.VariantName",
        "CreateModel.Containers.0.ModelPackageName",
        "CreateModel.PrimaryContainer.ModelPackageName",
        "CreateModelBiasJobDefinition.ModelBiasBaselineConfig.BaseliningJobName",
        "CreateModelCardExportJob.ModelCardVersion",
        "CreateModelExplainabilityJobDefinition.ModelExplainabilityBaselineConfig.BaseliningJobName",
        "CreateModelPackage.ModelPackageName",
        "CreateModelQualityJobDefinition.ModelQualityBaselineConfig.BaseliningJobName",
        "CreateNotebookInstance.LifecycleConfigName",
        "CreateSpace.OwnershipSettings.OwnerUserProfileName",
        "CreateSpace.SpaceSharingSettings.SharingType",
        "CreateTrainingJob.AlgorithmSpecification.AlgorithmName",
        "CreateUserProfile.SingleSignOnUserIdentifier",
        "CreateUserProfile.SingleSignOnUserValue",
        "StartPipelineExecution.PipelineVersionId",
        "StartPipelineExecution.SelectiveExecutionConfig.SelectedSteps.0.StepName",
        "StartPipelineExecution.SelectiveExecutionConfig.SourcePipelineExecutionArn",
        "UpdateDomain.AppNetworkAccessType",
        "UpdateDomain.AppSecurityGroupManagement",
        "UpdateImageVersion.Version",
        "UpdateNotebookInstance.LifecycleConfigName",
    }
)
"""Members that refer to a resource that does not exist, or that the example's resources exclude."""


@pytest.mark.parametrize("noun", NOUNS)
def test_every_value_of_a_create_request_is_described(noun: str) -> None:
    create = model().operation_model(RECIPES.get(noun, Recipe()).created_by or f"Create{noun}")
    lost, refused = {}, {}
    for path in _described(noun, create.input_shape):
        account, known = _account_with_needs(noun)
        request = _request(noun, create.input_shape, first_request(noun, known), path)
        try:
            made = {**request, **RECIPES.get(noun, Recipe()).implied, **account.call(create.name, request)}
        except ServiceFailure as failure:
            refused[_words(create.name, path)] = failure.message
            continue
        shown = at(describe(account, noun, made), _renamed(noun, path))
        if not _same(shown, at(request, path)):
            lost[_words(noun, path)] = (at(request, path), shown)
    assert lost == {}
    assert set(refused) == _refused(create.name), refused


@pytest.mark.parametrize("noun", UPDATED)
def test_every_value_of_an_update_request_is_described(noun: str) -> None:
    update = model().operation_model(f"Update{noun}")
    lost, refused = {}, {}
    for path in _described(noun, update.input_shape):
        if path[0] in (*update.input_shape.required_members, *WHOLE):
            continue
        account, known = _account_with_needs(noun)
        made = make(account, noun, known)
        if noun == "NotebookInstance":
            account.call("StopNotebookInstance", {"NotebookInstanceName": made["NotebookInstanceName"]})
        request = _request(noun, update.input_shape, key_of(noun, made, update.name), path)
        try:
            account.call(update.name, request)
        except ServiceFailure as failure:
            refused[_words(update.name, path)] = failure.message
            continue
        shown = at(describe(account, noun, made), _renamed(noun, path))
        if not _same(shown, at(request, path)):
            lost[_words(noun, path)] = (at(request, path), shown)
    assert lost == {}
    assert set(refused) == _refused(update.name), refused


def _account_with_needs(noun: str) -> tuple[InProcess, dict[str, Made]]:
    account, known = InProcess(str(secrets.randbelow(9 * 10**11) + 10**11)), dict[str, Made]()
    for need in RECIPES.get(noun, Recipe()).needs:
        if need not in known:
            make(account, need, known)
    return account, known


def _request(noun: str, shape: Any, example: Request, path: Path) -> Request:
    request = copy.deepcopy(example)
    for start, members in WITH.items():
        if f"{_words(noun, path)}.".startswith(f"{start}."):
            request = _merged(request, members)
    filled: Request = with_value(shape, request, path)
    return filled


def _merged(request: Any, members: Any) -> Any:
    """Merge dictionaries, and remove what is None."""
    if not isinstance(members, dict):
        return members
    merged = {name: _merged((request or {}).get(name), item) for name, item in members.items()}
    return {name: item for name, item in {**(request or {}), **merged}.items() if item is not REMOVED}


def _refused(operation: str) -> set[str]:
    return {words for words in REFUSED if words.partition(".")[0] == operation}


def _words(first: str, path: Path) -> str:
    return ".".join(map(str, (first, *path)))


def _renamed(noun: str, path: Path) -> Path:
    return (KINDS[noun].renames.get(str(path[0]), path[0]), *path[1:])


def _described(noun: str, shape: Any) -> Iterator[Path]:
    output = model().operation_model(f"Describe{noun}").output_shape
    wrapper = KINDS[noun].wrapper
    output = output.members[wrapper] if wrapper else output
    return (path for path in paths(shape) if path and exists(output, _renamed(noun, path)))


def _same(shown: Any, requested: Any) -> bool:
    """Whether everything requested is shown, lists in the same order; defaults may have been added."""
    if isinstance(requested, dict):
        return isinstance(shown, dict) and all(_same(shown.get(name), item) for name, item in requested.items())
    if isinstance(requested, list):
        return isinstance(shown, list) and len(shown) == len(requested) and all(map(_same, shown, requested))
    if isinstance(shown, datetime.datetime):
        return shown.timestamp() == requested
    return bool(shown == requested)
