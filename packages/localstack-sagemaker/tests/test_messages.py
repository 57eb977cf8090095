"""AWS's error codes and messages for missing resources and existing names; clients match on these."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.recipes import Made, call, make

A = "arn:aws:sagemaker:us-east-1:{account}:"
VALIDATION, NOT_FOUND, IN_USE = "ValidationException", "ResourceNotFound", "ResourceInUse"

MISSING: dict[str, tuple[dict[str, Any], str, str]] = {
    "DescribeModel": ({"ModelName": "N"}, VALIDATION, f'Could not find model "{A}model/n".'),
    "DeleteModel": ({"ModelName": "N"}, VALIDATION, f'Could not find model "{A}model/n".'),
    "DescribeEndpointConfig": (
        {"EndpointConfigName": "N"},
        VALIDATION,
        f'Could not find endpoint configuration "{A}endpoint-config/n".',
    ),
    "DescribeEndpoint": ({"EndpointName": "N"}, VALIDATION, f'Could not find endpoint "{A}endpoint/n".'),
    "CreateEndpoint": (
        {"EndpointName": "e", "EndpointConfigName": "N"},
        VALIDATION,
        f'Could not find endpoint configuration "{A}endpoint-config/n".',
    ),
    "DescribeNotebookInstance": ({"NotebookInstanceName": "N"}, VALIDATION, "RecordNotFound"),
    "DescribeNotebookInstanceLifecycleConfig": (
        {"NotebookInstanceLifecycleConfigName": "N"},
        VALIDATION,
        f"Unable to find Notebook Instance Lifecycle Config '{A}notebook-instance-lifecycle-config/n'. "
        "(Details: Notebook Instance Lifecycle Config does not exist.)",
    ),
    "DescribeCodeRepository": (
        {"CodeRepositoryName": "N"},
        VALIDATION,
        f'Cannot find CodeRepository: "{A}code-repository/n"',
    ),
    "DescribeDomain": ({"DomainId": "d-none"}, NOT_FOUND, "Domain with name d-none does not exist."),
    "DescribeUserProfile": (
        {"DomainId": "d-none", "UserProfileName": "u"},
        NOT_FOUND,
        "UserProfile with name u does not exist.",
    ),
    "DescribeSpace": ({"DomainId": "d-none", "SpaceName": "s"}, NOT_FOUND, "RecordNotFound"),
    "DescribeStudioLifecycleConfig": (
        {"StudioLifecycleConfigName": "N"},
        NOT_FOUND,
        "StudioLifecycleConfig with name N does not exist.",
    ),
    "DescribeImage": ({"ImageName": "N"}, NOT_FOUND, "The Image with ImageName N does not exist."),
    "DescribeModelPackageGroup": (
        {"ModelPackageGroupName": "N"},
        VALIDATION,
        f"ModelPackageGroup {A}model-package-group/n does not exist.",
    ),
    "GetModelPackageGroupPolicy": (
        {"ModelPackageGroupName": "N"},
        VALIDATION,
        f"Cannot find Model Package Group: {A}model-package-group/n.",
    ),
    "DescribeModelPackage": ({"ModelPackageName": "N"}, VALIDATION, "Model package N does not exist."),
    "DescribeTrainingJob": ({"TrainingJobName": "N"}, VALIDATION, "Requested resource not found."),
    "DescribeProcessingJob": (
        {"ProcessingJobName": "N"},
        VALIDATION,
        "Could not find requested job with name: N",
    ),
    "DescribeTransformJob": ({"TransformJobName": "N"}, VALIDATION, "Could not find requested job with name: N"),
    "DescribeHyperParameterTuningJob": (
        {"HyperParameterTuningJobName": "N"},
        NOT_FOUND,
        "Amazon SageMaker can't find a tuning job with the name N. Check the name and try again.",
    ),
    "DescribePipeline": ({"PipelineName": "N"}, NOT_FOUND, f"Pipeline '{A}pipeline/n' does not exist."),
    "DescribeFeatureGroup": (
        {"FeatureGroupName": "N"},
        NOT_FOUND,
        "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [N].",
    ),
    "DescribeTrial": ({"TrialName": "N"}, NOT_FOUND, f"Trial '{A}experiment-trial/n' does not exist."),
    "DescribeExperiment": ({"ExperimentName": "N"}, NOT_FOUND, f"Experiment '{A}experiment/n' does not exist."),
    "DescribeDeviceFleet": ({"DeviceFleetName": "N"}, VALIDATION, "No devicefleet with name N exists."),
    "DescribeWorkteam": (
        {"WorkteamName": "N"},
        VALIDATION,
        f"The work team {A}workteam/private-crowd/n does not exist.",
    ),
    "DescribeWorkforce": (
        {"WorkforceName": "N"},
        VALIDATION,
        "No workforce found with name N in this account and region.",
    ),
    "DescribeProject": ({"ProjectName": "N"}, VALIDATION, "Project N does not exist."),
    "ListTags": (
        {"ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:model/none"},
        VALIDATION,
        "Could not find resource with ARN arn:aws:sagemaker:us-east-1:123456789012:model/none",
    ),
}


@pytest.mark.parametrize(("operation", "request_", "code", "message"), [(k, *v) for k, v in MISSING.items()])
def test_missing_resource(account: Account, operation: str, request_: Any, code: str, message: str) -> None:
    expected = message.replace("{account}", account.number)
    assert error_of(lambda: call(account, operation, request_)) == (code, expected)


TAKEN: dict[str, tuple[str, str]] = {
    "Model": (VALIDATION, f'Cannot create already existing model "{A}model/example".'),
    "EndpointConfig": (
        VALIDATION,
        f'Cannot create already existing endpoint configuration "{A}endpoint-config/example".',
    ),
    "Endpoint": (VALIDATION, f'Cannot create already existing endpoint "{A}endpoint/example".'),
    "NotebookInstance": (VALIDATION, f"Cannot create a duplicate Notebook Instance ({A}notebook-instance/example)"),
    "CodeRepository": (VALIDATION, f"Cannot create a duplicate Code Repository ({A}code-repository/example)"),
    "ModelPackageGroup": (VALIDATION, f"Model Package Group already exists: {A}model-package-group/example."),
    "TrainingJob": (
        IN_USE,
        "Training job names must be unique within an AWS account and region, and a training job with this name "
        f"already exists ({A}training-job/example)",
    ),
    "ProcessingJob": (
        IN_USE,
        "Job name must be unique within an AWS account and region, and a job with this name "
        f"already exists ({A}processing-job/example)",
    ),
    "Experiment": (
        VALIDATION,
        "Experiment names must be unique within an AWS account and region. "
        "Experiment with name (example) already exists.",
    ),
    "FeatureGroup": (
        IN_USE,
        "Resource Already Exists: FeatureGroup with name example already exists. Choose a different name.\n"
        "Info: Feature Group 'example' already exists.",
    ),
    "Pipeline": (
        VALIDATION,
        "Pipeline names must be unique within an AWS account and region. Pipeline with name (example) already exists.",
    ),
    "UserProfile": (IN_USE, "UserProfile with name example already exists. Please use a different name."),
}


@pytest.mark.parametrize(("noun", "code", "message"), [(k, *v) for k, v in TAKEN.items()])
def test_existing_resource(account: Account, noun: str, code: str, message: str) -> None:
    made: dict[str, Made] = {}
    make(account, noun, made)
    expected = message.replace("{account}", account.number)
    assert error_of(lambda: make(account, noun, made)) == (code, expected)


@pytest.mark.parametrize("members", ["App", "Space", "UserProfile"])
def test_studio_resource_with_members_is_in_use(account: Account, members: str) -> None:
    known: dict[str, Made] = {}
    profile = make(account, "UserProfile", known)
    owner, domain = ("UserProfile", profile) if members != "UserProfile" else ("Domain", known["Domain"])
    if members == "Space":
        ownership = {"OwnerUserProfileName": profile["UserProfileName"]}
        make(account, "Space", known, OwnershipSettings=ownership, SpaceSharingSettings={"SharingType": "Private"})
    if members == "App":
        make(account, "App", known)
    request = {"DomainId": profile["DomainId"]}
    request |= {"UserProfileName": profile["UserProfileName"]} if owner == "UserProfile" else {}
    code, message = error_of(lambda: call(account, f"Delete{owner}", request))
    arn = profile["UserProfileArn"] if owner == "UserProfile" else domain["DomainArn"]
    assert (code, message) == (
        IN_USE,
        f"Unable to delete {owner} [{arn}] because {members}(s) are associated with it.",
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({}, "Missing ARN."),
        (
            {"ModelPackageGroupName": "example", "ModelPackageName": "example"},
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
            "Cannot determine which one to use.",
        ),
    ],
)
def test_model_package_needs_one_name(account: Account, names: dict[str, str], message: str) -> None:
    assert error_of(lambda: account.sagemaker.create_model_package(**names)) == (VALIDATION, message)


def test_names_that_differ_only_in_case_collide(account: Account) -> None:
    make(account, "Model", ModelName="Linear")
    code, message = error_of(lambda: make(account, "Model", ModelName="linear"))
    assert (code, message) == (
        VALIDATION,
        f'Cannot create already existing model "{account.arn("model/linear")}".',
    )
    # lookups are case-sensitive
    assert error_of(lambda: account.sagemaker.describe_model(ModelName="linear"))[0] == VALIDATION
    assert account.sagemaker.describe_model(ModelName="Linear")["ModelName"] == "Linear"


def test_names_are_separate_per_region_and_account(account: Account) -> None:
    make(account, "Model")
    other_region, other = account.in_region("eu-west-1"), Account(account.url)
    assert other_region.sagemaker.list_models()["Models"] == other.sagemaker.list_models()["Models"] == []
    assert make(other_region, "Model")["ModelArn"] == f"arn:aws:sagemaker:eu-west-1:{account.number}:model/example"
    assert make(other, "Model")["ModelArn"] == f"arn:aws:sagemaker:us-east-1:{other.number}:model/example"
    other_region.sagemaker.delete_model(ModelName="example")
    assert [one["ModelName"] for one in account.sagemaker.list_models()["Models"]] == ["example"]


def test_tag_limits(account: Account) -> None:
    arn = make(account, "Model")["ModelArn"]

    def add(*keys: str) -> Any:
        return account.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": key, "Value": "v"} for key in keys])

    assert error_of(lambda: add("aws:mine"))[0] == VALIDATION
    assert error_of(lambda: add("a", "a"))[0] == VALIDATION
    add(*(f"k{n}" for n in range(50)))
    assert error_of(lambda: add("one-more"))[0] == VALIDATION
    assert len(account.sagemaker.list_tags(ResourceArn=arn)["Tags"]) == 50
