"""Applies an example of a release, and plans the same example of the checkout on that state."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from modproof.cases.sources.checkout import Checkout
from modproof.core.progress import Task
from modproof.core.project import Project
from modproof.core.results import Outcome, Problem
from modproof.emulator import Emulator
from modproof.hcl.reader import module_blocks
from modproof.stories.calls import make
from modproof.stories.example_steps import ExampleRecorder, variables_argument
from modproof.stories.model import Story, required_variables
from modproof.stories.own_sources import example_files
from modproof.stories.steps import Finding
from modproof.stories.workspace import Workspace, workspace
from modproof.terraform import safety
from modproof.terraform.diagnostics import Diagnostic
from modproof.terraform.watched import WatchedTerraform

__all__ = ["UpgradePlan", "plan_upgrade"]


@dataclass(frozen=True, slots=True)
class UpgradePlan:
    """``plan`` is Terraform's JSON, None if there is none. ``problems`` are errors of the checkout.

    ``errors`` prevented the apply of the release, or are about the emulator, a tool or the machine.
    """

    plan: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = ()
    errors: tuple[Problem, ...] = ()


def plan_upgrade(
    old: Story,
    new: Story,
    *,
    release: Project,
    project: Project,
    checkouts: tuple[Checkout, Checkout],
    terraform: Path,
    emulator: Emulator,
    account: str,
    task: Task,
    step_seconds: float | None = None,
) -> UpgradePlan:
    """Apply the story ``old`` of ``release`` in ``account``, and plan the example of ``new`` on its state.

    ``checkouts`` are those of ``release`` and ``project``: their modules are used where an example calls one by the
    address of the repository, whatever its ref.
    Both get the variables of ``old``. ``new`` only adds those that ``old`` does not set and the example now requires.
    ``step_seconds`` is the limit of each step instead of the stories'. In the emulator of the user, the resources are
    destroyed. Raises only Interrupted (and KeyboardInterrupt).
    """
    old, new = (replace(story, step_timeout=step_seconds or story.step_timeout) for story in (old, new))
    upgrade = _Upgrade(old, new, release, project, checkouts, terraform, emulator, account, task)
    upgrade.run()
    return upgrade.result()


class _Upgrade(ExampleRecorder):
    def __init__(
        self,
        old: Story,
        new: Story,
        release: Project,
        project: Project,
        checkouts: tuple[Checkout, Checkout],
        binary: Path,
        emulator: Emulator,
        account: str,
        task: Task,
    ) -> None:
        super().__init__(old, binary, emulator, account, project, task)
        self.old = old
        self.new = new
        self.release = release
        self.checkouts = checkouts
        self.plan: dict[str, Any] | None = None
        self.of_release = True

    def result(self) -> UpgradePlan:
        """The plan, and what the steps found."""
        return UpgradePlan(self.plan, self._found(Outcome.FAILED), self._found(Outcome.ERROR))

    def _found(self, outcome: Outcome) -> tuple[Problem, ...]:
        return tuple(
            replace(problem, message=f"{step.name}: {problem.message}")
            for step in self.steps
            if step.outcome is outcome
            for problem in step.problems
        )

    def run(self) -> None:
        if not self._is_safe():
            return
        with contextlib.ExitStack() as stack:
            spaces: list[Workspace] = []
            with self.step("copy the example", listed=False):
                for story, project, checkout in self._sides():
                    spaces.append(stack.enter_context(workspace(project, story.example, checkout)))
            if not self.passed:
                return
            before, after = spaces
            terraform = self.start_terraform(before)
            if not self.initialise(terraform, before, "init the release", self.release) or not self._seeded():
                return
            with self.step("apply the release") as found:
                self.write_variables(before, self.old.variables, self.old.place_of("variables"))
                self.judge_all(found, before, terraform.apply_all(arguments=variables_argument(before)))
            state = ""
            if self.passed:
                with self.step("read the state", listed=False):
                    state = terraform.run("state", "pull").stdout
            if self.passed:
                self._plan(state, after)
            if not self.emulator.ours:
                self._destroy(terraform, before)

    def _sides(self) -> list[tuple[Story, Project, Checkout]]:
        of_release, of_project = self.checkouts
        return [(self.old, self.release, of_release), (self.new, self.project, of_project)]

    def _is_safe(self) -> bool:
        with self.step("safe to run", listed=False) as found:
            for story, project, checkout in self._sides():
                found.errors += safety.check(example_files(story.example, checkout).folders, project)
        return self.passed

    def _seeded(self) -> bool:
        if self.old.seed:
            with self.step("seed") as found:
                session = self.open_session(self.account)
                for index, call in enumerate(self.old.seed):
                    self.attempt(found, partial(make, call, session, self.references), ("seed", index))
                _to_errors(found)
        return self.passed

    def _plan(self, state: str, after: Workspace) -> None:
        self.of_release = False
        self.story = self.new
        terraform = self.start_terraform(after)
        if not self.initialise(terraform, after, "init the checkout", self.project):
            return
        with self.step("plan the checkout") as found:
            self._take_over(state, terraform, after)
            self.write_variables(after, _variables(self.old, self.new), self.new.place_of("variables"))
            plan_file = after.copy / "modproof.tfplan"
            run = terraform.plan_to(plan_file, arguments=variables_argument(after))
            self.judge_all(found, after, run.errors)
            if not run.errors:
                self.plan = terraform.show_plan(plan_file)

    def _take_over(self, state: str, terraform: WatchedTerraform, after: Workspace) -> None:
        """Write ``state`` wherever the example has its state. Raises CommandFailed."""
        if state.strip():  # empty if the release has neither resources nor outputs
            file = after.copy / "release.tfstate"
            file.write_text(state, encoding="utf-8")
            terraform.execute_command("state", "push", str(file))

    def _destroy(self, terraform: WatchedTerraform, space: Workspace) -> None:
        """Destroy what the release created in the emulator of the user."""
        if not self.emulator.alive():
            return
        self.of_release = True
        terraform.begin_step()
        with self.step("destroy", listed=False) as found:
            self.judge_all(found, space, terraform.destroy_all(arguments=variables_argument(space)))

    def judge_all(self, found: Finding, space: Workspace, diagnostics: Iterable[Diagnostic]) -> None:
        """Add the errors of Terraform to ``found``. The release is not under test: its own are errors too."""
        super().judge_all(found, space, diagnostics)
        if self.of_release:
            _to_errors(found)


def _to_errors(found: Finding) -> None:
    found.errors += found.problems
    found.problems.clear()


def _variables(old: Story, new: Story) -> dict[str, Any]:
    """The variables of ``old`` that the checkout's example has, and those that it requires in addition."""
    declared = {label for block in module_blocks(new.example, "variable") for label in block.labels}
    values = {name: value for name, value in old.variables.items() if name in declared}
    added = (required_variables(new.example) - set(values)) & set(new.variables)
    return values | {name: new.variables[name] for name in added}
