"""What is scanned by default, and scanners that have nothing to check, with the real scanners."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from modproof.compliance import scan
from modproof.compliance.nothing_seen import always_checked
from modproof.compliance.roots import find_roots
from modproof.compliance.scanners import Checkov, RootScan, Scanner, Tfsec, checkov
from modproof.compliance.stage import Stage
from modproof.core.errors import TimedOut
from modproof.core.project import Project
from modproof.core.results import ComplianceResult, Outcome

from .conftest import TODAY, Site

BUCKET = 'resource "aws_s3_bucket" "this" {\n  bucket = "demo"\n}\n'
QUEUE = 'resource "aws_sqs_queue" "this" {}\n'
SAGEMAKER = 'resource "aws_sagemaker_code_repository" "this" {\n  code_repository_name = "demo"\n}\n'


BROKEN = 'resource "aws_sqs_queue" "this" {\n  name =\n}\n'


def project(root: Path, files: dict[str, str]) -> Project:
    for name, text in {".git/HEAD": "", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return Project.find(root)


def scanned(found: Project) -> list[str]:
    return [root.folder for root in find_roots(found)]


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


class Skipping(Tfsec):
    """tfsec without one file."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def scan(self, stage: Stage) -> Sequence[RootScan]:
        stage.remove(self._path)
        return super().scan(stage)


@pytest.mark.parametrize("skipped", ["modules/b/queue.tf", "modules/b/more.tf.json", "modules/b/more.tofu"])
def test_a_file_with_resources_that_a_scanner_does_not_read_is_an_error(tmp_path: Path, skipped: str) -> None:
    more = json.dumps({"resource": {"aws_sqs_queue": {"that": {}}}}) if skipped.endswith("json") else QUEUE
    files = {"modules/a/main.tf": BUCKET, "modules/b/main.tf": BUCKET, skipped: more}
    found = project(tmp_path, files)
    result = scan(found, today=TODAY, scanners=lambda _: (Skipping(skipped), Checkov()))
    assert result.outcome is Outcome.FAILED  # the findings in other files are reported too
    assert {each.place.path for each in result.findings} == {"modules/a/main.tf", "modules/b/main.tf", skipped}
    assert [str(error.place) for error in result.errors] == [skipped]
    assert "tfsec checked nothing in this file, although it has rules for aws_sqs_queue" in result.errors[0].message


def test_a_file_that_cannot_be_parsed_is_an_error(tmp_path: Path) -> None:
    result = scan(project(tmp_path, {"main.tf": 'resource "aws_s3_bucket" "x" {\n  bucket =\n}\n'}), today=TODAY)
    assert result.outcome is Outcome.ERROR
    assert {str(error.place) for error in result.errors} == {"main.tf:2"}


def test_a_file_that_terraform_cannot_read_is_an_error_of_each_scanner(tmp_path: Path) -> None:
    bad_json = b'{"resource": {\n]}'
    broken = {
        "json/b.tf.json": (bad_json, 2),
        "json_with_bom/b.tf.json": (b"\xef\xbb\xbf{}", 1),
        "opentofu/b.tofu": (BROKEN.encode(), 2),
        "opentofu_json/b.tofu.json": (bad_json, 2),
        "override/b_override.tf.json": (bad_json, 2),
        "utf_16/b.tf": (QUEUE.encode("utf-16"), 1),
        "latin_1/b.tf": (b'\nresource "aws_sqs_queue" "this" {\n  name = "f\xfcr"\n}\n', 3),
    }
    main = {f"modules/{name.partition('/')[0]}/main.tf": BUCKET for name in broken}
    found = project(tmp_path, {**main, "modules/dangling/main.tf": BUCKET})
    for name, (content, _) in broken.items():
        (tmp_path / "modules" / name).write_bytes(content)
    (tmp_path / "modules/dangling/b.tf").symlink_to("nowhere")

    result = scan(found, today=TODAY)

    lines = {**{f"modules/{name}": line for name, (_, line) in broken.items()}, "modules/dangling/b.tf": 1}
    for scanner in ("checkov", "tfsec"):
        errors = [error for error in result.errors if error.message.startswith(scanner)]
        assert sorted((error.place.path, error.place.line) for error in errors if error.place) == sorted(lines.items())
        seen = {each.place.path for each in result.findings if each.scanner == scanner}
        assert seen == {*main, "modules/dangling/main.tf"}


def test_a_file_that_only_one_scanner_cannot_read_is_reported_with_what_was_not_checked(tmp_path: Path) -> None:
    template = 'locals {\n  a = "%{ if var.a == "b" }x%{ endif }"\n}\nmodule "m" {\n  source = "./m"\n}\n'
    result = scan(project(tmp_path, {"modules/a/main.tf": f"{BUCKET}{template}", "modules/a/m/main.tf": ""}))
    (error,) = result.errors
    assert str(error).startswith("modules/a/main.tf:5: checkov could not read this file")
    assert "; not checked: aws_s3_bucket.this, module.m;" in str(error)
    assert {each.scanner for each in result.findings} == {"tfsec"}


