"""Invocations of endpoints: replies, variants, shadow variants, and failures."""

from __future__ import annotations

import collections
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulated.account import Account, error_of, wait_for
from emulated.recipes import IMAGE, make

INSTANCES = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}


def deploy(account: Account, weights: dict[str, float], **config: Any) -> None:
    """Create endpoint `e` on configuration `c`, with a model for each variant."""
    variants = []
    for name, weight in weights.items():
        make(account, "Model", ModelName=f"model-{name}")
        variant = {"VariantName": name, "ModelName": f"model-{name}", "InitialVariantWeight": weight}
        variants.append(variant | INSTANCES)
    client = account.sagemaker
    client.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants, **config)
    client.create_endpoint(EndpointName="e", EndpointConfigName="c")


def invoke(account: Account, body: bytes = b"1,2", **more: Any) -> Any:
    return account.runtime.invoke_endpoint(EndpointName="e", Body=body, ContentType="text/csv", **more)


def body_of(response: Any) -> Any:
    return json.loads(response["Body"].read())


def test_echo_contains_the_target(account: Account) -> None:
    deploy(account, {"main": 1})
    response = invoke(account)
    assert response["ContentType"] == "application/json"
    assert response["InvokedProductionVariant"] == "main"
    headers = response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-invoked-production-variant"] == "main"
    assert body_of(response) == {
        "endpoint": "e",
        "config": "c",
        "variant": "main",
        "model": "model-main",
        "image": IMAGE,
        "contentType": "text/csv",
        "input": "1,2",
    }


def test_traffic_is_split_by_weight(account: Account) -> None:
    deploy(account, {"many": 9, "few": 1, "none": 0})
    counted = collections.Counter(invoke(account)["InvokedProductionVariant"] for _ in range(200))
    assert counted["none"] == 0
    # 20 of 200 are expected; the bounds fail by chance once in ten million runs
    assert 2 <= counted["few"] <= 48
    assert counted["many"] + counted["few"] == 200


def test_new_weights_apply_immediately(account: Account) -> None:
    deploy(account, {"a": 1, "b": 0})
    assert {invoke(account)["InvokedProductionVariant"] for _ in range(10)} == {"a"}
    wanted = [{"VariantName": "a", "DesiredWeight": 0.0}, {"VariantName": "b", "DesiredWeight": 1.0}]
    account.sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=wanted)
    assert {invoke(account)["InvokedProductionVariant"] for _ in range(10)} == {"b"}


def test_target_variant(account: Account) -> None:
    deploy(account, {"a": 1, "b": 0})
    response = invoke(account, TargetVariant="b")
    assert response["InvokedProductionVariant"] == "b"
    assert body_of(response)["model"] == "model-b"
    code, message = error_of(lambda: invoke(account, TargetVariant="c"))
    assert code == "ValidationError"
    assert "Variant c not found" in message


@pytest.mark.parametrize("match", [{"model": "model-a"}, {"image": "*/example:*", "variant": "a"}, {"endpoint": "e"}])
def test_set_answer(account: Account, match: dict[str, str]) -> None:
    deploy(account, {"a": 1, "b": 0})
    account.set_answer(body={"score": 0.5}, custom_attributes="trace", **match)
    response = invoke(account)
    assert (body_of(response), response["CustomAttributes"]) == ({"score": 0.5}, "trace")
    if match != {"endpoint": "e"}:
        assert body_of(invoke(account, TargetVariant="b"))["variant"] == "b"


def test_answers_apply_newest_first_and_expire(account: Account) -> None:
    deploy(account, {"main": 1})
    account.set_answer(body="always", content_type="text/plain")
    account.set_answer(body_base64="AAE=", content_type="application/octet-stream", times=1)
    first, second = invoke(account), invoke(account)
    assert (first["Body"].read(), first["ContentType"]) == (b"\x00\x01", "application/octet-stream")
    assert (second["Body"].read(), second["ContentType"]) == (b"always", "text/plain")
    assert account.control("/answers", "DELETE").document == {"removed": 2}
    assert body_of(invoke(account))["input"] == "1,2"


def test_answers_apply_to_one_account(account: Account) -> None:
    other = Account(account.url)
    other.set_clock("instant")
    for one in (account, other):
        deploy(one, {"main": 1})
    account.set_answer(body="mine")
    assert invoke(account)["Body"].read() == b"mine"
    assert body_of(invoke(other))["variant"] == "main"


