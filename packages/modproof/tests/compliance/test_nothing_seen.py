"""What is scanned by default, and scanners that have nothing to check, with the real scanners."""

from __future__ import annotations

import json
import time
from pathlib import Path
from textwrap import dedent

import pytest

from modproof.compliance import scan
from modproof.compliance.nothing_seen import always_checked
from modproof.compliance.roots import Stage, find_roots
from modproof.compliance.scanners import Checkov, RootScan, Tfsec, checkov
from modproof.core.errors import TimedOut
from modproof.core.project import Project
from modproof.core.results import ComplianceResult, Outcome
from modproof.hcl.block_index import BlockIndex

from .conftest import TODAY

BUCKET = 'resource "aws_s3_bucket" "this" {\n  bucket = "demo"\n}\n'
QUEUE = 'resource "aws_sqs_queue" "this" {}\n'
SAGEMAKER = 'resource "aws_sagemaker_code_repository" "this" {\n  code_repository_name = "demo"\n}\n'


def project(root: Path, files: dict[str, str]) -> Project:
    for name, text in {".git/HEAD": "", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return Project.find(root)


def scanned(found: Project) -> list[str]:
    return [root.folder for root in find_roots(found, BlockIndex(found.root))]


def notes(result: ComplianceResult) -> dict[str, str]:
    return {each.scanner: each.note for each in result.scans}


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        (["main.tf"], ["."]),
        (["main.tf", "modules/a/main.tf", "examples/b/main.tf"], [".", "examples/b", "modules/a"]),
        (["modules/a/main.tf", "modules/a/modules/c/main.tf"], ["modules/a", "modules/a/modules/c"]),
        (["main.tf", "examples/group/b/main.tf", "modules/a/examples/c/main.tf"],
         [".", "examples/group/b", "modules/a/examples/c"]),
        (["main.tf", "tests/setup/main.tf", "modules/a/main.tf", "modules/a/tests/setup/main.tf",
          "examples/b/fixtures/x/main.tf", ".terraform/modules/x/main.tf", "modules/a/.terraform/x/main.tf"],
         [".", "modules/a"]),
        (["modules/tests/main.tf"], ["modules/tests"]),
        (["vpc/main.tf", "docs/main.tf"], ["vpc"]),
    ],
)  # fmt: skip
def test_the_root_module_the_modules_and_the_examples_are_scanned_once(
    tmp_path: Path, files: list[str], folders: list[str]
) -> None:
    assert scanned(project(tmp_path, dict.fromkeys(files, BUCKET))) == folders


