"""The plans of cases for Python tests."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Protocol

import pytest

from modproof.pytest_plugin.session import Session, failing_test

if TYPE_CHECKING:
    import tftest

    from modproof.cases import LoadedCases

__all__ = ["PlannedCase", "Plans"]


class PlannedCase(Protocol):
    """The fixture ``planned``: the plan of a case, by module and case name, as tftest's plan type."""

    def __call__(self, module: str, case: str) -> tftest.TerraformPlanOutput: ...


class Plans:
    """PlannedCase for one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(self, module: str, case: str) -> tftest.TerraformPlanOutput:
        import tftest

        with failing_test():
            services = self._session.services()
            loaded = services.cases()
        wanted = loaded.get(f"{module}/{case}")
        if wanted is None:
            pytest.fail(_why_missing(f"{module}/{case}", module, loaded), pytrace=False)
        with failing_test():
            # without the rest of its module, the next test would need a second run
            rest = [other for other in loaded.cases if other.module == module]
            outcome = services.planned(wanted, batch=[*self._session.batch(services.project), *rest])
        if outcome.plan is None:
            reasons = "\n".join(error.text for error in outcome.errors) or "it is a rejecting case"
            pytest.fail(f"{wanted.place}: {wanted.id} has no plan: {reasons}", pytrace=False)
        # a copy, so that no test sees the changes of another
        return tftest.TerraformPlanOutput(copy.deepcopy(dict(outcome.plan)))


def _why_missing(case_id: str, module: str, loaded: LoadedCases) -> str:
    """Why no usable case has the id ``case_id``."""
    for broken in loaded.broken:
        if broken.name is not None and broken.id == case_id:
            return "\n".join([f"{broken.place}: {case_id} is broken", *map(str, broken.problems)])
    for excluded in loaded.excluded:
        if excluded.id == case_id:
            return f"{excluded.place}: {case_id} is only for {excluded.only}, which this run does not use"
    near = ", ".join(sorted(other.id for other in loaded.cases if other.module == module))
    text = f"there is no case {case_id}; cases of the module: {near or 'none'}"
    files = [broken for broken in loaded.broken if broken.name is None and broken.module == module]
    return "\n".join([text, *(str(problem) for broken in files for problem in broken.problems)])
