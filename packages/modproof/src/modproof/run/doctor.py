"""Checks the prerequisites of a run: the tools, the provider and the emulator's environment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from modproof import emulator, stories, toolchain
from modproof.compliance.scanners import NAMES, programs
from modproof.core.errors import CommandFailed, Interrupted, ModproofError, machine_fault
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.plan.constraints import VersionRange
from modproof.plan.requirements import requirements
from modproof.toolchain import ProviderVersions, ToolStatus

__all__ = ["examine", "install", "versions"]

_IN_REPORT = frozenset(("python", "terraform", "terragrunt", "hashicorp/aws", "localstack", *NAMES))


def examine(project: Project) -> list[ToolStatus]:
    """The status of everything that a run over ``project`` needs; installs nothing."""
    own = (project.root / "tools").is_dir()
    return toolchain.survey(
        {"localstack": lambda: emulator.status(project)},
        repository_checks=own,
        optional=_optional(project),
        provider_versions=_provider_versions(project),
    )


def _provider_versions(project: Project) -> ProviderVersions:
    """What all modules accept, or what one of them does if their constraints exclude each other."""
    folders = map(project.module_folder, project.module_names())
    required = [each for each in requirements(folders) if each.provider == "hashicorp/aws" and each.constraint]
    if not required:
        return ProviderVersions()
    constraints = list(dict.fromkeys(each.constraint for each in required))
    together = VersionRange.of(constraints)
    each_alone = [VersionRange.of([constraint]) for constraint in constraints]
    alternatives = each_alone if together.is_empty else [together]
    return ProviderVersions(
        " or ".join(constraints) if together.is_empty else ", ".join(constraints),
        lambda version: any(accepted.accepts(version) for accepted in alternatives),
    )


def install(project: Project, progress: Progress = SILENT) -> list[ModproofError]:
    """Install everything that is missing, and return why some of it cannot be installed."""
    names = ("terraform", *_optional(project))
    steps: list[Callable[[], object]] = [partial(toolchain.ensure, name, progress) for name in names]
    steps.append(partial(emulator.prepare, project, progress))
    failures: list[ModproofError] = []
    for step in steps:
        try:
            step()
        except Interrupted:
            raise
        except (ModproofError, OSError) as error:
            failures.append(_fault(error))
    return failures


def _fault(error: ModproofError | OSError) -> ModproofError:
    return error if isinstance(error, ModproofError) else machine_fault(error) or CommandFailed(str(error))


def versions(project: Project) -> dict[str, str]:
    """The versions of the tools that are installed, for the report."""
    statuses = toolchain.survey(
        {"localstack": lambda: emulator.status(project)},
        repository_checks=False,
        optional=_optional(project),
        provider_versions=_provider_versions(project),
    )
    return {status.name: status.version for status in statuses if status.version and status.name in _IN_REPORT}


def _optional(project: Project) -> tuple[str, ...]:
    """The tools that only some projects need."""
    needed = "terragrunt" in project.settings.documented or stories.has_tree(stories.find_files(project), project)
    return (*(("terragrunt",) if needed else ()), *programs(project.settings))
