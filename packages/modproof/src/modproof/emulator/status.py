"""The emulator's status for ``modproof doctor``, and its installation ahead of the first use."""

from __future__ import annotations

import os

from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.emulator import endpoint, plugin, releases, venv
from modproof.toolchain import State, ToolStatus

__all__ = ["prepare", "status"]


def status(project: Project) -> ToolStatus:
    """The status of LocalStack for ``project``; starts and installs nothing."""
    wanted = releases.chosen().version
    named = os.environ.get(endpoint.VARIABLE)
    if named:
        url = endpoint.normalized(named)
        answer = endpoint.health(url, path=project.settings.emulator.health)
        return ToolStatus(
            name="localstack",
            state=State.READY if answer else State.MISSING,
            purpose="emulates AWS",
            wanted=wanted,
            where=url if answer else "",
            version=str(answer.get("version", "")) if answer else "",
            command="" if answer else f"unset {endpoint.VARIABLE}",
            note=f"set by {endpoint.VARIABLE}",
        )
    found = venv.find()
    sagemaker = plugin.origin(project)
    return ToolStatus(
        name="localstack",
        state=State.READY if found else State.ON_DEMAND,
        purpose="emulates AWS",
        wanted=wanted,
        where=str(found.python.parent.parent) if found else "",
        version=wanted if found else "",
        command="" if found else "modproof doctor --install",
        note=f"SageMaker from {sagemaker}" if sagemaker else f"without SageMaker: pip install {plugin.DISTRIBUTION}",
    )


def prepare(project: Project, progress: Progress = SILENT) -> None:
    """Create the environment and the plug-in's overlay. Raises EmulatorError or ToolMissing if that fails."""
    plugin.overlay(project, venv.ensure(progress))
