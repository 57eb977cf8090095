"""Starts LocalStack in this environment, on loopback and a free port, and stops it completely."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

__all__ = ["running", "serving"]

_START_SECONDS = 120.0
_STANDALONE = "localstack_sagemaker.standalone.main"
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _environment(port: int, folder: Path, more: dict[str, str]) -> dict[str, str]:
    """The environment of a server that writes only below `folder` and has no network access."""
    local = f"127.0.0.1:{port}"
    blocked = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    names = ("PATH", "LANG", "PYTHONPATH", "VIRTUAL_ENV")
    return {
        **{name: os.environ[name] for name in names if name in os.environ},
        **blocked,
        "NO_PROXY": "127.0.0.1,localhost,localhost.localstack.cloud",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "FILESYSTEM_ROOT": str(folder / "root"),
        "CONFIG_DIR": str(folder / "config"),
        "GATEWAY_LISTEN": local,
        "LOCALSTACK_HOST": local,
        "OVERRIDE_IN_DOCKER": "0",
        "DNS_ADDRESS": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        **more,
    }


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)


@contextlib.contextmanager
def running(folder: Path, **more: str) -> Iterator[str]:
    """Yield the URL of a LocalStack that runs until the context exits; `more` is added to its environment."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "localstack.runtime.main"],
            cwd=folder,
            env=_environment(port, folder, more),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        try:
            _wait(process, url, folder / "log")
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def serving(folder: Path, services: str, **more: str) -> Iterator[str]:
    """Yield the URL of `localstack-sagemaker serve` in front of another emulator at `services`."""
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", _STANDALONE, "serve", "--port", "0", "--services-endpoint", services],
            cwd=folder,
            env=_environment(0, folder, more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            preexec_fn=_die_with_parent,
        )
        assert process.stdout is not None
        try:
            address = process.stdout.readline().decode().strip()
            assert address, (folder / "serve.log").read_text()[-3000:]
            yield address
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/_localstack/health", timeout=5) as response:
            services = json.load(response)["services"]
            assert services.get("sagemaker"), f"LocalStack runs without the plug-in:\n{log.read_text()[-3000:]}"
            return
        time.sleep(0.1)
    raise AssertionError(f"LocalStack did not start:\n{log.read_text()[-3000:]}")
