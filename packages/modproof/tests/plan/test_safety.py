"""A module that could reach a real account is never planned, and its refusal is never cached."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from modproof import toolchain
from modproof.cases import Planned
from modproof.core.environment import aws_environment
from modproof.core.project import Project
from modproof.core.results import Place, Problem
from modproof.plan.provider_lock import ProviderLock, ProviderLocks
from modproof.terraform import safety
from modproof.terraform.runner import Terraform

from ..conftest import MakeProject, greeting_cases, load, make_planner

MakeUpstream = Callable[[str], str]
UNSAFE = 'provider "aws" {\n  profile = "production"\n}\nresource "aws_sns_topic" "this" {\n  name = "t"\n}\n'
TOPIC = 'resource "aws_sns_topic" "this" {\n  name = "t"\n}\n'
AWS = "registry.terraform.io/hashicorp/aws"


def plan_all(root: Path, cache: Path) -> dict[str, Planned]:
    project, found = load(root)
    return make_planner(project, cache).plan(found)


def refuse(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Add a safety rule that refuses the module ``name``."""

    def check(folders: Iterable[Path], project: Project) -> list[Problem]:
        refused = [folder for folder in folders if folder.name == name]
        return [Problem("a new rule", Place(project.relative(folder)), "fix it") for folder in refused]

    monkeypatch.setattr(safety, "check", check)


def test_a_refusal_ends_with_the_rule_that_caused_it(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_project({})
    with monkeypatch.context() as patch:
        refuse(patch, "other")
        for planned in (plan_all(root, tmp_path / "cache"), plan_all(root, tmp_path / "cache")):
            (error,) = planned["other/nested"].errors
            assert error.text == "the module is not run: a new rule; fix it"
            assert error.place == Place("modules/other")
            assert not planned["other/nested"].cacheable
    later = plan_all(root, tmp_path / "cache")
    assert later["other/nested"].errors == ()
    assert later["other/nested"].plan is not None


def test_a_module_that_becomes_unsafe_is_refused_although_its_plan_is_cached(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_project({})
    plan_all(root, tmp_path / "cache")
    assert plan_all(root, tmp_path / "cache")["other/nested"].from_cache
    refuse(monkeypatch, "other")
    result = plan_all(root, tmp_path / "cache")["other/nested"]
    assert [error.text for error in result.errors] == ["the module is not run: a new rule; fix it"]
    assert not result.from_cache


@pytest.fixture
def make_upstream(tmp_path: Path) -> MakeUpstream:
    """Make a git repository with a module, given by its main.tf; returns the module's source, pinned to a tag."""

    def make(main: str) -> str:
        upstream = tmp_path / "upstream"
        upstream.mkdir()
        (upstream / "main.tf").write_text(main)
        author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        for arguments in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "first"), ("tag", "v1.0.0")):
            subprocess.run(["git", *arguments], cwd=upstream, check=True)
        return f"git::file://{upstream}?ref=v1.0.0"

    return make


def fetching(source: str) -> dict[str, str]:
    return {
        "modules/fetching/main.tf": f'variable "n" {{}}\nmodule "remote" {{\n  source = "{source}"\n}}\n',
        "tests/unit/fetching/cases.yaml": "cases:\n  one: {variables: {n: 1}}\n  two: {variables: {n: 2}}\n",
    }


def test_a_fetched_module_that_is_unsafe_fails_the_cases_of_its_callers(
    make_project: MakeProject, make_upstream: MakeUpstream, tmp_path: Path
) -> None:
    source = make_upstream(UNSAFE)
    root = make_project(fetching(source))
    for _ in range(2):
        planned = plan_all(root, tmp_path / "cache")
        for name in ("one", "two"):
            result = planned[f"fetching/{name}"]
            (error,) = result.errors
            assert error.text.startswith(f"the module from {source} is not run: ")
            assert 'the provider "aws" has its own profile: profile' in error.text
            assert (result.plan, result.cacheable, result.from_cache) == (None, False, False)
        assert planned["greeting/minimal"].plan is not None
        assert planned["other/nested"].plan is not None
    assert planned["other/nested"].from_cache


