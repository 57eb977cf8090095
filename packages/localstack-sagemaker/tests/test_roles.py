"""With enforcement on, policies decide what SageMaker does as a role, and what an assumed role may call."""

from __future__ import annotations

import json
from typing import Any

import botocore.loaders
import pytest
from botocore.exceptions import ClientError
from emulated.account import Account, error_of, wait_for

from localstack_sagemaker.authorization import roles_in

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
    code, message = error_of(lambda: enforced.sagemaker.create_training_job(**job(enforced, arn)))
    assert (code, message.partition(" given in")[0]) == (
        "ValidationException",
        f'No S3 objects found under S3 URL "s3://{enforced.bucket_name}/train/"',
    )
    for number, given in enumerate([read[:1], [pull, *read[:1]], [pull, *read], [pull, *read, write]]):
        allow(enforced, "worker", *given)
        enforced.sagemaker.create_training_job(**job(enforced, arn, f"job-{number}"))
        shown = enforced.sagemaker.describe_training_job(TrainingJobName=f"job-{number}")
        reasons.append((shown["TrainingJobStatus"], shown.get("FailureReason", "")))
    assert [status for status, _ in reasons] == ["Failed", "Failed", "Failed", "Completed"]
    for (_, reason), action in zip(
        reasons, ("ecr:GetAuthorizationToken", "s3:GetObject", "s3:PutObject"), strict=False
    ):
        assert f"is not authorized to perform: {action} on resource" in reason
        assert f"because no identity-based policy allows the {action} action" in reason


def test_role_must_trust_sagemaker_with_the_source_keys(enforced: Account) -> None:
    role(enforced, "mine", trusted=trust(Condition={"StringEquals": {"aws:SourceAccount": enforced.number}}))
    theirs = role(enforced, "theirs", trusted=trust(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}))
    arn = theirs.replace("theirs", "mine")
    allow(enforced, "mine", statement("s3:ListBucket"))
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


FAILED, REFUSED = "Failed", "ValidationException"
MISSING = [
    ("training", "ecr:GetAuthorizationToken", FAILED),
    ("training", "ecr:BatchGetImage", FAILED),
    ("training", "s3:ListBucket", REFUSED),
    ("training", "s3:GetObject", FAILED),
    ("training", "kms:Decrypt", FAILED),
    ("training", "s3:PutObject", FAILED),
    ("training", "kms:GenerateDataKey", FAILED),
    ("training", "kms:CreateGrant", REFUSED),
    ("training", "ec2:CreateNetworkInterface", REFUSED),
    ("training", "ec2:CreateNetworkInterfacePermission", REFUSED),
    ("training", "ec2:DescribeSubnets", REFUSED),
    ("processing", "ecr:GetDownloadUrlForLayer", FAILED),
    ("processing", "s3:GetObject", FAILED),
    ("processing", "kms:GenerateDataKey", FAILED),
    ("processing", "kms:CreateGrant", REFUSED),
    ("tuning", "s3:ListBucket", REFUSED),
    ("tuning", "s3:PutObject", FAILED),
    ("tuning", "kms:CreateGrant", REFUSED),
    ("transform", "s3:ListBucket", REFUSED),
    ("transform", "s3:GetObject", FAILED),
    ("transform", "s3:PutObject", FAILED),
    ("model", "s3:GetObject", REFUSED),
    ("model", "kms:Decrypt", REFUSED),
    ("model", "ec2:DescribeVpcs", REFUSED),
    ("feature", "s3:GetBucketAcl", REFUSED),
    ("feature", "s3:PutObject", REFUSED),
    ("feature", "kms:GenerateDataKey", REFUSED),
    ("endpoint", "ecr:BatchCheckLayerAvailability", FAILED),
    ("endpoint", "s3:GetObject", FAILED),
    ("endpoint", "kms:CreateGrant", FAILED),
]


