"""GitHub workflows: actionlint, pinned actions, and what the reusable workflow does with a report."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from modproof import toolchain
from modproof.core.results import (
    CaseResult,
    ComplianceResult,
    Finding,
    Outcome,
    Place,
    Problem,
    RunResult,
    StepResult,
    StoryResult,
)
from modproof.report import document
from modproof.report.provenance import Provenance

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted([*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("examples/*/workflows/*.yml")])
REUSABLE = yaml.safe_load((ROOT / ".github/workflows/modproof.yml").read_text(encoding="utf-8"))


def test_workflows(lint: Any, shellcheck: Path) -> None:
    lint([toolchain.ensure("actionlint"), "-no-color", f"-shellcheck={shellcheck}", "-pyflakes="])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(workflow: Path) -> None:
    used = re.findall(r"uses: (?!\./)(.+)", workflow.read_text(encoding="utf-8"))
    assert [line for line in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


def test_an_action_has_one_version_in_all_workflows() -> None:
    used = {
        line for path in WORKFLOWS for line in re.findall(r"uses: ([\w./-]+@\S+)", path.read_text(encoding="utf-8"))
    }
    assert len({line.partition("@")[0] for line in used}) == len(used)


def test_the_documented_call_has_six_lines_and_grants_what_the_jobs_need() -> None:
    page = (ROOT / "packages/modproof/docs/ci.md").read_text(encoding="utf-8")
    (block,) = (text for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "workflows/modproof.yml@" in text)
    assert len(block.splitlines()) == 6
    (job,) = yaml.safe_load(block)["jobs"].values()
    needed = {key: value for each in REUSABLE["jobs"].values() for key, value in each.get("permissions", {}).items()}
    assert job["permissions"] == needed


def test_the_inputs_are_documented() -> None:
    page = (ROOT / "packages/modproof/docs/ci.md").read_text(encoding="utf-8")
    inputs = REUSABLE[True]["workflow_call"]["inputs"]  # YAML reads the key "on" as true
    shown = {
        name: json.loads(default) if default[0] in '1t"' else default
        for name, default in re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page, re.MULTILINE)
        if name in inputs
    }
    assert shown == {name: each["default"] for name, each in inputs.items()}


def _sarif(folder: Path, result: RunResult) -> dict[str, Any]:
    """What the workflow makes of a report, run in ``folder``."""
    (script,) = (step["run"] for step in REUSABLE["jobs"]["report"]["steps"] if step.get("id") == "convert")
    report = folder / "report"
    report.mkdir()
    about = Provenance("modules", "", datetime(2026, 1, 1, tzinfo=UTC), "1.2.3")
    (report / "report.json").write_text(document.render(result, about))
    code = script.partition("<<'PYTHON'\n")[2].partition("\nPYTHON")[0]
    done = subprocess.run([sys.executable, "-c", code, report], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(json.loads((report / "report.sarif").read_text()))


def test_failures_and_findings_become_sarif(tmp_path: Path) -> None:
    place = Place("modules/a/main.tf", 3)
    result = RunResult(
        cases=[
            CaseResult("a/good", Outcome.PASSED, place=place),
            CaseResult("a/bad", Outcome.FAILED, (Problem("no bucket"),), Place("tests/unit/a/cases.yaml", 7)),
            CaseResult("a/lost", Outcome.ERROR, (Problem("no provider"),)),
        ],
        stories=[
            StoryResult("s", (StepResult("apply", Outcome.FAILED, 1.0, (Problem("denied"),)),), Place("tests/s.yaml"))
        ],
        compliance=ComplianceResult(findings=(Finding("checkov", "CKV_AWS_1", "Encrypt it", "aws_x.y", place),)),
    )
    (run,) = _sarif(tmp_path, result)["runs"]
    places = [
        (each["ruleId"], each["message"]["text"], where["artifactLocation"]["uri"], where["region"]["startLine"])
        for each in run["results"]
        for where in [each["locations"][0]["physicalLocation"]]
    ]
    assert places == [
        ("checkov/CKV_AWS_1", "Encrypt it (aws_x.y)", "modules/a/main.tf", 3),
        ("cases", "a/bad: no bucket", "tests/unit/a/cases.yaml", 7),
        ("stories", "s, apply: denied", "tests/s.yaml", 1),
    ]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {"checkov/CKV_AWS_1", "cases", "stories"}


def test_paths_in_sarif_begin_at_the_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "infra").mkdir()
    result = RunResult(cases=[CaseResult("a", Outcome.FAILED, (Problem("x"),), Place("modules/a/main.tf", 1))])
    (run,) = _sarif(tmp_path / "infra", result)["runs"]
    (location,) = run["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "infra/modules/a/main.tf"


def test_a_passing_report_has_no_results(tmp_path: Path) -> None:
    assert _sarif(tmp_path, RunResult(cases=[CaseResult("a/b", Outcome.PASSED)]))["runs"][0]["results"] == []
