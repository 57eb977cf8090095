"""With enforcement on, policies decide what SageMaker does as a role, and what an assumed role may call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from emulated.account import Account, error_of

PREBUILT = "141502667606.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def statement(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(**more: Any) -> str:
    principal = {"Service": "sagemaker.amazonaws.com"}
    return text({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def role(account: Account, name: str, *statements: dict[str, Any], trusted: str = "", **more: Any) -> str:
    """Create a role and return its ARN."""
    iam = account.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusted or trust(), **more)["Role"]["Arn"]
    if statements:
        allow(account, name, *statements)
    return arn


def allow(account: Account, name: str, *statements: dict[str, Any]) -> None:
    account.client("iam").put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=text(*statements))


def acting(account: Account, arn: str, **more: Any) -> Account:
    """The account as a session of a role."""
    session = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="me", **more)["Credentials"]
    return Account(account.url, account.number, account.region, credentials=session)


@pytest.fixture
def enforced(account: Account) -> Account:
    assert account.control("/enforcement", "PUT", enabled=True).status == 200
    return account


def job(account: Account, role_arn: str, name: str = "job", **more: Any) -> dict[str, Any]:
    bucket = account.bucket_name
    return {
        "TrainingJobName": name,
        "RoleArn": role_arn,
        "AlgorithmSpecification": {"TrainingImage": PREBUILT, "TrainingInputMode": "File"},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/train/"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/out"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 900},
        **more,
    }


def test_training_job_needs_image_channels_and_output(enforced: Account) -> None:
    enforced.bucket()
    bucket = f"arn:aws:s3:::{enforced.bucket_name}"
    arn = role(enforced, "worker")
    pull = statement(["ecr:GetAuthorizationToken", "ecr:Batch*", "ecr:GetDownloadUrlForLayer"])
    read = [statement("s3:ListBucket", bucket), statement("s3:GetObject", f"{bucket}/train/*")]
    write = statement("s3:PutObject", f"{bucket}/out/*")
    reasons = []
    for number, given in enumerate([[], [pull], [pull, *read], [pull, *read, write]]):
        if given:
            allow(enforced, "worker", *given)
        enforced.sagemaker.create_training_job(**job(enforced, arn, f"job-{number}"))
        shown = enforced.sagemaker.describe_training_job(TrainingJobName=f"job-{number}")
        reasons.append((shown["TrainingJobStatus"], shown.get("FailureReason", "")))
    assert [status for status, _ in reasons] == ["Failed", "Failed", "Failed", "Completed"]
    for (_, reason), action in zip(
        reasons, ("ecr:GetAuthorizationToken", "s3:ListBucket", "s3:PutObject"), strict=False
    ):
        assert f"is not authorized to perform: {action} on resource" in reason
        assert f"because no identity-based policy allows the {action} action" in reason


def test_role_must_trust_sagemaker_with_the_source_keys(enforced: Account) -> None:
    role(enforced, "mine", trusted=trust(Condition={"StringEquals": {"aws:SourceAccount": enforced.number}}))
    theirs = role(enforced, "theirs", trusted=trust(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}))
    arn = theirs.replace("theirs", "mine")
    enforced.sagemaker.create_training_job(**job(enforced, arn))
    for wrong in (theirs, f"{arn}-missing"):
        code, message = error_of(
            lambda wrong=wrong: enforced.sagemaker.create_training_job(**job(enforced, wrong, "b"))
        )
        assert code == "ValidationException"
        assert message.startswith(f"Could not assume role {wrong}. Please ensure that the role exists and allows")
    # notebook instances do not send source keys
    notebook = {"NotebookInstanceName": "n", "InstanceType": "ml.t3.medium"}
    code, _ = error_of(lambda: enforced.sagemaker.create_notebook_instance(RoleArn=arn, **notebook))
    assert code == "ValidationException"


def test_assumed_role_is_decided_by_its_policies_and_condition_keys(enforced: Account) -> None:
    worker = role(enforced, "worker", statement("*"))
    prefix = enforced.arn("training-job/")
    small = {"ForAllValues:StringLike": {"sagemaker:InstanceTypes": ["ml.m5.*"]}}
    caller = role(
        enforced,
        "caller",
        statement("sagemaker:CreateTrainingJob", f"{prefix}mine-*", Condition=small),
        statement(
            "iam:PassRole", worker, Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        ),
    )
    me = acting(enforced, caller)
    me.sagemaker.create_training_job(**job(enforced, worker, "mine-1"))
    large = {"InstanceCount": 1, "InstanceType": "ml.p3.2xlarge", "VolumeSizeInGB": 5}
    for request, action, resource in (
        (job(enforced, worker, "other"), "sagemaker:CreateTrainingJob", f"{prefix}other"),
        (job(enforced, worker, "mine-2", ResourceConfig=large), "sagemaker:CreateTrainingJob", f"{prefix}mine-2"),
        (job(enforced, caller, "mine-3"), "iam:PassRole", caller),
        (job(enforced, worker, "mine-4", Tags=[{"Key": "a", "Value": "b"}]), "sagemaker:AddTags", f"{prefix}mine-4"),
    ):
        code, message = error_of(lambda request=request: me.sagemaker.create_training_job(**request))
        assert code == "AccessDeniedException"
        who = f"arn:aws:sts::{enforced.number}:assumed-role/caller/me"
        assert message == (
            f"User: {who} is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action"
        )


def test_explicit_deny_names_its_statement_and_a_change_of_the_policy_counts_at_once(enforced: Account) -> None:
    caller = role(
        enforced, "caller", statement("sagemaker:*"), statement("sagemaker:List*", effect="Deny", Sid="NoList")
    )
    me = acting(enforced, caller)
    code, message = error_of(me.sagemaker.list_models)
    assert code == "AccessDeniedException"
    assert message.endswith("with an explicit deny in an identity-based policy: own/NoList")
    allow(enforced, "caller", statement("sagemaker:*"))
    assert me.sagemaker.list_models()["Models"] == []
    enforced.client("iam").delete_role_policy(RoleName="caller", PolicyName="own")
    assert error_of(me.sagemaker.list_models)[0] == "AccessDeniedException"


def test_boundary_and_session_policies_limit_a_role(enforced: Account) -> None:
    iam = enforced.client("iam")
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=text(statement("sagemaker:List*")))["Policy"]["Arn"]
    caller = role(enforced, "caller", statement("sagemaker:*"), PermissionsBoundary=boundary)
    me = acting(enforced, caller)
    assert me.sagemaker.list_models()["Models"] == []
    _, message = error_of(lambda: me.sagemaker.describe_model(ModelName="m"))
    assert message.endswith("because no permissions boundary allows the sagemaker:DescribeModel action")
    for narrow in ({"Policy": text(statement("sagemaker:ListTags"))}, {"PolicyArns": [{"arn": f"{boundary}-missing"}]}):
        limited = acting(enforced, caller, **narrow)
        _, message = error_of(limited.sagemaker.list_models)
        assert message.endswith("because no session policy allows the sagemaker:ListModels action")


def test_account_key_and_switch(account: Account) -> None:
    caller = role(account, "caller")
    me = acting(account, caller)
    assert me.sagemaker.list_models()["Models"] == []
    account.control("/enforcement", "PUT", enabled=True)
    assert error_of(me.sagemaker.list_models)[0] == "AccessDeniedException"
    assert account.sagemaker.list_models()["Models"] == []
