"""Run LocalStack for the duration of a context, or use a server that the user runs."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import EmulatorError, ToolMissing
from modproof.core.progress import SILENT, Progress
from modproof.core.project import EmulatorSettings, Project
from modproof.core.results import RecordedCall
from modproof.emulator import endpoint, plugin, recorded_calls, server, service_urls, venv
from modproof.emulator.call_log import repeated_calls
from modproof.emulator.faults import EmulatorFault, fault_in

if TYPE_CHECKING:
    from modproof.emulator.session import EmulatorSession

__all__ = ["Emulator", "running"]

_START_SECONDS = 120.0
_POLL_SECONDS = 0.1
_PORT_TRIES = 5
_TAIL_LINES = 15
_TAIL_COLUMNS = 300
_CALLS = "calls.jsonl"
_HANDLERS = "LOCALSTACK_SAGEMAKER_HANDLERS"


class Emulator:
    """A running LocalStack: its ``endpoint_url``, its ``version``, and whether it supports ``sagemaker``."""

    def __init__(
        self,
        endpoint_url: str,
        *,
        service: process.Service | None,
        kept_log: Path,
        settings: EmulatorSettings | None = None,
    ) -> None:
        """``settings`` are those of the user's server."""
        self._settings = settings or EmulatorSettings()
        self._service_urls = service_urls.checked(self._settings.endpoints)
        self._only_account = threading.Lock()
        self.service_variables = service_urls.variables(self._service_urls)
        """The environment variables with the addresses of services that another server answers."""
        self.endpoint_url = endpoint_url
        self.version = ""
        self.sagemaker = False
        self._service = service
        self._kept_log = kept_log

    @property
    def ours(self) -> bool:
        """Whether this run started the server; its state is then discarded with the run."""
        return self._service is not None

    @property
    def health_path(self) -> str:
        """The path of the health address."""
        return self._settings.health

    @property
    def service_names(self) -> Collection[str]:
        """The services that another server answers."""
        return self._service_urls.keys()

    def alive(self) -> bool:
        """Whether our server process runs, or the user's server accepts connections (if busy, it may answer slowly)."""
        if self._service is not None:
            return self._service.returncode() is None
        return self._silent_url() is None

    def _silent_url(self) -> str | None:
        """The first address of the user's servers that refuses connections."""
        urls = dict.fromkeys((self.endpoint_url, *self._service_urls.values()))
        return next((url for url in urls if not endpoint.listens(url)), None)

    def check_services(self) -> None:
        """Raise EmulatorError if no server listens at the address of a service."""
        for service, url in self._service_urls.items():
            if not endpoint.listens(url):
                raise EmulatorError(
                    f"no server listens at {url}, the address of {service} in [tool.modproof.emulator.endpoints]",
                    hint="start it, or correct the address",
                )

    def log_tail(self) -> str:
        """The last lines of the server's log; empty for the user's server."""
        if self._service is None:
            return ""
        try:
            lines = self._service.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(line[:_TAIL_COLUMNS] for line in lines[-_TAIL_LINES:] if line.strip())

    def services(self) -> dict[str, str] | None:
        """The state that LocalStack reports for each service: ``available`` if never called, ``running`` otherwise.

        None for the user's server, where earlier runs may have called a service.
        """
        answer = endpoint.health(self.endpoint_url, timeout_seconds=10.0) if self.ours else None
        return dict(answer["services"]) if answer else None

    def check(self, doing: str) -> None:
        """Raise EmulatorError if the server no longer runs. ``doing`` completes the message "died during …"."""
        if not self.alive():
            raise self._failure(f"{'LocalStack' if self.ours else 'the emulator'} died during {doing}")

    def fault(self, text: str) -> EmulatorError | None:
        """The fault of the emulator in an error of Terraform or boto3; None if AWS could have returned the error."""
        found = fault_in(text)
        if found is None:
            return None
        if found.lacking:
            return EmulatorError(f"the emulator does not have {_named(found)}", hint=self._remedy(found))
        if found.disabled:
            return EmulatorError(f"the emulator's settings exclude {found.service}", hint="add it to SERVICES")
        return EmulatorError(
            f"the emulator failed in {found.call}: {found.reason}",
            hint=f"this is a fault of the emulator, not of the modules{self._where_log()}",
        )

    def _remedy(self, found: EmulatorFault) -> str:
        if self.sagemaker or found.service.lower() not in plugin.SERVICES:
            return "leave the resource out of the example, or test it with a case instead of a story"
        if self.ours:
            return f"pip install {plugin.DISTRIBUTION}"
        return f"install {plugin.DISTRIBUTION} in the environment of that server"

    def _where_log(self) -> str:
        kept = self._keep_log()
        return f"; its log: {kept}" if kept else ""

    def repeated_calls(self, services: Collection[str] = ()) -> str:
        """The AWS calls that were repeated most in the last minute; empty if none was, and for the user's server.

        ``services`` limits them to these services, if any of their calls was repeated.
        """
        return repeated_calls(self._service.log, services) if self._service is not None else ""

    @property
    def recorded_bytes(self) -> int:
        """The size of what is recorded so far, to pass to :meth:`terraform_calls`."""
        return recorded_calls.end_of(self._service.log.with_name(_CALLS)) if self._service is not None else 0

    def terraform_calls(self, account: str, since_bytes: int, callers: Mapping[str, str]) -> list[RecordedCall]:
        """The different calls of the AWS provider in ``account`` after ``since_bytes``; none for the user's server.

        ``callers`` are the types of the resources that made them, by the SDK's invocation IDs.
        """
        if self._service is None:
            return []
        return recorded_calls.terraform_calls(self._service.log.with_name(_CALLS), account, since_bytes, callers)

    def new_account(self) -> str:
        """A random, unused account ID of 12 digits, or the only account of the user's server."""
        return self._settings.account or str(secrets.randbelow(9 * 10**11) + 10**11)

    def turn(self) -> AbstractContextManager[object]:
        """A context in which an account of :meth:`new_account` is used by no one else."""
        return self._only_account if self._settings.account else contextlib.nullcontext()

    def session(self, account: str, region: str, *, call_seconds: float | None = None) -> EmulatorSession:
        """A localstack_client session for ``account`` in ``region``. ``call_seconds`` limits each call.

        Raises ToolMissing if the integration extra is not installed.
        """
        try:
            from modproof.emulator.session import CALL_SECONDS, EmulatorSession
        except ImportError as error:
            raise ToolMissing(f"{error.name} is not installed", hint='pip install "modproof[integration]"') from error
        limit = call_seconds or CALL_SECONDS
        return EmulatorSession(
            self.endpoint_url, account=account, region=region, call_seconds=limit, service_urls=self._service_urls
        )

    def enforce(self, account: str, *, enabled: bool) -> None:
        """Let policies decide in SageMaker what roles may do, or not. A server without that setting is left as it is.

        Raises EmulatorError if the server does not answer.
        """
        url = self._service_urls.get("sagemaker", self.endpoint_url)
        try:
            endpoint.set_enforcement(url, account, enabled=enabled)
        except OSError as error:
            raise EmulatorError(f"{url} did not take the setting `enforce`: {error}") from error

    def _failure(self, what: str) -> EmulatorError:
        if self._service is None:
            url = self._silent_url() or self.endpoint_url
            return EmulatorError(f"{what}: {url} does not answer", hint="see the log of that server")
        code = self._service.returncode()
        how = "" if code is None else f" (signal {-code})" if code < 0 else f" (exit code {code})"
        self._keep_log()
        return EmulatorError(
            f"{what}{how}; end of its log:\n{self.log_tail() or '(empty)'}\n",
            hint=f"full log: {self._kept_log}",
        )

    def _keep_log(self) -> Path | None:
        """Copy the log, which is deleted with the run, and return the copy; None if there is none."""
        if self._service is None:
            return None
        try:
            self._kept_log.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._service.log, self._kept_log)
        except OSError:
            return None
        return self._kept_log


