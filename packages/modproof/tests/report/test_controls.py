"""The controls of frameworks, and the rules of other scanners, in each report."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO
from xml.etree import ElementTree as ET

from rich.console import Console

from modproof.core.results import (
    ComplianceResult,
    ControlStatus,
    Finding,
    FrameworkControl,
    OtherRule,
    Place,
    RunResult,
    Scan,
)
from modproof.report import junit, markdown, oscal, page, sarif, tally, terminal
from modproof.report.provenance import Provenance

FINDING = Finding(
    "checkov",
    "CKV_AWS_18",
    "Ensure the S3 bucket has access logging enabled",
    "aws_s3_bucket.this",
    Place("modules/a/main.tf", 3),
    "LOW",
    also=(OtherRule("trivy", "AWS-0089"),),
    controls=(FrameworkControl("fsbp", "S3.9"), FrameworkControl("soc2", "CC7.2")),
)
COMPLIANCE = ComplianceResult(
    (Scan("checkov", "1.0", 5, 2, 0.1),),
    (FINDING,),
    framework="fsbp",
    controls=(
        ControlStatus("S3.9", ("checkov CKV_AWS_18",), ("checkov CKV_AWS_18",), 1, 2),
        ControlStatus("S3.1", (), (), 0, 0),
        ControlStatus("SQS.1", ("checkov CKV_AWS_27",), (), 0, 0),
    ),
)
RUN = RunResult(compliance=COMPLIANCE)


def test_junit_and_sarif_have_the_controls_of_a_finding(about: Provenance) -> None:
    case = ET.fromstring(junit.render(RUN, about)).find(".//testcase[@classname='compliance.checkov.CKV_AWS_18']")  # noqa: S314
    (rule,) = json.loads(sarif.render(RUN, about))["runs"][0]["tool"]["driver"]["rules"]

    assert case is not None
    assert {each.get("name"): each.get("value") for each in case.iter("property")} == {"fsbp": "S3.9", "soc2": "CC7.2"}
    assert "also trivy AWS-0089" in (case.findtext("failure") or "")
    assert rule["properties"]["controls"] == {"fsbp": ["S3.9"], "soc2": ["CC7.2"]}


def test_sarif_and_oscal_have_the_rules_of_other_scanners(about: Provenance) -> None:
    (found,) = json.loads(sarif.render(RUN, about))["runs"][0]["results"]
    (observed,) = json.loads(oscal.render(RUN, about) or "")["assessment-results"]["results"][0]["observations"]

    assert found["message"]["text"].endswith("(aws_s3_bucket.this; also trivy AWS-0089)")
    assert [each["value"] for each in observed["props"] if each["name"] == "also"] == ["trivy AWS-0089"]


def test_the_terminal_and_the_summary_list_each_control(about: Provenance) -> None:
    shown = StringIO()
    terminal(RUN, Console(file=shown, width=200))

    assert "S3.9: 1 open finding, 2 suppressed  checkov CKV_AWS_18" in shown.getvalue()
    assert "1 control with nothing to check: SQS.1" in shown.getvalue()
    assert "1 control with no rule: S3.1" in shown.getvalue()
    assert "aws_s3_bucket.this (also trivy AWS-0089)" in shown.getvalue()
    assert "1 of 3 controls of fsbp checked" in markdown.render(RUN, about)


def test_the_terminal_limits_the_controls_that_were_not_checked(about: Provenance) -> None:
    many = tuple(ControlStatus(f"RDS.{number}", (), (), 0, 0) for number in range(30))
    run, shown = RunResult(compliance=replace(COMPLIANCE, controls=many)), StringIO()
    terminal(run, Console(file=shown, width=400))

    assert "30 controls with no rule: RDS.0, RDS.1" in shown.getvalue()
    assert "RDS.19 and 10 more, in the report\n" in shown.getvalue()
    assert "RDS.29" in page.render(run, about)


def test_the_reports_say_that_a_run_was_limited_to_a_framework(about: Provenance) -> None:
    text = page.render(RUN, about)

    assert tally.verdict(RUN).startswith("failed: 1 open finding for fsbp")
    assert "Only rules of FSBP are reported." in text
    assert "Only rules of" not in page.render(
        RunResult(compliance=replace(COMPLIANCE, framework="", controls=())), about
    )
    assert re.findall(r'<div>(S[\w.]+)</div></th><td role="cell" data-label="Findings"><div>([^<]*)', text) == [
        ("S3.9", "1 open finding, 2 suppressed"),
        ("S3.1", "no rule"),
        ("SQS.1", "nothing to check"),
    ]
