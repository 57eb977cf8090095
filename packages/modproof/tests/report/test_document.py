from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modproof import report
from modproof.core.errors import ConfigurationError
from modproof.core.results import CoverageSummary, RunResult
from modproof.report import document
from modproof.report.provenance import Provenance


def rendered(result: RunResult, about: Provenance) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(document.render(result, about))
    return loaded


@pytest.mark.parametrize("fixture", ["proved", "wrong", "not_run"])
def test_json_comes_back_as_the_result_it_was(
    fixture: str, request: pytest.FixtureRequest, about: Provenance, tmp_path: Path
) -> None:
    result: RunResult = request.getfixturevalue(fixture)
    path = tmp_path / "report.json"
    path.write_text(document.render(result, about), encoding="utf-8")
    again = report.read(path)
    assert again == replace(result, started=about.started, revision=about.revision)
    assert again.exit_code == result.exit_code


def test_json_head_says_what_it_is_about(wrong: RunResult, about: Provenance) -> None:
    head = {key: value for key, value in rendered(wrong, about).items() if not isinstance(value, list | dict)}
    assert head == {
        "schema": 1,
        "modproof": "0.1.0",
        "project": "pipeline-modules",
        "revision": "bca30e5f0c1d2b3a4958677685940312f4e5d6c7",
        "started": "2025-11-24T04:13:07+00:00",
        "outcome": "failed",
        "exit_code": 1,
        "coverage": None,
        "verdict": (
            "wrong: 2 of 25 cases failed and 1 could not be planned, 1 of 1 story failed, 3 open findings, "
            "1 ledger problem in 31 s (exit code 1: something is wrong with the modules)"
        ),
    }


def shape(value: Any) -> Any:
    """The keys of ``value``, of a list those of its first element."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_json_schema_1_does_not_change(wrong: RunResult, about: Provenance) -> None:
    """Programs read this. A key that goes or changes its type needs a new schema number; a new key goes in here."""
    fault = (wrong.cases or [])[9].problems[0]
    coverage = [CoverageSummary("a", 1, 2, 50.0, 90.0, (fault,))]
    found = rendered(replace(wrong, errors=[fault], coverage=coverage), about)
    place = {"path": "str", "line": "int"}
    problem = {"message": "str", "place": place, "hint": "str"}
    finding = {
        "scanner": "str",
        "rule": "str",
        "title": "str",
        "address": "str",
        "place": place,
        "severity": "str",
        "guideline": "str",
    }
    entry = {"scanner": "str", "rule": "str", "description": "str"}
    assert shape(found) == {
        "schema": "int",
        "modproof": "str",
        "project": "str",
        "revision": "str",
        "started": "str",
        "outcome": "str",
        "exit_code": "int",
        "verdict": "str",
        "cases": [{"id": "str", "outcome": "str", "problems": [], "place": place, "from_cache": "bool"}],
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
            }
        ],
        "compliance": {
            "outcome": "str",
            "scans": [{"scanner": "str", "version": "str", "checks": "int", "resources": "int", "seconds": "float"}],
            "findings": [finding],
            "suppressed": [{"finding": finding, "entry_place": place, "reason": "str"}],
            "entries": [{**entry, "reason": "str", "owner": "str", "review": "str", "place": place, "covers": "int"}],
            "problems": [problem],
            "errors": [],
            "retired": [{**entry, "because": "str", "place": place}],
        },
        "errors": [problem],
        "seconds": {"plans": "float", "stories": "float", "compliance": "float", "total": "float"},
        "versions": {"terraform": "str", "aws provider": "str", "localstack": "str"},
    }


def test_json_tells_parts_that_were_not_asked_for_from_empty_ones(about: Provenance) -> None:
    found = rendered(RunResult(cases=[]), about)
    assert (found["cases"], found["stories"], found["compliance"]) == ([], None, None)
    assert (found["outcome"], found["exit_code"]) == ("error", 2)


def test_json_of_a_later_version_with_new_keys_is_read(proved: RunResult, about: Provenance, tmp_path: Path) -> None:
    found = rendered(proved, about) | {"mutants": {"encryption-key": 0.97}}
    found["cases"][0]["seconds"] = 1.0
    path = tmp_path / "report.json"
    path.write_text(json.dumps(found))
    assert report.read(path).cases == proved.cases


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[]", "is a report of schema None, and this modproof reads schema 1; read it with the modproof that wrote it"),
        (
            '{"schema": 2}',
            "is a report of schema 2, and this modproof reads schema 1; read it with the modproof that wrote it",
        ),
        (
            '{"schema": 1, "cases": [{"id": "a/b"}]}',
            "is not a report: cases.0.outcome: field required",
        ),
    ],
)
def test_read_refuses_what_is_no_report(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        report.read(path)
    assert str(caught.value) == f"{path}: {message}"
    assert caught.value.exit_code == 2


def test_read_says_when_there_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file or directory"):
        report.read(tmp_path / "report.json")
