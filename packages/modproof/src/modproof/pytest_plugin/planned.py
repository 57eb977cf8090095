"""The plan of a case of this project, for a Python test that asks for it."""

from __future__ import annotations

import copy
from typing import Protocol

import pytest
import tftest

from modproof import cases
from modproof.cases import Case
from modproof.pytest_plugin.session import Session, stopping_pytest

__all__ = ["PlannedCase", "Plans"]


class PlannedCase(Protocol):
    """The fixture ``planned``: the plan of a case, by module and case name, as tftest's plan type."""

    def __call__(self, module: str, case: str) -> tftest.TerraformPlanOutput: ...


class Plans:
    """PlannedCase over one session's plans."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, Case] = {}

    def __call__(self, module: str, case: str) -> tftest.TerraformPlanOutput:
        """Fails the test where the case has no plan, with the reason."""
        wanted = self._find(module, case)
        with stopping_pytest():
            beside = [*self._session.collected.values(), *self._known.values()]
            outcome = self._session.services.planned(wanted, beside=beside)
        if outcome.plan is None:
            reasons = "\n".join(error.text for error in outcome.errors) or "it is a rejecting case"
            pytest.fail(f"{wanted.place}: {wanted.id} has no plan: {reasons}", pytrace=False)
        # a copy, so that no test sees what another did to it
        return tftest.TerraformPlanOutput(copy.deepcopy(dict(outcome.plan)))

    def _find(self, module: str, name: str) -> Case:
        case_id = f"{module}/{name}"
        collected = self._session.collected
        if case_id not in collected and case_id not in self._known:
            project = self._session.services.project
            for path in cases.find_files(project):
                if project.module_of_cases(path.parent) == module:
                    self._known.update({case.id: case for case in cases.load(path, project).cases})
        case = collected.get(case_id) or self._known.get(case_id)
        if case is None:
            near = ", ".join(sorted(i for i in {**collected, **self._known} if i.startswith(f"{module}/")))
            pytest.fail(f"there is no case {case_id}; cases of the module: {near or 'none'}", pytrace=False)
        return case
