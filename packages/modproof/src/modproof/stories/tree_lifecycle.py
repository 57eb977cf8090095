"""Runs a story of a Terragrunt tree: plan, apply, second plan and asserts for each folder, then updates and destroy."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import yaml

from modproof import toolchain
from modproof.cases.sources.checkout import Checkout
from modproof.core import process
from modproof.core.cache import write_bytes
from modproof.core.environment import RARE_COLLECTION, aws_environment
from modproof.core.errors import CommandFailed, Interrupted, ModproofError, TimedOut
from modproof.core.parallel import side_by_side
from modproof.core.progress import SILENT, Progress, Task
from modproof.core.project import Project
from modproof.core.results import DeployerRole, Outcome, Place, Problem, RecordedUnit, StepResult, StoryResult
from modproof.emulator import Emulator
from modproof.emulator.calls import References, Unresolved, boto_errors, unknown_calls
from modproof.stories import leftovers
from modproof.stories.call_record import CallRecord
from modproof.stories.callers import Callers
from modproof.stories.calls import check_assert, make
from modproof.stories.changes import undeclared
from modproof.stories.deployer_roles import read_role, session_keys
from modproof.stories.leftovers import Snapshot
from modproof.stories.repeated_calls import RepeatedCall
from modproof.stories.served import Served, serve
from modproof.stories.steps import Finding, StepRecorder
from modproof.stories.tree_commands import run_command
from modproof.stories.tree_model import (
    WHOLE,
    Deployer,
    FolderAssert,
    FolderCall,
    FolderCommand,
    Pointer,
    TreeFolder,
    TreeStory,
    TreeUpdate,
)
from modproof.stories.tree_places import TreePlaces, backend_buckets
from modproof.stories.tree_provider import TreeProviders
from modproof.stories.tree_sources import top_of
from modproof.stories.watched_terragrunt import TreeRun, WatchedTerragrunt, unit_name, units_below
from modproof.terraform import provider_log, safety
from modproof.terraform.changes import Change, changes
from modproof.terraform.packages import selected_packages
from modproof.terraform.runner import Terraform
from modproof.terraform.shared_provider import SharedProvider
from modproof.terraform.terragrunt import CONFIG, GENERATED

__all__ = ["FolderRun", "TreeLifecycle", "delete_bucket", "run"]

T = TypeVar("T")
_locks: dict[tuple[str, str], threading.Lock] = {}
"""By the address of the emulator and the account."""
_STEPS_OF_A_FOLDER = 6
_SETTING = re.compile(r'^\s*"?(\w+)"?\s*[={]', re.MULTILINE)
_SHOWN_CHARACTERS = 1000
_PLACE = re.compile(r"(?P<path>/\S+?\.hcl):(?P<line>\d+),\d+(?:-[\d,]+)?: (?P<text>.+?)(?= /\S+?\.hcl:\d|$)")
_OTHER_ACCOUNT = ("iam_role", "iam_web_identity_token", "iam_assume_role_session_name")


def run(
    story: TreeStory,
    *,
    terragrunt: Path,
    terraform: Path,
    emulator: Emulator,
    project: Project,
    progress: Progress = SILENT,
    step_seconds: float | None = None,
    as_deployer: bool = True,
    record_calls: bool = False,
) -> StoryResult:
    """Run ``story`` in the accounts of its folders, with the programs ``terragrunt`` and ``terraform``.

    ``step_seconds`` is the limit of each step instead of the story's. Without ``as_deployer``, the keys of the accounts
    are used for all units, also where a folder has a deployer. The result has the AWS calls with ``record_calls``, and
    if a deployer makes them. A failure is a step of the result: FAILED if the modules are wrong, ERROR if the step
    could not be run. Destroy runs whatever failed before. Raises only Interrupted (and KeyboardInterrupt). Stories in
    the same account wait for one another.
    """
    begun = time.monotonic()
    chosen = replace(story, step_timeout=step_seconds or story.step_timeout)
    with progress.task(f"story {story.id}", total=_count(story)) as task:
        lifecycle = TreeLifecycle(chosen, terragrunt, terraform, emulator, project, task, as_deployer=as_deployer)
        has_deployer = any(folder.deployer is not None for folder in story.folders)
        lifecycle.record.enabled = record_calls or (as_deployer and has_deployer)
        lifecycle.unit_record.enabled = record_calls
        lifecycle.run()
    return StoryResult(
        story.id,
        tuple(lifecycle.steps),
        story.place,
        time.monotonic() - begun,
        lifecycle.record.found(),
        deployers=lifecycle.deployers,
        units=tuple(lifecycle.recorded_units()),
    )


def _count(story: TreeStory) -> int:
    folders = sum(
        _STEPS_OF_A_FOLDER + bool(folder.calls) + len(folder.asserts) + 2 * (folder.deployer is not None)
        for folder in story.folders
    )
    updates = sum(2 + bool(update.calls) + len(update.asserts) for update in story.tree_updates)
    return 3 + folders + updates + bool(story.cleanup)


class FolderRun:
    """A folder of the story during the run."""

    def __init__(
        self,
        folder: TreeFolder,
        path: Path,
        terragrunt: WatchedTerragrunt,
        places: TreePlaces,
        providers: TreeProviders,
    ) -> None:
        self.folder = folder
        self.path = path
        self.terragrunt = terragrunt
        self.places = places
        self.providers = providers
        self.before: Snapshot | None = None
        self.applied = False
        self.callers = Callers(path)
        """What made the calls of the deployer's units."""
        self.own_environment = terragrunt.environment
        self.environments: dict[str, Mapping[str, str]] = {}
        """By role of the deployer: ``plan`` and ``apply``."""

    def prefixed(self, name: str) -> str:
        return name if self.folder.name == WHOLE else f"{self.folder.name}: {name}"

    def unit(self, name: str) -> str:
        """The path of a unit from the top of the tree."""
        return name if self.folder.name == WHOLE else f"{self.folder.name}/{name}"

    def filters(self) -> list[str]:
        """Terragrunt's filters for the chosen units and their dependencies; empty for all units.

        Source: https://docs.terragrunt.com/features/filter.
        """
        found = self.generated()
        if self.folder.deployer is not None and not self.folder.units:
            return [f"{{{path}}}" for name, path in sorted(found.items()) if name not in self.folder.deployer.units]
        return [f"{{{self._path(name, found)}}}..." for name in self.folder.units]

    def deployer_filters(self) -> list[str]:
        """Filters for the units of the deployer."""
        found = self.generated()
        names = self.folder.deployer.units if self.folder.deployer is not None else ()
        return [f"{{{self._path(name, found)}}}" for name in names]

    def _path(self, name: str, found: Mapping[str, str]) -> str:
        if name not in found:
            known = ", ".join(sorted(found)) or "none"
            raise ModproofError(f"{self.folder.name} has no unit '{name}'", hint=f"units: {known}")
        return found[name]

    def filters_of(self, changed: Iterable[str]) -> list[str]:
        """Filters for the units ``changed`` and those that depend on them; the chosen units if there are any."""
        if self.folder.units:
            return self.filters()
        found = self.generated()
        chosen = _dependents(changed, self.terragrunt.dependencies())
        return [f"{{{found[name]}}}" for name in sorted(chosen) if name in found]

    def destroy(self, only: Sequence[str]) -> TreeRun:
        """Destroy the units that the filters ``only`` select, all by default."""
        finished = self.terragrunt.run_all("destroy", only=only)
        if not finished.succeeded:
            with contextlib.suppress(CommandFailed, TimedOut):  # the errors of the destroy say more
                dependencies = self.terragrunt.dependencies()
                finished.correct_destroy(lambda name: _dependents([name], dependencies))
        return finished

    def generated(self) -> dict[str, str]:
        """The folder of each unit, relative to this one, by its name."""
        paths = [path.relative_to(self.path).as_posix() for path in units_below(self.path)]
        return {unit_name(path): f"./{path}" for path in paths}


