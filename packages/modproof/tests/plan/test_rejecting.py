"""Cases that a module must reject: by their own message, told from every other way to end."""

from __future__ import annotations

from modproof.core.results import Outcome

from .conftest import Prove, greeting_cases, texts

WHERE = "tests/unit/greeting/cases.yaml"


def test_a_rejecting_case_passes_only_by_its_own_message(prove: Prove, runs: list[str]) -> None:
    results = prove(
        greeting_cases(
            "  by_validation: {variables: {name: ab}, rejects: at least 3}\n"
            "  by_precondition: {variables: {name: nobody}, rejects: {match: 'precondition failed: nobody'}}\n"
            "  accepted: {variables: {name: world}, rejects: at least 3}\n"
            "  other_message: {variables: {name: ab}, rejects: at most 3}\n"
            "  other_rule: {variables: {name: nobody}, rejects: at least 3 characters}\n"
            "  no_such_variable: {variables: {nam: ab}, rejects: at least 3}\n"
            "  wrong_type: {variables: {name: world, names: {a: b}}, rejects: at least 3}\n"
        )
    )
    assert results["greeting/by_validation"].outcome is Outcome.PASSED
    assert results["greeting/by_precondition"].outcome is Outcome.PASSED
    assert texts(results["greeting/accepted"]) == [
        f"{WHERE}:4: expected the message 'at least 3' (the rule at modules/greeting/main.tf:4), "
        "but the module accepts these variables"
    ]
    assert texts(results["greeting/other_message"]) == [
        f"{WHERE}:5: expected the message 'at most 3', but in the stage 'variables' the validation of var.name at "
        "modules/greeting/main.tf:4 rejected it with: Invalid value for variable: name must be at least 3 characters."
    ]
    assert texts(results["greeting/other_rule"]) == [
        f"{WHERE}:6: expected the message 'at least 3 characters' (the rule at modules/greeting/main.tf:4), but in the "
        "stage 'plan' the precondition of terraform_data.this at modules/greeting/main.tf:18 rejected it with: "
        "Resource precondition failed: nobody cannot be greeted."
    ]
    assert results["greeting/no_such_variable"].outcome is Outcome.ERROR
    died = texts(results["greeting/wrong_type"])
    assert len(died) == 1
    assert "but no rule rejected it: it died in the stage 'variables' of an error of var.names: " in died[0]
    # the other group has the standard case `nested`
    assert sorted(runs) == ["init", "init", "plan", "plan", "plan", "plan", "show"]


def test_a_message_that_two_rules_say_is_told_apart_by_what_they_belong_to(prove: Prove) -> None:
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
    results = prove(
        {
            "modules/twins/main.tf": twins,
            "tests/unit/twins/cases.yaml": "cases:\n"
            "  first: {variables: {first: ab}, rejects: {message: at least 3, by: var.first}}\n"
            "  second: {variables: {second: ab}, rejects: {message: 'at least 3 characters, not 2', by: var.first}}\n",
        }
    )
    assert results["twins/first"].outcome is Outcome.PASSED
    assert texts(results["twins/second"]) == [
        "tests/unit/twins/cases.yaml:3: expected the message 'at least 3 characters, not 2' by a rule of var.first "
        "(the rule at modules/twins/main.tf:5), but in the stage 'variables' the validation of var.second at "
        "modules/twins/main.tf:14 rejected it with: Invalid value for variable: The text must be at least 3 "
        "characters, not 2."
    ]


def test_an_output_and_a_called_module_can_reject(prove: Prove) -> None:
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
    results = prove(
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


def test_a_default_can_be_rejected_beside_what_is_given(prove: Prove) -> None:
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
    results = prove(
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
        "tests/unit/house/cases.yaml:4: expected the message 'lamp must be given' (the rule at "
        "modules/house/main.tf:17), but in the stage 'plan' the validation of var.key at modules/house/main.tf:9 "
        "rejected it with: Invalid value for variable: key must be given where there are rooms."
    ]
