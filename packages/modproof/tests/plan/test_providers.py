"""Cases with their own provider configurations, with the real AWS provider."""

from __future__ import annotations

import pytest

from modproof.cases import judge, load_all
from modproof.core.project import Project
from modproof.plan.grouping import group

from ..conftest import MakeProject, load, make_planner, texts

REPLICA = """
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.replica]
    }
  }
}
variable "name" { type = string }
resource "aws_sns_topic" "here" {
  name = var.name
}
resource "aws_sns_topic" "there" {
  provider = aws.replica
  name     = var.name
}
data "aws_region" "there" {
  provider = aws.replica
}
output "regions" {
  value = data.aws_region.there.name
}
"""
OWN = """
provider "aws" {
  region = "eu-north-1"
  default_tags {
    tags = { Owner = "own" }
  }
}
data "aws_region" "here" {}
resource "aws_sns_topic" "here" {
  name = "here"
}
output "region" {
  value = data.aws_region.here.name
}
"""
FILES = {
    "modules/replica/main.tf": REPLICA,
    "modules/own/main.tf": OWN,
    "tests/unit/replica/cases.yaml": """
        defaults:
          variables: {name: demo}
          providers:
            aws.replica: {region: us-east-1}
        cases:
          two_regions: {expect: {outputs: {regions: us-east-1}}}
          other_region:
            providers:
              aws.replica: {region: ap-south-1, default_tags: {tags: {Team: '${ml}'}}}
            expect:
              outputs: {regions: ap-south-1}
              values:
                aws_sns_topic.here: {tags_all: <unknown>}
                aws_sns_topic.there: {tags_all: {Team: '${ml}'}}
          tags_of_the_main_one:
            providers:
              aws: {default_tags: {tags: {Team: ml}}}
            expect: {values: {aws_sns_topic.here: {tags_all: {Team: ml}}, aws_sns_topic.there: {tags_all: <unknown>}}}
          bad_name: {variables: {name: 'a b'}, rejects: {match: 'invalid topic name'}}
    """,
    "tests/unit/own/cases.yaml": """
        cases:
          one: {expect: {outputs: {region: eu-north-1}, values: {aws_sns_topic.here: {tags_all: {Owner: own}}}}}
    """,
}


def test_cases_with_different_configurations_share_a_run(make_project: MakeProject, runs: list[str]) -> None:
    project, found = load(make_project(FILES))
    planned = make_planner(project).plan(found)
    assert [text for case in found for text in texts(judge(case, planned[case.id]))] == []
    # three groups: cases that must plan, cases of modules with a provider block, rejecting cases
    assert sorted(runs) == ["init"] * 3 + ["plan"] * 4 + ["show"] * 2


def test_a_run_has_at_most_three_configurations(make_project: MakeProject) -> None:
    many = "".join(f"  c{n}: {{providers: {{aws.replica: {{region: us-east-{n % 5}}}}}}}\n" for n in range(20))
    files = FILES | {"tests/unit/replica/cases.yaml": f"defaults: {{variables: {{name: x}}}}\ncases:\n{many}"}
    _, found = load(make_project(files))
    groups = group([case for case in found if case.module == "replica"], cores=1)
    assert sorted(len(one.cases) for one in groups) == [8, 12]


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        pytest.param("profile: production", "providers: aws may not have its own profile: profile", id="profile"),
        pytest.param("access_key: AKIA", "providers: aws may not have its own keys: access_key", id="keys"),
        pytest.param("endpoints: []", "providers: aws may not have its own endpoints: endpoints", id="endpoints"),
    ],
)
def test_settings_that_could_reach_an_account_are_refused(make_project: MakeProject, setting: str, what: str) -> None:
    text = f"cases:\n  one:\n    variables: {{name: world}}\n    providers:\n      aws: {{{setting}}}\n"
    (broken,) = load_all(Project(make_project({"tests/unit/greeting/cases.yaml": text}))).broken
    assert broken.id == "greeting/one"
    assert [str(problem) for problem in broken.problems] == [f"tests/unit/greeting/cases.yaml:4: {what}"]