def test_the_setting_scan_overrides_the_default(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[tool.modproof]\nscan = ["live"]\n', "main.tf": BUCKET, "live/a/main.tf": BUCKET}
    assert scanned(project(tmp_path, files)) == ["live/a"]
    (tmp_path / "pyproject.toml").write_text('[tool.modproof]\nscan = ["."]\n')
    assert scanned(Project.find(tmp_path)) == [".", "live/a"]


def test_findings_of_a_root_module_are_reported_with_their_place(tmp_path: Path) -> None:
    files = {
        "main.tf": BUCKET,
        "examples/complete/main.tf": 'module "bucket" {\n  source = "../../"\n}\n',
    }
    result = scan(project(tmp_path, files), today=TODAY)
    assert not result.errors
    assert {finding.place.path for finding in result.findings} == {"main.tf"}
    assert {finding.scanner for finding in result.findings} == {"checkov", "tfsec"}


@pytest.mark.parametrize(
    ("text", "tfsec", "checkov"),
    [
        (SAGEMAKER, "nothing to check: tfsec has no rules for aws_sagemaker_code_repository",
         "nothing to check: checkov has no rules for aws_sagemaker_code_repository"),
        ('resource "terraform_data" "this" {}\n', "nothing to check: tfsec has no rules for terraform_data",
         "nothing to check: checkov has no rules for terraform_data"),
        ('locals {\n  a = 1\n}\noutput "a" {\n  value = local.a\n}\n', "nothing to check: there are no resources",
         "nothing to check: there are no resources"),
        ('variable "a" {}\n', "nothing to check: there are no resources", "nothing to check: there are no resources"),
    ],
    ids=["SageMaker", "terraform_data", "outputs", "variables"],
)  # fmt: skip
def test_a_scanner_without_rules_for_any_resource_is_no_error(
    tmp_path: Path, text: str, tfsec: str, checkov: str
) -> None:
    result = scan(project(tmp_path, {"main.tf": text}), today=TODAY)
    assert (result.errors, result.outcome) == ((), Outcome.PASSED)
    assert notes(result) == {"checkov": checkov, "tfsec": tfsec}


def test_a_resource_that_is_off_by_default_is_no_error(tmp_path: Path) -> None:
    off = 'variable "on" { default = false }\nresource "aws_sqs_queue" "this" {\n  count = var.on ? 1 : 0\n}\n'
    assert scan(project(tmp_path, {"main.tf": off}), today=TODAY).errors == ()


def test_a_folder_that_a_scanner_does_not_read_is_an_error(tmp_path: Path) -> None:
    # neither scanner reads files of OpenTofu
    result = scan(project(tmp_path, {"modules/a/main.tf": BUCKET, "modules/b/main.tofu": QUEUE}), today=TODAY)
    assert result.outcome is Outcome.FAILED  # the findings of the other module are reported too
    assert [str(error.place) for error in result.errors] == ["modules/b", "modules/b"]
    assert "although it has rules for aws_sqs_queue.this" in result.errors[0].message


def test_a_file_that_cannot_be_parsed_is_an_error(tmp_path: Path) -> None:
    result = scan(project(tmp_path, {"main.tf": 'resource "aws_s3_bucket" "x" {\n  bucket =\n}\n'}), today=TODAY)
    assert result.outcome is Outcome.ERROR
    assert {str(error.place) for error in result.errors} == {"main.tf:2"}


@pytest.mark.parametrize("scanner", [Checkov(), Tfsec()], ids=["checkov", "tfsec"])
def test_the_table_of_types_is_what_the_scanner_checks(tmp_path: Path, scanner: Checkov | Tfsec) -> None:
    types = sorted(name for name in always_checked()[scanner.name] if name.startswith("aws_"))
    assert len(types) > 50
    root = tmp_path / "project"
    found = project(root, {f"modules/{name}/main.tf": f'resource "{name}" "this" {{\n}}\n' for name in types})
    stage = Stage(tmp_path / "stage", found, find_roots(found, BlockIndex(found.root)))
    results: list[RootScan] = list(scanner.scan(stage))
    assert [root.folder for root, one in zip(stage.roots, results, strict=True) if not one.checks] == []


def test_the_table_of_types_is_sorted() -> None:
    text = (Path(__file__).parents[2] / "src/modproof/compliance/data/always-checked.json").read_text()
    table = json.loads(text)
    assert all(names == sorted(set(names)) for names in table.values())


def test_a_scan_that_exceeds_its_limit_names_its_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = "[tool.modproof.timeouts]\nscan = 1\n"
    found = project(tmp_path, {"pyproject.toml": settings, "modules/a/main.tf": BUCKET, "modules/b/main.tf": BUCKET})
    slow = tmp_path / "tfsec"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    stage = Stage(tmp_path / "stage", found, find_roots(found, BlockIndex(found.root)))
    monkeypatch.setattr(Tfsec, "_binary", lambda _: slow)
    with pytest.raises(TimedOut, match=r"tfsec was stopped after 1 seconds, scanning modules/a, modules/b; .*scan of"):
        Tfsec().scan(stage)
    monkeypatch.setattr(checkov, "_scan_root", lambda *_: time.sleep(5))
    with pytest.raises(TimedOut, match="checkov was stopped after 1 seconds, scanning modules/a;"):
        Checkov().scan(stage)
