"""Installing programs: the order of the routes, and the state after a failure or an interruption."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from modproof import toolchain
from modproof.core.errors import ConfigurationError, ToolMissing
from modproof.toolchain import Source, connecting, store
from modproof.toolchain.catalog import platform_name

# installs the terraform from the test's release host, in a separate process
INSTALLER = """
import dataclasses, sys
from modproof import toolchain
from modproof.toolchain import catalog
entry = catalog.tool("terraform")
release = dataclasses.replace(entry.release, sha256={catalog.platform_name(): sys.argv[1]})
catalog.TOOLS["terraform"] = dataclasses.replace(entry, release=release)
print(toolchain.ensure("terraform"))
"""


def start_installer(sha256: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", INSTALLER, sha256], stdout=subprocess.PIPE, text=True)


def test_release_is_installed_once_and_then_found_in_the_cache(machine: Any, release_host: Any) -> None:
    release_host.pin("terraform", machine.terraform_release())

    path = toolchain.ensure("terraform")

    assert path == machine.cache / "tools/terraform/1.11.4/terraform"
    assert release_host.requests == [f"/releases/1.11.4/terraform_1.11.4_{platform_name()}.zip"]
    found = toolchain.find("terraform")
    assert found is not None
    assert (found.path, found.version, found.source) == (path, "1.11.4", Source.CACHE)
    assert toolchain.ensure("terraform") == path
    assert len(release_host.requests) == 1
    assert json.loads((path.parent / "installed.json").read_text())["source"] == "release"


def test_the_oldest_terraform_is_chosen_by_its_name(machine: Any) -> None:
    machine.program("terraform", "echo Terraform v1.11.4")
    oldest = machine.program("terraform-oldest", "echo Terraform v1.9.8")
    assert toolchain.chosen("terraform").version == "1.11.4"
    assert toolchain.chosen("terraform-oldest").path == oldest
    assert toolchain.kind_of("terraform-oldest") == "terraform"
    machine.program("terraform-oldest", "echo Terraform v1.11.4")
    with pytest.raises(ToolMissing, match=r"terraform-oldest .*1\.11\.4"):
        toolchain.chosen("terraform-oldest")


def test_release_is_installed_from_a_tar_archive(machine: Any, release_host: Any) -> None:
    release_host.pin("tfsec", machine.tfsec_release())
    assert toolchain.ensure("tfsec") == machine.cache / "tools/tfsec/1.28.14/tfsec"


def test_release_with_the_wrong_hash_is_refused(machine: Any, release_host: Any) -> None:
    pinned = release_host.pin("terraform", machine.terraform_release())
    release_host.body = machine.terraform_release("6.6.6")

    with pytest.raises(ToolMissing) as caught:
        toolchain.ensure("terraform")

    assert f"expected SHA-256 {pinned}, found " in caught.value.message
    assert "MODPROOF_TERRAFORM_RELEASES" in (caught.value.hint or "")
    assert toolchain.find("terraform") is None
    assert machine.partial_folders() == []


def test_missing_release_reports_every_failed_route(machine: Any, release_host: Any) -> None:
    release_host.pin("tfsec", machine.tfsec_release())
    release_host.status = 404

    with pytest.raises(ToolMissing) as caught:
        toolchain.ensure("tfsec")

    message = caught.value.message
    assert message.startswith("tfsec 1.28.14 is missing and cannot be installed (release: http://127.0.0.1:")
    assert "answered 404 Not Found; Go build: no Go toolchain found)" in message
    assert "put tfsec 1.28.14 on PATH" in (caught.value.hint or "")


def test_release_that_contains_another_version_is_refused(machine: Any, release_host: Any) -> None:
    release_host.pin("terraform", machine.terraform_release("0.12.0"))
    with pytest.raises(ToolMissing, match=r"the installed program does not run as terraform 1\.11\.4"):
        toolchain.ensure("terraform")
    assert not (machine.cache / "tools/terraform/1.11.4").exists()


def test_archive_without_the_program_is_refused(machine: Any, release_host: Any) -> None:
    release_host.pin("terraform", machine.tfsec_release())
    with pytest.raises(ToolMissing, match="does not contain terraform"):
        toolchain.ensure("terraform")


@pytest.mark.usefixtures("machine")
def test_release_over_plain_http_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODPROOF_TERRAFORM_RELEASES", "http://mirror.example/terraform")
    with pytest.raises(ToolMissing, match="MODPROOF_TERRAFORM_RELEASES must be an https URL"):
        toolchain.ensure("terraform")


@pytest.mark.usefixtures("machine")
def test_unreachable_release_host_fails_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODPROOF_TERRAFORM_RELEASES", "http://127.0.0.1:9/terraform")
    started = time.monotonic()
    with pytest.raises(ToolMissing, match=r"127\.0\.0\.1:9 is unreachable"):
        toolchain.ensure("terraform")
    assert time.monotonic() - started < 8


@pytest.fixture
def silent_host() -> Iterator[str]:
    """The URL of a host that takes no connection: its queue of connections is full."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = server.getsockname()
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"


