"""The cases that cannot be planned because a provider cannot be installed, each with the requirement and the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modproof import toolchain
from modproof.cases.model import Case
from modproof.cases.planned import CaseError
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.plan.constraints import VersionRange
from modproof.plan.requirements import Requirement, address_of, requirements, requirements_of
from modproof.plan.root import BatchRoot
from modproof.terraform.failures import Cause, Failure
from modproof.terraform.runner import FetchedModule
from modproof.toolchain.providers import mirrored_versions

__all__ = ["Unavailable", "cases_without"]


@dataclass(slots=True)
class Unavailable:
    """``errors`` are those of the cases that cannot be planned, by case key.

    ``apart`` is only set without errors: lists of cases that can be planned only separately, because their constraints
    exclude each other. Both are empty if no case is known to require the provider.
    """

    errors: dict[str, list[CaseError]] = field(default_factory=dict)
    apart: list[list[Case]] = field(default_factory=list)


def cases_without(
    failures: Sequence[Failure], root: BatchRoot, fetched: Sequence[FetchedModule], project: Project, lock_file: Path
) -> Unavailable:
    """What providers that cannot be installed mean for the cases of ``root``.

    ``fetched`` are the modules that were fetched, which have requirements too; ``lock_file`` is the one of the run.
    """
    required = {key: requirements_of(case) for key, case in root.cases.items()}
    for module in fetched:
        call = root.calls.get(module.key.partition(".")[0])
        for key in call.members if call else ():
            required[key] += requirements([module.folder])
    found = Unavailable()
    for failure in failures:
        provider = address_of(failure.provider) if failure.provider else ""
        own = {key: mine for key, all_ in required.items() if (mine := [r for r in all_ if r.provider == provider])}
        concerned = _concerned(failure, own, _mirrored(project, provider))
        for key in concerned:
            error = _error(failure, own[key], root, fetched, project, lock_file)
            found.errors.setdefault(key, []).append(error)
        if not concerned and own and not found.apart:
            found.apart = _apart(own, root.cases)
    if found.errors:
        found.apart = []
    return found


def _concerned(failure: Failure, own: Mapping[str, Sequence[Requirement]], mirrored: Sequence[str]) -> list[str]:
    """The cases that cannot be planned in any batch; empty if only all of them together cannot."""
    if failure.cause is not Cause.NO_RELEASE or len({_constraints(mine) for mine in own.values()}) < 2:
        return list(own)
    return [
        key
        for key, mine in own.items()
        if (found := _range(mine)).is_empty or (mirrored and not any(map(found.accepts, mirrored)))
    ]


def _apart(own: Mapping[str, Sequence[Requirement]], cases: Mapping[str, Case]) -> list[list[Case]]:
    """The cases by their constraints. Those that do not require the provider are in the first list."""
    lists: dict[frozenset[str], list[Case]] = {}
    for key, mine in own.items():
        lists.setdefault(_constraints(mine), []).append(cases[key])
    first, *others = lists.values()
    return [[*first, *(case for key, case in cases.items() if key not in own)], *others]


def _constraints(mine: Sequence[Requirement]) -> frozenset[str]:
    return frozenset(each.constraint for each in mine if each.constraint)


def _range(mine: Sequence[Requirement]) -> VersionRange:
    return VersionRange.of(each.constraint for each in mine)


def _mirrored(project: Project, provider: str) -> list[str]:
    """The versions in the mirror; empty without a mirror, or if the mirror does not have the provider."""
    mirror = toolchain.provider_mirror(project.root)
    parts = provider.split("/")
    return mirrored_versions(mirror, *parts) if mirror is not None and len(parts) == 2 else []


def _error(
    failure: Failure,
    mine: Sequence[Requirement],
    root: BatchRoot,
    fetched: Sequence[FetchedModule],
    project: Project,
    lock_file: Path,
) -> CaseError:
    constraint = ", ".join(dict.fromkeys(each.constraint for each in mine if each.constraint)) or "(any version)"
    mirrored = _mirrored(project, mine[0].provider)
    first = max(mine, key=lambda each: (bool(each.constraint), not any(map(_range([each]).accepts, mirrored))))
    reason, hint = _reason(failure, mine, root, fetched, project, lock_file)
    return CaseError(
        stage="load",
        text=f"not planned: the provider {first.provider} {constraint} cannot be installed: {reason}; {hint}",
        place=_place(first, root, fetched, project),
        usage=True,
    )


def _reason(
    failure: Failure,
    mine: Sequence[Requirement],
    root: BatchRoot,
    fetched: Sequence[FetchedModule],
    project: Project,
    lock_file: Path,
) -> tuple[str, str]:
    """Why the provider cannot be installed, and the remedy."""
    mirror = toolchain.provider_mirror(project.root)
    mirrored = _mirrored(project, mine[0].provider)
    if failure.cause is Cause.NO_RELEASE and _range(mine).is_empty:
        places = [(each.constraint, _place(each, root, fetched, project)) for each in mine if each.constraint]
        listed = " and ".join(f"{constraint} ({place})" for constraint, place in places)
        return f"its constraints exclude each other: {listed}", "change one of them"
    if failure.cause is Cause.NO_RELEASE and mirror is not None and mirrored:
        reason = f"the mirror {mirror} has only {', '.join(mirrored)}"
        return reason, "add a matching release to the mirror (`terraform providers mirror`), or change the constraint"
    if failure.cause in (Cause.STALE_LOCK, Cause.CHECKSUM):
        shown = project.relative(lock_file)
        return failure.reason, failure.hint.replace("the lock file", shown)
    if failure.cause is Cause.PROVIDER and mirror is not None and not mirrored:
        return f"it is not in the mirror {mirror}, and {failure.reason}", failure.hint
    return failure.reason, failure.hint


def _place(
    requirement: Requirement, root: BatchRoot, fetched: Sequence[FetchedModule], project: Project
) -> Place | None:
    """Where the requirement is written; a fetched module is named by its source."""
    if not requirement.path.is_relative_to(root.folder.resolve()):
        return Place(project.relative(requirement.path), requirement.line)
    for module in fetched:
        if requirement.path.is_relative_to(module.folder.resolve()) or requirement.path.is_relative_to(module.folder):
            return Place(f"{requirement.path.name} of {module.source}", requirement.line)
    return None
