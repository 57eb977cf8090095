"""What `doctor` says of the emulator, and what makes it ready before it is needed."""

from __future__ import annotations

import os

from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.emulator import endpoint, plugin, venv
from modproof.toolchain import State, ToolStatus

__all__ = ["prepare", "status"]


def status(project: Project) -> ToolStatus:
    """Whether LocalStack is there for ``project``; starts and installs nothing."""
    wanted = venv.locked_version()
    named = os.environ.get(endpoint.VARIABLE)
    if named:
        url = endpoint.checked(named)
        answer = endpoint.health(url)
        return ToolStatus(
            name="localstack",
            state=State.READY if answer else State.MISSING,
            purpose="stands in for AWS",
            wanted=wanted,
            where=url if answer else "",
            version=str(answer.get("version", "")) if answer else "",
            command="" if answer else f"unset {endpoint.VARIABLE}",
            note=f"{endpoint.VARIABLE} names it",
        )
    found = venv.find()
    sagemaker = plugin.origin(project)
    return ToolStatus(
        name="localstack",
        state=State.READY if found else State.ON_DEMAND,
        purpose="stands in for AWS",
        wanted=wanted,
        where=str(found.python.parent.parent) if found else "",
        version=wanted if found else "",
        command="" if found else "modproof doctor --install",
        note=f"SageMaker from {sagemaker}" if sagemaker else f"without SageMaker: pip install {plugin.DISTRIBUTION}",
    )


def prepare(project: Project, progress: Progress = SILENT) -> None:
    """Make the environment and the plug-in's overlay now. Raises EmulatorError, ToolMissing."""
    plugin.overlay(project, venv.ensure(progress))
