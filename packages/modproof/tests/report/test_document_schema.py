from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match

from modproof.core.results import RunResult
from modproof.report import document, document_schema
from modproof.report.provenance import Provenance
from modproof.report.scrub import scrub

from .conftest import make_compared, make_error, make_failed, make_passed

PUBLISHED = Path(__file__).parents[2] / "docs/report.schema.json"


def closed(schema: Any) -> Any:
    """``schema`` that rejects the keys that it does not list."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    limit = {"additionalProperties": False} if schema.get("type") == "object" and "properties" in schema else {}
    return {key: closed(item) for key, item in schema.items()} | limit


def error_in(found: Any) -> ValidationError | None:
    """The most specific error of a report, or None."""
    schema = closed(json.loads(document_schema.render()))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return best_match(validator.iter_errors(found))


def test_the_published_schema_is_current() -> None:
    command = "python -m modproof.report.document_schema > packages/modproof/docs/report.schema.json"
    assert PUBLISHED.read_text(encoding="utf-8") == document_schema.render(), f"run {command}"


@pytest.mark.parametrize("make", [make_passed, make_failed, make_error, make_compared, RunResult])
def test_reports_have_exactly_the_keys_of_the_schema(make: Callable[[], RunResult], about: Provenance) -> None:
    assert error_in(json.loads(document.render(scrub(make()), about))) is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda report: report.pop("verdict"), []),
        (lambda report: report.update(schema=2), ["schema"]),
        (lambda report: report["cases"][0].update(outcome="skipped"), ["cases", 0, "outcome"]),
        (lambda report: report["stories"][0].pop("outcome"), ["stories", 0]),
        (lambda report: report["compliance"]["scans"][0].update(checks="3"), ["compliance", "scans", 0, "checks"]),
    ],
)
def test_the_schema_rejects_other_reports(
    change: Callable[[dict[str, Any]], Any], place: list[str | int], about: Provenance
) -> None:
    report = json.loads(document.render(scrub(make_failed()), about))
    change(report)
    error = error_in(report)
    assert error is not None
    assert list(error.absolute_path) == place
