"""Compares a plan with the expectations of its case."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from modproof.cases.expectations import mismatches
from modproof.cases.model import Case, Rejects
from modproof.cases.planned import CaseError, Planned
from modproof.core.results import CaseResult, Mismatch, Outcome, Place, Problem
from modproof.hcl.closure import module_folders
from modproof.hcl.conditions import conditions_of
from modproof.terraform.addresses import Address
from modproof.terraform.plan_json import ephemeral_outputs, planned_outputs, planned_values, resource_counts

__all__ = ["judge"]

_LISTED = 8


def judge(case: Case, planned: Planned) -> CaseResult:
    """The result of ``case``, with every difference between its expectations and ``planned``."""
    if case.rejects is not None:
        outcome, problems = _judge_rejection(case, case.rejects, planned)
    elif planned.errors:
        usage = all(error.usage for error in planned.errors)
        outcome = Outcome.ERROR if usage else Outcome.FAILED
        problems = [_problem(case, error) for error in planned.errors]
    else:
        problems = list(_differences(case, planned.plan or {}))
        outcome = Outcome.FAILED if problems else Outcome.PASSED
        if problems:
            problems[-1] = _with_command(problems[-1], case)
    return CaseResult(case.id, outcome, tuple(problems), case.place, planned.from_cache, case.module)


def _with_command(problem: Problem, case: Case) -> Problem:
    """The problem with the command that accepts the plan as it is."""
    command = f"if the plan is right: modproof plan --save {case.id}"
    return replace(problem, hint=f"{problem.hint}; {command}" if problem.hint else command)


def _problem(case: Case, error: CaseError) -> Problem:
    place = case.place_of("variables", error.variable) if error.variable else case.place
    text = error.text if error.address is None else f"{error.address}: {error.text}"
    if error.place is not None and error.place.path == place.path:
        place = error.place
    elif error.place is not None:
        text = f"{text} ({error.place})"
    return Problem(text, place)


def _judge_rejection(case: Case, wanted: Rejects, planned: Planned) -> tuple[Outcome, list[Problem]]:
    place = case.place_of("rejects")
    # a case that was not run cannot have been rejected, whatever the text of the error
    tested = [error for error in planned.errors if not error.usage]
    if any(wanted.matches(error.text) and wanted.by in (None, error.owner) for error in tested):
        return Outcome.PASSED, []
    expected = f"expected {wanted}{_expected_conditions(case, wanted)}"
    if not planned.errors:
        return Outcome.FAILED, [Problem(f"{expected}, but the module accepts these variables", place)]
    outcome = Outcome.ERROR if all(error.usage for error in planned.errors) else Outcome.FAILED
    return outcome, [Problem(f"{expected}, but {_what_happened(error)}", place) for error in planned.errors]


def _what_happened(error: CaseError) -> str:
    """How the case failed instead, with the condition that rejected it, if any."""
    at = f" at {error.place}" if error.place else ""
    if error.kind:
        return f"the {error.kind} of {error.owner}{at} rejected it in the {error.stage} stage: {error.text}"
    of = f" of {error.address or error.owner}" if error.address or error.owner else ""
    return f"no condition rejected it; the {error.stage} stage failed with an error{of}{at}: {error.text}"


def _expected_conditions(case: Case, wanted: Rejects) -> str:
    """The places of the conditions that can report the expected message; it may also come from the provider."""
    if wanted.message is None:
        return ""
    owned = [each for each in conditions_of(module_folders(case.folder)) if wanted.by in (None, each.owner)]
    able = [each for each in owned if each.may_report(wanted.message)]
    shown = [str(Place(os.path.relpath(each.path, case.root), each.line)) for each in able]
    if not shown:
        return ""
    return f" (the condition at {' or '.join(shown[:3])}{' …' if len(shown) > 3 else ''})"


def _differences(case: Case, plan: Mapping[str, Any]) -> Iterator[Problem]:
    expect = case.expect
    counts = resource_counts(plan)
    for kind, wanted in expect.resources.items():
        if counts[kind] != wanted:
            mismatch = Mismatch(kind, (), wanted, counts[kind], kind="count")
            yield Problem("", case.place_of("expect", "resources", kind), mismatch=mismatch)
    values = planned_values(plan)
    for address, wanted_values in expect.values.items():
        if address not in values:
            mismatch = Mismatch(address, (), wanted_values, state="absent", kind="planned")
            yield Problem("", case.place_of("expect", "values", address), _nearest(address, values), mismatch)
            continue
        for mismatch in mismatches(wanted_values, values[address], subject=address):
            yield Problem("", case.place_of("expect", "values", address, *mismatch.path), mismatch=mismatch)
    for index, address in enumerate(expect.absent):
        if address in values:
            mismatch = Mismatch(address, (), None, kind="absent")
            yield Problem("", case.place_of("expect", "absent", index), mismatch=mismatch)
    outputs = planned_outputs(plan)
    for name, wanted_output in expect.outputs.items():
        if name not in outputs:
            known = ", ".join(sorted(outputs)) or "none"
            place = case.place_of("expect", "outputs", name)
            yield Problem(_why_not_planned(name, plan), place, f"outputs: {known}")
            continue
        for mismatch in mismatches(wanted_output, outputs[name], subject="output", path=(name,)):
            yield Problem("", case.place_of("expect", "outputs", *mismatch.path), mismatch=mismatch)


def _why_not_planned(output: str, plan: Mapping[str, Any]) -> str:
    if output in ephemeral_outputs(plan):
        return f"the output '{output}' is ephemeral: no plan contains its value, so nothing can be expected of it"
    return f"the module has no output '{output}'"


def _nearest(address: str, values: Iterable[str]) -> str:
    wanted = Address.parse(address).type
    known = list(values)
    listed = sorted([each for each in known if Address.parse(each).type == wanted] or known)
    shown = ", ".join(listed[:_LISTED]) + (" …" if len(listed) > _LISTED else "")
    return f"planned: {shown or 'nothing'}"
