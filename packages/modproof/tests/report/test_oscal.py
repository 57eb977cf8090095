from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from oscal_bindings.v1.models import AssessmentResultsDocument
from pydantic import ValidationError

from modproof import report
from modproof.core.project import Project
from modproof.core.results import ComplianceResult, FrameworkControl, Problem, RunResult, Scan
from modproof.report import oscal
from modproof.report.provenance import Provenance


def document(result: RunResult, about: Provenance) -> dict[str, Any]:
    text = oscal.render(result, about)
    assert text is not None
    AssessmentResultsDocument.model_validate_json(text)
    found: dict[str, Any] = json.loads(text)["assessment-results"]
    return found


def results(result: RunResult, about: Provenance) -> dict[str, Any]:
    [found] = document(result, about)["results"]
    assert isinstance(found, dict)
    return found


def props(item: dict[str, Any]) -> dict[str, str]:
    return {prop["name"]: prop["value"] for prop in item["props"]}


def test_a_document_with_a_wrong_identifier_is_not_valid(failed_run: RunResult, about: Provenance) -> None:
    text = oscal.render(failed_run, about) or ""
    identity = json.loads(text)["assessment-results"]["uuid"]
    with pytest.raises(ValidationError, match="should match pattern"):
        AssessmentResultsDocument.model_validate_json(text.replace(identity, "1"))


def test_every_finding_is_an_observation_with_its_rule_and_place(failed_run: RunResult, about: Provenance) -> None:
    found = results(failed_run, replace(about, folder="infra/"))["observations"]
    assert len(found) == 3 + 9
    assert props(found[0]) == {
        "scanner": "checkov",
        "rule": "CKV_AWS_122",
        "severity": "high",
        "place": "infra/modules/data-buckets/main.tf:12",
        "state": "suppressed",
    }
    assert [props(each)["state"] for each in found].count("open") == 3


def test_ledger_entries_are_approved_deviations_and_open_rules_are_open_risks(
    failed_run: RunResult, about: Provenance
) -> None:
    risks = results(failed_run, about)["risks"]
    accepted = next(risk for risk in risks if risk["title"].startswith("CKV_AWS_122"))
    assert accepted["status"] == "deviation-approved"
    assert accepted["statement"].startswith("To train or host models from a notebook")
    assert accepted["deadline"] == "2026-06-30T00:00:00Z"
    assert props(accepted)["owner"] == "platform"
    assert len(accepted["related-observations"]) == 1
    opened = [risk["title"].partition(":")[0] for risk in risks if risk["status"] == "open"]
    assert opened == ["CKV_AWS_158", "aws-s3-enable-versioning"]
    later = replace(about, started=about.started.replace(year=2026, month=6, day=30))
    assert {risk["status"] for risk in results(failed_run, later)["risks"]} == {"open"}


def test_a_rule_is_a_control_that_is_not_satisfied(failed_run: RunResult, about: Provenance) -> None:
    found = {each["target"]["target-id"]: each["target"]["status"] for each in results(failed_run, about)["findings"]}
    assert found["CKV_AWS_158"] == {"state": "not-satisfied", "reason": "fail"}
    assert found["CKV_AWS_122"] == {"state": "not-satisfied", "reason": "other"}


def test_controls_of_frameworks_collect_the_findings_of_their_rules(failed_run: RunResult, about: Provenance) -> None:
    compliance = failed_run.compliance
    assert compliance is not None
    controls = (FrameworkControl("nist", "SC-28(1)"), FrameworkControl("cis", "2.1.1"))
    opened = tuple(replace(each, controls=controls) for each in compliance.findings)
    first, *others = compliance.suppressed
    accepted = replace(first, finding=replace(first.finding, controls=controls[:1]))
    changed = replace(compliance, findings=opened, suppressed=(accepted, *others))
    found = results(replace(failed_run, compliance=changed), about)
    targets = {each["target"]["target-id"]: each for each in found["findings"]}
    assert len(targets["sc-28.1"]["related-observations"]) == 3 + 1
    assert len(targets["sc-28.1"]["related-risks"]) == 2 + 1
    assert len(targets["cis-2.1.1"]["related-observations"]) == 3
    reviewed = found["reviewed-controls"]["control-selections"][0]["include-controls"]
    assert {each["control-id"] for each in reviewed} == set(targets)


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    own = {str(text) for key, text in value.items() if key.endswith("-uuid")}
    return own.union(*map(references, value.values()))


def identifiers(value: Any) -> list[str]:
    if isinstance(value, list):
        return [each for item in value for each in identifiers(item)]
    if not isinstance(value, dict):
        return []
    own = [value["uuid"]] if "uuid" in value else []
    return own + [each for item in value.values() for each in identifiers(item)]


@pytest.mark.parametrize("fixture", ["passed_run", "failed_run"])
def test_identifiers_are_unique_and_all_references_are_defined(
    fixture: str, request: pytest.FixtureRequest, about: Provenance
) -> None:
    found = document(request.getfixturevalue(fixture), about)
    defined = identifiers(found)
    assert len(defined) == len(set(defined))
    assert references(found) - set(defined) == set()
    assert found["import-ap"]["href"].removeprefix("#") in defined


def test_a_finding_keeps_its_identifier_when_its_line_moves_and_in_a_later_run(
    failed_run: RunResult, about: Provenance
) -> None:
    compliance = failed_run.compliance
    assert compliance is not None
    moved = tuple(replace(each, place=replace(each.place, line=99)) for each in compliance.findings)
    later = replace(about, started=about.started.replace(year=2026), revision="c0ffee")
    first = document(failed_run, about)
    second = document(replace(failed_run, compliance=replace(compliance, findings=moved)), later)
    assert {each["uuid"] for each in first["results"][0]["observations"]} == {
        each["uuid"] for each in second["results"][0]["observations"]
    }
    assert first["uuid"] != second["uuid"]


def test_hostile_text_and_incomplete_scans_give_a_valid_document(about: Provenance) -> None:
    name = " 1: <b>\n\t\"'\u200b "
    compliance = ComplianceResult(scans=(Scan(name, name, 0, 0, 0.0),), errors=(Problem("tfsec\nfailed"),))
    found = results(RunResult(compliance=compliance), replace(about, project=name, revision=""))
    assert "tfsec\nfailed" in found["remarks"]
    assert found["reviewed-controls"]["control-selections"] == [{"include-all": {}}]
    assert not {"observations", "risks", "findings"}.intersection(found)


def test_only_a_run_with_a_scan_has_the_document(
    passed_run: RunResult, error_run: RunResult, project: Project, tmp_path: Path
) -> None:
    assert tmp_path / "report.oscal.json" in report.write(passed_run, project, tmp_path)
    report.write(error_run, project, tmp_path)
    assert not (tmp_path / "report.oscal.json").exists()
