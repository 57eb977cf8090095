from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError

from modproof import emulator
from modproof.core.errors import ConfigurationError, EmulatorError, ModproofError, SafetyError
from modproof.core.project import EmulatorSettings, Project, Settings
from modproof.emulator import endpoint


class _NoEmulator(BaseHTTPRequestHandler):
    """A server that answers every request with a text."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


class _Other(BaseHTTPRequestHandler):
    """An emulator with a health address and STS, and without LocalStack's addresses."""

    def do_GET(self) -> None:
        self._answer(200 if self.path == "/health" else 404, b"ok")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers["Authorization"].partition("Credential=")[2].partition("/")[0]
        self._answer(
            200,
            f"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{key}</Account>"
            "</GetCallerIdentityResult></GetCallerIdentityResponse>".encode(),
        )

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def address() -> Iterator[str]:
    with _served(_Other) as url:
        yield url


def _project(folder: Path, **settings: object) -> Project:
    return Project(folder, Settings(emulator=EmulatorSettings.model_validate(settings)))


def test_health_address_of_another_emulator_is_configurable(tmp_path: Path, address: str) -> None:
    with emulator.running(_project(tmp_path, health="/health"), endpoint_url=address) as found:
        assert (found.endpoint_url, found.ours, found.sagemaker) == (address, False, False)
    with (
        pytest.raises(EmulatorError, match=f"{address}/_localstack/health"),
        emulator.running(_project(tmp_path), endpoint_url=address),
    ):
        pass


def test_one_account_is_used_by_one_story_at_a_time(tmp_path: Path, address: str) -> None:
    project = _project(tmp_path, health="/health", account="000000000000")
    with emulator.running(project, endpoint_url=address) as found:
        assert {found.new_account(), found.new_account()} == {"000000000000"}
        with found.turn() as taken:
            assert taken
            assert not found._only_account.acquire(blocking=False)
        identity = found.session(found.new_account(), "eu-west-1").client("sts").get_caller_identity()
        assert identity["Account"] == "000000000000"
    with emulator.running(_project(tmp_path, health="/health"), endpoint_url=address) as found:
        assert found.new_account() != found.new_account()


def test_services_have_their_own_addresses(tmp_path: Path, address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        urls = {"application-autoscaling": f"http://localhost:{port}", "sts": address, "sagemaker": f"127.0.0.1:{port}"}
        project = _project(tmp_path, health="/health", endpoints=urls)
        with emulator.running(project, endpoint_url=address) as found:
            assert found.sagemaker
            assert found.service_variables == {
                "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING": f"http://127.0.0.1:{port}",
                "AWS_ENDPOINT_URL_SAGEMAKER": f"http://127.0.0.1:{port}",
                "AWS_ENDPOINT_URL_STS": address,
            }
            session = found.session("123456789012", "eu-west-1")
            assert session.client("sts").meta.endpoint_url == address
            assert session.client("sagemaker").meta.endpoint_url == f"http://127.0.0.1:{port}"
            assert session.client("s3").meta.endpoint_url == address


def test_address_of_a_service_without_a_server_is_reported(tmp_path: Path, address: str) -> None:
    unused = f"http://127.0.0.1:{endpoint.free_port()}"
    project = _project(tmp_path, health="/health", endpoints={"sts": address, "sagemaker": unused})
    with (
        pytest.raises(EmulatorError, match=f"no server listens at {unused}, the address of sagemaker"),
        emulator.running(project, endpoint_url=address),
    ):
        pass


def test_server_of_a_service_that_ends_is_named(tmp_path: Path, address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with emulator.running(
            _project(tmp_path, health="/health", endpoints={"sts": url}), endpoint_url=address
        ) as found:
            found.check("apply of x")
            server.close()
            with pytest.raises(EmulatorError, match=f"the emulator died during apply of x: {url} does not answer"):
                found.check("apply of x")


@pytest.mark.parametrize(
    ("endpoints", "error"),
    [
        ({"sagemaker": "http://10.0.0.5:4567"}, SafetyError),
        ({"sagemaker": "https://localstack.example"}, SafetyError),
        ({"sagemaker": "https://api.sagemaker.eu-west-1.amazonaws.com"}, SafetyError),
        ({"sagemakr": "http://127.0.0.1:4567"}, ConfigurationError),
    ],
)
def test_address_of_a_service_must_be_on_loopback(
    tmp_path: Path, address: str, endpoints: dict[str, str], error: type[ModproofError]
) -> None:
    project = _project(tmp_path, health="/health", endpoints=endpoints)
    with pytest.raises(error), emulator.running(project, endpoint_url=address):
        pass


@pytest.mark.parametrize("call", ["sts.get_caller_identity", "ec2.describe_vpcs", "iam.list_roles"])
def test_answers_that_are_not_from_aws_are_an_error_of_botocore(tmp_path: Path, call: str) -> None:
    service, method = call.split(".")
    with (
        _served(_NoEmulator) as url,
        emulator.running(_project(tmp_path, health="/"), endpoint_url=url) as found,
        pytest.raises(BotoCoreError, match="the server's answer is not one of AWS"),
    ):
        getattr(found.session("123456789012", "eu-west-1").client(service), method)()
