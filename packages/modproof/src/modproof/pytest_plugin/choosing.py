"""Which of the collected items run: a shard of them, those that a change can touch; and what is planned for them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from modproof import changed
from modproof.errors import ModproofError
from modproof.pytest_plugin.items import CaseItem, StoryItem
from modproof.pytest_plugin.session import is_worker, session_of
from modproof.shards import Shard

__all__ = ["pytest_collection_finish", "pytest_collection_modifyitems"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for option, choose in (("modproof_shard", _in_shard), ("modproof_changed_since", _touched)):
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


def _touched(items: Sequence[pytest.Item], reference: str, config: pytest.Config) -> Sequence[pytest.Item]:
    """All but the cases that no change can touch: of other tests nobody knows."""
    found = [item.case for item in items if isinstance(item, CaseItem) and item.case is not None]
    project = session_of(config).project(config.rootpath)
    if project is None or not found:
        return items
    kept = {case.id for case in changed.touched(project, found, reference)}
    return [item for item in items if not isinstance(item, CaseItem) or item.case is None or item.case.id in kept]


def pytest_collection_finish(session: pytest.Session) -> None:
    # what -k, --lf and the like left out is not planned
    ours = session_of(session.config)
    chosen = [item.case for item in session.items if isinstance(item, CaseItem) and item.case is not None]
    ours.collected = {case.id: case for case in chosen}
    # a worker of pytest-xdist collects everything but is given its items one by one
    if not is_worker(session.config):
        ours.stories = [item.story for item in session.items if isinstance(item, StoryItem)]