def _dependents(changed: Iterable[str], dependencies: Mapping[str, set[str]]) -> set[str]:
    """The units ``changed`` and all that depend on them."""
    found = set(changed)
    while True:
        more = {name for name, others in dependencies.items() if not found.isdisjoint(others)} - found
        if not more:
            return found
        found |= more


class TreeLifecycle(StepRecorder):
    """The steps of ``story``, a tree of ``project`` in ``checkout``, by default the one that contains the project."""

    def __init__(
        self,
        story: TreeStory,
        terragrunt: Path,
        terraform: Path,
        emulator: Emulator,
        project: Project,
        task: Task,
        checkout: Checkout | None = None,
        *,
        as_deployer: bool = True,
    ) -> None:
        self._thread = threading.local()
        super().__init__(story, emulator, task, accounts=[folder.account for folder in story.folders])
        self.tree = story
        self.terragrunt = terragrunt
        self.terraform = terraform
        self.project = project
        self.checkout = checkout or Checkout.of(project.root)
        self.sessions: dict[str, Any] = {}
        self.folders: dict[str, FolderRun] = {}
        self.outputs: dict[str, Any] = {}
        self.as_deployer = as_deployer
        self.deployers: dict[str, dict[str, DeployerRole]] = {}
        self.unit_record = CallRecord(emulator)
        self._rendered: dict[str, tuple[FolderRun, Mapping[str, Any]]] = {}

    def run(self) -> None:
        if not self._is_runnable():
            return
        with contextlib.ExitStack() as stack:
            self._enter_accounts(stack)
            scratch = stack.enter_context(process.temporary_folder("tree"))
            served = self._served(scratch)
            if served is None:
                return
            self._prepare(served, scratch)
            try:
                if all(all(self._in_parallel(self._created, batch)) for batch in self._batches()):
                    self._update_all()
            except Exception as error:
                if not isinstance(error, Interrupted):  # nor after Ctrl-C, which is no Exception
                    self._destroy_all()
                raise
            self._destroy_all()

    def _enter_accounts(self, stack: contextlib.ExitStack) -> None:
        for account in sorted(set(self.accounts)):
            stack.enter_context(self._alone_in(account))

    def _alone_in(self, account: str) -> AbstractContextManager[object]:
        """A lock for the account: across threads, and in the emulator of the user across processes."""
        if not self.emulator.ours:
            return toolchain.exclusively(f"account-{account}", partial(self.task.note, "waiting"))
        lock = _locks.setdefault((self.emulator.endpoint_url, account), threading.Lock())
        if lock.locked():
            self.task.note("waiting")
        return lock

    def _prepare(self, served: Served, scratch: Path) -> None:
        for folder in self.tree.folders:
            self.folders[folder.name] = self._folder(folder, served, scratch)

    def begin_step(self) -> None:
        """Begin to count the time of the step."""
        for unit in getattr(self._thread, "units", self.folders.values()):
            unit.terragrunt.begin_step()

    @property
    def steps(self) -> list[StepResult]:
        """The steps of the folder that this thread works on, or those of the story."""
        found: list[StepResult] = getattr(self._thread, "steps", self._all_steps)
        return found

    @steps.setter
    def steps(self, steps: list[StepResult]) -> None:
        self._all_steps = steps

    def recorded(self) -> list[StepResult]:
        """All steps of the story so far, of every folder."""
        return [*self._all_steps, *getattr(self._thread, "steps", ())]

    @property
    def doing(self) -> str:
        """What this thread does."""
        return getattr(self._thread, "doing", "")

    @doing.setter
    def doing(self, what: str) -> None:
        self._thread.doing = what

    def _batches(self) -> list[list[FolderRun]]:
        """The folders in their order; those that are applied at the same time are together."""
        batches: list[list[FolderRun]] = []
        for unit in self.folders.values():
            if unit.folder.parallel and batches:
                batches[-1].append(unit)
            else:
                batches.append([unit])
        return batches

    def _in_parallel(self, work: Callable[[FolderRun], T], units: Sequence[FolderRun]) -> list[T]:
        """Do ``work`` for each of ``units`` at the same time; the steps are added in their order."""

        def alone(unit: FolderRun) -> tuple[T, list[StepResult]]:
            self._thread.steps = []
            self._thread.units = [unit]
            try:
                return work(unit), self._thread.steps
            finally:
                del self._thread.steps, self._thread.units

        finished = side_by_side([partial(alone, unit) for unit in units], at_once=len(units))
        results: list[T] = []
        for one in finished:
            if isinstance(one, Exception):
                raise one
            results.append(one[0])
            self.steps += one[1]
        return results

    def _is_runnable(self) -> bool:
        unsafe = list(_unsafe(self.tree.example, self.project))
        if unsafe:
            self.steps.append(StepResult("safe to run", Outcome.ERROR, 0.0, tuple(unsafe)))
            return False
        with self.step("calls are known", listed=False) as found:
            self.watch()
            for folder in self.tree.folders:
                self.emulator.enforce(folder.account, enabled=self.story.enforce)
                self.sessions[folder.name] = self.open_session(folder.account)
            found.errors += unknown_calls(self.story.calls(), self.sessions[self.tree.folders[0].name])
        self.task.advance()
        return not self.steps

    def _served(self, scratch: Path) -> Served | None:
        """Copy the checkout, serve it, and check the format of the tree."""
        served = None
        with self.step("format") as found:
            top = top_of(self.tree.example)
            served = serve(self.checkout, top, scratch)
            argv = [str(self.terragrunt), "hcl", "fmt", "--check", "--no-color", "--log-format=json"]
            environment = self._environment(self.tree.folders[0], served, scratch)
            done = process.run(argv, cwd=served.copied(top), env=environment)
            if done.returncode != 0:
                for path in re.findall(r"File '([^']+\.hcl)' needs formatting", done.stderr):
                    shown = self.project.relative(top / Path(path).relative_to(served.copied(top)))
                    found.problems.append(Problem("the file is not formatted", Place(shown), "terragrunt hcl fmt"))
                if not found.problems:
                    found.problems.append(Problem(f"terragrunt hcl fmt failed: {' '.join(done.stderr.split())}"))
        return served

    def _environment(self, folder: TreeFolder, served: Served, scratch: Path) -> dict[str, str]:
        """The whole environment of Terragrunt, Terraform and the providers in ``folder``, with the account's key.

        Their home is empty, so that none of them finds credentials there.
        """
        home = scratch / "home"
        temporary = scratch / "tmp"
        temporary.mkdir(exist_ok=True)
        config = toolchain.terraform_cli_config(scratch / "cli", self.project.root)
        # Terragrunt passes what Terraform prints through its log with the name of the unit, unless it sees `-json`
        json_output = {f"TF_CLI_ARGS_{command}": "-json" for command in ("init", "plan", "apply", "destroy")}
        return aws_environment(
            endpoint_url=self.emulator.endpoint_url,
            account=folder.account,
            region=self.story.region,
            services=self.emulator.service_variables,
            extra={
                **served.environment,
                **json_output,
                **RARE_COLLECTION,
                "CHECKPOINT_DISABLE": "1",
                "HOME": str(home),
                "TF_CLI_CONFIG_FILE": str(config),
                "TF_INPUT": "0",
                "TF_IN_AUTOMATION": "1",
                "TG_BACKEND_BOOTSTRAP": "true",
                # reads outputs from the state instead of starting Terraform for each dependency
                "TG_EXPERIMENT": "dependency-fetch-output-from-state",
                "TG_LOG_FORMAT": "json",
                "TG_NON_INTERACTIVE": "true",
                "TG_NO_COLOR": "true",
                "TG_NO_TIPS": "true",
                "TG_TF_PATH": str(self.terraform),
                "TMPDIR": str(temporary),
            },
        )

    def _folder(self, folder: TreeFolder, served: Served, scratch: Path) -> FolderRun:
        path = served.copied(folder.path)
        own = scratch / f"run-{len(self.folders)}"
        own.mkdir()
        terragrunt = WatchedTerragrunt(
            path,
            binary=self.terragrunt,
            env=self._environment(folder, served, scratch),
            scratch=own,
            watch=self.watch,
            step_seconds=self.story.step_timeout,
            on_unit=lambda unit: self.task.note(f"{self.doing.partition(' of ')[0]}: {unit}"),
        )
        places = TreePlaces(served, path, self.project)
        return FolderRun(folder, path, terragrunt, places, TreeProviders(path, self.checkout, places))

    # the steps of a folder

    def _created(self, unit: FolderRun) -> bool:
        """All steps up to the asserts of the first apply; returns whether the folder was applied."""
        folder = unit.folder
        if folder.calls:
            with self.step(unit.prefixed("seed")) as found:
                self._make(found, folder.calls, (*folder.pointer, folder.calls_key), folder.name)
        if not self.passed:
            return False
        with self.step(unit.prefixed("inputs")) as found:
            unit.before = self._snapshot(folder.name)
            self._write(folder.files, (*folder.pointer, "files"))
            self._judge(found, unit, unit.terragrunt.run("stack", "generate"))
            if not (found.problems or found.errors):
                self._judge(found, unit, unit.terragrunt.run("hcl", "validate", "--inputs", "--strict"))
        if not self.passed or (folder.deployer is not None and not self._has_deployer(unit, folder.deployer)):
            return False
        with unit.providers.kept():
            return self._planned_and_applied(unit)

    def _planned_and_applied(self, unit: FolderRun) -> bool:
        """The steps from the first plan to the asserts; returns whether the folder was applied."""
        folder = unit.folder
        with self.step(unit.prefixed("plan on nothing")) as found, self._recorded(unit, "plan"):
            if self._initialized(found, unit, unit.filters()):
                planned = self._with_provider(unit, partial(unit.terragrunt.run_all, "plan", only=unit.filters()))
                self._judge(found, unit, planned)
                found.detail = f"{len(planned.units)} units"
        if not self.passed:
            return False
        if not self._applied(unit, unit.prefixed("apply")):
            return False
        if not self._is_idempotent(unit, unit.prefixed("second plan is empty")):
            return False
        self._asserts(folder.asserts, (*folder.pointer, "asserts"), folder.name)
        return True

    @contextlib.contextmanager
    def _recorded(self, unit: FolderRun, phase: str) -> Iterator[None]:
        """Record the calls of Terraform, which runs as the deployer if the folder has one."""
        role = "plan" if phase == "plan" else "apply"
        unit.terragrunt.environment = unit.environments.get(role, unit.own_environment)
        try:
            with self.record.of(phase, unit.folder.account, unit.folder.name):
                yield
        finally:
            unit.terragrunt.environment = unit.own_environment

    @contextlib.contextmanager
    def _recorded_units(self, unit: FolderRun, phase: str) -> Iterator[None]:
        """Record the calls of the deployer's units, with the types of the resources that make them."""
        log = unit.terragrunt.scratch / "provider.log"
        if self.unit_record.enabled:
            unit.callers.log.add(log)
            unit.terragrunt.environment = {
                **unit.own_environment,
                **provider_log.VARIABLES,
                "TF_LOG_PATH": str(log),
            }
        try:
            with self.unit_record.of(phase, unit.folder.account, unit.folder.name, unit.callers):
                yield
        finally:
            unit.terragrunt.environment = unit.own_environment

    def recorded_units(self) -> Iterator[RecordedUnit]:
        """The units of the deployers with their calls, if they are recorded."""
        calls = self.unit_record.found()
        for path, (unit, rendered) in self._rendered.items():
            source = (rendered.get("terraform") or {}).get("source") or ""
            yield RecordedUnit(path, source, rendered.get("inputs") or {}, calls.get(unit.folder.name, {}))

    def _initialized(self, found: Finding, unit: FolderRun, only: Sequence[str]) -> bool:
        """Initialize the units that ``only`` selects; returns whether that succeeded."""
        known = len(found.problems) + len(found.errors)
        self._judge(found, unit, unit.terragrunt.run_all("init", only=only))
        return known == len(found.problems) + len(found.errors)

    @contextlib.contextmanager
    def _sharing(self, unit: FolderRun) -> Iterator[SharedProvider | None]:
        """Use one provider for all units, which are initialized. Only Terraform's log has what each unit calls."""
        environment = unit.terragrunt.environment
        if "TF_LOG_PATH" in environment:
            yield None
            return
        with unit.providers.sharing(environment) as provider:
            try:
                if provider is not None:
                    unit.terragrunt.environment = {**environment, **provider.environment()}
                yield provider
            finally:
                unit.terragrunt.environment = environment

    def _with_provider(self, unit: FolderRun, command: Callable[[], TreeRun]) -> TreeRun:
        """Run ``command`` with one provider for all units."""
        with self._sharing(unit) as provider:
            finished = command()
            _end_after_failure(provider, finished)
        return finished

    def _has_deployer(self, unit: FolderRun, deployer: Deployer) -> bool:
        """Apply the deployer's units with the account's key, plan them again, and assume the roles."""
        before = len(self.steps)
        with self.step(unit.prefixed("deployer")) as found, unit.providers.kept():
            unit.applied = True
            if self._initialized(found, unit, unit.deployer_filters()):
                with self._recorded_units(unit, "apply"):
                    applied = self._apply(found, unit, unit.deployer_filters())
                if self.unit_record.enabled and applied.succeeded:
                    paths = unit.generated()
                    for name in deployer.units:
                        self._rendered[unit.unit(name)] = (unit, unit.terragrunt.rendered(paths[name]))
            if not (found.problems or found.errors):
                with self._recorded_units(unit, "plan"):
                    plans = self._plans_of(unit, found, unit.deployer_filters())
                for path, plan in plans.items():
                    for change in changes(plan) if plan is not None else ():
                        found.problems.append(Problem(f"{path}: {change}", unit.places.unit(path)))
                for phase, role in (("plan", deployer.plan_role), ("apply", deployer.apply_role)):
                    pointer = (*unit.folder.pointer, "deployer", f"{phase}_role")
                    self.attempt(found, partial(self._assume, unit, phase, role), pointer)
        return self.steps[before].outcome is Outcome.PASSED

    def _assume(self, unit: FolderRun, phase: str, role: str) -> None:
        name = unit.folder.name
        keys = None
        if self.as_deployer:
            session = self.sessions[name]
            arn = self._references(name=name).fill(role)
            keys = session_keys(session, arn)
            self.deployers.setdefault(name, {})[phase] = read_role(session, arn)
        own = {variable: value for variable, value in unit.own_environment.items() if not variable.startswith("AWS_")}
        # the administrator has made the bucket of the states
        own.pop("TG_BACKEND_BOOTSTRAP", None)
        unit.environments[phase] = aws_environment(
            endpoint_url=self.emulator.endpoint_url,
            account=unit.folder.account,
            region=self.story.region,
            keys=keys,
            services=self.emulator.service_variables,
            extra=own,
        )

    def _applied(self, unit: FolderRun, name: str) -> bool:
        before = len(self.steps)
        with self.step(name) as found, self._recorded(unit, "apply"):
            unit.applied = True
            applied = self._apply(found, unit, unit.filters())
            found.detail = f"{len(applied.units)} units"
        return not self.steps[before].problems

    def _apply(self, found: Finding, unit: FolderRun, only: Sequence[str]) -> TreeRun:
        applied = self._with_provider(unit, partial(unit.terragrunt.run_all, "apply", only=only))
        self._judge(found, unit, applied)
        self._remember(unit, applied)
        return applied

    def _is_idempotent(self, unit: FolderRun, name: str) -> bool:
        before = len(self.steps)
        with self.step(name) as found:
            for path, change in self._planned(unit, found):
                found.problems.append(Problem(f"{path}: {change}", unit.places.unit(path)))
        return not self.steps[before].problems

    def _planned(self, unit: FolderRun, found: Finding) -> list[tuple[str, Change]]:
        """Plan all units of the folder; returns the changes with the name of the unit."""
        plans = self._plans(unit, found)
        return [(name, change) for name, plan in plans.items() if plan is not None for change in changes(plan)]

    def _plans(self, unit: FolderRun, found: Finding) -> dict[str, dict[str, Any] | None]:
        """Plan all units of the folder; returns the plan of each one that could be planned, None without changes."""
        with self._recorded(unit, "plan"):
            return self._plans_of(unit, found, unit.filters())

    def _plans_of(self, unit: FolderRun, found: Finding, only: Sequence[str]) -> dict[str, dict[str, Any] | None]:
        plans = unit.terragrunt.scratch / "plans"
        with self._sharing(unit) as provider:
            planned = unit.terragrunt.run_all("plan", "-detailed-exitcode", only=only, out=plans)
            _end_after_failure(provider, planned)
            self._judge(found, unit, planned)
            saved = {unit_name(path.parent.relative_to(plans).as_posix()): path for path in plans.rglob("*.tfplan")}
            shown: dict[str, dict[str, Any] | None] = {}
            for name, run in planned.units.items():
                if run.result != "succeeded" or name not in saved:
                    continue
                if not (run.changed or run.moved):
                    shown[name] = None
                    continue
                folder = unit.places.working_folder(name)
                if folder is not None:
                    shown[name] = self._shown_plan(unit, folder, saved[name], provider)
        return shown

    def _shown_plan(self, unit: FolderRun, folder: Path, plan: Path, provider: SharedProvider | None) -> dict[str, Any]:
        terraform = Terraform(folder, binary=self.terraform, env=unit.terragrunt.environment)
        terraform.providers = selected_packages(folder)
        if provider is not None:
            terraform.share(provider)
        return terraform.show_plan(plan)

    # updates

    def _update_all(self) -> None:
        for number, update in enumerate(self.tree.tree_updates):
            folders = self._affected(update)
            with contextlib.ExitStack() as keeping:
                for unit in folders:
                    keeping.enter_context(unit.providers.kept())
                if not self._updated(update, number, folders):
                    return

    def _updated(self, update: TreeUpdate, number: int, folders: Sequence[FolderRun]) -> bool:
        name = f"update: {update.name}"
        before = len(self.steps)
        with self.step(name) as found:
            self._write(update.files, ("updates", number, "files"))
            self._make(found, update.calls, ("updates", number, "calls"))
            if not found.problems:
                self._execute(found, update.commands, ("updates", number, "commands"))
            calls = [RepeatedCall(call, self._session(call), self._references(call)) for call in update.meanwhile]
            with contextlib.ExitStack() as stack:
                for index, call in enumerate(calls):
                    enter = partial(stack.enter_context, call)
                    self.attempt(found, enter, ("updates", number, "meanwhile", index))
                self._change(found, update, number, folders)
            for index, call in enumerate(calls):
                place = self.story.place_of("updates", number, "meanwhile", index)
                for message, times in call.failures.items():
                    text = f"{call.call.call} failed {times} of {call.made} times during the update: {message}"
                    found.problems.append(Problem(text, place))
        if self.steps[before].problems:
            return False
        for unit in folders:
            if not self._is_idempotent(unit, unit.prefixed(f"{name}: second plan is empty")):
                return False
        self._asserts(update.asserts, ("updates", number, "asserts"))
        return True

    def _affected(self, update: TreeUpdate) -> list[FolderRun]:
        """The folders with a changed file or a declared change; all of them for a file outside the folders."""
        written = [self.tree.example / name for name in update.files]
        inside = [any(path.is_relative_to(unit.folder.path) for unit in self.folders.values()) for path in written]
        if not all(inside):
            return list(self.folders.values())
        return [
            unit
            for unit in self.folders.values()
            if any(path.is_relative_to(unit.folder.path) for path in written)
            or any(name.startswith(unit.unit("")) for name in update.changes)
        ]

    def _change(self, found: Finding, update: TreeUpdate, number: int, folders: Sequence[FolderRun]) -> None:
        """Compare the plan with the declared changes, and apply."""
        planned: dict[str, list[Change]] = {name: [] for name in update.changes}
        changed: dict[str, set[str]] = {}
        for unit in folders:
            for name, change in self._planned(unit, found):
                planned.setdefault(unit.unit(name), []).append(change)
                changed.setdefault(unit.folder.name, set()).add(name)
        if found.problems or found.errors:
            return
        for name, found_changes in planned.items():
            for text, address in undeclared(update.changes.get(name, {}), found_changes):
                pointer: Pointer = ("updates", number, "changes", name, *((address,) if address else ()))
                found.problems.append(Problem(f"{name}: {text}", self.story.place_of(*pointer)))
        found.detail = "; ".join(f"{name}: {one.address}: {one.action}" for name in planned for one in planned[name])
        for unit in folders:
            if unit.folder.name in changed:
                with self._recorded(unit, "apply"):
                    self._apply(found, unit, unit.filters_of(changed[unit.folder.name]))

    # destroy

    def _destroy_all(self) -> None:
        if not self.emulator.alive():
            return  # a step has reported it, and nothing remains to be destroyed
        if self.tree.cleanup and any(unit.applied for unit in self.folders.values()):
            with self.step("cleanup") as found:
                self._make(found, self.tree.cleanup, ("cleanup",))
        for batch in reversed(self._batches()):
            self._in_parallel(self._destroyed, batch)

    def _destroyed(self, unit: FolderRun) -> None:
        if unit.applied:
            with self.step(unit.prefixed("destroy")) as found, self._recorded(unit, "destroy"):
                self._destroy(found, unit, unit.filters())
            if unit.folder.deployer is not None:
                name = unit.prefixed("destroy the deployer")
                with self.step(name) as found, self._recorded_units(unit, "destroy"):
                    self._destroy(found, unit, unit.deployer_filters())
        if unit.before is not None and self.emulator.alive():
            with self.step(unit.prefixed("nothing is left")) as found:
                self._compare(unit, unit.before, found)

    def _destroy(self, found: Finding, unit: FolderRun, only: Sequence[str]) -> None:
        self._judge(found, unit, self._with_provider(unit, partial(unit.destroy, only)))

    def _compare(self, unit: FolderRun, before: Snapshot, found: Finding) -> None:
        """Compare the account with the snapshot ``before``, after deleting the state bucket."""
        name = unit.folder.name
        for bucket in backend_buckets(unit.path):
            delete_bucket(self.sessions[name], bucket)
        self.compare(found, before, partial(self._snapshot, name))

    def _snapshot(self, name: str) -> Snapshot:
        return leftovers.take_snapshot(self.sessions[name], services=self.emulator.services())

    # calls, files and problems

    def _make(self, found: Finding, calls: Sequence[FolderCall], pointer: Pointer, name: str = "") -> None:
        for index, call in enumerate(calls):
            session, references = self._session(call, name), self._references(call, name)
            self.attempt(found, partial(make, call, session, references), (*pointer, index))

    def _execute(self, found: Finding, commands: Sequence[FolderCommand], pointer: Pointer) -> None:
        """Run programs one after the other, up to the first that fails."""
        for index, command in enumerate(commands):
            problem = run_command(
                command,
                self._references(command),
                self.story.place_of(*pointer, index),
                folder=self._top,
                endpoint_url=self.emulator.endpoint_url,
                services=self.emulator.service_variables,
                timeout_seconds=self.story.step_timeout,
            )
            if problem is not None:
                found.problems.append(problem)
                return

    def _asserts(self, checks: Sequence[FolderAssert], pointer: Pointer, name: str = "") -> None:
        for index, check in enumerate(checks):
            with self.step(check.name, asserted=True) as found:
                place = self.story.place_of(*pointer, index)
                session, references = self._session(check, name), self._references(check, name)
                call = partial(check_assert, check, session, references, place)
                found.problems += self.attempt(found, call, (*pointer, index)) or ()

    def _session(self, call: FolderCall | FolderAssert, name: str = "") -> Any:
        return self.sessions[call.folder or name or WHOLE]

    def _references(self, call: FolderCall | FolderAssert | FolderCommand | None = None, name: str = "") -> References:
        chosen = (call.folder if call else "") or name or self.tree.folders[0].name
        accounts = {folder.name: folder.account for folder in self.tree.folders}
        return References(accounts[chosen], self.story.region, self.outputs or None, accounts)

    def _write(self, files: Mapping[str, Any], pointer: Pointer) -> None:
        """Write files of the tree: text as it is, other values as JSON or YAML. Raises ModproofError."""
        for name, content in files.items():
            place = self.story.place_of(*pointer, name)
            try:
                filled = self._references().fill(content)
            except Unresolved as error:
                raise ModproofError(str(error), path=place.path, line=place.line) from error
            target = self._top / name
            target.parent.mkdir(parents=True, exist_ok=True)
            # the commands of other folders may read it at the same time
            write_bytes(target, _text_of(filled, name).encode())

    @property
    def _top(self) -> Path:
        """The folder of the tree in the copy."""
        first = next(iter(self.folders.values()))
        return first.path if first.folder.name == WHOLE else first.path.parents[len(Path(first.folder.name).parts) - 1]

    def _remember(self, unit: FolderRun, applied: TreeRun) -> None:
        """Keep the outputs, nested by the parts of the unit's path."""
        for name, run in applied.units.items():
            inner = self.outputs
            for part in unit.unit(name).split("/"):
                inner = inner.setdefault(part, {})
            inner.update(run.outputs)

    def _judge(self, found: Finding, unit: FolderRun, finished: TreeRun) -> None:
        """Add what failed: each failed unit with its errors, and each unit that was skipped because of one."""
        known = len(found.problems) + len(found.errors)
        for name, run in finished.units.items():
            if run.result not in ("early exit", "failed"):
                continue
            place = unit.places.unit(name)
            if run.result == "early exit":
                cause = next((other for other in finished.units if other.split("/")[-1] == run.cause), run.cause)
                found.problems.append(Problem(f"{name}: skipped, because {cause} failed", place))
            else:
                for error in run.errors:
                    self.judge(found, error, Problem(f"{name}: {unit.places.text(name, error)}", place))
                if not run.errors:
                    said = " ".join(run.said) or run.cause
                    problem = Problem(f"{name}: {said}", place) if said else self._own_error(unit, finished, name)
                    found.problems.append(problem)
        if not finished.succeeded and known == len(found.problems) + len(found.errors):
            found.problems.append(self._own_error(unit, finished))

    def _own_error(self, unit: FolderRun, finished: TreeRun, name: str = "") -> Problem:
        """The last error of Terragrunt itself, about the unit ``name`` if any is: it logs the parts of one first."""
        file = f"/{name}/{CONFIG}:"
        about = [text for text in finished.errors if name and file in text.replace(f"/{GENERATED}/", "/")]
        errors = about or finished.errors
        cycle = unit.places.cycle(" ".join(errors))
        if cycle is not None:
            return cycle
        said = errors[-1] if errors else " ".join(finished.output.split())
        match = _PLACE.search(said)
        text = unit.places.without_copy(match["text"] if match else said[:_SHOWN_CHARACTERS])
        if finished.named:
            text = f"{text}: {', '.join(finished.named)}"
        place = unit.places.file(Path(match["path"]), int(match["line"])) if match else None
        return Problem(f"{name or 'terragrunt failed'}: {text or f'exit code {finished.returncode}'}", place)


