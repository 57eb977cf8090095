"""The idle stop: the program that the start script installs for systemd, run against a fake Jupyter server."""

from __future__ import annotations

import ast
import base64
import gzip
import json
import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

STOP = ["sagemaker", "stop-notebook-instance", "--region", "eu-west-1", "--notebook-instance-name", "demo"]
HOUR = 3600


class Jupyter:
    """The part of Jupyter's API that the script uses: kernels and terminals, or an HTTP error instead."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"kernels": [], "terminals": []}
        self.asked: list[str] = []
        jupyter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.removeprefix("/api/")
                jupyter.asked.append(name)
                answer = jupyter.answers[name]
                self.send_response(answer if isinstance(answer, int) else 200)
                self.end_headers()
                if not isinstance(answer, int):
                    self.wfile.write(answer.encode() if isinstance(answer, str) else json.dumps(answer).encode())

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def jupyter() -> Iterator[Jupyter]:
    server = Jupyter()
    yield server
    server.close()


def ago(seconds: float) -> str:
    """Return a timestamp in Jupyter's format."""
    return datetime.fromtimestamp(time.time() - seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def kernel(state: str, seconds_ago: float) -> dict[str, Any]:
    return {"id": "k", "name": "python3", "execution_state": state, "last_activity": ago(seconds_ago), "connections": 1}


class Watched:
    """A started notebook instance; ``check`` runs the service once."""

    def __init__(self, instance: Any, jupyter: Jupyter, script: str) -> None:
        self.instance = instance
        self.jupyter = jupyter
        self.folder = instance.stage / "idle"
        self.started = instance.start(script)

    def unit(self, kind: str) -> dict[str, str]:
        """Settings of the service or the timer."""
        lines = (self.instance.unit_folder / f"notebook-stop-when-idle.{kind}").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def command(self) -> list[str]:
        return shlex.split(self.unit("service")["ExecStart"])

    @property
    def log(self) -> str:
        return (self.instance.log_folder / "notebook-stop-when-idle.log").read_text()

    def since(self, seconds: float) -> None:
        """Set the recorded last activity to ``seconds`` ago."""
        (self.folder / "last-activity").write_text(str(time.time() - seconds))

    def check(self, **environment: str) -> None:
        completed = subprocess.run(
            self.command,
            cwd=self.instance.stage,
            env={
                "PATH": f"{self.instance.programs}:/usr/local/bin:/usr/bin:/bin",
                "HOME": str(self.instance.home),
                "JUPYTER_ADDRESS": self.jupyter.address,
                "STUB_STAGE": str(self.instance.stage),
                **environment,
            },
            timeout=60,
        )
        assert completed.returncode == 0, self.log

    @property
    def stopped(self) -> bool:
        return any(call["arguments"] == STOP for call in self.instance.aws_calls)

    @property
    def told(self) -> list[str]:
        """Messages sent to CloudWatch Logs."""
        calls = [call["arguments"] for call in self.instance.aws_calls]
        puts = [arguments for arguments in calls if arguments[:2] == ["logs", "put-log-events"]]
        assert all(arguments[arguments.index("--log-stream-name") + 1] == "demo/StopWhenIdle" for arguments in puts)
        return [json.loads(arguments[arguments.index("--log-events") + 1])[0]["message"] for arguments in puts]


@pytest.fixture
def watched(instance: Any, jupyter: Jupyter, script: Callable[[str], str]) -> Watched:
    return Watched(instance, jupyter, script("minimal"))


def test_start_installs_a_timer_whose_program_users_cannot_change(watched: Watched) -> None:
    assert "stops itself after 60 minutes without activity" in watched.started.stdout
    service = watched.unit("service")
    assert (service["Type"], service["User"]) == ("oneshot", "ec2-user")
    assert service["Environment"].startswith("PATH=/usr/local/bin:/usr/bin:/bin:")
    assert watched.unit("timer") == {"OnCalendar": "*:0/5"}
    # % is a specifier of systemd, $ a variable
    assert not set("%$") & set(service["ExecStart"])
    assert watched.command[:3] == ["/usr/bin/env", "python3", str(watched.folder / "stop_when_idle.py")]
    calls = (watched.instance.stage / "systemctl-calls").read_text().splitlines()
    assert calls == ["daemon-reload", "restart notebook-stop-when-idle.timer"]
    assert (watched.folder / "stop_when_idle.py").stat().st_mode & 0o777 == 0o644
    owned = (watched.instance.stage / "chown-calls").read_text().split()
    assert owned == ["ec2-user", str(watched.folder / "last-activity"), watched.command[-1]]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
@pytest.mark.optional  # not every machine has systemd
def test_systemd_accepts_the_units(watched: Watched) -> None:
    units = [str(watched.instance.unit_folder / f"notebook-stop-when-idle.{kind}") for kind in ("service", "timer")]
    completed = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    assert [line for line in completed.stderr.splitlines() if "notebook-stop-when-idle" in line] == []


def test_a_fresh_start_is_activity(watched: Watched) -> None:
    watched.check()
    assert not watched.stopped
    assert watched.log == ""


def test_nobody_came_since_the_start(watched: Watched) -> None:
    watched.since(HOUR + 60)
    watched.check()
    assert watched.stopped
    assert watched.told == ["stopping: idle for 61 minutes"]
    assert "stopping: idle for 61 minutes" in watched.log


@pytest.mark.parametrize(
    ("kernels", "terminals", "stops"),
    [
        pytest.param([("busy", 9 * HOUR)], [], False, id="busy kernel, silent for hours"),
        pytest.param([("idle", 40 * 60)], [], False, id="kernel idle for less than an hour"),
        pytest.param([("idle", HOUR + 5)], [], True, id="kernel idle for an hour"),
        pytest.param([("idle", 9 * HOUR), ("busy", 9 * HOUR)], [], False, id="one of two kernels busy"),
        pytest.param([("dead", 9 * HOUR)], [], True, id="dead kernel"),
        pytest.param([], [60], False, id="open terminal in use"),
        pytest.param([], [9 * HOUR], True, id="open terminal forgotten"),
        pytest.param([("idle", -9 * HOUR)], [], False, id="clock of the kernel runs ahead"),
        pytest.param([("idle", 9 * HOUR)], None, True, id="terminals are switched off"),
    ],
)
def test_kernels_and_terminals(
    watched: Watched, kernels: list[tuple[str, int]], terminals: list[int] | None, stops: bool
) -> None:
    watched.since(9 * HOUR)
    watched.jupyter.answers = {
        "kernels": [kernel(state, seconds) for state, seconds in kernels],
        "terminals": 404
        if terminals is None
        else [{"name": "1", "last_activity": ago(seconds)} for seconds in terminals],
    }
    watched.check()
    assert watched.jupyter.asked == ["kernels", "terminals"]
    assert watched.stopped is stops


def test_a_terminal_that_says_nothing_of_its_activity_has_none(watched: Watched) -> None:
    watched.since(9 * HOUR)
    watched.jupyter.answers["terminals"] = [{"name": "1"}]
    watched.check()
    assert watched.stopped


def test_activity_that_was_seen_once_is_remembered(watched: Watched) -> None:
    watched.since(9 * HOUR)
    watched.jupyter.answers["kernels"] = [kernel("busy", 9 * HOUR)]
    watched.check()
    watched.jupyter.answers["kernels"] = []  # the kernel was shut down
    watched.check()
    assert not watched.stopped


@pytest.mark.parametrize("answer", [500, 403, 404, "no JSON", {"message": "starting"}, [None]])
def test_a_jupyter_that_does_not_answer_gets_the_same_time(watched: Watched, answer: Any) -> None:
    watched.jupyter.answers["kernels"] = answer
    watched.since(50 * 60)
    watched.check()
    assert not watched.stopped
    assert "Jupyter does not answer" in watched.log
    watched.since(HOUR + 60)
    watched.check()
    assert watched.stopped
    assert "(Jupyter does not answer: " in watched.told[0]


def test_no_jupyter_at_all(watched: Watched) -> None:
    watched.since(HOUR + 60)
    watched.check(JUPYTER_ADDRESS="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9")
    assert watched.stopped
    assert "refused" in watched.told[0]


def test_proxies_are_left_out(watched: Watched) -> None:
    watched.since(9 * HOUR)
    watched.jupyter.answers["kernels"] = [kernel("busy", 0)]
    watched.check(http_proxy="http://127.0.0.1:9", https_proxy="http://127.0.0.1:9")
    assert not watched.stopped


def test_a_role_that_may_not_stop_it_is_told_and_it_tries_again(watched: Watched) -> None:
    (watched.instance.stage / "stop-refused").touch()
    watched.since(HOUR + 60)
    watched.check()
    watched.check()
    refused = "could not stop, the instance is still billed: An error occurred (AccessDeniedException) when calling"
    assert [text.startswith(refused) for text in watched.told] == [False, True, False, True]
    assert refused in watched.log


def test_an_aws_that_is_missing_is_told(watched: Watched) -> None:
    watched.since(HOUR + 60)
    (watched.instance.programs / "aws").unlink()
    watched.check(PATH="/nowhere:/usr/bin:/bin")
    assert "could not stop, the instance is still billed: " in watched.log


def test_log_group_and_time_are_those_that_were_asked_for(
    instance: Any, jupyter: Jupyter, script: Callable[[str], str]
) -> None:
    watched = Watched(instance, jupyter, script("complete"))
    assert watched.command[3:8] == [
        "complete-notebook", "eu-central-1", "240", str(watched.folder / "last-activity"),
        "/aws/sagemaker/NotebookInstances/complete",
    ]  # fmt: skip


def test_nothing_is_installed_where_it_is_switched_off(
    instance: Any, jupyter: Jupyter, script: Callable[[str], str]
) -> None:
    watched = Watched(instance, jupyter, script("runs_on"))
    assert not watched.folder.exists()
    assert list(instance.unit_folder.iterdir()) == []


def test_missing_unit_folder_costs_nothing_else(instance: Any, script: Callable[[str], str]) -> None:
    completed = instance.start(script("minimal"), UNIT_DIRECTORY=str(instance.stage / "nowhere"))
    assert "does not stop itself when idle (status 1)" in completed.stdout
    assert "0 sources of notebooks" in completed.stdout


def test_systemd_that_refuses_costs_nothing_else(instance: Any, script: Callable[[str], str]) -> None:
    (instance.stage / "systemd-refuses").touch()
    completed = instance.start(script("minimal"))
    assert "Failed to connect to bus" in completed.stderr
    assert "does not stop itself when idle (status 1)" in completed.stdout
    assert "0 sources of notebooks" in completed.stdout


@pytest.mark.parametrize("program", ["copy_notebooks.py", "stop_when_idle.py"])
def test_programs_run_on_the_oldest_python_of_the_platforms(script: Callable[[str], str], program: str) -> None:
    # Amazon Linux 2 has Python 3.7, so newer syntax is not allowed
    source = (Path(__file__).parents[3] / "modules/notebook/templates" / program).read_text()
    packed = [base64.b64decode(line) for line in script("minimal").splitlines() if line.startswith("H4sI")]
    assert source in [gzip.decompress(data).decode() for data in packed]
    ast.parse(source, feature_version=(3, 7))
