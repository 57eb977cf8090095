from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from modproof import report
from modproof.core.errors import ConfigurationError
from modproof.core.results import (
    CaseResult,
    CoverageSummary,
    ExampleUpgrade,
    InterfaceChange,
    Mismatch,
    Outcome,
    PermissionChange,
    Problem,
    ResourceUpgrade,
    RunResult,
    UpgradeResult,
)
from modproof.report import document
from modproof.report.provenance import Provenance
from modproof.report.scrub import scrub

from .conftest import CHANGES


def rendered(result: RunResult, about: Provenance) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(document.render(result, about))
    return loaded


@pytest.mark.parametrize("fixture", ["passed_run", "failed_run", "error_run"])
def test_json_reads_back_as_the_same_result(
    fixture: str, request: pytest.FixtureRequest, about: Provenance, tmp_path: Path
) -> None:
    result: RunResult = scrub(request.getfixturevalue(fixture))
    path = tmp_path / "report.json"
    path.write_text(document.render(result, about), encoding="utf-8")
    again = report.read(path)
    assert again == replace(result, started=about.started, revision=about.revision)
    assert again.exit_code == result.exit_code


def test_json_has_the_verdict_and_the_provenance(failed_run: RunResult, about: Provenance) -> None:
    head = {key: value for key, value in rendered(failed_run, about).items() if not isinstance(value, list | dict)}
    assert head == {
        "schema": 1,
        "modproof": "0.1.0",
        "project": "pipeline-modules",
        "revision": "bca30e5f0c1d2b3a4958677685940312f4e5d6c7",
        "started": "2025-11-24T04:13:07+00:00",
        "outcome": "failed",
        "exit_code": 1,
        "coverage": None,
        "upgrade": None,
        "permissions": None,
        "changes": None,
        "verdict": (
            "failed: 2 of 25 cases failed and 1 could not be planned, 1 of 1 story failed, 3 open findings, "
            "1 ledger problem in 31 s (exit code 1: failures found)"
        ),
    }


