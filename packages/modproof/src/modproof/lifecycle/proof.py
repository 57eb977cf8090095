"""The steps of a story, one after the other, each judged and timed."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from modproof import dependencies, inventory, safety, toolchain
from modproof.drift import Drift
from modproof.emulator import Emulator
from modproof.environment import aws_environment
from modproof.errors import EmulatorError, Interrupted, ModproofError
from modproof.inventory import Inventory
from modproof.lifecycle.calls import Scope, Unresolved, asserted, boto_errors, made, unknown_calls
from modproof.lifecycle.changes import changes, judge_changes, judge_drift
from modproof.lifecycle.watched import WatchedTerraform
from modproof.lifecycle.workspace import Workspace, workspace
from modproof.progress import SILENT, Progress, Task
from modproof.project import Project
from modproof.results import Outcome, Problem, StepResult, StoryResult
from modproof.stories import Assert, Story, Update

__all__ = ["prove"]

_SETTLE_SECONDS = 2.0
T = TypeVar("T")


def prove(
    story: Story,
    *,
    terraform: Path,
    emulator: Emulator,
    account: str,
    project: Project,
    progress: Progress = SILENT,
) -> StoryResult:
    """Take ``story`` through its life in ``account``, with the Terraform program ``terraform``.

    What goes wrong is a step of the result: FAILED where the modules are wrong, ERROR where a step could not be
    done. Destroy runs whatever failed before it. Only Interrupted (and KeyboardInterrupt) are raised.
    """
    begun = time.monotonic()
    with progress.task(f"story {story.id}", total=_count(story)) as task:
        proof = _Proof(story, terraform, emulator, account, project, task)
        proof.run()
    return StoryResult(story.id, tuple(proof.steps), story.place, time.monotonic() - begun)


def _count(story: Story) -> int:
    """How many steps are taken when none fails, the one that is left out of the result when it passes included."""
    updates = sum(2 + len(update.asserts) for update in story.updates)
    return 6 + bool(story.seed) + len(story.asserts) + updates + bool(story.drift)


@dataclass(slots=True)
class _Finding:
    """What a step under way has found so far."""

    problems: list[Problem] = field(default_factory=list)
    detail: str = ""


class _Proof:
    def __init__(
        self, story: Story, binary: Path, emulator: Emulator, account: str, project: Project, task: Task
    ) -> None:
        self.story = story
        self.binary = binary
        self.emulator = emulator
        self.account = account
        self.project = project
        self.task = task
        self.steps: list[StepResult] = []
        self.doing = ""
        self.scope = Scope(account, story.region)
        self.session: Any = None
        self.needed_drift: list[Drift] = []

    def run(self) -> None:
        if not self._is_fit_to_run():
            return
        with workspace(self.project, self.story.example) as space:
            terraform = self._terraform(space)
            if not self._initialised(terraform, space):
                return
            before = self._seeded()
            if before is None:
                return
            self._live(terraform, space)
            self._end(terraform, space, before)

    @property
    def _passed(self) -> bool:
        return all(step.outcome is Outcome.PASSED for step in self.steps)

    @contextlib.contextmanager
    def _step(self, name: str, *, asserted: bool = False) -> Iterator[_Finding]:
        """One step: problems that it finds make it FAILED, an error that it meets makes it an ERROR."""
        found = _Finding()
        outcome = Outcome.ERROR
        begun = time.monotonic()
        self.task.note(name)
        self.doing = f"{name} of {self.story.id}"
        try:
            yield found
            outcome = Outcome.FAILED if found.problems else Outcome.PASSED
        except (Interrupted, KeyboardInterrupt) as error:
            if self.emulator.ours:
                raise
            raise Interrupted(
                f"stopped during {self.doing}",
                hint=f"account {self.account} at {self.emulator.endpoint_url} may still hold what was applied",
            ) from error
        except ModproofError as error:
            found.problems.append(Problem.of(error))
        except boto_errors().BotoCoreError as error:
            found.problems.append(self._unanswered(error))
        seconds = time.monotonic() - begun
        self.steps.append(StepResult(name, outcome, seconds, tuple(found.problems), found.detail, asserted))
        self.task.advance()

    def _unanswered(self, error: Exception) -> Problem:
        try:
            self._watch()
        except EmulatorError as gone:
            return Problem(gone.message, hint=gone.hint)
        return Problem(f"an AWS call could not be made: {' '.join(str(error).split())}")

    def _watch(self) -> None:
        self.emulator.check(self.doing)

    def _is_fit_to_run(self) -> bool:
        """What can be known to be wrong before anything is done; a step only where something is."""
        unsafe = safety.check(dependencies.module_folders(self.story.example), self.project)
        if unsafe:
            self.steps.append(StepResult("safe to run", Outcome.ERROR, 0.0, tuple(unsafe)))
            return False
        begun = time.monotonic()
        with self._step("calls are known") as found:
            self._watch()
            self.session = self.emulator.session(self.account, self.story.region)
            found.problems += unknown_calls(self.story, self.session)
        step = self.steps.pop()
        if step.outcome is not Outcome.PASSED:
            self.steps.append(StepResult(step.name, Outcome.ERROR, time.monotonic() - begun, step.problems))
        return not self.steps

    def _terraform(self, space: Workspace) -> WatchedTerraform:
        config = toolchain.terraform_cli_config(space.copy / ".modproof", self.project.root)
        environment = aws_environment(
            endpoint_url=self.emulator.endpoint_url,
            account=self.account,
            region=self.story.region,
            extra={"TF_CLI_CONFIG_FILE": str(config)},
        )
        return WatchedTerraform(space.folder, binary=self.binary, env=environment, watch=self._watch)

    def _initialised(self, terraform: WatchedTerraform, space: Workspace) -> bool:
        with self._step("init") as found:
            with toolchain.initialising(self.project.root):
                errors = terraform.initialise()
            found.problems += map(space.problem, errors)
            if not errors:
                safety.refuse(_fetched_modules(space.folder), self.project)
        return self._passed

    def _seeded(self) -> Inventory | None:
        """Make the story's own things, and take stock; None when that failed."""
        if self.story.seed:
            with self._step("seed") as found:
                for index, call in enumerate(self.story.seed):
                    self._attempt(found, partial(made, call, self.session, self.scope), ("seed", index))
            if not self._passed:
                return None
        try:
            return self._inventory()
        except boto_errors().BotoCoreError as error:
            self.steps.append(StepResult("inventory before", Outcome.ERROR, 0.0, (self._unanswered(error),)))
            return None

    def _attempt(self, found: _Finding, call: Callable[[], T], pointer: tuple[str | int, ...]) -> T | None:
        """Make one call of the story; what is wrong with it becomes a problem at its place, and there is no answer."""
        errors = boto_errors()
        place = self.story.place_of(*pointer)
        try:
            return call()
        except Unresolved as error:
            found.problems.append(Problem(str(error), place))
        except (errors.ClientError, errors.ParamValidationError) as error:
            found.problems.append(Problem(" ".join(str(error).split()), place))
        return None

    def _live(self, terraform: WatchedTerraform, space: Workspace) -> None:
        """Everything between an empty account and the destroy."""
        variables = dict(self.story.variables)
        with self._step("apply") as found:
            self._write_variables(space, variables, "variables")
            found.problems += map(space.problem, terraform.apply_all(arguments=_variables_argument(space)))
        if not self._passed:
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
            with self._step("emulator's drift is as listed") as found:
                for drift in self.story.drift:
                    if drift not in self.needed_drift:
                        text = f"{drift.name}: no plan of {self.story.id} wanted to change {drift.resource}"
                        found.problems.append(Problem(text, drift.place, "delete the entry"))

    def _write_variables(self, space: Workspace, variables: dict[str, Any], *pointer: str | int) -> None:
        """Set the example's variables. Raises ModproofError when a reference in them names nothing."""
        try:
            space.write_variables(self.scope.fill(variables))
        except Unresolved as error:
            place = self.story.place_of(*pointer)
            raise ModproofError(str(error), path=place.path, line=place.line) from error

    def _is_idempotent(self, terraform: WatchedTerraform, space: Workspace, name: str) -> bool:
        plan_file = space.copy / "modproof.tfplan"
        before = len(self.steps)
        with self._step(name) as found:
            run = terraform.plan_to(plan_file, arguments=_variables_argument(space))
            found.problems += map(space.problem, run.errors)
            if run.changes and not run.errors:
                planned = changes(terraform.show_plan(plan_file))
                uncovered, needed = judge_drift(self.story.drift, planned)
                self.needed_drift += needed
                found.problems += [Problem(str(change)) for change in uncovered]
                found.detail = "; ".join(f"the emulator's own: {drift.name}: {drift.reason}" for drift in needed)
                if not planned:
                    found.problems.append(Problem("the plan is not empty, though no resource and no output changes"))
        return not self.steps[before].problems

    def _updated(
        self, terraform: WatchedTerraform, space: Workspace, update: Update, index: int, variables: dict[str, Any]
    ) -> bool:
        plan_file = space.copy / "modproof.tfplan"
        applied = False
        with self._step(f"update: {update.name}") as found:
            self._write_variables(space, variables, "updates", index, "variables")
            run = terraform.plan_to(plan_file, arguments=_variables_argument(space))
            errors = run.errors
            if not errors:
                planned = changes(terraform.show_plan(plan_file)) if run.changes else []
                for text, address in judge_changes(update.changes, planned):
                    declared = [address] if address else []
                    found.problems.append(Problem(text, self.story.place_of("updates", index, "changes", *declared)))
                found.detail = "; ".join(f"{change.address}: {change.action}" for change in planned)
                errors = terraform.apply_plan(plan_file)
                applied = not errors
            found.problems += map(space.problem, errors)
        return applied

    def _asserts(self, terraform: WatchedTerraform, checks: Sequence[Assert], pointer: tuple[str | int, ...]) -> None:
        if not checks:
            return
        self.scope = Scope(self.account, self.story.region, terraform.outputs())
        for index, check in enumerate(checks):
            with self._step(check.name, asserted=True) as found:
                faults = self._attempt(found, partial(asserted, check, self.session, self.scope), (*pointer, index))
                place = self.story.place_of(*pointer, index)
                found.problems += [Problem(text, place) for text in faults or ()]

    def _end(self, terraform: WatchedTerraform, space: Workspace, before: Inventory) -> None:
        """Destroy, and take stock again."""
        if not self.emulator.alive():
            return  # a step has said so, and there is nothing left to destroy
        types = terraform.resource_types()
        with self._step("destroy") as found:
            errors = terraform.destroy_all(arguments=_variables_argument(space))
            found.problems += map(space.problem, errors)
        if not self.emulator.alive():
            return
        with self._step("nothing is left") as found:
            after = self._inventory()
            if inventory.difference(before, after):
                time.sleep(_SETTLE_SECONDS)  # some things go a moment after the call that deletes them
                after = self._inventory()
            found.problems += map(Problem, inventory.difference(before, after))
            unlisted = inventory.unlisted(types, after)
            found.detail = f"not looked for: {'; '.join(unlisted)}" if unlisted else ""

    def _inventory(self) -> Inventory:
        return inventory.snapshot(self.session, services=self.emulator.services())


def _variables_argument(space: Workspace) -> list[str]:
    return [f"-var-file={space.variables_file}"]


def _fetched_modules(folder: Path) -> list[Path]:
    """The modules that init fetched from elsewhere. Their files were not there to be looked at before."""
    manifest = folder / ".terraform" / "modules" / "modules.json"
    try:
        modules = json.loads(manifest.read_text(encoding="utf-8"))["Modules"]
    except (OSError, ValueError, KeyError):
        return []
    return [folder / module["Dir"] for module in modules if module.get("Dir", "").startswith(".terraform")]
