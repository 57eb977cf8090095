"""Data sources with the same values in every account plan without AWS and without ``answers``."""

from __future__ import annotations

from modproof.cases import judge

from ..conftest import MakeProject, load, make_planner

PLAIN = """
variable "states" {
  type    = string
  default = "available"
}
data "aws_availability_zones" "this" {
  state = var.states
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
  exclude_names = ["eu-west-1b"]
}
data "aws_availability_zone" "first" { name = data.aws_availability_zones.this.names[0] }
data "aws_regions" "this" {}
data "aws_region" "this" {}
data "aws_partition" "this" {}
data "aws_caller_identity" "this" {}
data "aws_iam_session_context" "this" { arn = data.aws_caller_identity.this.arn }
data "aws_canonical_user_id" "this" {}
data "aws_default_tags" "this" {}
data "aws_billing_service_account" "this" {}
data "aws_elb_service_account" "this" {}
data "aws_cloudtrail_service_account" "this" {}
data "aws_service" "this" { service_id = "s3" }
data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["sts:AssumeRole"]
    resources = ["arn:${data.aws_partition.this.partition}:iam::${data.aws_caller_identity.this.account_id}:role/x"]
  }
}
output "all" {
  value = {
    zones   = data.aws_availability_zones.this.names
    ids     = data.aws_availability_zones.this.zone_ids
    suffix  = data.aws_availability_zone.first.name_suffix
    regions = contains(data.aws_regions.this.names, "us-east-1")
    region  = data.aws_region.this.name
    account = data.aws_caller_identity.this.account_id
    session = data.aws_iam_session_context.this.issuer_arn
    owner   = length(data.aws_canonical_user_id.this.id)
    s3      = data.aws_service.this.dns_name
    policy  = jsondecode(data.aws_iam_policy_document.this.json).Statement[0].Resource
  }
}
"""

CASES = """
cases:
  here:
    expect:
      outputs:
        all:
          zones: [eu-west-1a, eu-west-1c]
          ids: [euw1-az1, euw1-az3]
          suffix: a
          regions: true
          region: eu-west-1
          account: "000000000000"
          session: arn:aws:iam::000000000000:user/plan
          owner: 64
          s3: s3.eu-west-1.amazonaws.com
          policy: arn:aws:iam::000000000000:role/x
  elsewhere:
    providers: {aws: {region: ap-southeast-2}}
    expect:
      outputs: {all: {suffix: a, s3: s3.ap-southeast-2.amazonaws.com, region: ap-southeast-2}}
  none_impaired:
    variables: {states: impaired}
"""


def test_the_plain_data_sources_are_answered(make_project: MakeProject) -> None:
    project, found = load(make_project({"modules/plain/main.tf": PLAIN, "tests/unit/plain/cases.yaml": CASES}))
    cases = {case.name: case for case in found if case.module == "plain"}
    planned = make_planner(project).plan(list(cases.values()))
    for name in ("here", "elsewhere"):
        assert judge(cases[name], planned[f"plain/{name}"]).problems == ()
    assert "Invalid index" in planned["plain/none_impaired"].errors[0].text
