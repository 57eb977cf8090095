"""The real Trivy, on small modules with known findings."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from modproof.compliance import import_skips, scan
from modproof.compliance.roots import find_roots
from modproof.compliance.scanners import RootScan, Trivy
from modproof.compliance.scanners.tfsec_rules import tfsec_rules
from modproof.compliance.scanners.trivy import trivy_rules
from modproof.compliance.stage import Stage
from modproof.core.errors import ConfigurationError, TimedOut
from modproof.core.results import Outcome

from .conftest import TODAY, Site

QUEUES = """\
#trivy:ignore:*
resource "aws_sqs_queue" "this" {
  for_each = toset(["a", "b]"])
  name     = each.key #tfsec:ignore:aws-sqs-enable-queue-encryption
}
"""
QUEUE_WITH_KEY = 'resource "aws_sqs_queue" "this" {\n  kms_master_key_id = var.key\n}\n'
REMOTE = """\
module "remote" {
  source = "http://127.0.0.1:%d/module.zip"
}

module "registry" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.0.0"
}
"""
BROKEN = 'resource "aws_s3_bucket" "x" {\n  bucket =\n}\n'


@pytest.fixture
def requests() -> Iterator[tuple[int, list[str]]]:
    """The port of a server on loopback, and the paths that were requested."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            del args

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], asked
        server.shutdown()


def trivy(site: Site, folder: Path) -> dict[str, RootScan]:
    roots = find_roots(site.project)
    return dict(zip([root.folder for root in roots], Trivy().scan(Stage(folder, site.project, roots)), strict=True))


def test_trivy_scans_every_root_offline_and_ignores_comments(
    site: Site, tmp_path: Path, requests: tuple[int, list[str]]
) -> None:
    port, asked = requests
    site.write("modules/queues/main.tf", QUEUES)
    site.write("modules/outer/main.tf", 'module "inner" {\n  source = "../queues"\n}\n')
    site.write("examples/outer/main.tf", 'module "outer" {\n  source = "../../modules/outer"\n}\n' + REMOTE % port)
    site.write("modules/broken/main.tf", BROKEN)
    site.write("modules/empty/variables.tf", 'variable "x" {}\n')

    found = trivy(site, tmp_path / "stage")

    queues = [(one.rule, one.line, one.resource) for one in found["modules/queues"].findings]
    assert queues == [("AWS-0096", 2, f'aws_sqs_queue.this["{key}"]') for key in ("a", "b]")]
    assert [(one.file, one.resource) for one in found["examples/outer"].findings] == [
        ("modules/queues/main.tf", "module.outer")
    ]
    assert asked == []
    (error,) = found["modules/broken"].errors
    assert str(error).startswith("modules/broken/main.tf:2: trivy could not read this file: Invalid expression")
    assert not any(each.errors for folder, each in found.items() if folder != "modules/broken")
    assert found["modules/empty"].files == {"modules/empty/variables.tf"}
    assert found["modules/broken"].files == frozenset()


def test_trivy_reports_the_address_in_the_called_module(site: Site) -> None:
    site.write("pyproject.toml", '[tool.modproof]\nscanners = ["trivy"]\n')
    site.write(
        "modules/queues/main.tf",
        f'variable "key" {{\n  default = "arn:aws:kms:eu-west-1:111122223333:key/demo"\n}}\n\n{QUEUE_WITH_KEY}',
    )
    site.write("examples/queues/main.tf", 'module "q" {\n  source = "../../modules/queues"\n  key    = ""\n}\n')

    result = scan(site.project, today=TODAY)

    assert [each.scanner for each in result.scans] == ["trivy"]
    assert {("AWS-0096", "module.q.aws_sqs_queue.this", "examples/queues/main.tf:1")} == {
        (one.rule, one.address, str(one.place)) for one in result.findings if "queues" in one.place.path
    }


def test_a_ledger_entry_covers_findings_of_trivy_by_any_name(site: Site) -> None:
    site.write("pyproject.toml", '[tool.modproof]\nscanners = ["trivy"]\n')
    site.write("modules/notebook/main.tf", 'resource "aws_sqs_queue" "this" {\n  name = "demo"\n}\n')
    site.write("examples/stack/main.tf", 'module "notebook" {\n  source = "../../modules/notebook"\n}\n')
    site.ledger(
        """\
        ignores:
          - scanner: trivy
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

    assert (result.outcome, [one.finding.rule for one in result.suppressed]) == (Outcome.PASSED, ["AWS-0096"])


def test_skips_of_trivy_are_imported_for_trivy(site: Site) -> None:
    site.write("pyproject.toml", '[tool.modproof]\nscanners = ["trivy"]\n')
    site.write("modules/notebook/main.tf", 'resource "aws_sqs_queue" "this" {\n  name = "demo"\n}\n')
    site.write("examples/stack/main.tf", 'module "notebook" {\n  source = "../../modules/notebook"\n}\n')
    site.write(".trivyignore", "AVD-AWS-0096 # only names\n")

    imported = import_skips(site.project, owner="platform", today=TODAY)

    assert [(entry.scanner, entry.rule) for entry in imported.entries] == [("trivy", "AWS-0096")]
    assert imported.still_open == ()


def test_trivy_is_stopped_at_the_limit(site: Site, tmp_path: Path) -> None:
    site.write("pyproject.toml", "[tool.modproof.timeouts]\nscan = 0.01\n")

    with pytest.raises(TimedOut, match=r"trivy was stopped after 0\.01 seconds, scanning examples/stack"):
        trivy(site, tmp_path / "stage")


def test_an_unknown_scanner_is_an_error(site: Site) -> None:
    site.write("pyproject.toml", '[tool.modproof]\nscanners = ["checkow"]\n')

    result = scan(site.project, today=TODAY)

    assert (result.outcome, [each.message for each in result.errors]) == (
        Outcome.ERROR,
        ["unknown scanner 'checkow'"],
    )
    with pytest.raises(ConfigurationError, match="known scanners: checkov, tfsec, trivy"):
        site.generate()


def test_rules_of_trivy_and_tfsec_share_ids() -> None:
    names = {name for rule in trivy_rules() for name in (rule.id, *rule.names)}
    aws = [rule for rule in tfsec_rules() if rule.id.startswith("aws-")]

    assert trivy_rules().canonical("AVD-AWS-0096") == trivy_rules().canonical("aws-sqs-enable-queue-encryption")
    assert [rule.id for rule in aws if not names & {rule.id, *rule.names}] == [
        "aws-rds-no-classic-resources",
        "aws-rds-no-public-db-access",
    ]
