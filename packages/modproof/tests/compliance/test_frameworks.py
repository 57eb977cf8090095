"""Controls of compliance frameworks: which rules belong to them, and what a scan says of each."""

from __future__ import annotations

import pytest

from modproof.compliance import FRAMEWORKS, explain, scan
from modproof.compliance.frameworks import controls_of, coverage
from modproof.compliance.scanners import Checkov
from modproof.compliance.scanners.trivy import trivy_rules
from modproof.core.results import Framework, FrameworkControl, Outcome

from .conftest import TODAY, Site

BUCKET = """\
resource "aws_s3_bucket" "this" {
  bucket = "demo"
}

resource "aws_sqs_queue" "this" {
  name = "demo"
}
"""
ENTRY = """\
ignores:
  - scanner: tfsec
    rule: aws-sqs-enable-queue-encryption
    description: Unencrypted SQS queue.
    reason: only names
    scope: [{module: notebook}]
    owner: platform
    review: 2027-01-01
"""


def controls(scanner: str, rule: str, framework: str) -> list[str]:
    return [control.id for control in controls_of(scanner, rule) if control.framework == framework]


@pytest.mark.parametrize(
    ("scanner", "rule", "framework", "expected"),
    [
        ("checkov", "CKV_AWS_122", "fsbp", ["SageMaker.1"]),
        ("checkov", "CKV_AWS_306", "fsbp", ["SageMaker.2"]),
        ("checkov", "CKV_AWS_307", "fsbp", ["SageMaker.3"]),
        ("checkov", "CKV_AWS_370", "fsbp", ["SageMaker.5"]),
        ("checkov", "MODPROOF_SM_3", "fsbp", ["SageMaker.8"]),
        ("checkov", "CKV_AWS_22", "fsbp", ["SageMaker.21"]),
        ("checkov", "CKV_AWS_22", "ai", ["SageMaker.21"]),
        ("checkov", "CKV_AWS_5", "fsbp", ["ES.1", "Opensearch.1"]),
        ("checkov", "CKV_AWS_106", "cis", ["5.1.1"]),
        ("checkov", "CKV_AWS_226", "cis", ["2.2.2"]),
        ("checkov", "CKV_AWS_307", "nist", ["AC-2(1)", "AC-3(7)", "AC-3(15)", "AC-6", "AC-6(2)", "AC-6(10)"]),
        ("checkov", "CKV_AWS_7", "cis", ["3.6"]),
        ("tfsec", "aws-s3-enable-bucket-logging", "fsbp", ["S3.9"]),
        ("trivy", "AWS-0089", "fsbp", ["S3.9"]),
        ("checkov", "CKV2_AWS_62", "fsbp", []),
    ],
)
def test_a_rule_belongs_to_the_controls_of_a_framework(
    scanner: str, rule: str, framework: str, expected: list[str]
) -> None:
    assert controls(scanner, rule, framework) == expected


def test_each_framework_can_be_chosen() -> None:
    assert [each.value for each in Framework] == [*FRAMEWORKS]


def test_every_mapped_rule_exists() -> None:
    checkov = Checkov().rules()
    mapped = [rule for rule in checkov if controls_of("checkov", rule.id)]

    assert len(mapped) > 80
    assert len([rule for rule in trivy_rules() if controls_of("trivy", rule.id)]) > 60
    assert all(
        any(each.framework == name for rule in mapped for each in controls_of("checkov", rule.id))
        for name in FRAMEWORKS
    )


def test_controls_of_sagemaker_without_a_rule_are_known() -> None:
    states = coverage("fsbp", {"checkov": Checkov().rules()}, {}, [], [])
    of_sagemaker = {control.id.removeprefix("SageMaker."): control.rules for control in states}

    assert [int(number) for number, rules in of_sagemaker.items() if number.isdecimal() and not rules] == [
        *(4, *range(10, 18), 19, 20, *range(22, 26))
    ]
    assert "SageMaker.18" in {control.id for control in coverage("ai", {}, {}, [], [])}


def test_a_framework_shows_its_controls_and_only_findings_of_its_rules(site: Site) -> None:
    site.write("pyproject.toml", '[tool.modproof]\nscanners = ["tfsec"]\n')
    site.write("modules/notebook/main.tf", BUCKET)
    site.write("examples/stack/main.tf", 'module "notebook" {\n  source = "../../modules/notebook"\n}\n')
    site.ledger(ENTRY)
    site.generate()

    result = scan(site.project, today=TODAY, framework="fsbp")

    states = {control.id: control for control in result.controls}
    assert result.outcome is Outcome.FAILED
    assert (states["S3.9"].findings, states["S3.9"].checked) == (1, ("tfsec aws-s3-enable-bucket-logging",))
    assert (states["SQS.1"].findings, states["SQS.1"].accepted) == (0, 1)
    assert states["RDS.3"].rules and not states["RDS.3"].checked
    assert states["SageMaker.10"].rules == ()
    assert "aws-s3-enable-versioning" not in {finding.rule for finding in result.findings}
    assert all(FrameworkControl("fsbp", "S3.9") in one.controls for one in result.findings if "logging" in one.rule)


def test_a_framework_without_a_checked_rule_is_an_error(site: Site) -> None:
    site.write("pyproject.toml", '[tool.modproof]\nscanners = ["tfsec"]\n')
    site.write("modules/notebook/main.tf", 'resource "null_resource" "this" {}\n')
    site.write("examples/stack/main.tf", 'module "notebook" {\n  source = "../../modules/notebook"\n}\n')

    assert scan(site.project, today=TODAY).outcome is Outcome.PASSED
    result = scan(site.project, today=TODAY, framework="cis")

    assert result.outcome is Outcome.ERROR
    assert str(result.errors[0]).startswith("nothing was checked for CIS AWS Foundations Benchmark 5.0")


def test_a_rule_is_explained_with_its_controls(site: Site) -> None:
    site.write("pyproject.toml", '[tool.modproof]\nscanners = ["tfsec", "trivy"]\n')

    mapped, other = explain(site.project, "AVD-AWS-0089"), explain(site.project, "AVD-AWS-0342")

    assert [each.rule.id for each in mapped] == ["aws-s3-enable-bucket-logging", "AWS-0089"]
    assert all(FrameworkControl("fsbp", "S3.9") in each.controls for each in mapped)
    assert [each.controls for each in other] == [()]
