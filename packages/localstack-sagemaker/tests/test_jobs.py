"""Jobs move through AWS's statuses, can be stopped while they run, and fail with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import WaiterError
from emulated.account import Account, error_of
from emulated.recipes import Made, call, key_of, list_of, make, model

JOBS = ["TrainingJob", "ProcessingJob", "TransformJob", "HyperParameterTuningJob"]
WAITERS = {
    "TrainingJob": "training_job_completed_or_stopped",
    "ProcessingJob": "processing_job_completed_or_stopped",
    "TransformJob": "transform_job_completed_or_stopped",
}


def describe(account: Account, noun: str) -> dict[str, Any]:
    return call(account, f"Describe{noun}", {f"{noun}Name": "example"})


def start(account: Account, noun: str) -> Made:
    """Start a job with a manual clock."""
    made: dict[str, Made] = {}
    if noun == "TransformJob":
        make(account, "Model", made)
    account.set_clock("manual")
    return make(account, noun, made)


@pytest.mark.parametrize("noun", JOBS)
def test_job_completes(account: Account, noun: str) -> None:
    start(account, noun)
    assert describe(account, noun)[f"{noun}Status"] == "InProgress"
    account.advance(3600)
    shown = describe(account, noun)
    assert shown[f"{noun}Status"] == "Completed"
    ends = [value for name, value in shown.items() if name.endswith("EndTime")]
    assert ends
    assert all(end >= shown["CreationTime"] for end in ends)


@pytest.mark.parametrize("noun", JOBS)
def test_stop_running_job(account: Account, noun: str) -> None:
    made = start(account, noun)
    call(account, f"Stop{noun}", key_of(noun, made))
    assert describe(account, noun)[f"{noun}Status"] == "Stopping"
    account.advance(30)
    assert describe(account, noun)[f"{noun}Status"] == "Stopped"
    account.advance(3600)
    assert describe(account, noun)[f"{noun}Status"] == "Stopped"
    code, message = error_of(lambda: call(account, f"Stop{noun}", key_of(noun, made)))
    assert code == "ValidationException"
    assert message.endswith("job is in status Stopped.")


@pytest.mark.parametrize("noun", JOBS)
def test_job_fails_with_a_reason(account: Account, noun: str) -> None:
    account.inject_fault("fail", operation=f"Create{noun}", reason="AlgorithmError: exit code 1")
    make(account, noun)
    shown = describe(account, noun)
    assert (shown[f"{noun}Status"], shown["FailureReason"]) == ("Failed", "AlgorithmError: exit code 1")


@pytest.mark.parametrize(("noun", "waiter"), WAITERS.items())
def test_job_waiters(account: Account, noun: str, waiter: str) -> None:
    make(account, noun)
    wait = account.sagemaker.get_waiter(waiter).wait
    wait(**{f"{noun}Name": "example"}, WaiterConfig={"Delay": 0, "MaxAttempts": 2})
    account.inject_fault("fail", operation=f"Create{noun}")
    made: dict[str, Made] = {"Model": {"ModelName": "example"}}
    make(account, noun, made, **{f"{noun}Name": "broken"})
    with pytest.raises(WaiterError, match="Failed"):
        wait(**{f"{noun}Name": "broken"}, WaiterConfig={"Delay": 0, "MaxAttempts": 2})


@pytest.mark.parametrize("noun", [noun for noun in JOBS if f"Delete{noun}" in model().operation_names])
def test_only_an_ended_job_can_be_deleted(account: Account, noun: str) -> None:
    made = start(account, noun)
    assert error_of(lambda: call(account, f"Delete{noun}", key_of(noun, made)))[0] == "ResourceInUse"
    account.advance(3600)
    call(account, f"Delete{noun}", key_of(noun, made))
    account.advance(60)
    assert list_of(account, noun, made) == []


@pytest.mark.parametrize("noun", ["TrainingJob", "ProcessingJob"])
def test_jobs_are_deleted_also_if_botocore_is_older_than_the_operation(account: Account, noun: str) -> None:
    made = start(account, noun)
    assert account.send(f"Delete{noun}", key_of(noun, made)).code == "ResourceInUse"
    account.advance(3600)
    assert account.send(f"Delete{noun}", key_of(noun, made)).status == 200
    assert list_of(account, noun, made) == []


def test_training_secondary_statuses(account: Account) -> None:
    start(account, "TrainingJob")
    seen = [describe(account, "TrainingJob")["SecondaryStatus"]]
    for seconds in (60, 20, 120, 20):
        account.advance(seconds)
        seen.append(describe(account, "TrainingJob")["SecondaryStatus"])
    assert seen == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    shown = describe(account, "TrainingJob")
    assert [one["Status"] for one in shown["SecondaryStatusTransitions"]] == seen
    assert shown["ModelArtifacts"]["S3ModelArtifacts"] == "s3://example/output/example/output/model.tar.gz"
    assert shown["TrainingTimeInSeconds"] == 140
    assert shown["TrainingStartTime"] < shown["TrainingEndTime"]


def test_training_requires_one_algorithm(account: Account) -> None:
    neither = {"AlgorithmSpecification": {"TrainingInputMode": "File"}}
    both = {"AlgorithmSpecification": {"TrainingInputMode": "File", "TrainingImage": "i", "AlgorithmName": "a"}}
    for invalid in (neither, both):
        assert "Exactly one of" in error_of(lambda invalid=invalid: make(account, "TrainingJob", **invalid))[1]


def test_spot_training_wait_time_covers_the_run_time(account: Account) -> None:
    spot = {"EnableManagedSpotTraining": True}
    short = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 60}
    assert "MaxWaitTimeInSeconds" in error_of(lambda: make(account, "TrainingJob", **spot, StoppingCondition=short))[1]
    long = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
    make(account, "TrainingJob", **spot, StoppingCondition=long)
    assert describe(account, "TrainingJob")["EnableManagedSpotTraining"] is True


def test_transform_job_requires_its_model(account: Account) -> None:
    made = {"Model": {"ModelName": "none"}}
    assert "Could not find model" in error_of(lambda: make(account, "TransformJob", made))[1]


def tune(account: Account, **limits: int) -> None:
    objective = {"Type": "Minimize", "MetricName": "loss"}
    ranges = {
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "8"}],
        "CategoricalParameterRanges": [{"Name": "booster", "Values": ["tree", "linear"]}],
    }
    config = {
        "Strategy": "Random",
        "ResourceLimits": limits,
        "HyperParameterTuningJobObjective": objective,
        "ParameterRanges": ranges,
    }
    make(account, "HyperParameterTuningJob", HyperParameterTuningJobConfig=config)


def members(account: Account, **more: Any) -> list[Any]:
    listed = account.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job
    found: list[Any] = listed(HyperParameterTuningJobName="example", **more)["TrainingJobSummaries"]
    return found


def assert_counters_agree(account: Account) -> dict[str, int]:
    """The counters of the tuning job are those of its training jobs."""
    counters: dict[str, int] = describe(account, "HyperParameterTuningJob")["TrainingJobStatusCounters"]
    statuses = [one["TrainingJobStatus"].replace("Stopping", "InProgress") for one in members(account, MaxResults=100)]
    assert counters["Completed"] == statuses.count("Completed")
    assert counters["InProgress"] == statuses.count("InProgress")
    assert counters["Stopped"] == statuses.count("Stopped")
    assert counters["NonRetryableError"] == statuses.count("Failed")
    return counters


def test_tuning_job_runs_as_many_training_jobs_at_a_time_as_allowed(account: Account) -> None:
    account.set_clock("manual")
    tune(account, MaxNumberOfTrainingJobs=3, MaxParallelTrainingJobs=2)
    assert assert_counters_agree(account)["InProgress"] == 2
    account.advance(220)
    assert_counters_agree(account)
    assert [one["TrainingJobStatus"] for one in members(account)] == ["Completed", "Completed", "InProgress"]
    account.advance(240)
    shown = describe(account, "HyperParameterTuningJob")
    assert shown["HyperParameterTuningJobStatus"] == "Completed"
    assert assert_counters_agree(account)["Completed"] == 3
    assert shown["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}


@pytest.mark.parametrize("clock", ["instant", "manual"])
def test_ended_tuning_job_has_all_training_jobs_and_a_best_one(account: Account, clock: str) -> None:
    account.set_clock(clock)
    tune(account, MaxNumberOfTrainingJobs=5, MaxParallelTrainingJobs=2)
    if clock == "manual":
        account.advance(10**6)
    assert assert_counters_agree(account)["Completed"] == 5
    found = members(account, SortBy="FinalObjectiveMetricValue", SortOrder="Ascending")
    best = describe(account, "HyperParameterTuningJob")["BestTrainingJob"]
    assert best["TrainingJobName"] == found[0]["TrainingJobName"]
    assert len({str(one["TunedHyperParameters"]) for one in found}) == 5
    job = account.sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert job["TuningJobArn"] == describe(account, "HyperParameterTuningJob")["HyperParameterTuningJobArn"]
    assert job["HyperParameters"] == best["TunedHyperParameters"]


def test_tuning_job_with_an_end_of_a_range_that_is_no_number_is_refused(account: Account) -> None:
    ranges = {"ContinuousParameterRanges": [{"Name": "rate", "MinValue": "low", "MaxValue": "1"}]}
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    config = {"Strategy": "Random", "ResourceLimits": limits, "ParameterRanges": ranges}
    code, message = error_of(lambda: make(account, "HyperParameterTuningJob", HyperParameterTuningJobConfig=config))
    assert (code, "MinValue low of hyperparameter rate" in message) == ("ValidationException", True), message
    assert account.sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == []


def test_stopped_tuning_job_stops_its_training_jobs(account: Account) -> None:
    account.set_clock("manual")
    tune(account, MaxNumberOfTrainingJobs=4, MaxParallelTrainingJobs=2)
    account.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="example")
    account.advance(3600)
    assert assert_counters_agree(account)["Stopped"] == 2
    assert [one["TrainingJobStatus"] for one in members(account, StatusEquals="Stopped")] == ["Stopped"] * 2


def test_describe_training_job_has_an_empty_key(account: Account) -> None:
    make(account, "TrainingJob")
    assert describe(account, "TrainingJob")["OutputDataConfig"]["KmsKeyId"] == ""
