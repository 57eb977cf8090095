"""What counts as covered, measured with real plans."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import partial

import pytest

from modproof.core.results import ModuleCoverage, Outcome, Place

Cover = Callable[..., ModuleCoverage]

MODULE = """
variable "name" {
  type = string
  validation {
    condition     = length(var.name) >= 3
    error_message = "name must be at least 3 characters."
  }
}
variable "rooms" {
  type = map(object({
    size   = optional(number, 1)
    guests = optional(list(string), [])
  }))
  default  = {}
  nullable = false
}
variable "extra" {
  type    = bool
  default = false
}
locals {
  greeting = var.extra ? "hello, dear" : "hello"
  twice    = var.extra ? 2 : 1
}
resource "terraform_data" "this" {
  input = "${local.greeting} ${var.name} ${local.twice}"
  lifecycle {
    precondition {
      condition     = var.name != "nobody"
      error_message = "nobody cannot be greeted."
    }
  }
}
resource "terraform_data" "room" {
  for_each = var.rooms
  input    = each.value.size > 1 ? "large" : "small"
}
resource "terraform_data" "extra" {
  count = var.extra ? 1 : 0
}
output "text" {
  value = "hello ${var.name}"
}
output "rooms" {
  value = [for key, room in var.rooms : length(room.guests) > 0 ? key : "empty"]
}
"""

COMPLETE = """
cases:
  minimal:
    variables: {name: world}
    expect: {outputs: {text: hello world, rooms: []}}
  complete:
    variables:
      name: world
      extra: true
      rooms: {a: {size: 2, guests: [x]}, b: {}}
  rejects_short:
    variables: {name: ab}
    rejects: name must be at least 3 characters
  rejects_nobody:
    variables: {name: nobody}
    rejects: nobody cannot be greeted
