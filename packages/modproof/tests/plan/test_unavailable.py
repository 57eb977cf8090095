"""Providers that cannot be installed: only the cases that require them are not run.

hashicorp/aws is available; hashicorp/random and the others are neither in the mirror nor can a registry be reached.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from modproof import toolchain
from modproof.core.results import CaseResult, Outcome
from modproof.plan import unavailable

from ..conftest import MakeProject, load, make_planner, texts
from .conftest import ResultsOf
from .test_provider_lock import TOPIC

MIRROR = toolchain.provider_mirror()
pytestmark = pytest.mark.skipif(
    MIRROR is None or (MIRROR / "registry.terraform.io/hashicorp/random").exists(),
    reason="a mirror without hashicorp/random is needed",
)
RANDOM = """
terraform {
  required_providers {
    random = {
      source  = "hashicorp/random"
      version = "~> 3.5"
    }
  }
}
resource "random_id" "this" {
  byte_length = 4
}
"""


def module(name: str, text: str) -> dict[str, str]:
    """A module with two cases, one of them rejecting."""
    cases = "cases:\n  one: {}\n  rejected: {rejects: {match: .*}}\n"
    return {f"modules/{name}/main.tf": text, f"tests/unit/{name}/cases.yaml": cases}


def outcomes(results: dict[str, CaseResult]) -> dict[str, Outcome]:
    """The outcome of each accepting case."""
    return {name: result.outcome for name, result in results.items() if not name.endswith("/rejected")}


def text_of(result: CaseResult) -> str:
    (text,) = texts(result)
    return text


def test_only_the_cases_that_require_a_missing_provider_are_not_run(results_of: ResultsOf) -> None:
    results = results_of(
        module("topic", TOPIC)
        | module("random", RANDOM)
        | module("caller", 'module "inner" {\n  source = "../random"\n}\n')
        | module("implied", 'resource "tls_private_key" "this" {\n  algorithm = "RSA"\n}\n')
        | module("docker", RANDOM.replace("hashicorp/random", "kreuzwerker/docker").replace("random", "docker"))
    )
    assert outcomes(results) == {
        "caller/one": Outcome.ERROR,
        "docker/one": Outcome.ERROR,
        "greeting/minimal": Outcome.PASSED,
        "greeting/rejects_short_name": Outcome.PASSED,
        "implied/one": Outcome.ERROR,
        "other/nested": Outcome.PASSED,
        "random/one": Outcome.ERROR,
        "topic/one": Outcome.PASSED,
    }
    # a case that was not run was not rejected either
    assert results["random/rejected"].outcome is Outcome.ERROR
    for name in ("caller", "random"):
        text = text_of(results[f"{name}/one"])
        assert f"the provider hashicorp/random ~> 3.5 cannot be installed: it is not in the mirror {MIRROR}" in text
        assert "connect to the registry" in text
        assert text.endswith("(modules/random/main.tf:4)")
    assert text_of(results["implied/one"]).endswith("(modules/implied/main.tf:1)")
    assert "hashicorp/tls (any version)" in text_of(results["implied/one"])
    assert "kreuzwerker/docker ~> 3.5" in text_of(results["docker/one"])


def test_a_provider_that_only_a_case_sets_concerns_only_that_case(results_of: ResultsOf) -> None:
    cases = "cases:\n  one: {}\n  two:\n    providers: {random: {}}\n"
    results = results_of(module("topic", TOPIC) | {"tests/unit/topic/cases.yaml": cases})
    assert (results["topic/one"].outcome, results["topic/two"].outcome) == (Outcome.PASSED, Outcome.ERROR)
    assert text_of(results["topic/two"]).startswith("tests/unit/topic/cases.yaml:4: not planned: the provider")


def test_a_fetched_module_may_require_a_missing_provider(results_of: ResultsOf, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "main.tf").write_text(RANDOM)
    author = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(source), *command], check=True)
    calling = f'module "x" {{\n  source = "git::file://{source}"\n}}\n'
    results = results_of(module("calling", calling) | module("topic", TOPIC))
    assert (results["topic/one"].outcome, results["calling/one"].outcome) == (Outcome.PASSED, Outcome.ERROR)
    text = text_of(results["calling/one"])
    assert "hashicorp/random ~> 3.5" in text
    assert text.endswith(f"(main.tf of git::file://{source}:4)")


def test_constraints_of_two_modules_may_exclude_each_other(results_of: ResultsOf) -> None:
    results = results_of(
        module("old", TOPIC.replace(">= 5.0", "~> 4.0"))
        | module("topic", TOPIC)
        | module("both", TOPIC.replace(">= 5.0", ">= 5.0, ~> 4.0"))
    )
    assert outcomes(results) == {
        "both/one": Outcome.ERROR,
        "greeting/minimal": Outcome.PASSED,
        "greeting/rejects_short_name": Outcome.PASSED,
        "old/one": Outcome.ERROR,
        "other/nested": Outcome.PASSED,
        "topic/one": Outcome.PASSED,
    }
    old = text_of(results["old/one"])
    assert f"the provider hashicorp/aws ~> 4.0 cannot be installed: the mirror {MIRROR} has only 5." in old
    assert "registry" not in old.replace(str(MIRROR), "")
    assert old.endswith("(modules/old/main.tf:4)")
    assert "its constraints exclude each other: >= 5.0, ~> 4.0 (modules/both/main.tf:4)" in text_of(results["both/one"])


def test_modules_that_can_share_a_provider_share_a_run(make_project: MakeProject, runs: list[str]) -> None:
    limited = TOPIC.replace(">= 5.0", ">= 5.50, < 6.0")
    project, found = load(make_project(module("topic", TOPIC) | module("limited", limited)))
    make_planner(project).plan([case for case in found if case.rejects is None])
    assert runs == ["init", "plan", "show"]


def test_cases_are_planned_separately_if_no_release_meets_all_constraints(
    results_of: ResultsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as with a registry, of which only Terraform knows the releases
    monkeypatch.setattr(unavailable, "_mirrored", lambda *_: [])
    results = results_of(module("new", TOPIC.replace(">= 5.0", ">= 5.999")) | module("topic", TOPIC))
    assert (results["topic/one"].outcome, results["new/one"].outcome) == (Outcome.PASSED, Outcome.ERROR)
    assert results["greeting/minimal"].outcome is Outcome.PASSED


def test_a_missing_provider_is_not_cached(make_project: MakeProject, tmp_path: Path, runs: list[str]) -> None:
    root = make_project(module("random", RANDOM) | module("topic", TOPIC))
    for _ in range(2):
        runs.clear()
        project, found = load(root)
        planned = make_planner(project, tmp_path / "cache").plan([case for case in found if case.rejects is None])
        assert planned["random/one"].errors[0].usage
    assert planned["topic/one"].from_cache
    assert not planned["random/one"].from_cache
    assert runs == ["init"]
