"""What the planned guardrail denies a role with full access, checked with an IAM simulator."""

from __future__ import annotations

from typing import Any

import pytest

from modproof.policies import Decision, Policies, Request, Verdict, decide, planned_policy

ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/99999999-8888-7777-6666-555555555555"
SAGEMAKER = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/notebook/session"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
PARTS = ("limits", "names", "network", "keys")
Guardrail = dict[str, dict[str, Any]]

TRAINING = "training-job/demo-1"
TRANSFORM_ARN = "transform-job/demo-1"
CONFIG_ARN = "endpoint-config/demo-1"
NOTEBOOK_ARN = "notebook-instance/demo-1"
SCHEDULE = "monitoring-schedule/demo-1"
FEATURES = "feature-group/demo-1"
SERVERLESS_MODEL = f"{SAGEMAKER}:model/demo-serverless-1"

TAGGED: dict[str, Any] = {"aws:RequestTag/Owner": "ada", "aws:TagKeys": ["Owner"]}
JOB: dict[str, Any] = TAGGED | {
    "sagemaker:InstanceTypes": ["ml.m5.xlarge"],
    "sagemaker:MaxRuntimeInSeconds": 3600,
    "sagemaker:OutputKmsKeyArn": KEY,
    "sagemaker:VolumeKmsKeyArn": KEY,
    "sagemaker:VpcSecurityGroupIds": ["sg-0a"],
    "sagemaker:VpcSubnets": ["subnet-0a", "subnet-0b"],
}
NOTEBOOK: dict[str, Any] = TAGGED | {
    "sagemaker:DirectInternetAccess": "Disabled",
    "sagemaker:InstanceTypes": ["ml.t3.medium"],
    "sagemaker:RootAccess": "Disabled",
    "sagemaker:VolumeKmsKeyArn": KEY,
    "sagemaker:VpcSecurityGroupIds": ["sg-0b"],
    "sagemaker:VpcSubnets": ["subnet-0a"],
}
CONFIG: dict[str, Any] = TAGGED | {"sagemaker:InstanceTypes": ["ml.m5.large"], "sagemaker:VolumeKmsKeyArn": KEY}
CLUSTER: dict[str, Any] = TAGGED | {
    "sagemaker:InstanceTypes": ["ml.m5.large"],
    "sagemaker:VpcSecurityGroupIds": ["sg-0a"],
    "sagemaker:VpcSubnets": ["subnet-0a"],
}
GPU: dict[str, Any] = {"sagemaker:InstanceTypes": ["ml.p5.48xlarge"]}
SERVERLESS: dict[str, Any] = TAGGED | {"sagemaker:ServerlessMemorySize": 2048, "sagemaker:ServerlessMaxConcurrency": 5}


