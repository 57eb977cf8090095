"""Every key, token, variable and tool is documented, and every documented one exists."""

from __future__ import annotations

import json
import operator
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from modproof.cases import expectations, model
from modproof.cases.sources import SOURCES, yaml
from modproof.compliance import ledger
from modproof.compliance.ledger_page import PAGE_PATH
from modproof.compliance.scanners import all_scanners
from modproof.core import environment, errors
from modproof.core.project import CoverageSettings, EmulatorSettings, Settings, TimeoutSettings
from modproof.core.results import COVERAGE_KINDS, CoverageResult, Mismatch, Problem, RunResult
from modproof.coverage import exclusions
from modproof.emulator import Emulator, endpoint, releases
from modproof.policies import Decision, Policies, Request
from modproof.report import document
from modproof.report.coverage import as_json
from modproof.report.provenance import Provenance
from modproof.stories import drift, lifecycle, tree_model
from modproof.stories import model as story
from modproof.terraform import safety
from modproof.terraform.changes import Action
from modproof.toolchain import providers
from modproof.toolchain.catalog import TOOLS
from modproof.toolchain.release import releases_variable
from modproof.toolchain.status import PROVIDER_TESTED
from modproof.upgrades import exceptions, resources

from .conftest import PACKAGE, code_spans, page, prose, table


def keys(kind: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in kind.model_fields.items()}


@pytest.mark.parametrize(
    ("name", "start", "expected"),
    [
        ("cases.md", "In a case", keys(yaml._CaseModel)),
        ("cases.md", "key of `expect`", keys(model.Expect)),
        ("cases.md", "key of `rejects`", keys(model.Rejects)),
        ("stories.md", "Of a story", keys(story._StoryModel)),
        ("stories.md", "Of a call in `seed`", keys(story.StoryCall)),
        ("stories.md", "Of an item of `asserts`", keys(story.Assert) - keys(story.StoryCall)),
        ("stories.md", "Of an item of `updates`", keys(story.Update)),
        ("terragrunt.md", "key of a tree's story", keys(tree_model._TreeModel)),
        ("terragrunt.md", "key of a folder", keys(tree_model._Folder)),
        ("terragrunt.md", "key of a deployer", keys(tree_model.Deployer)),
        ("terragrunt.md", "key of a tree's update", keys(tree_model.TreeUpdate)),
        ("stories.md", "Known drift", keys(drift._Entry)),
        ("coverage.md", "Exclusions", keys(exclusions._Exclusion)),
        ("coverage.md", "Gates", keys(CoverageSettings)),
        ("stories.md", "action", set(get_args(Action))),
        ("upgrade.md", "key of `exceptions`", keys(exceptions._Entry)),
        ("upgrade.md", "action", set(resources.ACTIONS)),
        ("compliance.md", "key of `ignores`", keys(ledger.Entry)),
        ("compliance.md", "key of `scope`", keys(ledger.Scope)),
        ("compliance.md", "key of `no_longer_needed`", keys(ledger.Retired)),
        (
            "compliance.md",
            "`modproof ledger` writes",
            {*(scanner.config.path for scanner in all_scanners() if scanner.config is not None), PAGE_PATH},
        ),
        ("coverage.md", "kind | item", set(COVERAGE_KINDS)),
        ("cases.md", "source", set(SOURCES)),
    ],
)
def test_first_column_has_exactly_the_keys(name: str, start: str, expected: set[str]) -> None:
    assert set(table(name, start).names()) == expected


def test_top_of_cases_yaml() -> None:
    nested = {f"defaults.{key}" for key in keys(yaml._Defaults)}
    assert set(table("cases.md", "At the top").names()) == keys(yaml._Top) - {"defaults"} | nested


def test_settings_and_their_defaults() -> None:
    documented = table("configuration.md", "key of `tool.modproof`")
    nested = {f"coverage.{key}" for key in keys(CoverageSettings)}
    nested |= {f"emulator.{key}" for key in keys(EmulatorSettings)}
    nested |= {f"timeouts.{key}" for key in keys(TimeoutSettings)}
    assert set(documented.names()) == keys(Settings) - {"coverage", "emulator", "timeouts"} | nested
    for (name,), (default,) in ((code_spans(a), code_spans(b)) for a, b, _ in documented.rows if code_spans(b)):
        if not name.startswith("coverage."):
            value = operator.attrgetter(name)(Settings())
            value = int(value) if isinstance(value, float) else value
            assert default == (value if isinstance(value, str) else json.dumps(value))


def test_tokens() -> None:
    tokens = {expectations.ABSENT, expectations.UNKNOWN, expectations.ANY, expectations.SENSITIVE}
    documented = {span for span in code_spans(prose("cases.md")) if re.fullmatch(r"<[a-z]+>", span)}
    assert documented == tokens
    assert {"<match REGEX>", f"{{{expectations.CONTAINS}: [...]}}"} <= set(table("cases.md", "expected").names())