"""


@pytest.fixture
def cover(cover: Cover) -> Cover:
    return partial(cover, module=MODULE)


def gaps(found: ModuleCoverage) -> set[str]:
    return {f"{item.name} [{gap.state}]" for item in found.items for gap in item.missing}


def without(case: str) -> str:
    """COMPLETE without one case."""
    head, *rest = textwrap.dedent(COMPLETE).split("\n  ")
    kept, skipping = [], False
    for line in rest:
        if not line.startswith(" "):
            skipping = line.startswith(f"{case}:")
        if not skipping:
            kept.append(line)
    return "\n  ".join([head, *kept])


def test_cases_that_cover_everything_have_100_percent(cover: Cover) -> None:
    found = cover(COMPLETE, gate=100)
    assert gaps(found) == set()
    assert (found.percent, found.outcome) == (100.0, Outcome.PASSED)
    assert {item.kind: sum(i.kind == item.kind for i in found.items) for item in found.items} == {
        "variables": 5,
        "validations": 2,
        "resources": 3,
        "conditionals": 5,
        "outputs": 2,
    }


def test_each_gap_has_a_name_and_a_place(cover: Cover) -> None:
    found = cover(without("complete"), gate=90)
    assert gaps(found) == {
        "variable rooms [changed]",
        "variable rooms[*].size [changed]",
        "variable rooms[*].guests [changed]",
        "variable extra [changed]",
        "resource terraform_data.room [planned]",
        "resource terraform_data.extra [planned]",
        "for_each var.rooms in terraform_data.room [some]",
        "count var.extra ? 1 : 0 in terraform_data.extra [some]",
        "conditional var.extra in local.greeting and others [true]",
        "conditional each.value.size > 1 in terraform_data.room [true]",
        "conditional each.value.size > 1 in terraform_data.room [false]",
        "conditional length(room.guests) > 0 in output.rooms [true]",
        "conditional length(room.guests) > 0 in output.rooms [false]",
    }
    by_name = {item.name: item for item in found.items}
    assert by_name["variable rooms[*].guests"].place == Place("modules/hotel/main.tf", 11)
    assert by_name["conditional each.value.size > 1 in terraform_data.room"].place == Place("modules/hotel/main.tf", 35)
    assert [place.line for place, _ in by_name["conditional var.extra in local.greeting and others"].spans] == [21, 22]
    assert found.outcome is Outcome.FAILED  # below its gate


def test_a_condition_needs_a_case_that_expects_its_message(cover: Cover) -> None:
    assert gaps(cover(without("rejects_short"))) == {
        "validation var.name: name must be at least 3 characters. [rejected]"
    }
    # rejected by another condition than the expected one: it covers neither
    other = COMPLETE.replace("{name: nobody}", "{name: ab}")
    assert gaps(cover(other)) == {"precondition terraform_data.this: nobody cannot be greeted. [rejected]"}


def test_a_rejected_case_covers_no_variables_and_resources(cover: Cover) -> None:
    cases = COMPLETE.replace("      extra: true\n", "").replace("{name: ab}", "{name: ab, extra: true}")
    assert {"variable extra [changed]", "resource terraform_data.extra [planned]"} <= gaps(cover(cases))


def test_an_explicit_default_does_not_cover_a_variable(cover: Cover) -> None:
    cases = COMPLETE.replace("a: {size: 2, guests: [x]}", "a: {size: 1, guests: []}")
    assert {"variable rooms[*].size [changed]", "variable rooms[*].guests [changed]"} <= gaps(cover(cases))


def test_an_unknown_value_covers_the_variable_but_not_its_validation(cover: Cover) -> None:
    cases = """
        cases:
          unknown:
            variables: {name: world}
            unknown: [name]
    """
    found = gaps(cover(cases))
    assert "variable name [changed]" not in found
    assert "validation var.name: name must be at least 3 characters. [accepted]" in found


def test_a_case_without_a_plan_is_noted_and_covers_nothing(cover: Cover) -> None:
    found = cover("cases:\n  broken:\n    variables: {name: ab}\n")
    assert [str(note) for note in found.notes] == [
        "tests/unit/hotel/cases.yaml:2: hotel/broken has no plan and covers nothing"
    ]
    assert found.percent == 0


def test_a_condition_that_depends_on_a_resource_cannot_be_measured(cover: Cover) -> None:
    module = MODULE + 'output "late" {\n  value = terraform_data.this.id == "x" ? 1 : 2\n}\n'
    found = cover(COMPLETE, module=module)
    missing = [gap.missing for item in found.items for gap in item.missing if item.kind == "conditionals"]
    assert missing == [
        "cannot be measured: it depends on terraform_data.this",
        "cannot be measured: it depends on terraform_data.this",
    ]


def test_an_exclusion_without_a_gap_is_a_problem(cover: Cover) -> None:
    cases = without("rejects_nobody")
    item = "precondition terraform_data.this: nobody cannot be greeted."
    excluded = cover(cases, exclusions=f'exclude:\n  - item: "{item}"\n    reason: shown by a story\n', gate=100)
    assert (excluded.outcome, excluded.percent, excluded.problems) == (Outcome.PASSED, 100.0, ())
    assert [(i.name, gap.reason) for i in excluded.items for gap in i.gaps] == [(item, "shown by a story")]

    needless = cover(COMPLETE)
    assert needless.outcome is Outcome.FAILED
    assert [str(problem) for problem in needless.problems] == [
        f"tests/unit/hotel/coverage.yaml:2: the exclusion of '{item}' excludes nothing; delete it"
    ]


def test_an_exclusion_of_an_unknown_item_suggests_the_nearest(cover: Cover) -> None:
    found = cover(COMPLETE, exclusions='exclude:\n  - {item: "variable rooms[*].sise", reason: x}\n')
    assert [str(problem) for problem in found.problems] == [
        "tests/unit/hotel/coverage.yaml:2: the module has no 'variable rooms[*].sise';"
        " did you mean 'variable rooms[*].size'?"
    ]


def test_an_exclusion_can_be_limited_to_one_state(cover: Cover) -> None:
    cases = without("complete")
    item = "for_each var.rooms in terraform_data.room"
    found = cover(cases, exclusions=f'exclude:\n  - {{item: "{item}", state: none, reason: x}}\n')
    assert [str(problem) for problem in found.problems] == [
        f"tests/unit/hotel/coverage.yaml:2: '{item}' has no gap in the state 'none'; its gaps: some; correct the state"
    ]
