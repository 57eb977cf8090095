"""Findings and ledger account for each other, or the scan fails and says how."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from modproof.compliance.scanners import RawFinding
from modproof.core.results import ComplianceResult, Outcome

from .conftest import Site

Messages = Callable[[ComplianceResult], list[str]]

OPEN = RawFinding("CKV_AWS_122", "modules/notebook/main.tf", 6, "module.notebook.aws_sagemaker_notebook_instance.this")
EGRESS = RawFinding("aws-ec2-no-egress", "modules/notebook/main.tf", 22, "aws_security_group.this")
EGRESS_CALLED = RawFinding("aws-ec2-no-egress", "modules/notebook/main.tf", 22, "module.notebook")

LEDGER = """\
ignores:
  - scanner: checkov
    rule: CKV_AWS_122
    description: Ensure that direct internet access is disabled
    reason: no way out but this
    scope:
      - path: examples/stack/*.tf
        resource: module.notebook.*
    owner: platform
    review: 2027-05-31
  - scanner: tfsec
    rule: aws-vpc-no-egress
    description: an egress rule allows traffic to /0
    reason: jobs call AWS
    scope:
      - module: notebook
    owner: platform
    review: 2027-05-31
"""


def both(site: Site) -> Site:
    site.finds("checkov", "examples/stack", OPEN)
    site.finds("tfsec", "modules/notebook", EGRESS)
    site.finds("tfsec", "examples/stack", EGRESS_CALLED)
    site.ledger(LEDGER)
    return site


def test_a_ledger_that_accounts_for_everything_passes(site: Site) -> None:
    result = both(site).scan()

    assert result.outcome is Outcome.PASSED, result
    assert [(entry.rule, entry.covers) for entry in result.entries] == [("CKV_AWS_122", 1), ("aws-vpc-no-egress", 1)]
    assert [str(one.entry_place) for one in result.suppressed] == [
        "compliance/ignores.yaml:2",
        "compliance/ignores.yaml:11",
    ]


def test_a_callers_finding_stands_at_the_call_and_a_modules_own_only_once(site: Site) -> None:
    result = both(site).scan()

    shown = [(one.finding.rule, one.finding.address, str(one.finding.place)) for one in result.suppressed]
    assert shown == [
        ("CKV_AWS_122", "module.notebook.aws_sagemaker_notebook_instance.this", "examples/stack/main.tf:1"),
        ("aws-ec2-no-egress", "aws_security_group.this", "modules/notebook/main.tf:22"),
    ]


def test_a_finding_without_entry_fails(site: Site) -> None:
    both(site).ledger(LEDGER.replace("resource: module.notebook.*", "resource: module.other.*"))

    result = site.scan()

    assert result.outcome is Outcome.FAILED
    assert [finding.rule for finding in result.findings] == ["CKV_AWS_122"]


def test_an_entry_that_covers_nothing_fails(site: Site, messages: Messages) -> None:
    both(site).finds("checkov", "examples/stack")

    result = site.scan()

    assert result.outcome is Outcome.FAILED
    assert messages(result) == [
        "compliance/ignores.yaml:2: CKV_AWS_122 covers nothing: checkov finds no such thing in its scope; "
        "move it to no_longer_needed with what made it so, or delete it"
    ]


def test_a_scope_that_covers_nothing_fails(site: Site, messages: Messages) -> None:
    both(site).ledger(LEDGER.replace("      - module: notebook\n", "      - module: notebook\n      - module: gone\n"))

    assert messages(site.scan()) == [
        "compliance/ignores.yaml:17: this scope of aws-vpc-no-egress covers nothing (module gone); "
        "delete it, or correct it"
    ]


def test_an_expired_entry_fails_from_its_review_date_on(site: Site, messages: Messages) -> None:
    both(site)

    before, after = site.scan(today=date(2027, 5, 30)), site.scan(today=date(2027, 5, 31))

    assert before.outcome is Outcome.PASSED
    assert messages(after) == [
        "compliance/ignores.yaml:10: CKV_AWS_122 (checkov) expired 2027-05-31; "
        "renew it with a reason, or mend the modules and delete it",
        "compliance/ignores.yaml:18: aws-vpc-no-egress (tfsec) expired 2027-05-31; "
        "renew it with a reason, or mend the modules and delete it",
    ]
    assert not after.findings


def test_an_unknown_rule_fails(site: Site, messages: Messages) -> None:
    both(site).ledger(LEDGER.replace("CKV_AWS_122", "CKV_AWS_1222"))

    assert messages(site.scan())[0] == (
        "compliance/ignores.yaml:3: checkov has no rule CKV_AWS_1222; did you mean CKV_AWS_122?"
    )


def test_a_description_of_another_rule_fails(site: Site, messages: Messages) -> None:
    both(site).ledger(LEDGER.replace("Ensure that direct internet", "Ensure that indirect internet"))

    assert messages(site.scan()) == [
        'compliance/ignores.yaml:4: CKV_AWS_122 means "Ensure that direct internet access is disabled" to checkov, '
        'not "Ensure that indirect internet access is disabled"; correct the id or the description'
    ]


def test_retired_entries_are_held_to_their_meaning_too(site: Site, messages: Messages) -> None:
    both(site).ledger(
        LEDGER
        + "no_longer_needed:\n"
        + "  - {scanner: checkov, rule: CKV_AWS_18, description: Buckets, reason: none, because: logged now}\n"
    )

    result = site.scan()

    assert messages(result) == [
        'compliance/ignores.yaml:20: CKV_AWS_18 means "Ensure the S3 bucket has access logging enabled" to checkov, '
        'not "Buckets"; correct the id or the description'
    ]
    assert [(entry.rule, entry.because) for entry in result.retired] == [("CKV_AWS_18", "logged now")]


def test_an_inline_skip_that_the_ledger_does_not_know_fails(site: Site, messages: Messages) -> None:
    both(site).write("modules/other/main.tf", 'resource "a" "b" {\n  # checkov:skip=CKV_AWS_18:later\n}\n')
    site.write("modules/third/main.tf", '#tfsec:ignore:* trivy:ignore:AWS009\nresource "a" "b" {}\n')

    assert messages(site.scan()) == [
        f"modules/{place}: an inline skip of {rule} that the ledger does not know; "
        "delete the comment; an exception is written in compliance/ignores.yaml"
        for place, rule in (
            ("other/main.tf:2", "CKV_AWS_18 (checkov)"),
            ("third/main.tf:1", "* (tfsec)"),
            ("third/main.tf:1", "AWS009 (tfsec)"),
        )
    ]


def test_an_inline_skip_where_an_entry_covers_the_same_finding_is_known(site: Site) -> None:
    both(site)
    text = (site.root / "modules/notebook/main.tf").read_text()
    site.write("modules/notebook/main.tf", text.replace('    description = "anywhere"', "    #tfsec:ignore:AWS009"))

    assert site.scan().outcome is Outcome.PASSED


def test_no_check_and_no_resource_are_no_answer(site: Site) -> None:
    both(site)
    site.checkov.checks = 0
    site.tfsec.resources = 0

    result = site.scan()

    assert [str(error) for error in result.errors] == [
        "checkov made no check on 6 resources; nothing was checked",
        "tfsec saw no resource in 2 folders; nothing was checked",
    ]


def test_without_finding_nothing_checked_is_not_green(site: Site) -> None:
    site.checkov.checks = 0

    assert site.scan().outcome is Outcome.ERROR


def test_a_missing_scanner_is_an_error_and_its_entries_are_not_judged(site: Site) -> None:
    both(site).tfsec.missing = True

    result = site.scan()

    assert result.outcome is Outcome.ERROR
    assert [str(error) for error in result.errors] == ["tfsec is not there; install it"]
    assert not result.problems
    assert [scan.scanner for scan in result.scans] == ["checkov"]


def test_a_ledger_that_cannot_be_read_is_an_error_with_every_fault(site: Site) -> None:
    site.ledger("ignores:\n  - scanner: checkov\n    rul: X\n")

    result = site.scan(generated=False)

    assert result.outcome is Outcome.ERROR
    assert "compliance/ignores.yaml:3: unknown key 'ignores.0.rul'; did you mean 'rule'?" in map(str, result.errors)


def test_a_project_without_terraform_is_an_error(site: Site) -> None:
    (site.root / "modules/notebook/main.tf").unlink()
    (site.root / "examples/stack/main.tf").unlink()

    result = site.scan()

    assert [str(error) for error in result.errors] == ["no Terraform files to scan in modules, examples"]


def test_only_folders_that_changed_are_scanned_again(site: Site) -> None:
    both(site).scan()
    first = site.checkov.scanned
    site.write("examples/stack/outputs.tf", 'output "x" { value = 1 }\n')

    site.scan()

    assert first == 2
    assert site.checkov.scanned == 3
