"""Compares the plans of the cases with the module: one item for each thing that a case can cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from modproof.cases import Case, Planned
from modproof.cases.arguments import path_parts
from modproof.core.results import CoverageItem, Gap, Place
from modproof.coverage.branches import Branch
from modproof.coverage.probing import Probed
from modproof.hcl.conditions import Condition
from modproof.hcl.module import Module, Resource, Variable
from modproof.hcl.types import MISSING, UNKNOWN, changed_paths, literal, with_unknown
from modproof.terraform.addresses import Address
from modproof.terraform.values import PlannedValue

__all__ = ["Observation", "measure"]

_SHOWN = 60
_MISSING_OUTCOME = {
    "true": "is never true",
    "false": "is never false",
    "some": "is always empty",
    "none": "is never empty",
}


@dataclass(frozen=True)
class Observation:
    """A case and the outcome of its plan."""

    case: Case
    planned: Planned

    @property
    def accepted(self) -> bool:
        return self.planned.plan is not None

    @property
    def evaluated(self) -> bool:
        """Whether Terraform evaluated the module's expressions: it did if only pre- or postconditions failed."""
        kinds = {error.kind for error in self.planned.errors}
        return self.accepted or (bool(kinds) and kinds <= {"precondition", "postcondition"})

    @cached_property
    def values(self) -> dict[str, Any]:
        """The case's variables, with UNKNOWN for the values that were unknown in the plan."""
        values = dict(self.case.variables)
        for path in self.case.unknown:
            name, *rest = path_parts(path)
            values[str(name)] = with_unknown(values.get(str(name)), rest)
        return values

    @cached_property
    def addresses(self) -> frozenset[str]:
        """The planned addresses without instance keys; resources of a called module count as the module."""
        plan = self.planned.plan or {}
        found = {str(change["address"]) for change in plan.get("resource_changes", [])}
        waiting = [
            plan.get("prior_state", {}).get("values", {}).get("root_module", {}),
            plan.get("planned_values", {}).get("root_module", {}),
        ]
        while waiting:
            module = waiting.pop()
            waiting += module.get("child_modules", [])
            found.update(str(resource["address"]) for resource in module.get("resources", []))
        return frozenset(Address.parse(address).block for address in found)

    def blocks(self, address: str, path: Sequence[str]) -> Iterator[bool]:
        """For each parent of the blocks at ``path`` in the planned ``address``, whether it has such a block."""
        for change in (self.planned.plan or {}).get("resource_changes", []):
            if Address.parse(str(change["address"])).block == address:
                found = change["change"]
                yield from _blocks(PlannedValue(found.get("after"), found.get("after_unknown", False)), path)


def _blocks(value: PlannedValue, path: Sequence[str]) -> Iterator[bool]:
    if not isinstance(value.value, Mapping):
        return
    made = value.at(path[0])
    present = bool(made.is_present and made.value)
    if len(path) == 1:
        if present or not made.is_unknown:
            yield present
    elif present:
        for block in map(made.at, range(len(made.value))) if isinstance(made.value, list) else (made,):
            yield from _blocks(block, path[1:])


def measure(
    module: Module,
    branches: Sequence[Branch],
    observations: Sequence[Observation],
    probed: Probed,
    shown: Callable[[Path], str],
) -> tuple[CoverageItem, ...]:
    """Every item of ``module`` with its gaps, in the order of kinds and lines.

    ``shown`` returns a path as it is in a Place.
    """
    measuring = _Measuring(module, branches, observations, probed, shown)
    items = [
        *measuring.variables(),
        *measuring.validations(),
        *measuring.resources(),
        *measuring.conditionals(),
        *measuring.outputs(),
    ]
    return tuple(_unique(items))


def _unique(items: Sequence[CoverageItem]) -> Iterator[CoverageItem]:
    seen: Counter[str] = Counter()
    for item in items:
        seen[item.name] += 1
        number = seen[item.name]
        name = item.name if number == 1 else f"{item.name} #{number}"
        yield CoverageItem(item.kind, name, item.spans, item.gaps)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}…"