def test_a_fetched_module_that_is_safe_is_planned(
    make_project: MakeProject, make_upstream: MakeUpstream, tmp_path: Path
) -> None:
    root = make_project(fetching(make_upstream(TOPIC)))
    result = plan_all(root, tmp_path / "cache")["fetching/one"]
    assert result.errors == ()
    assert result.cacheable


def test_a_fetched_module_is_checked_when_providers_are_pinned(
    make_project: MakeProject,
    make_upstream: MakeUpstream,
    runs: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = make_upstream(UNSAFE)
    pinning = {"modules/topic/main.tf": TOPIC, "tests/unit/topic/cases.yaml": "cases:\n  one: {}\n"}
    root = make_project(pinning | fetching(source))
    project, found = load(root)
    planner = make_planner(project)
    planner.plan([case for case in found if case.module == "topic"])
    fetching_cases = [case for case in found if case.module == "fetching"][:1]
    selected = planner._locks.of([case for case in found if case.module == "topic"])
    assert AWS in selected.packages

    def of(self: ProviderLocks, cases: object) -> ProviderLock:
        del self, cases
        return selected

    monkeypatch.setattr(ProviderLocks, "of", of)
    runs.clear()
    result = planner.plan(fetching_cases)["fetching/one"]
    assert runs == ["get"]
    assert [error.text.partition(": ")[0] for error in result.errors] == [f"the module from {source} is not run"]
    assert not result.cacheable


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The caller's home folder, with credentials."""
    folder = tmp_path / "home"
    (folder / ".aws").mkdir(parents=True)
    (folder / ".aws" / "credentials").write_text("[default]\naws_access_key_id = AKIA\n")
    monkeypatch.setenv("HOME", str(folder))
    return folder


def test_only_commands_that_fetch_modules_see_the_callers_home_and_git_settings(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "ssh -i key")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/agent")
    terraform = Terraform(
        tmp_path, binary=toolchain.ensure("terraform"), env=aws_environment(endpoint_url="http://127.0.0.1:1")
    )
    for command in ("init", "get"):
        environment = terraform.environment(command, tmp_path)
        assert environment["HOME"] == str(home)
        assert (environment["GIT_SSH_COMMAND"], environment["SSH_AUTH_SOCK"]) == ("ssh -i key", "/agent")
    for command in ("plan", "apply", "destroy", "show", "output", "providers"):
        scratch = tmp_path / command
        scratch.mkdir()
        environment = terraform.environment(command, scratch)
        assert Path(environment["HOME"]).parent == scratch
        assert list(Path(environment["HOME"]).iterdir()) == []
        assert not {"GIT_SSH_COMMAND", "SSH_AUTH_SOCK"} & environment.keys()


@pytest.mark.usefixtures("home")
def test_a_plan_sees_an_empty_home_folder(make_project: MakeProject) -> None:
    module = (
        'output "home" {\n  value = pathexpand("~")\n}\noutput "files" {\n  value = fileset(pathexpand("~"), "**")\n}\n'
    )
    project, found = load(
        make_project({"modules/looks/main.tf": module, "tests/unit/looks/cases.yaml": "cases:\n  one: {}\n"})
    )
    plan = make_planner(project).plan([case for case in found if case.module == "looks"])["looks/one"].plan
    assert plan is not None
    outputs = plan["planned_values"]["outputs"]
    assert Path(outputs["home"]["value"]).name == "home"
    assert "modproof-terraform-" in outputs["home"]["value"]
    assert outputs["files"]["value"] == []


def test_init_uses_the_git_settings_in_the_callers_home(
    home: Path, make_project: MakeProject, make_upstream: MakeUpstream, tmp_path: Path
) -> None:
    make_upstream('output "text" {\n  value = "fetched"\n}\n')
    (home / ".gitconfig").write_text(
        f'[url "file://{tmp_path}/upstream"]\n\tinsteadOf = https://git.example.com/parts.git\n'
    )
    source = "git::https://git.example.com/parts.git?ref=v1.0.0"
    result = plan_all(
        make_project(fetching(source) | greeting_cases("  x: {variables: {name: abc}}\n")), tmp_path / "c"
    )
    assert result["fetching/one"].errors == ()
