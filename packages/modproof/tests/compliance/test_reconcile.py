"""A scan fails if a finding has no ledger entry, or an entry has no finding."""

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


def test_a_ledger_that_covers_every_finding_passes(site: Site) -> None:
    result = both(site).scan()

    assert result.outcome is Outcome.PASSED, result
    assert [(entry.rule, entry.covers) for entry in result.entries] == [("CKV_AWS_122", 1), ("aws-vpc-no-egress", 1)]
    assert [str(one.entry_place) for one in result.suppressed] == [
        "compliance/ignores.yaml:2",
        "compliance/ignores.yaml:11",
    ]


def test_a_callers_finding_is_placed_at_the_call_and_a_modules_own_listed_once(site: Site) -> None:
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
        "compliance/ignores.yaml:2: CKV_AWS_122 covers no finding of checkov in its scope; "
        "move it to no_longer_needed with the reason, or delete it; `modproof ledger prune` does both"
    ]


def test_a_scope_that_covers_nothing_fails(site: Site, messages: Messages) -> None:
    both(site).ledger(LEDGER.replace("      - module: notebook\n", "      - module: notebook\n      - module: gone\n"))

    assert messages(site.scan()) == [
        "compliance/ignores.yaml:17: this scope of aws-vpc-no-egress covers no finding (module gone); "
        "correct or delete it"
    ]


def test_an_entry_fails_from_its_review_date_on(site: Site, messages: Messages) -> None:
    both(site)

    before, after = site.scan(today=date(2027, 5, 30)), site.scan(today=date(2027, 5, 31))

    assert before.outcome is Outcome.PASSED
    assert messages(after) == [
        "compliance/ignores.yaml:10: CKV_AWS_122 (checkov) expired 2027-05-31; "
        "renew it with a reason, or fix the modules and delete it",
        "compliance/ignores.yaml:18: aws-vpc-no-egress (tfsec) expired 2027-05-31; "
        "renew it with a reason, or fix the modules and delete it",
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
        'compliance/ignores.yaml:4: CKV_AWS_122 is "Ensure that direct internet access is disabled" in checkov, '
        'not "Ensure that indirect internet access is disabled"; correct the id or the description'
    ]


def test_the_description_of_a_retired_entry_is_checked_too(site: Site, messages: Messages) -> None:
    both(site).ledger(
        LEDGER
        + "no_longer_needed:\n"
        + "  - {scanner: checkov, rule: CKV_AWS_18, description: Buckets, reason: none, because: logged now}\n"
    )

    result = site.scan()

    assert messages(result) == [
        'compliance/ignores.yaml:20: CKV_AWS_18 is "Ensure the S3 bucket has access logging enabled" in checkov, '
        'not "Buckets"; correct the id or the description'
    ]
    assert [(entry.rule, entry.because) for entry in result.retired] == [("CKV_AWS_18", "logged now")]


def test_an_ignore_comment_without_a_ledger_entry_fails(site: Site, messages: Messages) -> None:
    both(site).write("modules/other/main.tf", 'resource "a" "b" {\n  # checkov:skip=CKV_AWS_18:later\n}\n')
    site.write("modules/third/main.tf", '#tfsec:ignore:* trivy:ignore:AWS009\nresource "a" "b" {}\n')

    assert messages(site.scan()) == [
        f"modules/{place}: an ignore comment for {rule} without a ledger entry; "
        "delete the comment; add exceptions to compliance/ignores.yaml"
        for place, rule in (
            ("other/main.tf:2", "CKV_AWS_18 (checkov)"),
            ("third/main.tf:1", "* (tfsec)"),
            ("third/main.tf:1", "AWS009 (tfsec)"),
        )
    ]


def test_an_ignore_comment_for_a_covered_finding_is_accepted(site: Site) -> None:
    both(site)
    text = (site.root / "modules/notebook/main.tf").read_text()
    site.write("modules/notebook/main.tf", text.replace('    description = "anywhere"', "    #tfsec:ignore:AWS009"))

    assert site.scan().outcome is Outcome.PASSED


def test_a_file_with_known_resources_of_which_nothing_was_checked_is_an_error(site: Site) -> None:
    both(site)
    site.checkov.checks = 0
    site.tfsec.checks = 0

    result = site.scan()

    assert [str(error) for error in result.errors] == [
        "modules/notebook/main.tf: checkov checked nothing in this file, although it has rules for"
        " aws_sagemaker_notebook_instance.this; run it by hand there to see why",
        "modules/notebook/main.tf: tfsec checked nothing in this file, although it has rules for"
        " aws_security_group.this; run it by hand there to see why",
    ]


def test_a_scan_without_checks_and_findings_does_not_pass(site: Site) -> None:
    site.checkov.checks = 0

    assert site.scan().outcome is Outcome.ERROR


def test_the_entries_of_a_missing_scanner_are_not_reported_as_unused(site: Site) -> None:
    both(site).tfsec.missing = True

    result = site.scan()

    assert result.outcome is Outcome.ERROR
    assert [str(error) for error in result.errors] == ["tfsec was not found; install it"]
    assert not result.problems
    assert [scan.scanner for scan in result.scans] == ["checkov"]


def test_an_invalid_ledger_is_an_error_with_every_fault(site: Site) -> None:
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
