"""The section of an upgrade in every form of the report."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from modproof import report
from modproof.core.results import (
    ExampleUpgrade,
    InterfaceChange,
    Outcome,
    PermissionChange,
    Place,
    Problem,
    ResourceUpgrade,
    RunResult,
    UpgradeResult,
)
from modproof.report import document, markdown, page
from modproof.report.provenance import Provenance

BUCKET = "aws_s3_bucket.data"
UPGRADE = UpgradeResult(
    base="v1.2.0",
    bump="major",
    required="2.0.0",
    planned="1.3.0",
    interface=(
        InterfaceChange("store", "var.name", "removed variable", "major"),
        InterfaceChange("store", "var.size", "changed default: 2, before 1", "patch", Place("a.tf", 3), "never used"),
    ),
    examples=(
        ExampleUpgrade(
            "store",
            (
                ResourceUpgrade("aws_s3_bucket.kept", "moved", moved_from="aws_s3_bucket.this", protected=True),
                ResourceUpgrade(BUCKET, "replaced", ('bucket: "a" → "b"',), protected=True, place=Place("a.tf", 9)),
                ResourceUpgrade("aws_iam_role.same", "unchanged"),
                ResourceUpgrade("aws_kms_key.this", "orphaned", unit="live/key", protected=True),
            ),
            problems=(Problem(f"{BUCKET} is replaced", Place("a.tf", 9), "keep it"),),
            seconds=3.0,
        ),
        ExampleUpgrade("new", note="not applied: new since v1.2.0"),
    ),
    unapplied=("network", "vpn"),
    permissions=(PermissionChange("store", "apply", ("s3:PutBucketTagging",), ("s3:PutBucketAcl",)),),
    problems=(Problem("the version 1.3.0 is too low", Place("CHANGELOG.md", 3)),),
)
RESULT = RunResult(upgrade=UPGRADE)


def terminal(result: RunResult) -> str:
    file = io.StringIO()
    report.terminal(result, Console(file=file, width=100, _environ={}))
    return file.getvalue()


def test_the_outcome_is_that_of_the_problems() -> None:
    assert (RESULT.outcome, RESULT.exit_code) == (Outcome.FAILED, 1)
    assert RunResult(upgrade=UpgradeResult("v1.2.0", examples=())).outcome is Outcome.PASSED
    broken = UpgradeResult("v1.2.0", examples=(ExampleUpgrade("a", errors=(Problem("no emulator"),)),))
    assert RunResult(upgrade=broken).exit_code == 2


def test_json_reads_back_as_the_same_result(about: Provenance, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(document.render(RESULT, about), encoding="utf-8")
    assert report.read(path).upgrade == UPGRADE


@pytest.mark.parametrize("form", ["terminal", "markdown", "page"])
def test_every_form_shows_what_the_upgrade_does(form: str, about: Provenance) -> None:
    text = {
        "terminal": lambda: terminal(RESULT),
        "markdown": lambda: markdown.render(RESULT, about),
        "page": lambda: page.render(RESULT, about),
    }[form]()
    words = " ".join(text.split())
    for expected in (
        "major bump, at least 2.0.0 (planned: 1.3.0)",
        "removed variable",
        "never used",
        "replaced",
        "moved from",
        "1 moved, 1 orphaned, 1 replaced, 1 unchanged",
        "live/key: aws_kms_key.this",
        "not applied: new since v1.2.0",
        "s3:PutBucketTagging",
        "s3:PutBucketAcl",
        "no example applies the changed modules network, vpn",
        "the version 1.3.0 is too low",
    ):
        assert expected in words
    assert "aws_iam_role.same" not in words
