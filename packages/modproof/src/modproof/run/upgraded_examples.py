"""Upgrades examples on the emulator: applied at the release, planned from the checkout."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from modproof import stories
from modproof.core.documents import problems_of
from modproof.core.errors import ModproofError, machine_fault
from modproof.core.parallel import side_by_side
from modproof.core.project import Project, has_terraform
from modproof.core.results import ExampleUpgrade, Problem, ResourceUpgrade
from modproof.hcl.reader import module_blocks
from modproof.run.order import Admission
from modproof.run.selection import select
from modproof.run.services import Services
from modproof.run.sides import Side
from modproof.run.upgraded_trees import upgrade_tree
from modproof.stories import Story, TreeStory
from modproof.stories.changes import unexpected_drift
from modproof.stories.model import required_variables
from modproof.terraform.changes import changes
from modproof.upgrades.resources import upgraded

__all__ = ["Example", "changed_modules", "find", "removed", "unapplied_modules", "upgrade_examples"]

_EXAMPLES = "examples"


@dataclass(frozen=True, slots=True)
class Example:
    """An example with its story, or what is wrong with the story file. ``id`` is the story's."""

    id: str
    story: Story | None = None
    error: ModproofError | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """How a user can name it: by its story or by its folder."""
        return (self.id,) if self.story is None else (self.id, self.story.example.name)


def changed_modules(release: Side, project: Side) -> list[str]:
    """The modules of the release with any file that differs, sorted."""
    names = sorted({*release.project.module_names()} & {*project.project.module_names()})
    folders = [(name, release.project.module_folder(name), project.project.module_folder(name)) for name in names]
    return [name for name, old, new in folders if release.content(old) != project.content(new)]


def unapplied_modules(
    changed: Sequence[str], examples: Sequence[Example], results: Sequence[ExampleUpgrade], project: Side
) -> list[str]:
    """The modules of ``changed`` that none of the examples calls of which ``results`` has a plan."""
    planned = {result.id for result in results if result.resources}
    applied = [example.story.example for example in examples if example.story is not None and example.id in planned]
    called = {folder for example in applied for folder in project.files(example).folders}
    return [name for name in changed if project.project.module_folder(name).resolve() not in called]


def find(project: Project, names: Sequence[str] = ()) -> list[Example]:
    """The examples that ``names`` select, all by default: those of stories, and folders below ``examples`` without one.

    Raises ConfigurationError for a name that selects nothing.
    """
    found: list[Example] = []
    for path in stories.find_files(project):
        try:
            found.append(Example(path.stem, stories.load(path, project)))
        except ModproofError as error:
            found.append(Example(path.stem, error=error))
    covered = {example.story.example for example in found if example.story is not None}
    taken = {example.id for example in found}
    folders = sorted(path for path in project.root.glob(f"{_EXAMPLES}/*/") if has_terraform(path))
    found += [
        Example(folder.name, stories.of_example(folder, project))
        for folder in folders
        if folder.resolve() not in covered and folder.name not in taken
    ]
    return select(found, names, lambda example: example.names, "example")


def removed(examples: Sequence[Example], release: Side, project: Side, base: str) -> list[ExampleUpgrade]:
    """The examples of the release with the name ``base`` that ``examples``, all of ``project``, no longer have."""
    kept = {example.id for example in examples}
    kept |= {project.project.relative(each.story.example) for each in examples if each.story is not None}
    return [
        ExampleUpgrade(old.id, note=f"not applied: removed since {base}")
        for old in find(release.project)
        if old.id not in kept and (old.story is None or release.project.relative(old.story.example) not in kept)
    ]


def upgrade_examples(
    services: Services, examples: Sequence[Example], release: Side, project: Side, base: str
) -> list[ExampleUpgrade]:
    """The upgrade of each example from ``release`` with the name ``base``, as many at once as stories."""
    old = _Release(release)
    work = [partial(_upgraded, services, example, old, project, base) for example in examples]
    results = []
    for example, outcome in zip(examples, side_by_side(work, may_start=Admission()), strict=True):
        if isinstance(outcome, OSError):
            outcome = machine_fault(outcome) or outcome
        if isinstance(outcome, ModproofError):
            outcome = ExampleUpgrade(example.id, errors=problems_of(outcome))
        elif isinstance(outcome, Exception):
            raise outcome
        results.append(outcome)
    return results


