"""Selects among the collected items: a shard, or the cases that a change affects."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pytest

from modproof.core.errors import ConfigurationError, ModproofError
from modproof.pytest_plugin.items import CaseItem, StoryItem
from modproof.pytest_plugin.session import is_worker, session_of

__all__ = ["Shard", "pytest_collection_finish", "pytest_collection_modifyitems"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shard:
    """Part ``index``, from 1, of ``count``.

    Items are assigned by the digest of their ids: an item stays in its shard when others are added or removed, so that
    the cache of each machine remains useful.
    """

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """``2/3`` is the second of three. Raises ConfigurationError for anything else."""
        match = re.fullmatch(r"(\d+)/(\d+)", text)
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise ConfigurationError(
                f"'{text}' is not a shard", hint="write INDEX/COUNT, such as 1/3, 2/3 and 3/3 for three machines"
            )
        return cls(int(match[1]), int(match[2]))

    def pick(self, items: Sequence[T], key: Callable[[T], str]) -> list[T]:
        """The ``items`` of this shard, in their order; ``key`` returns the id of an item."""
        return [item for item in items if _number(key(item)) % self.count == self.index - 1]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for option, choose in (("modproof_shard", _in_shard), ("modproof_changed_since", _affected)):
        wanted = config.getoption(option)
        if wanted is None:
            continue
        try:
            kept = set(choose(items, wanted, config))
        except ModproofError as error:
            raise pytest.UsageError(f"--{option.replace('_', '-')}: {error}") from error
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = [item for item in items if item in kept]


def _in_shard(items: Sequence[pytest.Item], wanted: str, config: pytest.Config) -> Sequence[pytest.Item]:
    del config
    return Shard.parse(wanted).pick(items, lambda item: item.nodeid)


def _affected(items: Sequence[pytest.Item], reference: str, config: pytest.Config) -> Sequence[pytest.Item]:
    """All items except the cases that no change affects. Of other tests, the dependencies are not known."""
    from modproof.run.changed import affected

    del config
    cases = [item for item in items if isinstance(item, CaseItem) and item.case is not None]
    kept: set[object] = set()
    for project in {item.project.root: item.project for item in cases}.values():
        of_project = [item.case for item in cases if item.project is project and item.case is not None]
        kept.update(case.key for case in affected(project, of_project, reference))
    return [item for item in items if item not in cases or (isinstance(item, CaseItem) and _key(item) in kept)]


def _key(item: CaseItem) -> object:
    return item.case.key if item.case is not None else None


def pytest_collection_finish(session: pytest.Session) -> None:
    # what -k, --lf and other options deselected is not planned
    ours = session_of(session.config)
    selected = [item.case for item in session.items if isinstance(item, CaseItem) and item.case is not None]
    ours.selected = {case.key: case for case in selected}
    # a worker of pytest-xdist collects everything, but gets its items one by one
    if not is_worker(session.config):
        ours.stories = [(item.project, item.story) for item in session.items if isinstance(item, StoryItem)]
    needed = (name for item in session.items for name in getattr(item, "fixturenames", ()))
    ours.records_calls = "permission_differences" in needed
