"""Common clients: the AWS CLI, botocore's waiters and paginators, SageMaker's Python SDK."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from emulated.account import Account
from emulated.recipes import ROLE, Made, make

CLI = "awscli==1.46.3"
SDK = "sagemaker==2.257.7"
STORY = Path(__file__).with_name("clients") / "sdk_story.py"


def run(account: Account, folder: Path, *arguments: str) -> str:
    """Run a program with uv in a separate environment, against an account of the emulator."""
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "uv is not installed: pip install uv"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV"))}
    proxies = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    completed = subprocess.run(
        [uv, *arguments],
        cwd=folder,
        env={**kept, **proxies, "SAGEMAKER_SUPPRESS_V2_WARNING": "1", **account.variables()},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr[-3000:]
    return completed.stdout


def test_aws_cli_deploys_a_model(account: Account, tmp_path: Path) -> None:
    def aws(*arguments: str) -> Any:
        output = run(account, tmp_path, "tool", "run", "--quiet", "--from", CLI, "aws", "--output", "json", *arguments)
        return json.loads(output) if output.strip() else None

    variants = "VariantName=main,ModelName=m,InstanceType=ml.m5.large,InitialInstanceCount=1"
    made = aws(
        "sagemaker", "create-model", "--model-name", "m", "--primary-container", "Image=i", "--tags", "Key=a,Value=1"
    )
    assert made == {"ModelArn": account.arn("model/m")}
    aws("sagemaker", "create-endpoint-config", "--endpoint-config-name", "c", "--production-variants", variants)
    aws("sagemaker", "create-endpoint", "--endpoint-name", "e", "--endpoint-config-name", "c")
    aws("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", "e")
    assert aws("sagemaker", "list-tags", "--resource-arn", made["ModelArn"]) == {"Tags": [{"Key": "a", "Value": "1"}]}
    (tmp_path / "in").write_bytes(b"1,2")
    command = ("sagemaker-runtime", "invoke-endpoint", "--endpoint-name", "e", "--body", "fileb://in", "out")
    assert aws(*command)["InvokedProductionVariant"] == "main"
    assert json.loads((tmp_path / "out").read_text())["input"] == "1,2"


def test_endpoint_and_notebook_waiters(account: Account) -> None:
    account.set_clock(0.001)
    client, quick = account.sagemaker, {"WaiterConfig": {"Delay": 1, "MaxAttempts": 20}}
    make(account, "Endpoint")
    client.get_waiter("endpoint_in_service").wait(EndpointName="example", **quick)
    client.delete_endpoint(EndpointName="example")
    client.get_waiter("endpoint_deleted").wait(EndpointName="example", **quick)
    make(account, "NotebookInstance")
    client.get_waiter("notebook_instance_in_service").wait(NotebookInstanceName="example", **quick)
    client.stop_notebook_instance(NotebookInstanceName="example")
    client.get_waiter("notebook_instance_stopped").wait(NotebookInstanceName="example", **quick)
    client.delete_notebook_instance(NotebookInstanceName="example")
    client.get_waiter("notebook_instance_deleted").wait(NotebookInstanceName="example", **quick)


def test_image_waiters(account: Account) -> None:
    client, name = account.sagemaker, {"ImageName": "example"}
    made: dict[str, Made] = {}
    make(account, "ImageVersion", made)
    client.get_waiter("image_created").wait(**name)
    client.get_waiter("image_version_created").wait(**name)
    client.update_image(**name, Description="changed")
    client.get_waiter("image_updated").wait(**name)


PAGINATORS = {
    "list_models": ("Model", "Models"),
    "list_training_jobs": ("TrainingJob", "TrainingJobSummaries"),
    "list_model_package_groups": ("ModelPackageGroup", "ModelPackageGroupSummaryList"),
    "list_notebook_instances": ("NotebookInstance", "NotebookInstances"),
}


@pytest.mark.parametrize("method", PAGINATORS)
def test_paginators(account: Account, method: str) -> None:
    noun, items = PAGINATORS[method]
    names = [f"n-{number:02}" for number in range(25)]
    for name in names:
        make(account, noun, **{f"{noun}Name": name})
    pages = account.sagemaker.get_paginator(method).paginate(PaginationConfig={"PageSize": 10})
    found = [[item[f"{noun}Name"] for item in page[items]] for page in pages]
    assert [len(page) for page in found] == [10, 10, 5]
    assert sorted(name for page in found for name in page) == names


def test_python_sdk_trains_deploys_predicts_and_runs_a_pipeline(
    account: Account, served: Account, tmp_path: Path
) -> None:
    """In LocalStack, and in `localstack-sagemaker serve` with LocalStack's S3: once, because the SDK loads slowly."""
    same = Account(served.url, account.number)
    same.set_clock("instant")
    places = {account.bucket_name: account, f"{account.bucket_name}-served": same}
    for place in places.values():
        place.set_answer(model="sdk-*", body={"score": 0.5})
    python = ("run", "--quiet", "--no-project", "--python", sys.executable, "--with", SDK, "python")
    arguments = [argument for bucket, place in places.items() for argument in (place.url, bucket)]
    outputs = json.loads(run(account, tmp_path, *python, str(STORY), ROLE, *arguments).splitlines()[-1])
    for (bucket, place), output in zip(places.items(), outputs, strict=True):
        assert output["trained"] == "Completed"
        assert output["artifact"] == f"s3://{bucket}/out/{output['job']}/output/model.tar.gz"
        assert output["predicted"] == {"score": 0.5}
        assert output["config"] != output["updated_config"]
        assert output["approved"] == "Approved"
        assert output["pipeline"] == {
            "few": {"Check": "Succeeded", "TooFew": "Failed", "Train": "Succeeded"},
            "few_error": "WaiterError",
            "many": {"Check": "Succeeded", "Model-CreateModel": "Succeeded", "Train": "Succeeded"},
        }
        assert output["experiment"] == {"run": "first", "experiment": "sdk-experiment"}
        assert output["features"] == {"id": "a", "time": "1"}
        assert output["lineage"] == ["Project"]
        assert place.sagemaker.list_endpoints()["Endpoints"] == []
