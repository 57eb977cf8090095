"""Reading the ledger. Every fault has its line."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest

from modproof.compliance.ledger import Scope, load
from modproof.core.documents import InvalidDocument
from modproof.core.errors import ConfigurationError
from modproof.core.results import Finding, Place

from .conftest import Site

ENTRY = """\
ignores:
  - scanner: checkov
    rule: CKV_AWS_18
    description: Ensure the S3 bucket has access logging enabled
    reason: no one reads them
    scope:
      - module: notebook
    owner: platform
    review: 2027-01-01
"""


def faults(site: Site, text: str) -> list[str]:
    site.ledger(dedent(text))
    with pytest.raises(InvalidDocument) as caught:
        load(site.project, ["checkov", "tfsec"])
    return [str(problem) for problem in caught.value.problems]


def test_an_entry_has_its_place(site: Site) -> None:
    site.ledger(ENTRY)

    ledger = load(site.project, ["checkov"])

    assert ledger.entries[0].review == date(2027, 1, 1)
    assert str(ledger.place("ignores", 0, "owner")) == "compliance/ignores.yaml:8"


def test_a_review_date_may_be_quoted(site: Site) -> None:
    site.ledger(ENTRY.replace("2027-01-01", "'2027-01-01'"))

    assert load(site.project, ["checkov"]).entries[0].review == date(2027, 1, 1)


def test_a_missing_file_is_an_empty_ledger(site: Site) -> None:
    ledger = load(site.project, ["checkov"])

    assert (ledger.entries, ledger.retired, ledger.exists) == ((), (), False)


def test_an_empty_file_is_an_empty_ledger(site: Site) -> None:
    site.ledger("# nothing yet\n")

    assert load(site.project, ["checkov"]).entries == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    owner: platform\n", "", "compliance/ignores.yaml:2: the key 'ignores.0.owner' is missing"),
        (
            "    owner:",
            "    ower:",
            "compliance/ignores.yaml:8: unknown key 'ignores.0.ower'; did you mean 'owner'?",
        ),
        (
            "2027-01-01",
            "soon",
            "compliance/ignores.yaml:9: ignores.0.review: should be a date such as 2027-11-30, with or without quotes",
        ),
        (
            "2027-01-01",
            '"2027-02-30"',
            "compliance/ignores.yaml:9: ignores.0.review: 2027-02-30 is not a date:",
        ),
        ("2027-01-01", "2027-01-01T10:00:00", "compliance/ignores.yaml:9: ignores.0.review: should be a date such as"),
        ("scanner: checkov", "scanner: trivy", "compliance/ignores.yaml:2: unknown scanner 'trivy'"),
        ("reason: no one reads them", "reason: ''", "compliance/ignores.yaml:5: ignores.0.reason:"),
        (
            "- module: notebook",
            "- {}",
            "compliance/ignores.yaml:7: ignores.0.scope.0: a scope needs module, path or resource",
        ),
        ("- module: notebook", "- modul: notebook", "compliance/ignores.yaml:7: unknown key 'ignores.0.scope.0.modul'"),
    ],
    ids=[
        "missing key",
        "unknown key",
        "invalid date",
        "a day that does not exist",
        "a time",
        "unknown scanner",
        "empty reason",
        "empty scope",
        "unknown scope key",
    ],
)
def test_a_fault_has_its_line(site: Site, old: str, new: str, expected: str) -> None:
    found = faults(site, ENTRY.replace(old, new))

    assert any(text.startswith(expected) for text in found), found


def test_a_rule_in_both_parts_is_a_fault(site: Site) -> None:
    retired = """\
no_longer_needed:
  - scanner: checkov
    rule: CKV_AWS_18
    description: x
    reason: y
    because: z
"""

    assert faults(site, ENTRY + retired) == [
        "compliance/ignores.yaml:12: CKV_AWS_18 is also in force, at line 2; keep it in one part"
    ]


def test_invalid_yaml_is_reported_with_its_line(site: Site) -> None:
    site.ledger("ignores:\n  - scanner: [checkov\n")

    with pytest.raises(ConfigurationError, match=r"compliance/ignores\.yaml:3: is not valid YAML"):
        load(site.project, ["checkov"])


def _finding(address: str, path: str) -> Finding:
    return Finding("checkov", "CKV", "title", address, Place(path, 1))


@pytest.mark.parametrize(
    ("scope", "fits"),
    [
        ({"module": "buckets"}, True),
        ({"module": "bucket"}, False),
        ({"path": "modules/*/main.tf"}, True),
        ({"path": "modules/*"}, False),
        ({"path": "modules/**"}, True),
        ({"resource": "aws_s3_bucket.this"}, True),
        ({"resource": 'aws_s3_bucket.this["training"]'}, True),
        ({"resource": 'aws_s3_bucket.this["model"]'}, False),
        ({"resource": "aws_s3_bucket.*"}, True),
        ({"module": "buckets", "resource": "aws_kms_key.*"}, False),
    ],
    ids=str,
)
def test_a_scope_matches_every_given_key(scope: dict[str, str], fits: bool) -> None:
    finding = _finding('aws_s3_bucket.this["training"]', "modules/buckets/main.tf")

    assert Scope(**scope).fits(finding, "modules") is fits


@pytest.mark.parametrize("key", ['["a]b"]', '["a\\"]b"]', '["a[0]"]', "[0]"])
def test_a_resource_without_an_index_matches_every_instance(key: str) -> None:
    finding = _finding(f"module.m{key}.aws_s3_bucket.this{key}", "modules/buckets/main.tf")

    assert Scope(resource="module.m.aws_s3_bucket.this").fits(finding, "modules")
    assert not Scope(resource="module.m.aws_s3_bucket.that").fits(finding, "modules")
