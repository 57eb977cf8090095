"""Applies a Terragrunt tree of a release, and plans the tree of the checkout on its states."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from modproof.cases.sources.checkout import Checkout
from modproof.core import process
from modproof.core.errors import ModproofError
from modproof.core.progress import Task
from modproof.core.project import Project
from modproof.core.results import Outcome, Place, Problem
from modproof.emulator import Emulator
from modproof.stories.served import serve
from modproof.stories.steps import Finding
from modproof.stories.tree_lifecycle import FolderRun, TreeLifecycle, delete_bucket
from modproof.stories.tree_model import FolderCall, Pointer, TreeFolder, TreeStory
from modproof.stories.tree_places import backend_buckets
from modproof.stories.tree_sources import top_of
from modproof.stories.watched_terragrunt import TreeRun
from modproof.terraform.addresses import addresses_in_state

__all__ = ["TreeUpgradePlan", "UnitUpgrade", "plan_tree_upgrade"]


@dataclass(frozen=True, slots=True)
class UnitUpgrade:
    """A unit, by its path from the top of the tree.

    ``state`` has the addresses of its resources at the release. ``plan`` is Terraform's JSON, None without changes.
    ``modules`` are the folders of its module in the release and in the checkout, None for one from elsewhere.
    """

    name: str
    state: Sequence[str] = ()
    plan: Mapping[str, Any] | None = None
    is_removed: bool = False
    place: Place | None = None
    modules: tuple[Path | None, Path | None] = (None, None)


@dataclass(frozen=True, slots=True)
class TreeUpgradePlan:
    """``problems`` are errors of the checkout; ``errors`` are of the release, the emulator, a tool or the machine."""

    units: tuple[UnitUpgrade, ...]
    problems: tuple[Problem, ...]
    errors: tuple[Problem, ...]


def plan_tree_upgrade(
    old: TreeStory,
    new: TreeStory,
    *,
    release: Project,
    project: Project,
    checkouts: tuple[Checkout, Checkout],
    terragrunt: Path,
    terraform: Path,
    emulator: Emulator,
    task: Task,
    step_seconds: float | None = None,
) -> TreeUpgradePlan:
    """Apply the tree of ``old`` in the accounts of its folders, and plan the same folders of ``new`` on its states.

    Git serves ``checkouts``, those of ``release`` and ``project``, at the addresses and refs that the units name. Both
    trees get the files that ``old`` writes, and that of ``new`` those that only ``new`` writes. The resources are
    destroyed, because other stories can use the same accounts. The accounts' keys are used for all units, also where a
    folder has a deployer: its units are applied first. Raises only Interrupted (and KeyboardInterrupt).
    """
    limit = step_seconds or old.step_timeout
    of_release, of_project = checkouts
    before = _ReleasedTree(replace(old, step_timeout=limit), terragrunt, terraform, emulator, release, task, of_release)
    after = _PlannedTree(
        replace(_like(old, new), step_timeout=limit), terragrunt, terraform, emulator, project, task, of_project
    )
    units: list[UnitUpgrade] = []
    if before.is_runnable() and (not after.tree.folders or after.is_runnable()):
        with contextlib.ExitStack() as stack:
            before.enter_accounts(stack)
            folders = [stack.enter_context(process.temporary_folder("tree")) for _ in range(2)]
            if before.apply(folders[0]) and after.plan(folders[1], before.outputs):
                units = _units(before, after)
            before.destroy()
    found = [*before.found(), *after.found()]
    return TreeUpgradePlan(
        tuple(units),
        tuple(problem for outcome, problem in found if outcome is Outcome.FAILED),
        tuple(problem for outcome, problem in found if outcome is not Outcome.FAILED),
    )


def _like(old: TreeStory, new: TreeStory) -> TreeStory:
    """The tree of ``new``, with the folders of ``old`` that it still has."""
    written = {folder.name: folder.files for folder in new.folders}
    folders = tuple(
        replace(
            folder,
            path=new.example / folder.name,
            files={**written.get(folder.name, {}), **folder.files},
            units=_with_deployer(folder),
            deployer=None,
        )
        for folder in old.folders
        if (new.example / folder.name).is_dir()
    )
    return replace(new, folders=folders)


def _with_deployer(folder: TreeFolder) -> tuple[str, ...]:
    """The units of the folder that are applied, also those of its deployer; empty for all."""
    deployer = folder.deployer.units if folder.deployer is not None else ()
    return (*deployer, *folder.units) if folder.units else ()


def _units(before: _ReleasedTree, after: _PlannedTree) -> list[UnitUpgrade]:
    planned = after.planned
    found = []
    for name in sorted({*before.states, *planned}):
        if name not in planned and after.has(name):
            continue  # it was not planned: a problem says why
        found.append(
            UnitUpgrade(
                name,
                before.states.get(name, ()),
                planned.get(name),
                is_removed=name not in planned,
                place=before.place(name) if name not in planned else after.place(name),
                modules=(before.module(name), after.module(name)),
            )
        )
    return found


class _Tree(TreeLifecycle):
    """What both trees of an upgrade have in common."""

    def is_runnable(self) -> bool:
        """Whether the tree has no setting that could reach another account."""
        return self._is_runnable()

    def found(self) -> list[tuple[Outcome, Problem]]:
        """The problems of all steps, with the name of the step."""
        return [
            (step.outcome, replace(problem, message=f"{step.name}: {problem.message}"))
            for step in self.steps
            for problem in step.problems
        ]

    def place(self, name: str) -> Place | None:
        """Where the unit is declared."""
        return next((unit.places.unit(inner) for unit, inner in self._owners(name)), None)

    def module(self, name: str) -> Path | None:
        """The folder of the unit's module in the checkout."""
        return next((unit.places.module_folder(inner) for unit, inner in self._owners(name)), None)

    def _owners(self, name: str) -> list[tuple[FolderRun, str]]:
        return [
            (unit, name.removeprefix(unit.unit(""))) for unit in self.folders.values() if name.startswith(unit.unit(""))
        ]

    def _start(self, scratch: Path) -> bool:
        with self.step("copy the tree", listed=False):
            self._prepare(serve(self.checkout, top_of(self.tree.example), scratch), scratch)
        return self.passed


