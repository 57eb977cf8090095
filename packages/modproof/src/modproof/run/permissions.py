"""Runs stories and derives the permissions that a deployer of their examples needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from modproof import permissions, stories
from modproof.core.errors import ConfigurationError, ModproofError
from modproof.core.project import Project
from modproof.core.results import Outcome, PermissionsResult, Place, Problem, RecordedCall, StoryResult
from modproof.hcl.module import read_module
from modproof.permissions import Permission
from modproof.run.selection import select
from modproof.run.services import Services
from modproof.stories import Story, TreeStory

__all__ = ["deployer_permissions"]

# shorter values occur in ARNs by chance
_SHORTEST_INPUT = 3


def deployer_permissions(services: Services, names: Sequence[str] = ()) -> list[PermissionsResult]:
    """The permissions of each story that ``names`` select; by default of all stories of an example.

    Each policy is proved with the IAM simulator: it allows every call that was recorded, and does not without any of
    its actions. Raises ConfigurationError for an unknown or broken story, a story of a Terragrunt tree that is named,
    or an emulator that does not record; ToolMissing without the simulator.
    """
    project = services.project
    files = select(stories.find_files(project), names, lambda path: (path.stem,), "story")
    loaded = [stories.load(path, project) for path in files]
    found = [story for story in loaded if not isinstance(story, TreeStory)]
    if names and len(found) < len(loaded):
        tree = next(story.id for story in loaded if isinstance(story, TreeStory))
        raise ConfigurationError(f"the story '{tree}' is of a Terragrunt tree", hint="name stories of an example")
    if not services.emulator().ours:
        raise ConfigurationError("only an emulator that modproof starts records the calls", hint="omit --endpoint")
    outcomes = services.run_stories(found)
    return [_result(story, outcome, project) for story, outcome in zip(found, outcomes, strict=True)]


def _result(story: Story, outcome: StoryResult | Exception, project: Project) -> PermissionsResult:
    place = Place(project.relative(story.path))
    if isinstance(outcome, ModproofError):
        return PermissionsResult(story.id, place, errors=(Problem.of(outcome),))
    if isinstance(outcome, Exception):
        raise outcome
    if outcome.outcome is not Outcome.PASSED:
        text = f"the story {story.id} does not pass, so that not all calls were recorded"
        return PermissionsResult(story.id, place, errors=(Problem(text, place, f"modproof apply {story.id}"),))
    plan, applied = outcome.calls.get("plan", ()), (*outcome.calls.get("apply", ()), *outcome.calls.get("destroy", ()))
    return _derived(story, place, {"plan": plan, "apply": (*plan, *applied)})


def _derived(story: Story, place: Place, calls: Mapping[str, tuple[RecordedCall, ...]]) -> PermissionsResult:
    account = calls["apply"][0].account
    known = {**_inputs(story), "account_id": account, "region": story.region}
    documents: dict[str, tuple[Mapping[str, Any], ...]] = {}
    problems: list[Problem] = []
    for phase, made in calls.items():
        needed = permissions.needed(made, permissions.operations())
        general = [_general(each, known, account, story.region) for each in needed.permissions]
        documents[phase] = tuple(permissions.policies(general, regions=["${region}"]))
        concrete = [_filled(document, known) for document in documents[phase]]
        faults = [f"{call} maps to no IAM action" for call in needed.unmapped]
        for permission in permissions.denied(concrete, needed.permissions, account):
            faults.append(f"the policy denies {permission.action} on {permission.resource}")  # noqa: PERF401
        superfluous = permissions.superfluous(concrete, needed.permissions, account)
        faults += [f"no call needs {action}" for action in superfluous]
        problems += [Problem(f"{phase}: {fault}", place) for fault in faults]
    return PermissionsResult(story.id, place, documents, len(set(map(_key, calls["apply"]))), tuple(problems))


def _key(call: RecordedCall) -> str:
    return f"{call} {sorted(call.identifiers.items())}"


def _general(permission: Permission, known: Mapping[str, str], account: str, region: str) -> Permission:
    inputs = {name: value for name, value in known.items() if name not in ("account_id", "region")}
    resource = permissions.general(permission.resource, inputs, account, region)
    return Permission(permission.action, resource, permission.region, permission.passed_to)


def _filled(document: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """The policy with the values of the story's inputs."""
    text = json.dumps(document)
    for name, value in known.items():
        text = text.replace("${" + name + "}", value)
    filled: dict[str, Any] = json.loads(text)
    return filled


def _inputs(story: Story) -> dict[str, str]:
    """The text inputs of the example, by name: from the story, or else their defaults."""
    defaults = {each.name: each.default for each in read_module(story.id, story.example).variables}
    found = {**defaults, **story.variables}
    texts = {name: value for name, value in found.items() if isinstance(value, str) and name != "region"}
    return {name: value for name, value in texts.items() if len(value) >= _SHORTEST_INPUT and "${" not in value}
