"""The plans that scanners check, from the cases of a run."""

from __future__ import annotations

from functools import partial

from modproof import compliance
from modproof.cases import Case, Planned
from modproof.core.counts import plural
from modproof.core.results import Problem
from modproof.run.services import Services

__all__ = ["plans_of"]


def plans_of(services: Services) -> compliance.MakePlans:
    """A function that plans the cases that are scanned, and returns their plans."""
    return partial(_plans, services)


def _plans(services: Services) -> compliance.Plans:
    loaded = services.scanned_cases()
    cases = loaded.cases
    planned = services.plan(cases) if cases else {}
    missing = [case for case in cases if planned[case.id].plan is None]
    broken = [problem for each in loaded.broken for problem in each.problems]
    return compliance.Plans(
        tuple(_case_plan(services, case, planned[case.id]) for case in cases if planned[case.id].plan is not None),
        (*broken, *(_not_planned(case, planned[case.id]) for case in missing)),
    )


def _case_plan(services: Services, case: Case, planned: Planned) -> compliance.CasePlan:
    assert planned.plan is not None
    folder = services.project.relative(case.folder)
    return compliance.CasePlan(
        case.id, case.place, folder, planned.plan, case.place if case.source == "examples" else None
    )


def _not_planned(case: Case, planned: Planned) -> Problem:
    first = planned.errors[0].text.strip().splitlines() if planned.errors else []
    more = f" and {plural(len(planned.errors) - 1, 'error')} more" if len(planned.errors) > 1 else ""
    text = f"{case.id} could not be planned, so its plan was not scanned"
    return Problem(f"{text}: {first[0]}{more}" if first else text, case.place, f"run `modproof plan {case.id}`")
