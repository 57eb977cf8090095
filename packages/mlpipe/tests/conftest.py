"""One LocalStack for the run, a separate account for each test, and the command line as users run it."""

from __future__ import annotations

import functools
import io
import json
import os
import signal
import sys
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import boto3
import botocore.session
import pytest
from botocore.config import Config

from mlpipe import cli
from mlpipe.aws import Changes
from modproof.emulator import Emulator

REGION = "eu-west-1"
SECRET = "secret-that-is-never-printed"
ROLE = "arn:aws:iam::{}:role/example"


@pytest.fixture(scope="session", autouse=True)
def _models_are_loaded_once() -> Iterator[None]:
    """Sessions of botocore share their loader: each run of the command line would parse the service models again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        yield


@dataclass
class Account:
    """One account of the emulator."""

    emulator: Emulator
    number: str
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                region_name=REGION,
                endpoint_url=self.emulator.endpoint_url,
                aws_access_key_id=self.number,
                aws_secret_access_key="none",
                config=Config(retries={"total_max_attempts": 1}),
            )
        return self._clients[service]

    @property
    def sagemaker(self) -> Any:
        return self.client("sagemaker")

    def environment(self) -> dict[str, str]:
        """The environment of a program with this account's credentials."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.emulator.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.number,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "COLUMNS": "200",
        }

    def control(self, path: str, method: str = "POST", **document: Any) -> None:
        """Change the emulator's behaviour for this account."""
        request = urllib.request.Request(
            f"{self.emulator.endpoint_url}/_localstack/sagemaker/{path}",
            data=json.dumps({"account": self.number, **document}).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.status in (200, 201)

    def train(self, name: str, **more: Any) -> str:
        return str(
            self.sagemaker.create_training_job(
                TrainingJobName=name,
                AlgorithmSpecification={"TrainingImage": "train:1", "TrainingInputMode": "File"},
                RoleArn=ROLE.format(self.number),
                OutputDataConfig={"S3OutputPath": "s3://example/output"},
                ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 10},
                StoppingCondition={"MaxRuntimeInSeconds": 3600},
                **more,
            )["TrainingJobArn"]
        )

    def serve(self, name: str, *, model: str = "", **tags: str) -> None:
        """Create a model, a configuration and an endpoint with the same name."""
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        client = self.sagemaker
        client.create_model(
            ModelName=name,
            PrimaryContainer={"Image": model or "serve:1"},
            ExecutionRoleArn=ROLE.format(self.number),
            Tags=pairs,
        )
        variant = {
            "VariantName": "main",
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=pairs)
        client.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=pairs)


@pytest.fixture
def account(emulator: Emulator) -> Account:
    """A fresh account with an instant clock."""
    fresh = Account(emulator, emulator.new_account())
    fresh.control("clock", "PUT", mode="instant")
    return fresh


@pytest.fixture
def accounts(emulator: Emulator) -> Callable[[], Account]:
    """More fresh accounts."""

    def fresh() -> Account:
        made = Account(emulator, emulator.new_account())
        made.control("clock", "PUT", mode="instant")
        return made

    return fresh


@dataclass(frozen=True)
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def mlpipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run `mlpipe` in an empty folder as an account. Whatever happens, it prints no traceback and no secret."""

    def run(account: Account, *words: object, code: int | None = None) -> Done:
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            for name, value in account.environment().items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["mlpipe", *map(str, words)])
            patch.setattr(sys, "stdin", io.StringIO())
            capfd.readouterr()
            with pytest.raises(SystemExit) as ended:
                cli.main()
            out, err = capfd.readouterr()
        for path in tmp_path.rglob("*"):
            assert not path.is_file() or SECRET.encode() not in path.read_bytes(), f"{path} contains a credential"
        return checked(Done(int(ended.value.code or 0), out, err), code)

    return run


def checked(done: Done, code: int | None) -> Done:
    """Check what is true of every run, and its exit code."""
    assert "Traceback" not in done.out + done.err
    assert SECRET not in done.out + done.err
    assert code is None or done.code == code, done.out + done.err
    return done


def killed_after(changes: int, account: Account, folder: Path, *words: object) -> Done:
    """Run `mlpipe` in its own process, which kills itself with SIGKILL instead of making change number ``changes``.

    It is forked: it starts with the service models of this process, which take longer to read than the rest.
    """
    output = folder / "killed.log"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, which Python 3.12 sees in a library
        child = os.fork()
    if child == 0:
        _run_and_die(changes, account, folder, output, words)
    _, status = os.waitpid(child, 0)
    text = output.read_text()
    output.unlink()
    return checked(Done(os.waitstatus_to_exitcode(status), text, ""), None)


def _run_and_die(changes: int, account: Account, folder: Path, output: Path, words: Sequence[object]) -> NoReturn:
    code = 70
    try:
        signal.alarm(300)
        sink = os.open(output, os.O_WRONLY | os.O_CREAT)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        sys.stdout = sys.stderr = os.fdopen(1, "w", buffering=1, closefd=False)  # pytest has others
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(account.environment())
        sys.argv = ["mlpipe", *map(str, words)]
        sys.stdin = io.StringIO()

        def deadly(method: Callable[..., Any]) -> Callable[..., Any]:
            def call(self: Changes, *args: Any, **kwargs: Any) -> Any:
                if self.act and self.made == changes:
                    os.kill(os.getpid(), signal.SIGKILL)
                return method(self, *args, **kwargs)

            return call

        for name in ("_call", "local"):
            setattr(Changes, name, deadly(getattr(Changes, name)))
        cli.main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        os._exit(code)