def shape(value: Any) -> Any:
    """The keys of ``value`` and the types of their values; of a list, those of its first element."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_json_schema_1_does_not_change(failed_run: RunResult, about: Provenance) -> None:
    """A removed key or a changed type needs a new schema number; add a new key here."""
    fault = (failed_run.cases or [])[9].problems[0]
    coverage = [CoverageSummary("a", 1, 2, 50.0, 90.0, (fault,))]
    resource = ResourceUpgrade("a", "replaced", ("b",), place=fault.place)
    upgrade = UpgradeResult(
        "v1.0.0",
        interface=(InterfaceChange("a", "var.b", "removed variable", "major", fault.place),),
        examples=(ExampleUpgrade("a", (resource,), (fault,), (fault,), place=fault.place),),
        unapplied=("a",),
        problems=(fault,),
        errors=(fault,),
        permissions=(PermissionChange("a", "apply", ("b",), ("c",)),),
    )
    compared = replace(failed_run, errors=[fault], coverage=coverage, upgrade=upgrade, changes=CHANGES)
    found = rendered(replace(compared, permissions={"a": {"plan": [], "apply": ["b"]}}), about)
    place = {"path": "str", "line": "int"}
    problem = {"message": "str", "place": place, "hint": "str", "mismatch": "NoneType"}
    finding = {
        "scanner": "str",
        "rule": "str",
        "title": "str",
        "address": "str",
        "place": place,
        "severity": "str",
        "guideline": "str",
        "seen_in": ["str"],
        "also": [],
        "controls": [],
    }
    case = {"id": "str", "outcome": "str", "from_cache": "bool", "module": "str"}
    entry = {"scanner": "str", "rule": "str", "description": "str"}
    status = {**entry, "reason": "str", "owner": "str", "review": "str", "place": place, "covers": "int"}
    needed = {"module": "str", "phase": "str", "added": ["str"], "removed": []}
    assert shape(found) == {
        "schema": "int",
        "modproof": "str",
        "project": "str",
        "revision": "str",
        "started": "str",
        "outcome": "str",
        "exit_code": "int",
        "skipped": {},
        "permissions": {"a": {"plan": [], "apply": ["str"]}},
        "load": {"seconds": "float", "cpu_seconds": "float", "cores": "int", "busy": "float", "peak_bytes": "int"},
        "verdict": "str",
        "cases": [{**case, "problems": [], "place": place}],
        "coverage": [
            {
                "module": "str",
                "covered": "int",
                "counted": "int",
                "percent": "float",
                "gate": "float",
                "missing": [problem],
                "problems": [],
                "outcome": "str",
            }
        ],
        "stories": [
            {
                "id": "str",
                "outcome": "str",
                "steps": [
                    {
                        "name": "str",
                        "outcome": "str",
                        "seconds": "float",
                        "problems": [],
                        "detail": "str",
                        "asserted": "bool",
                    }
                ],
                "place": place,
                "seconds": "float",
                "modules": [],
            }
        ],
        "compliance": {
            "outcome": "str",
            "scans": [
                {
                    "scanner": "str",
                    "version": "str",
                    "checks": "int",
                    "resources": "int",
                    "seconds": "float",
                    "note": "str",
                    "plans": "int",
                }
            ],
            "findings": [finding],
            "suppressed": [{"finding": finding, "entry_place": place, "reason": "str"}],
            "entries": [status],
            "problems": [problem],
            "errors": [],
            "retired": [{**entry, "because": "str", "place": place}],
            "undecided": [],
            "fail_on": "str",
            "framework": "str",
            "controls": [],
        },
        "upgrade": {
            "outcome": "str",
            "base": "str",
            "bump": "str",
            "required": "str",
            "planned": "str",
            "interface": [
                {"module": "str", "subject": "str", "what": "str", "bump": "str", "place": place, "reason": "str"}
            ],
            "examples": [
                {
                    "id": "str",
                    "outcome": "str",
                    "resources": [
                        {
                            "address": "str",
                            "action": "str",
                            "details": ["str"],
                            "moved_from": "str",
                            "protected": "bool",
                            "reason": "str",
                            "place": place,
                            "unit": "str",
                        }
                    ],
                    "problems": [problem],
                    "errors": [problem],
                    "note": "str",
                    "place": place,
                    "seconds": "float",
                }
            ],
            "unapplied": ["str"],
            "problems": [problem],
            "errors": [problem],
            "permissions": [{"module": "str", "phase": "str", "added": ["str"], "removed": ["str"]}],
        },
        "changes": {
            "base": "str",
            "commit": "str",
            "opened": [finding],
            "fixed": [finding],
            "accepted": [finding],
            "updated": [],
            "findings_compared": "bool",
            "known_problems": [],
            "ledger": [{"action": "str", "entry": status, "before": status}],
            "cases_added": ["str"],
            "cases_removed": ["str"],
            "coverage": [{"module": "str", "before": "float", "after": "float"}],
            "permissions": [needed],
            "incomparable": [{**problem, "place": "NoneType", "hint": "NoneType"}],
        },
        "errors": [problem],
        "seconds": {"plans": "float", "stories": "float", "compliance": "float", "total": "float"},
        "versions": {"terraform": "str", "aws provider": "str", "localstack": "str"},
    }


MISMATCHES = [
    Mismatch("aws_x.this", ("list", 0, "name"), {"a": [1, None]}, "b"),
    Mismatch("aws_x.this", ("id",), "<any>", state="unknown"),
    Mismatch("aws_x.this", ("secret",), "a", state="sensitive"),
    Mismatch("aws_x", (), 3, 2, kind="count"),
]


def test_json_has_the_mismatch_of_each_problem(about: Provenance, tmp_path: Path) -> None:
    problems = (Problem("no mismatch"), *(Problem("", mismatch=mismatch) for mismatch in MISMATCHES))
    result = scrub(RunResult(cases=[CaseResult("a/b", Outcome.FAILED, problems, module="a")]))
    text = document.render(result, about)
    (case,) = json.loads(text)["cases"]
    assert [problem["mismatch"] for problem in case["problems"]][:2] == [
        None,
        {
            "subject": "aws_x.this",
            "path": ["list", 0, "name"],
            "expected": {"a": [1, None]},
            "found": "b",
            "state": "known",
            "kind": "value",
        },
    ]
    assert case["problems"][1]["message"] == 'aws_x.this: list[0].name: expected {"a": [1, null]}, found "b"'
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    assert report.read(path).cases == result.cases


def test_json_has_long_values_as_long_as_in_the_message(about: Provenance, tmp_path: Path) -> None:
    mismatch = Mismatch("aws_x.this", ("text",), ["y" * 200], {"a": ["x" * 5000, "z" * 160]})
    result = scrub(RunResult(errors=[Problem("", mismatch=mismatch)]))
    text = document.render(result, about)
    (problem,) = json.loads(text)["errors"]
    assert problem["mismatch"]["expected"] == ["y" * 160 + "… (200 characters)"]
    assert problem["mismatch"]["found"] == {"a": ["x" * 160 + "… (5000 characters)", "z" * 160]}
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    assert scrub(report.read(path)).errors[0].message == result.errors[0].message


def test_json_of_an_expected_date_is_an_iso_date(about: Provenance) -> None:
    mismatch = Mismatch("aws_x.this", ("day",), date(2026, 11, 24), "2026-11-25")
    found = rendered(scrub(RunResult(errors=[Problem("", mismatch=mismatch)])), about)
    assert found["errors"][0]["mismatch"]["expected"] == "2026-11-24"


def test_json_lists_a_nested_module_as_its_own_module(about: Provenance) -> None:
    case = CaseResult("vpc/modules/subnet/minimal", Outcome.PASSED, module="vpc/modules/subnet")
    assert rendered(RunResult(cases=[case]), about)["cases"][0]["module"] == "vpc/modules/subnet"


def test_json_is_null_for_parts_that_were_not_requested(about: Provenance) -> None:
    found = rendered(RunResult(cases=[]), about)
    assert (found["cases"], found["stories"], found["compliance"]) == ([], None, None)
    assert (found["outcome"], found["exit_code"]) == ("error", 2)


def test_read_accepts_new_keys_of_a_later_version(passed_run: RunResult, about: Provenance, tmp_path: Path) -> None:
    found = rendered(passed_run, about) | {"mutants": {"encryption-key": 0.97}}
    found["cases"][0]["seconds"] = 1.0
    path = tmp_path / "report.json"
    path.write_text(json.dumps(found))
    assert report.read(path).cases == passed_run.cases


OTHER_SCHEMA = "but this version of modproof reads schema 1; read it with the version of modproof that wrote it"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (
            "[]",
            f"has report schema None, {OTHER_SCHEMA}",
        ),
        (
            '{"schema": 2}',
            f"has report schema 2, {OTHER_SCHEMA}",
        ),
        (
            '{"schema": 1, "cases": [{"id": "a/b"}]}',
            "is not a valid report: cases.0.outcome: field required",
        ),
    ],
)
def test_read_rejects_other_files(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        report.read(path)
    assert str(caught.value) == f"{path}: {message}"
    assert caught.value.exit_code == 2


def test_read_reports_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file or directory"):
        report.read(tmp_path / "report.json")
