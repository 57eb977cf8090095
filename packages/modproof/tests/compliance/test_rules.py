"""Rules by name and title."""

from __future__ import annotations

import pytest

from modproof.compliance.rules import same_title
from modproof.compliance.scanners.tfsec_rules import tfsec_rules


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "Ensure no IAM policies documents allow \u201c\\*\u201d as a statement\u2019s resource",
            'Ensure no IAM policies documents allow "*" as a statement\'s resource',
            True,
        ),
        ("An egress rule allows traffic to /0.", "an egress  rule allows\ntraffic to /0", True),
        ("least\u2013privilege", "least-privilege", True),
        ("Ensure access logging", "Ensure access logging is on", False),
    ],
)
def test_same_title_ignores_typography(one: str, other: str, same: bool) -> None:
    assert same_title(one, other) is same


@pytest.mark.parametrize(
    "name", ["aws-vpc-no-public-egress-sgr", "AVD-AWS-0104", "AWS009", "aws-ec2-no-public-egress-sgr"]
)
def test_every_name_of_a_tfsec_rule_resolves_to_the_current_id(name: str) -> None:
    assert tfsec_rules().canonical(name) == "aws-ec2-no-public-egress-sgr"


def test_a_current_id_takes_precedence_over_the_old_name_of_another_rule() -> None:
    book = tfsec_rules()

    assert [rule.id for rule in book if book.canonical(rule.id) != rule.id] == []
    assert len(book) > 400


def test_an_unknown_name_is_unchanged_and_has_a_suggestion() -> None:
    book = tfsec_rules()

    assert book.canonical("aws-iam-no-policy-wildcard") == "aws-iam-no-policy-wildcard"
    assert book.nearest("aws-iam-no-policy-wildcard") == "aws-iam-no-policy-wildcards"
