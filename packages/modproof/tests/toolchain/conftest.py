"""An isolated machine for each test: PATH, cache folder and a release host on loopback."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import stat
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from modproof.toolchain import catalog
from modproof.toolchain.catalog import platform_name, tool


def zip_of(member: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, content)
    return buffer.getvalue()


def tar_of(member: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        info = tarfile.TarInfo(member)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


class Machine:
    """``bin`` is the only folder on PATH, ``cache`` the cache folder, ``home`` the home and working folder."""

    def __init__(self, root: Path) -> None:
        self.bin = root / "bin"
        self.cache = root / "cache"
        self.home = root / "home"
        for folder in (self.bin, self.home):
            folder.mkdir()

    def program(self, name: str, body: str, folder: Path | None = None) -> Path:
        """Put a shell script called ``name`` on PATH (or into ``folder``)."""
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def terraform_release(self, version: str = "1.11.4") -> bytes:
        """An archive like HashiCorp's, with a terraform that only prints its version."""
        return zip_of("terraform", f"#!/bin/sh\necho 'Terraform v{version}'\n".encode())

    def tfsec_release(self) -> bytes:
        return tar_of("tfsec", b"#!/bin/sh\necho v1.28.14\n")

    def partial_folders(self) -> list[Path]:
        return list(self.cache.glob("tools/*/.partial-*"))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    isolated = Machine(tmp_path)
    monkeypatch.setenv("PATH", str(isolated.bin))
    monkeypatch.setenv("MODPROOF_CACHE", str(isolated.cache))
    monkeypatch.setenv("HOME", str(isolated.home))
    for name in ("MODPROOF_PROVIDER_MIRROR", "XDG_DATA_HOME", "XDG_DATA_DIRS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path / "no-scripts"))
    monkeypatch.chdir(isolated.home)
    return isolated


class ReleaseHost:
    """Answers every path with ``status`` and ``body``.

    It waits ``delay_seconds`` before the body. With ``stall_after`` it sends that many bytes and then stalls.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.body = b""
        self.status = 200
        self.stall_after: int | None = None
        self.delay_seconds = 0.0
        self.requests: list[str] = []
        self.stalled = threading.Event()
        self.released = threading.Event()
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.requests.append(self.path)
                self.send_response(host.status)
                self.send_header("Content-Length", str(len(host.body)))
                self.end_headers()
                if host.stall_after is None:
                    host.released.wait(host.delay_seconds)
                    self.wfile.write(host.body)
                    return
                self.wfile.write(host.body[: host.stall_after])
                self.wfile.flush()
                host.stalled.set()
                host.released.wait(20)

            def log_message(self, *_: object) -> None:
                """Print nothing into the test's output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/releases"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def pin(self, name: str, archive: bytes) -> str:
        """Serve ``archive`` as the pinned release of a tool for this platform; returns its SHA-256."""
        entry = tool(name)
        assert entry.release is not None
        self.body = archive
        sha256 = hashlib.sha256(archive).hexdigest()
        release = dataclasses.replace(entry.release, sha256={platform_name(): sha256})
        replaced = dataclasses.replace(entry, release=release)
        self._monkeypatch.setitem(catalog.TOOLS, name, replaced)
        return sha256

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def release_host(monkeypatch: pytest.MonkeyPatch) -> Iterator[ReleaseHost]:
    """A release host on loopback for terraform, tflint and tfsec."""
    host = ReleaseHost(monkeypatch)
    for tool_name in ("TERRAFORM", "TFLINT", "TFSEC"):
        monkeypatch.setenv(f"MODPROOF_{tool_name}_RELEASES", host.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield host
    host.close()