def _end_after_failure(provider: SharedProvider | None, finished: TreeRun) -> None:
    """End the processes after a command that failed: they may still work on what Terraform has given up."""
    if provider is not None and not finished.succeeded:
        provider.finish()


def _text_of(content: Any, name: str) -> str:
    if isinstance(content, str):
        return content
    if name.endswith((".yaml", ".yml")):
        return yaml.safe_dump(content, sort_keys=False)
    return json.dumps(content, indent=2) + "\n"


def _unsafe(folder: Path, project: Project) -> Iterator[Problem]:
    """Settings with which a unit could use other keys or another address than those of the run."""
    for path in sorted(top_of(folder).rglob("*.hcl")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for match in _SETTING.finditer(text):
            what = safety.forbidden(match[1]) or ("another account's role" if match[1] in _OTHER_ACCOUNT else None)
            if what:
                line = text.count("\n", 0, match.start(1)) + 1
                hint = "set it in the environment (AWS_PROFILE, AWS_ENDPOINT_URL …), which a run can override"
                yield Problem(f"the tree has {what}: {match[1]}", Place(project.relative(path), line), hint)


def delete_bucket(session: Any, bucket: str) -> None:
    """Delete a bucket with all versions of its objects, if it exists."""
    s3 = session.client("s3")
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for item in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
                s3.delete_object(Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])
        s3.delete_bucket(Bucket=bucket)
    except boto_errors().ClientError as error:
        if error.response.get("Error", {}).get("Code") != "NoSuchBucket":
            raise
