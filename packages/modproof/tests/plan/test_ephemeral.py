"""No plan has the value of an ephemeral output, so a module with one plans without it."""

from __future__ import annotations

import pytest

from modproof.core.results import Outcome, Place

from .conftest import ResultsOf

MODULE = """
variable "token" {
  type      = string
  ephemeral = true
  default   = "t"
}
variable "name" {
  type    = string
  default = "world"
}
resource "terraform_data" "this" {
  input = var.name
}
output "token" {
  value     = var.token
  ephemeral = true
}
output "name" {
  value = { name = var.name, id = terraform_data.this.id }
}
output "secret" {
  value     = "s"
  sensitive = true
}
"""
ALONE = """
cases:
  one:
    variables: {token: x}
    expect: {outputs: {name: {name: world, id: <unknown>}, secret: <sensitive>}}
"""
SHARED = f"""{ALONE}
  two:
    variables: {{name: moon}}
    unknown: [token]
    expect: {{outputs: {{name: {{name: moon}}}}}}
  named:
    expect:
      outputs:
        token: <any>
"""


@pytest.mark.parametrize("cases", [ALONE, SHARED], ids=["alone", "shared"])
def test_a_module_with_an_ephemeral_output_plans_without_it(results_of: ResultsOf, cases: str) -> None:
    results = results_of({"modules/session/main.tf": MODULE, "tests/unit/session/cases.yaml": cases})
    named = results.pop("session/named", None)
    assert {name: (result.outcome, result.problems) for name, result in results.items()} == dict.fromkeys(
        results, (Outcome.PASSED, ())
    )
    if named is not None:
        (problem,) = named.problems
        assert "the output 'token' is ephemeral" in problem.message
        assert problem.place == Place("tests/unit/session/cases.yaml", 14)


def test_a_module_with_only_ephemeral_outputs_plans(results_of: ResultsOf) -> None:
    module = MODULE[: MODULE.index('output "name"')]
    cases = "cases:\n  one: {expect: {resources: {terraform_data: 1}}}\n  two: {}\n"
    results = results_of({"modules/session/main.tf": module, "tests/unit/session/cases.yaml": cases})
    assert {result.outcome for result in results.values()} == {Outcome.PASSED}
