"""Runs stories and derives the permissions that a deployer of their examples needs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from modproof import permissions, stories
from modproof.core.errors import ConfigurationError, ModproofError
from modproof.core.project import Project
from modproof.core.results import Outcome, PermissionsResult, Place, Problem, RecordedCall, StoryResult
from modproof.emulator import endpoint
from modproof.hcl.module import read_module
from modproof.policies.installation import simulator
from modproof.run.deployers import PermissionFile, loadable, permission_files
from modproof.run.selection import select
from modproof.run.services import Services
from modproof.stories import Story, TreeStory

__all__ = [
    "Part",
    "deployer_permissions",
    "derived",
    "derived_of",
    "incomplete",
    "of_deployers",
    "place_of",
    "recorded",
    "results_of",
    "selected_stories",
    "text_inputs",
    "written",
]

# shorter values occur in ARNs by chance
_SHORTEST_INPUT = 3


def deployer_permissions(
    services: Services, names: Sequence[str] = (), *, write: bool = False
) -> list[PermissionsResult]:
    """The permissions of each story that ``names`` select, by default of all; of a Terragrunt tree for each folder.

    With ``write``, the policies of deployers are written into the files that the stories name.

    Each policy is checked with the IAM simulator: it allows every recorded call, and needs each of its actions for
    that. Raises ConfigurationError for an unknown or broken story, an emulator that does not record, or if there is
    nothing to write; ToolMissing without the simulator.
    """
    project = services.project
    found = selected_stories(project, names)
    if write and not permission_files(found):
        hint = "`modproof permissions --write` writes the permissions of all modules"
        raise ConfigurationError(f"no deployer in {', '.join(story.id for story in found)}", hint=hint)
    outcomes = recorded(services, found)
    results = [
        result
        for story, outcome in zip(found, outcomes, strict=True)
        for result in results_of(story, outcome, place_of(project, story))
    ]
    return [*results, *of_deployers(project, outcomes, write=write)]


def of_deployers(
    project: Project, outcomes: Sequence[StoryResult | Exception], *, write: bool
) -> list[PermissionsResult]:
    """The policies of each file that a story with an outcome uses. ``write`` writes the files, or they are compared.

    Raises ConfigurationError if a file cannot be written.
    """
    by_story = {outcome.id: outcome for outcome in outcomes if isinstance(outcome, StoryResult)}
    used = [file for file in permission_files(loadable(project)) if by_story.keys() & set(file.stories)]
    return [_of_file(file, by_story, project, write=write) for file in used]


def _of_file(
    file: PermissionFile, outcomes: Mapping[str, StoryResult], project: Project, *, write: bool
) -> PermissionsResult:
    """The policies of a file by all stories that use it. Writes the file, or compares it."""
    shown = project.relative(file.path)
    empty = PermissionsResult(shown, file.place)
    missing = [
        story for story in file.stories if story not in outcomes or outcomes[story].outcome is not Outcome.PASSED
    ]
    if missing:
        text = f"{shown}: {', '.join(missing)} has calls for it and was not run, or did not pass"
        return replace(empty, errors=(Problem(text, file.place, f"name all of {', '.join(file.stories)}"),))
    result = _checked(empty, file.calls(outcomes), file.placeholders())
    if result.outcome is not Outcome.PASSED:
        return result
    text = json.dumps({phase: list(documents) for phase, documents in result.policies.items()}, indent=2) + "\n"
    if write:
        written(file.path, text)
    elif not file.path.is_file() or file.path.read_bytes() != text.encode():
        return replace(result, problems=(Problem(f"{shown} is out of date", file.place, file.command),))
    return result


def written(path: Path, text: str) -> None:
    """Write a file and its folder. Raises ConfigurationError if that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot be written: {error.strerror}", path=path) from error


def selected_stories(project: Project, names: Sequence[str] = ()) -> list[Story]:
    """The stories that ``names`` select. Raises ConfigurationError for an unknown or broken one."""
    files = select(stories.find_files(project), names, lambda path: (path.stem,), "story")
    return [stories.load(path, project) for path in files]


