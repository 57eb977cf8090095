"""LocalStack from its start to its end, or the server that the user named instead."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import EmulatorError, ToolMissing
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.emulator import endpoint, plugin, server, venv

if TYPE_CHECKING:
    from modproof.emulator.session import EmulatorSession

__all__ = ["Emulator", "running"]

START_SECONDS = 120.0
_POLL_SECONDS = 0.1
_PORT_TRIES = 5
_TAIL_LINES = 15
_TAIL_COLUMNS = 300


class Emulator:
    """A LocalStack that answers at ``endpoint_url``, of ``version``; ``sagemaker`` says that it has SageMaker."""

    def __init__(self, endpoint_url: str, *, service: process.Service | None, kept_log: Path) -> None:
        self.endpoint_url = endpoint_url
        self.version = ""
        self.sagemaker = False
        self._service = service
        self._kept_log = kept_log

    @property
    def ours(self) -> bool:
        """Whether this run started it, so that nothing in it outlives the run."""
        return self._service is not None

    def alive(self) -> bool:
        """Whether it still runs (ours) or somebody listens (the user's: a busy one may be slow to answer)."""
        if self._service is not None:
            return self._service.returncode() is None
        return endpoint.listens(self.endpoint_url)

    def log_tail(self, lines: int = _TAIL_LINES) -> str:
        """The last lines of its log; empty for a server of the user's, whose log is not known."""
        if self._service is None:
            return ""
        try:
            said = self._service.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(line[:_TAIL_COLUMNS] for line in said[-lines:] if line.strip())

    def services(self) -> dict[str, str] | None:
        """LocalStack's account of its services: ``available`` was never called, ``running`` was.

        None for a server of the user's, which may have loaded what an earlier life left.
        """
        answer = endpoint.health(self.endpoint_url, timeout_seconds=10.0) if self.ours else None
        return dict(answer["services"]) if answer else None

    def check(self, doing: str) -> None:
        """Raise EmulatorError, which says what was under way, when it is not there any more."""
        if not self.alive():
            raise self._gone(f"LocalStack died while {doing}")

    def new_account(self) -> str:
        """An account that nobody has used: 12 digits, by chance."""
        return str(secrets.randbelow(9 * 10**11) + 10**11)

    def session(self, account: str, region: str) -> EmulatorSession:
        """A localstack_client session for ``account`` in ``region``.

        Raises ToolMissing when the integration extra is not installed.
        """
        try:
            from modproof.emulator.session import EmulatorSession
        except ImportError as error:
            raise ToolMissing(f"{error.name} is not installed", hint='pip install "modproof[integration]"') from error
        return EmulatorSession(self.endpoint_url, account=account, region=region)

    def _gone(self, what: str) -> EmulatorError:
        if self._service is None:
            return EmulatorError(f"{what}: {self.endpoint_url} does not answer", hint="see that server's own log")
        code = self._service.returncode()
        how = "" if code is None else f" (signal {-code})" if code < 0 else f" (exit code {code})"
        with contextlib.suppress(OSError):  # the log's folder goes with the run
            self._kept_log.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._service.log, self._kept_log)
        return EmulatorError(
            f"{what}{how}; the end of its log:\n{self.log_tail() or '(nothing)'}\n",
            hint=f"the whole log is {self._kept_log}",
        )


@contextlib.contextmanager
def running(
    project: Project,
    *,
    progress: Progress = SILENT,
    endpoint_url: str | None = None,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Emulator]:
    """LocalStack on loopback while the context lasts, on ``port`` or a free one.

    ``settings`` are LocalStack's own, as environment variables. They are for one that is started here.
    ``endpoint_url``, or ``MODPROOF_ENDPOINT_URL``, names a server to use instead; nothing is started then. Raises
    EmulatorError when it cannot be installed, does not start or does not answer; SafetyError when the address is
    AWS's; ToolMissing when uv is not there.
    """
    named = endpoint_url or os.environ.get(endpoint.VARIABLE)
    kept_log = project.root / ".modproof" / "localstack.log"
    if named:
        url = endpoint.checked(named)
        with progress.task(f"looking for LocalStack at {url}"):
            emulator = Emulator(url, service=None, kept_log=kept_log)
            _ask(emulator, needs_sagemaker=False)
        yield emulator
        return
    if port is not None and not endpoint.port_is_free(port):
        raise _taken(port)
    environment = venv.ensure(progress)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(process.temporary_folder("localstack"))
        with progress.task("starting LocalStack") as task:
            overlay = plugin.overlay(project, environment)
            if overlay is None:
                task.note(f"without SageMaker: {plugin.DISTRIBUTION} is not installed")
            deadline = time.monotonic() + START_SECONDS
            service, url = _start(environment, overlay, folder, port, deadline, settings or {})
            stack.callback(service.stop)
            emulator = Emulator(url, service=service, kept_log=kept_log)
            _wait(emulator, folder, deadline)
            _ask(emulator, needs_sagemaker=overlay is not None)
        yield emulator


