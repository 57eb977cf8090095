"""Checks that the roles which deploy a Terragrunt tree may make every recorded call, and nothing more."""

from __future__ import annotations

import contextlib
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from modproof import permissions, stories
from modproof.core.counts import plural
from modproof.core.errors import ModproofError
from modproof.core.project import Project
from modproof.core.results import Outcome, Place, Problem, RecordedCall, StepResult, StoryResult
from modproof.stories import Story, TreeStory
from modproof.stories.tree_model import Deployer, TreeFolder

__all__ = ["PermissionFile", "checked", "loadable", "permission_files"]


class _Statement(BaseModel):
    effect: Literal["Allow"] = Field(alias="Effect")
    action: list[str] = Field(alias="Action")
    resource: list[str] = Field(alias="Resource")


class _Policy(BaseModel):
    statement: list[_Statement] = Field(alias="Statement")


_POLICIES = TypeAdapter(dict[Literal["plan", "apply"], list[_Policy]])
_Calls = Mapping[str, tuple[RecordedCall, ...]]


@dataclass(frozen=True, slots=True)
class PermissionFile:
    """A file with the policies of a deployer: ``{"plan": […], "apply": […]}``, and the folders that use it."""

    path: Path
    users: tuple[tuple[TreeStory, TreeFolder, Deployer], ...]

    @property
    def stories(self) -> list[str]:
        """The stories that use it."""
        return sorted({story.id for story, _, _ in self.users})

    @property
    def account(self) -> str:
        """The account in which the deployer works."""
        return self.users[0][1].account

    @property
    def place(self) -> Place:
        """Where the first story names it."""
        story, folder, _ = self.users[0]
        return story.place_of(*folder.pointer, "deployer", "permissions")

    def placeholders(self) -> dict[str, str]:
        """The values of the placeholders in the file, by name, without ``account_id``."""
        found: dict[str, str] = {}
        for story, _, deployer in self.users:
            found |= {f"accounts.{each.name}": each.account for each in story.folders if each.account != self.account}
            found |= {"region": story.region, **deployer.placeholders}
        return found

    @property
    def command(self) -> str:
        """The command that writes the file."""
        return f"modproof permissions --write {' '.join(self.stories)}"

    def documents(self) -> dict[str, list[dict[str, Any]]]:
        """The policies in the file with the values of the placeholders. Raises ModproofError if it is not valid."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8"
            raise ModproofError(f"{self.path.name} cannot be read: {why}", hint=self.command, path=self.path) from error
        for name, value in {**self.placeholders(), "account_id": self.account}.items():
            text = text.replace("${" + name + "}", value)
        try:
            _POLICIES.validate_json(text)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"])) or "it"
            what = f"{self.path.name} does not have policies as they are generated: {where}: {fault['msg'].lower()}"
            raise ModproofError(what, hint=self.command, path=self.path) from error
        documents: dict[str, list[dict[str, Any]]] = json.loads(text)
        return documents

    def calls(self, results: Mapping[str, StoryResult]) -> _Calls:
        """The calls of all its users by phase; ``results`` are by story."""
        found: dict[str, tuple[RecordedCall, ...]] = {}
        for story, folder, _ in self.users:
            for phase, made in results[story.id].calls.get(folder.name, {}).items():
                found[phase] = (*found.get(phase, ()), *made)
        return found


def loadable(project: Project) -> list[Story]:
    """Every story of the project that has no faults."""
    found = []
    for path in stories.find_files(project):
        with contextlib.suppress(ModproofError):
            found.append(stories.load(path, project))
    return found


def permission_files(of_stories: Iterable[object]) -> list[PermissionFile]:
    """The files with policies that the stories name."""
    users: dict[Path, list[tuple[TreeStory, TreeFolder, Deployer]]] = {}
    for story in of_stories:
        for folder in story.folders if isinstance(story, TreeStory) else ():
            if isinstance(story, TreeStory) and folder.deployer is not None:
                path = story.example / folder.deployer.permissions
                users.setdefault(path, []).append((story, folder, folder.deployer))
    return [PermissionFile(path, tuple(of_path)) for path, of_path in sorted(users.items())]


def checked(every: Iterable[object], results: Sequence[StoryResult | Exception]) -> list[StoryResult | Exception]:
    """The ``results`` with steps for what the policies of the deployers allow; ``every`` is each story of the project.

    The policies of each role, within its boundary, must allow all calls of its folder. If all stories that use a file
    of policies passed, each action in the file must be needed.
    """
    passed = {
        result.id: result
        for result in results
        if isinstance(result, StoryResult) and result.outcome is Outcome.PASSED and result.deployers and result.calls
    }
    steps: dict[str, list[StepResult]] = defaultdict(list)
    for file in permission_files(every):
        for story, folder, _ in file.users:
            if story.id in passed:
                steps[story.id].append(_allowed(file, story, folder, passed[story.id]))
        if passed.keys() >= set(file.stories):
            steps[file.users[0][0].id].append(_minimal(file, passed))
    return [
        replace(result, steps=(*result.steps, *steps.get(result.id, ()))) if isinstance(result, StoryResult) else result
        for result in results
    ]


def _allowed(file: PermissionFile, story: TreeStory, folder: TreeFolder, result: StoryResult) -> StepResult:
    """The step for a folder with a deployer: its roles may make all calls."""
    begun, problems, number = time.monotonic(), [], 0
    place = story.place_of(*folder.pointer, "deployer")
    made = result.calls.get(folder.name, {})
    try:
        for phase, role in result.deployers.get(folder.name, {}).items():
            needed = permissions.needed(_of_phase(phase, made), permissions.operations(), _of_phase("apply", made))
            number += len(needed.permissions)
            problems += [Problem(f"{phase}: {call} maps to no IAM action", place) for call in needed.unmapped]
            documents = list(role.policies.values())
            check = permissions.Check(documents, needed.permissions, folder.account, role.boundary)
            for denied in permissions.denied([check]):
                text = f"{phase}: the role may not do {denied.action} on {denied.resource}"
                problems.append(Problem(text, place, file.command))
        outcome = Outcome.FAILED if problems else Outcome.PASSED
    except ModproofError as error:
        outcome, problems = Outcome.ERROR, [Problem.of(error)]
    name = f"{folder.name}: the deployer may make every call"
    seconds = time.monotonic() - begun
    return StepResult(name, outcome, seconds, tuple(problems), plural(number, "permission"), asserted=True)


def _minimal(file: PermissionFile, results: Mapping[str, StoryResult]) -> StepResult:
    begun, problems = time.monotonic(), []
    made = file.calls(results)
    try:
        for phase, documents in file.documents().items():
            needed = permissions.needed(_of_phase(phase, made), permissions.operations(), _of_phase("apply", made))
            for action in permissions.superfluous([permissions.Check(documents, needed.permissions, file.account)]):
                text = f"{phase}: {file.path.name} allows {action}, which no call needs"
                problems.append(Problem(text, file.place, file.command))
        outcome = Outcome.FAILED if problems else Outcome.PASSED
    except ModproofError as error:
        outcome, problems = Outcome.ERROR, [Problem.of(error)]
    name = f"{file.users[0][1].name}: the deployer may do nothing else"
    return StepResult(name, outcome, time.monotonic() - begun, tuple(problems), asserted=True)


def _of_phase(phase: str, made: _Calls) -> tuple[RecordedCall, ...]:
    """The calls of the role that plans, or of the one that applies, which plans too."""
    return made.get("plan", ()) if phase == "plan" else tuple(call for calls in made.values() for call in calls)
