"""Shared pytest settings: in CI, a skipped test fails.

The modproof plug-in is installed separately and does not depend on this file.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

_WRONG = "skipped in CI, where everything must run"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "optional: may be skipped in CI too; say why in the reason")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    expected_to_fail = hasattr(report, "wasxfail")
    if report.skipped and not expected_to_fail and item.get_closest_marker("optional") is None:
        _fail_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        _fail_in_ci(report)
    return report


def _fail_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI", "").lower() not in {"1", "true"}:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{_WRONG} ({reason})"