def test_handler_of_an_installed_package(account: Account) -> None:
    deploy(account, {"adds": 1, "main": 0})
    assert body_of(invoke(account)) == {"sum": 3, "variant": "adds"}
    assert body_of(invoke(account, TargetVariant="main"))["input"] == "1,2"
    account.set_answer(model="model-adds", body="set by answer", times=1)
    assert invoke(account)["Body"].read() == b"set by answer"


def test_handler_in_a_file_reads_the_artefact_of_a_version_of_another_account(account: Account) -> None:
    owner = Account(account.url)
    owner.set_clock("instant")
    bucket = f"models-{owner.number}"
    owner.client("s3").create_bucket(Bucket=bucket)
    owner.client("s3").put_object(Bucket=bucket, Key="1/model.json", Body=b'{"slope": 3}')
    image = f"{owner.number}.dkr.ecr.us-east-1.amazonaws.com/linear@sha256:{'1' * 64}"
    owner.sagemaker.create_model_package_group(ModelPackageGroupName="g")
    package = owner.sagemaker.create_model_package(
        ModelPackageGroupName="g",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": f"s3://{bucket}/1/model.json"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account.number}:root"},
        "Action": "sagemaker:CreateModel",
        "Resource": package,
    }
    owner.sagemaker.put_model_package_group_policy(
        ModelPackageGroupName="g", ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    make(account, "Model", ModelName="model", PrimaryContainer={"ModelPackageName": package})
    variants = [{"VariantName": "main", "ModelName": "model", **INSTANCES}]
    account.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants)
    account.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert body_of(account.runtime.invoke_endpoint(EndpointName="e", Body=b"2")) == {"y": 6.0}


def test_handler_exception_is_a_model_error(account: Account) -> None:
    container = {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/failing:1"}
    make(account, "Model", ModelName="model", PrimaryContainer=container)
    variants = [{"VariantName": "main", "ModelName": "model", **INSTANCES}]
    account.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants)
    account.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    code, message = error_of(lambda: invoke(account))
    assert code == "ModelError"
    assert 'server error (500) from primary with message "ValueError: not today"' in message


@pytest.mark.parametrize(("status", "word"), [(400, "client"), (503, "server")])
def test_container_error_is_a_model_error(account: Account, status: int, word: str) -> None:
    deploy(account, {"main": 1})
    account.set_answer(status=status, body="no luck")
    with pytest.raises(ClientError) as caught:
        invoke(account)
    response = caught.value.response
    assert response["Error"]["Code"] == "ModelError"
    assert response["Error"]["Message"].startswith(
        f'Received {word} error ({status}) from primary with message "no luck". See https://us-east-1.console.aws'
    )
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == status
    assert response["OriginalMessage"] == "no luck"
    assert response["LogStreamArn"].endswith(":log-group:/aws/sagemaker/Endpoints/e")


@pytest.mark.parametrize("deleted", ["configuration", "model"])
def test_deleting_parts_of_a_live_variant_fails_invocations(account: Account, deleted: str) -> None:
    deploy(account, {"main": 1})
    invoke(account)
    client = account.sagemaker
    if deleted == "model":
        client.delete_model(ModelName="model-main")
    else:
        client.delete_endpoint_config(EndpointConfigName="c")
    code, message = error_of(lambda: invoke(account))
    assert code == "ModelError"
    assert "Could not find" in message
    assert deleted in message
    assert client.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService"


def test_update_drops_no_request_if_old_parts_are_deleted_last(account: Account) -> None:
    deploy(account, {"main": 1})
    client = account.sagemaker
    make(account, "Model", ModelName="next")
    variants = [{"VariantName": "main", "ModelName": "next", **INSTANCES}]
    client.create_endpoint_config(EndpointConfigName="d", ProductionVariants=variants)
    account.set_clock("manual")
    client.update_endpoint(EndpointName="e", EndpointConfigName="d")
    assert body_of(invoke(account))["config"] == "c"
    account.advance(300)
    assert body_of(invoke(account))["config"] == "d"
    client.delete_endpoint_config(EndpointConfigName="c")
    client.delete_model(ModelName="model-main")
    assert body_of(invoke(account))["model"] == "next"


@pytest.fixture
def created(account: Account) -> Iterator[Account]:
    """An account with an endpoint in status Creating."""
    account.set_clock("manual")
    deploy(account, {"main": 1})
    yield account