def but(context: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return ``context`` with some SageMaker keys changed; None removes a key."""
    changes = {f"sagemaker:{key}": value for key, value in changed.items()}
    return {key: value for key, value in (context | changes).items() if value is not None}


TRANSFORM = but(JOB, VpcSubnets=None, VpcSecurityGroupIds=None, MaxRuntimeInSeconds=None)


def asked(action: str, resource: str, context: dict[str, Any]) -> Request:
    return Request(SESSION, f"sagemaker:{action}", f"{SAGEMAKER}:{resource}", context)


@pytest.fixture(scope="module")
def guardrail(planned: Any) -> Guardrail:
    plan = planned("leftover-guard", "strict")
    return {part: planned_policy(plan, f'aws_iam_policy.guardrail["{part}"]') for part in PARTS}


def guarded(guardrail: Guardrail, requests: list[Request]) -> list[Decision]:
    return decide(Policies({"everything": EVERYTHING, **guardrail}), requests)


WITHIN = {
    "training": asked("CreateTrainingJob", TRAINING, JOB),
    "processing": asked("CreateProcessingJob", "processing-job/demo-1", JOB),
    "tuning": asked("CreateHyperParameterTuningJob", "hyper-parameter-tuning-job/demo-1", JOB),
    "transform": asked("CreateTransformJob", TRANSFORM_ARN, TRANSFORM),
    "model": asked("CreateModel", "model/demo-1", TAGGED | {"sagemaker:VpcSubnets": ["subnet-0b"]}),
    "serverless model": asked("CreateModel", "model/demo-serverless-1", TAGGED),
    "its endpoint configuration": asked(
        "CreateEndpointConfig", "endpoint-config/demo-3", but(SERVERLESS, ModelArn=SERVERLESS_MODEL)
    ),
    "schedule by name of its job definition": asked("CreateMonitoringSchedule", SCHEDULE, TAGGED),
    "schedule with its job": asked("CreateMonitoringSchedule", SCHEDULE, JOB),
    "change of a schedule": asked("UpdateMonitoringSchedule", SCHEDULE, {}),
    "update of an endpoint": asked("UpdateEndpoint", "endpoint/demo-1", {}),
    "start of a pipeline": asked("StartPipelineExecution", "pipeline/demo-1", {}),
    "job on a training plan": asked("CreateTrainingJob", "training-plan/ours", JOB),
    "feature group without stores": asked("CreateFeatureGroup", FEATURES, {}),
    "feature group": asked(
        "CreateFeatureGroup",
        FEATURES,
        but({}, FeatureGroupOfflineStoreConfig=True, FeatureGroupOfflineStoreKmsKeyArn=KEY),
    ),
    "Jupyter Server": asked("CreateApp", "app/d-1/ada/JupyterServer/default", {"sagemaker:InstanceTypes": ["system"]}),
    "own role": Request(
        SESSION,
        "iam:PassRole",
        f"arn:aws:iam::{ACCOUNT}:role/demo-notebook",
        {"iam:PassedToService": "sagemaker.amazonaws.com"},
    ),
    "role for another service": Request(
        SESSION,
        "iam:PassRole",
        f"arn:aws:iam::{ACCOUNT}:role/admin",
        {"iam:PassedToService": "lambda.amazonaws.com"},
    ),
    "endpoint configuration": asked("CreateEndpointConfig", CONFIG_ARN, CONFIG),
    "serverless endpoint configuration": asked("CreateEndpointConfig", "endpoint-config/demo-2", SERVERLESS),
    "endpoint": asked("CreateEndpoint", "endpoint/demo-1", TAGGED),
    "notebook": asked("CreateNotebookInstance", NOTEBOOK_ARN, NOTEBOOK),
    "another size": asked("UpdateNotebookInstance", NOTEBOOK_ARN, but({}, InstanceTypes=["ml.m5.large"])),
    "Studio app": asked("CreateApp", "app/d-1/ada/JupyterLab/default", {"sagemaker:InstanceTypes": ["ml.t3.medium"]}),
    "stop": asked("StopTrainingJob", "training-job/other", {}),
    "untagging of another tag": asked("DeleteTags", TRAINING, {"aws:TagKeys": ["Note"]}),
}


def test_lets_through_what_keeps_to_it(guardrail: Guardrail) -> None:
    decisions = dict(zip(WITHIN, guarded(guardrail, list(WITHIN.values())), strict=True))

    assert {what: str(one) for what, one in decisions.items() if one.verdict is not Verdict.ALLOWED} == {}


OUTSIDE = {
    "a GPU": (
        "DenyOtherInstanceTypes",
        "CreateTrainingJob",
        TRAINING,
        but(JOB, InstanceTypes=["ml.p4d.24xlarge"]),
    ),
    "a GPU beside another": (
        "DenyOtherInstanceTypes",
        "CreateTrainingJob",
        TRAINING,
        but(JOB, InstanceTypes=["ml.m5.large", "ml.p4d.24xlarge"]),
    ),
    "a GPU in Studio": (
        "DenyOtherInstanceTypes",
        "CreateApp",
        "app/d-1/ada/JupyterLab/x",
        {"sagemaker:InstanceTypes": ["ml.g5.xlarge"]},
    ),
    "a larger notebook": (
        "DenyOtherInstanceTypes",
        "UpdateNotebookInstance",
        NOTEBOOK_ARN,
        but({}, InstanceTypes=["ml.p3.2xlarge"]),
    ),
    "an endpoint on a GPU": (
        "DenyOtherInstanceTypes",
        "CreateEndpointConfig",
        CONFIG_ARN,
        but(CONFIG, InstanceTypes=["ml.g5.xlarge"]),
    ),
    "another name": ("DenyOtherNames", "CreateTrainingJob", "training-job/other-1", JOB),
    "an endpoint of another name": ("DenyOtherNames", "CreateEndpoint", "endpoint/production", TAGGED),
    "no VPC": ("DenyOutsideVpc", "CreateTrainingJob", TRAINING, but(JOB, VpcSubnets=None)),
    "a model outside the VPC": ("DenyModelsOutsideVpc", "CreateModel", "model/demo-1", TAGGED),
    "another subnet": (
        "DenyOtherSubnets",
        "CreateTrainingJob",
        TRAINING,
        but(JOB, VpcSubnets=["subnet-0a", "subnet-0c"]),
    ),
    "a notebook on the internet": (
        "DenyDirectInternetAccess",
        "CreateNotebookInstance",
        NOTEBOOK_ARN,
        but(NOTEBOOK, DirectInternetAccess="Enabled"),
    ),
    "a notebook that says nothing of the internet": (
        "DenyDirectInternetAccess",
        "CreateNotebookInstance",
        NOTEBOOK_ARN,
        but(NOTEBOOK, DirectInternetAccess=None),
    ),
    "a volume without key": (
        "DenyVolumeWithoutKey",
        "CreateTrainingJob",
        TRAINING,
        but(JOB, VolumeKmsKeyArn=None),
    ),
    "a volume with another key": (
        "DenyOtherVolumeKey",
        "CreateNotebookInstance",
        NOTEBOOK_ARN,
        but(NOTEBOOK, VolumeKmsKeyArn=OTHER_KEY),
    ),
    "output without key": (
        "DenyOutputWithoutKey",
        "CreateTransformJob",
        TRANSFORM_ARN,
        but(TRANSFORM, OutputKmsKeyArn=None),
    ),
    "output with another key": (
        "DenyOtherOutputKey",
        "CreateTrainingJob",
        TRAINING,
        but(JOB, OutputKmsKeyArn=OTHER_KEY),
    ),
    "an endpoint's volume without key": (
        "DenyEndpointVolumeWithoutKey",
        "CreateEndpointConfig",
        CONFIG_ARN,
        but(CONFIG, VolumeKmsKeyArn=None),
    ),
    "too long": ("DenyLongJobs", "CreateTrainingJob", TRAINING, but(JOB, MaxRuntimeInSeconds=86401)),
    "no limit of time": ("DenyJobsWithoutLimit", "CreateTrainingJob", TRAINING, but(JOB, MaxRuntimeInSeconds=None)),
    "a serverless model on instances": (
        "DenyServerlessModelsOnInstances",
        "CreateEndpointConfig",
        CONFIG_ARN,
        but(CONFIG, ModelArn=SERVERLESS_MODEL),
    ),
    "a serverless model in a transform job": (
        "DenyServerlessModelsOnInstances",
        "CreateTransformJob",
        TRANSFORM_ARN,
        but(TRANSFORM, ModelArn=SERVERLESS_MODEL),
    ),
    "a serverless model in an inference component": (
        "DenyUnlimitedFeatures+DenyServerlessModelsOnInstances",
        "CreateInferenceComponent",
        "inference-component/demo-1",
        but(TAGGED, ModelArn=SERVERLESS_MODEL),
    ),
    "another security group": (
        "DenyOtherSecurityGroups",
        "CreateTrainingJob",
        TRAINING,
        but(JOB, VpcSecurityGroupIds=["sg-0a", "sg-0c"]),
    ),
    "a notebook in the default security group": (
        "DenyDefaultSecurityGroup",
        "CreateNotebookInstance",
        NOTEBOOK_ARN,
        but(NOTEBOOK, VpcSecurityGroupIds=None),
    ),
    "a notebook with root access": (
        "DenyRootAccess",
        "CreateNotebookInstance",
        NOTEBOOK_ARN,
        but(NOTEBOOK, RootAccess=None),
    ),
    "root access later": ("DenyRootAccessLater", "UpdateNotebookInstance", NOTEBOOK_ARN, but({}, RootAccess="Enabled")),
    "a shell in a job": ("DenyRemoteDebug", "CreateTrainingJob", TRAINING, but(JOB, EnableRemoteDebug=True)),
    "a warm pool": ("DenyWarmPools", "UpdateTrainingJob", TRAINING, but({}, KeepAlivePeriod=600)),
    "a larger running job": (
        "DenyOtherInstanceTypes",
        "UpdateTrainingJob",
        TRAINING,
        but({}, InstanceTypes=["ml.p5.48xlarge"]),
    ),
    "a space on a GPU": (
        "DenyOtherInstanceTypes",
        "CreateSpace",
        "space/d-1/x",
        but({}, InstanceTypes=["ml.g5.xlarge"]),
    ),
    "a schedule outside the VPC": (
        "DenySchedulesOutsideVpc",
        "CreateMonitoringSchedule",
        SCHEDULE,
        but(JOB, VpcSubnets=None),
    ),
    "a schedule's output without key": (
        "DenyScheduleOutputWithoutKey",
        "UpdateMonitoringSchedule",
        SCHEDULE,
        but(JOB, OutputKmsKeyArn=None),
    ),
    "a schedule's volume without key": (
        "DenyScheduleVolumeWithoutKey",
        "UpdateMonitoringSchedule",
        SCHEDULE,
        but(JOB, VolumeKmsKeyArn=None),
    ),
    "a schedule without limit of time": (
        "DenySchedulesWithoutLimit",
        "CreateMonitoringSchedule",
        SCHEDULE,
        but(JOB, MaxRuntimeInSeconds=None),
    ),
    "an offline store without key": (
        "DenyOfflineStoreWithoutKey",
        "CreateFeatureGroup",
        FEATURES,
        but({}, FeatureGroupOfflineStoreConfig=True),
    ),
    "an online store without key": (
        "DenyOnlineStoreWithoutKey",
        "CreateFeatureGroup",
        FEATURES,
        but({}, FeatureGroupEnableOnlineStore=True),
    ),
    "more instances for another's endpoint": (
        "DenyOtherNames",
        "UpdateEndpointWeightsAndCapacities",
        "endpoint/production",
        {},
    ),
    "another's pipeline": ("DenyOtherNames", "StartPipelineExecution", "pipeline/production", {}),
    "another's notebook": (
        "DenyOtherNames",
        "CreatePresignedNotebookInstanceUrl",
        "notebook-instance/production",
        {},
    ),
    "a prefix inside another name": ("DenyOtherNames", "CreateEndpoint", "endpoint/production-demo-1", TAGGED),
    "a cluster": ("DenyUnlimitedFeatures", "CreateCluster", "cluster/x", CLUSTER),
    "a training plan": ("DenyUnlimitedFeatures", "CreateTrainingPlan", "training-plan/demo-1", {}),
    "code that runs as root": (
        "DenyUnlimitedFeatures",
        "UpdateNotebookInstanceLifecycleConfig",
        "notebook-instance-lifecycle-config/production",
        {},
    ),
    "untagging": ("DenyUntagging", "DeleteTags", TRAINING, {"aws:TagKeys": ["Note", "Owner"]}),
}


def test_denies_what_does_not_and_says_why(guardrail: Guardrail) -> None:
    requests = [asked(action, resource, context) for _, action, resource, context in OUTSIDE.values()]
    decisions = dict(zip(OUTSIDE, guarded(guardrail, requests), strict=True))

    assert {what: (one.verdict, "+".join(_sids(one))) for what, one in decisions.items()} == {
        what: (Verdict.EXPLICITLY_DENIED, sid) for what, (sid, *_) in OUTSIDE.items()
    }


def _sids(decision: Decision) -> list[str]:
    return [reason.split("/", 1)[1] for reason in decision.because]


def test_denies_passing_another_role(guardrail: Guardrail) -> None:
    to_sagemaker = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    request = Request(SESSION, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin", to_sagemaker)

    assert [_sids(one) for one in guarded(guardrail, [request])] == [["DenyOtherRoles"]]


def test_denies_what_bears_no_tag(guardrail: Guardrail) -> None:
    untagged = {key: value for key, value in JOB.items() if not key.startswith("aws:")}
    another = untagged | {"aws:RequestTag/Note": "x", "aws:TagKeys": ["Note"]}
    decisions = guarded(guardrail, [asked("CreateTrainingJob", TRAINING, one) for one in (untagged, another)])

    assert [one.verdict for one in decisions] == [Verdict.EXPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED]


def test_allows_nothing_by_itself(guardrail: Guardrail) -> None:
    decisions = decide(Policies(guardrail), list(WITHIN.values()))

    assert {one.verdict for one in decisions} == {Verdict.IMPLICITLY_DENIED}
