"""A case that answers the data sources of its module plans without AWS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modproof.cases import Case, Planned, judge
from modproof.core.results import Outcome
from modproof.terraform.plan_json import planned_outputs, planned_values, resource_counts

from ..conftest import MakeProject, load, make_planner

NETWORK = """
variable "vpc_id" { default = "vpc-1" }
variable "subnets" {
  type    = set(string)
  default = ["a", "b"]
}
variable "lookup" { default = true }

data "aws_vpc" "this" {
  id = var.vpc_id
  lifecycle {
    postcondition {
      condition     = self.enable_dns_support
      error_message = "The VPC ${self.id} has no DNS."
    }
  }
}
data "aws_subnets" "private" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
}
data "aws_subnet" "each" {
  for_each = var.subnets
  id       = each.value
}
data "aws_ami" "this" {
  count       = var.lookup ? 1 : 0
  most_recent = true
  owners      = ["amazon"]
  depends_on  = [data.aws_vpc.this]
}
data "aws_ssm_parameter" "secret" { name = "/secret" }
data "aws_region" "current" { depends_on = [data.aws_vpc.this] }

resource "aws_security_group" "this" {
  vpc_id      = data.aws_vpc.this.id
  description = <<-EOT
    ${data.aws_vpc.this.cidr_block} %{ for one in data.aws_subnets.private.ids }${one};%{ endfor }
  EOT
  dynamic "ingress" {
    for_each = data.aws_vpc.this.cidr_block_associations
    content {
      from_port   = 443
      to_port     = 443
      protocol    = "tcp"
      cidr_blocks = [ingress.value.cidr_block]
    }
  }
  depends_on = [
    data.aws_subnet.each, data.aws_vpc.this
  ]
}
resource "aws_network_interface" "each" {
  for_each  = toset(data.aws_subnets.private.ids)
  subnet_id = each.value
}
resource "aws_ssm_parameter" "copy" {
  name  = "/copy"
  type  = "SecureString"
  value = data.aws_ssm_parameter.secret.value
}
locals {
  zones = { for data in [1] : "x" => data }
}
output "all" {
  value = {
    cidr     = cidrsubnet(data.aws_vpc.this.cidr_block, 8, 1)
    first    = try(data.aws_subnets.private.ids[0], null)
    zones    = { for key, subnet in data.aws_subnet.each : key => subnet.availability_zone }
    arns     = [for subnet in data.aws_subnet.each : subnet.arn]
    ami      = one(data.aws_ami.this[*].id)
    region   = data.aws_region.current.name
    tags     = merge(data.aws_vpc.this.tags, { more = "x" })
    empty    = coalescelist(data.aws_subnets.private.ids, ["none"])
    unknown  = data.aws_vpc.this.owner_id
    loop     = local.zones
    state    = data.aws_vpc.this.cidr_block_associations[0].state
  }
}
"""

ANSWERS = """
defaults:
  answers:
    data.aws_vpc.this:
      cidr_block: 10.0.0.0/16
      enable_dns_support: "true"
      tags: {Name: "${x}", n: 1}
      cidr_block_associations: [{cidr_block: 10.0.0.0/16}]
    data.aws_subnets.private: {ids: [subnet-a, subnet-b]}
    data.aws_subnet.each: {availability_zone: eu-west-1a}
    data.aws_subnet.each["b"]: {availability_zone: eu-west-1b}
    data.aws_ami.this[0]: {id: ami-1}
    data.aws_ssm_parameter.secret: {value: hidden-value}
cases:
"""


def planned(
    make_project: MakeProject, cases: str, module: str = NETWORK, files: Mapping[str, str] | None = None
) -> dict[str, tuple[Case, Planned]]:
    written = {"modules/network/main.tf": module, "tests/unit/network/cases.yaml": cases, **(files or {})}
    root = make_project(written)
    project, found = load(root)
    mine = [case for case in found if case.module == "network"]
    results = make_planner(project).plan(mine)
    return {case.name: (case, results[case.id]) for case in mine}


def plan_of(found: tuple[Case, Planned]) -> dict[str, Any]:
    _, result = found
    assert result.plan is not None, result.errors
    return dict(result.plan)


def test_the_answers_are_what_the_data_sources_return(make_project: MakeProject) -> None:
    cases = (
        ANSWERS
        + """
  two: {}
  other:
    variables: {lookup: false, subnets: [z]}
    answers: {data.aws_subnets.private: {ids: []}}
