"""What a run needs and what of it is there: the tools, the provider and the emulator's environment."""

from __future__ import annotations

from modproof import emulator, toolchain
from modproof.progress import SILENT, Progress
from modproof.project import Project
from modproof.toolchain import ToolStatus

__all__ = ["examine", "install", "versions"]

_NEEDED_BY_EVERY_RUN = ("terraform", "tfsec")
_IN_REPORT = ("python", "terraform", "terragrunt", "hashicorp/aws", "tfsec", "localstack")


def examine(project: Project) -> list[ToolStatus]:
    """Everything that a run over ``project`` needs; installs nothing."""
    own = (project.root / "tools").is_dir()
    return toolchain.survey([lambda: emulator.status(project)], repository_checks=own, optional=_optional(project))


def install(project: Project, progress: Progress = SILENT) -> None:
    """Install whatever :func:`examine` says can be. Raises ToolMissing or EmulatorError for the first that cannot."""
    for name in (*_NEEDED_BY_EVERY_RUN, *_optional(project)):
        toolchain.ensure(name, progress)
    emulator.prepare(project, progress)


def versions(project: Project) -> dict[str, str]:
    """The version of everything that can take part in a run and is there, for the report."""
    statuses = toolchain.survey(
        [lambda: emulator.status(project)], repository_checks=False, optional=_optional(project)
    )
    return {status.name: status.version for status in statuses if status.version and status.name in _IN_REPORT}


def _optional(project: Project) -> tuple[str, ...]:
    """The tools that only this project's settings ask for."""
    return ("terragrunt",) if "terragrunt" in project.settings.documented else ()
