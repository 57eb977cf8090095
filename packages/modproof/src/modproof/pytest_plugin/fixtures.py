"""The fixtures for Python tests: plans, coverage, the emulator."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Protocol

import pytest

from modproof.pytest_plugin.session import Session, session_of, stopping_pytest

if TYPE_CHECKING:
    import tftest

    from modproof.core.results import CoverageResult
    from modproof.emulator import Emulator

__all__ = ["PlannedCase", "emulator", "module_coverage", "planned"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    session_of(item.config).test_path = item.path


@pytest.fixture(scope="session")
def module_coverage(request: pytest.FixtureRequest) -> CoverageResult:
    """The coverage of the project's modules by its cases, with the project's gates."""
    from modproof.run.coverage import measure

    with stopping_pytest():
        return measure(session_of(request.config).services())


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest) -> Emulator:
    """The LocalStack that the session's stories use, started on first use and stopped at the end.

    Use a separate account on it: ``emulator.session(emulator.new_account(), "eu-west-1")`` is like a boto3 session.
    """
    with stopping_pytest():
        return session_of(request.config).services().emulator()


class PlannedCase(Protocol):
    """The fixture ``planned``: the plan of a case, by module and case name, as tftest's plan type."""

    def __call__(self, module: str, case: str) -> tftest.TerraformPlanOutput: ...


@pytest.fixture(scope="session")
def planned(request: pytest.FixtureRequest) -> PlannedCase:
    """The plan of a case of the project around the test: ``planned("endpoint", "serverless")``.

    Fails the test, with the reason, if the case has no plan.
    """
    return _Plans(session_of(request.config))


class _Plans:
    """PlannedCase for one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(self, module: str, case: str) -> tftest.TerraformPlanOutput:
        import tftest

        with stopping_pytest():
            services = self._session.services()
            loaded = services.cases()
        wanted = loaded.get(f"{module}/{case}")
        if wanted is None:
            near = ", ".join(sorted(other.id for other in loaded.cases if other.module == module))
            pytest.fail(f"there is no case {module}/{case}; cases of the module: {near or 'none'}", pytrace=False)
        with stopping_pytest():
            # without the rest of its module, the next test would need a second run
            beside = [other for other in loaded.cases if other.module == module]
            outcome = services.planned(wanted, batch=[*self._session.batch(services.project), *beside])
        if outcome.plan is None:
            reasons = "\n".join(error.text for error in outcome.errors) or "it is a rejecting case"
            pytest.fail(f"{wanted.place}: {wanted.id} has no plan: {reasons}", pytrace=False)
        # a copy, so that no test sees the changes of another
        return tftest.TerraformPlanOutput(copy.deepcopy(dict(outcome.plan)))
