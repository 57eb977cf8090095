"""Every own rule of modproof has resources that pass and resources that fail, in code and with checkov alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from modproof import toolchain
from modproof.compliance import canaries, checks, scan, scan_cache, tfsec_checks
from modproof.compliance.scanners import Checkov
from modproof.compliance.scanners.checkov_process import one_at_a_time, sagemaker_rules
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.project import Project

from .conftest import TODAY

FIXTURES = (canaries.SHIPPED / "modproof.tf").read_text(encoding="utf-8")
FAILING = {
    ("MODPROOF_SM_1", "aws_sagemaker_endpoint.fail"),
    ("MODPROOF_SM_2", "aws_sagemaker_endpoint_configuration.fail"),
    ("MODPROOF_SM_3", "aws_sagemaker_notebook_instance.fail"),
    ("MODPROOF_SM_4", "aws_iam_policy_attachment.fail"),
    ("MODPROOF_SM_4", "aws_iam_role.fail"),
    ("MODPROOF_SM_4", "aws_iam_role_policy_attachment.fail"),
    ("MODPROOF_SM_5", "aws_sagemaker_notebook_instance.fail"),
    ("MODPROOF_SM_6", "aws_sagemaker_domain.fail"),
    ("MODPROOF_SM_7", "aws_sagemaker_data_quality_job_definition.fail"),
    ("MODPROOF_SM_7", "aws_sagemaker_hyper_parameter_tuning_job.fail"),
    ("MODPROOF_SM_7", "aws_sagemaker_monitoring_schedule.fail"),
    ("MODPROOF_SM_7", "aws_sagemaker_training_job.fail"),
    ("MODPROOF_SM_8", "aws_sagemaker_model_package_group_policy.fail"),
    ("MODPROOF_SM_9", "aws_sagemaker_domain.fail"),
    ("MODPROOF_SM_10", "aws_scheduler_schedule.fail"),
    ("MODPROOF_SM_10", "aws_sfn_state_machine.fail"),
    ("MODPROOF_SM_10", "aws_sagemaker_pipeline.fail"),
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


def test_tfsec_alone_runs_those_that_its_language_can_express(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(FIXTURES, encoding="utf-8")
    program = toolchain.ensure("tfsec")
    arguments = [str(tmp_path), "--custom-check-dir", str(tfsec_checks.PUBLISHED.parent), "--format", "json"]

    completed = process.run([str(program), *arguments, "--soft-fail"], cwd=tmp_path, env=base_environment())

    found = {(each["long_id"], each["resource"]) for each in json.loads(completed.stdout)["results"]}
    custom = {(rule.removeprefix("custom-custom-").upper(), name) for rule, name in found if "modproof" in rule}
    not_expressed = {"MODPROOF_SM_8", "MODPROOF_SM_10"}
    in_lists = {("MODPROOF_SM_4", "aws_iam_role.fail")}
    assert custom == {(rule, name) for rule, name in FAILING if rule not in not_expressed} - in_lists


def test_the_custom_checks_of_tfsec_are_up_to_date() -> None:
    command = f"python -m modproof.compliance.tfsec_checks > {tfsec_checks.PUBLISHED}"

    assert tfsec_checks.PUBLISHED.read_text(encoding="utf-8") == tfsec_checks.render(), f"run {command}"