"""
    )
    found = planned(make_project, cases)
    plan = plan_of(found["two"])
    assert resource_counts(plan) == {"aws_security_group": 1, "aws_network_interface": 2, "aws_ssm_parameter": 1}
    everything = planned_outputs(plan)["all"]
    assert everything.value == {
        "cidr": "10.0.1.0/24", "first": "subnet-a", "ami": "ami-1", "region": "eu-west-1",
        "zones": {"a": "eu-west-1a", "b": "eu-west-1b"}, "arns": [None, None],
        "tags": {"Name": "${x}", "n": "1", "more": "x"}, "empty": ["subnet-a", "subnet-b"], "loop": {"x": 1},
    }  # fmt: skip
    assert everything.at("unknown").is_unknown
    assert everything.at("state").is_unknown
    values = planned_values(plan)
    assert values["aws_security_group.this"].at("description").value.strip() == "10.0.0.0/16 subnet-a;subnet-b;"
    ingress = values["aws_security_group.this"].at("ingress").value
    assert [rule["cidr_blocks"] for rule in ingress] == [["10.0.0.0/16"]]
    other = planned_outputs(plan_of(found["other"]))["all"].value
    assert (other["empty"], other["zones"], other["ami"]) == (["none"], {"z": "eu-west-1a"}, None)


def test_a_plan_shows_the_answers_and_no_trace_of_how_they_were_given(make_project: MakeProject) -> None:
    plan = plan_of(planned(make_project, ANSWERS + "  two: {}\n")["two"])
    vpc = planned_values(plan)["data.aws_vpc.this"]
    assert vpc.at("enable_dns_support").value is True
    assert vpc.at("cidr_block_associations").at(0).at("cidr_block").value == "10.0.0.0/16"
    assert vpc.at("cidr_block_associations").at(0).at("state").is_unknown
    assert vpc.at("owner_id").is_unknown
    assert planned_values(plan)['data.aws_subnet.each["b"]'].at("availability_zone").value == "eu-west-1b"
    assert "modproof" not in str(plan)


def test_a_sensitive_answer_stays_sensitive(make_project: MakeProject) -> None:
    values = planned_values(plan_of(planned(make_project, ANSWERS + "  two: {}\n")["two"]))
    assert values["aws_ssm_parameter.copy"].at("value").is_sensitive
    assert values["data.aws_ssm_parameter.secret"].at("value").is_sensitive


def test_conditions_see_the_answers(make_project: MakeProject) -> None:
    cases = (
        ANSWERS
        + """
  rejects_no_dns:
    answers: {data.aws_vpc.this: {enable_dns_support: false, cidr_block: 10.0.0.0/16, cidr_block_associations: []}}
    rejects: {message: has no DNS, by: data.aws_vpc.this}
"""
    )
    case, result = planned(make_project, cases)["rejects_no_dns"]
    assert judge(case, result).outcome is Outcome.PASSED
    assert result.errors[0].place is not None
    assert result.errors[0].place.line == NETWORK[: NETWORK.index("self.enable")].count("\n") + 1


def test_an_error_after_an_answered_block_names_the_line_of_the_file(make_project: MakeProject) -> None:
    module = 'data "aws_vpc" "this" {}\noutput "x" {\n  value = data.aws_vpc.this.cidr_block + 1\n}\n'
    cases = "cases:\n  bad: {answers: {data.aws_vpc.this: {cidr_block: x}}}\n"
    (error,) = planned(make_project, cases, module)["bad"][1].errors
    assert (error.place and error.place.path, error.place and error.place.line) == ("modules/network/main.tf", 3)


def test_modules_that_the_module_calls_take_answers(make_project: MakeProject) -> None:
    inner = 'data "aws_vpc" "this" {\n}\noutput "cidr" { value = data.aws_vpc.this.cidr_block }\n'
    module = """