def test_endpoint_must_be_in_service(created: Account) -> None:
    expected = ("ValidationError", f"Endpoint e of account {created.number} not found.")
    assert error_of(lambda: invoke(created)) == expected
    created.advance(240)
    invoke(created)
    created.sagemaker.delete_endpoint(EndpointName="e")
    assert error_of(lambda: invoke(created)) == expected
    created.advance(10)
    assert error_of(lambda: invoke(created)) == expected


def test_failed_endpoint_rejects_invocations(account: Account) -> None:
    account.inject_fault("fail", operation="CreateEndpoint")
    deploy(account, {"main": 1})
    assert error_of(lambda: invoke(account))[0] == "ValidationError"


def test_too_large_request_is_rejected(account: Account) -> None:
    deploy(account, {"main": 1})
    code, message = error_of(lambda: invoke(account, b"x" * (6 * 1024 * 1024 + 1)))
    assert code == "ValidationError"
    assert "is larger than 6291456 bytes" in message


def test_invocations_can_be_throttled(account: Account) -> None:
    deploy(account, {"main": 1})
    account.inject_fault("throttle", operation="InvokeEndpoint", name="e", times=2)
    assert [error_of(lambda: invoke(account))[0] for _ in range(2)] == ["ThrottlingException"] * 2
    invoke(account)


def test_a_response_stream_has_a_part_for_each_line(account: Account) -> None:
    make(account, "Endpoint")
    account.set_answer(endpoint="example", body="data: 1\ndata: 2\n", content_type="text/event-stream")
    response = account.runtime.invoke_endpoint_with_response_stream(EndpointName="example", Body=b"x")
    assert [one["PayloadPart"]["Bytes"] for one in response["Body"]] == [b"data: 1\n", b"data: 2\n"]


def test_a_response_stream_of_no_endpoint_is_refused(account: Account) -> None:
    stream = account.runtime.invoke_endpoint_with_response_stream
    code, message = error_of(lambda: stream(EndpointName="none", Body=b"x"))
    assert (code, message) == ("ValidationError", f"Endpoint none of account {account.number} not found.")


def captured(account: Account, prefix: str = "capture/") -> list[dict[str, Any]]:
    """Return every line of data capture, with the key of its object."""
    s3, bucket, lines = account.client("s3"), account.bucket_name, []
    for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
        text = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode()
        lines += [{"key": item["Key"], **json.loads(line)} for line in text.splitlines()]
    return lines


def capture(account: Account, percentage: int = 100, *modes: str, **more: Any) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": percentage,
        "DestinationS3Uri": f"s3://{account.bucket_name}/capture",
        "CaptureOptions": [{"CaptureMode": mode} for mode in modes or ("Input", "Output")],
        **more,
    }


def test_input_and_output_are_captured(account: Account) -> None:
    account.bucket()
    deploy(account, {"main": 1}, DataCaptureConfig=capture(account))
    account.set_answer(body={"score": 0.5})
    invoke(account, InferenceId="id-1", CustomAttributes="trace")
    (line,) = wait_for(lambda: captured(account))
    data, event = line["captureData"], line["eventMetadata"]
    assert data["endpointInput"] == {
        "observedContentType": "text/csv",
        "mode": "INPUT",
        "data": "1,2",
        "encoding": "CSV",
    }
    assert data["endpointOutput"] == {
        "observedContentType": "application/json",
        "mode": "OUTPUT",
        "data": '{"score": 0.5}',
        "encoding": "JSON",
    }
    assert line["eventVersion"] == "0"
    assert (event["inferenceId"], event["customAttributes"]) == ("id-1", ["trace"])
    folder = event["inferenceTime"][:13].replace("-", "/").replace("T", "/")
    assert line["key"].startswith(f"capture/e/main/{folder}/")
    assert line["key"].endswith(".jsonl")


def test_only_selected_modes_are_captured(account: Account) -> None:
    account.bucket()
    deploy(account, {"main": 1}, DataCaptureConfig=capture(account, 100, "Input"))
    account.runtime.invoke_endpoint(EndpointName="e", Body=b"\xff", ContentType="image/png")
    (line,) = wait_for(lambda: captured(account))
    assert line["captureData"] == {
        "endpointInput": {
            "observedContentType": "image/png",
            "mode": "INPUT",
            "data": "/w==",
            "encoding": "BASE64",
        }
    }


def test_sampling_percentage(account: Account) -> None:
    account.bucket()
    deploy(account, {"main": 1}, DataCaptureConfig=capture(account, 0))
    for _ in range(5):
        invoke(account)
    assert captured(account) == []


