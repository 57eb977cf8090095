"""``modproof init`` guesses what the data sources of a module return."""

from __future__ import annotations

import yaml

from modproof.cases import judge, load_all
from modproof.core.project import Project
from modproof.core.results import Outcome
from modproof.run.scaffold import scaffold
from modproof.run.services import Services

from ...conftest import MakeProject

MODULE = """
variable "name" { type = string }
data "aws_availability_zones" "this" {}
data "aws_vpc" "this" { tags = { Name = var.name } }
data "aws_subnets" "this" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
}
data "aws_ami" "this" {
  owners = ["amazon"]
}
data "aws_ssm_parameter" "this" { name = "/x" }
data "aws_route53_zone" "this" { name = var.name }
resource "aws_instance" "this" {
  ami           = data.aws_ami.this.id
  subnet_id     = data.aws_subnets.this.ids[0]
  instance_type = "t3.micro"
  ebs_optimized = data.aws_ami.this.ena_support
  user_data     = data.aws_ssm_parameter.this.value
  tags          = merge(data.aws_vpc.this.tags, { zone = data.aws_availability_zones.this.names[0] })
}
resource "aws_security_group" "this" {
  vpc_id      = data.aws_vpc.this.id
  description = cidrsubnet(data.aws_vpc.this.cidr_block, 8, 1)
  tags        = { zone = data.aws_route53_zone.this.name_servers[0] }
}
"""


def test_a_module_with_data_sources_gets_cases_that_plan(make_project: MakeProject) -> None:
    root = make_project({"modules/lookup/main.tf": MODULE})
    project = Project(root)
    with Services(project, use_cache=False) as services:
        [written] = scaffold(project, ["lookup"], services)
    assert written.cases == {"minimal": ""}
    text = written.path.read_text()
    answers = yaml.safe_load(text)["cases"]["minimal"]["answers"]
    assert answers == {
        "data.aws_vpc.this": {"cidr_block": "10.0.0.0/16", "id": "vpc-0123456789abcdef0", "tags": {}},
        "data.aws_subnets.this": {"ids": ["subnet-0123456789abcdef0"]},
        "data.aws_ami.this": {"ena_support": True, "id": "ami-0123456789abcdef0"},
        "data.aws_ssm_parameter.this": {"value": "example"},
        "data.aws_route53_zone.this": {"name_servers": ["example"]},
    }
    assert "    data.aws_vpc.this:  # guessed\n" in text.replace("      data", "    data")
    with Services(Project(root), use_cache=False) as services:
        (case,) = (case for case in load_all(Project(root)).cases if case.module == "lookup")
        assert judge(case, services.plan([case])[case.id]).outcome is Outcome.PASSED