class Stack:
    """What jobs and endpoints of one account need, and the outcome of each as a role."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
        rule = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key},
            "BucketKeyEnabled": True,
        }
        bucket = account.bucket()
        account.client("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
        self.uri = f"s3://{bucket}"
        self.vpc = {"VpcConfig": {"Subnets": ["subnet-0a"], "SecurityGroupIds": ["sg-0a"]}}
        self.cluster = {
            "InstanceCount": 1,
            "InstanceType": "ml.m5.large",
            "VolumeSizeInGB": 5,
            "VolumeKmsKeyId": self.key,
        }
        self.source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{self.uri}/train/"}}

    def create(self, kind: str, name: str, arn: str) -> None:
        getattr(self, f"_{kind}")(name, arn)

    def reason(self, kind: str, name: str) -> tuple[str, str]:
        nouns = {
            "tuning": "HyperParameterTuningJob",
            "endpoint": "Endpoint",
            "model": "Model",
            "feature": "FeatureGroup",
        }
        noun = nouns.get(kind, f"{kind.capitalize()}Job")
        method = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in f"Describe{noun}")[1:]
        shown = getattr(self.account.sagemaker, method)(**{f"{noun}Name": name})
        return shown.get(f"{noun}Status", "Completed"), shown.get("FailureReason", "")

    def _training(self, name: str, arn: str) -> None:
        output = {"S3OutputPath": f"{self.uri}/out", "KmsKeyId": self.key}
        more = {"OutputDataConfig": output, "ResourceConfig": self.cluster, **self.vpc}
        self.account.sagemaker.create_training_job(**job(self.account, arn, name, **more))

    def _processing(self, name: str, arn: str) -> None:
        self.account.sagemaker.create_processing_job(
            ProcessingJobName=name,
            RoleArn=arn,
            AppSpecification={"ImageUri": PREBUILT},
            ProcessingInputs=[
                {
                    "InputName": "in",
                    "S3Input": {"S3Uri": f"{self.uri}/train/", "LocalPath": "/opt/ml/in", "S3DataType": "S3Prefix"},
                }
            ],
            ProcessingOutputConfig={
                "KmsKeyId": self.key,
                "Outputs": [
                    {
                        "OutputName": "out",
                        "S3Output": {
                            "S3Uri": f"{self.uri}/out",
                            "LocalPath": "/opt/ml/out",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ],
            },
            ProcessingResources={"ClusterConfig": self.cluster},
            NetworkConfig=self.vpc,
        )

    def _tuning(self, name: str, arn: str) -> None:
        limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
        self.account.sagemaker.create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig={"Strategy": "Random", "ResourceLimits": limits},
            TrainingJobDefinition={
                "RoleArn": arn,
                "AlgorithmSpecification": {"TrainingImage": PREBUILT, "TrainingInputMode": "File"},
                "InputDataConfig": [{"ChannelName": "train", "DataSource": self.source}],
                "OutputDataConfig": {"S3OutputPath": f"{self.uri}/out", "KmsKeyId": self.key},
                "ResourceConfig": self.cluster,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            },
        )

    def _feature(self, name: str, arn: str) -> None:
        self.account.sagemaker.create_feature_group(
            FeatureGroupName=name,
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="time",
            FeatureDefinitions=[{"FeatureName": one, "FeatureType": "String"} for one in ("id", "time")],
            OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"{self.uri}/features", "KmsKeyId": self.key}},
            RoleArn=arn,
        )

    def _model(self, name: str, arn: str) -> None:
        container = {"Image": PREBUILT, "ModelDataUrl": f"{self.uri}/model.tar.gz"}
        self.account.sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=arn, PrimaryContainer=container, **self.vpc
        )

    def _hosted(self, name: str, arn: str) -> None:
        """Create a model although its role may not do everything, as if a permission was removed later."""
        self.account.control("/enforcement", "PUT", enabled=False)
        self._model(name, arn)
        self.account.control("/enforcement", "PUT", enabled=True)

    def _transform(self, name: str, arn: str) -> None:
        self._hosted(name, arn)
        self.account.sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName=name,
            TransformInput={"DataSource": self.source},
            TransformOutput={"S3OutputPath": f"{self.uri}/out", "KmsKeyId": self.key},
            TransformResources={"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeKmsKeyId": self.key},
        )

    def _endpoint(self, name: str, arn: str) -> None:
        self._hosted(name, arn)
        variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self.account.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant], KmsKeyId=self.key
        )
        self.account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def test_every_missing_action_shows_where_aws_shows_it(enforced: Account) -> None:
    stack = Stack(enforced)
    everything = role(enforced, "everything", statement("*"))
    kinds = list(dict.fromkeys(kind for kind, _, _ in MISSING))
    for kind in kinds:
        stack.create(kind, f"{kind}-complete", everything)
    outcomes = {kind: stack.reason(kind, f"{kind}-complete") for kind in kinds}
    assert {kind: reason for kind, (_, reason) in outcomes.items()} == dict.fromkeys(kinds, "")
    found = []
    for number, (kind, action, _) in enumerate(MISSING):
        lacking = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
        arn = role(enforced, f"lacks-{number}", lacking)
        name = f"{kind}-{number}"
        try:
            stack.create(kind, name, arn)
        except ClientError as error:
            status, reason = error.response["Error"]["Code"], error.response["Error"]["Message"]
        else:
            status, reason = stack.reason(kind, name)
        named = f"{arn} is not authorized to perform: {action} on resource: " in reason
        found.append((kind, action, status if named else f"{status}: {reason}"))
    assert found == MISSING


def test_key_policy_and_bucket_policy_decide_too(enforced: Account) -> None:
    stack = Stack(enforced)
    arn = role(enforced, "worker", statement("*"))
    admin = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{enforced.number}:role/admin"}}
    enforced.client("kms").put_key_policy(
        KeyId=stack.key,
        PolicyName="default",
        Policy=text(statement("kms:*", **admin)),
        BypassPolicyLockoutSafetyCheck=True,
    )
    _, message = error_of(lambda: stack.create("training", "a", arn))
    assert "kms:CreateGrant on resource" in message
    assert "because no resource-based policy allows the kms:CreateGrant action" in message
    deny = statement("s3:PutObject", f"arn:aws:s3:::{enforced.bucket_name}/*", "Deny", Principal="*", Sid="NoUploads")
    enforced.client("s3").put_bucket_policy(Bucket=enforced.bucket_name, Policy=text(deny))
    request = job(enforced, arn, "b")
    del request["InputDataConfig"]
    enforced.sagemaker.create_training_job(**request)
    status, reason = stack.reason("training", "b")
    assert status == "Failed"
    assert "with an explicit deny in a resource-based policy: NoUploads" in reason


def test_update_is_rolled_back_if_the_role_may_not_describe_its_alarms(enforced: Account) -> None:
    stack = Stack(enforced)
    arn = role(enforced, "worker", {"Effect": "Allow", "NotAction": "cloudwatch:DescribeAlarms", "Resource": "*"})
    stack.create("endpoint", "live", arn)
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}
    routing = {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}
    enforced.sagemaker.update_endpoint(
        EndpointName="live",
        EndpointConfigName="live",
        DeploymentConfig={"BlueGreenUpdatePolicy": routing, **alarms},
    )
    status, reason = stack.reason("endpoint", "live")
    assert status == "InService"
    assert "cloudwatch:DescribeAlarms on resource" in reason


def test_data_is_captured_as_the_role_of_the_model(enforced: Account) -> None:
    stack = Stack(enforced)
    arn = role(enforced, "worker", statement("*"))
    stack.create("model", "m", arn)
    enforced.sagemaker.create_endpoint_config(
        EndpointConfigName="c",
        ProductionVariants=[
            {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        ],
        DataCaptureConfig={
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"{stack.uri}/captured",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
    )
    enforced.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    counts = []
    for statements in ([statement("*")], [statement("*"), statement("s3:PutObject", effect="Deny")]):
        allow(enforced, "worker", *statements)
        enforced.runtime.invoke_endpoint(EndpointName="e", Body=b"1")
        found = enforced.client("s3").list_objects_v2(Bucket=enforced.bucket_name, Prefix="captured/")
        counts.append(found["KeyCount"])
    assert counts == [1, 1]


def test_role_invokes_only_its_endpoint(enforced: Account) -> None:
    stack = Stack(enforced)
    worker = role(enforced, "worker", statement("*"))
    stack.create("endpoint", "mine", worker)
    stack.create("endpoint", "other", worker)
    caller = role(enforced, "caller", statement("sagemaker:InvokeEndpoint", enforced.arn("endpoint/mine")))
    me = acting(enforced, caller)
    assert me.runtime.invoke_endpoint(EndpointName="mine", Body=b"1")["InvokedProductionVariant"] == "v"
    code, message = error_of(lambda: me.runtime.invoke_endpoint(EndpointName="other", Body=b"1"))
    assert code == "AccessDeniedException"
    assert f"sagemaker:InvokeEndpoint on resource: {enforced.arn('endpoint/other')}" in message


def test_role_of_another_account_needs_its_own_policy_and_that_of_the_group(enforced: Account) -> None:
    group = enforced.sagemaker.create_model_package_group(ModelPackageGroupName="shared")["ModelPackageGroupArn"]
    other = Account(enforced.url, region=enforced.region)
    other.control("/enforcement", "PUT", enabled=True)
    reader = role(other, "reader", statement("sagemaker:DescribeModelPackageGroup", group))
    stranger = role(other, "stranger", statement("sagemaker:ListModels"))
    grant = statement("sagemaker:DescribeModelPackageGroup", group, Principal={"AWS": reader})
    describe = {"ModelPackageGroupName": group}
    refused = error_of(lambda: acting(other, reader).sagemaker.describe_model_package_group(**describe))
    assert "because no resource-based policy allows" in refused[1]
    enforced.sagemaker.put_model_package_group_policy(ModelPackageGroupName="shared", ResourcePolicy=text(grant))
    shown = acting(other, reader).sagemaker.describe_model_package_group(**describe)
    assert shown["ModelPackageGroupArn"] == group
    refused = error_of(lambda: acting(other, stranger).sagemaker.describe_model_package_group(**describe))
    assert "because no identity-based policy allows" in refused[1]


def test_user_is_decided_by_the_policies_of_its_groups_until_its_key_is_deleted(enforced: Account) -> None:
    iam = enforced.client("iam")
    iam.create_user(UserName="ada")
    iam.create_group(GroupName="team")
    iam.put_group_policy(GroupName="team", PolicyName="own", PolicyDocument=text(statement("sagemaker:ListModels")))
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    keys = {"AccessKeyId": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"], "SessionToken": None}
    ada = Account(enforced.url, enforced.number, credentials=keys)
    assert error_of(ada.sagemaker.list_models)[0] == "AccessDeniedException"
    iam.add_user_to_group(GroupName="team", UserName="ada")
    assert ada.sagemaker.list_models()["Models"] == []
    named = {"AccessKeyId": key["AccessKeyId"]}
    assert error_of(lambda: iam.delete_access_key(UserName="nobody", **named))[0] == "NoSuchEntity"
    assert ada.sagemaker.list_models()["Models"] == []
    iam.delete_access_key(UserName="ada", **named)
    assert error_of(ada.sagemaker.list_models)[0] == "UnrecognizedClientException"


def test_sessions_of_a_role_are_revoked_by_their_time_and_limited_by_mfa(enforced: Account) -> None:
    arn = role(enforced, "worker", statement("sagemaker:ListModels"))
    worker = acting(enforced, arn)
    assert worker.sagemaker.list_models()["Models"] == []
    # what the console's "Revoke active sessions" attaches
    for moment, revoked in (("2020-01-01T00:00:00Z", False), ("2099-01-01T00:00:00Z", True)):
        old = statement("*", effect="Deny", Condition={"DateLessThan": {"aws:TokenIssueTime": moment}})
        allow(enforced, "worker", statement("sagemaker:ListModels"), old)
        if revoked:
            assert error_of(worker.sagemaker.list_models)[0] == "AccessDeniedException"
        else:
            assert worker.sagemaker.list_models()["Models"] == []
    no_mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    allow(enforced, "worker", statement("sagemaker:ListModels"), statement("*", effect="Deny", Condition=no_mfa))
    assert error_of(worker.sagemaker.list_models)[0] == "AccessDeniedException"
    named = {"StringEquals": {"aws:SourceIdentity": "ada"}}
    allow(enforced, "worker", statement("sagemaker:ListModels", Condition=named))
    assert error_of(worker.sagemaker.list_models)[0] == "AccessDeniedException"
    assert acting(enforced, arn, SourceIdentity="ada").sagemaker.list_models()["Models"] == []


@pytest.mark.parametrize("policy", ["not json", "5", '{"Statement": "x"}', '{"Statement": [{"Action": 5}]}'])
def test_malformed_session_policy_allows_nothing(enforced: Account, policy: str) -> None:
    try:
        worker = acting(enforced, role(enforced, "worker", statement("*")), Policy=policy)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        return
    assert error_of(worker.sagemaker.list_models)[0] == "AccessDeniedException"


def test_each_role_that_sagemaker_assumes_is_passed_to_it() -> None:
    model = botocore.loaders.create_loader().load_service_model("sagemaker", "service-2")
    shapes = model["shapes"]
    requests = {operation["input"]["shape"] for operation in model["operations"].values() if "input" in operation}
    names, seen = set(), set()

    def walk(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        shape = shapes[name]
        for member, inner in shape.get("members", {}).items():
            if inner["shape"] == "RoleArn":
                names.add(member)
            walk(inner["shape"])
        for inner in (shape.get("member"), shape.get("value")):
            if inner:
                walk(inner["shape"])

    for request in requests:
        walk(request)
    of_others = {"AmazonBedrockRoleArn", "AmazonForecastRoleArn", "ClusterRoleArn", "CrossAccountModelRegisterRoleArn"}
    of_others |= {"ExecutionRoleARN", "RoleARN"}
    arn = "arn:aws:iam::123456789012:role/worker"
    assert {name for name in names if not list(roles_in({"a": [{name: arn}]}))} == of_others & names


def test_job_writes_logs_as_its_role_and_does_not_fail_without_them(enforced: Account) -> None:
    stack = Stack(enforced)
    logs = enforced.client("logs")
    for group in ("TrainingJobs", "ProcessingJobs"):
        logs.create_log_group(logGroupName=f"/aws/sagemaker/{group}")
    silent = role(enforced, "silent", {"Effect": "Allow", "NotAction": "logs:PutLogEvents", "Resource": "*"})
    arn = role(enforced, "worker", statement("*"))
    for kind in ("training", "processing"):
        stack.create(kind, f"{kind}-silent", silent)
        stack.create(kind, f"{kind}-logs", arn)
        assert stack.reason(kind, f"{kind}-silent") == ("Completed", "")
        group = f"/aws/sagemaker/{kind.capitalize()}Jobs"
        streams = wait_for(lambda group=group: logs.describe_log_streams(logGroupName=group)["logStreams"])
        assert [one["logStreamName"].partition("/")[0] for one in streams] == [f"{kind}-logs"]


def test_inference_component_pulls_its_image_as_the_role_of_the_configuration(enforced: Account) -> None:
    arn = role(enforced, "host")
    client = enforced.sagemaker
    client.create_endpoint_config(
        EndpointConfigName="c",
        ExecutionRoleArn=arn,
        ProductionVariants=[{"VariantName": "v", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}],
    )
    client.create_endpoint(EndpointName="e", EndpointConfigName="c")
    specification = {
        "Container": {"Image": PREBUILT},
        "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
    }
    shown = []
    for name in ("first", "second"):
        client.create_inference_component(
            InferenceComponentName=name,
            EndpointName="e",
            VariantName="v",
            Specification=specification,
            RuntimeConfig={"CopyCount": 1},
        )
        shown.append(client.describe_inference_component(InferenceComponentName=name))
        allow(enforced, "host", statement(["ecr:GetAuthorizationToken", "ecr:Batch*", "ecr:GetDownloadUrlForLayer"]))
    assert [one["InferenceComponentStatus"] for one in shown] == ["Failed", "InService"]
    assert "ecr:GetAuthorizationToken" in shown[0]["FailureReason"]


def test_other_jobs_need_a_role_that_trusts_sagemaker(enforced: Account) -> None:
    request = {
        "CompilationJobName": "c",
        "InputConfig": {"S3Uri": "s3://example/model.tar.gz", "Framework": "PYTORCH"},
        "OutputConfig": {"S3OutputLocation": "s3://example/out", "TargetDevice": "ml_c5"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 900},
    }
    missing = f"arn:aws:iam::{enforced.number}:role/missing"
    code, message = error_of(lambda: enforced.sagemaker.create_compilation_job(**request, RoleArn=missing))
    assert (code, message.startswith(f"Could not assume role {missing}.")) == ("ValidationException", True)
    worker = role(enforced, "worker")
    enforced.sagemaker.create_compilation_job(**request, RoleArn=worker)
    fleet = {"OutputConfig": {"S3OutputLocation": "s3://example/out"}}
    server = {"ArtifactStoreUri": "s3://example/mlflow"}
    features = {
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "time",
        "FeatureDefinitions": [{"FeatureName": one, "FeatureType": "String"} for one in ("id", "time")],
        "OnlineStoreConfig": {"EnableOnlineStore": True},
    }
    for method, name, more, words in (
        ("create_device_fleet", "DeviceFleetName", fleet, f"Could not assume role {missing}."),
        (
            "create_mlflow_tracking_server",
            "TrackingServerName",
            server,
            "SageMaker is unable to perform: sts:AssumeRole",
        ),
        ("create_feature_group", "FeatureGroupName", features, "The execution role ARN is invalid."),
    ):
        create = getattr(enforced.sagemaker, method)
        code, message = error_of(
            lambda create=create, name=name, more=more: create(**{name: "a"}, RoleArn=missing, **more)
        )
        assert (code, message[: len(words)]) == ("ValidationException", words)
        create(**{name: "a"}, RoleArn=worker, **more)


@pytest.mark.parametrize(
    ("condition", "denied"),
    [
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, True),
        ({"DateLessThan": {"aws:TokenIssueTime": "2099-01-01"}}, True),
        ({"DateLessThan": {"aws:TokenIssueTime": "2020-01-01"}}, False),
        ({"Null": {"aws:TokenIssueTime": "true"}}, False),
    ],
    ids=str,
)
def test_sagemaker_uses_temporary_keys_of_a_role(enforced: Account, condition: dict[str, Any], denied: bool) -> None:
    arn = role(enforced, "worker", statement("*"), statement("s3:PutObject", effect="Deny", Condition=condition))
    enforced.sagemaker.create_training_job(**job(enforced, arn))
    shown = enforced.sagemaker.describe_training_job(TrainingJobName="job")
    assert shown["TrainingJobStatus"] == ("Failed" if denied else "Completed")


def test_key_that_the_emulator_does_not_have_is_decided_by_the_role(enforced: Account) -> None:
    bucket = f"arn:aws:s3:::{enforced.bucket()}"
    others = statement(["ecr:*", "s3:*", "logs:*"])
    arn = role(enforced, "worker", others)
    output = {"S3OutputPath": f"s3://{bucket.rpartition(':')[2]}/out", "KmsKeyId": f"{enforced.arn('key/a', 'kms')}"}
    outcomes = []
    for number, given in enumerate(([], [statement("kms:GenerateDataKey", output["KmsKeyId"])])):
        allow(enforced, "worker", others, *given)
        enforced.sagemaker.create_training_job(**job(enforced, arn, f"job-{number}", OutputDataConfig=output))
        shown = enforced.sagemaker.describe_training_job(TrainingJobName=f"job-{number}")
        outcomes.append((shown["TrainingJobStatus"], "kms:GenerateDataKey" in shown.get("FailureReason", "")))
    assert outcomes == [("Failed", True), ("Completed", False)]
    output["KmsKeyId"] = "alias/aws/s3"
    allow(enforced, "worker", others)
    enforced.sagemaker.create_training_job(**job(enforced, arn, "managed", OutputDataConfig=output))
    assert enforced.sagemaker.describe_training_job(TrainingJobName="managed")["TrainingJobStatus"] == "Completed"


def test_endpoint_and_notebook_write_logs_and_metrics_as_their_role(enforced: Account) -> None:
    stack = Stack(enforced)
    logs, cloudwatch = enforced.client("logs"), enforced.client("cloudwatch")
    cloudwatch.list_metrics()  # loads the service
    groups = {name: f"/aws/sagemaker/Endpoints/{name}" for name in ("silent", "loud")}
    for group in (*groups.values(), "/aws/sagemaker/NotebookInstances"):
        logs.create_log_group(logGroupName=group)
    lacking = ["logs:CreateLogStream", "cloudwatch:PutMetricData"]
    roles = {
        "silent": role(enforced, "silent", {"Effect": "Allow", "NotAction": lacking, "Resource": "*"}),
        "loud": role(enforced, "loud", statement("*")),
    }
    for name, arn in roles.items():
        stack.create("endpoint", name, arn)
        enforced.sagemaker.create_notebook_instance(NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=arn)

    def streams(group: str) -> list[str]:
        found = logs.describe_log_streams(logGroupName=group)["logStreams"]
        return [one["logStreamName"].partition("/")[0] for one in found]

    assert wait_for(lambda: streams(groups["loud"])) == ["v"]
    assert wait_for(lambda: streams("/aws/sagemaker/NotebookInstances")) == ["loud"]
    measured = wait_for(lambda: cloudwatch.list_metrics(Namespace="/aws/sagemaker/Endpoints")["Metrics"])
    assert [one["Dimensions"][0]["Value"] for one in measured] == ["loud"]
    assert streams(groups["silent"]) == []


STEP = {"Name": "Train", "Type": "Training"}
PIPELINES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "complete": ([statement("*")], ""),
    "no training": ([statement("iam:PassRole")], "sagemaker:CreateTrainingJob"),
    "no role": ([statement("sagemaker:*")], "iam:PassRole"),
    "other instances": (
        [
            statement("*"),
            statement("*", effect="Deny", Condition={"ForAnyValue:StringLike": {"sagemaker:InstanceTypes": "ml.m5*"}}),
        ],
        "sagemaker:CreateTrainingJob",
    ),
}


@pytest.mark.parametrize("case", PIPELINES)
def test_pipeline_execution_runs_its_steps_as_the_role_of_the_pipeline(enforced: Account, case: str) -> None:
    statements, action = PIPELINES[case]
    arn = role(enforced, "pipeline", *statements)
    worker = role(enforced, "worker", statement("*"))
    steps = [{**STEP, "Arguments": job(enforced, worker)}]
    definition = json.dumps({"Version": "2020-12-01", "Steps": steps})
    enforced.sagemaker.create_pipeline(PipelineName="p", PipelineDefinition=definition, RoleArn=arn)
    execution = enforced.sagemaker.start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"]
    shown = enforced.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)
    (step,) = shown["PipelineExecutionSteps"]
    assert step["StepStatus"] == ("Failed" if action else "Succeeded")
    named = f"{arn} is not authorized to perform: {action} on resource: " if action else ""
    assert named in step.get("FailureReason", "")


def test_pipeline_execution_needs_a_role_that_trusts_sagemaker(enforced: Account) -> None:
    other = trust(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}})
    arn = role(enforced, "pipeline", statement("*"), trusted=other)
    definition = json.dumps({"Version": "2020-12-01", "Steps": [STEP]})
    enforced.sagemaker.create_pipeline(PipelineName="p", PipelineDefinition=definition, RoleArn=arn)
    execution = enforced.sagemaker.start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"]
    shown = enforced.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
    assert (shown["PipelineExecutionStatus"], "unable to assume" in shown["FailureReason"]) == ("Failed", True)


def test_policies_are_simulated_as_they_are_enforced(account: Account) -> None:
    iam = account.client("iam")
    own = statement("s3:Get*", "arn:aws:s3:::data/*", Condition={"Bool": {"aws:SecureTransport": "true"}})
    arn = role(account, "worker", own, statement("s3:GetObjectAcl", effect="Deny"), statement("kms:Decrypt"))

    def decisions(*actions: str, **more: Any) -> list[str]:
        answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(actions), **more)
        return [one["EvalDecision"] for one in answer["EvaluationResults"]]

    data = {"ResourceArns": ["arn:aws:s3:::data/a"]}
    expected = ["allowed", "explicitDeny", "implicitDeny"]
    assert decisions("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", **data) == expected
    assert decisions("s3:GetObject", "kms:Decrypt") == ["implicitDeny", "allowed"]
    more = {"PolicyInputList": [text(statement("s3:PutObject"))]}
    assert decisions("s3:PutObject", **data, **more) == ["allowed"]
    insecure = {"ContextKeyName": "aws:SecureTransport", "ContextKeyType": "boolean", "ContextKeyValues": ["false"]}
    assert decisions("s3:GetObject", **data, ContextEntries=[insecure]) == ["implicitDeny"]
    iam.create_user(UserName="ada")
    home = statement("s3:GetObject", "arn:aws:s3:::data/${aws:username}")
    iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=text(home))
    user = iam.get_user(UserName="ada")["User"]["Arn"]
    answer = iam.simulate_principal_policy(
        PolicySourceArn=user,
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::data/ada", "arn:aws:s3:::data/a"],
    )
    found = [(one["EvalResourceName"], one["EvalDecision"]) for one in answer["EvaluationResults"]]
    assert found == [("arn:aws:s3:::data/ada", "allowed"), ("arn:aws:s3:::data/a", "implicitDeny")]
    missing = {"PolicySourceArn": f"{arn}-missing", "ActionNames": ["s3:GetObject"]}
    assert error_of(lambda: iam.simulate_principal_policy(**missing))[0] == "NoSuchEntity"
