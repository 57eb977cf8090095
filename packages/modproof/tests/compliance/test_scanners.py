"""The real scanners, on small modules with known findings."""

from __future__ import annotations

import importlib.metadata
import re
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from modproof.compliance import scan
from modproof.compliance.roots import find_roots
from modproof.compliance.scanners import Checkov, RootScan, Scanner, Tfsec
from modproof.compliance.scanners.tfsec_rules import tfsec_rules
from modproof.compliance.severities import checkov_severities
from modproof.compliance.stage import Stage
from modproof.core import process
from modproof.core.errors import ToolMissing
from modproof.core.results import Outcome

from .conftest import TODAY, Site

Run = Callable[[Scanner], dict[str, RootScan]]

SKIPPING = """\
resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:we do not look
  #checkov:skip=:no id
  bucket = "demo"
}

#tfsec:ignore:aws-s3-enable-versioning
resource "aws_s3_bucket" "that" {
  bucket = "demo2"
}

module "remote" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
}
"""
POLICY = """\
data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["s3:PutObject"]
    resources = ["%s"]
  }
}
"""
BROKEN = 'resource "aws_s3_bucket" "x" {\n  bucket =\n}\n'


@pytest.fixture
def run(site: Site, tmp_path: Path) -> Run:
    def scanned(scanner: Scanner) -> dict[str, RootScan]:
        roots = find_roots(site.project)
        results: Sequence[RootScan] = scanner.scan(Stage(tmp_path / f"stage-{scanner.name}", site.project, roots))
        return {root.folder: result for root, result in zip(roots, results, strict=True)}

    return scanned


def rules_in(result: RootScan) -> set[str]:
    return {finding.rule for finding in result.findings}


def test_checkov_evaluates_a_module_alone_and_with_its_callers_values(run: Run) -> None:
    found = run(Checkov())

    assert "CKV_AWS_122" not in rules_in(found["modules/notebook"])
    assert "CKV_AWS_22" in rules_in(found["modules/notebook"])
    assert "CKV_AWS_122" in rules_in(found["examples/stack"])
    assert found["modules/notebook"].checks > 5
    assert found["modules/notebook"].resources == 2


def test_tfsec_evaluates_a_module_alone_and_through_its_callers(run: Run) -> None:
    found = run(Tfsec())

    assert [(one.rule, one.file, one.line, one.resource) for one in found["modules/notebook"].findings] == [
        ("aws-ec2-no-public-egress-sgr", "modules/notebook/main.tf", 22, "aws_security_group.this")
    ]
    assert [(one.rule, one.line, one.resource) for one in found["examples/stack"].findings] == [
        ("aws-ec2-no-public-egress-sgr", 22, "module.notebook")
    ]
    assert found["modules/notebook"].checks > 1


@pytest.mark.parametrize(
    ("scanner", "rule"), [(Checkov(), "CKV_AWS_18"), (Tfsec(), "aws-s3-enable-versioning")], ids=["checkov", "tfsec"]
)
def test_scanners_ignore_comments_and_use_no_network(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch, scanner: Scanner, rule: str
) -> None:
    site.write("modules/skipping/main.tf", SKIPPING)
    if scanner.name == "checkov":
        scanner.rules()  # the import may look up the local address

        def refuse(*args: object, **kwargs: object) -> None:
            raise AssertionError(f"network access: {args} {kwargs}")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

    found = run(scanner)["modules/skipping"]

    assert rule in rules_in(found)
    assert not found.errors


@pytest.mark.parametrize("scanner", [Checkov(), Tfsec()], ids=["checkov", "tfsec"])
def test_an_unreadable_file_is_reported_and_hides_no_other_folder(site: Site, run: Run, scanner: Scanner) -> None:
    site.write("modules/broken/main.tf", BROKEN)
    site.write("modules/torn/main.tf", BROKEN)

    found = run(scanner)

    for folder in ("modules/broken", "modules/torn"):
        (error,) = found[folder].errors
        assert str(error).startswith(f"{folder}/main.tf:2: {scanner.name} could not read this file")
    assert found["examples/stack"].findings
    assert not found["examples/stack"].errors