def recorded(services: Services, found: Sequence[Story]) -> list[StoryResult | Exception]:
    """Run stories and record their calls.

    Raises ConfigurationError if there are none or the emulator does not record, and ToolMissing without the simulator,
    before anything runs.
    """
    if not found:
        hint = "write one, or see `modproof permissions --from-plan`"
        raise ConfigurationError("there is no story, so that no call can be recorded", hint=hint)
    # stories take minutes: a missing tool is reported first
    simulator(services.progress)
    if not services.emulator().ours:
        hint = f"unset {endpoint.VARIABLE}"
        raise ConfigurationError("only an emulator that modproof starts records the calls", hint=hint)
    # deployers do not have new permissions yet
    return services.run_stories(found, as_deployer=False, record_calls=True)


def place_of(project: Project, story: Story) -> Place:
    """The file of a story."""
    return Place(project.relative(story.path))


def results_of(story: Story, outcome: StoryResult | Exception, place: Place) -> list[PermissionsResult]:
    """The permissions of a story by its ``outcome``, for each folder that made calls. Raises an internal error."""
    if isinstance(outcome, ModproofError):
        return [PermissionsResult(story.id, place, errors=(Problem.of(outcome),))]
    if isinstance(outcome, Exception):
        raise outcome
    if outcome.outcome is not Outcome.PASSED:
        return [PermissionsResult(story.id, place, errors=(incomplete(story, place),))]
    if not any(made for calls in outcome.calls.values() for made in calls.values()):
        text = f"the story {story.id} makes no AWS call, so that it needs no permission"
        return [PermissionsResult(story.id, place, errors=(Problem(text, place, "name the stories that make calls"),))]
    inputs = {} if isinstance(story, TreeStory) else _inputs(story)
    # those of a deployer are in the file of its policies
    of_files = {folder.name for file in permission_files([story]) for _, folder, _ in file.users}
    return [
        _checked(PermissionsResult(f"{story.id}/{folder}" if folder else story.id, place), calls, inputs)
        for folder, calls in sorted(outcome.calls.items())
        if any(calls.values()) and folder not in of_files
    ]


def incomplete(story: Story, place: Place) -> Problem:
    """The error for a story that did not pass."""
    text = f"the story {story.id} does not pass, so that not all calls were recorded"
    return Problem(text, place, f"modproof apply {story.id}")


def _checked(
    empty: PermissionsResult, calls: Mapping[str, tuple[RecordedCall, ...]], inputs: Mapping[str, str]
) -> PermissionsResult:
    try:
        return derived(empty, calls, inputs)
    except ConfigurationError as error:  # the simulator has no such action
        return replace(empty, errors=(Problem.of(error),))


def derived(
    empty: PermissionsResult, calls: Mapping[str, tuple[RecordedCall, ...]], inputs: Mapping[str, str]
) -> PermissionsResult:
    """The result with the policies for the ``calls`` of each phase; ``inputs`` are those of the example."""
    return derived_of(empty, [Part(calls, inputs)])


def derived_of(empty: PermissionsResult, parts: Sequence[Part], *, checked: bool = True) -> PermissionsResult:
    """The result with policies that allow the calls of all ``parts``, each with its own inputs.

    ``checked=False`` leaves out the IAM simulator, which takes seconds for each policy.
    """
    documents: dict[str, tuple[Mapping[str, Any], ...]] = {}
    problems: list[Problem] = []
    table = permissions.operations()
    values: dict[str, str] = {}
    for part in parts:
        values |= {name: max(value, values.get(name, ""), key=len) for name, value in part.known.items()}
    for phase in ("plan", "apply"):
        needed = [permissions.needed(part.made(phase), table, part.made("apply")) for part in parts]
        patterns = [part.pattern(each) for part, own in zip(parts, needed, strict=True) for each in own.permissions]
        documents[phase] = tuple(permissions.policies(permissions.in_any_folder(patterns), values))
        checks = [
            permissions.Check([_filled(one, part.known) for one in documents[phase]], own.permissions, part.account)
            for part, own in zip(parts, needed, strict=True)
        ]
        faults = [f"{call} maps to no IAM action" for call in sorted({call for own in needed for call in own.unmapped})]
        if checked:
            wrong = permissions.denied(checks)
            faults += [f"the policy denies {permission.action} on {permission.resource}" for permission in wrong]
            faults += [f"no call needs {action}" for action in permissions.superfluous(checks)]
        problems += [Problem(f"{phase}: {fault}", empty.place) for fault in faults]
    different = {f"{call} {sorted(call.identifiers.items())}" for part in parts for call in part.made("apply")}
    return replace(empty, policies=documents, calls=len(different), problems=tuple(problems))


