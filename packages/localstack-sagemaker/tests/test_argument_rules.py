"""Arguments that AWS documents as required, excluded or without effect together are refused, and defaults filled in."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from emulated.inprocess import InProcess
from emulated.recipe import IMAGE, ROLE
from emulated.recipes import Made, describe, make

from localstack_sagemaker.errors import ServiceFailure

FEATURES = [{"FeatureName": "id", "FeatureType": "String"}, {"FeatureName": "time", "FeatureType": "Fractional"}]
VECTOR: dict[str, Any] = {"FeatureName": "embedding", "FeatureType": "Fractional", "CollectionType": "Vector"}
DIMENSION = {"CollectionConfig": {"VectorConfig": {"Dimension": 8}}}
OFFLINE = {"S3StorageConfig": {"S3Uri": "s3://example/features"}}
GROUP = {"RoleArn": ROLE, "OnlineStoreConfig": None}
CONTAINER = {"Image": IMAGE, "ContainerHostname": "first"}
SOURCE = {"S3DataSource": {"S3Uri": "s3://example/model/", "S3DataType": "S3Prefix", "CompressionType": "None"}}
SERVERLESS = {"VariantName": "main", "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
LIFECYCLE = "arn:aws:sagemaker:us-east-1:123456789012:studio-lifecycle-config/example"
SERVER = {"JupyterServerAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}}}
NETWORK = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
PATH = {
    "InputName": "a",
    "S3Input": {"S3Uri": "s3://example/in", "LocalPath": "/opt/ml/processing/in", "S3DataType": "S3Prefix"},
}
FILES = {"FileSystemConfig": {"MountPath": "/home/example"}}


def member(client: str) -> dict[str, Any]:
    """A member of a work team in a user pool."""
    return {"CognitoMemberDefinition": {"UserPool": "us-east-1_example", "UserGroup": "g", "ClientId": client}}


def tuning(values: int, integers: int) -> dict[str, Any]:
    """The arguments of a tuning job with as many combinations as the product, for 10 training jobs."""
    ranges = {
        "CategoricalParameterRanges": [{"Name": "a", "Values": [str(one) for one in range(values)]}],
        "IntegerParameterRanges": [{"Name": "b", "MinValue": "1", "MaxValue": str(integers)}],
    }
    limits = {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 1}
    config = {"Strategy": "Random", "ResourceLimits": limits, "ParameterRanges": ranges}
    return {"HyperParameterTuningJobConfig": config}


@pytest.fixture
def memory() -> InProcess:
    """An account without a server."""
    return InProcess(str(secrets.randbelow(9 * 10**11) + 10**11))


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("FeatureGroup", {"FeatureDefinitions": [*FEATURES, {"FeatureName": "write_time", "FeatureType": "String"}]},
     "write_time is reserved"),
    ("FeatureGroup", {"EventTimeFeatureName": "n", "FeatureDefinitions": [
        FEATURES[0], {"FeatureName": "n", "FeatureType": "Integral"}]}, "n must have the type String or Fractional"),
    ("FeatureGroup", {"FeatureDefinitions": [*FEATURES, VECTOR]}, "VectorConfig must be specified"),
    ("FeatureGroup", {"FeatureDefinitions": [*FEATURES, {**VECTOR, **DIMENSION, "CollectionType": "List"}]},
     "VectorConfig must be specified"),
    ("FeatureGroup", {"FeatureDefinitions": [*FEATURES, {**VECTOR, **DIMENSION, "FeatureType": "String"}]},
     "must have the type Fractional"),
    ("FeatureGroup", {"OnlineStoreConfig": {"EnableOnlineStore": True, "StorageType": "InMemory"},
     "ThroughputConfig": {"ThroughputMode": "Provisioned"}}, "not supported for an InMemory online store"),
    ("FeatureGroup", {**GROUP, "OfflineStoreConfig": {
        **OFFLINE, "TableFormat": "Iceberg", "DisableGlueTableCreation": True}}, "TableFormat Iceberg"),
    ("Model", {"PrimaryContainer": None, "Containers": [CONTAINER, {"Image": IMAGE}]}, "if one of them has one"),
    ("Model", {"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://example/many/",
     "ModelDataSource": SOURCE}}, "ModelDataSource is not supported"),
    ("EndpointConfig", {"KmsKeyId": "example", "ProductionVariants": [{"VariantName": "main", "ModelName": "example",
     "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}]}, "ml.g5.xlarge, which has local storage"),
    ("Workforce", {"WorkforceVpcConfig": {"VpcId": "vpc-1"}}, "SecurityGroupIds must be specified"),
    ("Workteam", {"MemberDefinitions": [member("one"), member("two")]}, "the same ClientId and UserPool"),
    ("AppImageConfig", {"KernelGatewayImageConfig": {"KernelSpecs": [{"Name": "python3"}]},
     "JupyterLabAppImageConfig": FILES}, "Only one of KernelGatewayImageConfig and JupyterLabAppImageConfig"),
    ("App", {"ResourceSpec": {"InstanceType": "ml.t3.medium"}}, "only support the instance type system"),
    ("Domain", {"DefaultUserSettings": {"ExecutionRole": ROLE, **SERVER}}, "only support the instance type system"),
    ("Domain", {"DefaultUserSettings": {"ExecutionRole": ROLE, "AutoMountHomeEFS": "DefaultAsDomain"}},
     "only supported for user profiles"),
    ("Domain", {"DefaultUserSettings": {"ExecutionRole": ROLE, "JupyterServerAppSettings": {
        "LifecycleConfigArns": [LIFECYCLE]}}}, "DefaultResourceSpec is required"),
    ("Domain", {"DefaultUserSettings": {"ExecutionRole": ROLE, "DefaultLandingUri": "studio::",
     "StudioWebPortal": "DISABLED"}}, "only supported when StudioWebPortal is ENABLED"),
    ("ProcessingJob", {"ProcessingInputs": [PATH, {**PATH, "InputName": "b"}]}, "must have a different LocalPath"),
    *(("MonitoringSchedule", {"MonitoringScheduleConfig": {
        "ScheduleConfig": {"ScheduleExpression": f"cron({fields})"}, "MonitoringJobDefinitionName": "example",
        "MonitoringType": "DataQuality"}}, "is not supported")
      for fields in ("*/5 * ? * * *", "0 24 ? * * *", "0 12 * * ? *", "0 1/25 ? * * *", "0 12 ? * MON *")),
    ("HyperParameterTuningJob", tuning(3, 3), "combinations for the provided ranges [9.0] must be equal or greater"),
    ("UserProfile", {"SingleSignOnUserIdentifier": "UserName", "SingleSignOnUserValue": "me"}, "is not SSO"),
]  # fmt: skip


@pytest.mark.parametrize(("noun", "arguments", "message"), REFUSED)
def test_arguments_that_exclude_or_require_each_other_are_refused(
    memory: InProcess, noun: str, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ServiceFailure) as caught:
        make(memory, noun, **arguments)
    assert caught.value.code == "ValidationException"
    assert message in caught.value.message


def _idle(**minutes: int) -> dict[str, Any]:
    settings = {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60} | minutes
    return {"JupyterLabAppSettings": {"AppLifecycleManagement": {"IdleSettings": settings}}}


# What Terraform's provider 5.100.0 sends for arguments that are not set. The service model has a minimum for them, and
# the provider's acceptance tests and examples always set them:
# https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/sagemaker/flow_definition.go
# https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/sagemaker/domain.go
ZEROS: list[tuple[str, dict[str, Any], str, int]] = [
    ("FlowDefinition", {"HumanLoopConfig": {
        "HumanTaskUiArn": "arn:aws:sagemaker:us-east-1:123456789012:human-task-ui/example",
        "WorkteamArn": "arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/example",
        "TaskTitle": "t", "TaskDescription": "d", "TaskCount": 1, "TaskAvailabilityLifetimeInSeconds": 0,
    }}, "taskAvailabilityLifetimeInSeconds", 1),
    *((noun, {member: _idle(**{name: 0})}, name[0].lower() + name[1:], 60)
      for noun, member in (("Domain", "DefaultUserSettings"), ("UserProfile", "UserSettings"))
      for name in ("IdleTimeoutInMinutes", "MinIdleTimeoutInMinutes", "MaxIdleTimeoutInMinutes")),
    ("Space", {"SpaceSettings": {"JupyterLabAppSettings": {"AppLifecycleManagement": {
        "IdleSettings": {"IdleTimeoutInMinutes": 0}}}}}, "idleTimeoutInMinutes", 60),
]  # fmt: skip


@pytest.mark.parametrize(("noun", "members", "name", "minimum"), ZEROS)
def test_zero_for_an_argument_that_is_not_set_is_refused(
    memory: InProcess, noun: str, members: dict[str, Any], name: str, minimum: int
) -> None:
    with pytest.raises(ServiceFailure) as caught:
        make(memory, noun, **members)
    assert caught.value.code == "ValidationException"
    assert f"{name}' failed to satisfy constraint" in caught.value.message
    assert f"greater than or equal to {minimum}" in caught.value.message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"FeatureAdditions": [{"FeatureName": "is_deleted", "FeatureType": "String"}]}, "is_deleted is reserved"),
        ({"FeatureAdditions": [VECTOR]}, "VectorConfig must be specified"),
        ({"FeatureAdditions": [FEATURES[0], FEATURES[0]]}, "must be unique"),
        ({"ThroughputConfig": {"ThroughputMode": "Provisioned"}}, "not supported for an InMemory online store"),
    ],
)
def test_update_of_a_feature_group_has_the_rules_of_its_creation(
    memory: InProcess, change: dict[str, Any], message: str
) -> None:
    made = make(memory, "FeatureGroup", OnlineStoreConfig={"EnableOnlineStore": True, "StorageType": "InMemory"})
    before = describe(memory, "FeatureGroup", made)
    with pytest.raises(ServiceFailure, match=message):
        memory.sagemaker.update_feature_group(FeatureGroupName=made["FeatureGroupName"], **change)
    assert describe(memory, "FeatureGroup", made) == before


def test_update_of_a_domain_is_checked_with_the_settings_that_it_keeps(memory: InProcess) -> None:
    server = {"DefaultResourceSpec": {"InstanceType": "system"}}
    made = make(memory, "Domain", DefaultUserSettings={"ExecutionRole": ROLE, "JupyterServerAppSettings": server})
    change = {"JupyterServerAppSettings": {"LifecycleConfigArns": [LIFECYCLE]}}
    memory.sagemaker.update_domain(DomainId=made["DomainId"], DefaultUserSettings=change)
    with pytest.raises(ServiceFailure, match="only supported for user profiles"):
        mount = {"AutoMountHomeEFS": "DefaultAsDomain"}
        memory.sagemaker.update_domain(DomainId=made["DomainId"], DefaultUserSettings=mount)
    settings = describe(memory, "Domain", made)["DefaultUserSettings"]
    assert settings["JupyterServerAppSettings"] == {**server, "LifecycleConfigArns": [LIFECYCLE]}


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"VpcConfig": NETWORK}, "VpcConfig"),
        ({"EnableNetworkIsolation": True}, "network isolation"),
        ({"PrimaryContainer": None, "Containers": [{"Image": IMAGE}, {"Image": IMAGE}]}, "several containers"),
        ({"PrimaryContainer": {"Image": IMAGE, "ModelDataSource": SOURCE}}, "ModelDataSource"),
        (
            {"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://example/many/"}},
            "MultiModel container",
        ),
    ],
)
def test_serverless_variant_of_an_unsupported_model_is_refused(
    memory: InProcess, arguments: dict[str, Any], what: str
) -> None:
    made: dict[str, Made] = {}
    make(memory, "Model", made, **arguments)
    variant = {**SERVERLESS, "ModelName": made["Model"]["ModelName"]}
    with pytest.raises(ServiceFailure, match=f"do not support the {what} of model"):
        make(memory, "EndpointConfig", made, ProductionVariants=[variant])


def test_serverless_variant_of_a_model_with_a_data_url_is_accepted(memory: InProcess) -> None:
    made: dict[str, Made] = {}
    make(memory, "Model", made, PrimaryContainer={"Image": IMAGE, "ModelDataUrl": "s3://example/model.tar.gz"})
    make(memory, "EndpointConfig", made, ProductionVariants=[{**SERVERLESS, "ModelName": made["Model"]["ModelName"]}])


def test_user_profile_in_a_single_sign_on_domain_needs_its_user(memory: InProcess) -> None:
    made: dict[str, Made] = {}
    make(memory, "Domain", made, AuthMode="SSO")
    with pytest.raises(ServiceFailure, match="SingleSignOnUserIdentifier is required"):
        make(memory, "UserProfile", made)
    user = {"SingleSignOnUserIdentifier": "UserName", "SingleSignOnUserValue": "me@example.com"}
    profile = make(memory, "UserProfile", made, **user)
    assert describe(memory, "UserProfile", profile).items() >= user.items()


def test_user_profile_in_a_vpc_only_domain_needs_security_groups(memory: InProcess) -> None:
    made: dict[str, Made] = {}
    make(memory, "Domain", made, AppNetworkAccessType="VpcOnly")
    with pytest.raises(ServiceFailure, match="SecurityGroups must be specified"):
        make(memory, "UserProfile", made)
    make(memory, "UserProfile", made, UserSettings={"SecurityGroups": ["sg-1"]})


def test_app_type_of_a_space_cannot_be_changed(memory: InProcess) -> None:
    made = make(memory, "Space", SpaceSettings={"AppType": "JupyterLab"})
    key = {"DomainId": made["DomainId"], "SpaceName": made["SpaceName"]}
    memory.sagemaker.update_space(**key, SpaceSettings={"AppType": "JupyterLab"})
    with pytest.raises(ServiceFailure, match="cannot be changed from JupyterLab to CodeEditor"):
        memory.sagemaker.update_space(**key, SpaceSettings={"AppType": "CodeEditor"})


def test_instance_type_of_a_kernel_gateway_app_is_translated(memory: InProcess) -> None:
    made = make(memory, "App", AppType="KernelGateway", ResourceSpec={"InstanceType": "system"})
    assert describe(memory, "App", made)["ResourceSpec"]["InstanceType"] == "ml.t3.medium"


def test_documented_defaults_are_described(memory: InProcess) -> None:
    definition = describe(memory, "DataQualityJobDefinition", make(memory, "DataQualityJobDefinition"))
    (output,) = definition["DataQualityJobOutputConfig"]["MonitoringOutputs"]
    assert output["S3Output"]["S3UploadMode"] == "EndOfJob"
    flow = describe(memory, "FlowDefinition", make(memory, "FlowDefinition"))
    assert flow["HumanLoopConfig"]["TaskTimeLimitInSeconds"] == 3600
    group = describe(memory, "FeatureGroup", make(memory, "FeatureGroup", RoleArn=ROLE, OfflineStoreConfig=OFFLINE))
    assert group["OfflineStoreConfig"]["TableFormat"] == "Glue"


def test_update_of_a_training_job_keeps_its_other_resources(memory: InProcess) -> None:
    made = make(memory, "TrainingJob")
    name = made["TrainingJobName"]
    memory.sagemaker.update_training_job(TrainingJobName=name, ResourceConfig={"KeepAlivePeriodInSeconds": 60})
    resources = memory.sagemaker.describe_training_job(TrainingJobName=name)["ResourceConfig"]
    assert resources == {**made["ResourceConfig"], "KeepAlivePeriodInSeconds": 60}


def test_compilation_job_of_a_model_package_shows_the_input_of_the_package(memory: InProcess) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": "s3://example/model.tar.gz", "Framework": "PYTORCH"}
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    package = make(memory, "ModelPackage", InferenceSpecification={"Containers": [container], **types})
    made = make(memory, "CompilationJob", InputConfig=None, ModelPackageVersionArn=package["ModelPackageArn"])
    shown = describe(memory, "CompilationJob", made)["InputConfig"]
    assert shown == {"S3Uri": "s3://example/model.tar.gz", "Framework": "PYTORCH"}


def test_deleted_app_is_described_and_listed_until_its_name_is_used_again(memory: InProcess) -> None:
    made = make(memory, "App")
    app = {name: made[name] for name in ("DomainId", "UserProfileName", "AppType", "AppName")}
    memory.set_clock("manual")
    memory.sagemaker.delete_app(**app)
    memory.advance(60)
    assert memory.sagemaker.describe_app(**app)["Status"] == "Deleted"
    assert [one["Status"] for one in memory.sagemaker.list_apps()["Apps"]] == ["Deleted"]
    with pytest.raises(ServiceFailure, match="has already been deleted"):
        memory.sagemaker.delete_app(**app)
    memory.sagemaker.create_app(**app)
    assert memory.sagemaker.describe_app(**app)["Status"] == "Pending"


def test_domain_is_deleted_though_its_deleted_apps_are_still_listed(memory: InProcess) -> None:
    made = make(memory, "App")
    app = {name: made[name] for name in ("DomainId", "UserProfileName", "AppType", "AppName")}
    memory.set_clock("manual")
    memory.sagemaker.delete_app(**app)
    memory.advance(60)
    memory.sagemaker.delete_user_profile(DomainId=made["DomainId"], UserProfileName=made["UserProfileName"])
    memory.advance(60)
    memory.sagemaker.delete_domain(DomainId=made["DomainId"])
    memory.advance(86_400)
    assert memory.sagemaker.list_apps()["Apps"] == []


def test_what_the_rules_of_jobs_and_schedules_allow_is_accepted(memory: InProcess) -> None:
    make(memory, "HyperParameterTuningJob", **tuning(5, 2))
    few = tuning(3, 3)
    make(memory, "HyperParameterTuningJob", HyperParameterTuningJobName="found", Autotune={"Mode": "Enabled"}, **few)
    ranges = few["HyperParameterTuningJobConfig"]["ParameterRanges"]
    ranges["AutoParameters"] = [{"Name": "c", "ValueHint": "0.1"}]
    make(memory, "HyperParameterTuningJob", HyperParameterTuningJobName="hinted", **few)
    other = {"InputName": "b", "S3Input": {**PATH["S3Input"], "LocalPath": "/opt/ml/processing/other"}}
    make(memory, "ProcessingJob", ProcessingInputs=[PATH, other])
    made: dict[str, Any] = {}
    make(memory, "DataQualityJobDefinition", made)
    name = made["DataQualityJobDefinition"]["JobDefinitionName"]
    for number, fields in enumerate(
        ("0 * ? * * *", "0 00 ? * * *", "0 23 ? * * *", "0 17/12 ? * * *", "0 0/2 ? * * *")
    ):
        memory.sagemaker.create_monitoring_schedule(
            MonitoringScheduleName=f"s-{number}",
            MonitoringScheduleConfig={
                "ScheduleConfig": {"ScheduleExpression": f"cron({fields})"},
                "MonitoringJobDefinitionName": name,
                "MonitoringType": "DataQuality",
            },
        )
