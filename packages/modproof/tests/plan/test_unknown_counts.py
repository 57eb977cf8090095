"""Unknown inputs: whole variables, elements, attributes."""

from __future__ import annotations

from modproof.core.results import Outcome

from ..conftest import greeting_cases, texts
from .conftest import ResultsOf

SHAPES = """
variable "vpc" {
  type = object({ id = optional(string, "none"), subnet_ids = optional(list(string), []) })
  default = {}
}
variable "accounts" {
  type    = map(object({ key = string }))
  default = {}
}
variable "many" {
  type    = set(string)
  default = []
}
variable "enabled" {
  type    = bool
  default = false
}
locals {
  wanted = { for name in var.many : name => name }
}
resource "terraform_data" "vpc" {
  input = { id = var.vpc.id, first = var.vpc.subnet_ids, keys = { for k, v in var.accounts : k => v.key } }
}
resource "terraform_data" "each" {
  for_each = local.wanted
}
resource "terraform_data" "one" {
  count = var.enabled ? 1 : 0
}
"""


def shapes(lines: str) -> dict[str, str]:
    return {"modules/shapes/main.tf": SHAPES, "tests/unit/shapes/cases.yaml": f"cases:\n{lines}"}


def test_variables_elements_and_attributes_can_be_unknown(results_of: ResultsOf) -> None:
    results = results_of(
        greeting_cases("  name: {variables: {name: any}, unknown: [name], expect: {outputs: {text: <unknown>}}}\n")
        | shapes(
            "  attribute:\n"
            "    variables: {vpc: {id: vpc-1, subnet_ids: [a, b]}}\n"
            "    unknown: [vpc.id, 'vpc.subnet_ids[1]']\n"
            "    expect:\n"
            "      values: {terraform_data.vpc: {input: {id: <unknown>, first: [a, <unknown>]}}}\n"
            "  list:\n"
            "    variables: {vpc: {subnet_ids: [a, b]}}\n"
            "    unknown: [vpc.subnet_ids]\n"
            "    expect: {values: {terraform_data.vpc: {input: {id: none, first: <unknown>}}}}\n"
            "  without_a_value:\n"
            "    unknown: [vpc]\n"
            "    expect: {values: {terraform_data.vpc: {input: {id: <unknown>, keys: {}}}}}\n"
            "  digits_as_key:\n"
            "    variables: {accounts: {'123456789012': {key: k}, '${odd}': {key: k}}}\n"
            "    unknown: [accounts.123456789012.key, 'accounts[\"${odd}\"].key']\n"
            "    expect:\n"
            "      values:\n"
            "        terraform_data.vpc: {input: {keys: {'123456789012': <unknown>, '${odd}': <unknown>}}}\n"
        )
    )
    assert {name: texts(result) for name, result in results.items() if texts(result)} == {}


def test_a_count_or_for_each_with_an_unknown_input_is_reported_with_the_variable(results_of: ResultsOf) -> None:
    results = results_of(
        shapes(
            "  each: {unknown: [many]}\n"
            "  count: {variables: {enabled: true}, unknown: [enabled]}\n"
            "  fine: {unknown: [vpc]}\n"
        )
        | greeting_cases("  element: {variables: {name: any, names: [a, b]}, unknown: ['names[1]']}\n")
    )
    where = "tests/unit/shapes/cases.yaml"
    advice = (
        "which is unknown in this case, so Terraform cannot determine the number of instances; base it on an input "
        "that callers always know, such as the keys of a map or a separate boolean"
    )
    assert texts(results["shapes/each"]) == [
        f"{where}:2: the for_each of terraform_data.each depends on var.many, {advice} (modules/shapes/main.tf:25)"
    ]
    assert texts(results["shapes/count"]) == [
        f"{where}:3: the count of terraform_data.one depends on var.enabled, {advice} (modules/shapes/main.tf:28)"
    ]
    assert "the for_each of terraform_data.each depends on var.names, " in texts(results["greeting/element"])[0]
    assert results["shapes/fine"].outcome is Outcome.PASSED


def test_an_unknown_path_must_lead_into_the_variables(results_of: ResultsOf) -> None:
    results = results_of(
        greeting_cases(
            "  index: {variables: {name: any, names: [a]}, unknown: [names.4]}\n"
            "  attribute: {variables: {name: any}, unknown: [name.first]}\n"
            "  variable: {variables: {name: any}, unknown: [nmae]}\n"
        )
    )
    assert {result.outcome for name, result in results.items() if name.startswith("greeting/")} == {Outcome.ERROR}
    assert "the path 'names.4' does not lead into the case's variables" in texts(results["greeting/index"])[0]
    assert (
        "the module 'greeting' has no variable 'nmae'; did you mean 'name'?" in texts(results["greeting/variable"])[0]
    )