@pytest.mark.usefixtures("machine")
def test_a_host_that_takes_no_connection_delays_the_next_route_by_at_most_5_seconds(
    monkeypatch: pytest.MonkeyPatch, silent_host: str
) -> None:
    monkeypatch.setenv("MODPROOF_TERRAFORM_RELEASES", f"{silent_host}/terraform")
    one = socket.getaddrinfo("127.0.0.1", int(silent_host.rpartition(":")[2]), type=socket.SOCK_STREAM)[:1]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: one * 6)
    started = time.monotonic()
    with pytest.raises(ToolMissing, match=r"is unreachable \(no connection within 5 seconds\)"):
        toolchain.ensure("terraform")
    assert 4 < time.monotonic() - started < 7


@pytest.mark.usefixtures("machine")
def test_the_time_to_connect_includes_the_resolution_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "CONNECT_SECONDS", 1.0)
    monkeypatch.setenv("MODPROOF_TERRAFORM_RELEASES", "https://releases.invalid/terraform")
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(60) and [])
    started = time.monotonic()
    with pytest.raises(ToolMissing, match="no connection within 1 seconds"):
        toolchain.ensure("terraform")
    answered.set()
    assert time.monotonic() - started < 3


def test_truncated_installation_is_repeated(machine: Any, release_host: Any) -> None:
    release_host.pin("terraform", machine.terraform_release())
    path = toolchain.ensure("terraform")
    os.truncate(path, 5)
    assert toolchain.find("terraform") is None
    assert toolchain.ensure("terraform") == path
    assert len(release_host.requests) == 2
    assert toolchain.find("terraform") is not None


def test_tool_folder_without_installed_json_is_not_an_installation(machine: Any, release_host: Any) -> None:
    release_host.pin("terraform", machine.terraform_release())
    machine.program("terraform", "echo 'Terraform v1.11.4'", machine.cache / "tools/terraform/1.11.4")
    assert toolchain.find("terraform") is None
    toolchain.ensure("terraform")
    assert toolchain.find("terraform") is not None


def test_killed_installation_is_not_used_and_is_deleted_by_the_next_run(machine: Any, release_host: Any) -> None:
    sha256 = release_host.pin("terraform", machine.terraform_release())
    release_host.stall_after = 20
    killed = start_installer(sha256)
    try:
        assert release_host.stalled.wait(20)
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
    assert len(machine.partial_folders()) == 1
    assert toolchain.find("terraform") is None

    release_host.stall_after = None
    assert toolchain.ensure("terraform").is_file()
    assert machine.partial_folders() == []


