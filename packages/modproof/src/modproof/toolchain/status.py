"""The prerequisites of a run and their state on this machine, as data for ``modproof doctor``."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from modproof.core.errors import ConfigurationError, Interrupted, ModproofError, machine_fault
from modproof.toolchain.catalog import TOOLS, Tool, version_key
from modproof.toolchain.install import remedy
from modproof.toolchain.locate import Found, search
from modproof.toolchain.providers import mirrored_versions, plugin_cache, provider_mirror

__all__ = ["PROVIDER_TESTED", "ProviderVersions", "State", "ToolStatus", "survey"]

PROVIDER_TESTED = "5.100.0"
_PYTHON_RANGE = ("3.11", "3.14")
_INSTALL_COMMAND = "modproof doctor --install"
_LINT_COMMAND = "tox -e lint"
_REGISTRY = ("registry.terraform.io", 443)
_CONNECT_SECONDS = 3.0


class State(StrEnum):
    """The state of a prerequisite."""

    READY = "ready"
    ON_DEMAND = "on demand"
    """Missing, but modproof installs it at first use."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ToolStatus:
    """One prerequisite of a run. ``where`` and ``version`` are empty if it is missing.

    ``wanted`` is the accepted version range, ``command`` installs or fixes what is not ready, ``note`` is a remark.
    """

    name: str
    state: State
    purpose: str
    wanted: str
    where: str = ""
    version: str = ""
    command: str = ""
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether a run can start: the prerequisite is ready, or is installed at first use."""
        return self.state is not State.MISSING


@dataclass(frozen=True, slots=True)
class ProviderVersions:
    """The versions of hashicorp/aws that a project's modules accept; ``wanted`` shows them as constraints."""

    wanted: str = "any version"
    accepts: Callable[[str], bool] = lambda _: True


def survey(
    extra: Mapping[str, Callable[[], ToolStatus]] | None = None,
    *,
    repository_checks: bool = True,
    optional: Collection[str] = (),
    provider_versions: ProviderVersions | None = None,
) -> list[ToolStatus]:
    """The status of every prerequisite, most important first; installs nothing.

    ``extra`` has further checks by name, such as that of the emulator's environment; they come last. A check that fails
    is a status too. ``optional`` names the optional tools to include. ``repository_checks`` includes the linters that
    only modproof's own repository needs. Every version of the AWS provider is accepted without ``provider_versions``.
    Go is omitted if it is missing and no missing tool has to be built with it.
    """
    audiences = {"everyone", "repository"} if repository_checks else {"everyone"}
    wanted = {name: entry for name, entry in TOOLS.items() if entry.audience in audiences or name in optional}
    statuses = {name: _checked(name, entry.purpose, partial(_status, entry)) for name, entry in wanted.items()}
    to_build = [name for name, status in statuses.items() if not status.ok and TOOLS[name].go is not None]
    if not statuses["go"].ok and not to_build:
        del statuses["go"]
    terraform, *others = statuses.values()
    checked = partial(_provider, provider_versions or ProviderVersions())
    provider = _checked("hashicorp/aws", "Terraform's AWS provider", checked)
    asked = [_checked(name, "", ask) for name, ask in (extra or {}).items()]
    return [_python(), terraform, provider, *others, *asked]


def _checked(name: str, purpose: str, check: Callable[[], ToolStatus]) -> ToolStatus:
    """The status, or the fault that prevented the check: the other checks are still made."""
    try:
        return check()
    except Interrupted:
        raise
    except (ModproofError, OSError) as error:
        fault = error if isinstance(error, ModproofError) else machine_fault(error)
        note = f"it cannot be checked: {fault or error}"
        return ToolStatus(name, State.MISSING, purpose, "a check that succeeds", note=note)


def _python() -> ToolStatus:
    version = platform.python_version()
    ready = version_key(_PYTHON_RANGE[0]) <= version_key(version) < version_key(_PYTHON_RANGE[1])
    return ToolStatus(
        name="python",
        state=State.READY if ready else State.MISSING,
        purpose="runs modproof",
        wanted=f">= {_PYTHON_RANGE[0]}, < {_PYTHON_RANGE[1]}",
        where=sys.executable,
        version=version,
        command="" if ready else "create the virtual environment with Python 3.11, 3.12 or 3.13",
    )


def _status(wanted: Tool) -> ToolStatus:
    result = search(wanted)
    notes = [_refusal(refused, wanted) for refused in result.refused]
    found = result.found
    if found is not None:
        warning = wanted.untested_warning(found.version)
        notes = [*([warning] if warning else []), *notes]
        return ToolStatus(
            wanted.name,
            State.READY,
            wanted.purpose,
            wanted.wanted,
            where=str(found.path),
            version=found.version,
            note="; ".join(notes),
        )
    state = State.ON_DEMAND if _can_install(wanted) else State.MISSING
    command = remedy(wanted)
    if state is State.ON_DEMAND:
        command = _LINT_COMMAND if wanted.audience == "repository" else _INSTALL_COMMAND
    return ToolStatus(wanted.name, state, wanted.purpose, wanted.wanted, command=command, note="; ".join(notes))


def _can_install(wanted: Tool) -> bool:
    """Whether modproof can try to install the tool; the download itself can still fail."""
    if wanted.has_binary:
        return True
    return wanted.go is not None and search(TOOLS["go"]).found is not None


def _refusal(refused: Found, wanted: Tool) -> str:
    version = refused.version or "of unknown version"
    return f"{refused.path} ({version}) is not used: {wanted.wanted} is required"


def _provider(required: ProviderVersions) -> ToolStatus:
    name, purpose = "hashicorp/aws", "Terraform's AWS provider"
    wanted = f"{required.wanted} (tested: {PROVIDER_TESTED})"
    fix = "terraform providers mirror .modproof/providers, on a machine with access to the registry"
    try:
        mirror = provider_mirror()
    except ConfigurationError as error:
        return ToolStatus(name, State.MISSING, purpose, wanted, command=error.hint or fix, note=error.message)
    place = mirror or plugin_cache()
    versions = mirrored_versions(place, "hashicorp", "aws")
    usable = [version for version in versions if required.accepts(version)]
    if usable:
        newest = max(usable, key=version_key)
        note = "" if PROVIDER_TESTED in usable else f"{newest} is not tested; tested: {PROVIDER_TESTED}"
        return ToolStatus(name, State.READY, purpose, wanted, str(place), newest, note=note)
    if versions:
        found = ", ".join(versions)
        return ToolStatus(name, State.MISSING, purpose, wanted, str(place), found, fix, "no version in the range")
    if _registry_is_reachable():
        return ToolStatus(name, State.ON_DEMAND, purpose, wanted, _REGISTRY[0], command="terraform init")
    return ToolStatus(
        name,
        State.MISSING,
        purpose,
        wanted,
        command=fix,
        note="no mirror contains it, and the registry is unreachable",
    )


def _registry_is_reachable() -> bool:
    if os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        return True  # only a real request through the proxy would show
    try:
        with socket.create_connection(_REGISTRY, timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False
