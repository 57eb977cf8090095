"""How a session ends: its exit status, and what it says of its plans."""

from __future__ import annotations

from typing import Any

import pytest

from modproof.planner import summary
from modproof.pytest_plugin.session import is_worker, session_of

__all__ = ["pytest_sessionfinish", "pytest_terminal_summary"]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    ours = session_of(session.config)
    if not is_worker(session.config):
        ours.add_work(ours.work_done())
    # more machines than tests, or no change that touches a case: nothing to do is no fault then
    narrowed = session.config.getoption("modproof_shard") or session.config.getoption("modproof_changed_since")
    if narrowed and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    session = session_of(config)
    if session.work:
        terminalreporter.write_line(f"modproof: {summary(session.work)}")
    if session.others:
        other = "tofu" if session.is_for == "terraform" else "terraform"
        terminalreporter.write_line(f"modproof: {session.others} cases left out, they are for {other} only")
