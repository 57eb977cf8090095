"""Holds what was planned against what a case expects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from modproof.cases import Case
from modproof.expectations import mismatches
from modproof.planner.outcome import CaseError, Planned
from modproof.results import CaseResult, Outcome, Place, Problem

__all__ = ["judge"]


def judge(case: Case, planned: Planned) -> CaseResult:
    """The result of one case, with every difference between its expectations and ``planned``."""
    if case.rejects is not None:
        outcome, problems = _judge_rejection(case, planned)
    elif planned.errors:
        usage = all(error.usage for error in planned.errors)
        outcome = Outcome.ERROR if usage else Outcome.FAILED
        problems = [_problem(case, error) for error in planned.errors]
    else:
        problems = list(_differences(case, planned.plan or {}))
        outcome = Outcome.FAILED if problems else Outcome.PASSED
    return CaseResult(case.id, outcome, tuple(problems), case.place, planned.from_cache)


def _problem(case: Case, error: CaseError) -> Problem:
    place = case.place_of("variables", error.variable) if error.variable else case.place
    text = error.text if error.address is None else f"{error.address}: {error.text}"
    if error.rule is not None and error.rule.path != place.path:
        text = f"{text} ({error.rule})"
    return Problem(text, place)


def _judge_rejection(case: Case, planned: Planned) -> tuple[Outcome, list[Problem]]:
    wanted = case.rejects
    assert wanted is not None
    place = case.place_of("rejects")
    if any(wanted.holds(error.text) for error in planned.errors):
        return Outcome.PASSED, []
    if not planned.errors:
        return Outcome.FAILED, [Problem(f"expected {wanted}, but the module accepts these variables", place)]
    outcome = Outcome.ERROR if all(error.usage for error in planned.errors) else Outcome.FAILED
    return outcome, [
        Problem(
            f"expected {wanted}, but in the stage '{error.stage}' it was rejected"
            f"{f' by the rule at {error.rule}' if error.rule else ''} with: {error.text}",
            place,
        )
        for error in planned.errors
    ]


def _planned_values(plan: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Values and what is unknown of them, by address: resources to be made, and data sources."""
    found: dict[str, tuple[Any, Any]] = {}
    waiting = [plan.get("prior_state", {}).get("values", {}).get("root_module", {})]
    while waiting:
        module = waiting.pop()
        waiting += module.get("child_modules", [])
        for resource in module.get("resources", []):
            found[resource["address"]] = (resource.get("values", {}), False)
    for change in plan.get("resource_changes", []):
        found[change["address"]] = (change["change"].get("after") or {}, change["change"].get("after_unknown", {}))
    return found


def _differences(case: Case, plan: Mapping[str, Any]) -> Iterator[Problem]:
    expect = case.expect
    counts = Counter(
        change["type"] for change in plan.get("resource_changes", []) if change.get("mode", "managed") == "managed"
    )
    for kind, wanted in expect.resources.items():
        if counts[kind] != wanted:
            yield Problem(f"expected {wanted} {kind}, found {counts[kind]}", case.place_of("expect", "resources", kind))
    values = _planned_values(plan)
    for address, wanted in expect.values.items():
        place = case.place_of("expect", "values", address)
        if address not in values:
            yield Problem(f"{address} is not planned", place, _nearest(address, values))
            continue
        after, unknown = values[address]
        for text in mismatches(wanted, after, unknown=unknown):
            yield Problem(f"{address}: {text}", _deeper(case, place, text, "values", address))
    for address in expect.absent:
        if address in values:
            yield Problem(f"{address} is planned, but expected to be absent", case.place_of("expect", "absent"))
    yield from _output_differences(case, plan)


def _output_differences(case: Case, plan: Mapping[str, Any]) -> Iterator[Problem]:
    changes = plan.get("output_changes", {})
    for name, wanted in case.expect.outputs.items():
        place = case.place_of("expect", "outputs", name)
        if name not in changes:
            known = ", ".join(sorted(changes)) or "none"
            yield Problem(f"the module has no output '{name}'", place, f"outputs: {known}")
            continue
        change = changes[name]
        for text in mismatches(wanted, change.get("after"), unknown=change.get("after_unknown", False), path=name):
            yield Problem(f"output {text}", place)


def _deeper(case: Case, place: Place, text: str, *pointer: str) -> Place:
    """The line of the very key that ``text`` starts with, where it has one."""
    key = text.partition(":")[0].partition(".")[0].partition("[")[0]
    line = case.place_of("expect", *pointer, key).line
    return Place(place.path, line or place.line)


def _nearest(address: str, values: Mapping[str, Any]) -> str:
    same_type = [known for known in values if known.split(".")[0] == address.split(".")[0]]
    listed = sorted(same_type or values)
    shown = ", ".join(listed[:8]) + (" …" if len(listed) > 8 else "")
    return f"planned: {shown or 'nothing'}"