def _named(fault: EmulatorFault) -> str:
    operation = f" (operation {fault.operation})" if fault.operation else ""
    return f"{fault.service or 'an AWS service'}{operation}"


@contextlib.contextmanager
def running(
    project: Project,
    *,
    progress: Progress = SILENT,
    endpoint_url: str | None = None,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Emulator]:
    """Run LocalStack on the loopback ``port``, by default a free one, until the context ends.

    ``settings`` are environment variables that configure LocalStack. ``endpoint_url``, or ``MODPROOF_ENDPOINT_URL``,
    selects a server that already runs: then none is started, and ``settings`` have no effect. Raises EmulatorError if
    LocalStack cannot be installed, does not start or does not answer; SafetyError for an AWS endpoint; ToolMissing if
    uv is not installed.
    """
    named = endpoint_url or os.environ.get(endpoint.VARIABLE)
    kept_log = project.root / ".modproof" / "localstack.log"
    if named:
        url = endpoint.normalized(named)
        with progress.task(f"connecting to the emulator at {url}"):
            emulator = Emulator(url, service=None, kept_log=kept_log, settings=project.settings.emulator)
            _read_health(emulator, needs_sagemaker=False)
            emulator.check_services()
        yield emulator
        return
    if port is not None and not endpoint.port_is_free(port):
        raise _port_taken(port)
    environment = venv.ensure(progress)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(process.temporary_folder("localstack"))
        with progress.task("starting LocalStack") as task:
            overlay = plugin.overlay(project, environment)
            if overlay is None:
                task.note(f"without SageMaker: {plugin.DISTRIBUTION} is not installed")
            deadline = time.monotonic() + _START_SECONDS
            service, url = _start(
                environment, overlay, folder, port, deadline, {**_handlers(project), **(settings or {})}
            )
            stack.callback(service.stop)
            emulator = Emulator(url, service=service, kept_log=kept_log)
            _wait(emulator, folder, deadline)
            _read_health(emulator, needs_sagemaker=overlay is not None)
        yield emulator


