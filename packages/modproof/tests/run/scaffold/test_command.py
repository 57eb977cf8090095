"""The output and the exit code of ``modproof init``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ...conftest import MakeProject

STRICT = """
variable "odd" {
  type = number
  validation {
    condition     = var.odd == 42
    error_message = "odd must be the answer."
  }
}
resource "terraform_data" "this" {}
"""


def init(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "modproof", "init", *arguments]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, timeout=120, check=False)


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stdout.splitlines() or [done.stderr])[-1]


def test_the_last_line_says_how_many_cases_plan(make_project: MakeProject) -> None:
    root = make_project({"modules/third/main.tf": 'resource "terraform_data" "this" {}\n'})
    done = init(root)
    assert done.returncode == 0, done.stderr
    assert last_line(done) == "1 of 1 case plan; next: pytest, and modproof coverage for what is not covered"
    assert "tests/unit/greeting/cases.yaml already exists and was not changed" in done.stdout
    again = init(root)
    assert again.returncode == 0
    assert last_line(again).startswith("no case was written; next: modproof init --update")


def test_a_case_that_does_not_plan_is_a_failure(make_project: MakeProject) -> None:
    root = make_project({"modules/strict/main.tf": STRICT, "modules/third/main.tf": ""})
    done = init(root)
    assert done.returncode == 1, done.stderr
    assert last_line(done) == "1 of 2 cases plan; next: correct the variables of the others, then run pytest"


def test_a_note_is_on_one_line_however_long_it_is(make_project: MakeProject) -> None:
    readme = '```hcl\nmodule "a" {\n  source = "./third"\n}\n```\n'
    inputs = "".join(f'variable "a_long_name_of_an_input_{number}" {{}}\n' for number in range(5))
    root = make_project({"modules/third/main.tf": inputs, "modules/third/README.md": readme})
    assert any(line.endswith("a_long_name_of_an_input_4") for line in init(root).stdout.splitlines())


def test_a_story_is_drafted_instead_of_cases(make_project: MakeProject) -> None:
    root = make_project({"examples/logs/main.tf": ""})
    done = init(root, "--story", "logs")
    assert done.returncode == 0, done.stderr
    assert last_line(done).startswith("tests/integration/logs.yaml: a story of logs; next:")
    assert init(root, "--story", "logs").returncode == 2
    assert init(root, "greeting", "--story", "logs").returncode == 2
