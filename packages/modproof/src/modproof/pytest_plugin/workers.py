"""What pytest-xdist's controller and its workers tell each other."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from modproof.planner import Work
from modproof.pytest_plugin.session import is_worker, session_of

__all__ = ["pytest_configure_node", "pytest_sessionfinish", "pytest_testnodedown"]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker where the workers share what no cache may keep."""
    node.workerinput["modproof_folder"] = str(session_of(node.config).shared_folder)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker did."""
    told = getattr(node, "workeroutput", {}).get("modproof_work")
    if told:
        session = session_of(node.config)
        others, work = told
        session.others = others
        session.add_work(Work(**work))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what this worker did."""
    if is_worker(session.config):
        ours = session_of(session.config)
        session.config.workeroutput["modproof_work"] = (ours.others, asdict(ours.work_done()))  # type: ignore[attr-defined]