def _handlers(project: Project) -> dict[str, str]:
    """The setting ``handlers`` as localstack-sagemaker reads it, with absolute paths."""
    found = {pattern: str(project.root / place) for pattern, place in project.settings.handlers.items()}
    return {_HANDLERS: json.dumps(found)} if found else {}


def _port_taken(port: int) -> EmulatorError:
    return EmulatorError(
        f"port {port} on {server.LOOPBACK} is taken", hint="use another port, or omit it for a free one"
    )


def _start(
    environment: venv.Environment,
    overlay: Path | None,
    folder: Path,
    port: int | None,
    deadline: float,
    settings: Mapping[str, str],
) -> tuple[process.Service, str]:
    """Start the server on ``port`` or a free one; if another program takes the free port first, try again.

    Returns when the server listens, when it has ended, or at the ``deadline``.
    """
    variables = {**settings, **_variables(environment, overlay, folder)}
    for _ in range(_PORT_TRIES):
        chosen = endpoint.free_port() if port is None else port
        service = process.start_service(
            [str(environment.python), server.__file__, str(chosen), str(folder / "ready"), str(folder / _CALLS)],
            log=folder / "localstack.log",
            cwd=folder,
            env=variables,
        )
        try:
            while service.returncode() is None and not (folder / "ready").exists() and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
        except BaseException:
            service.stop()
            raise
        if service.returncode() != server.PORT_TAKEN:
            return service, f"http://{server.LOOPBACK}:{chosen}"
        service.stop()
        if port is not None:
            raise _port_taken(port)
    raise EmulatorError(f"other programs took {_PORT_TRIES} free ports before LocalStack could", hint="try again")


def _variables(environment: venv.Environment, overlay: Path | None, folder: Path) -> dict[str, str]:
    """The server's environment variables: all files are written below ``folder``, no call leaves the machine.

    Source: localstack/config.py and plux/runtime/cache.py of LocalStack.
    """
    root = folder / "filesystem"
    static_libs = root / "usr" / "lib" / "localstack"
    static_libs.parent.mkdir(parents=True)
    shutil.copytree(environment.static_libs, static_libs)
    home = folder / "home"
    scratch = folder / "tmp"
    for new in (home, scratch):
        new.mkdir()
    kept = {name: value for name, value in base_environment().items() if "proxy" not in name.lower()}
    # nothing listens on port 9 (discard): calls that would leave the machine fail at once instead of after minutes
    outside = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    return {
        **kept,
        **dict.fromkeys(outside, f"http://{server.LOOPBACK}:9"),
        "NO_PROXY": f"{server.LOOPBACK},localhost,localhost.localstack.cloud",
        "no_proxy": f"{server.LOOPBACK},localhost,localhost.localstack.cloud",
        # moto asks boto3 for credentials; without these, boto3 could find real ones at the metadata service
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": "" if overlay is None else str(overlay),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TMPDIR": str(scratch),
        "FILESYSTEM_ROOT": str(root),
        "CONFIG_DIR": str(home / "localstack"),
        # in a container LocalStack assumes its own image, writes to /var/lib and changes /etc/resolv.conf
        "OVERRIDE_IN_DOCKER": "0",
        "DNS_ADDRESS": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
    }


def _wait(emulator: Emulator, folder: Path, deadline: float) -> None:
    """Wait for an answer. Raises EmulatorError if the server ends first or does not answer by the ``deadline``."""
    while time.monotonic() < deadline:
        if not emulator.alive():
            raise emulator._failure("LocalStack did not start")
        if (folder / "ready").exists() and endpoint.health(emulator.endpoint_url) is not None:
            return
        time.sleep(_POLL_SECONDS)
    raise emulator._failure(f"LocalStack did not answer within {_START_SECONDS:g} seconds")


def _read_health(emulator: Emulator, *, needs_sagemaker: bool) -> None:
    """Set the emulator's version and services. Raises EmulatorError if it does not answer or lacks SageMaker."""
    path = emulator.health_path
    found = endpoint.probe(emulator.endpoint_url, timeout_seconds=10.0, path=path)
    answer = found.document
    if answer is None:
        raise EmulatorError(
            f"no emulator answers at {emulator.endpoint_url}{path}: {found.reason}",
            hint=f"{found.remedy}, or omit {endpoint.VARIABLE} and --endpoint to start one automatically",
        )
    emulator.version = str(answer.get("version", ""))
    emulator.sagemaker = "sagemaker" in answer["services"] or "sagemaker" in emulator.service_names
    if needs_sagemaker and not emulator.sagemaker:
        raise emulator._failure(f"LocalStack started but did not load {plugin.DISTRIBUTION}")
