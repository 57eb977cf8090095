"""GitHub workflows: actionlint, pinned actions, and what the reusable workflow uploads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from modproof import report, toolchain
from modproof.core.project import Project
from modproof.core.results import RunResult

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted([*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("examples/*/workflows/*.yml")])
REUSABLE = yaml.safe_load((ROOT / ".github/workflows/modproof.yml").read_text(encoding="utf-8"))


def test_workflows(lint: Any, shellcheck: Path) -> None:
    # without files, it checks only .github/workflows
    files = map(str, WORKFLOWS)
    lint([toolchain.ensure("actionlint"), "-no-color", f"-shellcheck={shellcheck}", "-pyflakes=", *files])


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


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_that_uploads_sarif_may_do_so_in_a_private_repository(workflow: Path) -> None:
    for job in yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values():
        if any("upload-sarif" in str(step.get("uses")) for step in job.get("steps", ())):
            assert job["permissions"] == {"actions": "read", "contents": "read", "security-events": "write"}


def test_the_inputs_are_documented() -> None:
    page = (ROOT / "packages/modproof/docs/ci.md").read_text(encoding="utf-8")
    inputs = REUSABLE[True]["workflow_call"]["inputs"]  # YAML reads the key "on" as true
    shown = {
        name: json.loads(default) if default[0] in '1tf"' else default
        for name, default in re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page, re.MULTILINE)
        if name in inputs
    }
    assert shown == {name: each["default"] for name, each in inputs.items()}


def test_the_reusable_workflow_uploads_a_file_that_modproof_writes(tmp_path: Path) -> None:
    written = report.write(RunResult(), Project(tmp_path), tmp_path / "report")
    (path,) = (
        step["with"]["sarif_file"] for step in REUSABLE["jobs"]["report"]["steps"] if "sarif" in str(step.get("uses"))
    )
    assert path.removeprefix("${{ runner.temp }}/report/") in {each.name for each in written}
