"""Which cases are planned again and which come from the cache."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from modproof.cases import judge
from modproof.cases.model import Case
from modproof.cases.planned import Planned
from modproof.core.project import Project
from modproof.core.results import Outcome
from modproof.plan import fingerprint
from modproof.terraform.runner import PlanRun, Terraform

from ..conftest import OTHER, MakeProject, greeting_cases, load, make_planner


def planned_of(project: Project, found: list[Case], cache: Path) -> dict[str, Planned]:
    return make_planner(project, cache).plan(found)


def test_unchanged_cases_are_not_planned_again(make_project: MakeProject, tmp_path: Path, runs: list[str]) -> None:
    project, found = load(make_project({}))
    first = planned_of(project, found, tmp_path / "cache")
    runs.clear()
    second = planned_of(project, found, tmp_path / "cache")
    assert runs == []
    assert {name: planned.plan for name, planned in second.items()} == {n: p.plan for n, p in first.items()}
    assert [planned.errors for planned in second.values()] == [planned.errors for planned in first.values()]
    assert all(planned.from_cache for planned in second.values())


@pytest.mark.parametrize(
    ("path", "text", "again"),
    [
        pytest.param("modules/other/extra.tf", "# new", {"other/nested"}, id="own module"),
        pytest.param(
            "modules/greeting/extra.tf",
            "# new",
            {"other/nested", "greeting/minimal", "greeting/rejects_short_name"},
            id="sibling module",
        ),
        pytest.param("modules/other/script.sh.tftpl", "# new", {"other/nested"}, id="template file"),
        pytest.param("modules/other/.terraform.lock.hcl", "# new", {"other/nested"}, id="the module's lock file"),
        pytest.param("shared/policy.json", "{}", {"other/nested"}, id="a file that it reads elsewhere"),
        pytest.param("modules/greeting/README.md", "# prose", set(), id="documentation"),
        pytest.param(
            "tests/unit/other/cases.yaml",
            "cases:\n  nested:\n    description: other words\n    expect: {outputs: {text: x}}\n",
            set(),
            id="expectations only",
        ),
    ],
)
def test_only_cases_with_a_changed_input_are_planned_again(
    make_project: MakeProject, tmp_path: Path, path: str, text: str, again: set[str]
) -> None:
    reads = OTHER + 'locals {\n  policy = file("${path.module}/../../shared/policy.json")\n}\n'
    root = make_project({"modules/other/main.tf": reads, "shared/policy.json": "[]"})
    planned_of(*load(root), tmp_path / "cache")
    (root / path).write_text(text)
    second = planned_of(*load(root), tmp_path / "cache")
    assert {name for name, planned in second.items() if not planned.from_cache} == again


def test_a_plan_is_not_cached_if_its_module_was_edited_during_the_run(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_project({})
    real = Terraform.plan_to

    def plan_to(self: Terraform, plan_file: Path, **options: Any) -> PlanRun:
        (root / "modules/other/main.tf").write_text("")
        return real(self, plan_file, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Terraform, "plan_to", plan_to)
        planned_of(*load(root), tmp_path / "cache")
    second = planned_of(*load(root), tmp_path / "cache")
    assert {name for name, planned in second.items() if not planned.from_cache} == {"other/nested"}
    assert second["other/nested"].plan is not None
    assert second["other/nested"].plan["output_changes"] == {}


def test_another_checkout_shares_the_cache(make_project: MakeProject, tmp_path: Path) -> None:
    root = make_project({})
    planned_of(*load(root), tmp_path / "cache")
    other = root.rename(tmp_path / "elsewhere")
    assert all(planned.from_cache for planned in planned_of(*load(other), tmp_path / "cache").values())


def test_explain_names_the_inputs_that_changed(make_project: MakeProject, tmp_path: Path) -> None:
    root = make_project(greeting_cases("  one: {variables: {name: world, names: [a]}}\n"))
    cache = tmp_path / "cache"

    def reasons() -> list[str]:
        project, found = load(root)
        return make_planner(project, cache).explain(next(case for case in found if case.id == "greeting/one"))

    assert reasons() == ["it was not planned in this checkout before"]
    planned_of(*load(root), cache)
    assert reasons() == []
    (root / "modules/greeting/new.tf").write_text("")
    (root / "modules/greeting/main.tf").write_text((root / "modules/greeting/main.tf").read_text() + "\n")
    path = root / "tests/unit/greeting/cases.yaml"
    path.write_text(path.read_text().replace("names: [a]", "secret: a"))
    assert sorted(reasons()) == [
        "modules/greeting/main.tf changed",
        "modules/greeting/new.tf is new",
        "variables.names is gone",
        "variables.secret is new",
    ]


def changed_parts(project: Project, cache: Path, **other: object) -> list[str]:
    """Why a planner with other surroundings would plan the first case again."""
    planner = make_planner(project, cache)
    planner._surroundings = dataclasses.replace(planner._surroundings, **other)
    _, found = load(project.root)
    return planner.explain(found[0])


def test_another_tool_lock_file_or_version_of_modproof_plans_again(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, found = load(make_project({}))
    cache = tmp_path / "cache"
    planned_of(project, found, cache)
    assert changed_parts(project, cache) == []
    assert changed_parts(project, cache, version="1.12.0") == ["the version of Terraform changed"]
    assert changed_parts(project, cache, program="tofu") == ["the version of Terraform changed"]
    assert changed_parts(project, cache, providers=("registry",)) == ["the providers changed"]
    (tmp_path / "lock").write_text("provider {}")
    assert changed_parts(project, cache, lock_file=tmp_path / "lock") == ["the lock file changed"]
    monkeypatch.setattr(fingerprint, "_source_digest", lambda: "another digest")
    assert changed_parts(project, cache) == ["modproof changed"]


def test_a_plan_with_a_sensitive_value_is_written_to_no_file(make_project: MakeProject, tmp_path: Path) -> None:
    given = "  given: {variables: {name: world, secret: pa55word}}\n"
    root = make_project(greeting_cases(f"{given}  none: {{variables: {{name: world}}}}\n"))
    planned_of(*load(root), tmp_path / "cache")
    second = planned_of(*load(root), tmp_path / "cache")
    assert {name: result.from_cache for name, result in second.items()} == {
        "greeting/given": False,
        "greeting/none": True,
        "other/nested": True,
    }
    kept = [path for folder in (tmp_path / "cache", root / ".modproof") for path in folder.rglob("*") if path.is_file()]
    assert kept
    assert [path for path in kept if b"pa55word" in path.read_bytes()] == []


def test_a_plan_with_a_sensitive_default_is_written_to_no_file(make_project: MakeProject, tmp_path: Path) -> None:
    module = 'variable "secret" {\n  sensitive = true\n  default   = "pa55word"\n}\n'
    root = make_project(
        {
            "modules/secret/main.tf": module,
            "tests/unit/secret/cases.yaml": "cases:\n  one: {}\n  two: {variables: {secret: null}}\n",
        }
    )
    planned_of(*load(root), tmp_path / "cache")
    second = planned_of(*load(root), tmp_path / "cache")
    assert {name for name, planned in second.items() if not planned.from_cache} == {"secret/one", "secret/two"}
    kept = [path for folder in (tmp_path / "cache", root / ".modproof") for path in folder.rglob("*") if path.is_file()]
    assert [path for path in kept if b"pa55word" in path.read_bytes()] == []


def test_an_entry_of_a_killed_writer_is_not_read(make_project: MakeProject, tmp_path: Path) -> None:
    root = make_project({})
    script = """
        import json, os, signal, sys
        from pathlib import Path
        from modproof import toolchain
        from modproof.cases import load_all
        from modproof.core import cache
        from modproof.core.project import Project
        from modproof.plan import Planner
        def half(*arguments, **options):
            sink = open_(*arguments, **options)
            write = sink.write
            def dying(text):
                write(text[:8])
                sink.flush()
                os.kill(os.getpid(), signal.SIGKILL)
            sink.write = dying
            return sink
        open_, cache.os.fdopen = os.fdopen, half
        project = Project(Path(sys.argv[1]))
        found = toolchain.find("terraform")
        planner = Planner(project, binary=found.path, version=found.version, cache=cache.Cache(Path(sys.argv[2])))
        planner.plan(load_all(project).cases)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script), root, tmp_path / "cache"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [path.suffix for path in (tmp_path / "cache").glob("??/*")] == [".part"]
    project, found = load(root)
    planned = planned_of(project, found, tmp_path / "cache")
    assert [judge(case, planned[case.id]).outcome for case in found] == [Outcome.PASSED] * 3
    assert all(result.from_cache for result in planned_of(project, found, tmp_path / "cache").values())
