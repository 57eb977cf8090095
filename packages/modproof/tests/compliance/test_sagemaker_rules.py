"""Every own rule of modproof has resources that pass and resources that fail, in code and with checkov alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from modproof.compliance import checks, scan, scan_cache
from modproof.compliance.scanners import Checkov
from modproof.compliance.scanners.checkov_process import one_at_a_time, sagemaker_rules
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.project import Project

from .conftest import TODAY

FIXTURES = """\
resource "aws_sagemaker_endpoint" "pass" {
  endpoint_config_name = "demo"
  deployment_config {
    auto_rollback_configuration {
      alarms { alarm_name = "demo" }
    }
    blue_green_update_policy {
      traffic_routing_configuration {
        type                     = "ALL_AT_ONCE"
        wait_interval_in_seconds = 60
      }
    }
  }
}

resource "aws_sagemaker_endpoint" "fail" {
  endpoint_config_name = "demo"
}

resource "aws_sagemaker_endpoint_configuration" "pass" {
  production_variants { model_name = "demo" }
  shadow_production_variants { model_name = "shadow" }
  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 100
    destination_s3_uri          = "s3://demo"
    kms_key_id                  = "alias/demo"
    capture_options { capture_mode = "Input" }
  }
}

resource "aws_sagemaker_endpoint_configuration" "pass_without_shadow" {
  production_variants { model_name = "demo" }
  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 100
    destination_s3_uri          = "s3://demo"
    capture_options { capture_mode = "Input" }
  }
}

resource "aws_sagemaker_endpoint_configuration" "fail" {
  production_variants { model_name = "demo" }
  shadow_production_variants { model_name = "shadow" }
  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 100
    destination_s3_uri          = "s3://demo"
    capture_options { capture_mode = "Input" }
  }
}

resource "aws_sagemaker_notebook_instance" "pass" {
  name                  = "demo"
  role_arn              = "arn:aws:iam::111122223333:role/demo"
  instance_type         = "ml.t3.medium"
  platform_identifier   = "notebook-al2023-v1"
  lifecycle_config_name = "stop"
}

resource "aws_sagemaker_notebook_instance" "fail" {
  name                = "demo"
  role_arn            = "arn:aws:iam::111122223333:role/demo"
  instance_type       = "ml.t3.medium"
  platform_identifier = "notebook-al2-v2"
}

resource "aws_iam_role_policy_attachment" "pass" {
  role       = "demo"
  policy_arn = "arn:aws:iam::aws:policy/AmazonSageMakerReadOnly"
}

resource "aws_iam_role_policy_attachment" "fail" {
  role       = "demo"
  policy_arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
}

resource "aws_iam_role" "fail" {
  assume_role_policy  = "{}"
  managed_policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AmazonS3FullAccess"]
}

resource "aws_sagemaker_domain" "pass" {
  domain_name             = "demo"
  auth_mode               = "IAM"
  vpc_id                  = "vpc-1"
  subnet_ids              = ["subnet-1"]
  app_network_access_type = "VpcOnly"
  default_user_settings {
    execution_role = "arn:aws:iam::111122223333:role/demo"
    studio_web_portal_settings { hidden_instance_types = ["ml.p5.48xlarge"] }
  }
}

resource "aws_sagemaker_domain" "fail" {
  domain_name = "demo"
  auth_mode   = "IAM"
  vpc_id      = "vpc-1"
  subnet_ids  = ["subnet-1"]
  default_user_settings { execution_role = "arn:aws:iam::111122223333:role/demo" }
}

resource "aws_sagemaker_data_quality_job_definition" "pass" {
  role_arn = "arn:aws:iam::111122223333:role/demo"
  stopping_condition { max_runtime_in_seconds = 3600 }
}

resource "aws_sagemaker_data_quality_job_definition" "fail" {
  role_arn = "arn:aws:iam::111122223333:role/demo"
}

resource "aws_sagemaker_model_package_group_policy" "pass" {
  model_package_group_name = "demo"
  resource_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = "sagemaker:DescribeModelPackage"
      Resource  = "*"
    }]
  })
}

resource "aws_sagemaker_model_package_group_policy" "fail" {
  model_package_group_name = "demo"
  resource_policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "sagemaker:DescribeModelPackage"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-1" } }
    }]
  })
}
"""
FAILING = {
    ("MODPROOF_SM_1", "aws_sagemaker_endpoint.fail"),
    ("MODPROOF_SM_2", "aws_sagemaker_endpoint_configuration.fail"),
    ("MODPROOF_SM_3", "aws_sagemaker_notebook_instance.fail"),
    ("MODPROOF_SM_4", "aws_iam_role.fail"),
    ("MODPROOF_SM_4", "aws_iam_role_policy_attachment.fail"),
    ("MODPROOF_SM_5", "aws_sagemaker_notebook_instance.fail"),
    ("MODPROOF_SM_6", "aws_sagemaker_domain.fail"),
    ("MODPROOF_SM_7", "aws_sagemaker_data_quality_job_definition.fail"),
    ("MODPROOF_SM_8", "aws_sagemaker_model_package_group_policy.fail"),
    ("MODPROOF_SM_9", "aws_sagemaker_domain.fail"),
}


def failing(root: Path, settings: str) -> set[tuple[str, str, str]]:
    """Rule, address and severity of each finding of an own rule."""
    (root / "modules/demo").mkdir(parents=True, exist_ok=True)
    (root / "modules/demo/main.tf").write_text(FIXTURES, encoding="utf-8")
    (root / "pyproject.toml").write_text(f"[tool.modproof]\n{settings}", encoding="utf-8")
    result = scan(Project.find(root), today=TODAY, scanners=lambda _: (Checkov(),))
    assert result.errors == ()
    assert result.findings
    return {(one.rule, one.address, one.severity) for one in result.findings if one.rule.startswith("MODPROOF")}


def test_each_rule_fails_and_passes_where_it_should(tmp_path: Path) -> None:
    found = failing(tmp_path, "sagemaker_rules = true\n")

    assert {(rule, address) for rule, address, _ in found} == FAILING
    assert {severity for _, _, severity in found} == {"LOW", "MEDIUM", "HIGH"}
    with one_at_a_time():
        assert {rule for rule, _ in FAILING} == {*sagemaker_rules()}


def test_the_rules_are_off_by_default(tmp_path: Path) -> None:
    assert failing(tmp_path, "") == set()


def test_their_titles_can_be_used_in_a_ledger() -> None:
    book = scan_cache.rules_of(Checkov())

    rule = book.find("MODPROOF_SM_1")
    assert rule is not None
    assert (rule.severity, rule.guideline.startswith("https://docs.aws.amazon.com/")) == ("MEDIUM", True)


def test_checkov_alone_runs_them(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(FIXTURES, encoding="utf-8")
    program = Path(sys.executable).with_name("checkov")
    arguments = ["--directory", str(tmp_path), "--framework", "terraform", "--skip-download", "--soft-fail"]
    arguments += ["--external-checks-dir", str(checks.__path__[0]), "--output", "json", "--check", "MODPROOF_SM_*"]

    completed = process.run([str(program), *arguments], cwd=tmp_path, env=base_environment())

    results = json.loads(completed.stdout)["results"]
    assert {(each["check_id"], each["resource"]) for each in results["failed_checks"]} == FAILING