def test_refused_provider_settings() -> None:
    row = next(cells for cells in table("cases.md", "where").rows if cells[0] == "`provider` block")
    assert set(code_spans(row[1])) == set(safety._ATTRIBUTES)


def test_names_of_steps() -> None:
    source = Path(lifecycle.__file__).read_text(encoding="utf-8")
    names = [name.replace("NAME", "{update.name}") for name in table("stories.md", "step").names()]
    assert len(names) == 14
    assert [name for name in names if f'"{name}"' not in source] == []


def test_attributes_of_the_emulator() -> None:
    names = [name.partition("(")[0] for name in table("stories.md", "attribute").names()]
    instance = Emulator("http://127.0.0.1:1", service=None, kept_log=Path())
    assert [name for name in names if not hasattr(instance, name)] == []


@pytest.mark.parametrize("kind", [Policies, Request, Decision], ids=lambda kind: kind.__name__)
def test_attributes_of_policies(kind: type) -> None:
    rows = table("policies.md", f"`{kind.__name__}`").rows
    assert [code_spans(cells[0])[0] for cells in rows] == list(kind.__dataclass_fields__)  # type: ignore[attr-defined]


def test_environment_variables_of_modproof() -> None:
    released = [entry for entry in TOOLS.values() if entry.audience != "repository" and entry.release is not None]
    own = {"MODPROOF_CACHE", endpoint.VARIABLE, releases.VARIABLE, providers.MIRROR_VARIABLE}
    expected = {*own, *map(releases_variable, released)}
    assert set(table("configuration.md", "variable").names()) == expected
    written = {
        name
        for path in (PACKAGE / "src").rglob("*.py")
        for name in re.findall(r"\bMODPROOF_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert written <= expected


def test_environment_variables_that_programs_get() -> None:
    documented = set(table("configuration.md", "Programs that modproof starts").names(1))
    assert documented == {*environment._KEPT, *environment._GIT, "GIT_CONFIG_*"}


def test_tools_and_versions() -> None:
    documented = {cells[0]: cells[1] for cells in table("configuration.md", "tool").rows}
    assert documented == {name: entry.wanted for name, entry in TOOLS.items() if entry.audience != "repository"}


def test_versions_in_prose() -> None:
    assert f"hashicorp/aws that the modules accept (tested: {PROVIDER_TESTED})" in page("configuration.md")
    versions = [replace(releases.chosen(), lock=lock).version for lock in (releases._NEWEST, releases._OLDER)]
    assert "LocalStack {} without Docker, or {} ".format(*versions) in page("stories.md")
    extras = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    [checkov] = extras["compliance"]
    assert f"{checkov.replace('==', ' ')}; tfsec {TOOLS['tfsec'].version}" in page("compliance.md")
    assert set(re.findall(r"'modproof\[(\w+)\]'", page("README.md"))) == set(extras)


def test_own_rules_and_their_severities() -> None:
    expected: set[tuple[str, str]] = set()
    for path in (PACKAGE / "src/modproof/compliance/checks").glob("*.py"):
        found = dict(re.findall(r'^    (ID|SEVERITY) = "(\w+)"$', path.read_text(encoding="utf-8"), re.MULTILINE))
        expected |= {(found["ID"], found["SEVERITY"].lower())} if found else set()
    assert {(code_spans(cells[0])[0], cells[1]) for cells in table("rules.md", "rule").rows} == expected
    assert len(expected) > 8


def test_exit_codes() -> None:
    codes = (errors.EXIT_PASSED, errors.EXIT_FAILED, errors.EXIT_NOT_RUN, errors.EXIT_INTERNAL)
    assert [cells[0] for cells in table("README.md", "exit code").rows] == [str(code) for code in codes]


def test_keys_of_report_json() -> None:
    about = Provenance("demo", "", datetime.now(UTC))
    written = json.loads(document.render(RunResult(errors=[Problem("", mismatch=Mismatch("", (), 1))]), about))
    assert {code_spans(cells[0])[0] for cells in table("ci.md", "Schema 1").rows} == set(written)
    [problem] = written["errors"]
    assert f"`{{{', '.join(problem)}}}`" in page("ci.md")
    assert f"`{{{', '.join(problem['mismatch'])}}}`" in page("ci.md")


def test_keys_of_the_coverage_json() -> None:
    written = json.loads(as_json(CoverageResult(())))
    documented = table("coverage.md", "`modproof coverage --json` prints").rows
    assert {code_spans(cells[0])[0] for cells in documented} == set(written)
