"""Compares the checkout with the last release: interfaces of modules, and examples upgraded on the emulator."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from modproof.cases.sources.checkout import Checkout
from modproof.core import process
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import InterfaceChange, Place, Problem, UpgradeResult
from modproof.run import permission_file
from modproof.run.exported import export
from modproof.run.services import Services
from modproof.run.sides import Side
from modproof.run.upgraded_examples import changed_modules, find, removed, unapplied_modules, upgrade_examples
from modproof.toolchain import Git
from modproof.upgrades import exceptions
from modproof.upgrades.changelog import section_of, top_section
from modproof.upgrades.comparison import compare
from modproof.upgrades.interface import Interface, Unreadable, read_interface
from modproof.upgrades.judging import Exceptions, implied_bump, planned_version, release_problems
from modproof.upgrades.permissions import changed_permissions
from modproof.upgrades.releases import Base, base_of, tag_of_head
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
    tag = _tag(selection.tag, base) or tag_of_head(git)
    valid, expired = exceptions.load(project, today or datetime.now(UTC).date())
    excused = Exceptions(valid, project.relative(project.upgrades), base.name)
    with process.temporary_folder("release") as folder:
        release = export(git, base.commit, folder / "tree", project)
        compared = _Comparison(release, project)
        interface = [excused.of_interface(change) for change in compared.interface()]
        old, new = map(Side, (release, project), _checkouts(folder / "tree", project))
        changed = changed_modules(old, new)
        examples = None
        unapplied: list[str] = []
        if not selection.interface_only:
            chosen = find(project, selection.examples)
            examples = [excused.of_example(each) for each in upgrade_examples(services, chosen, old, new, base.name)]
            if not selection.examples:
                unapplied = unapplied_modules(changed, chosen, examples, new)
                examples += removed(chosen, old, new, base.name)
        written = release.permissions.is_file() and project.permissions.is_file()
        permissions = changed_permissions(*map(permission_file.actions, (release, project))) if written else ()
    scopes = ["module"] if selection.interface_only or selection.examples else ["module", "example"]
    problems = [*expired, *excused.unused(scopes)]
    bump = implied_bump(interface, examples or (), is_changed=bool(changed))
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
        unapplied=tuple(unapplied),
        permissions=permissions,
        problems=tuple(problems),
        errors=tuple(compared.errors),
    )


def _tag(text: str | None, base: Base) -> Version | None:
    if text is None:
        return None
    version = Version.parse(text)
    if version is None:
        raise ConfigurationError(f"'{text}' is not a release tag", hint="write vX.Y.Z")
    if base.version is None:
        raise ConfigurationError(
            f"'{base.name}' is not a release, so whether {text} is high enough is unknown",
            hint="name a release with --from, or omit --tag",
        )
    return version


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


def _checkouts(exported: Path, project: Project) -> tuple[Checkout, Checkout]:
    """Those of the release in ``exported`` and of the project: the same repository at two commits."""
    own = Checkout.of(project.root)
    return dataclasses.replace(own, top=exported.resolve()), own
