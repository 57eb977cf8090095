"""`localstack-sagemaker serve`: the core without LocalStack, in front of another emulator."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from emulated.account import Account, error_of, wait_for
from emulated.recipes import make
from werkzeug import Request
from werkzeug.test import Client, EnvironBuilder

from localstack_sagemaker.others import Detached, connect, others
from localstack_sagemaker.standalone.app import Application
from localstack_sagemaker.standalone.forward import forward
from localstack_sagemaker.standalone.main import main

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}


def _policy(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_serve_imports_no_localstack() -> None:
    code = (
        "import sys, localstack_sagemaker.standalone.main as main\n"
        "main.Application(main.Detached())\n"
        "print([name for name in ('localstack', 'moto', 'rolo', 'boto3') if name in sys.modules])"
    )
    completed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert completed.stdout.strip() == "[]"


def test_verbose_logs_requests_and_no_headers() -> None:
    command = [sys.executable, "-m", "localstack_sagemaker.standalone.main", "serve", "--port", "0", "--verbose"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        headers = {"X-Amz-Target": "SageMaker.ListModels", "Authorization": "AWS4-HMAC-SHA256 Credential=secret/"}
        with urllib.request.urlopen(urllib.request.Request(address, b"{}", headers), timeout=10) as response:
            assert response.status == 200
        process.kill()
        log = process.communicate()[1]
    assert "POST / HTTP/1.1" in log
    assert "botocore" not in log
    assert "secret" not in log


def test_one_address_has_the_services_of_both(served: Account) -> None:
    with urllib.request.urlopen(f"{served.url}/_localstack/health", timeout=10) as response:
        health = json.load(response)
    assert health["edition"] == "localstack-sagemaker"
    assert {"sagemaker", "sagemaker-runtime", "budgets", "s3", "iam"} <= health["services"].keys()
    bucket, s3 = served.bucket(), served.client("s3")
    s3.put_object(Bucket=bucket, Key="a b/ü%2F?", Body=b"text")
    assert s3.head_object(Bucket=bucket, Key="a b/ü%2F?")["ContentLength"] == 4
    assert s3.get_object(Bucket=bucket, Key="a b/ü%2F?")["Body"].read() == b"text"


def test_states_are_separate_from_those_in_localstack(url: str, served: Account) -> None:
    make(served, "Model")
    assert len(served.sagemaker.list_models()["Models"]) == 1
    assert Account(url, served.number).sagemaker.list_models()["Models"] == []


def test_a_role_decides_with_the_policies_of_the_other_emulator(served: Account) -> None:
    iam = served.client("iam")
    assumer = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    trust = _policy(TRUST, assumer)
    arn = iam.create_role(RoleName="reader", Path="/team/", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"}
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=_policy(allowed))
    assert served.control("/enforcement", "PUT", enabled=True).status == 200
    keys = served.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    reader = Account(served.url, served.number, credentials=keys)
    assert reader.sagemaker.list_models()["Models"] == []
    code, message = error_of(lambda: reader.sagemaker.list_endpoints())
    assert code == "AccessDeniedException"
    assert "assumed-role/reader/session is not authorized to perform: sagemaker:ListEndpoints" in message
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=_policy({**allowed, "Action": "sagemaker:*"}))
    assert reader.sagemaker.list_endpoints()["Endpoints"] == []


def test_a_role_of_another_account_is_the_caller_even_if_it_does_not_exist(served: Account) -> None:
    other = Account(served.url)
    role = f"arn:aws:iam::{other.number}:role/reader"
    keys = served.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    served.sagemaker.create_model_package_group(ModelPackageGroupName="shared")
    group = served.arn("model-package-group/shared")
    granted = {"Effect": "Allow", "Principal": {"AWS": role}, "Resource": group}
    policy = _policy({**granted, "Action": "sagemaker:DescribeModelPackageGroup"})
    served.sagemaker.put_model_package_group_policy(ModelPackageGroupName="shared", ResourcePolicy=policy)
    reader = Account(served.url, other.number, credentials=keys)
    described = reader.sagemaker.describe_model_package_group(ModelPackageGroupName=group)
    assert described["ModelPackageGroupArn"] == group
    stranger = Account(served.url).sagemaker
    assert error_of(lambda: stranger.describe_model_package_group(ModelPackageGroupName=group))[0] == (
        "AccessDeniedException"
    )


def test_network_interfaces_are_in_the_other_emulator(served: Account) -> None:
    ec2 = served.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]

    def interfaces() -> list[str]:
        filters = [{"Name": "subnet-id", "Values": [subnet]}]
        found = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
        return [one["NetworkInterfaceId"] for one in found]

    made = served.sagemaker.create_notebook_instance(
        NotebookInstanceName="n",
        InstanceType="ml.t3.medium",
        RoleArn=served.arn("role/r", "iam").replace(f":{served.region}:", "::"),
        SubnetId=subnet,
        SecurityGroupIds=[group],
    )
    assert made["NotebookInstanceArn"].endswith("notebook-instance/n")
    described = served.sagemaker.describe_notebook_instance(NotebookInstanceName="n")
    assert interfaces() == [described["NetworkInterfaceId"]]
    served.sagemaker.stop_notebook_instance(NotebookInstanceName="n")
    served.sagemaker.delete_notebook_instance(NotebookInstanceName="n")
    assert wait_for(lambda: not interfaces())


def test_a_reply_is_streamed(served: Account) -> None:
    make(served, "Endpoint")
    served.set_answer(body="one\ntwo\n", content_type="text/plain")
    answer = served.runtime.invoke_endpoint_with_response_stream(EndpointName="example", Body=b"1")
    assert [event["PayloadPart"]["Bytes"] for event in answer["Body"]] == [b"one\n", b"two\n"]


@pytest.fixture
def alone() -> Iterator[Client]:
    """The application without other services, in this process."""
    before = others()
    yield Client(Application(Detached()))
    connect(before)


def test_bad_requests_are_4xx(alone: Client) -> None:
    def send(target: str, body: bytes, scope: str = "sagemaker") -> tuple[int, str]:
        credential = f"AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/{scope}/aws4_request"
        response = alone.post("/", data=body, headers={"X-Amz-Target": target, "Authorization": credential})
        document = response.get_json(force=True)
        return response.status_code, document["__type"]

    assert send("SageMaker.Nothing", b"{}") == (400, "UnknownOperationException")
    assert send("SageMaker.ListModels", b"[]") == (400, "SerializationException")
    assert send("SageMaker.ListModels", b"{") == (400, "SerializationException")
    assert send("SageMaker.ListModels", b"[" * 100_000) == (400, "SerializationException")
    assert send("SageMaker.ListModels", b'{"CreationTimeAfter": "now"}') == (400, "SerializationException")
    assert send("SageMaker.CreateModel", b"{}") == (400, "ValidationException")
    assert send("AmazonS3.Nothing", b"{}", "s3") == (400, "UnknownOperationException")
    assert alone.get("/_localstack/sagemaker/nothing").status_code == 404
    assert alone.delete("/_localstack/sagemaker").status_code == 405
    assert alone.get("/_localstack/sagemaker/clock?account=1").status_code == 400


def _signed(service: str = "sagemaker") -> dict[str, str]:
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential=123456789012/20260101/us-east-1/{service}/aws4_request"}


def _call(client: Client, operation: str, **request: object) -> tuple[int, dict[str, object]]:
    headers = {**_signed(), "X-Amz-Target": f"SageMaker.{operation}"}
    response = client.post("/", data=json.dumps(request), headers=headers)
    return response.status_code, response.get_json(force=True)


def test_labels_may_be_arns_and_queries_may_be_lists(alone: Client) -> None:
    alone.put("/_localstack/sagemaker/clock", json={"mode": "instant"})
    definitions = [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "time")]
    status, created = _call(
        alone,
        "CreateFeatureGroup",
        FeatureGroupName="served",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="time",
        FeatureDefinitions=definitions,
        OnlineStoreConfig={"EnableOnlineStore": True},
    )
    assert status == 200, created
    path = f"/FeatureGroup/{quote(str(created['FeatureGroupArn']), safe='')}"
    values = {"id": "a", "time": "2026-01-01T00:00:00Z"}
    record = [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]
    sent = alone.put(path, json={"Record": record, "TargetStores": ["OnlineStore"]}, headers=_signed())
    assert sent.status_code == 200, sent.text
    query = "RecordIdentifierValueAsString=a&FeatureName=id&FeatureName=time"
    found = alone.get(f"{path}?{query}", headers=_signed()).get_json(force=True)
    assert found["Record"] == record


def test_a_role_cannot_decide_without_the_other_services(alone: Client) -> None:
    alone.put("/_localstack/sagemaker/enforcement", json={"enabled": True})
    try:
        role = "arn:aws:iam::123456789012:role/r"
        _, refused = _call(alone, "CreateModel", ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
    finally:
        alone.delete("/_localstack/sagemaker/enforcement")
    assert refused["__type"] == "UnsupportedOperation"
    assert "--services-endpoint" in str(refused["message"])


def test_another_program_at_the_services_endpoint_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"SSH-2.0-server\r\n")

        threading.Thread(target=answer, daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        response = forward(address, EnvironBuilder("/").get_request(Request))
    assert response.status_code == 400
    assert f"{address} does not answer" in response.get_data(as_text=True)


@pytest.mark.parametrize(
    "arguments", [["--port", "70000"], ["--port", "-1"], ["--host", "nowhere"], ["--account", "1"]], ids=" ".join
)
def test_bad_arguments_are_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        main(["serve", *arguments])
    assert error.value.code == 2
    assert arguments[0] in capsys.readouterr().err
