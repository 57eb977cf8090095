"""The same cases with OpenTofu, if it is installed."""

from __future__ import annotations

import pytest

from modproof import toolchain
from modproof.cases import judge
from modproof.plan import Planner

from ..conftest import MakeProject, greeting_cases, load, texts


@pytest.mark.optional
def test_opentofu_plans_rejects_and_attributes_cases(make_project: MakeProject) -> None:
    tofu = toolchain.find("tofu")
    if tofu is None:
        pytest.skip("OpenTofu is not installed: `tox -e unit-tofu` builds it")
    topic = 'resource "aws_sns_topic" "this" {\n  name = "demo"\n}\n'
    files = {
        "modules/topic/main.tf": topic,
        "tests/unit/topic/cases.yaml": "cases:\n  one: {expect: {resources: {aws_sns_topic: 1}}}\n",
    }
    broken = (
        "  short: {variables: {name: ab}}\n"
        "  short_expected: {variables: {name: ab}, rejects: {message: at least 3, by: var.name}}\n"
        "  nobody_expected: {variables: {name: nobody}, rejects: nobody cannot be greeted}\n"
        "  unknown: {variables: {name: world}, unknown: [name], expect: {outputs: {text: <unknown>}}}\n"
        "  each: {variables: {name: world}, unknown: [names]}\n"
    )
    project, found = load(make_project(files | greeting_cases(broken)))
    planned = Planner(project, binary=tofu.path, version=tofu.version, cache=None).plan(found)
    wrong = {case.name: found_texts for case in found if (found_texts := texts(judge(case, planned[case.id])))}
    assert sorted(wrong) == ["each", "short"]
    assert "name must be at least 3 characters. (modules/greeting/main.tf:4)" in wrong["short"][0]
    assert "the for_each of terraform_data.each depends on var.names" in wrong["each"][0]
