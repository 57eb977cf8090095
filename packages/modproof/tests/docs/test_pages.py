"""Links, marks and examples of the pages."""

from __future__ import annotations

import ast
import importlib
import re
from datetime import date
from pathlib import Path

import boto3
import pytest

from modproof import stories, toolchain
from modproof.cases import Case, judge
from modproof.cases.arguments import case_key, hide_unknown
from modproof.cases.sources.yaml import load_file
from modproof.compliance import ledger, reconcile
from modproof.compliance.scanners.tfsec import tfsec_rules
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.project import Project
from modproof.core.results import CoverageItem, Gap, Place
from modproof.coverage.exclusions import apply_exclusions
from modproof.emulator.calls import unknown_calls
from modproof.hcl.reader import parse
from modproof.stories import drift
from modproof.upgrades import exceptions

from ..conftest import load, make_planner
from .conftest import PAGES, README, CodeBlock, WriteProject, block_id, blocks_of_kind, code_blocks, page, prose

FIXTURES = {"planned", "module_coverage", "emulator", "permission_differences"}
WORKFLOW = ".github/workflows/modproof.yml"


def anchors(text: str) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_to_a_page_and_a_heading(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(path.name)):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        assert linked.is_file(), target
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8")), target


def test_readme_links_every_page() -> None:
    linked = set(re.findall(r"\]\(docs/([\w-]+\.md)\)", page("README.md")))
    assert linked == {path.name for path in PAGES if path != README}


def test_code_blocks_are_marked_with_what_they_are() -> None:
    unmarked = [block_id(each) for each in code_blocks() if not each.mark and each.language != "sh"]
    assert unmarked == []


@pytest.mark.parametrize("block", blocks_of_kind("cases.yaml"), ids=block_id)
def test_cases_load(block: CodeBlock, write_project: WriteProject) -> None:
    root = write_project({"modules/bucket/main.tf": "", "tests/unit/bucket/cases.yaml": block.text})
    _, cases = load_file(root / "tests/unit/bucket/cases.yaml", Project(root))
    assert [case for case in cases if not isinstance(case, Case)] == []
    for case in cases:
        assert isinstance(case, Case)
        hide_unknown(case_key(case), case)  # raises if a path does not lead to a value


def test_story_loads_and_boto3_has_its_calls(write_project: WriteProject) -> None:
    [story] = blocks_of_kind("story.yaml")
    [example] = blocks_of_kind("examples/logs/main.tf")
    root = write_project({story.path: story.text, example.kind: example.text})
    loaded = stories.load(root / story.path, Project(root))
    session = boto3.session.Session("test", "test", region_name=loaded.region)
    assert unknown_calls(loaded.calls(), session) == []
    assert (len(loaded.seed), len(loaded.asserts), len(loaded.updates)) == (1, 2, 1)


def test_drift_list_loads(write_project: WriteProject) -> None:
    [block] = blocks_of_kind("drift.yaml")
    root = write_project({"tests/drift.yaml": block.text, "tests/integration/logs.yaml": ""})
    assert [entry.name for entry in drift.load(Project(root))] == ["log-group-forgets-tags"]


def test_ledger_loads_and_its_descriptions_are_the_titles_of_the_rules(write_project: WriteProject) -> None:
    [block] = blocks_of_kind("ignores.yaml")
    root = write_project({"compliance/ignores.yaml": block.text})
    loaded = ledger.load(Project(root), ["checkov", "tfsec"])
    assert (len(loaded.entries), len(loaded.retired)) == (1, 1)
    assert list(reconcile.entry_problems(loaded, {"tfsec": tfsec_rules()})) == []


def test_exceptions_of_upgrades_load(write_project: WriteProject) -> None:
    [block] = blocks_of_kind("upgrades.yaml")
    root = write_project({"compliance/upgrades.yaml": block.text})
    valid, expired = exceptions.load(Project(root), date(2026, 12, 1))
    assert ([entry.scope for entry in valid], expired) == (["example", "module"], [])


def test_exclusions_load_and_apply(write_project: WriteProject) -> None:
    [block] = blocks_of_kind("coverage.yaml")
    root = write_project({"tests/unit/vpc/coverage.yaml": block.text})
    item = CoverageItem(
        "conditionals",
        "for_each var.subnets in aws_subnet.this",
        ((Place("modules/vpc/main.tf", 1), 1),),
        (Gap("none", "is never empty"),),
    )
    items, problems = apply_exclusions([item], root / "tests/unit/vpc/coverage.yaml", Project(root))
    assert problems == ()
    assert [each.excluded for each in items] == [True]


@pytest.mark.parametrize("block", blocks_of_kind("pyproject.toml"), ids=block_id)
def test_settings_load(block: CodeBlock, write_project: WriteProject) -> None:
    root = write_project({"pyproject.toml": block.text})
    assert Project.find(root).root == root


@pytest.mark.parametrize("block", [each for each in code_blocks() if each.language == "hcl"], ids=block_id)
def test_terraform_code_is_readable(block: CodeBlock) -> None:
    assert parse(block.text).blocks


@pytest.mark.parametrize("block", [each for each in code_blocks() if each.language == "python"], ids=block_id)
def test_python_code_uses_names_and_fixtures_that_exist(block: CodeBlock) -> None:
    tree = ast.parse(block.text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    defined = {function.name for function in functions}
    assert {argument.arg for function in functions for argument in function.args.args} <= FIXTURES | defined
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("modproof"):
            module = importlib.import_module(node.module or "")
            assert [name.name for name in node.names if not hasattr(module, name.name)] == []


def test_workflow_is_valid(write_project: WriteProject) -> None:
    [block] = blocks_of_kind(WORKFLOW)
    root = write_project({WORKFLOW: block.text})
    (root / ".git").mkdir()
    done = process.run(
        [str(toolchain.ensure("actionlint")), "-no-color", "-shellcheck=", "-pyflakes="],
        cwd=root,
        env=base_environment(),
    )
    assert done.returncode == 0, done.stdout


def test_the_example_of_answers_plans_as_documented(write_project: WriteProject) -> None:
    [module] = blocks_of_kind("lookup/main.tf")
    [cases] = blocks_of_kind("lookup/cases.yaml")
    root = write_project({"modules/lookup/main.tf": module.text, "tests/unit/lookup/cases.yaml": cases.text})
    project, found = load(root)
    planned = make_planner(project).plan(found)
    assert {case.name: judge(case, planned[case.id]).problems for case in found} == {"two_subnets": ()}
