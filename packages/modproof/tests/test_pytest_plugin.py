from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MakeProject = Callable[[dict[str, str]], Path]

WRONG = """
cases:
  minimal:
    variables: {name: world}
  wrong:
    variables: {name: world}
    expect:
      outputs: {text: bye}
"""


def run_pytest(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--modproof-no-cache", *arguments],
        cwd=root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_each_case_is_an_item_with_its_own_id(make_project: MakeProject) -> None:
    done = run_pytest(make_project({}), "--collect-only", "-q")
    assert done.stdout.splitlines()[:3] == [
        "tests/unit/greeting/cases.yaml::minimal",
        "tests/unit/greeting/cases.yaml::rejects_short_name",
        "tests/unit/other/cases.yaml::nested",
    ]


def test_items_can_be_chosen_and_pass(make_project: MakeProject) -> None:
    done = run_pytest(make_project({}), "-v", "-k", "minimal or nested")
    assert done.returncode == 0, done.stdout
    assert "tests/unit/greeting/cases.yaml::minimal PASSED" in done.stdout
    assert "2 passed, 1 deselected" in done.stdout


def test_a_failure_shows_the_difference_and_no_traceback(make_project: MakeProject) -> None:
    done = run_pytest(make_project({"tests/unit/greeting/cases.yaml": WRONG}))
    assert done.returncode == 1
    assert 'tests/unit/greeting/cases.yaml:8: output text: expected "bye", found "hello world"' in done.stdout
    assert "Traceback" not in done.stdout
    assert "1 failed, 2 passed" in done.stdout


def test_the_junit_report_has_the_case_and_its_line(make_project: MakeProject) -> None:
    root = make_project({"tests/unit/greeting/cases.yaml": WRONG})
    run_pytest(root, "--junitxml=report.xml", "-o", "junit_family=xunit1")
    text = (root / "report.xml").read_text()
    assert re.search(r'name="wrong" file="tests/unit/greeting/cases.yaml" line="4"', text)


def test_python_tests_get_the_same_plan_as_tftest_type(make_project: MakeProject) -> None:
    test = """
        import tftest
        def test_plan(planned):
            plan = planned("greeting", "minimal")
            assert isinstance(plan, tftest.TerraformPlanOutput)
            assert plan.resources["terraform_data.this"]["values"]["input"] == "hello world"
            assert plan.outputs["text"] == "hello world"
            assert plan.outputs.sensitive == ("secret",)
            assert plan.variables["name"] == "world"
            assert plan.resource_changes["terraform_data.this"]["change"]["actions"] == ["create"]
        def test_no_plan(planned):
            planned("greeting", "rejects_short_name")
        def test_no_case(planned):
            planned("greeting", "nothing")
    """
    done = run_pytest(make_project({"tests/unit/greeting/test_plan.py": test}), "tests/unit/greeting/test_plan.py")
    assert "1 passed" in done.stdout and "2 failed" in done.stdout, done.stdout
    assert "greeting/rejects_short_name has no plan: Invalid value for variable" in done.stdout
    assert "there is no case greeting/nothing; cases of the module: greeting/minimal" in done.stdout


def test_a_file_that_cannot_be_read_is_a_collection_error_with_its_line(make_project: MakeProject) -> None:
    done = run_pytest(make_project({"tests/unit/ghost/cases.yaml": "cases:\n  one: {}\n"}))
    assert done.returncode == 2
    assert "tests/unit/ghost/cases.yaml:1: the module 'ghost' does not exist in modules" in done.stdout


def test_a_broken_case_fails_alone(make_project: MakeProject) -> None:
    broken = {"tests/unit/other/cases.yaml": "cases:\n  bad:\n    expekt: {}\n  good: {}\n"}
    done = run_pytest(make_project(broken))
    assert done.returncode == 1
    assert "tests/unit/other/cases.yaml:3: unknown key 'expekt'; did you mean 'expect'?" in done.stdout
    assert "3 passed" in done.stdout


def test_workers_plan_once(make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xdist")
    monkeypatch.setenv("MODPROOF_CACHE", str(tmp_path / "cache"))
    root = make_project({})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2"],
        cwd=root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "3 passed" in done.stdout, done.stdout
    assert len(list((tmp_path / "cache" / "plans").glob("??/*.json"))) == 3


def test_stories_are_proved_side_by_side(make_project: MakeProject, tmp_path: Path) -> None:
    def example(own: str, other: str) -> str:
        # ends only when the other story's apply has begun too
        wait = f"for i in $(seq 300); do [ -e {tmp_path}/{other} ] && exit; sleep 0.1; done; exit 1"
        command = f"touch {tmp_path}/{own}; {wait}"
        provisioner = f'provisioner "local-exec" {{\n    command = {json.dumps(command)}\n  }}'
        return f'resource "terraform_data" "this" {{\n  {provisioner}\n}}\n'

    root = make_project(
        {
            "examples/one/main.tf": example("one", "two"),
            "examples/two/main.tf": example("two", "one"),
            "tests/integration/one.yaml": "example: examples/one\n",
            "tests/integration/two.yaml": "example: examples/two\n",
        }
    )
    done = run_pytest(root, "-v", "tests/integration")
    assert "one.yaml::one PASSED" in done.stdout, done.stdout
    assert "two.yaml::two PASSED" in done.stdout, done.stdout
