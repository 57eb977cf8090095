"""What Python tests can ask for: plans, coverage, the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from modproof.pytest_plugin.planned import PlannedCase, Plans
from modproof.pytest_plugin.session import session_of, stopping_pytest

if TYPE_CHECKING:
    from modproof.emulator import Emulator
    from modproof.results import CoverageResult

__all__ = ["emulator", "module_coverage", "planned"]


@pytest.fixture(scope="session")
def module_coverage(request: pytest.FixtureRequest) -> CoverageResult:
    """What the cases of this project reach of its modules, held to the project's gates."""
    from modproof.measure import measure

    with stopping_pytest():
        return measure(session_of(request.config).services)


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest) -> Emulator:
    """The LocalStack that the session's stories run on, started when it is first wanted, and stopped at the end.

    Take an account of your own on it: ``emulator.session(emulator.new_account(), "eu-west-1")`` is a session like
    boto3's.
    """
    with stopping_pytest():
        return session_of(request.config).services.emulator()


@pytest.fixture(scope="session")
def planned(request: pytest.FixtureRequest) -> PlannedCase:
    """The plan of a case of this project: ``planned("endpoint", "serverless")``.

    Fails the test where the case has no plan, with the reason.
    """
    return Plans(session_of(request.config))
