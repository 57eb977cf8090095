"""The steps of an example that stories and upgrades have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from modproof import toolchain
from modproof.core.environment import RARE_COLLECTION, aws_environment
from modproof.core.errors import ModproofError
from modproof.core.progress import Task
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.emulator import Emulator
from modproof.emulator.calls import References, Unresolved
from modproof.stories import leftovers
from modproof.stories.model import Story
from modproof.stories.steps import Finding, StepRecorder
from modproof.stories.workspace import Workspace
from modproof.terraform import safety
from modproof.terraform.diagnostics import Diagnostic
from modproof.terraform.watched import WatchedTerraform

__all__ = ["ExampleRecorder", "variables_argument"]


class ExampleRecorder(StepRecorder):
    """The steps of an example in ``account``, with the Terraform program ``binary``.

    ``terraform`` runs the current example; None before it is copied.
    """

    def __init__(
        self, story: Story, binary: Path, emulator: Emulator, account: str, project: Project, task: Task
    ) -> None:
        super().__init__(story, emulator, task, accounts=(account,))
        self.binary = binary
        self.account = account
        self.project = project
        self.references = References(account, story.region)
        self.terraform: WatchedTerraform | None = None

    def begin_step(self) -> None:
        """Begin to count the time of the step."""
        if self.terraform is not None:
            self.terraform.begin_step()

    def judge_all(self, found: Finding, space: Workspace, diagnostics: Iterable[Diagnostic]) -> None:
        """Add the errors of Terraform to ``found``."""
        for diagnostic in diagnostics:
            self.judge(found, diagnostic, space.problem(diagnostic))

    def start_terraform(self, space: Workspace) -> WatchedTerraform:
        """Terraform in the copy of the example, for the emulator and within the limit of a step."""
        config = toolchain.terraform_cli_config(space.copy / ".modproof", self.project.root)
        environment = aws_environment(
            endpoint_url=self.emulator.endpoint_url,
            account=self.account,
            region=self.story.region,
            services=self.emulator.service_variables,
            extra={**RARE_COLLECTION, "TF_CLI_CONFIG_FILE": str(config)},
        )
        self.terraform = WatchedTerraform(
            space.folder,
            binary=self.binary,
            env=environment,
            watch=self.watch,
            step_seconds=self.story.step_timeout,
            repeated_calls=lambda types: self.emulator.repeated_calls(leftovers.services_of(types)),
        )
        return self.terraform

    def initialise(self, terraform: WatchedTerraform, space: Workspace, name: str, project: Project) -> bool:
        """The step ``name``: init. Unsafe modules that it fetches are refused. Returns whether all steps passed."""
        with self.step(name) as found:
            with toolchain.initialising(self.project.root):
                errors = terraform.initialise()
            self.judge_all(found, space, errors)
            if not errors:
                safety.refuse([module.folder for module in terraform.fetched_modules()], project)
        return self.passed

    def write_variables(self, space: Workspace, variables: Mapping[str, Any], place: Place) -> None:
        """Set the variables of the example. Raises ModproofError for a reference that does not exist."""
        try:
            space.write_variables(self.references.fill(variables))
        except Unresolved as error:
            raise ModproofError(str(error), path=place.path, line=place.line) from error


def variables_argument(space: Workspace) -> list[str]:
    """The argument of Terraform commands with the variables that were written."""
    return [f"-var-file={space.variables_file}"]