def test_missing_bucket_does_not_fail_the_invocation(account: Account) -> None:
    deploy(account, {"main": 1}, DataCaptureConfig=capture(account))
    assert body_of(invoke(account))["variant"] == "main"


def test_shadow_gets_a_copy_and_its_reply_is_not_returned(account: Account) -> None:
    account.bucket()
    make(account, "Model", ModelName="model-shadow")
    shadow = {"VariantName": "shadow", "ModelName": "model-shadow", "InitialVariantWeight": 1.0, **INSTANCES}
    deploy(account, {"main": 1}, DataCaptureConfig=capture(account), ShadowProductionVariants=[shadow])
    account.set_answer(variant="shadow", status=500, body="broken")
    response = invoke(account)
    assert response["InvokedProductionVariant"] == "main"
    assert body_of(response)["variant"] == "main"
    lines = {line["key"].split("/")[2]: line["captureData"] for line in wait_for(lambda: captured(account))}
    assert lines["shadow"]["endpointInput"] == lines["main"]["endpointInput"]
    assert lines["shadow"]["endpointOutput"]["data"] == "broken"
    assert counted(account, "shadow", "Invocation5XXErrors", 1.0) == 1.0


def counted(account: Account, variant: str, metric: str, wanted: float, statistic: str = "Sum") -> float:
    """Wait until a metric of a variant reaches a value; return it."""

    def look() -> float | None:
        found = account.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": variant}],
            StartTime="2020-01-01T00:00:00Z",
            EndTime="2100-01-01T00:00:00Z",
            Period=3600 * 24 * 365 * 100,
            Statistics=[statistic],
        )["Datapoints"]
        value = sum(one[statistic] for one in found)
        return value if found and value >= wanted else None

    return float(wait_for(look))


def test_invocations_and_errors_are_counted(account: Account) -> None:
    deploy(account, {"main": 1})
    for _ in range(3):
        invoke(account)
    account.set_answer(status=500, body="", times=1)
    error_of(lambda: invoke(account))
    assert counted(account, "main", "Invocations", 4) == 4
    assert counted(account, "main", "Invocation5XXErrors", 1) == 1
    assert counted(account, "main", "InvocationsPerInstance", 2) == 2
    assert counted(account, "main", "ModelLatency", 1) > 0


def test_async_endpoint_writes_its_output(account: Account) -> None:
    s3, bucket = account.client("s3"), account.bucket()
    s3.put_object(Bucket=bucket, Key="in.csv", Body=b"3,4")
    config = {"OutputConfig": {"S3OutputPath": f"s3://{bucket}/out", "S3FailurePath": f"s3://{bucket}/failed"}}
    deploy(account, {"main": 1}, AsyncInferenceConfig=config)
    assert "InvokeEndpointAsync" in error_of(lambda: invoke(account))[1]
    send = account.runtime.invoke_endpoint_async
    response = send(EndpointName="e", InputLocation=f"s3://{bucket}/in.csv", ContentType="text/csv")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 202

    def read(location: str) -> bytes | None:
        bucket, _, key = location.removeprefix("s3://").partition("/")
        try:
            return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except s3.exceptions.NoSuchKey:
            return None

    assert json.loads(wait_for(lambda: read(response["OutputLocation"])))["input"] == "3,4"
    account.set_answer(status=500, body="broken", times=1)
    response = send(EndpointName="e", InputLocation=f"s3://{bucket}/in.csv")
    assert wait_for(lambda: read(response["FailureLocation"])) == b"broken"


def test_target_model_is_required_by_multi_model_endpoints_only(account: Account) -> None:
    many = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/many/"}
    make(account, "Model", ModelName="many", PrimaryContainer=many)
    variant = {"VariantName": "main", "ModelName": "many", **INSTANCES}
    account.sagemaker.create_endpoint_config(EndpointConfigName="many", ProductionVariants=[variant])
    account.sagemaker.create_endpoint(EndpointName="many", EndpointConfigName="many")
    deploy(account, {"main": 1})

    def invoke_named(endpoint: str, **more: str) -> Any:
        return account.runtime.invoke_endpoint(EndpointName=endpoint, Body=b"1", **more)

    assert body_of(invoke_named("many", TargetModel="a.tar.gz"))["model"] == "many"
    assert "TargetModel" in error_of(lambda: invoke_named("many"))[1]
    code, message = error_of(lambda: invoke_named("e", TargetModel="a.tar.gz"))
    assert (code, "is not a multi-model endpoint" in message) == ("ValidationError", True)
