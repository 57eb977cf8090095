"""`mlpipe shadow` compares two variants, and promotes only what the data supports."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from mlpipe.shadow.answers import _parsed, agree
from mlpipe.shadow.comparison import Limits, compare
from mlpipe.shadow.metrics import Traffic

from .conftest import REGION, Account, Run

# LocalStack looks at each minute one by one
HOUR = ("--hours", "1")


def sample(
    name: str, *, errors: int = 0, latency: float = 20.0, invocations: int = 6000, intervals: int = 60
) -> Traffic:
    latencies = tuple(latency + (number % 5) * 0.1 for number in range(intervals))
    return Traffic(name, invocations, errors, latencies)


@pytest.mark.parametrize(
    ("shadow", "verdict"),
    [
        (sample("shadow"), "within limits"),
        (sample("shadow", errors=20, latency=15.0), "within limits"),
        (sample("shadow", errors=300), "worse"),
        (sample("shadow", latency=40.0), "worse"),
        (sample("shadow", errors=5, invocations=1000), "undecided"),
        (sample("shadow", invocations=999), "too little data"),
        (sample("shadow", intervals=29), "too little data"),
    ],
)
def test_the_verdict_needs_confidence(shadow: Traffic, verdict: str) -> None:
    compared = compare(sample("production", errors=6), shadow, Limits())
    assert compared.verdict == verdict
    assert compared.may_be_promoted is (verdict == "within limits")
    assert bool(compared.reasons) is (verdict != "within limits")


def test_the_interval_of_two_proportions_is_newcombes() -> None:
    """The published example: 56/70 - 48/80 is 0.2 with the interval 0.0524 to 0.3339."""
    wanted = Traffic("shadow", 70, 56, (1.0, 1.0)), Traffic("production", 80, 48, (1.0, 1.0))
    found = compare(wanted[1], wanted[0], Limits(min_invocations=1, min_intervals=2)).errors
    assert found
    assert (found.difference, found.low, found.high) == pytest.approx((20.0, 5.24, 33.39), abs=0.01)


def test_agreement_that_is_asked_for_needs_captured_answers() -> None:
    compared = compare(sample("production"), sample("shadow"), Limits(agreement_percent=90))
    assert (compared.verdict, compared.reasons) == ("too little data", ("no captured answers, and 90 % must agree",))


def measure(account: Account, variant: str, *, errors: int, latency: float) -> None:
    dimensions = [{"Name": "EndpointName", "Value": "demo-staging"}, {"Name": "VariantName", "Value": variant}]
    start = datetime.now(UTC) - timedelta(minutes=50)
    data: list[dict[str, Any]] = []
    for minute in range(40):
        at = {"Dimensions": dimensions, "Timestamp": start + timedelta(minutes=minute)}
        microseconds = 1000 * (latency + minute % 3)
        data += [
            {"MetricName": "Invocations", "Value": 100.0, **at},
            {"MetricName": "Invocation5XXErrors", "Value": float(errors), **at},
            {"MetricName": "ModelLatency", "Value": microseconds, **at},
        ]
    account.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=data)


class Staging:
    """An endpoint with version 1 in production and version 2 in the shadow variant, and its environments file."""

    def __init__(self, account: Account, folder: Path) -> None:
        self.account, self.folder = account, folder
        self.bucket = f"captured-{account.number}"
        account.client("s3").create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        account.sagemaker.create_model_package_group(ModelPackageGroupName="demo")
        self.versions = [self._version(number) for number in (1, 2)]
        variants = [
            {"VariantName": name, "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
            for name in ("production", "shadow")
        ]
        account.sagemaker.create_endpoint_config(
            EndpointConfigName="demo",
            ProductionVariants=variants[:1],
            ShadowProductionVariants=variants[1:],
            DataCaptureConfig={
                "EnableCapture": True,
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": f"s3://{self.bucket}/captured",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
                "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
            },
        )
        account.sagemaker.create_endpoint(EndpointName="demo-staging", EndpointConfigName="demo")
        environment = {"account_id": account.number, "value": "model.json", "candidate": "candidate.json"}
        document = {"project": "demo", "region": REGION, "registry": "staging", "group": "demo"}
        (folder / "mlpipe.yaml").write_text(json.dumps({**document, "environments": {"staging": environment}}))
        for index, name in enumerate(("model.json", "candidate.json")):
            self.write(name, self.value(index))

    def _version(self, number: int) -> str:
        arn = self.account.sagemaker.create_model_package(
            ModelPackageGroupName="demo",
            ModelApprovalStatus="Approved",
            InferenceSpecification={
                "Containers": [{"Image": f"serve:{number}", "ModelDataUrl": "s3://models/1"}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        )["ModelPackageArn"]
        self.account.sagemaker.create_model(
            ModelName=("production", "shadow")[number - 1],
            PrimaryContainer={"ModelPackageName": arn},
            ExecutionRoleArn=f"arn:aws:iam::{self.account.number}:role/x",
        )
        return str(arn)

    def value(self, index: int) -> dict[str, Any]:
        return {"version": index + 1, "model_package_arn": self.versions[index], "more": True}

    def write(self, name: str, value: dict[str, Any]) -> None:
        (self.folder / name).write_text(json.dumps(value))

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def invoke(self, count: int, *, shadow: str) -> None:
        """Send requests that the shadow variant answers with ``shadow``, and production with 0.25."""
        for variant, body in (("production", "0.25"), ("shadow", shadow)):
            self.account.control("answers", variant=variant, body=body, content_type="text/csv")
        client = self.account.client("sagemaker-runtime")
        for number in range(count):
            client.invoke_endpoint(
                EndpointName="demo-staging", Body=f"{number}", ContentType="text/csv", InferenceId=f"{shadow}-{number}"
            )


@pytest.fixture
def staging(account: Account, tmp_path: Path) -> Staging:
    return Staging(account, tmp_path)


def test_a_shadow_within_the_limits_becomes_production(staging: Staging, mlpipe: Run, tmp_path: Path) -> None:
    account = staging.account
    promote = ("shadow", "promote", "-e", "staging", *HOUR, "--yes")

    refused = mlpipe(account, *promote, "--no-captured", code=1)
    assert "production has 0 invocations, expected 1000" in refused.err

    measure(account, "production", errors=0, latency=20.0)
    measure(account, "shadow", errors=9, latency=18.0)
    worse = mlpipe(account, "shadow", "status", "-e", "staging", *HOUR, "--no-captured", "--json", code=1).document
    assert (worse["verdict"], worse["shadow"]["errors"], worse["answers"]) == ("worse", 360.0, None)
    assert staging.read("model.json") == staging.value(0)

    # a candidate that is not deployed yet has no values: those are of the version that the shadow variant runs
    other = {**staging.value(1), "version": 3, "model_package_arn": staging.versions[0]}
    staging.write("candidate.json", other)
    words = (*promote, "--max-error-points", "15", "--no-captured")
    assert f"the shadow variant runs {staging.versions[1]}, " in mlpipe(account, *words, code=1).err
    staging.write("candidate.json", staging.value(1))
    staging.write("model.json", {**staging.value(0), "approved_by": "bob"})
    mlpipe(account, *words, code=0)
    assert staging.read("model.json") == {**staging.value(1), "approved_by": "bob"}
    assert "nothing to do" in mlpipe(account, *words, code=0).err

    staging.write("candidate.json", other)
    mlpipe(account, "shadow", "discard", "-e", "staging", "--yes", code=0)
    assert staging.read("candidate.json") == {**staging.value(1), "approved_by": "bob"}
    lines = [json.loads(line) for line in (tmp_path / ".mlpipe/audit.jsonl").read_text().splitlines()]
    assert [(one["version"], one["result"]) for one in lines] == [(2, "done"), (2, "done")]


def test_captured_answers_are_compared_with_confidence(staging: Staging, mlpipe: Run) -> None:
    account = staging.account
    measure(account, "production", errors=0, latency=20.0)
    measure(account, "shadow", errors=0, latency=20.0)
    status = ("shadow", "status", "-e", "staging", *HOUR, "--max-latency-percent", "1000", "--json")
    staging.invoke(10, shadow="0.2500001")

    little = mlpipe(account, *status, code=1).document
    assert little["reasons"] == ["10 captured answers of both variants to the same request, expected 100"]

    enough = (*status, "--min-answers", "10")
    same = mlpipe(account, *enough, "--min-agreement", "70", code=0).document
    assert same["answers"] == {"compared": 10, "agreed": 10, "unreadable": 0}
    assert (same["agreement"]["percent"], round(same["agreement"]["low"], 1)) == (100.0, 72.2)  # Wilson's interval

    staging.invoke(10, shadow="0.3")
    s3 = account.client("s3")
    s3.put_object(Bucket=staging.bucket, Key="captured/demo-staging/shadow/9999/01/01/00/x.jsonl", Body=b"{}\n")
    half = mlpipe(account, *enough, "--min-agreement", "70", code=1).document
    assert (half["answers"], half["verdict"]) == ({"compared": 20, "agreed": 10, "unreadable": 1}, "undecided")
    assert mlpipe(account, *enough, "--min-agreement", "80", code=1).document["verdict"] == "worse"
    assert mlpipe(account, *enough, "--min-agreement", "70", "--tolerance", "0.1", code=0)

    s3.delete_object(Bucket=staging.bucket, Key="captured/demo-staging/shadow/9999/01/01/00/x.jsonl")


def test_without_hours_only_values_since_the_deployment_count(staging: Staging, mlpipe: Run) -> None:
    measure(staging.account, "production", errors=0, latency=20.0)
    measure(staging.account, "shadow", errors=0, latency=20.0)
    found = mlpipe(staging.account, "shadow", "status", "-e", "staging", "--no-captured", "--json", code=1).document
    assert (found["verdict"], found["shadow"]["invocations"]) == ("too little data", 0.0)
    told = mlpipe(staging.account, "shadow", "status", "-e", "staging", *HOUR, "--no-captured", code=0)
    assert "what is older belongs to other versions" in told.err


def test_a_shadow_variant_without_a_version_is_not_promoted(staging: Staging, mlpipe: Run) -> None:
    variants = [
        {"VariantName": name, "ModelName": "plain", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        for name in ("production", "shadow")
    ]
    client = staging.account.sagemaker
    client.create_model(
        ModelName="plain",
        PrimaryContainer={"Image": "serve:1"},
        ExecutionRoleArn=f"arn:aws:iam::{staging.account.number}:role/x",
    )
    client.create_endpoint_config(
        EndpointConfigName="plain", ProductionVariants=variants[:1], ShadowProductionVariants=variants[1:]
    )
    client.update_endpoint(EndpointName="demo-staging", EndpointConfigName="plain")
    for variant in ("production", "shadow"):
        measure(staging.account, variant, errors=0, latency=20.0)
    staging.write("candidate.json", {"version": 2, "image": "serve:2"})
    refused = mlpipe(staging.account, "shadow", "promote", "-e", "staging", *HOUR, "--yes", code=1)
    assert "the shadow variant runs no version, " in refused.err
    assert staging.read("model.json") == staging.value(0)


def test_times_of_captured_data_are_utc() -> None:
    since = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=1)))  # 11:00 UTC
    times = {"old": "2026-01-01T10:59:59Z", "new": "2026-01-01T11:00:00Z", "bare": "2026-01-01T11:30:00"}
    lines = [
        json.dumps(
            {
                "captureData": {"endpointOutput": {"encoding": "CSV", "data": text}},
                "eventMetadata": {"eventId": text, "inferenceTime": time},
            }
        )
        for text, time in times.items()
    ]
    found = [record.output[1] for record in _parsed("\n".join(lines), since) if record]
    assert found == ["new", "bare"]


@pytest.mark.parametrize(
    ("production", "shadow", "same"),
    [
        (("CSV", "0.5,a\n1,b\n"), ("CSV", "0.5000001,a\n1.0,b"), True),
        (("CSV", "0.5,a"), ("CSV", "0.5,b"), False),
        (("CSV", "0.5"), ("CSV", "0.5,0.5"), False),
        (("JSON", '{"a": [1, true], "b": null}'), ("JSON", '{"b": null, "a": [1.0000001, true]}'), True),
        (("JSON", '{"a": 1}'), ("JSON", '{"a": 1, "b": 1}'), False),
        (("JSON", '{"a": true}'), ("JSON", '{"a": 1}'), False),
        (("JSON", "not JSON"), ("JSON", "not json"), False),
        (("BASE64", "AAAA"), ("BASE64", "AAAA"), True),
        (("BASE64", "AAAA"), ("BASE64", "AAAB"), False),
        (("CSV", "1"), ("JSON", "1"), False),
    ],
)
def test_numbers_agree_within_the_tolerance_and_all_else_exactly(
    production: tuple[str, str], shadow: tuple[str, str], same: bool
) -> None:
    assert agree(production, shadow, 1e-6) is same
