"""Compares the checkout with the last release: interfaces of modules, and examples upgraded on the emulator."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from modproof import stories
from modproof.core import process
from modproof.core.documents import problems_of
from modproof.core.errors import ConfigurationError, ModproofError, NoProject
from modproof.core.parallel import side_by_side
from modproof.core.project import Project
from modproof.core.results import ExampleUpgrade, InterfaceChange, Place, Problem, UpgradeResult
from modproof.hcl.closure import closure
from modproof.run.selection import select
from modproof.run.services import Services
from modproof.stories import Story
from modproof.stories.changes import unexpected_drift
from modproof.terraform.changes import changes
from modproof.toolchain import Git
from modproof.upgrades import exceptions
from modproof.upgrades.changelog import section_of, top_section
from modproof.upgrades.comparison import compare
from modproof.upgrades.interface import Interface, Unreadable, read_interface
from modproof.upgrades.judging import Exceptions, implied_bump, planned_version, release_problems
from modproof.upgrades.releases import Base, base_of, tag_of_head
from modproof.upgrades.resources import upgraded
from modproof.upgrades.versions import Version

__all__ = ["UpgradeSelection", "upgrade"]

CHANGELOG = "CHANGELOG.md"


@dataclass(frozen=True, slots=True)
class UpgradeSelection:
    """What to compare. ``examples`` are names or globs of stories, all by default.

    ``base`` is a commit, by default the last release. ``tag`` is the version to be released, by default that of a tag
    of HEAD.
    """

    examples: Sequence[str] = ()
    base: str | None = None
    tag: str | None = None
    interface_only: bool = False


def upgrade(services: Services, selection: UpgradeSelection, *, today: date | None = None) -> UpgradeResult:
    """Compare the checkout with ``selection.base``.

    Raises ConfigurationError if there is no release or an invalid file of exceptions, ToolMissing, and CommandFailed.
    """
    project = services.project
    git = Git(project.root, otherwise="use a checkout with its history")
    base = base_of(git, selection.base)
    tag = _tag(selection.tag) or tag_of_head(git)
    valid, expired = exceptions.load(project, today or datetime.now(UTC).date())
    excused = Exceptions(valid, project.relative(project.upgrades))
    with process.temporary_folder("release") as folder:
        release = _release(git, base, folder / "tree", project)
        compared = _Comparison(release, project)
        interface = [excused.of_interface(change) for change in compared.interface()]
        examples = None
        if not selection.interface_only:
            examples = _examples(services, release, base, excused, selection.examples)
    scopes = ["module"] if selection.interface_only or selection.examples else ["module", "example"]
    problems = [*expired, *excused.unused(scopes)]
    bump = implied_bump(interface, examples or ())
    required, planned = "", None
    if base.version is not None:
        required = str(base.version.after(bump))
        changelog = project.root / CHANGELOG
        section = (section_of(changelog, tag) if tag else None) or top_section(changelog)
        planned = planned_version(tag, section, base.version)
        problems += release_problems(bump, base.version, planned, section, CHANGELOG)
    return UpgradeResult(
        base=base.name,
        bump=bump,
        required=required,
        planned=str(planned or ""),
        interface=tuple(interface),
        examples=None if examples is None else tuple(examples),
        problems=tuple(problems),
        errors=tuple(compared.errors),
    )


def _tag(text: str | None) -> Version | None:
    if text is None:
        return None
    version = Version.parse(text)
    if version is None:
        raise ConfigurationError(f"'{text}' is not a release tag", hint="write vX.Y.Z")
    return version


def _release(git: Git, base: Base, folder: Path, project: Project) -> Project:
    """The project as it was at ``base``, in ``folder``."""
    git.export(base.commit, folder)
    root = folder / project.root.relative_to(git.top().resolve())
    try:
        found = Project.find(root)
    except NoProject:
        found = Project(root)
    return found if found.root == root.resolve() else Project(root)


class _Comparison:
    """Compares the modules of two projects. ``errors`` are modules that cannot be compared."""

    def __init__(self, release: Project, project: Project) -> None:
        self._release = release
        self._project = project
        self.errors: list[Problem] = []

    def interface(self) -> list[InterfaceChange]:
        """The changes of all modules."""
        before, after = set(self._release.module_names()), set(self._project.module_names())
        found: list[InterfaceChange] = []
        for name in sorted(before | after):
            try:
                old = self._read(self._release, name) if name in before else None
                new = self._read(self._project, name) if name in after else None
            except Unreadable as error:
                of = self._release if error.path.is_relative_to(self._release.root) else self._project
                where = Place(of.relative(error.path), error.line)
                self.errors.append(Problem(f"{name} cannot be compared: {error}", where, "fix the syntax error"))
            else:
                found += compare(name, old, new, root=self._project.root)
        return found

    @staticmethod
    def _read(project: Project, name: str) -> Interface:
        return read_interface(project.module_folder(name))


def _examples(
    services: Services, release: Project, base: Base, excused: Exceptions, names: Sequence[str]
) -> list[ExampleUpgrade]:
    """The upgrade of each selected example, side by side."""
    project = services.project
    paths = select(stories.find_files(project), names, lambda path: (path.stem,), "story")
    old = _Stories(release)
    work = [partial(_upgrade_example, services, release, base, path, old) for path in paths]
    results = []
    for path, outcome in zip(paths, side_by_side(work, at_once=2 * (os.cpu_count() or 1)), strict=True):
        if isinstance(outcome, ModproofError):
            outcome = ExampleUpgrade(path.stem, errors=problems_of(outcome))
        elif isinstance(outcome, Exception):
            raise outcome
        results.append(excused.of_example(outcome, Place(project.relative(path))))
    return results


class _Stories:
    """The stories of a release, by the folder of their example and by id."""

    def __init__(self, release: Project) -> None:
        self._release = release
        self._paths = stories.find_files(release)

    def like(self, story: Story, example: str) -> Story | None:
        """The release's story of the same name or the same example; ``story`` itself if only the example existed."""
        ordered = sorted(self._paths, key=lambda path: path.stem != story.id)
        for path in ordered:
            found = stories.load(path, self._release)
            if self._release.relative(found.example) == example:
                return found
        folder = self._release.root / example
        return dataclasses.replace(story, example=folder) if folder.is_dir() else None


