"""Pipelines: executions run step by step, with references, conditions, callbacks, retries and versions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from emulated.account import Account, error_of, wait_for
from emulated.recipes import IMAGE, ROLE, make

CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
FAIL = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "too few rows"}}
TRAIN = {
    "Name": "Train",
    "Type": "Training",
    "Arguments": {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {
            "S3OutputPath": {"Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Parameters.Bucket"}]}}
        },
        "ResourceConfig": {**CLUSTER, "InstanceCount": {"Get": "Parameters.Count"}},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    },
}
MODEL = {
    "Name": "Model",
    "Type": "Model",
    "Arguments": {
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}},
    },
}
UNREADABLE = "Unable to parse pipeline definition."
PARAMETERS = [
    {"Name": "Bucket", "Type": "String", "DefaultValue": "example"},
    {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
]


def _start(account: Account, *steps: Any, **request: Any) -> str:
    definition = json.dumps({"Version": "2020-12-01", "Parameters": PARAMETERS, "Steps": steps})
    account.sagemaker.create_pipeline(PipelineName="p", PipelineDefinition=definition, RoleArn=ROLE)
    return str(account.sagemaker.start_pipeline_execution(PipelineName="p", **request)["PipelineExecutionArn"])


def _listed(account: Account, arn: str) -> list[dict[str, Any]]:
    return list(account.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"])


def _steps(account: Account, arn: str) -> dict[str, str]:
    return {one["StepName"]: one["StepStatus"] for one in _listed(account, arn)}


def _status(account: Account, arn: str) -> str:
    return str(account.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"])


def _when(left: Any, right: Any, *then: Any, otherwise: tuple[Any, ...] = (), how: str = "LessThan") -> dict[str, Any]:
    condition = {"Type": how, "LeftValue": left, "RightValue": right}
    arguments = {"Conditions": [condition], "IfSteps": list(then), "ElseSteps": list(otherwise)}
    return {"Name": "Check", "Type": "Condition", "Arguments": arguments}


def _callback(account: Account) -> dict[str, Any]:
    queue = account.client("sqs").create_queue(QueueName=f"q-{account.number}")["QueueUrl"]
    return {
        "Name": "Ask",
        "Type": "Callback",
        "SqsQueueUrl": queue,
        "Arguments": {"bucket": {"Get": "Parameters.Bucket"}},
        "OutputParameters": [{"OutputName": "rows", "OutputType": "String"}],
    }


def test_steps_run_in_the_order_of_their_references(account: Account) -> None:
    account.set_clock("manual")
    arn = _start(account, MODEL, TRAIN)
    assert _steps(account, arn) == {"Train": "Executing"}
    account.advance(1000)
    assert _steps(account, arn) == {"Train": "Succeeded", "Model": "Succeeded"}
    assert _status(account, arn) == "Succeeded"
    (model,) = account.sagemaker.list_models()["Models"]
    (job,) = account.sagemaker.list_training_jobs()["TrainingJobSummaries"]
    described = account.sagemaker.describe_model(ModelName=model["ModelName"])["PrimaryContainer"]
    assert described["ModelDataUrl"] == f"s3://example/{job['TrainingJobName']}/output/model.tar.gz"


def test_parameters_are_passed_to_the_steps(account: Account) -> None:
    values = [{"Name": "Bucket", "Value": "other"}, {"Name": "Count", "Value": "2"}]
    arn = _start(account, TRAIN, PipelineParameters=values)
    (step,) = _listed(account, arn)
    name = step["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    job = account.sagemaker.describe_training_job(TrainingJobName=name)
    assert (job["OutputDataConfig"]["S3OutputPath"], job["ResourceConfig"]["InstanceCount"]) == ("s3://other", 2)
    unknown = [{"Name": "none", "Value": "1"}]
    start = account.sagemaker.start_pipeline_execution
    assert error_of(lambda: start(PipelineName="p", PipelineParameters=unknown))[0] == "ValidationException"


@pytest.mark.parametrize(
    ("how", "right", "run"),
    [("LessThan", 2, "Yes"), ("GreaterThan", 2, "No"), ("Equals", 1, "Yes"), ("LessThanOrEqualTo", "1", "Yes")],
)
def test_a_condition_chooses_its_branch(account: Account, how: str, right: Any, run: str) -> None:
    yes, no = ({"Name": name, "Type": "Other"} for name in ("Yes", "No"))
    arn = _start(account, _when({"Get": "Parameters.Count"}, right, yes, otherwise=(no,), how=how))
    assert _steps(account, arn) == {"Check": "Succeeded", run: "Succeeded"}


def test_a_condition_reads_a_property_file(account: Account) -> None:
    bucket = account.bucket()
    account.client("s3").put_object(
        Bucket=bucket, Key="out/evaluation.json", Body=b'{"metrics": {"mse": {"value": 4.5}}}'
    )
    output = {
        "OutputName": "evaluation",
        "S3Output": {"S3Uri": f"s3://{bucket}/out", "LocalPath": "/opt/ml/out", "S3UploadMode": "EndOfJob"},
    }
    evaluate = {
        "Name": "Evaluate",
        "Type": "Processing",
        "PropertyFiles": [{"PropertyFileName": "Report", "OutputName": "evaluation", "FilePath": "evaluation.json"}],
        "Arguments": {
            "AppSpecification": {"ImageUri": IMAGE},
            "ProcessingOutputConfig": {"Outputs": [output]},
            "ProcessingResources": {"ClusterConfig": CLUSTER},
            "RoleArn": ROLE,
        },
    }
    file = {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Report"}, "Path": "metrics.mse.value"}
    arn = _start(account, evaluate, _when({"Std:JsonGet": file}, 6, MODEL | {"Arguments": {"ExecutionRoleArn": ROLE}}))
    assert _steps(account, arn) == {"Evaluate": "Succeeded", "Check": "Succeeded", "Model": "Failed"}
    assert "PrimaryContainer" in _listed(account, arn)[-1]["FailureReason"]


def test_a_fail_step_fails_the_execution(account: Account) -> None:
    arn = _start(account, TRAIN, FAIL)
    found = account.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert (found["PipelineExecutionStatus"], bool(found["FailureReason"])) == ("Failed", True)
    assert _steps(account, arn) == {"Train": "Succeeded", "Stop": "Failed"}
    assert _listed(account, arn)[1]["Metadata"]["Fail"] == {"ErrorMessage": "too few rows"}


def test_a_failed_job_fails_its_step_and_a_retry_runs_it_again(account: Account) -> None:
    account.inject_fault("fail", operation="CreateTrainingJob", reason="out of memory")
    arn = _start(account, TRAIN, MODEL)
    assert _steps(account, arn) == {"Train": "Failed"}
    assert "out of memory" in _listed(account, arn)[0]["FailureReason"]
    account.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
    assert _steps(account, arn) == {"Train": "Succeeded", "Model": "Succeeded"}
    assert _listed(account, arn)[0]["AttemptCount"] == 2
    assert (
        error_of(lambda: account.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn))[0] == "ConflictException"
    )


def test_a_callback_waits_for_its_token(account: Account) -> None:
    check = _when({"Get": "Steps.Ask.OutputParameters['rows']"}, 100, FAIL)
    arn = _start(account, _callback(account), check)
    queue = _listed(account, arn)[0]["Metadata"]["Callback"]["SqsQueueUrl"]
    messages = wait_for(lambda: account.client("sqs").receive_message(QueueUrl=queue).get("Messages"))
    body = json.loads(messages[0]["Body"])
    assert (body["arguments"], body["pipelineExecutionArn"]) == ({"bucket": "example"}, arn)
    assert _status(account, arn) == "Executing"
    send = account.sagemaker.send_pipeline_execution_step_success
    send(CallbackToken=body["token"], OutputParameters=[{"Name": "rows", "Value": "500"}])
    assert _steps(account, arn) == {"Ask": "Succeeded", "Check": "Succeeded"}
    assert _status(account, arn) == "Succeeded"
    assert error_of(lambda: send(CallbackToken=body["token"]))[0] == "ResourceNotFound"


def test_a_failed_callback_fails_the_execution(account: Account) -> None:
    arn = _start(account, _callback(account))
    token = _listed(account, arn)[0]["Metadata"]["Callback"]["CallbackToken"]
    account.sagemaker.send_pipeline_execution_step_failure(CallbackToken=token, FailureReason="rejected")
    assert (_status(account, arn), _listed(account, arn)[0]["FailureReason"]) == ("Failed", "rejected")


def test_a_stop_asks_callback_steps_to_end(account: Account) -> None:
    arn = _start(account, _callback(account))
    queue = _listed(account, arn)[0]["Metadata"]["Callback"]["SqsQueueUrl"]
    account.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    assert _status(account, arn) == "Stopping"
    statuses: list[str] = []

    def read() -> bool:
        found = account.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        statuses.extend(json.loads(one["Body"])["status"] for one in found)
        return len(statuses) == 2

    wait_for(read)
    assert sorted(statuses) == ["Executing", "Stopping"]
    token = _listed(account, arn)[0]["Metadata"]["Callback"]["CallbackToken"]
    account.sagemaker.send_pipeline_execution_step_success(CallbackToken=token)
    assert _status(account, arn) == "Stopped"


def test_a_stop_ends_running_jobs(account: Account) -> None:
    account.set_clock("manual")
    arn = _start(account, TRAIN, MODEL)
    account.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    account.advance(100)
    assert (_status(account, arn), _steps(account, arn)) == ("Stopped", {"Train": "Stopped"})
    (job,) = account.sagemaker.list_training_jobs()["TrainingJobSummaries"]
    assert job["TrainingJobStatus"] == "Stopped"


def test_a_selective_execution_reuses_the_other_steps(account: Account) -> None:
    first = _start(account, TRAIN, MODEL)
    config = {"SourcePipelineExecutionArn": first, "SelectedSteps": [{"StepName": "Model"}]}
    started = account.sagemaker.start_pipeline_execution(PipelineName="p", SelectiveExecutionConfig=config)
    assert _steps(account, started["PipelineExecutionArn"]) == {"Model": "Succeeded"}
    assert len(account.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1


def test_no_more_steps_run_at_once_than_configured(account: Account) -> None:
    account.set_clock("manual")
    second = {**TRAIN, "Name": "Second"}
    arn = _start(account, TRAIN, second, ParallelismConfiguration={"MaxParallelExecutionSteps": 1})
    assert _steps(account, arn) == {"Train": "Executing"}
    account.advance(1000)
    assert _steps(account, arn) == {"Train": "Succeeded", "Second": "Succeeded"}


def test_an_update_is_a_new_version(account: Account) -> None:
    client = account.sagemaker
    make(account, "Pipeline")
    changed = json.dumps({"Version": "2020-12-01", "Steps": [FAIL]})
    arn = client.update_pipeline(PipelineName="example", PipelineDefinition=changed)["PipelineArn"]
    client.update_pipeline_version(PipelineArn=arn, PipelineVersionId=1, PipelineVersionDescription="first")
    versions = client.list_pipeline_versions(PipelineName="example")["PipelineVersionSummaries"]
    shown = [(one["PipelineVersionId"], one.get("PipelineVersionDescription")) for one in versions]
    assert shown == [(2, None), (1, "first")]
    old = client.describe_pipeline(PipelineName="example", PipelineVersionId=1)
    assert old["PipelineDefinition"] != changed
    started = client.start_pipeline_execution(PipelineName="example", PipelineVersionId=1)
    assert _status(account, started["PipelineExecutionArn"]) == "Succeeded"


def test_steps_of_no_execution_are_a_bad_request(account: Account) -> None:
    code, message = error_of(lambda: account.sagemaker.list_pipeline_execution_steps())
    assert (code, message) == ("ValidationException", "PipelineExecutionArn must be specified.")


def test_a_reference_without_a_value_fails_its_step(account: Account) -> None:
    arn = _start(account, {**FAIL, "Arguments": {"ErrorMessage": {"Get": "Parameters.None"}}})
    assert _listed(account, arn)[0]["FailureReason"] == "ClientError: None has no value"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([{**FAIL, "DependsOn": ["Missing"]}], "Step Stop depends on step(s) that do not exist: Missing."),
        ([{**FAIL, "DependsOn": ["Stop"]}], "Steps of the pipeline depend on each other: Stop, Stop."),
        ([{**FAIL, "DependsOn": 5}], f"{UNREADABLE} Steps[0].DependsOn is not a list"),
        ([FAIL, FAIL], f"{UNREADABLE} Steps[1]: there are two steps named Stop"),
        (["x"], f"{UNREADABLE} Steps[0] is not an object"),
    ],
    ids=["missing", "cycle", "type", "twice", "text"],
)
def test_steps_that_can_never_run_are_refused(account: Account, steps: list[Any], words: str) -> None:
    code, message = error_of(lambda: _start(account, *steps))
    assert (code, message) == ("ValidationException", words)


@pytest.mark.parametrize(
    "step",
    [
        {"Name": "S", "Type": "Condition", "Arguments": {"Conditions": ["x"]}},
        {"Name": "S", "Type": "Fail", "Arguments": {"ErrorMessage": {"Std:Join": ["x"]}}},
    ],
    ids=["condition", "join"],
)
def test_a_malformed_step_fails(account: Account, step: dict[str, Any]) -> None:
    assert _status(account, _start(account, step)) == "Failed"
