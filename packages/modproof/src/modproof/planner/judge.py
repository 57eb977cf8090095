"""Holds what was planned against what a case expects."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from modproof.cases import Case, Rejects
from modproof.dependencies import module_folders
from modproof.expectations import mismatches
from modproof.planner.outcome import CaseError, Planned
from modproof.planner.rules import rules_of
from modproof.results import CaseResult, Outcome, Place, Problem

__all__ = ["PlannedValue", "judge", "planned_outputs", "planned_values", "resource_counts"]


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
        if problems:
            problems[-1] = _with_command(problems[-1], case)
    return CaseResult(case.id, outcome, tuple(problems), case.place, planned.from_cache)


def _with_command(problem: Problem, case: Case) -> Problem:
    """The problem with the command that takes the plan over, for the person who finds that the plan is right."""
    command = f"if the plan is right: modproof plan --save {case.id}"
    return replace(problem, hint=f"{problem.hint}; {command}" if problem.hint else command)


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
    if any(wanted.holds(error.text) and wanted.by in (None, error.owner) for error in planned.errors):
        return Outcome.PASSED, []
    expected = f"expected {wanted}{_expected_rules(case, wanted)}"
    if not planned.errors:
        return Outcome.FAILED, [Problem(f"{expected}, but the module accepts these variables", place)]
    outcome = Outcome.ERROR if all(error.usage for error in planned.errors) else Outcome.FAILED
    return outcome, [Problem(f"{expected}, but {_what_happened(error)}", place) for error in planned.errors]


def _what_happened(error: CaseError) -> str:
    """How the case ended instead, with the rule that rejected it, where one did."""
    at = f" at {error.rule}" if error.rule else ""
    if error.kind:
        return f"in the stage '{error.stage}' the {error.kind} of {error.owner}{at} rejected it with: {error.text}"
    of = f" of {error.address or error.owner}" if error.address or error.owner else ""
    return f"no rule rejected it: it died in the stage '{error.stage}' of an error{of}{at}: {error.text}"


def _expected_rules(case: Case, wanted: Rejects) -> str:
    """Where the rules stand that can say what the case expects; a message may come from the provider as well."""
    rules = [rule for rule in rules_of(module_folders(case.folder)) if wanted.by in (None, rule.owner)]
    said = [rule for rule in rules if wanted.message is not None and rule.may_say(wanted.message)]
    shown = [str(Place(os.path.relpath(rule.path, case.root), rule.line)) for rule in said]
    if not shown:
        return ""
    return f" (the rule at {' or '.join(shown[:3])}{' …' if len(shown) > 3 else ''})"


@dataclass(frozen=True, slots=True)
class PlannedValue:
    """A resource, data source or output as it is planned; the masks are Terraform's."""

    value: Any
    unknown: Any = False
    sensitive: Any = False


def planned_values(plan: Mapping[str, Any]) -> dict[str, PlannedValue]:
    """Resources to be made, and data sources, by address."""
    found: dict[str, PlannedValue] = {}
    waiting = [plan.get("prior_state", {}).get("values", {}).get("root_module", {})]
    while waiting:
        module = waiting.pop()
        waiting += module.get("child_modules", [])
        for resource in module.get("resources", []):
            sensitive = resource.get("sensitive_values", False)
            found[resource["address"]] = PlannedValue(resource.get("values", {}), False, sensitive)
    for change in plan.get("resource_changes", []):
        found[change["address"]] = _after(change["change"], change["change"].get("after") or {})
    return found


def planned_outputs(plan: Mapping[str, Any]) -> dict[str, PlannedValue]:
    """The module's outputs by name."""
    return {name: _after(change, change.get("after")) for name, change in plan.get("output_changes", {}).items()}


def resource_counts(plan: Mapping[str, Any]) -> Counter[str]:
    """How many managed resources of each type are planned."""
    return Counter(
        change["type"] for change in plan.get("resource_changes", []) if change.get("mode", "managed") == "managed"
    )


def _after(change: Mapping[str, Any], value: Any) -> PlannedValue:
    return PlannedValue(value, change.get("after_unknown", False), change.get("after_sensitive", False))


def _differences(case: Case, plan: Mapping[str, Any]) -> Iterator[Problem]:
    expect = case.expect
    counts = resource_counts(plan)
    for kind, wanted in expect.resources.items():
        if counts[kind] != wanted:
            yield Problem(f"expected {wanted} {kind}, found {counts[kind]}", case.place_of("expect", "resources", kind))
    values = planned_values(plan)
    for address, wanted in expect.values.items():
        place = case.place_of("expect", "values", address)
        if address not in values:
            yield Problem(f"{address} is not planned", place, _nearest(address, values))
            continue
        found = values[address]
        for text in mismatches(wanted, found.value, unknown=found.unknown, sensitive=found.sensitive):
            yield Problem(f"{address}: {text}", _deeper(case, place, text, "values", address))
    for address in expect.absent:
        if address in values:
            yield Problem(f"{address} is planned, but expected to be absent", case.place_of("expect", "absent"))
    yield from _output_differences(case, plan)


def _output_differences(case: Case, plan: Mapping[str, Any]) -> Iterator[Problem]:
    outputs = planned_outputs(plan)
    for name, wanted in case.expect.outputs.items():
        place = case.place_of("expect", "outputs", name)
        if name not in outputs:
            known = ", ".join(sorted(outputs)) or "none"
            yield Problem(f"the module has no output '{name}'", place, f"outputs: {known}")
            continue
        found = outputs[name]
        for text in mismatches(wanted, found.value, unknown=found.unknown, sensitive=found.sensitive, path=name):
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
