"""The fixtures for Python tests: plans, coverage, the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modproof.pytest_plugin.plans import PlannedCase, Plans
from modproof.pytest_plugin.session import failing_test, session_of

if TYPE_CHECKING:
    from modproof.core.results import CoverageResult
    from modproof.emulator import Emulator

__all__ = ["emulator", "module_coverage", "permission_differences", "planned"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    session_of(item.config).test_path = item.path


# with the scope "session", pytest would return the first project's coverage to the tests of all projects
@pytest.fixture(scope="module")
def module_coverage(request: pytest.FixtureRequest) -> CoverageResult:
    """The coverage of the modules by the cases, with the gates, of the project around the test."""
    with failing_test():
        return session_of(request.config).coverage()


@pytest.fixture(scope="module")
def permission_differences(request: pytest.FixtureRequest) -> list[str]:
    """What the selected stories of the project around the test need, and its file of permissions does not have.

    Also what is in the file and no story needs, if all stories are selected. Stories that do not pass are left out.
    """
    with failing_test():
        return session_of(request.config).permission_differences()


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest) -> Emulator:
    """The LocalStack that the session's stories use, started on first use and stopped at the end.

    Use a separate account on it: ``emulator.session(emulator.new_account(), "eu-west-1")`` is like a boto3 session.
    With several projects, all Python tests share the emulator of the first project that needs it: session-scoped
    fixtures use this one, so that it cannot have a narrower scope.
    """
    with failing_test():
        return session_of(request.config).services().emulator()


@pytest.fixture(scope="session")
def planned(request: pytest.FixtureRequest) -> PlannedCase:
    """The plan of a case of the project around the test: ``planned("endpoint", "serverless")``.

    Fails the test, with the reason, if the case has no plan.
    """
    return Plans(session_of(request.config))
