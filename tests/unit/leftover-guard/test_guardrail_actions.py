"""The guardrail against every action of AWS's service authorization reference that creates or changes something.

Each action is denied as a feature, limited by a condition key, limited by name, or excused here with the reason. An
action or a condition key that AWS adds fails one of these tests until it is one of the four.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import pytest

from modproof.policies import Action, Policies, Request, Verdict, decide, planned_policy, service_actions

ACCOUNT = "123456789012"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/notebook/session"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/99999999-8888-7777-6666-555555555555"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
PARTS = ("limits", "names", "network", "keys")
REMOVAL = ("Delete", "Stop", "Deregister", "Disassociate", "Detach", "Disable", "BatchDelete")

LIMITED: dict[str, Any] = {
    "AppNetworkAccessType": "PublicInternetOnly",
    "DirectInternetAccess": "Enabled",
    "DomainSharingOutputKmsKeyArn": OTHER_KEY,
    "EnableRemoteDebug": True,
    "FeatureGroupOfflineStoreKmsKeyArn": OTHER_KEY,
    "FeatureGroupOnlineStoreKmsKeyArn": OTHER_KEY,
    "InstanceTypes": ["ml.m5.large", "ml.p5.48xlarge"],
    "KeepAlivePeriod": 1,
    "MaxRuntimeInSeconds": 86401,
    "OutputKmsKeyArn": OTHER_KEY,
    "RootAccess": "Enabled",
    "VolumeKmsKeyArn": OTHER_KEY,
    "VpcSecurityGroupIds": ["sg-0a", "sg-0c"],
    "VpcSubnets": ["subnet-0a", "subnet-0c"],
}
"""Condition keys and a value that the guardrail denies, whatever the action."""

REQUIRED = ("MaxRuntimeInSeconds", "OutputKmsKeyArn", "VolumeKmsKeyArn", "VpcSubnets")
"""Condition keys that a request to create must send."""

UNLIMITED_KEYS = {
    "which users may do it, a question for the policy that allows it": (
        "AuthMode",
        "OwnerUserProfileArn",
        "RemoteAccess",
        "SpaceSharingType",
    ),
    "the code that runs, with the role and network that the guardrail limits": (
        "ImageArns",
        "ImageVersionArns",
        "NotebookInstanceLifecycleConfigArns",
        "StudioLifecycleConfigArns",
        "ModelArn",
        "PipelineVersionId",
    ),
    "file systems are reached through the allowed subnets and security groups": (
        "FileSystemAccessMode",
        "FileSystemDirectoryPath",
        "FileSystemId",
        "FileSystemType",
    ),
    "the registry's policies limit the state of model packages": (
        "CurrentCustomerMetadataProperties/${MetadataKey}",
        "CurrentModelLifeCycleStage",
        "CurrentModelLifeCycleStageStatus",
        "CustomerMetadataProperties/${MetadataKey}",
        "CustomerMetadataPropertiesToRemove",
        "ModelApprovalStatus",
        "ModelLifeCycle:Stage",
        "ModelLifeCycle:StageStatus",
    ),
    "execution-role limits the jobs of a role by it": ("InterContainerTrafficEncryption", "NetworkIsolation"),
    "what a feature group stores and where, with the keys that the guardrail limits": (
        "FeatureGroupDisableGlueTableCreation",
        "FeatureGroupEnableOnlineStore",
        "FeatureGroupOfflineStoreConfig",
        "FeatureGroupOfflineStoreS3Uri",
        "IsUpdateRecord",
        "UpdatableFeatures",
    ),
    "Elastic Inference has ended": ("AcceleratorTypes",),
    "serverless endpoints cost nothing while they are idle": ("ServerlessMaxConcurrency", "ServerlessMemorySize"),
    "labeling is a feature that is denied as a whole": ("WorkteamArn", "WorkteamType"),
    "licenses of hub models": ("DirectGatedModelAccess",),
    "AWS's default since 2022 is version 2": ("MinimumInstanceMetadataServiceVersion",),
}

OPTIONAL = {
    ("CreateEndpointConfig", "VpcSubnets"): "the network is the model's",
    ("CreateEndpointConfig", "VolumeKmsKeyArn"): "required except of serverless endpoints, see test_guardrail.py",
    ("CreateLabelingJob", "VolumeKmsKeyArn"): "only automated labeling has volumes",
    ("CreateModel", "VpcSubnets"): "required except of serverless models, see test_guardrail.py",
    ("CreateMonitoringSchedule", "MaxRuntimeInSeconds"): "its job definition has it, see test_guardrail.py",
    ("CreateMonitoringSchedule", "OutputKmsKeyArn"): "its job definition has it, see test_guardrail.py",
    ("CreateMonitoringSchedule", "VolumeKmsKeyArn"): "its job definition has it, see test_guardrail.py",
    ("CreateMonitoringSchedule", "VpcSubnets"): "its job definition has it, see test_guardrail.py",
}

EXCUSED = {
    "describes something, without compute, role, network or key": (
        "AddAssociation AssociateTrialComponent BatchPutMetrics CreateAIWorkloadConfig CreateAction CreateAlgorithm "
        "CreateAppImageConfig CreateArtifact CreateCodeRepository CreateContext CreateExperiment CreateHumanTaskUi "
        "CreateLineageGroupPolicy CreateModelCard CreateModelCardExportJob CreateModelPackage CreateModelPackageGroup "
        "CreateTrial CreateTrialComponent UpdateAction UpdateAppImageConfig UpdateArtifact UpdateCodeRepository "
        "UpdateContext UpdateExperiment UpdateFeatureGroup UpdateFeatureMetadata UpdateModelCard UpdateModelPackage "
        "UpdateMonitoringAlert UpdateTrial UpdateTrialComponent"
    ),
    "its role is limited by iam:PassRole": "CreateDeviceFleet CreateImage UpdateDeviceFleet UpdateImage",
    "versions of an image, which runs with the role and network that the guardrail limits": (
        "CreateImageVersion UpdateImageVersion"
    ),
    "the request that a hub's model is used in is limited": (
        "CreateHub CreateHubContentReference DeployHubModel ImportHubContent TrainHubModel UpdateHub UpdateHubContent "
        "UpdateHubContentReference"
    ),
    "devices at the edge run outside AWS": (
        "CreateEdgeDeploymentPlan CreateEdgeDeploymentStage RegisterDevices SendHeartbeat StartEdgeDeploymentStage "
        "UpdateDevices"
    ),
    "shares the capacity of a cluster, without adding any": (
        "BatchRebootClusterNodes CreateClusterSchedulerConfig CreateComputeQuota StartClusterHealthCheck "
        "UpdateComputeQuota"
    ),
    "users, teams and their access, a question for the policy that allows it": (
        "CreatePartnerAppPresignedUrl CreatePresignedDomainUrl CreatePresignedMlflowAppUrl "
        "CreatePresignedMlflowTrackingServerUrl CreateWorkforce CreateWorkteam PutLineageGroupPolicy "
        "PutModelPackageGroupPolicy PutResourcePolicy StartSession UpdateWorkforce UpdateWorkteam"
    ),
    "Service Catalog launches projects with its own roles": (
        "CreateProject EnableSagemakerServicecatalogPortfolio UpdateProject"
    ),
    "uses what exists": (
        "BatchWriteRecord CallMlflowAppApi CallPartnerAppApi CompleteRollout "
        "PutRecord Sample SampleWithResponseStream SendPipelineExecutionStepFailure "
        "SendPipelineExecutionStepSuccess UpdateReward"
    ),
    "Studio's shared models of the classic experience": "CreateSharedModel SendSharedModelEvent UpdateSharedModel",
}


@pytest.fixture(scope="module")
def actions() -> Mapping[str, Action]:
    return {
        name: action
        for name, action in service_actions("sagemaker").items()
        if action.access_level in {"Write", "Permissions management"}
        and not name.removeprefix("sagemaker:").startswith(REMOVAL)
    }


@pytest.fixture(scope="module")
def strict(planned: Any) -> dict[str, dict[str, Any]]:
    return _guardrail(planned("leftover-guard", "strict"))


@pytest.fixture(scope="module")
def with_features(planned: Any) -> dict[str, dict[str, Any]]:
    return _guardrail(planned("leftover-guard", "strict_with_every_feature"))


def _guardrail(plan: Any) -> dict[str, dict[str, Any]]:
    return {part: planned_policy(plan, f'aws_iam_policy.guardrail["{part}"]') for part in PARTS}


def _statements(guardrail: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, list[str], Mapping[str, Any]]]:
    for policy in guardrail.values():
        for statement in policy["Statement"]:
            patterns = statement["Action"]
            yield statement.get("Sid", ""), [patterns] if isinstance(patterns, str) else patterns, statement


def _short(action: str) -> str:
    return action.removeprefix("sagemaker:")


def _requests(action: Action, name: str, context: Mapping[str, Any]) -> Request:
    arn = action.resource_types[0].arn if action.resource_types else "*"
    values = {"Partition": "aws", "Region": "eu-west-1", "Account": ACCOUNT}
    filled = re.sub(r"\$\{(\w+)\}", lambda match: values.get(match[1], name), arn)
    return Request(SESSION, action.name, filled, {f"sagemaker:{key}": value for key, value in context.items()}, ACCOUNT)


def _allowed(guardrail: Mapping[str, Mapping[str, Any]], requests: Mapping[Any, Request]) -> set[Any]:
    decisions = decide(Policies({"everything": EVERYTHING, **guardrail}), requests.values())
    return {key for key, one in zip(requests, decisions, strict=True) if one.verdict is not Verdict.EXPLICITLY_DENIED}


def test_denies_a_forbidden_value_of_a_limited_key_in_every_action_that_sends_it(
    with_features: dict[str, dict[str, Any]], actions: Mapping[str, Action]
) -> None:
    requests = {
        (_short(name), key): _requests(action, "demo-1", {key: value})
        for name, action in actions.items()
        for key, value in LIMITED.items()
        if f"sagemaker:{key}" in action.condition_keys
    }

    assert _allowed(with_features, requests) == set()
    assert {key for _, key in requests} == set(LIMITED)


def test_requires_the_keys_of_network_encryption_and_runtime_in_every_action_that_creates(
    with_features: dict[str, dict[str, Any]], actions: Mapping[str, Action]
) -> None:
    # Everything else in the request is as the guardrail requires it, so that only the missing key can deny it.
    complete = {
        "AppNetworkAccessType": "VpcOnly",
        "DirectInternetAccess": "Disabled",
        "MaxRuntimeInSeconds": 60,
        "OutputKmsKeyArn": KEY,
        "RootAccess": "Disabled",
        "VolumeKmsKeyArn": KEY,
        "VpcSecurityGroupIds": ["sg-0a"],
        "VpcSubnets": ["subnet-0a"],
        "ServerlessMemorySize": 2048,
    }
    requests = {}
    for name, action in actions.items():
        if not _short(name).startswith("Create"):
            continue
        sent = {key: value for key, value in complete.items() if f"sagemaker:{key}" in action.condition_keys}
        requests |= {
            (_short(name), missing): _requests(
                action, "demo-serverless-1", {key: value for key, value in sent.items() if key != missing}
            )
            for missing in REQUIRED
            if missing in sent
        }

    untagged = {part: _without_tags(policy) for part, policy in with_features.items()}
    assert _allowed(untagged, requests) == set(OPTIONAL)


def _without_tags(policy: Mapping[str, Any]) -> dict[str, Any]:
    kept = [one for one in policy["Statement"] if "aws:RequestTag" not in str(one.get("Condition"))]
    return {**policy, "Statement": kept}


def test_every_condition_key_is_limited_or_excused(actions: Mapping[str, Action]) -> None:
    sent = {
        key.removeprefix("sagemaker:")
        for action in actions.values()
        for key in action.condition_keys
        if key.startswith("sagemaker:") and not key.startswith("sagemaker:ResourceTag/")
    }

    assert sent - set(LIMITED) == {key for keys in UNLIMITED_KEYS.values() for key in keys} & sent
    assert {key for keys in UNLIMITED_KEYS.values() for key in keys} - sent == set()


def test_every_action_without_a_limited_key_is_denied_limited_by_name_or_excused(
    strict: dict[str, dict[str, Any]], actions: Mapping[str, Action]
) -> None:
    without = {
        _short(name): _requests(action, "other-1", {})
        for name, action in actions.items()
        if not any(f"sagemaker:{key}" in action.condition_keys for key in LIMITED)
    }
    excused = [name for names in EXCUSED.values() for name in names.split()]

    assert _allowed(strict, without) == set(excused) & set(without)
    assert sorted(excused) == sorted(set(excused))
    assert set(excused) - {_short(name) for name in actions} == set()


def test_a_key_is_required_only_in_actions_that_send_it(
    with_features: dict[str, dict[str, Any]], actions: Mapping[str, Action]
) -> None:
    wrong = {
        (sid, _short(name), key)
        for sid, patterns, statement in _statements(with_features)
        for key, missing in statement.get("Condition", {}).get("Null", {}).items()
        if missing == "true" and key != "sagemaker:ServerlessMemorySize"
        for name, action in actions.items()
        if any(fnmatchcase(name, pattern) for pattern in patterns)
        and re.sub("(aws:RequestTag)/.*", r"\1/${TagKey}", key) not in action.condition_keys
    }

    assert wrong == set()


def test_every_action_of_a_statement_exists(strict: dict[str, dict[str, Any]]) -> None:
    known = [*service_actions("sagemaker"), "iam:PassRole"]
    unknown = {
        (sid, pattern)
        for sid, patterns, _ in _statements(strict)
        for pattern in patterns
        if not any(fnmatchcase(name, pattern) for name in known)
    }

    assert unknown == set()