def _upgrade_example(
    services: Services, release: Project, base: Base, path: Path, old_stories: _Stories
) -> ExampleUpgrade:
    from modproof.stories.upgrading import plan_upgrade

    begun = time.monotonic()
    project = services.project
    new = stories.load(path, project)
    old = old_stories.like(new, project.relative(new.example))
    if old is None:
        return ExampleUpgrade(new.id, note=f"new since {base.name}")
    if _content(closure(old.example), release.root) == _content(closure(new.example), project.root):
        return ExampleUpgrade(new.id, note=f"not applied: no file differs from {base.name}")
    emulator = services.emulator()
    with services.progress.task(f"upgrade {new.id}") as task:
        found = plan_upgrade(
            old,
            new,
            release=release,
            project=project,
            terraform=services.terraform(),
            emulator=emulator,
            account=emulator.new_account(),
            task=task,
        )
    resources = upgraded(found.plan, project.settings.protected) if found.plan else []
    drifting = _drifting(found.plan or {}, old, new)
    return ExampleUpgrade(
        new.id,
        tuple(
            dataclasses.replace(each, action="unchanged", details=()) if each.address in drifting else each
            for each in resources
        ),
        found.problems,
        found.errors,
        seconds=time.monotonic() - begun,
    )


def _drifting(plan: dict[str, object], old: Story, new: Story) -> set[str]:
    """The resources that only the emulator's known drift updates."""
    planned = changes(plan)
    uncovered, _ = unexpected_drift([*old.drift, *new.drift], planned)
    return {change.address for change in planned if change not in uncovered}


def _content(files: Iterable[Path], root: Path) -> dict[str, bytes]:
    return {os.path.relpath(path, root.resolve()): path.read_bytes() for path in files}