def test_checkov_does_not_confuse_policies_of_different_folders(site: Site, run: Run) -> None:
    site.write("modules/a/main.tf", POLICY % "arn:aws:s3:::bucket/*")
    site.write("modules/b/main.tf", POLICY % "*")
    site.write("modules/c/main.tf", POLICY % "arn:aws:s3:::bucket/*")

    found = run(Checkov())

    assert [name for name in "abc" if "CKV_AWS_111" in rules_in(found[f"modules/{name}"])] == ["b"]


FRESH = """
import logging, sys, threading
from modproof.compliance.scanners import Checkov
streams = sys.stdout, sys.stderr
thread = threading.Thread(target=Checkov().rules)
thread.start()
thread.join()
assert (sys.stdout, sys.stderr) == streams, "the streams were wrapped"
assert logging.getLogger().handlers == [] and logging.getLogger().filters == [], "logging was configured"
"""


def test_importing_checkov_does_not_change_the_terminal_or_logging() -> None:
    completed = process.run([sys.executable, "-c", FRESH])

    assert (completed.returncode, completed.stdout, completed.stderr) == (0, "", "")


def test_checkov_prints_nothing_during_a_scan(site: Site, run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    site.write("modules/broken/main.tf", BROKEN)

    run(Checkov())

    assert capfd.readouterr() == ("", "")


def test_checkov_rules_have_titles_and_severities() -> None:
    book = Checkov().rules()

    rule = book.find("CKV2_AWS_61")

    assert rule is not None
    assert (rule.title, rule.severity) == ("Ensure that an S3 bucket has a lifecycle configuration", "MEDIUM")
    assert len(book) > 500


def test_every_aws_rule_of_checkov_has_a_severity_with_a_dated_source() -> None:
    rules = {rule.id: rule.severity for rule in Checkov().rules() if re.fullmatch(r"CKV2?_AWS_\d+", rule.id)}

    assert "UNKNOWN" not in rules.values()
    assert {rule: known.severity for rule, known in checkov_severities().items()} == rules
    assert all(known.source and date.fromisoformat(known.date) for known in checkov_severities().values())


@pytest.mark.parametrize(
    ("rule", "severity", "source"),
    [
        ("CKV_AWS_62", "CRITICAL", "policy reference of checkov's vendor"),
        ("CKV_AWS_370", "MEDIUM", "policy reference of checkov's vendor"),
        ("CKV_AWS_17", "HIGH", "Trivy's rule for the same control"),  # MEDIUM in the reference
        ("CKV_AWS_392", "CRITICAL", "AWS Security Hub's control"),
        ("CKV2_AWS_77", "MEDIUM", "modproof"),
    ],
)
def test_a_severity_has_the_source_that_decided_it(rule: str, severity: str, source: str) -> None:
    known = checkov_severities()[rule]

    assert (known.severity, known.source) == (severity, source)


def test_every_reported_tfsec_rule_is_in_the_rule_table(site: Site, run: Run) -> None:
    site.write("modules/skipping/main.tf", SKIPPING)

    reported = set().union(*(rules_in(result) for result in run(Tfsec()).values()))

    assert len(reported) > 5
    assert {tfsec_rules().canonical(rule) for rule in reported} == reported
    assert all(tfsec_rules().find(rule) for rule in reported)


def test_a_missing_checkov_is_reported_with_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", none)

    with pytest.raises(ToolMissing, match=r"pip install 'modproof\[compliance\]'"):
        Checkov().version()


def test_a_scan_with_both_scanners(site: Site) -> None:
    result = scan(site.project, today=TODAY)

    assert result.outcome is Outcome.FAILED
    assert not result.errors
    assert [scan.scanner for scan in result.scans] == ["checkov", "tfsec"]
    shown = {(finding.rule, finding.address, str(finding.place)) for finding in result.findings}
    assert {
        ("CKV_AWS_122", "module.notebook.aws_sagemaker_notebook_instance.this", "examples/stack/main.tf:1"),
        ("CKV_AWS_22", "aws_sagemaker_notebook_instance.this", "modules/notebook/main.tf:6"),
        ("aws-ec2-no-public-egress-sgr", "aws_security_group.this", "modules/notebook/main.tf:22"),
    } <= shown
