"""A rule that a scanner has lost or changed shows in its canary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from modproof.compliance import check, prune, scan, scan_cache
from modproof.compliance.canaries import SHIPPED, canaries, watch
from modproof.compliance.ledger import load
from modproof.compliance.scanners import all_scanners
from modproof.core.cache import Cache
from modproof.core.project import Project

from .conftest import TODAY

QUEUE = 'resource "aws_sqs_queue" "{name}" {{\n  name = "demo"\n}}\n'
ENCRYPTED = 'resource "aws_sqs_queue" "{name}" {{\n  name = "demo"\n  kms_master_key_id = "demo"\n}}\n'


@pytest.fixture(scope="module")
def folder_of_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(folder_of_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One cache for all tests of this file: listing checkov's rules takes seconds."""
    monkeypatch.setattr(scan_cache, "_cache", lambda: Cache(folder_of_cache))
    yield


def project_with(root: Path, *rules: tuple[str, str], **files: str) -> Project:
    """A project with an entry for each scanner and rule. ``files`` are its canaries, by name."""
    books = {scanner.name: scan_cache.rules_of(scanner) for scanner in all_scanners()}
    entries = []
    for scanner, rule in rules:
        known = books[scanner].find(rule)
        assert known is not None, f"{scanner} has no rule {rule}"
        entries.append({
            "scanner": scanner, "rule": rule, "description": known.title, "reason": "x",
            "scope": [{"path": "modules/demo/main.tf"}], "owner": "x", "review": "2999-01-01",
        })  # fmt: skip
    for path, text in {
        "pyproject.toml": "[tool.modproof]\n",
        "modules/demo/main.tf": ENCRYPTED.format(name="this"),
        "compliance/ignores.yaml": yaml.safe_dump({"ignores": entries}, sort_keys=False),
        **{f"compliance/canaries/{name}.tf": text for name, text in files.items()},
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Project.find(root)


def test_each_rule_of_a_shipped_canary_fails_and_passes_where_it_should(tmp_path: Path) -> None:
    shipped = canaries(Project(tmp_path))
    rules = [(scanner, rule) for one in shipped for scanner, names in one.rules.items() for rule in sorted(names)]
    project = project_with(tmp_path, *rules)
    scanners = all_scanners()

    watched = watch(project, load(project, [scanner.name for scanner in scanners]), scanners)

    assert [str(problem) for problem in watched.problems] == []
    assert watched.without == ()
    assert len(rules) == len({*rules}) > 80, "a rule is in two canaries"
    assert {one.path for one in shipped} == {*SHIPPED.iterdir()}


@pytest.mark.parametrize(
    ("canary", "messages"),
    [
        (QUEUE.format(name="fail"), []),
        (QUEUE.format(name="fail_too") + ENCRYPTED.format(name="pass"), []),
        (ENCRYPTED.format(name="fail"),
         ["compliance/ignores.yaml:3: CKV_AWS_27 does not fail in compliance/canaries/queue.tf, so checkov may have "
          "lost or changed the rule; compare the release notes of checkov before you delete the entry"]),
        (QUEUE.format(name="fail") + QUEUE.format(name="pass"),
         ["compliance/ignores.yaml:3: CKV_AWS_27 of checkov fails for aws_sqs_queue.pass in "
          "compliance/canaries/queue.tf, which follows the rule"]),
        ("resource {\n", ["compliance/ignores.yaml:3: checkov cannot read compliance/canaries/queue.tf: checkov could "
                          "not read this file and evaluated the folder without it; correct the file"]),
    ],
    ids=["fails", "fails and passes", "lost", "fails everywhere", "unreadable"],
)  # fmt: skip
def test_a_canary_of_the_project_comes_before_a_shipped_one(tmp_path: Path, canary: str, messages: list[str]) -> None:
    project = project_with(tmp_path, ("checkov", "CKV_AWS_27"), queue=f"# checkov: CKV_AWS_27\n{canary}")

    found = [str(problem) for problem in check(project, TODAY).problems if "canaries" in str(problem)]

    assert found == messages


def test_a_rule_without_a_canary_is_listed(tmp_path: Path) -> None:
    checked = check(project_with(tmp_path, ("checkov", "CKV_AWS_135"), ("tfsec", "aws-sqs-enable-queue-encryption")))

    assert checked.without_canary == (("checkov", "CKV_AWS_135"),)


def test_findings_are_reported_although_a_canary_cannot_be_read(tmp_path: Path) -> None:
    project = project_with(tmp_path, ("checkov", "CKV_AWS_27"), broken="")
    (tmp_path / "compliance/canaries/broken.tf").write_bytes(b"\xff")
    (tmp_path / "modules/demo/sns.tf").write_text('resource "aws_sns_topic" "this" {\n  name = "demo"\n}\n')

    result = scan(project, today=TODAY)

    assert {finding.address for finding in result.findings} == {"aws_sns_topic.this"}
    assert "compliance/canaries/broken.tf" in {problem.place.path for problem in result.problems if problem.place}


def test_an_entry_of_a_lost_rule_is_kept(tmp_path: Path) -> None:
    lost = f"# checkov: CKV_AWS_27\n{ENCRYPTED.format(name='fail')}"
    project = project_with(tmp_path, ("checkov", "CKV_AWS_27"), ("checkov", "CKV_AWS_18"), lost=lost)
    before = project.ledger.read_text(encoding="utf-8")

    problems = [problem.message for problem in scan(project, today=TODAY).problems if problem.place]

    assert "CKV_AWS_27 does not fail in compliance/canaries/lost.tf, so checkov may have lost or changed the rule" in (
        problems
    )
    assert "CKV_AWS_27 covers no finding of checkov in its scope" not in problems
    assert "CKV_AWS_18 covers no finding of checkov in its scope" in problems
    assert [problem.message for problem in prune(project, today=TODAY).removed] == [
        "removed the entry CKV_AWS_18 (checkov)"
    ]
    assert project.ledger.read_text(encoding="utf-8") == before.partition("- scanner: checkov\n  rule: CKV_AWS_18")[0]
