"""Which of Terraform's errors are about the machine, the network or a tool, and not about a module.

Such an error may be gone in the next run without any change to a module. Sources of the texts:

- providers: https://github.com/hashicorp/terraform/blob/v1.11.4/internal/command/init.go and
  https://github.com/hashicorp/terraform/blob/v1.11.4/internal/providercache/installer.go
- modules: https://github.com/hashicorp/terraform/blob/v1.11.4/internal/initwd/module_install.go
- crashes: https://github.com/hashicorp/terraform/blob/v1.11.4/internal/plugin/grpc_error.go and
  https://github.com/hashicorp/go-plugin/blob/v1.6.0/client.go
- the network and the machine: errors of Go's packages ``net`` and ``syscall``, and of git
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from modproof.terraform.diagnostics import Diagnostic

__all__ = ["PROVIDER_CAUSES", "Cause", "Failure", "failure_in", "failure_of", "is_transient"]


class Cause(StrEnum):
    """What prevented a result."""

    PROVIDER = "provider"
    """A provider cannot be installed."""
    NO_RELEASE = "no release"
    """No available release of a provider matches all its constraints."""
    STALE_LOCK = "stale lock"
    """The lock file has a version of a provider that does not match, or that no longer exists."""
    CHECKSUM = "checksum"
    """A provider package differs from the one in the lock file."""
    SOURCE = "module source"
    """A module cannot be fetched."""
    CRASH = "crash"
    """A provider ended, or does not start."""
    MACHINE = "machine"
    """The disk is full, memory is short, or a similar fault of the system."""
    NETWORK = "network"


PROVIDER_CAUSES = frozenset({Cause.PROVIDER, Cause.NO_RELEASE, Cause.STALE_LOCK, Cause.CHECKSUM})
"""The causes with a provider that cannot be installed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an error is not about a module.

    ``reason`` is the part of the error that says so, ``hint`` the remedy. ``provider`` is the source address of the
    provider that cannot be installed, as Terraform shows it; ``transient`` is True where another attempt may succeed.
    """

    cause: Cause
    reason: str
    hint: str
    provider: str = ""
    transient: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether the version in the lock file no longer exists."""
        return self.cause is Cause.STALE_LOCK and "no longer available" in self.reason


_PROVIDER_SUMMARIES = (
    "Failed to query available provider packages",
    "Failed to install provider",
    "Invalid provider registry host",
    "Required plugins are not installed",
)
_SOURCE_SUMMARIES = (
    "Failed to download module",
    "Error accessing remote module registry",
    "Invalid response from remote module registry",
    "Module not found",
    "Unresolvable module version constraint",
    "Unreadable module subdirectory",
)
_CONDITION_SUMMARIES = (
    "Invalid value for variable",
    "Resource precondition failed",
    "Resource postcondition failed",
    "Module output value precondition failed",
    "Check block assertion failed",
)
_CRASH = re.compile(
    r"Plugin did not respond|Unrecognized remote plugin message|Failed to read any lines from plugin's stdout"
    r"|timeout while waiting for plugin to start|plugin exited before we could connect|The plugin encountered an error"
    r"|request was cancelled|signal: killed|[Pp]lugin process exited|transport is closing"
    r"|error reading from server: EOF"
)
_MACHINE = re.compile(
    r"[Nn]o space left on device|[Dd]isk quota exceeded|cannot allocate memory|out of memory|too many open files"
    r"|[Rr]ead-only file system|resource temporarily unavailable|input/output error|Failed to write plan file"
)
_BRIEF = re.compile(
    r"connection refused|[Cc]onnection reset|[Cc]onnection timed out|i/o timeout|TLS handshake timeout"
    r"|Client\.Timeout exceeded|early EOF|Failed to connect to|Couldn't connect to server"
    r"|RPC failed|server misbehaving|Temporary failure in name resolution"
    r"|(?:status code|returned error:|response code) (?:429|50[0234])|50[234] (?:Bad Gateway|Service|Gateway)"
)
_LASTING = re.compile(
    r"dial tcp|no such host|network is unreachable|no route to host|[Cc]ould not resolve (?:host|proxy)"
    r"|could not connect to|context deadline exceeded|proxyconnect"
)
_ANSWERED = re.compile(r"\bapi error \w+:")
"""AWS answered, so that what its message says about a connection is not about this machine's network."""
_OF_PROVIDER = re.compile(
    r"(?:versions for provider|while installing|package for|host for provider) (?P<provider>[\w.:/-]+?)"
    r"(?: v(?P<version>[\w.+-]+))?: (?P<reason>.*)",
    re.DOTALL,
)
_ADVICE = re.compile(r"\s+To see which modules are currently depending on .*", re.DOTALL)

