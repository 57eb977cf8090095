"""A plan that calls AWS fails the case that makes the call, and only that one."""

from __future__ import annotations

import contextlib
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modproof.cases import Planned
from modproof.terraform.runner import PlanRun, Terraform

from ..conftest import MakeProject, greeting_cases, load, make_planner

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=0/20250101/eu-west-1/ec2/aws4_request, Signature=x"}
LOOKUPS = {
    "vpc": ('data "aws_vpc" "this" {\n  default = true\n}\n', "ec2.DescribeVpcs"),
    "key": ('data "aws_kms_key" "this" {\n  key_id = "alias/demo"\n}\n', "kms.DescribeKey"),
    "role": ('data "aws_iam_role" "this" {\n  name = "demo"\n}\n', "iam.GetRole"),
}

CallsSilently = Callable[[str], None]


@pytest.fixture
def calls_silently(monkeypatch: pytest.MonkeyPatch) -> CallsSilently:
    """Make each plan with a given text in its root module call AWS and succeed, as if a provider hid the error."""
    real = Terraform.plan_to

    def mark(text: str) -> None:
        def plan_to(self: Terraform, plan_file: Path, **options: Any) -> PlanRun:
            run = real(self, plan_file, **options)
            if any(text in path.read_text() for path in self.folder.glob("*.tf.json")):
                request = urllib.request.Request(self.env["AWS_ENDPOINT_URL"], b"Action=DescribeVpcs", SIGNED)
                with contextlib.suppress(urllib.error.HTTPError):
                    urllib.request.urlopen(request).close()
            return run

        monkeypatch.setattr(Terraform, "plan_to", plan_to)

    return mark


def failed(planned: dict[str, Planned]) -> dict[str, list[str]]:
    return {case_id: [error.text for error in result.errors] for case_id, result in planned.items() if result.errors}


def test_a_call_that_a_provider_hides_fails_only_its_case(
    make_project: MakeProject, runs: list[str], calls_silently: CallsSilently
) -> None:
    names = "".join(f"  c{number}: {{variables: {{name: name{number}}}}}\n" for number in range(8))
    project, found = load(make_project(greeting_cases(names)))
    calls_silently("name5")
    planned = make_planner(project).plan(found)
    assert list(failed(planned)) == ["greeting/c5"]
    assert "the plan called AWS (ec2.DescribeVpcs)" in failed(planned)["greeting/c5"][0]
    alone = make_planner(project)
    for case in (case for case in found if case.id != "greeting/c5"):
        assert planned[case.id].plan == alone.plan([case])[case.id].plan is not None
    # all cases, the two modules, and then the halves of the 8 cases: 4, 2, 1
    assert runs[: -3 * 8].count("plan") == 1 + 2 + 3 * 2


def test_calls_of_several_modules_are_found_in_the_same_bisection(
    make_project: MakeProject, calls_silently: CallsSilently
) -> None:
    more = {
        "modules/more/main.tf": 'variable "name" {}\n',
        "tests/unit/more/cases.yaml": "cases:\n  bad: {variables: {name: calls}}\n  good: {variables: {name: x}}\n",
    }
    lines = "  bad: {variables: {name: calls}}\n  good: {variables: {name: world}}\n"
    project, found = load(make_project(greeting_cases(lines) | more))
    calls_silently("calls")
    assert sorted(failed(make_planner(project).plan(found))) == ["greeting/bad", "more/bad"]


def test_a_hidden_call_of_a_rejecting_case_fails_only_that_case(
    make_project: MakeProject, calls_silently: CallsSilently
) -> None:
    lines = "  bad: {variables: {name: calls}, rejects: x}\n  accepted: {variables: {name: world}, rejects: x}\n"
    project, found = load(make_project(greeting_cases(lines)))
    calls_silently("calls")
    assert list(failed(make_planner(project).plan(found))) == ["greeting/bad"]


def test_an_error_names_only_the_calls_that_it_mentions(make_project: MakeProject) -> None:
    modules = {f"modules/{name}/main.tf": text for name, (text, _) in LOOKUPS.items()}
    files = {f"tests/unit/{name}/cases.yaml": "cases:\n  lookup: {}\n" for name in LOOKUPS}
    project, found = load(make_project(modules | files))
    errors = failed(make_planner(project).plan([case for case in found if case.module in LOOKUPS]))
    assert {case_id: texts[0].partition(":")[0] for case_id, texts in errors.items()} == {
        f"{name}/lookup": f"reads AWS ({call})" for name, (_, call) in LOOKUPS.items()
    }