def _taken(port: int) -> EmulatorError:
    return EmulatorError(
        f"port {port} on {server.LOOPBACK} is taken", hint="choose another, or none and a free one is found"
    )


def _start(
    environment: venv.Environment,
    overlay: Path | None,
    folder: Path,
    port: int | None,
    deadline: float,
    settings: Mapping[str, str],
) -> tuple[process.Service, str]:
    """Start the program on a port that is its own, though others look for free ports too.

    Returns when it listens, when it has ended, or at the ``deadline``.
    """
    variables = {**settings, **_variables(environment, overlay, folder)}
    for _ in range(_PORT_TRIES):
        chosen = endpoint.free_port() if port is None else port
        service = process.start_service(
            [str(environment.python), server.__file__, str(chosen), str(folder / "ready")],
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
            raise _taken(port)
    raise EmulatorError(f"{_PORT_TRIES} ports that were free were taken a moment later", hint="try again")


def _variables(environment: venv.Environment, overlay: Path | None, folder: Path) -> dict[str, str]:
    """The server's environment: every file it writes below ``folder``, no call to the outside.

    Source: localstack/config.py and plux/runtime/cache.py of LocalStack 4.7.0.
    """
    root = folder / "filesystem"
    static_libs = root / "usr" / "lib" / "localstack"
    static_libs.parent.mkdir(parents=True)
    shutil.copytree(environment.static_libs, static_libs)
    home = folder / "home"
    scratch = folder / "tmp"
    for made in (home, scratch):
        made.mkdir()
    kept = {name: value for name, value in base_environment().items() if "proxy" not in name.lower()}
    # port 9 discards: a call to the outside fails at once and is not tried for minutes
    outside = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    return {
        **kept,
        **dict.fromkeys(outside, f"http://{server.LOOPBACK}:9"),
        "NO_PROXY": f"{server.LOOPBACK},localhost,localhost.localstack.cloud",
        "no_proxy": f"{server.LOOPBACK},localhost,localhost.localstack.cloud",
        # moto asks boto3 for credentials: without these it would go on to the metadata service, and find real ones
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": "" if overlay is None else str(overlay),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TMPDIR": str(scratch),
        "FILESYSTEM_ROOT": str(root),
        "CONFIG_DIR": str(home / "localstack"),
        # in a container it would take itself for LocalStack's own image: write to /var/lib, change /etc/resolv.conf
        "OVERRIDE_IN_DOCKER": "0",
        "DNS_ADDRESS": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
    }


def _wait(emulator: Emulator, folder: Path, deadline: float) -> None:
    """Return when it answers. Raises EmulatorError when it ends before, or does not answer in time."""
    while time.monotonic() < deadline:
        if not emulator.alive():
            raise emulator._gone("LocalStack did not start")
        if (folder / "ready").exists() and endpoint.health(emulator.endpoint_url) is not None:
            return
        time.sleep(_POLL_SECONDS)
    raise emulator._gone(f"LocalStack did not answer within {START_SECONDS:g} seconds")


def _ask(emulator: Emulator, *, needs_sagemaker: bool) -> None:
    answer = endpoint.health(emulator.endpoint_url, timeout_seconds=10.0)
    if answer is None:
        raise EmulatorError(
            f"no LocalStack answers at {emulator.endpoint_url}",
            hint=f"start it, or leave {endpoint.VARIABLE} and --endpoint out to have one started",
        )
    emulator.version = str(answer.get("version", ""))
    emulator.sagemaker = "sagemaker" in answer["services"]
    if needs_sagemaker and not emulator.sagemaker:
        raise emulator._gone(f"LocalStack started without {plugin.DISTRIBUTION}, though it was given")
