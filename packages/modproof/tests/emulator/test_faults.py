"""Which errors are the emulator's: messages of LocalStack as the provider and boto3 print them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from modproof.emulator import Emulator, plugin
from modproof.emulator.faults import EmulatorFault, fault_in

NO_SERVICE = "The API for service 'codecommit' is either not included in your current license plan or has not yet"
GO = "creating X: operation error CodeCommit: CreateRepository, https response error StatusCode: 501, RequestID: 1, api"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"{GO} error InternalFailure: {NO_SERVICE} been emulated",
            EmulatorFault("codecommit", "CreateRepository", lacking=True),
        ),
        (
            f"An error occurred (InternalFailure) when calling the ListClusters operation: {NO_SERVICE}",
            EmulatorFault("codecommit", "ListClusters", lacking=True),
        ),
        (
            "InternalFailure: API for service 'rds' not yet implemented or pro feature - please check",
            EmulatorFault("rds", "", lacking=True),
        ),
        (
            "The API action 'PutX' for service 's3' is either not available in your current license plan",
            EmulatorFault("s3", "PutX", lacking=True),
        ),
        (
            "API action 'PutX' for service 's3' not yet implemented or pro feature",
            EmulatorFault("s3", "PutX", lacking=True),
        ),
        ("no handler for operation 'PutX' on service 's3'", EmulatorFault("s3", "PutX", lacking=True)),
        ("No moto route for service ecr on path /x found.", EmulatorFault("ecr", "", lacking=True)),
        (
            "Service 'sqs' is not enabled. Please check your 'SERVICES' configuration variable.",
            EmulatorFault("sqs", "", disabled=True),
        ),
        (
            "api error InternalError: exception while calling s3.PutX: 'list' has no attribute",
            EmulatorFault("s3", "PutX", reason="'list' has no attribute"),
        ),
        (
            "operation error SQS: GetX, https response error StatusCode: 503, RequestID: , api error Slow: later",
            EmulatorFault("SQS", "GetX", reason="status 503: Slow: later"),
        ),
        (
            "operation error SQS: GetX, exceeded maximum number of attempts, 25, api error Throttling: Rate",
            EmulatorFault(
                "SQS",
                "GetX",
                reason="operation error SQS: GetX, exceeded maximum number of attempts, 25, api error Throttling: Rate",
            ),
        ),
        ("operation error S3: PutX, https response error StatusCode: 400, api error BadThing: no", None),
        ("the API for this module needs a service", None),
    ],
)
def test_errors_that_aws_would_not_return(text: str, expected: EmulatorFault | None) -> None:
    assert fault_in(text) == expected


@pytest.mark.parametrize(("sagemaker", "hint"), [(False, "install localstack-sagemaker"), (True, "leave the resource")])
def test_the_plug_in_is_advised_only_for_its_services_and_if_it_is_missing(sagemaker: bool, hint: str) -> None:
    emulator = Emulator("http://127.0.0.1:1", service=None, kept_log=Path("x"))
    emulator.sagemaker = sagemaker
    fault = emulator.fault("no handler for operation 'CreateModel' on service 'sagemaker'")
    assert fault is not None
    assert fault.message == "the emulator does not have sagemaker (operation CreateModel)"
    assert str(fault.hint).startswith(hint)
    other = emulator.fault("no handler for operation 'CreateX' on service 'rds'")
    assert other is not None
    assert "localstack-sagemaker" not in str(other.hint)


def test_the_services_of_the_plug_in_are_those_it_registers() -> None:
    text = (Path(__file__).parents[3] / "localstack-sagemaker/pyproject.toml").read_text()
    registered = tomllib.loads(text)["project"]["entry-points"]["localstack.aws.provider"]
    assert {name.partition(":")[0] for name in registered} == plugin.SERVICES
