"""Search: resources by their properties, tags, parameters and metrics."""

from __future__ import annotations

from typing import Any

import pytest
from emulated.account import Account, error_of
from emulated.recipes import make


def _names(account: Account, resource: str, **request: Any) -> list[str]:
    found = account.sagemaker.search(Resource=resource, **request)["Results"]
    return [next(value for key, value in next(iter(one.values())).items() if key.endswith("Name")) for one in found]


def _filters(*filters: tuple[str, str, str], operator: str = "And") -> dict[str, Any]:
    shown = [{"Name": name, "Operator": how, "Value": value} for name, how, value in filters]
    return {"Filters": shown, "Operator": operator}


@pytest.fixture
def trained(account: Account) -> Account:
    """Three training jobs with different hyperparameters, tags and channels."""
    for number, owner in ((1, "ann"), (2, "bob"), (10, "ann")):
        uri = f"s3://data/{owner}/{number}"
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
        make(
            account,
            "TrainingJob",
            TrainingJobName=f"job-{number}",
            HyperParameters={"epochs": str(number), "sgd.rate": "0.1"},
            Tags=[{"Key": "owner", "Value": owner}],
            InputDataConfig=[
                {"ChannelName": "train", "DataSource": source},
                {"ChannelName": "test", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://t"}}},
            ],
        )
    return account


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ({}, ["job-10", "job-2", "job-1"]),
        (_filters(("TrainingJobName", "Contains", "JOB-1")), ["job-10", "job-1"]),
        (_filters(("TrainingJobName", "In", "job-1,job-2")), ["job-2", "job-1"]),
        (_filters(("Tags.owner", "Equals", "ann")), ["job-10", "job-1"]),
        (_filters(("Tags.owner", "NotEquals", "ann")), ["job-2"]),
        (_filters(("HyperParameters.epochs", "Equals", "2")), ["job-2"]),
        (_filters(("HyperParameters.sgd.rate", "Equals", "0.1")), ["job-10", "job-2", "job-1"]),
        (_filters(("ResourceConfig.InstanceCount", "LessThan", "1")), []),
        (_filters(("ResourceConfig.InstanceCount", "GreaterThanOrEqualTo", "1")), ["job-10", "job-2", "job-1"]),
        (_filters(("CreationTime", "GreaterThan", "2020-01-01T00:00:00Z")), ["job-10", "job-2", "job-1"]),
        (_filters(("Tags.owner", "Equals", "bob"), ("TrainingJobName", "Equals", "job-1")), []),
        (
            _filters(("Tags.owner", "Equals", "bob"), ("TrainingJobName", "Equals", "job-1"), operator="Or"),
            ["job-2", "job-1"],
        ),
        ({"Filters": [{"Name": "FailureReason", "Operator": "Exists"}]}, []),
        ({"Filters": [{"Name": "FailureReason", "Operator": "NotExists"}]}, ["job-10", "job-2", "job-1"]),
        (
            {
                "SubExpressions": [
                    _filters(("Tags.owner", "Equals", "ann")),
                    _filters(("HyperParameters.epochs", "Equals", "1")),
                ],
                "Operator": "And",
            },
            ["job-1"],
        ),
        (
            {
                "NestedFilters": [
                    {
                        "NestedPropertyName": "InputDataConfig",
                        "Filters": [
                            {"Name": "InputDataConfig.ChannelName", "Operator": "Equals", "Value": "train"},
                            {
                                "Name": "InputDataConfig.DataSource.S3DataSource.S3Uri",
                                "Operator": "Contains",
                                "Value": "data/bob",
                            },
                        ],
                    }
                ]
            },
            ["job-2"],
        ),
        (
            {
                "NestedFilters": [
                    {
                        "NestedPropertyName": "InputDataConfig",
                        "Filters": [
                            {"Name": "InputDataConfig.ChannelName", "Operator": "Equals", "Value": "test"},
                            {
                                "Name": "InputDataConfig.DataSource.S3DataSource.S3Uri",
                                "Operator": "Contains",
                                "Value": "data/bob",
                            },
                        ],
                    }
                ]
            },
            [],
        ),
    ],
)
def test_expressions(trained: Account, expression: dict[str, Any], wanted: list[str]) -> None:
    found = _names(trained, "TrainingJob", SearchExpression=expression, SortBy="CreationTime")
    assert found == wanted


def test_a_visibility_condition_limits_what_is_found_if_it_is_complete(trained: Account) -> None:
    everything = _names(trained, "TrainingJob")
    assert _names(trained, "TrainingJob", VisibilityConditions=[{"Key": "Tags.owner"}]) == everything
    assert _names(trained, "TrainingJob", VisibilityConditions=[{"Key": "Tags.owner", "Value": "nobody"}]) == []