class _Release:
    """The examples of a release."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._examples = find(side.project)

    def like(self, new: Story, folder: str) -> Story | None:
        """The story of the example that was ``new`` or was in ``folder``; None if there was none.

        An example without a story gets the variables of ``new``. Raises what is wrong with the file of that story.
        """
        same = [each for each in self._examples if each.id == new.id]
        same += [each for each in self._examples if each.story is not None and self._folder(each.story) == folder]
        found = next(iter(same), None)
        if found is None:
            return None
        if found.story is None:
            raise found.error or ModproofError(f"{found.id} has no story")
        if found.story.has_file:
            return found.story
        declared = {label for block in module_blocks(found.story.example, "variable") for label in block.labels}
        variables = {name: value for name, value in new.variables.items() if name in declared}
        return replace(new, example=found.story.example, variables=variables)

    def _folder(self, story: Story) -> str:
        return self.side.project.relative(story.example)


def _upgraded(services: Services, example: Example, release: _Release, project: Side, base: str) -> ExampleUpgrade:
    # needs the integration extra
    from modproof.stories.upgrading import plan_upgrade

    begun = time.monotonic()
    new = example.story
    if new is None:
        raise example.error or ModproofError(f"{example.id} has no story")
    old = release.like(new, project.project.relative(new.example))
    if old is None or isinstance(old, TreeStory) != isinstance(new, TreeStory):
        return ExampleUpgrade(new.id, note=f"not applied: new since {base}")
    if release.side.content(old.example) == project.content(new.example):
        return ExampleUpgrade(new.id, note=f"not applied: no file differs from {base}")
    if isinstance(old, TreeStory) and isinstance(new, TreeStory):
        found = upgrade_tree(services, old, new, release.side, project)
        return replace(found, seconds=time.monotonic() - begun)
    missing = _missing_variables(old)
    if missing:
        text = f"the example requires {', '.join(missing)} at {base}"
        hint = f"set them in `variables` of its story, {project.project.settings.stories}/{new.id}.yaml"
        return ExampleUpgrade(new.id, errors=(Problem(text, new.place, hint),))
    with (
        services.emulators.with_accounts(old.accounts) as emulator,
        emulator.turn(),
        services.progress.task(f"upgrade {new.id}") as task,
    ):
        plan = plan_upgrade(
            old,
            new,
            release=release.side.project,
            project=project.project,
            checkouts=(release.side.checkout, project.checkout),
            terraform=services.terraform(),
            emulator=emulator,
            account=emulator.new_account(),
            task=task,
            step_seconds=services.step_seconds,
        )
    resources = _resources(plan.plan, old, new, release.side, project) if plan.plan else ()
    return ExampleUpgrade(
        new.id,
        resources,
        plan.problems,
        plan.errors,
        place=new.place,
        seconds=time.monotonic() - begun,
    )


def _missing_variables(story: Story) -> list[str]:
    """The variables that the example requires and the story does not set."""
    return sorted(required_variables(story.example) - set(story.variables))


def _resources(
    plan: Mapping[str, object], old: Story, new: Story, release: Side, project: Side
) -> tuple[ResourceUpgrade, ...]:
    """What ``plan`` does to each resource, with the place of those that are replaced or destroyed."""
    drifting = _drifting(plan, old, new)
    found = []
    for each in upgraded(plan, project.project.settings.protected):
        if each.address in drifting:
            found.append(replace(each, action="unchanged", details=()))
        elif each.action == "destroyed":
            found.append(replace(each, place=release.place_of(each.moved_from or each.address, old.example)))
        elif each.action == "replaced":
            found.append(replace(each, place=project.place_of(each.address, new.example)))
        else:
            found.append(each)
    return tuple(found)


def _drifting(plan: Mapping[str, object], old: Story, new: Story) -> set[str]:
    """The resources that only the emulator's known drift updates."""
    planned = changes(plan)
    uncovered, _ = unexpected_drift([*old.drift, *new.drift], planned)
    return {change.address for change in planned if change not in uncovered}