@pytest.mark.parametrize("scanner", [Checkov(), Tfsec()], ids=["checkov", "tfsec"])
def test_the_table_of_types_is_what_the_scanner_checks(tmp_path: Path, scanner: Checkov | Tfsec) -> None:
    types = sorted(name for name in always_checked()[scanner.name] if name.startswith("aws_"))
    assert len(types) > 50
    root = tmp_path / "project"
    found = project(root, {f"modules/{name}/main.tf": f'resource "{name}" "this" {{\n}}\n' for name in types})
    stage = Stage(tmp_path / "stage", found, find_roots(found))
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
    stage = Stage(tmp_path / "stage", found, find_roots(found))
    monkeypatch.setattr(Tfsec, "_binary", lambda _: slow)
    with pytest.raises(TimedOut, match=r"tfsec was stopped after 1 seconds, scanning modules/a, modules/b; .*scan of"):
        Tfsec().scan(stage)
    monkeypatch.setattr(checkov, "_scan_root", lambda *_: time.sleep(5))
    with pytest.raises(TimedOut, match="checkov was stopped after 1 seconds, scanning modules/a;"):
        Checkov().scan(stage)


def test_a_scanner_that_fails_in_one_folder_is_an_error_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raised = {"modules/a": ValueError("odd graph"), "modules/b": SystemExit(3), "modules/c": RecursionError()}
    found = project(tmp_path, {f"{folder}/main.tf": BUCKET for folder in (*raised, "modules/d")})
    scan_root = checkov._scan_root

    def failing(stage: Stage, index: int) -> RootScan:
        if stage.roots[index].folder in raised:
            raise raised[stage.roots[index].folder]
        return scan_root(stage, index)

    monkeypatch.setattr(checkov, "_scan_root", failing)
    result = scan(found, today=TODAY)
    assert [(str(each.place), each.message.partition(": ")[2]) for each in result.errors] == [
        ("modules/a", "ValueError: odd graph"),
        ("modules/b", "SystemExit: 3"),
        ("modules/c", "RecursionError: "),
    ]
    seen = {(each.scanner, each.place.path) for each in result.findings}
    assert seen == {
        ("checkov", "modules/d/main.tf"),
        *(("tfsec", f"modules/{name}/main.tf") for name in "abcd"),
    }


@pytest.mark.parametrize("scanner", ["checkov", "tfsec"])
def test_the_results_of_the_other_scanner_are_kept_when_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scanner: str
) -> None:
    found = project(tmp_path, {"main.tf": BUCKET})
    if scanner == "checkov":
        monkeypatch.setitem(sys.modules, "checkov.terraform.runner", None)
    else:
        broken = tmp_path / "broken"
        broken.write_text("#!/bin/sh\necho 'panic: no such rule' >&2\nexit 2\n")
        broken.chmod(0o755)
        monkeypatch.setattr(Tfsec, "_binary", lambda _: broken)
    result = scan(found, today=TODAY)
    (problem,) = result.errors
    assert problem.message.startswith(f"{scanner} ")
    assert {each.scanner for each in result.findings} == {"checkov", "tfsec"} - {scanner}
    assert result.outcome is Outcome.FAILED


@pytest.mark.parametrize("scanner", [Checkov(), Tfsec()], ids=["checkov", "tfsec"])
def test_modules_that_call_each_other_in_a_circle_are_an_error_and_others_are_scanned(
    site: Site, scanner: Scanner
) -> None:
    for one, other in (("a", "b"), ("b", "a"), ("self", "self")):
        site.write(f"modules/{one}/main.tf", f'module "x" {{\n  source = "../{other}"\n}}\n')
    site.write("examples/caller/main.tf", 'module "x" {\n  source = "../../modules/a"\n}\n')

    result = scan(site.project, today=TODAY, scanners=lambda _: (scanner,))

    begin = f"{scanner.name} did not check this folder: modules call each other in a circle, "
    assert {(error.place.path, error.message) for error in result.errors if error.place} == {
        ("examples/caller", f"{begin}modules/a -> modules/b -> modules/a"),
        ("modules/a", f"{begin}modules/a -> modules/b -> modules/a"),
        ("modules/b", f"{begin}modules/b -> modules/a -> modules/b"),
        ("modules/self", f"{begin}modules/self -> modules/self"),
    }
    assert result.errors[0].hint == "remove the call at modules/b/main.tf:1: terraform cannot load it"
    assert {finding.place.path for finding in result.findings} >= {"modules/notebook/main.tf"}
