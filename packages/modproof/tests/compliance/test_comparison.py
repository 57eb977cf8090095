"""Rules of several scanners for one control, with the real scanners."""

from __future__ import annotations

import pytest

from modproof.compliance import compare, scan
from modproof.compliance.controls import control_of, counterparts, same_controls
from modproof.compliance.scanners import Checkov
from modproof.compliance.scanners.trivy import trivy_rules
from modproof.core.results import Finding, OtherRule, Place

from .conftest import TODAY, Site

CODE = """\
resource "aws_sqs_queue" "this" {
  name = "demo"
}

resource "aws_sqs_queue" "other" {
  name = "other"
}

data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["sqs:*"]
    resources = ["*"]
  }

  statement {
    actions   = ["iam:PassRole"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "this" {
  policy = data.aws_iam_policy_document.this.json
}
"""
ENTRY = """\
  - scanner: tfsec
    rule: {rule}
    description: {title}
    reason: only names
    scope: [{{resource: "*"}}]
    owner: platform
    review: 2027-01-01
"""
LEDGER = (
    "ignores:\n"
    + ENTRY.format(rule="AVD-AWS-0096", title="Unencrypted SQS queue.")
    + ENTRY.format(
        rule="aws-iam-no-policy-wildcards",
        title="IAM policy should avoid use of wildcards and instead apply the principle of least privilege",
    )
    + ENTRY.format(rule="aws-s3-enable-versioning", title="S3 Data should be versioned")
)


def test_a_comparison_shows_both_each_alone_and_the_entries_that_carry_over(site: Site) -> None:
    site.write("modules/notebook/main.tf", CODE)
    site.write("examples/stack/main.tf", 'module "notebook" {\n  source = "../../modules/notebook"\n}\n')
    site.ledger(LEDGER)

    result = compare(site.project, "tfsec", "trivy", today=TODAY)

    queue = ("aws-sqs-enable-queue-encryption", "AWS-0096")
    assert [(each.control, each.address, each.rules) for each in result.both] == [
        ("AWS-0096", "aws_sqs_queue.this", queue),
        ("AWS-0096", "aws_sqs_queue.other", queue),
    ]
    assert {each.rule for each in result.only_first} == {"aws-iam-no-policy-wildcards"}
    assert {each.rule for each in result.only_second} == {each.rule for each in result.uncovered} == {"AWS-0342"}
    assert [(each.rule, each.covers, each.kept, each.reason) for each in result.entries] == [
        ("AWS-0096", 2, 2, ""),
        ("AWS-0057", 3, 0, "trivy has the rule, but does not check it any more"),
        ("AWS-0090", 0, 0, "it covers nothing today"),
    ]
    assert result.errors == ()


def test_an_entry_can_name_the_rule_of_trivy(site: Site) -> None:
    site.write("modules/notebook/main.tf", CODE)
    site.write("examples/stack/main.tf", 'module "notebook" {\n  source = "../../modules/notebook"\n}\n')
    site.ledger(
        "ignores:\n"
        + ENTRY.format(
            rule="aws-iam-no-policy-wildcards",
            title="IAM policy should avoid use of wildcards and instead apply the principle of least privilege",
        ).replace("    reason", "    trivy: AVD-AWS-0342\n    reason")
    )

    (entry,) = compare(site.project, "tfsec", "trivy", today=TODAY).entries

    assert (entry.rule, entry.carries) == ("AWS-0342", True)


def test_controls_have_existing_rules_of_each_scanner() -> None:
    checkov = Checkov().rules()
    listed = {one for rule in trivy_rules() for one in counterparts("trivy", rule.id, "checkov")}

    assert len(listed) > 50
    assert [rule for rule in listed if checkov.find(rule) is None] == []
    assert [rule for rule in listed if not counterparts("checkov", rule, "trivy")] == []
    assert control_of("checkov", "CKV_AWS_27") == control_of("tfsec", "aws-sqs-enable-queue-encryption") == "AWS-0096"
    assert control_of("checkov", "CKV_AWS_122") == "CKV_AWS_122"


@pytest.mark.parametrize("covered", [False, True])
def test_findings_of_one_control_at_an_address_are_one(site: Site, covered: bool) -> None:
    site.write("modules/notebook/main.tf", 'resource "aws_sqs_queue" "this" {\n  name = "demo"\n}\n')
    site.write("examples/stack/main.tf", 'module "notebook" {\n  source = "../../modules/notebook"\n}\n')
    site.write("pyproject.toml", '[tool.modproof]\nscanners = ["checkov", "tfsec", "trivy"]\n')
    if covered:
        site.ledger(
            """\
            ignores:
              - scanner: tfsec
                rule: aws-sqs-enable-queue-encryption
                description: Unencrypted SQS queue.
                reason: only names
                scope: [{module: notebook}]
                owner: platform
                review: 2027-01-01
            """
        )
        site.generate()

    result = scan(site.project, today=TODAY)

    (finding,) = result.findings
    assert (finding.scanner, finding.rule, finding.severity) == ("checkov", "CKV_AWS_27", "HIGH")
    trivy, tfsec = OtherRule("trivy", "AWS-0096"), OtherRule("tfsec", "aws-sqs-enable-queue-encryption")
    assert finding.also == ((trivy,) if covered else (tfsec, trivy))
    assert [one.finding.scanner for one in result.suppressed] == (["tfsec"] if covered else [])


def test_findings_of_one_scanner_are_never_merged() -> None:
    place = Place("modules/a/main.tf", 3)

    def finding(scanner: str, rule: str, severity: str) -> Finding:
        return Finding(scanner, rule, rule, "aws_security_group.this", place, severity)

    found = [
        finding("checkov", "CKV_AWS_23", "UNKNOWN"),
        finding("trivy", "AWS-0099", "LOW"),
        finding("trivy", "AWS-0124", "LOW"),
    ]

    assert [(each.rule, [other.rule for other in each.also], each.severity) for each in same_controls(found)] == [
        ("CKV_AWS_23", ["AWS-0099"], "LOW"),
        ("AWS-0124", [], "LOW"),
    ]
