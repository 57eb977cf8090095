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
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}]}

TRAINING = "training-job/demo-1"
TRANSFORM_ARN = "transform-job/demo-1"
CONFIG_ARN = "endpoint-config/demo-1"
NOTEBOOK_ARN = "notebook-instance/demo-1"

TAGGED: dict[str, Any] = {"aws:RequestTag/Owner": "ada", "aws:TagKeys": ["Owner"]}
JOB: dict[str, Any] = TAGGED | {
    "sagemaker:InstanceTypes": ["ml.m5.xlarge"],
    "sagemaker:MaxRuntimeInSeconds": 3600,
    "sagemaker:OutputKmsKeyArn": KEY,
    "sagemaker:VolumeKmsKeyArn": KEY,
    "sagemaker:VpcSubnets": ["subnet-0a", "subnet-0b"],
}
NOTEBOOK: dict[str, Any] = TAGGED | {
    "sagemaker:DirectInternetAccess": "Disabled",
    "sagemaker:InstanceTypes": ["ml.t3.medium"],
    "sagemaker:VolumeKmsKeyArn": KEY,
    "sagemaker:VpcSubnets": ["subnet-0a"],
}
CONFIG: dict[str, Any] = TAGGED | {"sagemaker:InstanceTypes": ["ml.m5.large"], "sagemaker:VolumeKmsKeyArn": KEY}
SERVERLESS: dict[str, Any] = TAGGED | {"sagemaker:ServerlessMemorySize": 2048, "sagemaker:ServerlessMaxConcurrency": 5}


def but(context: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return ``context`` with some SageMaker keys changed; None removes a key."""
    changes = {f"sagemaker:{key}": value for key, value in changed.items()}
    return {key: value for key, value in (context | changes).items() if value is not None}


TRANSFORM = but(JOB, VpcSubnets=None, MaxRuntimeInSeconds=None)


def asked(action: str, resource: str, context: dict[str, Any]) -> Request:
    return Request(SESSION, f"sagemaker:{action}", f"{SAGEMAKER}:{resource}", context)


@pytest.fixture(scope="module")
def guardrail(planned: Any) -> dict[str, Any]:
    return dict(planned_policy(planned("leftover-guard", "strict"), "aws_iam_policy.guardrail[0]", "policy"))


def guarded(guardrail: dict[str, Any], requests: list[Request]) -> list[Decision]:
    return decide(Policies({"everything": EVERYTHING, "guardrail": guardrail}), requests)


WITHIN = {
    "training": asked("CreateTrainingJob", TRAINING, JOB),
    "processing": asked("CreateProcessingJob", "processing-job/demo-1", JOB),
    "tuning": asked("CreateHyperParameterTuningJob", "hyper-parameter-tuning-job/demo-1", JOB),
    "transform": asked("CreateTransformJob", TRANSFORM_ARN, TRANSFORM),
    "model": asked("CreateModel", "model/demo-1", TAGGED | {"sagemaker:VpcSubnets": ["subnet-0b"]}),
    "endpoint configuration": asked("CreateEndpointConfig", CONFIG_ARN, CONFIG),
    "serverless endpoint configuration": asked("CreateEndpointConfig", "endpoint-config/demo-2", SERVERLESS),
    "endpoint": asked("CreateEndpoint", "endpoint/demo-1", TAGGED),
    "notebook": asked("CreateNotebookInstance", NOTEBOOK_ARN, NOTEBOOK),
    "another size": asked("UpdateNotebookInstance", NOTEBOOK_ARN, but({}, InstanceTypes=["ml.m5.large"])),
    "Studio app": asked("CreateApp", "app/d-1/ada/JupyterLab/default", {"sagemaker:InstanceTypes": ["ml.t3.medium"]}),
    "stop": asked("StopTrainingJob", "training-job/other", {}),
    "untagging of another tag": asked("DeleteTags", TRAINING, {"aws:TagKeys": ["Note"]}),
}


def test_lets_through_what_keeps_to_it(guardrail: dict[str, Any]) -> None:
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
    "a model outside the VPC": ("DenyOutsideVpc", "CreateModel", "model/demo-1", TAGGED),
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
        "DenyVolumeWithoutNamedKey",
        "CreateTrainingJob",
        TRAINING,
        but(JOB, VolumeKmsKeyArn=None),
    ),
    "a volume with another key": (
        "DenyVolumeWithoutNamedKey",
        "CreateNotebookInstance",
        NOTEBOOK_ARN,
        but(NOTEBOOK, VolumeKmsKeyArn=OTHER_KEY),
    ),
    "output without key": (
        "DenyOutputWithoutNamedKey",
        "CreateTransformJob",
        TRANSFORM_ARN,
        but(TRANSFORM, OutputKmsKeyArn=None),
    ),
    "output with another key": (
        "DenyOutputWithoutNamedKey",
        "CreateTrainingJob",
        TRAINING,
        but(JOB, OutputKmsKeyArn=OTHER_KEY),
    ),
    "an endpoint's volume without key": (
        "DenyEndpointVolumeWithoutNamedKey",
        "CreateEndpointConfig",
        CONFIG_ARN,
        but(CONFIG, VolumeKmsKeyArn=None),
    ),
    "too long": ("DenyLongJobs", "CreateTrainingJob", TRAINING, but(JOB, MaxRuntimeInSeconds=86401)),
    "no limit of time": ("DenyJobsWithoutLimit", "CreateTrainingJob", TRAINING, but(JOB, MaxRuntimeInSeconds=None)),
    "untagging": ("DenyUntagging", "DeleteTags", TRAINING, {"aws:TagKeys": ["Note", "Owner"]}),
}


def test_denies_what_does_not_and_says_why(guardrail: dict[str, Any]) -> None:
    requests = [asked(action, resource, context) for _, action, resource, context in OUTSIDE.values()]
    decisions = dict(zip(OUTSIDE, guarded(guardrail, requests), strict=True))

    assert {what: (one.verdict, one.because) for what, one in decisions.items()} == {
        what: (Verdict.EXPLICITLY_DENIED, (f"guardrail/{sid}",)) for what, (sid, *_) in OUTSIDE.items()
    }


def test_denies_what_bears_no_tag(guardrail: dict[str, Any]) -> None:
    untagged = {key: value for key, value in JOB.items() if not key.startswith("aws:")}
    another = untagged | {"aws:RequestTag/Note": "x", "aws:TagKeys": ["Note"]}
    decisions = guarded(guardrail, [asked("CreateTrainingJob", TRAINING, one) for one in (untagged, another)])

    assert [one.verdict for one in decisions] == [Verdict.EXPLICITLY_DENIED, Verdict.EXPLICITLY_DENIED]


def test_allows_nothing_by_itself(guardrail: dict[str, Any]) -> None:
    decisions = decide(Policies({"guardrail": guardrail}), list(WITHIN.values()))

    assert {one.verdict for one in decisions} == {Verdict.IMPLICITLY_DENIED}
