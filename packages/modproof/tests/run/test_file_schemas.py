from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from modproof.run import file_schemas

ROOT = Path(__file__).parents[4]
PUBLISHED = ROOT / "packages/modproof/docs/schemas"
FILES = {
    "cases": [*(ROOT / "tests/unit").rglob("cases.yaml")],
    "ledger": [ROOT / "compliance/ignores.yaml"],
    "story": [*(ROOT / "tests/integration").glob("*.yaml")],
}
ENTRY = {"scanner": "tfsec", "rule": "r", "description": "d", "reason": "r", "owner": "o", "review": "2027-01-01"}
CALL = {"call": "s3.list_buckets", "name": "n"}


def error_in(name: str, data: Any) -> str | None:
    """The place of the first error, or None."""
    schema = json.loads(file_schemas.render(name))
    Draft202012Validator.check_schema(schema)
    error = best_match(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(data))
    return None if error is None else "/".join(map(str, error.absolute_path))


@pytest.mark.parametrize("name", file_schemas.NAMES)
def test_the_published_schema_is_current(name: str) -> None:
    published = (PUBLISHED / f"{name}.schema.json").read_text(encoding="utf-8")
    assert published == file_schemas.render(name), (
        "run python -m modproof.run.file_schemas packages/modproof/docs/schemas"
    )


@pytest.mark.parametrize("name", file_schemas.NAMES)
def test_the_files_of_this_repository_are_valid(name: str) -> None:
    class Loader(yaml.SafeLoader):
        """Reads dates as texts, as editors do."""

    Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_yaml_str)
    read = {path: yaml.load(path.read_text(encoding="utf-8"), Loader) for path in FILES[name]}  # noqa: S506
    assert read
    assert {str(path): error for path, data in read.items() if (error := error_in(name, data)) is not None} == {}


@pytest.mark.parametrize(
    ("name", "data", "place"),
    [
        ("ledger", {"ignores": [{**ENTRY, "scope": [{}]}]}, "ignores/0/scope/0"),
        ("ledger", {"ignores": [{**ENTRY, "scope": [{"module": "m"}], "review": "soon"}]}, "ignores/0/review"),
        ("ledger", {"ignores": [{**ENTRY, "scope": [{"module": "m"}], "scanner": "other"}]}, "ignores/0/scanner"),
        ("cases", {"cases": {"a": {"variable": {}}}}, "cases/a"),
        ("cases", {"cases": {"a": {"rejects": {"by": "var.name"}}}}, "cases/a/rejects"),
        ("cases", {"cases": {}}, "cases"),
        ("story", {"example": "examples/a", "assert": []}, ""),
        ("story", {"example": "examples/a", "asserts": [CALL]}, "asserts/0"),
        ("story", {"terragrunt": "live", "example": "examples/a"}, ""),
        ("story", {"terragrunt": "live", "account": "1"}, "account"),
    ],
)
def test_a_schema_rejects_other_files(name: str, data: Any, place: str) -> None:
    assert error_in(name, data) == place
