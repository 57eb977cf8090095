"""Divides cases into groups, one Terraform run each: as few as possible, but enough to use every core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modproof.cases.model import Case
from modproof.plan.constraints import VersionRange
from modproof.plan.providers import configurations, own_provider
from modproof.plan.requirements import ranges, requirements_of
from modproof.plan.seeding import seed_key

__all__ = ["Group", "group"]

_WORTH_A_RUN = 40
"""From this many cases on, a second run on a second core saves more time than its start costs."""
_AT_MOST = 50
"""Cases in one run. Terraform's memory use grows with them, while the CPU time of a case hardly changes."""
_CONFIGURATIONS = 3
"""Provider configurations in one run besides the default one. Each is a process of 600 MB."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of one run, all with the same seed calls. ``rejecting`` as in :class:`Batch`."""

    rejecting: bool
    cases: tuple[Case, ...]


def group(cases: Sequence[Case], cores: int) -> list[Group]:
    """The groups of ``cases`` for ``cores`` cores, largest first.

    Cases that must plan are separate from those that must be rejected. Cases of modules that configure a provider
    themselves are separate from all others, a few per run. Modules with constraints on a provider that exclude each
    other are separate too, and cases with different seed calls.
    """
    alike: dict[str, list[Case]] = {}
    for case in cases:
        alike.setdefault(seed_key(case), []).append(case)
    compatible = [found for same in alike.values() for found in _compatible(same)]
    groups = [found for each in compatible for found in _divided(each, cores)]
    return sorted(groups, key=lambda found: -len(found.cases))


def _divided(cases: Sequence[Case], cores: int) -> list[Group]:
    configuring = {folder for folder in {case.folder for case in cases} if own_provider(folder)}
    groups: list[Group] = []
    for rejecting in (False, True):
        kind = [case for case in cases if (case.rejects is not None) == rejecting]
        own = [case for case in kind if case.folder in configuring]
        shared = [case for case in kind if case.folder not in configuring]
        parts = max(1, min(cores, len(shared) // _WORTH_A_RUN))
        # otherwise the last run would leave the other cores idle
        rounds = -(-len(shared) // (_AT_MOST * parts))
        chunks = [chunk for dealt in _deal(shared, parts, rounds) for chunk in _within_configurations(dealt)]
        chunks += [own[at : at + _CONFIGURATIONS] for at in range(0, len(own), _CONFIGURATIONS)]
        groups += [Group(rejecting, tuple(chunk)) for chunk in chunks if chunk]
    return groups


def _compatible(cases: Sequence[Case]) -> list[list[Case]]:
    """As few lists of cases as possible, each with constraints on its providers that can be met together."""
    modules = {case.folder: case for case in cases}
    needed = {folder: ranges(requirements_of(case)) for folder, case in modules.items()}
    lists: list[tuple[dict[str, VersionRange], set[Path]]] = []
    # modules without an upper limit first: they go with the newest releases
    for folder in sorted(needed, key=lambda folder: _limit(needed[folder]), reverse=True):
        for held, folders in lists:
            both = {name: held.get(name, found) & found for name, found in needed[folder].items()}
            if not any(found.is_empty for found in both.values()):
                held.update(both)
                folders.add(folder)
                break
        else:
            lists.append((dict(needed[folder]), {folder}))
    return [[case for case in cases if case.folder in folders] for _, folders in lists]


def _deal(cases: Sequence[Case], parts: int, rounds: int) -> Iterator[list[Case]]:
    """``parts`` lists for each of ``rounds``, all of similar size.

    The lists of a round, which run at the same time, have a similar mix of modules: cases of one module cost about the
    same. Each round has few modules, because Terraform loads and checks a module once per run.
    """
    by_module = sorted(cases, key=lambda case: case.folder)
    for number in range(rounds):
        of_round = by_module[number * len(cases) // rounds : (number + 1) * len(cases) // rounds]
        yield from (of_round[start::parts] for start in range(parts))


def _within_configurations(cases: Sequence[Case]) -> Iterator[list[Case]]:
    """Chunks of cases that need few provider configurations together."""
    chunk: list[Case] = []
    held: frozenset[str] = frozenset()
    for case in sorted(cases, key=lambda case: sorted(configurations(case))):
        needed = configurations(case)
        if chunk and len(held | needed) > _CONFIGURATIONS:
            yield chunk
            chunk, held = [], frozenset()
        chunk.append(case)
        held |= needed
    yield chunk


def _limit(needed: Mapping[str, VersionRange]) -> tuple[int, int, int]:
    """The lowest upper limit of a module's providers."""
    return min((found.below for found in needed.values()), default=VersionRange().below)
