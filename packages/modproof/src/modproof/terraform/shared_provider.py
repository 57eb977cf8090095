"""Processes of the AWS provider for several Terraform commands: starting one costs more than most commands do.

A gRPC server between Terraform and the provider answers with a schema of the types that the root module uses, and
passes all other requests on.
Sources: https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode and
https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin5.8.proto
"""

from __future__ import annotations

import importlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from modproof.core import process
from modproof.core.errors import CommandFailed, ModproofError
from modproof.terraform.reduced_schema import UsedTypes, cached_schema, field_of, reduced

__all__ = ["AWS", "SharedProvider"]

T = TypeVar("T")
AWS = "registry.terraform.io/hashicorp/aws"
_NO_LOG = {"TF_LOG_SDK": "off", "TF_LOG_PROVIDER_AWS": "off"}
"""A provider that Terraform does not start logs every step, which takes a fifth of its CPU time in a plan.
Source: https://developer.hashicorp.com/terraform/plugin/log/managing"""
_START_SECONDS = 60.0
_POLL_SECONDS = 0.02
_REATTACH = re.compile(r"^\s*TF_REATTACH_PROVIDERS='(?P<value>\{.*\})'\s*$", re.MULTILINE)
_PROTOCOL = 5
_SERVICE = "/tfplugin5.Provider/"
_SCHEMA = f"{_SERVICE}GetSchema"
_IDENTITIES = f"{_SERVICE}GetResourceIdentitySchemas"
_CONFIGURE = f"{_SERVICE}Configure"
_CONFIGURATION = 2
"""The field of its request with the settings. Another one differs between plan and apply."""
_SHUTDOWN = "/plugin.GRPCController/Shutdown"
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_DIRECT = ("grpc.enable_http_proxy", 0)
_REQUESTS_AT_ONCE = 64


class SharedProvider:
    """The provider in the folder ``package``, with the environment ``env``; ``scratch`` is an empty folder.

    Nothing else is inherited. The provider only logs if ``env`` sets a level (``TF_LOG_…``).

    It runs in ``folder``, that of the commands: a relative path in a resource is relative to it. ``sources`` are the
    folders of all modules, by default ``folder``; they may change between commands. ``on_log`` is called with the log
    file of each process before it starts.

    With ``configured_once`` the modules configure the provider only once, and Terraform connects to the provider itself
    as soon as it has the schema: commands that use it at the same time overwrite each other's configuration. Otherwise
    each configuration has its own process.
    """

    def __init__(
        self,
        package: Path,
        *,
        folder: Path,
        env: Mapping[str, str],
        scratch: Path,
        sources: Sequence[Path] = (),
        configured_once: bool = True,
        on_log: Callable[[Path], None] = lambda _: None,
    ) -> None:
        self._package = package
        self._folder = folder
        logs = any(name.startswith("TF_LOG_") for name in env)
        self._env = env if logs else {**env, **_NO_LOG}
        self._scratch = scratch
        self.sources = tuple(sources) or (folder,)
        self._once = configured_once
        self._on_log = on_log
        self._lock = threading.RLock()
        self._processes: list[_Process] = []
        self._of_settings: dict[bytes, _Process] = {}
        self._answers: dict[bytes, bytes] = {}
        self._of_peer: dict[str, _Process] = {}
        self._used = UsedTypes(frozenset(), frozenset())
        self._server: Any = None
        self._address: dict[str, str] = {}
        self._whole = b""
        self._identities: bytes | None = None
        self._is_finished = False

    @property
    def pids(self) -> list[int]:
        """The processes of the provider that were started."""
        return [each.pid for each in self._processes]

    def environment(self, *, schema_only: bool = False) -> dict[str, str]:
        """What makes Terraform use the processes, which are started if necessary; empty if one of them ended.

        Raises CommandFailed if they cannot be started, and Interrupted.
        With ``schema_only`` a command needs no more than the schema, which is there for as long as this is not stopped.
        """
        with self._lock:
            if self._server is None and not self._is_finished:
                self._start()
            if self._server is None or not ((schema_only and self._whole) or self.runs):
                return {}
            # a type that is only in the state was in the configuration before, wherever the state is kept
            self._used = UsedTypes.within(*self.sources).after(self._used)
            self._of_peer.clear()
            if self._once:
                self._point_to(self._front)
            # in test mode Terraform only looks whether the process exists
            value = {
                "Protocol": "grpc",
                "ProtocolVersion": _PROTOCOL,
                "Pid": os.getpid(),
                "Test": True,
                "Addr": self._address,
            }
            return {"TF_REATTACH_PROVIDERS": json.dumps({AWS: value})}

    @property
    def runs(self) -> bool:
        """Whether it can serve another command: it is not finished, and none of its processes has ended."""
        return not self._is_finished and not any(each.has_ended() for each in self._processes)

    def finish(self) -> None:
        """End the processes, and answer only requests for schemas from here on. Safe to call twice."""
        self._is_finished = True
        for each in self._processes:
            each.stop()

    def stop(self) -> None:
        """End all. Safe to call twice."""
        self.finish()
        if self._server is not None:
            self._server.stop(0)
            self._server = None

    @property
    def _front(self) -> Path:
        return self._scratch / "front.sock"

    def _start(self) -> None:
        first = self._new_process()
        if first is None:
            return
        server = _grpc().server(ThreadPoolExecutor(_REQUESTS_AT_ONCE, "modproof-provider"), options=_UNLIMITED)
        server.add_generic_rpc_handlers((self,))
        if self._once:
            try:
                server.add_insecure_port(f"unix:{self._front}")
            except RuntimeError as error:
                hint = "set TMPDIR to a folder with a path of at most 60 characters"
                raise CommandFailed(f"cannot listen on {self._front}", hint=hint) from error
            self._address = {"Network": "unix", "String": str(self._scratch / "provider.sock")}
        else:
            # connections to a Unix socket all have the same name
            port = server.add_insecure_port("127.0.0.1:0")
            self._address = {"Network": "tcp", "String": f"127.0.0.1:{port}"}
        server.start()
        self._server = server

    def _new_process(self) -> _Process | None:
        """Start a process; None if the package has no program. Raises CommandFailed and Interrupted."""
        programs = sorted(self._package.glob("terraform-provider-aws*"))
        if not programs:
            return None
        log = self._scratch / f"provider-{len(self._processes)}.log"
        self._on_log(log)
        made = _Process(programs[0].resolve(), log=log, folder=self._folder, env=self._env)
        self._processes.append(made)
        if self._is_finished:  # finish ran in another thread before this process was in the list
            made.stop()
        return made

    def _point_to(self, socket: Path) -> None:
        """Make the address that Terraform connects to that of ``socket``."""
        link = self._scratch / "provider.sock"
        new = self._scratch / "provider.sock.new"
        new.unlink(missing_ok=True)
        new.symlink_to(socket)
        new.replace(link)

    def service(self, details: Any) -> Any:
        """Called by gRPC for each request: the handler of its method, None for one that is not implemented."""
        method: str = details.method
        handler = _grpc().unary_unary_rpc_method_handler
        if method == _SCHEMA:
            return handler(self._schema)
        if method == _IDENTITIES:
            return handler(self._schemas_of_identities)
        if method == _CONFIGURE:
            return handler(self._configure)
        if method.startswith(_SERVICE):
            return handler(partial(self._pass_on, method))
        return handler(_nothing) if method == _SHUTDOWN else None

    def _schema(self, request: bytes, context: Any) -> bytes:
        if not self._whole:
            first = self._processes[0]
            self._whole = cached_schema(first.program, lambda: _answer(partial(first.call, _SCHEMA, request), context))
        if self._once and not self._is_finished:
            self._point_to(self._processes[0].socket())
        return _answer(partial(reduced, self._whole, self._used), context)

    def _schemas_of_identities(self, request: bytes, context: Any) -> bytes:
        """Terraform 1.12 and later read them after each schema, and fail with any error except UNIMPLEMENTED."""
        if self._identities is None:
            if self._is_finished:
                context.abort(_grpc().StatusCode.UNIMPLEMENTED, "the provider has ended")
            self._identities = _answer(partial(self._processes[0].call, _IDENTITIES, request), context)
        return self._identities

    def _configure(self, request: bytes, context: Any) -> bytes:
        """Configure a process once for each request, all those with the same configuration the same process."""
        settings = _answer(partial(field_of, request, _CONFIGURATION), context)
        with self._lock:
            chosen = self._of_peer[context.peer()] = _answer(partial(self._process_of, settings), context)
            if request not in self._answers:
                self._answers[request] = _answer(partial(chosen.call, _CONFIGURE, request), context)
            return self._answers[request]

    def _process_of(self, settings: bytes) -> _Process:
        if settings not in self._of_settings:
            chosen = self._processes[0] if self._once or not self._of_settings else self._new_process()
            if chosen is None:
                raise CommandFailed(f"{self._package} has no program any more")
            self._of_settings[settings] = chosen
        return self._of_settings[settings]

    def _pass_on(self, method: str, request: bytes, context: Any) -> bytes:
        chosen = self._of_peer.get(context.peer(), self._processes[0])
        return _answer(partial(chosen.call, method, request), context)