@dataclass(frozen=True)
class Part:
    """The ``calls`` of each phase that were made with the same ``inputs``: text inputs by name.

    ``chosen`` are the keys and elements of the other inputs. In a module, a role that the ``calls`` did not create is
    one that the caller chooses; ``values`` are all its inputs.
    """

    calls: Mapping[str, tuple[RecordedCall, ...]]
    inputs: Mapping[str, str]
    chosen: frozenset[str] = frozenset()
    is_module: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)

    def made(self, phase: str) -> tuple[RecordedCall, ...]:
        """The calls of a plan, or of an apply, which include all others."""
        return self.calls.get("plan", ()) if phase == "plan" else tuple(c for made in self.calls.values() for c in made)

    @cached_property
    def account(self) -> str:
        return self.made("apply")[0].account

    @cached_property
    def region(self) -> str:
        return _region(self.made("apply"))

    def _creates(self, role: str) -> bool:
        return role.rpartition("/")[2] in self._created

    @cached_property
    def _created(self) -> frozenset[str | None]:
        made = self.made("apply")
        return frozenset(call.identifiers.get("RoleName") for call in made if str(call) == "iam.CreateRole")

    @property
    def known(self) -> dict[str, str]:
        """The values of all placeholders."""
        return {**self.inputs, "account_id": self.account, "region": self.region}

    def pattern(self, permission: permissions.Permission) -> permissions.Permission:
        """``permission`` with placeholders instead of the inputs."""
        # an example may have an input for a second region
        places = {**{value: "${" + name + "}" for name, value in self.inputs.items()}, self.region: "${region}"}
        if self.is_module and permission.action == "iam:PassRole" and not self._creates(permission.resource):
            return replace(permission, resource="arn:aws:iam::${account_id}:role/*")
        return replace(
            permission,
            resource=permissions.general(permission.resource, self.inputs, self.account, self.region, self.chosen),
            region=places.get(permission.region, permission.region),
        )


def _region(calls: Sequence[RecordedCall]) -> str:
    """The region of most calls. Calls of global services have another one."""
    regional = [call.region for call in calls if call.service not in permissions.GLOBAL_SERVICES]
    return Counter(regional or [call.region for call in calls]).most_common(1)[0][0]


def _filled(document: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    """The policy with the values of the story's inputs."""
    text = json.dumps(document)
    for name, value in known.items():
        text = text.replace("${" + name + "}", json.dumps(value)[1:-1])
    # the simulator would take the inputs that this call does not set for variables of IAM
    filled: dict[str, Any] = json.loads(re.sub(r"\$\{[^}]*\}", "unset", text))
    return filled


def _inputs(story: Story) -> dict[str, str]:
    """The text inputs of the example, by name: from the story, or else their defaults."""
    defaults = {each.name: each.default for each in read_module(story.id, story.example).variables}
    found = {**defaults, **story.variables}
    return text_inputs(found)


def text_inputs(values: Mapping[str, Any]) -> dict[str, str]:
    """The inputs that can be recognised in ARNs."""
    texts = {name: value for name, value in values.items() if isinstance(value, str) and name != "region"}
    return {name: value for name, value in texts.items() if len(value) >= _SHORTEST_INPUT and "${" not in value}
