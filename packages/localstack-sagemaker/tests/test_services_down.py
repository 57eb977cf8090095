"""`serve` while the emulator of the other services is slow or does not answer."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from emulated.inprocess import InProcess
from emulated.recipes import make
from werkzeug.serving import make_server
from werkzeug.test import Client

from localstack_sagemaker import errors, status
from localstack_sagemaker.others import connect, others
from localstack_sagemaker.standalone.app import Application
from localstack_sagemaker.standalone.main import main
from localstack_sagemaker.standalone.remote import Remote

ACCOUNT = "123456789012"
MODEL = {"ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "PrimaryContainer": {"Image": "i"}}


@pytest.fixture
def restored() -> Iterator[None]:
    """The connected host afterwards is that of before."""
    before = others()
    yield
    connect(before)


@pytest.fixture
def dead() -> str:
    """The URL of a port without a server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def served(address: str) -> Application:
    application = Application(Remote(address), address)
    Client(application).put("/_localstack/sagemaker/enforcement", json={"account": ACCOUNT, "enabled": True})
    return application


def call(application: Application, operation: str, key: str = ACCOUNT, **request: object) -> tuple[int, dict[str, str]]:
    credential = f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sagemaker/aws4_request"
    headers = {"Authorization": credential, "X-Amz-Target": f"SageMaker.{operation}"}
    response = Client(application).post("/", data=json.dumps(request), headers=headers)
    return response.status_code, response.get_json(force=True)


@pytest.fixture
def slow() -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """The URL of a server that sets the first event for a request, and answers after the second."""
    asked, done = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65536)
                        asked.set()
                        done.wait(30)

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked, done
        done.set()


@pytest.mark.usefixtures("restored")
def test_reads_of_an_account_are_served_while_a_service_is_slow(
    slow: tuple[str, threading.Event, threading.Event],
) -> None:
    address, asked, done = slow
    application = served(address)
    with ThreadPoolExecutor(1) as pool:
        creating = pool.submit(call, application, "CreateModel", ModelName="slow", **MODEL)
        assert asked.wait(30)
        listed = call(application, "ListModels")
        assert not creating.done()
        done.set()
        status, error = creating.result(60)
    assert listed == (200, {"Models": []})
    assert (status, error["__type"]) == (400, "DependencyFailureException")
    assert address in error["message"]
    assert call(application, "ListModels") == (200, {"Models": []})


@pytest.mark.usefixtures("restored")
def test_a_call_that_needs_a_dead_emulator_names_its_address_and_the_remedy(dead: str) -> None:
    application = served(dead)
    for key in (ACCOUNT, "ASIAEXAMPLE"):
        status, error = call(application, "CreateModel", key, ModelName="m", **MODEL)
        assert (status, error["__type"]) == (400, "DependencyFailureException")
        assert dead in error["message"]
        assert "--services-endpoint" in error["message"]
    assert call(application, "CreateModel", ModelName="m", PrimaryContainer={"Image": "i"})[0] == 200


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("service", ["s3", "iam", "dynamodb"])
def test_calls_to_a_dead_emulator_are_errors_that_sdks_do_not_retry(dead: str, service: str) -> None:
    server = make_server("127.0.0.1", 0, served(dead), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = boto3.client(
        service,
        "us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.server_port}",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 5}),
    )
    calls = {"s3": "list_buckets", "iam": "list_roles", "dynamodb": "list_tables"}
    try:
        with pytest.raises(ClientError) as raised:
            getattr(client, calls[service])()
    finally:
        server.shutdown()
    assert raised.value.response["Error"]["Code"] == "DependencyFailureException"
    assert dead in raised.value.response["Error"]["Message"]
    assert raised.value.response["ResponseMetadata"]["RetryAttempts"] == 0


@pytest.mark.usefixtures("restored")
def test_a_dead_emulator_is_reported_at_start(
    dead: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("werkzeug.serving.BaseWSGIServer.serve_forever", stop)
    assert main(["serve", "--port", "0", "--services-endpoint", dead]) == 0
    assert f"{dead} does not answer" in capsys.readouterr().err


def test_a_resource_has_its_later_statuses_although_a_service_did_not_answer_at_an_earlier_one(
    dead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise errors.unreachable(dead, OSError())

    memory = InProcess("123456789088")
    made = make(memory, "App")
    app = {name: made[name] for name in ("DomainId", "UserProfileName", "AppType", "AppName")}
    memory.set_clock("manual")
    memory.sagemaker.delete_app(**app)
    memory.advance(60)
    with monkeypatch.context() as patched, pytest.raises(errors.ServiceFailure):
        patched.setattr(status, "announce", fail)
        memory.sagemaker.list_apps()
    assert [one["Status"] for one in memory.sagemaker.list_apps()["Apps"]] == ["Deleted"]
    memory.advance(86_400)
    assert memory.sagemaker.list_apps()["Apps"] == []
