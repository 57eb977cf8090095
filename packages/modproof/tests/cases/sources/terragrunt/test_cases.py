"""Terragrunt units as cases of pytest and of the commands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from modproof.cases import load_all
from modproof.cases.planned import Planned
from modproof.core.project import Project
from modproof.core.results import Outcome
from modproof.run.coverage import measure
from modproof.run.scaffold import scaffold
from modproof.run.services import Services
from modproof.run.verify import Selection, verify

MakeLive = Callable[[Mapping[str, str]], Path]

NAMES = ["minimal", "unit_develop_IT", "unit_production_IT", "unit_staging_IT"]


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )


def run_pytest(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(root, "pytest", "-p", "no:cacheprovider", *arguments)


def written(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if ".modproof" not in path.parts and path.is_file())


def test_each_unit_is_a_test_item_and_leaves_no_file(make_live: MakeLive) -> None:
    root = make_live({})
    before = written(root)
    listed = run_pytest(root, "--collect-only", "-q", "--terraform-binary", "/there/is/no/terraform")
    assert listed.stdout.splitlines()[:8] == [
        f"tests/unit/{module}/cases.yaml::{name.replace('IT', module)}"
        for module in ("network", "server")
        for name in NAMES
    ]
    done = run_pytest(root, "-v", "-n", "2", "--modproof-no-cache")
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout
    assert "8 planned in 1 run" in done.stdout
    # no backend, no provider, no downloads, no state
    assert written(root) == before


def plans_of(project: Project, module: str) -> dict[str, Planned]:
    cases = [case for case in load_all(project).cases if case.module == module]
    with Services(project) as services:
        planned = services.plan(cases)
    return {case.name: planned[case.id] for case in cases}


def changes(planned: Planned) -> dict[str, Any]:
    assert planned.plan is not None, planned.errors
    return {change["address"]: change["change"] for change in planned.plan["resource_changes"]}


def test_the_plan_has_the_inputs_and_outputs_of_dependencies_are_unknown(live: Project) -> None:
    planned = plans_of(live, "server")
    develop = changes(planned["unit_develop_server"])
    assert sorted(develop) == [
        'terraform_data.subnet["a"]',
        'terraform_data.subnet["b"]',
        "terraform_data.this",
    ]
    this = develop["terraform_data.this"]
    assert this["after"]["input"] == {"name": "app-develop", "tags": {"Team": "ml"}}
    assert this["after_unknown"]["input"] == {"network": True, "tags": {"Network": True}}
    staging = changes(planned["unit_staging_server"])["terraform_data.this"]
    assert staging["after"]["input"] == {"name": "app-staging", "tags": {"Stage": "two"}}
    production = changes(planned["unit_production_server"])["terraform_data.this"]
    assert production["after_unknown"]["input"] == {"network": True, "tags": True}


def test_a_fault_fails_its_own_case_only_with_its_line(make_live: MakeLive) -> None:
    root = make_live({"live/develop/gone/terragrunt.hcl": 'terraform {\n  source = "../../../modules/gone"\n}\n'})
    for file, before, after in (
        ("staging/network", "include.root.locals.environment.cidr", '["of", "the", "wrong", "type"]'),
        ("develop/network", "  cidr =", '  crid = "misspelt"\n  cidr ='),
        ("develop/server", "dependency.network.outputs.id\n", '"id-1"\n'),
        ("production/server", "tags ", "subnets "),
    ):
        path = root / "live" / file / "terragrunt.hcl"
        changed = path.read_text().replace(before, after)
        assert changed != path.read_text()
        path.write_text(changed)
    done = run(root, "modproof", "plan", "--no-cache", "--report", str(root / "report"))
    assert done.returncode == 1
    problems: dict[str, str] = {}
    for case in json.loads((root / "report/report.json").read_text())["cases"]:
        for problem in case["problems"]:
            place = problem["place"]
            problems[case["id"]] = f"{case['outcome']} {place['path']}:{place['line']} {problem['message']}"
    expected = {
        "network/unit_develop_network": r"error develop/network/\S+:10 the module has no variable 'crid'",
        "network/unit_develop_gone": r"error develop/gone/\S+:2 the unit's source .* is not a module",
        "network/unit_staging_network": r"failed staging/network/\S+:10 .*var.cidr.*: string required",
        "server/unit_develop_server": r"failed develop/server/\S+:17 .*network_id must start with net-",
        # a for_each over a value with unknown keys cannot be planned; mocks would provide the keys
        "server/unit_production_server": r"failed production/server/\S+:15 .*for_each.* depends on var.subnets",
    }
    assert problems.keys() == expected.keys()
    for case_id, pattern in expected.items():
        assert re.match(pattern, problems[case_id].replace("live/", "")), problems[case_id]


def test_a_folder_without_units_fails_a_case_of_each_module(make_live: MakeLive) -> None:
    settings = '[tool.modproof]\ndocumented = ["terragrunt"]\nunits = ["deployed"]\n'
    done = run_pytest(make_live({"pyproject.toml": settings}), "-rN")
    assert done.returncode == 1
    assert done.stdout.count("pyproject.toml: there is no terragrunt.hcl below 'deployed'") == 2
    assert "2 failed, 2 passed" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_case_in_a_file_overrides_a_unit(make_live: MakeLive) -> None:
    own = "cases:\n  unit_develop_network:\n    variables: {name: mine, cidr: c}\n"
    project = Project.find(make_live({"tests/unit/network/cases.yaml": own}))
    with Services(project) as services:
        result = verify(services, Selection(stories=False, compliance=False, only_cases=("network",)))
    assert {case.id: (case.outcome, str(case.place)) for case in result.cases} == {
        "network/unit_develop_network": (Outcome.PASSED, "tests/unit/network/cases.yaml:2"),
        "network/unit_production_network": (Outcome.PASSED, "live/production/network/terragrunt.hcl:10"),
        "network/unit_staging_network": (Outcome.PASSED, "live/staging/network/terragrunt.hcl:10"),
    }


def test_units_count_for_coverage(live: Project) -> None:
    def reached() -> set[str]:
        with Services(live) as services:
            (server,) = measure(services, ["server"]).modules
        return {item.name for item in server.items if item.kind == "variables" and item.covered}

    of_file = {"variable name", "variable network_id"}
    assert reached() - of_file == {
        "variable subnets",
        "variable subnets[*].id",
        "variable subnets[*].zone",
        "variable tags",
    }
    live.settings.documented.clear()
    assert reached() == of_file


def test_changed_since_selects_the_units_that_depend_on_a_change(live: Project) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    for arguments in (("add", "-A"), (*identity, "commit", "-q", "-m", "all")):
        subprocess.run(["git", *arguments], cwd=live.root, check=True)
    assert "8 deselected" in run_pytest(live.root, "--modproof-changed-since", "HEAD").stdout
    (live.root / "live/staging/env.hcl").write_text('locals {\n  name = "stage"\n  cidr = "10.1.0.0/16"\n}\n')
    done = run_pytest(live.root, "-v", "--modproof-changed-since", "HEAD")
    assert re.findall(r"::(\S+) PASSED", done.stdout) == ["unit_staging_network", "unit_staging_server"]
    with Services(live) as services:
        result = verify(services, Selection(stories=False, compliance=False, changed_since="HEAD"))
    assert [case.id for case in result.cases] == ["network/unit_staging_network", "server/unit_staging_server"]


def test_init_writes_no_case_for_a_unit(live: Project) -> None:
    (live.root / "tests/unit/network/cases.yaml").unlink()
    with Services(live) as services:
        (scaffolded,) = scaffold(live, ["network"], services)
    assert dict(scaffolded.cases) == {"minimal": ""}
    loaded = [case for case in load_all(live).cases if case.module == "network"]
    assert [case.source for case in loaded] == ["yaml", *["terragrunt"] * 3]
