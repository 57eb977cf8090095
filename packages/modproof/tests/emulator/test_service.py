"""The real LocalStack, with the environment in the user's cache folder, which the first run creates."""

from __future__ import annotations

import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from modproof import emulator
from modproof.core import process
from modproof.core.errors import EmulatorError, SafetyError
from modproof.core.project import Project
from modproof.emulator import Emulator, endpoint, releases, server

from ..conftest import alive, eventually

ROOT = Path(__file__).parents[4]


def processes_below(folder: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if folder in line:
            found.append(line)
    return found


def test_emulator_supports_sagemaker_and_reports_its_version(localstack: Emulator) -> None:
    assert localstack.alive()
    assert localstack.ours
    assert localstack.version == releases.chosen().version
    assert localstack.sagemaker
    session = localstack.session(localstack.new_account(), "eu-west-1")
    assert session.client("sagemaker").list_notebook_instances()


def test_emulator_listens_on_loopback_only(localstack: Emulator) -> None:
    port = int(localstack.endpoint_url.rpartition(":")[2])
    sockets = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    listening = re.findall(rf"^\s*\d+: ([0-9A-F]+):{port:04X} [0-9A-F:]+ 0A ", sockets, re.MULTILINE)
    assert listening == ["0100007F"]


def test_accounts_are_isolated(localstack: Emulator) -> None:
    first, second = localstack.new_account(), localstack.new_account()
    assert len({first, second}) == 2
    assert all(re.fullmatch(r"[1-9]\d{11}", account) for account in (first, second))
    one, two = localstack.session(first, "eu-west-1"), localstack.session(second, "eu-west-1")
    one.client("s3").create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert [bucket["Name"] for bucket in one.client("s3").list_buckets()["Buckets"]] == ["mine"]
    assert two.client("s3").list_buckets()["Buckets"] == []
    assert two.client("sts").get_caller_identity()["Account"] == second
    assert one.resource("s3").Bucket("mine").name == "mine"


def test_session_ignores_the_callers_aws_settings(localstack: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_PROFILE": "no-such-profile",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
    }.items():
        monkeypatch.setenv(name, value)
    account = localstack.new_account()
    assert localstack.session(account, "eu-west-1").client("sts").get_caller_identity()["Account"] == account


def test_emulator_writes_only_to_its_own_folder(localstack: Emulator) -> None:
    session = localstack.session(localstack.new_account(), "eu-west-1")
    session.client("s3").create_bucket(Bucket="written", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert localstack._service is not None
    folder = localstack._service.log.parent
    environment = Path(f"/proc/{localstack._service.pid}/environ").read_bytes().decode().split("\0")
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "FILESYSTEM_ROOT", "CONFIG_DIR"):
        (value,) = [line.partition("=")[2] for line in environment if line.startswith(f"{name}=")]
        assert value.startswith(str(folder))
    opened = [
        str(link.readlink()) for link in Path(f"/proc/{localstack._service.pid}/fd").iterdir() if link.is_symlink()
    ]
    written = [name for name in opened if name.startswith("/") and not name.startswith(("/dev", "/proc", sys.prefix))]
    assert all(name.startswith(str(folder)) for name in written), written


def test_context_end_removes_the_folder_and_the_processes() -> None:
    with emulator.running(Project(ROOT)) as started:
        assert started._service is not None
        folder = started._service.log.parent
        assert processes_below(str(folder))
    assert not folder.exists()
    assert not processes_below(str(folder))


def test_taken_port_is_reported() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(EmulatorError, match=f"port {port} on 127.0.0.1 is taken; use another port"),
            emulator.running(Project(ROOT), port=port),
        ):
            pass


def test_free_port_taken_by_another_program_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        offers = iter([taken.getsockname()[1], endpoint.free_port()])
        monkeypatch.setattr(endpoint, "free_port", lambda: next(offers))
        with emulator.running(Project(ROOT)) as started:
            assert not started.endpoint_url.endswith(f":{taken.getsockname()[1]}")
            assert started.alive()


def test_failed_start_is_reported_with_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "server.py"
    broken.write_text("print('about to fail')\nraise SystemExit('no such thing')\n")
    monkeypatch.setattr(server, "__file__", str(broken))
    (tmp_path / "project").mkdir()
    with pytest.raises(EmulatorError) as error, emulator.running(Project(tmp_path / "project")):
        pass
    text = str(error.value)
    assert text.startswith("LocalStack did not start (exit code 1); end of its log:\nabout to fail\nno such thing")
    kept = tmp_path / "project" / ".modproof" / "localstack.log"
    assert f"full log: {kept}" in text
    assert "no such thing" in kept.read_text()


