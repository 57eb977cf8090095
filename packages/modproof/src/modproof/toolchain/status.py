"""What is on this machine of all that a run needs, as data for ``modproof doctor``."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from modproof.core.errors import ConfigurationError
from modproof.toolchain.catalog import TOOLS, Tool, version_key
from modproof.toolchain.install import remedy
from modproof.toolchain.locate import Found, search
from modproof.toolchain.providers import mirrored_versions, plugin_cache, provider_mirror

__all__ = ["PROVIDER_RANGE", "PROVIDER_TESTED", "State", "ToolStatus", "survey"]

PROVIDER_TESTED = "5.100.0"
PROVIDER_RANGE = ("5.83", "7")
_PYTHON_RANGE = ("3.11", "3.14")
_INSTALL_COMMAND = "modproof doctor --install"
_LINT_COMMAND = "tox -e lint"
_REGISTRY = ("registry.terraform.io", 443)
_CONNECT_SECONDS = 3.0


class State(StrEnum):
    """What a run would meet."""

    READY = "ready"
    ON_DEMAND = "on demand"
    """Not there; the harness installs it when it first needs it."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ToolStatus:
    """One thing that a run needs. ``where`` and ``version`` are empty when it is not there.

    ``command`` is what mends a state that is not ready; ``note`` is what a person should know all the same.
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
        """Whether a run can go on: the thing is there, or will be when it is needed."""
        return self.state is not State.MISSING


def survey(
    extra: Sequence[Callable[[], ToolStatus]] = (), *, repository_checks: bool = True, optional: Collection[str] = ()
) -> list[ToolStatus]:
    """Look at everything, install nothing; the order is that of importance.

    ``extra`` are further things, such as the emulator's environment, asked last. ``optional`` names the optional tools
    that a run needs all the same. Without ``repository_checks`` the linters that only modproof's own repository needs
    are left out. Go is left out where it is not there and nothing that is missing has to be built with it.
    """
    audiences = {"everyone", "repository"} if repository_checks else {"everyone"}
    wanted = {name: entry for name, entry in TOOLS.items() if entry.audience in audiences or name in optional}
    statuses = {name: _status(entry) for name, entry in wanted.items()}
    to_build = [name for name, status in statuses.items() if not status.ok and TOOLS[name].go is not None]
    if not statuses["go"].ok and not to_build:
        del statuses["go"]
    terraform, *others = statuses.values()
    return [_python(), terraform, _provider(), *others, *(ask() for ask in extra)]


def _python() -> ToolStatus:
    version = platform.python_version()
    ready = version_key(_PYTHON_RANGE[0]) <= version_key(version) < version_key(_PYTHON_RANGE[1])
    return ToolStatus(
        name="python",
        state=State.READY if ready else State.MISSING,
        purpose="runs the harness",
        wanted=f">= {_PYTHON_RANGE[0]}, < {_PYTHON_RANGE[1]}",
        where=sys.executable,
        version=version,
        command="" if ready else "make the virtual environment with Python 3.11, 3.12 or 3.13",
    )


def _status(wanted: Tool) -> ToolStatus:
    result = search(wanted)
    notes = [_refusal(refused, wanted) for refused in result.refused]
    found = result.found
    if found is not None:
        reservation = wanted.reservation(found.version)
        notes = [*([reservation] if reservation else []), *notes]
        return ToolStatus(
            wanted.name,
            State.READY,
            wanted.purpose,
            wanted.wanted,
            str(found.path),
            found.version,
            "",
            "; ".join(notes),
        )
    state = State.ON_DEMAND if _within_reach(wanted) else State.MISSING
    command = remedy(wanted)
    if state is State.ON_DEMAND:
        command = _LINT_COMMAND if wanted.audience == "repository" else _INSTALL_COMMAND
    return ToolStatus(wanted.name, state, wanted.purpose, wanted.wanted, command=command, note="; ".join(notes))


def _within_reach(wanted: Tool) -> bool:
    """Whether the harness can try to get the tool; whether a host answers is known only then."""
    if wanted.installable_ready_made:
        return True
    return wanted.go is not None and search(TOOLS["go"]).found is not None


def _refusal(refused: Found, wanted: Tool) -> str:
    version = refused.version or "of unknown version"
    return f"{refused.path} ({version}) is not used: {wanted.wanted} is wanted"


def _provider() -> ToolStatus:
    name, purpose = "hashicorp/aws", "Terraform's AWS provider"
    wanted = f">= {PROVIDER_RANGE[0]}, < {PROVIDER_RANGE[1]} (tested: {PROVIDER_TESTED})"
    mend = "terraform providers mirror .modproof/providers, on a machine that reaches the registry"
    try:
        mirror = provider_mirror()
    except ConfigurationError as error:
        return ToolStatus(name, State.MISSING, purpose, wanted, command=error.hint or mend, note=error.message)
    place = mirror or plugin_cache()
    versions = mirrored_versions(place, "hashicorp", "aws")
    low, high = (version_key(bound) for bound in PROVIDER_RANGE)
    usable = [version for version in versions if low <= version_key(version) < high]
    if usable:
        note = "" if PROVIDER_TESTED in usable else f"{PROVIDER_TESTED} is tested"
        return ToolStatus(name, State.READY, purpose, wanted, str(place), max(usable, key=version_key), note=note)
    if versions:
        found = ", ".join(versions)
        return ToolStatus(name, State.MISSING, purpose, wanted, str(place), found, mend, "no version in the range")
    if _registry_answers():
        return ToolStatus(name, State.ON_DEMAND, purpose, wanted, _REGISTRY[0], command="terraform init")
    return ToolStatus(
        name,
        State.MISSING,
        purpose,
        wanted,
        command=mend,
        note="no mirror holds it, and the registry cannot be reached",
    )


def _registry_answers() -> bool:
    if os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        return True  # the proxy decides, and only a real request would tell
    try:
        with socket.create_connection(_REGISTRY, timeout=_CONNECT_SECONDS):
            return True
    except OSError:
        return False