class _Measuring:
    def __init__(
        self,
        module: Module,
        branches: Sequence[Branch],
        observations: Sequence[Observation],
        probed: Probed,
        shown: Callable[[Path], str],
    ) -> None:
        self._module = module
        self._branches = branches
        self._accepted = [seen for seen in observations if seen.accepted]
        self._evaluated = [seen for seen in observations if seen.evaluated]
        self._rejected = [seen for seen in observations if seen.case.rejects is not None]
        self._probed = probed
        self._shown = shown

    def _span(self, path: Path, line: int, end: int | None = None) -> tuple[Place, int]:
        return Place(self._shown(path), line), line if end is None else end

    def variables(self) -> Iterator[CoverageItem]:
        for variable in self._module.variables:
            covered = self._changed(variable)
            spans = {variable.name: self._span(variable.path, variable.line)}
            spans |= {name: self._span(path, line) for name, path, line in variable.attributes}
            for path, span in spans.items():
                missing = "no planned case sets it to a value other than its default"
                gaps = () if path in covered else (Gap("changed", missing),)
                yield CoverageItem("variables", f"variable {path}", (span,), gaps)

    def _changed(self, variable: Variable) -> set[str]:
        covered: set[str] = set()
        for seen in self._accepted:
            value = seen.values.get(variable.name, MISSING)
            if value is not MISSING:
                covered |= changed_paths(variable.name, variable.type, value, variable.default)
        return covered

    def validations(self) -> Iterator[CoverageItem]:
        owners = {f"var.{variable.name}": variable for variable in self._module.variables}
        for condition in self._module.conditions:
            gaps = []
            if not self._is_rejected(condition):
                gaps.append(Gap("rejected", "no case with `rejects` expects its message"))
            if condition.kind == "validation":
                if not self._is_passed(owners[condition.owner]):
                    missing = f"no planned case sets {condition.owner} to a known value other than its default"
                    gaps.append(Gap("accepted", missing))
            elif not condition.owner.startswith("output.") and not self._is_planned(condition.owner):
                gaps.append(Gap("accepted", f"no case plans {condition.owner}"))
            message = " ".join(str(literal(condition.message)).split()).strip('"')
            name = f"{condition.kind} {condition.owner}: {_short(message)}"
            span = self._span(condition.path, condition.line, condition.end)
            yield CoverageItem("validations", name, (span,), tuple(gaps))

    def _is_rejected(self, condition: Condition) -> bool:
        path = self._shown(condition.path)
        for seen in self._rejected:
            rejects = seen.case.rejects
            assert rejects is not None
            for error in seen.planned.errors:
                at = error.place
                inside = at is not None and at.path == path and condition.line <= (at.line or 0) <= condition.end
                if inside and rejects.matches(error.text):
                    return True
        return False

    def _is_passed(self, variable: Variable) -> bool:
        for seen in self._accepted:
            value = seen.values.get(variable.name, MISSING)
            known = value is not MISSING and value is not UNKNOWN
            if known and changed_paths(variable.name, variable.type, value, variable.default):
                return True
        return False

    def _is_planned(self, address: str) -> bool:
        return any(address in seen.addresses for seen in self._accepted)

    def resources(self) -> Iterator[CoverageItem]:
        for resource in self._module.resources:
            planned = self._is_planned(resource.address) or self._is_called(resource)
            gaps = () if planned else (Gap("planned", "no case plans it"),)
            span = self._span(resource.path, resource.line, resource.end)
            yield CoverageItem("resources", f"resource {resource.address}", (span,), gaps)

    def _is_called(self, resource: Resource) -> bool:
        """A plan does not list a called module without resources."""
        return bool(resource.address.startswith("module.") and resource.repeated is None and self._accepted)

    def conditionals(self) -> Iterator[CoverageItem]:
        # branches with the same condition are one item
        decisions: dict[tuple[str, str], list[Branch]] = {}
        for branch in self._branches:
            key = branch.probe or (branch.text if not branch.because else f"{branch.owner}:{branch.line}")
            decisions.setdefault((branch.kind, key), []).append(branch)
        for group in decisions.values():
            first = group[0]
            owner = first.owner if len({branch.owner for branch in group}) == 1 else f"{first.owner} and others"
            name = f"{first.kind} {_short(first.text)} in {owner}"
            gaps = tuple(self._missing_outcomes(group))
            never = any(gap.state == "some" for gap in gaps)
            spans = tuple(self._span(branch.path, branch.line, branch.end if never else None) for branch in group)
            yield CoverageItem("conditionals", name, spans, gaps)

    def _missing_outcomes(self, group: Sequence[Branch]) -> Iterator[Gap]:
        first = group[0]
        states = {True: "true", False: "false"} if first.kind == "conditional" else {True: "some", False: "none"}
        in_plan = first.because and first.blocks
        if not in_plan and (first.because or first.probe in self._probed.failed):
            why = f"it depends on {first.because}" if first.because else self._probed.failed[first.probe]
            for state in states.values():
                yield Gap(state, f"cannot be measured: {why}")
            return
        if in_plan:
            address = first.owner.rpartition(" ")[0]
            found = {outcome for seen in self._accepted for outcome in seen.blocks(address, first.blocks)}
        elif first.kind in ("count", "for_each"):
            found = {any(branch.owner in seen.addresses for branch in group) for seen in self._accepted}
        else:
            found = {outcome for seen in self._evaluated for outcome in self._probed.of(seen.case.id, first)}
        for outcome, state in states.items():
            if outcome not in found:
                yield Gap(state, _MISSING_OUTCOME[state])

    def outputs(self) -> Iterator[CoverageItem]:
        asserted = {name for seen in self._accepted for name in seen.case.expect.outputs}
        for output in self._module.outputs:
            gaps = () if output.name in asserted else (Gap("asserted", "no case has an expectation for it"),)
            span = self._span(output.path, output.line, output.end)
            yield CoverageItem("outputs", f"output {output.name}", (span,), gaps)
