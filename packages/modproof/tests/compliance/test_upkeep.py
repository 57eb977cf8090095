"""Editing the ledger: everything that is not changed is kept, and what was added is what a scan needs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from modproof.compliance import add_entry, check, explain, prune
from modproof.compliance.scanners import RawFinding
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project

from .conftest import TODAY, Site

MODULE = "modules/notebook/main.tf"
NOTEBOOK = "aws_sagemaker_notebook_instance.this"
LEDGER = """\
# our exceptions
ignores:
  # about the notebook
  - scanner: checkov   # by hand
    rule: CKV_AWS_122
    description: "Ensure that direct internet access is disabled"
    reason: |
      no VPC


      yet
    scope: [{module: notebook}]
    owner: platform
    review: 2027-05-31

  # Groups.

  # no longer true
  - scanner: tfsec
    rule: aws-vpc-no-egress
    description: An egress rule allows traffic to /0.
    reason: proxies
    scope:
      - module: notebook
      # old
      - module: gone
    owner: platform
    review: 2027-05-31
"""


def finds_both(site: Site) -> Site:
    site.finds("checkov", "modules/notebook", RawFinding("CKV_AWS_122", MODULE, 8, NOTEBOOK))
    site.finds("tfsec", "modules/notebook", RawFinding("aws-ec2-no-egress", MODULE, 22, "aws_security_group.this"))
    return site


def text_of(site: Site) -> str:
    return site.project.ledger.read_text(encoding="utf-8")


def test_an_added_entry_covers_the_finding_and_the_rest_is_kept(site: Site) -> None:
    before = LEDGER.partition("  # Groups.")[0]
    finds_both(site).ledger(before)

    added = add_entry(
        site.project,
        "aws-vpc-no-egress",
        "aws_security_group.*",
        reason="proxies: all of them",
        owner="platform",
        today=TODAY,
        scanners=(site.checkov, site.tfsec),
    )

    assert (added.errors, [one.address for one in added.findings]) == ((), ["aws_security_group.this"])
    text = text_of(site)
    assert text.startswith(before.rstrip())
    assert yaml.safe_load(text)["ignores"][1] == {
        "scanner": "tfsec",
        "rule": "aws-ec2-no-egress",
        "description": "An egress rule allows traffic to /0.",
        "reason": "proxies: all of them",
        "scope": [{"path": MODULE, "resource": "aws_security_group.*"}],
        "owner": "platform",
        "review": date(2027, 2, 22),
    }
    result = site.scan()
    assert (result.findings, result.problems) == ((), ())


@pytest.mark.parametrize(
    ("rule", "address", "message"),
    [
        ("CKV_AWS_123", NOTEBOOK, "no scanner has a rule CKV_AWS_123; did you mean CKV_AWS_122?"),
        (
            "CKV_AWS_18",
            NOTEBOOK,
            f"CKV_AWS_18 has no finding for resource {NOTEBOOK}; it has no finding without an entry",
        ),
        (
            "aws-ec2-no-egress",
            "aws_security_groups.this",
            "aws-ec2-no-egress has no finding for resource aws_security_groups.this; "
            "it has one for aws_security_group.this",
        ),
        ("ckv_aws_122", NOTEBOOK, f"CKV_AWS_122 already has an entry for {NOTEBOOK}: compliance/ignores.yaml:4"),
    ],
)
def test_nothing_is_added_without_a_finding(site: Site, rule: str, address: str, message: str) -> None:
    before = LEDGER.partition("  # Groups.")[0]
    finds_both(site).ledger(before)

    with pytest.raises(ConfigurationError) as caught:
        add_entry(site.project, rule, address, reason="x", owner="y", today=TODAY, scanners=(site.checkov, site.tfsec))

    assert str(caught.value) == message
    assert text_of(site) == before


def test_an_added_entry_leaves_the_same_control_of_another_scanner_open(tmp_path: Path) -> None:
    (tmp_path / "modules/demo").mkdir(parents=True)
    (tmp_path / "modules/demo/main.tf").write_text('resource "aws_sqs_queue" "this" {\n  name = "demo"\n}\n')
    project = Project.find(tmp_path)

    added = add_entry(project, "CKV_AWS_27", "aws_sqs_queue.this", reason="x", owner="y", today=TODAY)

    assert [(one.scanner, one.rule) for one in added.still_open] == [("tfsec", "aws-sqs-enable-queue-encryption")]


def test_pruning_removes_what_covers_nothing_and_keeps_the_rest(site: Site) -> None:
    finds_both(site).ledger(LEDGER)
    assert pruned(site) == ["compliance/ignores.yaml:26: removed a scope of aws-vpc-no-egress (module gone)"]
    assert text_of(site) == LEDGER.replace("      - module: gone\n", "")

    site.finds("tfsec", "modules/notebook")
    assert pruned(site) == ["compliance/ignores.yaml:19: removed the entry aws-vpc-no-egress (tfsec)"]
    assert text_of(site) == LEDGER.partition("\n  # no longer true")[0]

    site.finds("checkov", "modules/notebook")
    assert pruned(site, "a VPC came") == ["compliance/ignores.yaml:4: removed the entry CKV_AWS_122 (checkov)"]
    assert yaml.safe_load(text_of(site)) == {
        "ignores": [],
        "no_longer_needed": [
            {
                "scanner": "checkov",
                "rule": "CKV_AWS_122",
                "description": "Ensure that direct internet access is disabled",
                "reason": "no VPC\n\n\nyet",
                "because": "a VPC came",
            }
        ],
    }
    assert "# our exceptions" in text_of(site)
    assert pruned(site) == []


def pruned(site: Site, because: str | None = None) -> list[str]:
    result = prune(site.project, because=because, today=TODAY, scanners=(site.checkov, site.tfsec))
    assert result.errors == ()
    return [str(each) for each in result.removed]


def test_a_scanner_that_cannot_run_keeps_its_entries(site: Site) -> None:
    site.ledger(LEDGER)
    site.checkov.missing = True

    result = prune(site.project, today=TODAY, scanners=(site.checkov, site.tfsec))

    assert [entry["rule"] for entry in yaml.safe_load(text_of(site))["ignores"]] == ["CKV_AWS_122"]
    assert [error.message for error in result.errors] == ["checkov was not found"]


def test_a_check_without_a_scan_lists_each_problem_with_its_line(site: Site) -> None:
    known = LEDGER.replace("CKV_AWS_122", "CKV_AWS_27").replace("aws-vpc-no-egress", "aws-vpc-no-public-egress-sgr")
    site.ledger(known.replace("      - module: gone\n", "      - module: gone\n      - module: notebook\n"))
    site.generate()
    (site.root / ".checkov.yaml").unlink()

    found = [f"{each.place}: {each.message}" for each in check(site.project, date(2027, 6, 1)).problems]

    queue = "Ensure all data stored in the SQS queue is encrypted"
    group = "An egress security group rule allows traffic to /0."
    egress = "aws-vpc-no-public-egress-sgr"
    assert found == [
        f'compliance/ignores.yaml:6: CKV_AWS_27 is "{queue}" in checkov, '
        'not "Ensure that direct internet access is disabled"',
        "compliance/ignores.yaml:14: CKV_AWS_27 (checkov) expired 2027-05-31",
        f'compliance/ignores.yaml:21: {egress} is "{group}" in tfsec, not "An egress rule allows traffic to /0."',
        f"compliance/ignores.yaml:26: no scanned file is in this scope of {egress} (module gone)",
        f"compliance/ignores.yaml:27: {egress} has this scope twice (module notebook)",
        f"compliance/ignores.yaml:29: {egress} (tfsec) expired 2027-05-31",
        ".checkov.yaml: is missing, but is generated from compliance/ignores.yaml",
    ]


def test_a_rule_is_explained_by_any_of_its_names(site: Site) -> None:
    site.ledger(
        LEDGER.replace("CKV_AWS_122", "CKV_AWS_27").replace("aws-vpc-no-egress", "aws-vpc-no-public-egress-sgr")
    )

    (found,) = explain(site.project, "AVD-AWS-0104")

    assert (found.scanner, found.rule.id) == ("tfsec", "aws-ec2-no-public-egress-sgr")
    assert [(entry.reason, place.line) for entry, place in found.entries] == [("proxies", 19)]
    with pytest.raises(ConfigurationError, match="no scanner has a rule CKV_AWS_0; did you mean CKV_AWS_"):
        explain(site.project, "CKV_AWS_0")