class _Process:
    """One process of ``program``."""

    def __init__(self, program: Path, *, log: Path, folder: Path, env: Mapping[str, str]) -> None:
        self.program = program
        self._service = process.start_service([str(program), "-debug"], log=log, cwd=folder, env=env)
        self._lock = threading.Lock()
        self._socket: Path | None = None
        self._channel: Any = None

    @property
    def pid(self) -> int:
        return self._service.pid

    def has_ended(self) -> bool:
        return self._service.returncode() is not None

    def stop(self) -> None:
        if self._channel is not None:
            self._channel.close()
        self._service.stop()

    def socket(self) -> Path:
        """Wait for the socket that it listens on. Raises OSError if there is none."""
        with self._lock:
            deadline = time.monotonic() + _START_SECONDS
            while self._socket is None:
                match = _REATTACH.search(self._service.log.read_text(encoding="utf-8", errors="replace"))
                if match:
                    (value,) = json.loads(match["value"]).values()
                    self._socket = Path(value["Addr"]["String"])
                elif self.has_ended() or time.monotonic() > deadline:
                    raise OSError("the provider did not start")
                else:
                    time.sleep(_POLL_SECONDS)
            return self._socket

    def call(self, method: str, request: bytes) -> bytes:
        """The answer to ``request``. Raises grpc.RpcError or OSError."""
        if self._channel is None:
            self._channel = _grpc().insecure_channel(f"unix:{self.socket()}", options=[*_UNLIMITED, _DIRECT])
        answer: bytes = self._channel.unary_unary(method)(request)
        return answer


def _nothing(_request: bytes, _context: Any) -> bytes:
    return b""


def _answer(call: Callable[[], T], context: Any) -> T:
    """What ``call`` returns; its error becomes that of the request."""
    grpc = _grpc()
    try:
        answer = call()
    except grpc.RpcError as error:
        context.abort(error.code(), error.details())
    except (ModproofError, OSError, ValueError) as error:
        context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
    return answer


def _grpc() -> Any:
    # not at the top: the import takes 0.1 s. The programs that modproof starts do not use gRPC after a fork
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    return importlib.import_module("grpc")