def test_concurrent_runs_install_once(machine: Any, release_host: Any) -> None:
    sha256 = release_host.pin("terraform", machine.terraform_release())
    release_host.delay_seconds = 1.0
    runs = [start_installer(sha256), start_installer(sha256)]
    outputs = [run.communicate(timeout=60)[0].strip() for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert outputs == [str(machine.cache / "tools/terraform/1.11.4/terraform")] * 2
    assert len(release_host.requests) == 1


GO = """
case "$1" in
  version) echo 'go version go1.26.8 linux/amd64' ;;
  list) printf 'first\\nsecond\\n' ;;
  build)
    echo "$PWD $CGO_ENABLED $GOWORK $GOGC $*" > {log}
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho v1.28.14\\n' > "$2"
    chmod +x "$2"
    echo first >&2; echo second >&2 ;;
esac
"""


def test_missing_release_falls_back_to_a_go_build(machine: Any, release_host: Any, tmp_path: Path) -> None:
    release_host.pin("tfsec", machine.tfsec_release())
    release_host.status = 404
    log = tmp_path / "build.log"
    (machine.bin / "sh").symlink_to("/bin/sh")
    (machine.bin / "chmod").symlink_to("/bin/chmod")
    machine.program("go", GO.format(log=log))

    path = toolchain.ensure("tfsec")

    assert path.parent.name.startswith("1.28.14-go-")
    folder, cgo, workspace, collector, *arguments = log.read_text().split()
    assert Path(folder).name == "tfsec"
    assert (Path(folder) / "go.sum").is_file()
    assert (cgo, workspace, collector) == ("0", "off", "off")
    assert arguments[:5] == ["build", "-v", "-mod=readonly", "-trimpath", "-gcflags=all=-dwarf=false"]
    assert "github.com/aquasecurity/tfsec/version.Version=v1.28.14" in arguments
    assert arguments[-1] == "github.com/aquasecurity/tfsec/cmd/tfsec"
    assert toolchain.find("tfsec") is not None


def test_programs_are_built_one_after_the_other(machine: Any, tmp_path: Path) -> None:
    log = tmp_path / "builds.log"
    for program in ("sh", "chmod", "sleep"):
        (machine.bin / program).symlink_to(f"/bin/{program}")
    body = f"""
case "$1" in
  version) echo 'go version go1.26.8 linux/amd64' ;;
  list) echo first ;;
  build)
    echo "begin $PWD" >> {log}
    sleep 0.5
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho terragrunt version v1.1.3; echo OpenTofu v1.12.6\\n' > "$2"
    chmod +x "$2"
    echo "end $PWD" >> {log} ;;
esac"""
    machine.program("go", body)
    with ThreadPoolExecutor() as threads:
        built = list(threads.map(toolchain.ensure, ("terragrunt", "tofu")))
    assert all(path.is_file() for path in built)
    begun, ended, begun_later, ended_later = (line.split() for line in log.read_text().splitlines())
    assert [begun[0], ended[0], begun_later[0], ended_later[0]] == ["begin", "end", "begin", "end"]
    assert begun[1] == ended[1] != begun_later[1] == ended_later[1]


def test_a_build_does_not_wait_forever_for_others(machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine.bin / "sh").symlink_to("/bin/sh")
    (machine.bin / "chmod").symlink_to("/bin/chmod")
    body = """
case "$1" in
  version) echo 'go version go1.26.8 linux/amd64' ;;
  list) echo first ;;
  build)
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho terragrunt version v1.1.3\\n' > "$2"
    chmod +x "$2" ;;
esac"""
    machine.program("go", body)
    monkeypatch.setattr(store, "_LOCK_TIMEOUT_SECONDS", 0.1)
    with store.exclusively("go-build"):
        assert toolchain.ensure("terragrunt").is_file()


def test_failed_go_build_reports_the_output_of_go(machine: Any, release_host: Any) -> None:
    release_host.pin("tfsec", machine.tfsec_release())
    release_host.status = 404
    (machine.bin / "sh").symlink_to("/bin/sh")
    body = (
        "case $1 in version) echo 'go version go1.26.8 linux/amd64';; list) echo a;; *) echo 'disk full'; exit 1;; esac"
    )
    machine.program("go", body)
    with pytest.raises(ToolMissing, match="the build failed: disk full"):
        toolchain.ensure("tfsec")
    assert machine.partial_folders() == []


def test_wheel_is_installed_by_hash_into_the_cache(machine: Any, tmp_path: Path) -> None:
    log = tmp_path / "uv.log"
    (machine.bin / "mkdir").symlink_to("/bin/mkdir")
    (machine.bin / "chmod").symlink_to("/bin/chmod")
    machine.program(
        "uv",
        f"""
if [ "$1" = --version ]; then echo 'uv 0.13.9'; exit; fi
echo "$*" > {log}
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/bin"
printf '#!/bin/sh\\necho version: 0.11.0\\n' > "$2/bin/shellcheck"
""",
    )
    assert toolchain.ensure("shellcheck") == machine.cache / "tools/shellcheck/0.11.0/bin/shellcheck"
    assert "--require-hashes --only-binary :all:" in log.read_text()
    assert toolchain.find("shellcheck") is not None


def test_unreachable_package_index_is_reported(machine: Any) -> None:
    machine.program("uv", "if [ $1 = --version ]; then echo 'uv 0.13.9'; exit; fi; echo 'error: no index' >&2; exit 2")
    with pytest.raises(ToolMissing, match="its wheel cannot be installed: error: no index") as caught:
        toolchain.ensure("shellcheck")
    assert "put shellcheck 0.11.0 on PATH" in (caught.value.hint or "")


@pytest.mark.usefixtures("machine")
def test_tool_without_a_route_is_reported_with_the_install_command() -> None:
    with pytest.raises(ToolMissing, match=r"git >= 2\.25 is not installed") as caught:
        toolchain.ensure("git")
    assert "install git" in (caught.value.hint or "") or "xcode-select" in (caught.value.hint or "")


def test_refused_version_is_reported_if_no_other_can_be_installed(machine: Any) -> None:
    path = machine.program("git", "echo git version 1.8.0")
    with pytest.raises(ToolMissing, match=rf"is not installed; {path} is 1\.8\.0"):
        toolchain.ensure("git")


@pytest.mark.usefixtures("machine")
def test_cache_folder_that_is_not_writable_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MODPROOF_CACHE", str(tmp_path / "file"))
    with pytest.raises(ConfigurationError, match=r"file/locks: the cache folder is not writable: not a") as caught:
        toolchain.ensure("terraform")
    assert "MODPROOF_CACHE" in (caught.value.hint or "")