module "inner" {
  for_each = toset(["a", "b"])
  source   = "./inner"
}
output "cidr" { value = { for key, one in module.inner : key => one.cidr } }
"""
    cases = "cases:\n  two: {answers: {module.inner.data.aws_vpc.this: {cidr_block: 10.1.0.0/16}}}\n"
    plan = plan_of(planned(make_project, cases, module, {"modules/network/inner/main.tf": inner})["two"])
    assert planned_outputs(plan)["cidr"].value == dict.fromkeys("ab", "10.1.0.0/16")
    assert planned_values(plan)['module.inner["a"].data.aws_vpc.this'].at("cidr_block").value == "10.1.0.0/16"


@pytest.mark.parametrize(
    ("answers", "line", "message"),
    [
        ("data.aws_vpc.thsi: {id: x}", 5, "did you mean data.aws_vpc.this?"),
        (
            "data.aws_eip.other: {id: x}",
            5,
            "its data sources: data.aws_ami.this, data.aws_region.current",
        ),
        ("aws_vpc.this: {id: x}", 5, "is not the address of a data source"),
        ("module.no.data.aws_vpc.this: {id: x}", 5, "has no module.no"),
        ("data.aws_vpc.this[0]: {id: x}", 5, "has neither count nor for_each"),
        ("data.aws_vpc.this:\n          cdir_block: x", 6, "no such attribute; did you mean cidr_block"),
        ("data.aws_vpc.this: {tags: x}", 5, "a mapping is expected, found a string"),
        (
            "data.aws_subnets.private: {ids: [{}]}",
            5,
            "ids[0]: a string is expected, found a mapping",
        ),
        ("data.aws_vpc.this: {cidr_block_associations: [{cidr_blok: x}]}", 5, "did you mean 'cidr_block'?"),
        ("data.aws_ami.this: {owners: [x]}", 5, "only the data block sets this argument"),
    ],
)
def test_an_answer_that_does_not_fit_is_an_error_of_the_case(
    make_project: MakeProject, answers: str, line: int, message: str
) -> None:
    cases = f"cases:\n  bad:\n    description: x\n    answers:\n        {answers}\n"
    case, result = planned(make_project, cases)["bad"]
    judged = judge(case, result)
    assert judged.outcome is Outcome.ERROR
    assert message in judged.problems[0].message
    assert judged.problems[0].place is not None
    assert judged.problems[0].place.line == line


def test_a_data_source_without_an_answer_is_named(make_project: MakeProject) -> None:
    module = 'data "aws_vpc" "this" {\n  count = 1\n}\n'
    case, result = planned(make_project, "cases:\n  bad: {}\n", module)["bad"]
    judged = judge(case, result)
    assert judged.outcome is Outcome.FAILED
    assert judged.problems[0].message == (
        "data.aws_vpc.this[0]: reads AWS (ec2.DescribeVpcs): add `answers:` for data.aws_vpc.this, or `seed:` calls, to"
        " the case (modules/network/main.tf:1)"
    )


def test_json_syntax_that_reads_an_answered_data_source_is_refused(make_project: MakeProject) -> None:
    extra = {"modules/network/out.tf.json": '{"output": {"x": {"value": "${data.aws_vpc.this.id}"}}}'}
    cases = "cases:\n  bad: {answers: {data.aws_vpc.this: {id: x}}}\n"
    (error,) = planned(make_project, cases, 'data "aws_vpc" "this" {}\n', extra)["bad"][1].errors
    assert "modules/network/out.tf.json reads data.aws_vpc.this in JSON syntax" in error.text


def test_an_answer_is_an_input_of_the_cache(make_project: MakeProject, tmp_path: Path, runs: list[str]) -> None:
    text = "cases:\n  one: {{answers: {{data.aws_vpc.this: {{cidr_block: {}}}}}}}\n"
    module = 'data "aws_vpc" "this" {}\noutput "x" { value = data.aws_vpc.this.cidr_block }\n'
    found = []
    for cidr in ("10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/16"):
        root = make_project({"modules/network/main.tf": module, "tests/unit/network/cases.yaml": text.format(cidr)})
        project, cases = load(root)
        case = next(case for case in cases if case.module == "network")
        planner = make_planner(project, cache=tmp_path / "cache")
        result = planner.plan([case])[case.id]
        found.append((planned_outputs(result.plan or {})["x"].value, result.from_cache))
    assert found == [("10.0.0.0/8", False), ("10.0.0.0/8", True), ("10.0.0.0/16", False)]
    assert runs.count("providers") == 1  # the schemas are cached too
