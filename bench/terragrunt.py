"""Apply one folder of a Terragrunt tree with ``terragrunt run --all``, then the same units one by one with Terraform.

Both use the same emulator, modules, providers, backend and inputs, and both times include ``init``. Terragrunt applies
independent units in parallel and downloads the modules; Terraform runs in the folders that Terragrunt made.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from modproof import report, toolchain
from modproof.core import process
from modproof.core.errors import CommandFailed
from modproof.core.machine import measuring
from modproof.core.project import Project
from modproof.core.results import Load
from modproof.run.permissions import selected_stories
from modproof.run.services import Services
from modproof.stories import TreeStory
from modproof.stories.tree_lifecycle import FolderRun, TreeLifecycle

_COMMANDS = ("apply", "destroy")


def figures(folder: str, units: int, loads: Mapping[str, Mapping[str, Load]]) -> dict[str, Any]:
    """The figures as JSON values. ``loads`` are by program and by command."""
    found: dict[str, Any] = {"folder": folder, "units": units}
    for program, of_program in loads.items():
        for command, load in of_program.items():
            found[f"{program}_{command}_seconds"] = round(load.seconds, 1)
            found[f"{program}_{command}_cpu_seconds"] = round(load.cpu_seconds or 0.0, 1)
    ratio = loads["terragrunt"]["apply"].seconds / loads["terraform"]["apply"].seconds
    found["terragrunt_to_terraform_apply"] = round(ratio, 2)
    return found


def substituted(value: Any, old: Any, new: Any) -> Any:
    """``value`` with the texts in the outputs ``old`` replaced by those at the same places in ``new``."""
    text = json.dumps(value)
    for before, after in sorted(_pairs(old, new), key=lambda pair: -len(pair[0])):
        text = text.replace(json.dumps(before)[1:-1], json.dumps(after)[1:-1])
    return json.loads(text)


def _pairs(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    if isinstance(old, str) and isinstance(new, str) and old != new:
        yield old, new
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() & new.keys():
            yield from _pairs(old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list):
        for one, other in zip(old, new, strict=False):
            yield from _pairs(one, other)


class _Comparison(TreeLifecycle):
    """Applies one folder of the story with both programs."""

    def measure(self, folder: str) -> dict[str, Any]:
        """The figures of the folder with this name. Raises CommandFailed if a step fails."""
        with contextlib.ExitStack() as stack:
            self._enter_accounts(stack)
            scratch = stack.enter_context(process.temporary_folder("tree"))
            self._is_runnable()
            served = self._served(scratch)
            self._refuse()
            assert served is not None
            self._prepare(served, scratch)
            unit = self.folders[folder]
            self._seeded(unit)
            with measuring() as apply:
                self._run_all(unit, "apply")
            names = self._order(unit)
            # Terragrunt's folder of a unit is found by its backend, which is deleted below
            self._working = {name: self._folder_of(unit, name) for name in names}
            old = {name: self._outputs(unit, name) for name in names}
            paths = unit.generated()
            inputs = {name: unit.terragrunt.rendered(paths[name]).get("inputs") or {} for name in names}
            with measuring() as destroy:
                self._run_all(unit, "destroy")
            terraform = self._plain(unit, names, inputs, old)
        loads = {"terragrunt": {"apply": apply, "destroy": destroy}, "terraform": terraform}
        return figures(unit.folder.name, len(names), loads)

    def _seeded(self, unit: FolderRun) -> None:
        """Everything before the apply: calls, files, units of the stack, and those of the deployer."""
        folder = unit.folder
        with self.step("seed") as found:
            self._make(found, folder.calls, (*folder.pointer, folder.calls_key), folder.name)
            self._write(folder.files, (*folder.pointer, "files"))
            self._judge(found, unit, unit.terragrunt.run("stack", "generate"))
        self._refuse()
        if folder.deployer is not None:
            self._has_deployer(unit, folder.deployer)
        self._refuse()

    def _run_all(self, unit: FolderRun, command: str) -> None:
        with self.step(command) as found:
            self._judge(found, unit, unit.terragrunt.run_all(command, only=unit.filters()))
        self._refuse()

    def _order(self, unit: FolderRun) -> list[str]:
        """The units in the order of their dependencies, without those of the deployer."""
        deployer = unit.folder.deployer
        # Terragrunt finds the stacks too
        known = unit.generated().keys() - set(deployer.units if deployer is not None else ())
        order = TopologicalSorter(unit.terragrunt.dependencies()).static_order()
        return [name for name in order if name in known]

    def _plain(
        self, unit: FolderRun, names: Sequence[str], inputs: Mapping[str, Any], old: Mapping[str, Any]
    ) -> dict[str, Load]:
        new: dict[str, Any] = {}
        variables: dict[str, dict[str, str]] = {}
        with measuring() as apply:
            for name in names:
                known = {other: old[other] for other in new}
                given = substituted(inputs[name], known, new)
                variables[name] = {f"TF_VAR_{key}": _text(value) for key, value in given.items() if value is not None}
                shutil.rmtree(self._working[name] / ".terraform")
                self._terraform(unit, name, variables[name], "init", "-input=false")
                self._terraform(unit, name, variables[name], "apply", "-input=false", "-auto-approve")
                new[name] = self._outputs(unit, name)
        with measuring() as destroy:
            for name in reversed(names):
                self._terraform(unit, name, variables[name], "destroy", "-input=false", "-auto-approve")
        return {"apply": apply, "destroy": destroy}

    def _outputs(self, unit: FolderRun, name: str) -> Any:
        found = json.loads(self._terraform(unit, name, {}, "output", "-json"))
        return {key: entry["value"] for key, entry in found.items()}

    def _terraform(self, unit: FolderRun, name: str, variables: Mapping[str, str], *arguments: str) -> str:
        self.task.note(f"terraform {arguments[0]}: {name}")
        done = process.run(
            [str(self.terraform), *arguments],
            cwd=self._working[name],
            env={**unit.own_environment, **variables},
            timeout_seconds=self.story.step_timeout,
        )
        if done.returncode != 0:
            raise CommandFailed(f"{name}: terraform {arguments[0]} failed: {(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    def _folder_of(self, unit: FolderRun, name: str) -> Path:
        folder = unit.places.working_folder(name)
        if folder is None:
            raise CommandFailed(f"{name} has no folder of Terragrunt")
        return folder

    def _refuse(self) -> None:
        problems = [str(problem) for step in self.steps for problem in step.problems]
        if problems:
            raise CommandFailed("\n".join(problems))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def main(arguments: Sequence[str]) -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench terragrunt", description=__doc__)
    parser.add_argument("story", nargs="?", default="pipeline-develop", help="the story of a tree")
    parser.add_argument("--folder", default="develop", help="the folder of the tree")
    chosen = parser.parse_args(arguments)
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        Services(Project.find(Path.cwd()), progress=progress) as services,
    ):
        [story] = selected_stories(services.project, [chosen.story])
        if not isinstance(story, TreeStory):
            parser.error(f"{story.id} is not a story of a Terragrunt tree")
        if chosen.folder not in [folder.name for folder in story.folders]:
            parser.error(f"{story.id} has no folder {chosen.folder}")
        with (
            progress.task(f"compare {chosen.folder}") as task,
            services.emulators.with_accounts(folder.account for folder in story.folders) as emulator,
        ):
            comparison = _Comparison(
                story,
                toolchain.ensure("terragrunt", progress),
                services.terraform(),
                emulator,
                services.project,
                task,
                as_deployer=False,
            )
            try:
                found = comparison.measure(chosen.folder)
            except CommandFailed as error:
                sys.stderr.write(f"{error}\n")
                return 1
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0
