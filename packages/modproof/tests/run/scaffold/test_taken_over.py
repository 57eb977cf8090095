"""``modproof init`` takes over runs of ``*.tftest.hcl`` that plan, and tests of ``tftest.yaml``."""

from __future__ import annotations

from typing import Any

import yaml

from modproof.core.project import Project
from modproof.run.scaffold import Scaffolded, scaffold
from modproof.run.services import Services

from ...conftest import MakeProject

TESTS = """
    variables {
      name = "world"
    }
    run "greets" {
      command = plan
      variables {
        names = ["${var.name}-1", "ada"]
      }
      assert {
        condition     = true
        error_message = "never"
      }
    }
    run "too short" {
      command = plan
      variables {
        name = "no"
      }
      expect_failures = [var.name]
    }
    run "creates" {
    }
    run "follows" {
      command = plan
      variables {
        name = run.creates.text
      }
    }
"""


def begin(make_project: MakeProject, files: dict[str, str]) -> tuple[Scaffolded, dict[str, Any], str]:
    root = make_project(files)
    (root / "tests/unit/greeting/cases.yaml").unlink()
    with Services(Project.find(root), use_cache=False) as services:
        (started,) = scaffold(services.project, ["greeting"], services)
    text = started.path.read_text(encoding="utf-8")
    return started, yaml.safe_load(text)["cases"], text


def test_a_run_that_plans_is_a_case(make_project: MakeProject) -> None:
    started, written, _ = begin(make_project, {"modules/greeting/tests/main.tftest.hcl": TESTS})
    assert started.cases == {"minimal": "", "greets": ""}
    assert written["greets"]["variables"] == {"name": "world", "names": ["world-1", "ada"]}
    assert written["greets"]["description"] == "from modules/greeting/tests/main.tftest.hcl:5"
    assert written["greets"]["expect"] == {"resources": {"terraform_data": 3}}
    file = "modules/greeting/tests/main.tftest.hcl"
    assert started.notes == (
        f"{file}:22: left out: the run creates applies",
        f"{file}:24: left out: the run follows refers to another run",
        f"{file}: took over 2 of 4 runs, without their assertions",
    )


def test_a_run_that_expects_a_failure_is_a_rejecting_case_in_a_comment(make_project: MakeProject) -> None:
    _, written, text = begin(make_project, {"modules/greeting/tests/main.tftest.hcl": TESTS})
    assert list(written) == ["minimal", "greets"]
    commented = "".join(f"{line[4:]}\n" for line in text.splitlines() if line.startswith("  # "))
    assert yaml.safe_load(commented) == {
        "rejects_too_short": {
            "description": "from modules/greeting/tests/main.tftest.hcl:15",
            "variables": {"name": "no"},
            "rejects": {"message": "WRITE A PART OF THE ERROR MESSAGE", "by": "var.name"},
        }
    }


def test_a_test_with_tfvars_files_is_a_case(make_project: MakeProject) -> None:
    started, written, _ = begin(
        make_project,
        {
            "tests/greeting/tftest.yaml": """
                module: modules/greeting
                common_tfvars: [common.tfvars]
                tests:
                  one:
                  two:
                    tfvars: [more.tfvars]
            """,
            "tests/greeting/common.tfvars": 'name = "world"\n',
            "tests/greeting/one.tfvars": 'names = ["ada"]\n',
            "tests/greeting/more.tfvars": 'name = "more"\n',
            "tests/broken/tftest.yaml": "module: modules/greeting\ntests: {a: }\n",
        },
    )
    assert started.cases == {"minimal": "", "one": "", "two": ""}
    assert written["one"]["variables"] == {"name": "world", "names": ["ada"]}
    assert written["two"]["variables"] == {"name": "more"}
    broken, taken = started.notes
    assert broken.startswith("tests/broken/tftest.yaml: left out: ")
    assert "a.tfvars: cannot be read" in broken
    assert taken == "tests/greeting/tftest.yaml: took over 2 tests, without their inventories"
