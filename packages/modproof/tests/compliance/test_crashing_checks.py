"""A check that raises an exception is an error of the scan, and modproof's own checks raise none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modproof.compliance import scan
from modproof.compliance.plans import CasePlan, Plans
from modproof.compliance.scanners import Checkov
from modproof.compliance.scanners.checkov_process import imported, one_at_a_time, own_checks
from modproof.core.results import Outcome, Place

from .conftest import TODAY, Site

NOTEBOOK = "modules/notebook/main.tf"
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.14.0",
    "planned_values": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_sagemaker_notebook_instance.this",
                    "mode": "managed",
                    "type": "aws_sagemaker_notebook_instance",
                    "name": "this",
                    "provider_name": "registry.terraform.io/hashicorp/aws",
                    "values": {"name": "demo"},
                }
            ]
        }
    },
    "resource_changes": [],
    "configuration": {"root_module": {}},
}


@pytest.fixture
def site_with_a_crash(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The site, and an own rule that raises for each notebook."""
    site.write("pyproject.toml", "[tool.modproof]\nsagemaker_rules = true\n")
    with one_at_a_time():
        (check,) = (each for each in own_checks() if each.id == "MODPROOF_SM_5")

    def fail(_: Any) -> bool:
        raise KeyError("lifecycle")

    monkeypatch.setattr(check, "holds", fail)
    return site


def test_a_crash_names_rule_resource_and_place_once(site_with_a_crash: Site) -> None:
    result = scan(site_with_a_crash.project, today=TODAY, scanners=lambda _: (Checkov(),))

    (error,) = result.errors  # one for the module and its caller
    assert (error.place, error.message) == (
        Place(NOTEBOOK, 6),
        "MODPROOF_SM_5 failed for aws_sagemaker_notebook_instance.this, which was not checked for it: "
        "KeyError: 'lifecycle'",
    )
    assert error.hint == "this is a bug of modproof: report it with the resource"
    assert {"CKV_AWS_22", "CKV_AWS_122"} <= {finding.rule for finding in result.findings}, "other rules lost results"
    assert (result.outcome, result.outcome.exit_code) == (Outcome.FAILED, 1)


def test_a_crash_for_a_module_block_names_the_call(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with one_at_a_time():
        check = imported("checkov.terraform.checks.module.generic.RevisionHash").check

    def fail(*_: Any) -> Any:
        raise KeyError("source")

    monkeypatch.setattr(check, "scan_module_conf", fail)

    errors = scan(site.project, today=TODAY, scanners=lambda _: (Checkov(),)).errors

    assert {(error.place, error.message.partition(",")[0]) for error in errors} == {
        (Place("examples/stack/main.tf", 1), f"{rule} failed for module.notebook") for rule in ("CKV_TF_1", "CKV_TF_2")
    }


def test_a_crash_is_not_cached(site_with_a_crash: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    project = site_with_a_crash.project
    assert scan(project, today=TODAY, scanners=lambda _: (Checkov(),)).errors
    monkeypatch.undo()

    assert scan(project, today=TODAY, scanners=lambda _: (Checkov(),)).errors == ()


def test_a_crash_in_a_plan_names_the_case(site_with_a_crash: Site) -> None:
    case = CasePlan("notebook/complete", Place("tests/unit/notebook/cases.yaml", 3), "modules/notebook", PLAN)

    result = scan(site_with_a_crash.project, today=TODAY, scanners=lambda _: (Checkov(),), plans=lambda: Plans((case,)))

    assert [str(error) for error in result.errors if error.place == case.place] == [
        "tests/unit/notebook/cases.yaml:3: in the plan of notebook/complete, MODPROOF_SM_5 failed for "
        "aws_sagemaker_notebook_instance.this, which was not checked for it: KeyError: 'lifecycle'"
    ]


with one_at_a_time():
    CHECKS = sorted(own_checks(), key=lambda check: str(check.id))
READ = {name for check in CHECKS for path in (check.RULE.paths() if check.RULE else ()) for name in path}
WORDS = st.sampled_from(sorted({"Statement", "Principal", "AWS", "*", "Type", "Arguments", "${var.x}", "null", "[]"}))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS
KEYS = WORDS | st.integers() | st.none()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2), max_leaves=8
)
JOB = "arn:aws:states:::sagemaker:createTrainingJob"
CONFS = (
    st.dictionaries(st.sampled_from(sorted(READ)), st.dictionaries(st.sampled_from(sorted(READ)), VALUES) | VALUES)
    | st.builds(lambda odd: {"resource_policy": [{"Statement": [odd, {"Effect": "Allow", "Principal": odd}]}]}, VALUES)
    | st.builds(lambda odd: {"resource_policy": odd, "pipeline_definition": odd, "definition": odd}, VALUES)
    | st.builds(lambda odd: {"definition": [{"Steps": [odd, {"Type": "Training", "Arguments": odd}]}]}, VALUES)
    | st.builds(lambda odd: {"definition": [{"States": [{"Resource": JOB, "Parameters": odd}]}]}, VALUES)
    | st.builds(lambda odd: {"target": [{"arn": [odd, JOB], "input": odd}, odd]}, VALUES)
)


@settings(max_examples=150, deadline=None)
@given(CONFS)
def test_own_checks_raise_nothing_on_odd_values(conf: dict[str, Any]) -> None:
    for check in CHECKS:
        assert check.holds(conf) in (True, False), check.id


def test_the_values_reach_the_end_of_a_check() -> None:
    """A value of the wrong type in a policy or a definition does not hide a wrong one next to it."""
    by_id = {check.id: check for check in CHECKS}
    policy = {"Statement": ["odd", None, {"Effect": "Allow", "Principal": {"AWS": [3, "*"]}}]}
    definition = {"Steps": [7, {"Type": {"Get": "x"}}, {"Type": "Training", "Arguments": {"A": None}}]}

    assert by_id["MODPROOF_SM_8"].holds({"resource_policy": [policy]}) is False
    assert by_id["MODPROOF_SM_10"].holds({"pipeline_definition": [definition]}) is False
