"""Rejecting cases pass only with the expected message."""

from __future__ import annotations

from modproof.core.results import Outcome

from ..conftest import greeting_cases, texts
from .conftest import ResultsOf

WHERE = "tests/unit/greeting/cases.yaml"


def test_a_rejecting_case_passes_only_with_its_message(results_of: ResultsOf, runs: list[str]) -> None:
    results = results_of(
        greeting_cases(
            "  by_validation: {variables: {name: ab}, rejects: at least 3}\n"
            "  by_precondition: {variables: {name: nobody}, rejects: {match: 'precondition failed: nobody'}}\n"
            "  accepted: {variables: {name: world}, rejects: at least 3}\n"
            "  other_message: {variables: {name: ab}, rejects: at most 3}\n"
            "  other_condition: {variables: {name: nobody}, rejects: at least 3 characters}\n"
            "  no_such_variable: {variables: {nam: ab}, rejects: at least 3}\n"
            "  wrong_type: {variables: {name: world, names: {a: b}}, rejects: at least 3}\n"
        )
    )
    assert results["greeting/by_validation"].outcome is Outcome.PASSED
    assert results["greeting/by_precondition"].outcome is Outcome.PASSED
    assert texts(results["greeting/accepted"]) == [
        f"{WHERE}:4: expected the message 'at least 3' (the condition at modules/greeting/main.tf:4), "
        "but the module accepts these variables"
    ]
    assert texts(results["greeting/other_message"]) == [
        f"{WHERE}:5: expected the message 'at most 3', but the validation of var.name at modules/greeting/main.tf:4 "
        "rejected it in the variables stage: Invalid value for variable: name must be at least 3 characters."
    ]
    assert texts(results["greeting/other_condition"]) == [
        f"{WHERE}:6: expected the message 'at least 3 characters' (the condition at modules/greeting/main.tf:4), but "
        "the precondition of terraform_data.this at modules/greeting/main.tf:18 rejected it in the plan stage: "
        "Resource precondition failed: nobody cannot be greeted."
    ]
    assert results["greeting/no_such_variable"].outcome is Outcome.ERROR
    (text,) = texts(results["greeting/wrong_type"])
    assert "but no condition rejected it; the variables stage failed with an error of var.names: " in text
    # the other group has the case `nested`
    assert sorted(runs) == ["init", "init", "plan", "plan", "plan", "plan", "show"]


def test_by_distinguishes_two_conditions_with_the_same_message(results_of: ResultsOf) -> None:
    twins = "\n".join(
        f"""
        variable "{name}" {{
          type    = string
          default = "long enough"
          validation {{
            condition     = length(var.{name}) >= 3
            error_message = "The text must be at least 3 characters, not ${{length(var.{name})}}."
          }}
        }}"""
        for name in ("first", "second")
    )
    results = results_of(
        {
            "modules/twins/main.tf": twins,
            "tests/unit/twins/cases.yaml": "cases:\n"
            "  first: {variables: {first: ab}, rejects: {message: at least 3, by: var.first}}\n"
            "  second: {variables: {second: ab}, rejects: {message: 'at least 3 characters, not 2', by: var.first}}\n",
        }
    )
    assert results["twins/first"].outcome is Outcome.PASSED
    assert texts(results["twins/second"]) == [
        "tests/unit/twins/cases.yaml:3: expected the message 'at least 3 characters, not 2' from a condition of "
        "var.first (the condition at modules/twins/main.tf:5), but the validation of var.second at "
        "modules/twins/main.tf:14 rejected it in the variables stage: Invalid value for variable: "
        "The text must be at least 3 characters, not 2."
    ]


def test_an_output_or_a_called_module_can_reject(results_of: ResultsOf) -> None:
    module = """
        variable "name" { type = string }
        module "greeting" {
          source = "../greeting"
          name   = var.name
        }
        output "text" {
          value = module.greeting.text
          precondition {
            condition     = var.name != "secret"
            error_message = "the name is not for everyone."
          }
        }
    """
    results = results_of(
        {
            "modules/outer/main.tf": module,
            "tests/unit/outer/cases.yaml": "cases:\n"
            "  by_output: {variables: {name: secret}, rejects: {message: not for everyone, by: output.text}}\n"
            "  inside: {variables: {name: ab}, rejects: {message: at least 3 characters, by: var.name}}\n",
        }
    )
    assert {name: texts(result) for name, result in results.items() if name.startswith("outer/")} == {
        "outer/by_output": [],
        "outer/inside": [],
    }


def test_a_default_can_be_rejected_because_of_another_variable(results_of: ResultsOf) -> None:
    module = """
        variable "rooms" {
          type    = number
          default = 0
        }
        variable "key" {
          type    = string
          default = null
          validation {
            condition     = var.rooms == 0 || var.key != null
            error_message = "key must be given where there are rooms."
          }
        }
        variable "lamp" {
          type    = string
          default = null
          validation {
            condition     = var.rooms < 2 || var.lamp != null
            error_message = "lamp must be given where there are two rooms."
          }
        }
    """
    results = results_of(
        {
            "modules/house/main.tf": module,
            "tests/unit/house/cases.yaml": "cases:\n"
            "  without_key: {variables: {rooms: 1}, rejects: {message: key must be given, by: var.key}}\n"
            "  without_lamp: {variables: {rooms: 2, key: a}, rejects: {message: lamp must be given, by: var.lamp}}\n"
            "  other_message: {variables: {rooms: 1}, rejects: lamp must be given}\n",
        }
    )
    assert texts(results["house/without_key"]) == []
    assert texts(results["house/without_lamp"]) == []
    assert texts(results["house/other_message"]) == [
        "tests/unit/house/cases.yaml:4: expected the message 'lamp must be given' (the condition at "
        "modules/house/main.tf:17), but the validation of var.key at modules/house/main.tf:9 "
        "rejected it in the plan stage: Invalid value for variable: key must be given where there are rooms."
    ]
