"""What the planned policies of a notebook's role allow and deny, checked with an IAM simulator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from modproof.core.errors import ConfigurationError
from modproof.policies import Policies, Request, Role, Verdict, decide, planned_policy, service_actions

ACCOUNT = "123456789012"
AWS = "arn:aws"
KEY = f"{AWS}:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = f"{AWS}:kms:eu-west-1:{ACCOUNT}:key/99999999-8888-7777-6666-555555555555"
SAGEMAKER = f"{AWS}:sagemaker:eu-west-1:{ACCOUNT}"
JOB = f"{SAGEMAKER}:training-job/demo-xgboost-2026"
LOGS = f"{AWS}:logs:eu-west-1:{ACCOUNT}:log-group:/aws/sagemaker"
ROLE = f"{AWS}:iam::{ACCOUNT}:role"
JOB_CONTEXT: dict[str, Any] = {
    "sagemaker:InstanceTypes": ["ml.m5.xlarge"],
    "sagemaker:MaxRuntimeInSeconds": 3600,
    "sagemaker:OutputKmsKeyArn": KEY,
    "sagemaker:VolumeKmsKeyArn": KEY,
    "sagemaker:VpcSecurityGroupIds": ["sg-0a"],
    "sagemaker:VpcSubnets": ["subnet-0a", "subnet-0b"],
}
BOUNDARY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Pipeline", "Effect": "Allow", "Action": ["sagemaker:*", "s3:Get*", "iam:PassRole"], "Resource": "*"},
        {"Sid": "NoTraining", "Effect": "Deny", "Action": "sagemaker:CreateTrainingJob", "Resource": "*"},
    ],
}


def but(**changed: Any) -> dict[str, Any]:
    """Return the context of an allowed job with some SageMaker keys changed; None removes a key."""
    context = JOB_CONTEXT | {f"sagemaker:{key}": value for key, value in changed.items()}
    return {key: value for key, value in context.items() if value is not None}


@pytest.fixture(scope="module")
def role(planned: Any) -> Role:
    return Role.planned(planned("execution-role", "guarded"), account=ACCOUNT)


def not_denied(role: Role, requests: Iterable[Request]) -> list[str]:
    """Return the decisions that are not an implicit denial, as text."""
    decisions = role.decide(requests)
    assert decisions, "nothing was asked"
    return [str(decision) for decision in decisions if decision.verdict is not Verdict.IMPLICITLY_DENIED]


def test_starts_training_under_its_prefix_in_its_vpc_with_its_key_and_its_role(role: Role) -> None:
    decisions = role.decide(
        [
            role.request("sagemaker:CreateTrainingJob", JOB, **JOB_CONTEXT),
            role.request("sagemaker:CreateTrainingJob", JOB, **but(VpcSubnets=["subnet-0b"])),
            role.request("sagemaker:CreateTrainingJob", JOB, **but(InstanceTypes=["ml.m5.large", "ml.c5.xlarge"])),
            role.request("sagemaker:CreateTrainingJob", JOB, **but(MaxRuntimeInSeconds=86400)),
            role.request("sagemaker:CreateProcessingJob", f"{SAGEMAKER}:processing-job/demo-clean", **JOB_CONTEXT),
            role.request("sagemaker:StopTrainingJob", JOB),
            role.request("sagemaker:DescribeTrainingJob", JOB),
            role.request("sagemaker:ListTrainingJobs"),
            role.request("iam:PassRole", f"{ROLE}/demo-notebook", **{"iam:PassedToService": "sagemaker.amazonaws.com"}),
            role.request("iam:PassRole", f"{ROLE}/ml/training", **{"iam:PassedToService": "sagemaker.amazonaws.com"}),
        ]
    )
    assert [str(decision) for decision in decisions if decision.verdict is not Verdict.ALLOWED] == []
    assert decisions[0].because == ("jobs/CreateJobs",)


TUNING = f"{SAGEMAKER}:hyper-parameter-tuning-job/demo-tune"
TRANSFORM = f"{SAGEMAKER}:transform-job/demo-batch"
PIPELINE = f"{SAGEMAKER}:pipeline/demo-train"
OWN_MODEL, OTHER_MODEL = (f"{SAGEMAKER}:model/{name}" for name in ("demo-notebook-churn", "other-churn"))
EVERY_TYPE: dict[str, tuple[str, str, dict[str, Any], bool]] = {
    "tune": ("CreateHyperParameterTuningJob", TUNING, {}, True),
    "tune outside of the VPC": ("CreateHyperParameterTuningJob", TUNING, {"VpcSubnets": ["subnet-0c"]}, False),
    "tune with plain traffic": (
        "CreateHyperParameterTuningJob",
        TUNING,
        {"InterContainerTrafficEncryption": False},
        False,
    ),
    "look at a job of the tuning": ("DescribeTrainingJob", f"{JOB}-001", {}, True),
    "stop tuning": ("StopHyperParameterTuningJob", TUNING, {}, True),
    "transform": ("CreateTransformJob", TRANSFORM, {"VpcSubnets": None, "VpcSecurityGroupIds": None}, True),
    "transform with the model of another role": ("CreateTransformJob", TRANSFORM, {"ModelArn": OTHER_MODEL}, False),
    "transform without key": ("CreateTransformJob", TRANSFORM, {"OutputKmsKeyArn": None}, False),
    "transform on a GPU": ("CreateTransformJob", TRANSFORM, {"InstanceTypes": ["ml.p4d.24xlarge"]}, False),
    "transform under another name": ("CreateTransformJob", TRANSFORM.replace("demo-", "other-"), {}, False),
    "define a pipeline": ("CreatePipeline", PIPELINE, {}, True),
    "start it": ("StartPipelineExecution", PIPELINE, {}, True),
    "stop it": ("StopPipelineExecution", f"{PIPELINE}/execution/0a1b", {}, True),
    "start another": ("StartPipelineExecution", PIPELINE.replace("demo-", "other-"), {}, False),
}


def _sent(action: str, context: dict[str, Any]) -> dict[str, Any]:
    """The condition keys that the action sends."""
    keys = service_actions("sagemaker")[f"sagemaker:{action}"].condition_keys
    return {key: value for key, value in context.items() if key in keys}


def test_tunes_transforms_and_runs_pipelines_within_its_limits(planned: Any) -> None:
    role = Role.planned(planned("execution-role", "every_job_type"), account=ACCOUNT)
    safe = {"InstanceTypes": ["ml.m5.large"], "NetworkIsolation": True, "InterContainerTrafficEncryption": True}
    safe |= {"MaxRuntimeInSeconds": 3600, "ModelArn": OWN_MODEL, "VpcSubnets": ["subnet-0a"]}
    decisions = role.decide(
        role.request(f"sagemaker:{action}", resource, **_sent(action, but(**safe | changed)))
        for action, resource, changed, _ in EVERY_TYPE.values()
    )

    assert {what: one.verdict is Verdict.ALLOWED for what, one in zip(EVERY_TYPE, decisions, strict=True)} == {
        what: allowed for what, (_, _, _, allowed) in EVERY_TYPE.items()
    }


@pytest.mark.parametrize(("model", "verdict"), [("demo-churn", "ALLOWED"), ("other-churn", "IMPLICITLY_DENIED")])
def test_hosts_only_models_under_its_prefix(planned: Any, model: str, verdict: str) -> None:
    role = Role.planned(planned("execution-role", "notebook_stack_hosting"), account=ACCOUNT)
    config = f"{SAGEMAKER}:endpoint-config/demo-churn"
    context = {"sagemaker:ModelArn": [f"{SAGEMAKER}:model/{model}"], "sagemaker:VolumeKmsKeyArn": KEY}
    (decision,) = role.decide([role.request("sagemaker:CreateEndpointConfig", config, **context)])

    assert decision.verdict is Verdict[verdict]


OUTSIDE = {
    "no VPC": but(VpcSubnets=None, VpcSecurityGroupIds=None),
    "another subnet beside its own": but(VpcSubnets=["subnet-0a", "subnet-0c"]),
    "another VPC": but(VpcSubnets=["subnet-0c"]),
    "another security group": but(VpcSecurityGroupIds=["sg-0b"]),
    "no security group": but(VpcSecurityGroupIds=None),
    "a GPU instance": but(InstanceTypes=["ml.p4d.24xlarge"]),
    "a GPU instance beside another": but(InstanceTypes=["ml.m5.xlarge", "ml.p4d.24xlarge"]),
    "no instance type": but(InstanceTypes=None),
    "output without key": but(OutputKmsKeyArn=None),
    "output with another key": but(OutputKmsKeyArn=OTHER_KEY),
    "volume without key": but(VolumeKmsKeyArn=None),
    "volume with another key": but(VolumeKmsKeyArn=OTHER_KEY),
    "longer than a day": but(MaxRuntimeInSeconds=86401),
    "no limit of time": but(MaxRuntimeInSeconds=None),
}


def test_starts_no_job_outside(role: Role) -> None:
    outside = [role.request("sagemaker:CreateTrainingJob", JOB, **context) for context in OUTSIDE.values()]
    decisions = dict(zip(OUTSIDE, role.decide(outside), strict=True))
    passed = [what for what, decision in decisions.items() if decision.verdict is not Verdict.IMPLICITLY_DENIED]
    assert passed == []


WITHOUT_LIMITS = {
    "a shell in a new job": ("sagemaker:CreateTrainingJob", but(EnableRemoteDebug=True), "DenyRemoteDebug"),
    "a shell in a running job": (
        "sagemaker:UpdateTrainingJob",
        {"sagemaker:EnableRemoteDebug": True},
        "DenyRemoteDebug",
    ),
    "a warm pool": ("sagemaker:CreateTrainingJob", but(KeepAlivePeriod=1), "DenyWarmPools"),
    "a warm pool later": ("sagemaker:UpdateTrainingJob", {"sagemaker:KeepAlivePeriod": 3600}, "DenyWarmPools"),
}


def test_denies_remote_debugging_and_warm_pools_even_to_a_role_with_full_access(role: Role) -> None:
    full = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}]}
    requests = [role.request(action, JOB, **context) for action, context, _ in WITHOUT_LIMITS.values()]
    decisions = decide(Policies({**role.identity, "full-access": full}), requests)

    assert {what: one.because for what, one in zip(WITHOUT_LIMITS, decisions, strict=True)} == {
        what: (f"job-limits/{sid}",) for what, (_, _, sid) in WITHOUT_LIMITS.items()
    }


def test_requires_isolation_and_encryption_between_containers(planned: Any) -> None:
    isolated = Role.planned(planned("execution-role", "isolated"), account=ACCOUNT)
    safe = but(NetworkIsolation=True, InterContainerTrafficEncryption=True, MaxRuntimeInSeconds=60)
    contexts = [
        safe,
        safe | {"sagemaker:KeepAlivePeriod": 600},
        safe | {"sagemaker:KeepAlivePeriod": 601},
        safe | {"sagemaker:NetworkIsolation": False},
        safe | {"sagemaker:InterContainerTrafficEncryption": False},
        but(NetworkIsolation=True, MaxRuntimeInSeconds=60),
        but(InterContainerTrafficEncryption=True, MaxRuntimeInSeconds=60),
    ]
    decisions = isolated.decide(isolated.request("sagemaker:CreateTrainingJob", JOB, **one) for one in contexts)

    assert [one.verdict is Verdict.ALLOWED for one in decisions] == [True, True, False, False, False, False, False]


def test_starts_no_job_of_another_name_region_or_account(role: Role) -> None:
    jobs = [
        f"{SAGEMAKER}:training-job/other-xgboost",
        f"{SAGEMAKER}:training-job/demo",
        f"{AWS}:sagemaker:us-east-1:{ACCOUNT}:training-job/demo-xgboost",
        f"{AWS}:sagemaker:eu-west-1:210987654321:training-job/demo-xgboost",
    ]
    assert not_denied(role, [role.request("sagemaker:CreateTrainingJob", job, **JOB_CONTEXT) for job in jobs]) == []


def test_passes_no_other_role_and_to_no_other_service(role: Role) -> None:
    passed = [
        (f"{ROLE}/admin", "sagemaker.amazonaws.com"),
        (f"{ROLE}/demo-notebook-2", "sagemaker.amazonaws.com"),
        (f"{ROLE}/demo-notebook", "ec2.amazonaws.com"),
        (f"{ROLE}/demo-notebook", "lambda.amazonaws.com"),
        (f"{AWS}:iam::210987654321:role/demo-notebook", "sagemaker.amazonaws.com"),
    ]
    requests = [role.request("iam:PassRole", arn, **{"iam:PassedToService": service}) for arn, service in passed]
    assert not_denied(role, requests) == []


MADE_BY_TERRAFORM = [
    ("s3:DeleteBucket", f"{AWS}:s3:::demo-model"),
    ("s3:DeleteBucketPolicy", f"{AWS}:s3:::demo-model"),
    ("s3:PutBucketPolicy", f"{AWS}:s3:::demo-model"),
    ("s3:PutLifecycleConfiguration", f"{AWS}:s3:::demo-model"),
    ("s3:PutEncryptionConfiguration", f"{AWS}:s3:::demo-model"),
    ("s3:DeleteObject", f"{AWS}:s3:::demo-output/model.tar.gz"),
    ("s3:DeleteObjectVersion", f"{AWS}:s3:::demo-model/model.tar.gz"),
    ("s3:CreateBucket", f"{AWS}:s3:::sagemaker-eu-west-1-{ACCOUNT}"),
    ("kms:ScheduleKeyDeletion", KEY),
    ("kms:DisableKey", KEY),
    ("kms:PutKeyPolicy", KEY),
    ("kms:DeleteAlias", f"{AWS}:kms:eu-west-1:{ACCOUNT}:alias/demo"),
    ("iam:DeleteRole", f"{ROLE}/demo-notebook"),
    ("iam:DeleteRolePolicy", f"{ROLE}/demo-notebook"),
    ("iam:PutRolePolicy", f"{ROLE}/demo-notebook"),
    ("iam:AttachRolePolicy", f"{ROLE}/demo-notebook"),
    ("iam:UpdateAssumeRolePolicy", f"{ROLE}/demo-notebook"),
    ("logs:DeleteLogGroup", f"{LOGS}/TrainingJobs"),
    ("logs:DeleteRetentionPolicy", f"{LOGS}/TrainingJobs"),
    ("logs:DeleteLogStream", f"{LOGS}/TrainingJobs:log-stream:demo"),
    ("sagemaker:DeleteNotebookInstance", f"{SAGEMAKER}:notebook-instance/demo"),
    ("sagemaker:UpdateNotebookInstance", f"{SAGEMAKER}:notebook-instance/demo"),
    ("sagemaker:CreateNotebookInstance", f"{SAGEMAKER}:notebook-instance/demo-2"),
    (
        "sagemaker:UpdateNotebookInstanceLifecycleConfig",
        f"{SAGEMAKER}:notebook-instance-lifecycle-config/demo",
    ),
    (
        "sagemaker:DeleteNotebookInstanceLifecycleConfig",
        f"{SAGEMAKER}:notebook-instance-lifecycle-config/demo",
    ),
    ("sagemaker:DeleteCodeRepository", f"{SAGEMAKER}:code-repository/demo"),
    ("sagemaker:DeleteEndpoint", f"{SAGEMAKER}:endpoint/demo-model"),
    ("sagemaker:DeleteModelPackageGroup", f"{SAGEMAKER}:model-package-group/demo"),
    ("sagemaker:DeleteTrainingJob", JOB),
    ("sagemaker:CreateEndpoint", f"{SAGEMAKER}:endpoint/demo-model"),
    ("ec2:DeleteVpc", f"{AWS}:ec2:eu-west-1:{ACCOUNT}:vpc/vpc-0a"),
    ("ec2:DeleteVpcEndpoints", f"{AWS}:ec2:eu-west-1:{ACCOUNT}:vpc-endpoint/vpce-0a"),
    ("ec2:DeleteSubnet", f"{AWS}:ec2:eu-west-1:{ACCOUNT}:subnet/subnet-0a"),
    ("ec2:DeleteSecurityGroup", f"{AWS}:ec2:eu-west-1:{ACCOUNT}:security-group/sg-0a"),
    ("ec2:RunInstances", f"{AWS}:ec2:eu-west-1:{ACCOUNT}:instance/i-0a"),
]


def test_changes_nothing_that_terraform_made(role: Role) -> None:
    requests = [role.request(action, resource, account=ACCOUNT) for action, resource in MADE_BY_TERRAFORM]
    assert not_denied(role, requests) == []


def test_stops_its_own_notebook_and_no_other(role: Role) -> None:
    decisions = role.decide(
        role.request("sagemaker:StopNotebookInstance", f"{SAGEMAKER}:notebook-instance/{name}")
        for name in ("demo", "demo-2")
    )
    assert [decision.verdict for decision in decisions] == [Verdict.ALLOWED, Verdict.IMPLICITLY_DENIED]


def test_uses_its_key_through_s3_and_sagemaker_only(role: Role) -> None:
    # the key policy's root statement, which delegates to policies such as the role's
    key_policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"{AWS}:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
        ],
    }
    via = "kms:ViaService"
    decisions = role.decide(
        [
            role.request("kms:Decrypt", KEY, **{via: "s3.eu-west-1.amazonaws.com"}),
            role.request("kms:GenerateDataKey", KEY, **{via: "sagemaker.eu-west-1.amazonaws.com"}),
            role.request("kms:Decrypt", KEY),
            role.request("kms:Decrypt", KEY, **{via: "s3.us-east-1.amazonaws.com"}),
            role.request("kms:Decrypt", OTHER_KEY, **{via: "s3.eu-west-1.amazonaws.com"}),
            role.request("kms:CreateGrant", KEY, **{via: "sagemaker.eu-west-1.amazonaws.com"}),
            role.request(
                "kms:CreateGrant",
                KEY,
                **{via: "sagemaker.eu-west-1.amazonaws.com", "kms:GrantIsForAWSResource": True},
            ),
        ],
        resource_policy=key_policy,
    )
    allowed = [decision.verdict is Verdict.ALLOWED for decision in decisions]
    assert allowed == [True, True, False, False, False, False, True]


def test_network_interfaces_only_in_its_subnets(role: Role) -> None:
    ec2 = f"{AWS}:ec2:eu-west-1:{ACCOUNT}"
    decisions = role.decide(
        role.request("ec2:CreateNetworkInterface", f"{ec2}:{resource}")
        for resource in ("subnet/subnet-0a", "security-group/sg-0a", "subnet/subnet-0c", "security-group/sg-0b")
    )
    assert [decision.verdict is Verdict.ALLOWED for decision in decisions] == [True, True, False, False]


def test_an_endpoint_s_role_looks_at_its_own_alarms_and_changes_none(planned: Any) -> None:
    alarms = f"{AWS}:cloudwatch:eu-west-1:{ACCOUNT}:alarm"
    endpoint = Role.planned(planned("execution-role", "endpoint"), account=ACCOUNT)
    asked = [
        ("cloudwatch:DescribeAlarms", f"{alarms}:demo-main-latency"),
        ("cloudwatch:DescribeAlarms", f"{alarms}:other-main-latency"),
        ("cloudwatch:DeleteAlarms", f"{alarms}:demo-main-latency"),
        ("cloudwatch:SetAlarmState", f"{alarms}:demo-main-latency"),
        ("cloudwatch:DisableAlarmActions", f"{alarms}:demo-main-latency"),
    ]
    decisions = endpoint.decide(endpoint.request(action, alarm) for action, alarm in asked)
    assert [decision.verdict is Verdict.ALLOWED for decision in decisions] == [True, False, False, False, False]


def test_boundary_takes_away_what_the_role_s_own_policies_give(planned: Any) -> None:
    bounded = Role.planned(
        planned("execution-role", "bounded"),
        account=ACCOUNT,
        managed={f"{AWS}:iam::{ACCOUNT}:policy/boundary": BOUNDARY},
    )
    decisions = bounded.decide(
        [
            bounded.request("sagemaker:CreateTrainingJob", JOB, **JOB_CONTEXT),
            bounded.request("s3:PutObject", f"{AWS}:s3:::demo-model/a", account=ACCOUNT),
            bounded.request("s3:GetObject", f"{AWS}:s3:::demo-model/a", account=ACCOUNT),
        ]
    )
    assert [decision.verdict for decision in decisions] == [
        Verdict.EXPLICITLY_DENIED,
        Verdict.IMPLICITLY_DENIED,
        Verdict.ALLOWED,
    ]
    assert decisions[0].because == ("boundary/NoTraining",)


def test_trust_lets_in_sagemaker_of_this_account_and_region_only(planned: Any) -> None:
    trust = planned_policy(planned("execution-role", "guarded"), "aws_iam_role.this", "assume_role_policy")
    arn, source, own = f"{ROLE}/demo-notebook", "aws:SourceArn", "aws:SourceAccount"
    here = {source: f"{SAGEMAKER}:training-job/demo-1", own: ACCOUNT}
    decisions = decide(
        Policies(resource=trust),
        [
            Request("sagemaker.amazonaws.com", "sts:AssumeRole", arn, here),
            Request("sagemaker.amazonaws.com", "sts:AssumeRole", arn),
            Request("sagemaker.amazonaws.com", "sts:AssumeRole", arn, here | {own: "210987654321"}),
            Request(
                "sagemaker.amazonaws.com",
                "sts:AssumeRole",
                arn,
                here | {source: f"{AWS}:sagemaker:us-east-1:{ACCOUNT}:training-job/demo-1"},
            ),
            Request("lambda.amazonaws.com", "sts:AssumeRole", arn, here),
        ],
    )
    assert [decision.verdict is Verdict.ALLOWED for decision in decisions] == [True, False, False, False, False]


def test_managed_policies_are_not_passed_over_in_silence(planned: Any) -> None:
    with pytest.raises(ConfigurationError, match="the plan does not contain the document of"):
        Role.planned(planned("execution-role", "complete"), account="012345678901", partition="aws-cn")
