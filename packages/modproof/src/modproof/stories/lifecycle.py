"""Runs the steps of a story: init, seed, apply, second plan, asserts, updates, destroy, check for leftovers."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from modproof.cases.sources.checkout import Checkout
from modproof.core import process
from modproof.core.progress import SILENT, Progress, Task
from modproof.core.project import Project
from modproof.core.results import Outcome, Problem, StepResult, StoryResult
from modproof.emulator import Emulator
from modproof.emulator.calls import References, unknown_calls
from modproof.hcl.closure import module_folders
from modproof.hcl.reader import module_blocks
from modproof.stories import leftovers
from modproof.stories.callers import Callers
from modproof.stories.calls import check_assert, make
from modproof.stories.changes import undeclared, unexpected_drift
from modproof.stories.drift import Drift
from modproof.stories.example_steps import ExampleRecorder, variables_argument
from modproof.stories.leftovers import Snapshot
from modproof.stories.model import Assert, Story, Update
from modproof.stories.own_sources import example_files
from modproof.stories.workspace import Workspace, workspace
from modproof.terraform import provider_log, safety
from modproof.terraform.changes import changes
from modproof.terraform.shared_provider import AWS, SharedProvider
from modproof.terraform.watched import WatchedTerraform

__all__ = ["run"]

_LOG = "modproof.provider.log"


def run(
    story: Story,
    *,
    terraform: Path,
    emulator: Emulator,
    account: str,
    project: Project,
    progress: Progress = SILENT,
    step_seconds: float | None = None,
    record_calls: bool = False,
) -> StoryResult:
    """Run ``story`` in ``account``, with the Terraform program ``terraform``.

    ``step_seconds`` is the limit of each step instead of the story's. With ``record_calls``, the provider logs its
    requests, and the result has the AWS calls with the resources that made them. A failure is a step of the result:
    FAILED if the modules are wrong, ERROR if the step could not be run: a fault of the emulator, of a tool or of the
    machine, or a step that takes too long. Destroy runs whatever failed before. Raises only Interrupted (and
    KeyboardInterrupt).
    """
    begun = time.monotonic()
    chosen = replace(story, step_timeout=step_seconds or story.step_timeout)
    with progress.task(f"story {story.id}", total=_count(story)) as task:
        lifecycle = _Lifecycle(chosen, terraform, emulator, account, project, task)
        lifecycle.record.enabled = record_calls
        lifecycle.run()
    steps, calls = tuple(lifecycle.steps), lifecycle.record.found()
    return StoryResult(story.id, steps, story.place, time.monotonic() - begun, calls)


def _count(story: Story) -> int:
    """The number of steps if none fails, including the one that is only in the result if it fails."""
    updates = sum(2 + len(update.asserts) for update in story.updates)
    return 6 + bool(story.seed) + len(story.asserts) + updates + bool(story.drift)


class _Lifecycle(ExampleRecorder):
    def __init__(
        self, story: Story, binary: Path, emulator: Emulator, account: str, project: Project, task: Task
    ) -> None:
        super().__init__(story, binary, emulator, account, project, task)
        self.session: Any = None
        self.used_drift: list[Drift] = []

    def run(self) -> None:
        if not self._is_runnable():
            return
        with contextlib.ExitStack() as stack:
            space: Workspace | None = None
            with self.step("copy the example", listed=False):
                space = stack.enter_context(workspace(self.project, self.story.example))
            if space is None:
                return
            terraform = self.start_terraform(space)
            if not self.initialise(terraform, space, "init", self.project):
                return
            before = self._seeded()
            if before is None:
                return
            if self.record.enabled:
                self.record.callers = Callers(space.folder)
                self.record.callers.log.add(space.copy / _LOG)
                terraform.env |= {**provider_log.VARIABLES, "TF_LOG_PATH": str(space.copy / _LOG)}
            self._share_provider(terraform, space, stack)
            self._apply_and_update(terraform, space)
            self._destroy(terraform, space, before)

    def _is_runnable(self) -> bool:
        """Check what can be checked before anything runs. A step is only recorded if it fails."""
        folders = example_files(self.story.example, Checkout.of(self.project.root)).folders
        unsafe = safety.check(folders, self.project)
        if unsafe:
            self.steps.append(StepResult("safe to run", Outcome.ERROR, 0.0, tuple(unsafe)))
            return False
        with self.step("calls are known", listed=False) as found:
            self.watch()
            self.emulator.enforce(self.account, enabled=self.story.enforce)
            self.session = self.open_session(self.account)
            found.errors += unknown_calls(self.story.calls(), self.session)
        self.task.advance()
        return not self.steps

    def _share_provider(self, terraform: WatchedTerraform, space: Workspace, stack: contextlib.ExitStack) -> None:
        """Use the same processes of the AWS provider for all commands, if that is the only provider."""
        if set(terraform.providers) != {AWS}:
            return
        scratch = stack.enter_context(process.temporary_folder("provider"))
        provider = SharedProvider(
            terraform.providers[AWS],
            folder=terraform.folder,
            env=terraform.environment("plan", scratch),
            scratch=scratch,
            sources=(space.copy,),
            on_log=self.record.callers.log.add if self.record.callers else lambda _: None,
            configured_once=not terraform.fetched_modules() and _configured_once(self.story.example),
        )
        stack.callback(provider.stop)
        terraform.share(provider)

    def _seeded(self) -> Snapshot | None:
        """Make the seed calls and take a snapshot; None if that failed."""
        if self.story.seed:
            with self.step("seed") as found:
                for index, call in enumerate(self.story.seed):
                    self.attempt(found, partial(make, call, self.session, self.references), ("seed", index))
            if not self.passed:
                return None
        with self.step("snapshot before", listed=False):
            return self._snapshot()
        return None

    def _apply_and_update(self, terraform: WatchedTerraform, space: Workspace) -> None:
        """All steps between the seed and the destroy."""
        variables = dict(self.story.variables)
        with self.step("apply") as found, self.record.of("apply", self.account):
            self.write_variables(space, variables, self.story.place_of("variables"))
            self.judge_all(found, space, terraform.apply_all(arguments=variables_argument(space)))
        if not self.passed:
            return
        if not self._is_idempotent(terraform, space, "second plan is empty"):
            return
        self._asserts(terraform, self.story.asserts, ("asserts",))
        for index, update in enumerate(self.story.updates):
            variables |= update.variables
            if not self._updated(terraform, space, update, index, variables):
                return
            if not self._is_idempotent(terraform, space, f"update: {update.name}: second plan is empty"):
                return
            self._asserts(terraform, update.asserts, ("updates", index, "asserts"))
        if self.story.drift:
            with self.step("known drift is needed") as found:
                for drift in self.story.drift:
                    if drift not in self.used_drift:
                        text = f"{drift.name}: no plan of {self.story.id} changes {drift.resource}"
                        found.problems.append(Problem(text, drift.place, "delete the entry"))

    def _is_idempotent(self, terraform: WatchedTerraform, space: Workspace, name: str) -> bool:
        plan_file = space.copy / "modproof.tfplan"
        before = len(self.steps)
        with self.step(name) as found, self.record.of("plan", self.account):
            run = terraform.plan_to(plan_file, arguments=variables_argument(space))
            self.judge_all(found, space, run.errors)
            if run.changes and not run.errors:
                planned = changes(terraform.show_plan(plan_file))
                uncovered, used = unexpected_drift(self.story.drift, planned)
                self.used_drift += used
                found.problems += [Problem(str(change)) for change in uncovered]
                found.detail = "; ".join(f"known drift: {drift.name}: {drift.reason}" for drift in used)
                if not planned:
                    found.problems.append(Problem("the plan is not empty, although no resource or output changes"))
        return not self.steps[before].problems

    def _updated(
        self, terraform: WatchedTerraform, space: Workspace, update: Update, index: int, variables: dict[str, Any]
    ) -> bool:
        plan_file = space.copy / "modproof.tfplan"
        applied = False
        with self.step(f"update: {update.name}") as found, self.record.of("apply", self.account):
            self.write_variables(space, variables, self.story.place_of("updates", index, "variables"))
            run = terraform.plan_to(plan_file, arguments=variables_argument(space))
            errors = run.errors
            if not errors:
                planned = changes(terraform.show_plan(plan_file)) if run.changes else []
                for text, address in undeclared(update.changes, planned):
                    declared = [address] if address else []
                    found.problems.append(Problem(text, self.story.place_of("updates", index, "changes", *declared)))
                found.detail = "; ".join(f"{change.address}: {change.action}" for change in planned)
                errors = terraform.apply_plan(plan_file)
                applied = not errors
            self.judge_all(found, space, errors)
        return applied

    def _asserts(self, terraform: WatchedTerraform, checks: Sequence[Assert], pointer: tuple[str | int, ...]) -> None:
        if not checks:
            return
        outputs: dict[str, Any] | None = None
        with self.step("read the outputs", listed=False):
            outputs = terraform.outputs()
        if outputs is None:
            return
        self.references = References(self.account, self.story.region, outputs)
        for index, check in enumerate(checks):
            with self.step(check.name, asserted=True) as found:
                place = self.story.place_of(*pointer, index)
                call = partial(check_assert, check, self.session, self.references, place)
                found.problems += self.attempt(found, call, (*pointer, index)) or ()

    def _destroy(self, terraform: WatchedTerraform, space: Workspace, before: Snapshot) -> None:
        """Destroy, and compare with the snapshot ``before``."""
        if not self.emulator.alive():
            return  # a step has reported it, and nothing remains to be destroyed
        types: set[str] = set()
        with self.step("destroy") as found, self.record.of("destroy", self.account):
            types = terraform.resource_types()
            self.judge_all(found, space, terraform.destroy_all(arguments=variables_argument(space)))
        if not self.emulator.alive():
            return
        with self.step("nothing is left") as found:
            after = self.compare(found, before, self._snapshot)
            unlisted = leftovers.unlisted(types, after)
            found.detail = f"not checked: {'; '.join(unlisted)}" if unlisted else ""

    def _snapshot(self) -> Snapshot:
        return leftovers.take_snapshot(self.session, services=self.emulator.services())


def _configured_once(example: Path) -> bool:
    """Whether all resources of the example, and of the local modules that it calls, have the same provider settings."""
    blocks = list(module_blocks(example, "provider"))
    # the settings in a called module are not those of the example's own resources
    called = [folder for folder in module_folders(example) if folder != example.resolve()]
    inner = any(list(module_blocks(folder, "provider")) for folder in called)
    return not inner and len(blocks) < 2 and not any(block.attribute("alias") for block in blocks)
