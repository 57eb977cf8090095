"""Reports what was planned, also from the workers of pytest-xdist, and sets the exit status."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from modproof.pytest_plugin.session import is_worker, session_of

__all__ = ["pytest_configure_node", "pytest_sessionfinish", "pytest_terminal_summary", "pytest_testnodedown"]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the folder that the workers share to a worker."""
    node.workerinput["modproof_folder"] = str(session_of(node.config).shared_folder)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Receive the counts of a worker."""
    from modproof.plan import Work

    received = getattr(node, "workeroutput", {}).get("modproof_work")
    if received:
        session = session_of(node.config)
        session.excluded, works = received
        session.work += [Work(**work) for work in works]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    ours = session_of(session.config)
    if is_worker(session.config):
        works = [asdict(work) for work in ours.work_done()]
        session.config.workeroutput["modproof_work"] = (ours.excluded, works)  # type: ignore[attr-defined]
        return
    ours.work += ours.work_done()
    # with more machines than tests, or a change that affects no case, having nothing to do is not an error
    narrowed = session.config.getoption("modproof_shard") or session.config.getoption("modproof_changed_since")
    if narrowed and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    session = session_of(config)
    if session.work:
        from modproof.plan import summary

        terminalreporter.write_line(f"modproof: {summary(session.work)}")
    if session.excluded:
        text = f"{session.excluded} cases skipped because they are for another program than this run's"
        terminalreporter.write_line(f"modproof: {text}")
