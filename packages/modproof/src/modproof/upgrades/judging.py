"""Applies the exceptions to the changes of an upgrade, and compares the implied bump with tag and changelog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from modproof.core.results import BUMPS, Bump, ExampleUpgrade, InterfaceChange, Place, Problem, ResourceUpgrade
from modproof.upgrades.changelog import Section
from modproof.upgrades.exceptions import UpgradeException
from modproof.upgrades.resources import bump_of, endangered
from modproof.upgrades.versions import Version, largest

__all__ = ["Exceptions", "implied_bump", "planned_version", "release_problems"]


class Exceptions:
    """The exceptions that apply, and which of them were used.

    ``path`` is their file and ``base`` the name of the release, for messages.
    """

    def __init__(self, entries: Sequence[UpgradeException], path: str, base: str) -> None:
        self._base = base
        self._entries = entries
        self._path = path
        self._used: set[Place] = set()

    def of_interface(self, change: InterfaceChange) -> InterfaceChange:
        """``change`` with the reason of its exception, with which a breaking change implies a patch."""
        if change.bump != "major":
            return change
        entry = self._find("module", change.module, change.subject, change.what)
        return replace(change, bump="patch", reason=entry.reason) if entry else change

    def of_example(self, example: ExampleUpgrade) -> ExampleUpgrade:
        """``example`` with reasons, and a problem for each lost resource without one."""
        resources: list[ResourceUpgrade] = []
        problems = list(example.problems)
        for resource in example.resources:
            if endangered(resource):
                entry = self._find("example", example.id, resource.name, resource.action)
                if entry is None:
                    problems.append(self._lost(resource, example.place))
                else:
                    resource = replace(resource, reason=entry.reason)
            resources.append(resource)
        return replace(example, resources=tuple(resources), problems=tuple(problems))

    def unused(self, scopes: Sequence[str]) -> list[Problem]:
        """A problem for each entry of ``scopes`` that covered nothing."""
        return [
            Problem(f"the exception for {entry.name}: {entry.address} covers nothing", entry.place, "delete it")
            for entry in self._entries
            if entry.scope in scopes and entry.place not in self._used
        ]

    def _find(self, scope: str, name: str, address: str, what: str) -> UpgradeException | None:
        found = [entry for entry in self._entries if entry.covers(scope, name, address, what)]
        self._used.update(entry.place for entry in found)
        return found[0] if found else None

    def _lost(self, resource: ResourceUpgrade, of_example: Place | None) -> Problem:
        remedy = f"or add an exception to {self._path}"
        if resource.action == "orphaned":
            text = f"{resource.name} is orphaned, but holds data or serves requests: no unit has its state any more"
            return Problem(text, resource.place or of_example, f"keep the path of the unit and its state, {remedy}")
        if resource.action == "destroyed":
            where = f" (declared in {resource.place} at {self._base})" if resource.place else ""
            text = f"{resource.name}{where} is destroyed, but holds data or serves requests"
            return Problem(text, of_example, f"add a `moved` block if its address changed, {remedy}")
        why = f" ({'; '.join(resource.details)})" if resource.details else ""
        text = f"{resource.name} is replaced{why}, but holds data or serves requests"
        return Problem(text, resource.place or of_example, f"keep the previous value, {remedy}")


def implied_bump(interface: Sequence[InterfaceChange], examples: Sequence[ExampleUpgrade], *, is_changed: bool) -> Bump:
    """The largest bump of all changes; at least a patch if any file of a module differs (``is_changed``)."""
    of_files: list[Bump] = ["patch"] if is_changed else []
    of_examples = [bump for example in examples for bump in bump_of(example.resources)]
    return largest([*(change.bump for change in interface), *of_examples, *of_files])


def planned_version(tag: Version | None, section: Section | None, base: Version) -> Version | None:
    """The version of the next release: of the tag, else of the first section of the changelog if it is newer."""
    if tag is not None:
        return tag
    written = section.version if section else None
    return written if written is not None and written > base else None


def release_problems(
    bump: Bump, base: Version, planned: Version | None, section: Section | None, changelog: str
) -> list[Problem]:
    """Where the planned version and the changelog (the path is for messages) do not match the implied ``bump``."""
    required = base.after(bump)
    place = Place(changelog, section.line) if section else Place(changelog)
    problems = []
    if planned is not None and (planned < required or planned <= base):
        text = f"the version {planned} is too low after {base}: the changes imply a {bump} bump"
        problems.append(
            Problem(text, place, f"release at least {required if required > base else base.after('patch')}")
        )
    if BUMPS.index(bump) < BUMPS.index("minor"):
        return problems
    stale = section is None or not section.text or (section.version is not None and section.version <= base)
    if stale:
        text = f"there is no entry after {base}, although the changes imply a {bump} bump"
        problems.append(Problem(text, place, "describe the changes in the section Unreleased"))
    elif bump == "major" and section is not None and not section.mentions_breaking:
        text = f"the section {section.name} does not say that the changes are breaking"
        problems.append(Problem(text, place, "add an entry with the word breaking, and what callers must do"))
    return problems