_REGISTRY_HINT = (
    "connect to the registry, or point MODPROOF_PROVIDER_MIRROR at a filesystem mirror"
    " (`terraform providers mirror FOLDER` fills one)"
)
_MIRROR_HINT = (
    "add it to the filesystem mirror (`terraform providers mirror FOLDER`), which MODPROOF_PROVIDER_MIRROR names"
)
_CONNECTION_HINT = "check the connection to the host, and the proxy settings"
_CRASH_HINT = (
    "it was killed, for example because memory is short, or it has a bug: free memory and run again; if it ends again,"
    " report it to the provider"
)


def failure_of(diagnostic: Diagnostic) -> Failure | None:
    """Why ``diagnostic`` is not about a module; None if it is."""
    summary, text = diagnostic.summary, diagnostic.text
    if summary.startswith(_CONDITION_SUMMARIES) or "provisioner error" in summary:
        return None  # the author of the module wrote the detail, or the command in it
    if summary.startswith(_PROVIDER_SUMMARIES):
        return _provider(diagnostic)
    if summary.startswith(_SOURCE_SUMMARIES) and "If you intended this as a path" not in text:
        return _source(text)
    return failure_in(text)


def failure_in(text: str) -> Failure | None:
    """The fault of the machine, the network or a tool in the output of a program, if it has any."""
    machine = _MACHINE.search(text)
    if machine:
        return Failure(Cause.MACHINE, machine[0], _machine_hint(machine[0]))
    crash = _CRASH.search(text)
    if crash:
        return Failure(Cause.CRASH, crash[0], f"the provider ended unexpectedly: {_CRASH_HINT}", transient=True)
    network = _BRIEF.search(text) or _LASTING.search(text)
    if network and not _ANSWERED.search(text):
        return Failure(Cause.NETWORK, network[0], _CONNECTION_HINT, transient=bool(_BRIEF.search(text)))
    return None


def is_transient(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether another attempt may succeed: some error is transient."""
    return any((found := failure_of(diagnostic)) is not None and found.transient for diagnostic in diagnostics)


def _provider(diagnostic: Diagnostic) -> Failure:
    detail = _ADVICE.sub("", diagnostic.detail)
    match = _OF_PROVIDER.search(detail)
    provider = match["provider"] if match else ""
    reason = " ".join((match["reason"] if match else detail).split()) or diagnostic.summary
    if "no available releases match" in reason:
        return Failure(
            Cause.NO_RELEASE, reason, "change the constraint, or make a matching release available", provider
        )
    if "does not match configured version constraint" in reason or "is no longer available" in reason:
        return Failure(Cause.STALE_LOCK, reason, "delete the lock file, or run `terraform init -upgrade`", provider)
    if "doesn't match any of the checksums" in reason:
        hint = "if the package was replaced on purpose, delete the lock file; otherwise install it again"
        return Failure(Cause.CHECKSUM, reason, hint, provider)
    if "does not have a provider named" in reason:
        return Failure(Cause.PROVIDER, reason, "set its source in required_providers", provider)
    if "does not offer a Terraform provider registry" in reason or "Invalid provider registry host" in reason:
        return Failure(Cause.PROVIDER, reason, "check the host in its source", provider)
    if "not found in any of the search locations" in reason:
        return Failure(Cause.PROVIDER, reason, _MIRROR_HINT, provider)
    general = failure_in(reason)
    if general is not None and general.cause is Cause.MACHINE:
        return Failure(Cause.PROVIDER, reason, general.hint, provider)
    return Failure(Cause.PROVIDER, reason, _REGISTRY_HINT, provider, transient=bool(_BRIEF.search(reason)))


def _source(text: str) -> Failure:
    general = failure_in(text)
    if general is not None and general.cause is not Cause.CRASH:
        return Failure(Cause.SOURCE, general.reason, general.hint, transient=general.transient)
    return Failure(Cause.SOURCE, text, "check the address and the version of its source, and your access to it")


def _machine_hint(reason: str) -> str:
    lowered = reason.lower()
    if "memory" in lowered or "temporarily" in lowered:
        return "free memory, and run again"
    if "open files" in lowered:
        return "raise the limit (`ulimit -n`), and run again"
    if "read-only" in lowered:
        return "make the folder writable (TMPDIR sets the one for temporary files)"
    return "free disk space in the project and in the folder for temporary files (TMPDIR), and run again"