def test_crash_is_reported_with_the_current_step(tmp_path: Path) -> None:
    with emulator.running(Project(tmp_path)) as started:
        started.check("nothing yet")
        assert started._service is not None
        os.kill(started._service.pid, signal.SIGKILL)
        assert eventually(lambda: not started.alive())
        with pytest.raises(EmulatorError, match=r"LocalStack died during apply of x \(signal 9\); end of its log"):
            started.check("apply of x")
        assert "Ready." in (tmp_path / ".modproof" / "localstack.log").read_text()


def test_killed_run_leaves_no_server_and_no_folder() -> None:
    code = f"""
import time
from pathlib import Path
from modproof import emulator
from modproof.core.project import Project
with emulator.running(Project(Path({str(ROOT)!r}))) as started:
    print(started._service.log.parent, started._service.pid, flush=True)
    time.sleep(60)
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    folder, pid = child.stdout.readline().split()
    assert processes_below(folder)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert eventually(lambda: not processes_below(folder) and not Path(folder).exists())
    assert eventually(lambda: not alive(int(pid)))


def test_ctrl_c_stops_modproof_up_and_its_emulator() -> None:
    command = [sys.executable, "-m", "modproof", "up", "-C", str(ROOT)]
    up = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert up.stdout is not None
    settings: dict[str, str] = {}
    while "AWS_REGION" not in settings and (line := up.stdout.readline()):
        name, _, value = line.removeprefix("export ").strip().partition("=")
        settings[name] = value
    assert endpoint.listens(settings["AWS_ENDPOINT_URL"])
    up.send_signal(signal.SIGINT)
    _, err = up.communicate(timeout=20)
    assert up.returncode == 0
    assert all("starting LocalStack" in line for line in filter(None, err.splitlines()))
    assert not endpoint.listens(settings["AWS_ENDPOINT_URL"])


class _LocalStack(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"services": {"s3": "running"}, "version": "9.9"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.mark.parametrize("by_variable", [True, False])
def test_configured_endpoint_is_used_without_starting_a_server(
    by_variable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "start_service", None)  # fails if called
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _LocalStack) as fake:
        threading.Thread(target=fake.serve_forever, daemon=True).start()
        url = f"http://localhost:{fake.server_port}"
        if by_variable:
            monkeypatch.setenv("MODPROOF_ENDPOINT_URL", url)
        with emulator.running(Project(tmp_path), endpoint_url=None if by_variable else url) as named:
            assert named.endpoint_url == f"http://127.0.0.1:{fake.server_port}"
            assert (named.ours, named.version, named.sagemaker, named.log_tail()) == (False, "9.9", False, "")
            assert named.services() is None
            assert named.alive()
            fake.shutdown()
            fake.server_close()
            with pytest.raises(EmulatorError, match=r"does not answer; see the log of that server"):
                named.check("apply of x")


def test_unreachable_configured_endpoint_is_reported(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{endpoint.free_port()}"
    with (
        pytest.raises(EmulatorError, match=f"no emulator answers at {url}"),
        emulator.running(Project(tmp_path), endpoint_url=url),
    ):
        pass


def test_aws_endpoint_is_refused_before_a_server_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODPROOF_ENDPOINT_URL", "https://sts.amazonaws.com")
    with pytest.raises(SafetyError, match="is AWS itself"), emulator.running(Project(tmp_path)):
        pass


def test_status_reports_the_environment_the_plugin_and_the_configured_endpoint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    status = emulator.status(Project(ROOT))
    assert (status.state, status.version, status.ok) == ("ready", releases.chosen().version, True)
    assert status.note == "SageMaker from packages/localstack-sagemaker"
    monkeypatch.setenv("MODPROOF_CACHE", str(tmp_path))
    status = emulator.status(Project(ROOT))
    assert (status.state, status.where, status.command) == ("on demand", "", "modproof doctor --install")
    monkeypatch.setenv("MODPROOF_ENDPOINT_URL", f"http://127.0.0.1:{endpoint.free_port()}")
    assert emulator.status(Project(ROOT)).state == "missing"


def test_roles_decide_where_the_emulator_enforces_it(localstack: Emulator) -> None:
    account = localstack.new_account()
    session = localstack.session(account, "eu-west-1")
    trust = {"Version": "2012-10-17", "Statement": []}
    created = session.client("iam").create_role(RoleName="idle", AssumeRolePolicyDocument=json.dumps(trust))
    role = session.acting(created["Role"]["Arn"])
    identity = role.client("sts").get_caller_identity()["Arn"]
    assert identity == f"arn:aws:sts::{account}:assumed-role/idle/modproof"
    localstack.enforce(account, enabled=True)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        role.client("sagemaker").list_models()
    assert session.client("sagemaker").list_models()["Models"] == []
    localstack.enforce(account, enabled=False)
    assert role.client("sagemaker").list_models()["Models"] == []