class _ReleasedTree(_Tree):
    """The tree of the release. It is not under test: whatever fails in it is an error."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.states: dict[str, list[str]] = {}

    def enter_accounts(self, stack: contextlib.ExitStack) -> None:
        """Wait for other stories in the same accounts."""
        self._enter_accounts(stack)

    def apply(self, scratch: Path) -> bool:
        """Apply all folders; returns whether that succeeded."""
        return self._start(scratch) and all(all(self._in_parallel(self._made, batch)) for batch in self._batches())

    def _made(self, unit: FolderRun) -> bool:
        folder = unit.folder
        with self.step(unit.prefixed("prepare the release")) as found:
            self._make(found, folder.calls, (*folder.pointer, folder.calls_key), folder.name)
            self._write(folder.files, (*folder.pointer, "files"))
            self._judge(found, unit, unit.terragrunt.run("stack", "generate"))
            if not found.errors and folder.deployer is not None:
                self._apply_deployer(found, unit)
            if not found.errors:
                self._initialized(found, unit, unit.filters())
        if not self.passed or not self._applied(unit, unit.prefixed("apply the release")):
            return False
        with self.step(unit.prefixed("read the states"), listed=False):
            self._read_states(unit)
        return self.passed

    def _apply_deployer(self, found: Finding, unit: FolderRun) -> None:
        """Apply what other units need without depending on it, such as a permissions boundary."""
        if self._initialized(found, unit, unit.deployer_filters()):
            unit.applied = True
            self._apply(found, unit, unit.deployer_filters())

    def _read_states(self, unit: FolderRun) -> None:
        s3 = self.sessions[unit.folder.name].client("s3")
        for name, place in unit.places.states():
            if place is None:
                text = f"{unit.unit(name)} has no state in S3 at the release"
                raise ModproofError(text, hint="an upgrade needs `remote_state` with the backend s3")
            self.states[unit.unit(name)] = addresses_in_state(_state(s3, *place))

    def destroy(self) -> None:
        """Destroy what was applied, with the state buckets."""
        if not self.emulator.alive() or not any(unit.applied for unit in self.folders.values()):
            return
        with self.step("cleanup", listed=False):
            # some clean up after updates, which an upgrade does not make
            super()._make(Finding(), self.tree.cleanup, ("cleanup",))
        for batch in reversed(self._batches()):
            self._in_parallel(self._destroyed, batch)

    def _destroyed(self, unit: FolderRun) -> None:
        if unit.applied:
            with self.step(unit.prefixed("destroy the release"), listed=False) as found:
                self._destroy(found, unit, unit.filters())
                if unit.folder.deployer is not None:
                    self._destroy(found, unit, unit.deployer_filters())
                for bucket in backend_buckets(unit.path):
                    delete_bucket(self.sessions[unit.folder.name], bucket)

    def _make(self, found: Finding, calls: Sequence[FolderCall], pointer: Pointer, name: str = "") -> None:
        super()._make(found, calls, pointer, name)
        _to_errors(found)

    def _judge(self, found: Finding, unit: FolderRun, finished: TreeRun) -> None:
        super()._judge(found, unit, finished)
        _to_errors(found)


class _PlannedTree(_Tree):
    """The tree of the checkout. ``planned`` has the plan of each unit, None without changes."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.planned: dict[str, Mapping[str, Any] | None] = {}
        self._units: set[str] = set()
        self._unknown: list[FolderRun] = []

    def plan(self, scratch: Path, outputs: dict[str, Any]) -> bool:
        """Plan all folders on the states of the release. Returns False if the tree could not be copied.

        The files of the story can refer to ``outputs``, those of the release.
        """
        self.outputs = outputs
        if not self.tree.folders:
            return True
        if not self._start(scratch):
            return False
        for batch in self._batches():
            self._in_parallel(self._planned_on_states, batch)
        return True

    def has(self, name: str) -> bool:
        """Whether the checkout has the unit, or may have it: the units of a folder are unknown if they have errors."""
        return name in self._units or any(name.startswith(unit.unit("")) for unit in self._unknown)

    def _planned_on_states(self, unit: FolderRun) -> None:
        with self.step(unit.prefixed("plan the checkout")) as found:
            self._write(unit.folder.files, (*unit.folder.pointer, "files"))
            self._judge(found, unit, unit.terragrunt.run("stack", "generate"))
            if found.problems or found.errors:
                self._unknown.append(unit)
                return
            self._units.update(unit.unit(name) for name in unit.generated())
            if self._keep_units(unit):
                plans = self._plans(unit, found)
                self.planned.update({unit.unit(name): plan for name, plan in plans.items()})

    def _keep_units(self, unit: FolderRun) -> bool:
        """Leave out chosen units that the checkout does not have; returns whether there is anything to plan."""
        if not unit.folder.units:
            return bool(unit.generated())
        kept = tuple(name for name in unit.folder.units if name in unit.generated())
        unit.folder = replace(unit.folder, units=kept)
        return bool(kept)


def _state(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    """The state of a unit. One without resources and outputs has no object."""
    try:
        found: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except s3.exceptions.NoSuchKey:
        return {}
    return found


def _to_errors(found: Finding) -> None:
    found.errors += found.problems
    found.problems.clear()