def test_pages_are_sorted_by_any_property(trained: Account) -> None:
    request = {"SortBy": "TrainingJobName", "SortOrder": "Ascending", "MaxResults": 2}
    first = trained.sagemaker.search(Resource="TrainingJob", **request)
    rest = trained.sagemaker.search(Resource="TrainingJob", **request, NextToken=first["NextToken"])
    names = [one["TrainingJob"]["TrainingJobName"] for one in (*first["Results"], *rest["Results"])]
    assert names == ["job-1", "job-10", "job-2"]
    assert "NextToken" not in rest


def test_runs_of_an_experiment(account: Account) -> None:
    """What the SDK's list_runs asks for: the trial components of an experiment, by their parent."""
    client = account.sagemaker
    client.create_experiment(ExperimentName="e")
    client.create_trial(TrialName="t", ExperimentName="e")
    for number in (1, 2):
        client.create_trial_component(
            TrialComponentName=f"run-{number}",
            Parameters={"lr": {"NumberValue": number / 10}, "net": {"StringValue": "a"}},
        )
    client.associate_trial_component(TrialName="t", TrialComponentName="run-1")
    of_experiment = _filters(("Parents.ExperimentName", "Equals", "e"))
    assert _names(account, "ExperimentTrialComponent", SearchExpression=of_experiment) == ["run-1"]
    slow = _filters(("Parameters.lr", "GreaterThan", "0.15"))
    assert _names(account, "ExperimentTrialComponent", SearchExpression=slow) == ["run-2"]
    trial = client.search(Resource="ExperimentTrial")["Results"][0]["Trial"]
    assert [one["TrialComponentName"] for one in trial["TrialComponentSummaries"]] == ["run-1"]


@pytest.mark.parametrize(
    ("resource", "noun"),
    [
        ("Endpoint", "Endpoint"),
        ("Experiment", "Experiment"),
        ("FeatureGroup", "FeatureGroup"),
        ("HyperParameterTuningJob", "HyperParameterTuningJob"),
        ("ModelCard", "ModelCard"),
        ("ModelPackage", "ModelPackage"),
        ("ModelPackageGroup", "ModelPackageGroup"),
        ("Pipeline", "Pipeline"),
        ("PipelineExecution", "PipelineExecution"),
        ("Project", "Project"),
    ],
)
def test_each_resource_is_found(account: Account, resource: str, noun: str) -> None:
    make(account, noun)
    assert len(account.sagemaker.search(Resource=resource)["Results"]) == 1


def test_a_model_shows_its_endpoints(account: Account) -> None:
    make(account, "Endpoint")
    (found,) = account.sagemaker.search(Resource="Model")["Results"]
    assert [one["EndpointName"] for one in found["Model"]["Endpoints"]] == ["example"]


def test_a_resource_that_is_not_emulated_is_refused(account: Account) -> None:
    code, message = error_of(lambda: account.sagemaker.search(Resource="Image"))
    assert (code, message) == (
        "UnsupportedOperation",
        "sagemaker Search of Image is not emulated by localstack-sagemaker",
    )


def test_suggestions_contain_the_hint(trained: Account) -> None:
    query = {"PropertyNameQuery": {"PropertyNameHint": "epoch"}}
    found = trained.sagemaker.get_search_suggestions(Resource="TrainingJob", SuggestionQuery=query)
    assert [one["PropertyName"] for one in found["PropertyNameSuggestions"]] == ["HyperParameters.epochs"]


def test_a_job_of_an_experiment_has_a_trial_component(account: Account) -> None:
    client = account.sagemaker
    client.create_experiment(ExperimentName="e")
    client.create_trial(TrialName="t", ExperimentName="e")
    config = {"ExperimentName": "e", "TrialName": "t", "TrialComponentDisplayName": "Training"}
    job = make(account, "TrainingJob", ExperimentConfig=config, HyperParameters={"epochs": "3"})
    (found,) = client.list_trial_components(TrialName="t")["TrialComponentSummaries"]
    assert (found["TrialComponentName"], found["DisplayName"]) == ("example-aws-training-job", "Training")
    shown = client.describe_trial_component(TrialComponentName="example-aws-training-job")
    assert shown["Source"]["SourceArn"] == job["TrainingJobArn"]
    assert shown["Status"]["PrimaryStatus"] == "Completed"
    assert shown["Parameters"] == {"epochs": {"StringValue": "3"}}
