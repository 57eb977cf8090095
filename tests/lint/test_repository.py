"""The commands of the README, the pinned versions, and the coverage of CI."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(ROOT.glob("packages/*/pyproject.toml"))


def _marked_commands(name: str) -> list[str]:
    """The fenced blocks in README.md below ``<!-- name -->``."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return [block.strip() for block in re.findall(rf"<!-- {name} -->\n+```\w*\n(.*?)```", readme, re.DOTALL)]


def test_readme_has_one_test_command_of_one_line() -> None:
    commands = _marked_commands("test-command")
    assert len(commands) == 1
    assert "\n" not in commands[0]


def test_readme_begins_with_the_modules_the_environments_and_the_proof() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").partition("<!-- verify-command -->")[0]
    modules = [path.parent for path in ROOT.glob("modules/*/main.tf")]
    assert f"**Modules**: {len(modules)} [Terraform modules](#modules)" in first
    environments = {path.parent.name for path in ROOT.glob("examples/pipeline/*/environment.hcl")}
    assert {name for name in environments if f"`{name}`" in first} == environments
    assert "**Environments**: [`examples/pipeline`](examples/pipeline)" in first
    assert "**Proof**" in first
    # with the command below it, it fits on one screen
    assert len(first.splitlines()) <= 16


def test_the_pipeline_takes_every_module_by_git_ref_and_has_no_test_switch() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in ROOT.glob("examples/pipeline/**/*.hcl")}
    units = {path.parent.name: text for path, text in texts.items() if path.parent.parent.name == "units"}
    for unit, text in units.items():
        (source,) = re.findall(r'\bsource\s+= "(.+)"', text)
        assert re.fullmatch(r"git::https://\S+\.git//modules/[a-z-]+\?ref=v\d+\.\d+\.\d+", source), unit
        dependencies = text.count('dependency "')
        allowed = 'mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]'
        assert text.count(allowed) == text.count("mock_outputs_allowed_terraform_commands") == dependencies, unit
        # without it, a unit that reads a new output cannot be planned before the other unit is applied
        assert text.count('mock_outputs_merge_strategy_with_state  = "shallow"') == dependencies, unit
    for path, text in texts.items():
        assert not re.search(
            r"get_env|endpoint_url|endpoints\s*[={]|path_style|access_key|skip_|localhost|127\.0\.0\.1", text
        ), path


def test_every_list_of_the_environments_of_the_pipeline_is_complete() -> None:
    tree = ROOT / "examples" / "pipeline"
    accounts = dict(re.findall(r'^    (\w+) += "(\d{12})"$', (tree / "accounts.hcl").read_text(), re.MULTILINE))
    assert accounts.keys() == {path.parent.name for path in tree.glob("*/environment.hcl")}
    pipeline = yaml.safe_load((tree / "mlpipe.yaml").read_text())["environments"]
    assert {name: entry["account_id"] for name, entry in pipeline.items()} == accounts
    deploy, leftovers, promote = (
        # a key `on` is true in YAML 1.1
        yaml.safe_load((tree / "workflows" / f"{name}.yml").read_text())
        for name in ("deploy", "leftovers", "promote")
    )
    for job in deploy["jobs"].values():
        matrix = job["strategy"]["matrix"]["include"]
        assert {entry["environment"]: entry["account"] for entry in matrix} == accounts
    assert leftovers["jobs"]["report"]["strategy"]["matrix"]["environment"] == list(accounts)
    inputs = promote[True]["workflow_dispatch"]["inputs"]
    assert inputs["to"]["options"] == [name for name in accounts if name != "registry"]
    assert set(inputs["from"]["options"]) < accounts.keys()
    drawn = (tree / "units.svg").read_text()
    assert [name for name in accounts if f">{name}<" not in drawn] == []
    readme = (tree / "README.md").read_text()
    assert [name for name in accounts if f"| `{name}` |" not in readme] == []


def test_ci_runs_the_command_of_the_readme() -> None:
    shown = subprocess.run(
        ["bash", ROOT / ".ci/run", "--print-command"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert shown == _marked_commands("test-command")[0]


def test_bare_tox_runs_every_kind_of_test() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "tox.ini")
    assert parser["tox"]["env_list"].split() == ["lint", "packages", "unit", "compliance", "integration"]


def test_an_archive_has_what_consumers_need_and_nothing_else(tmp_path: Path) -> None:
    # the attributes of the checkout, also if they are not committed
    packed = tmp_path / "archive.tar"
    command = ["git", "archive", "--worktree-attributes", f"--output={packed}", "HEAD"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(packed) as archive:
        names = {member.name for member in archive if member.isfile()}
    listed = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "HEAD", "modules", "examples"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert set(listed.stdout.splitlines()) < names
    assert {name.partition("/")[0] for name in names} == {
        "CHANGELOG.md", "LICENSE", "README.md", "compliance", "docs", "examples", "modules",
    }  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.parent.name)
def test_constraints_hold_what_a_package_requires(package: Path) -> None:
    project = tomllib.loads(package.read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {})
    wanted = [Requirement(line) for lines in (project["dependencies"], *extras.values()) for line in lines]
    if package.parent.name != "modproof":
        wanted = []  # the others have separate environments: LocalStack has its own lock, mlpipe needs a newer boto3
    pinned: dict[str, list[str]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([\w.-]+)==([\w.]+)", line):
            pinned.setdefault(canonicalize_name(match[1]), []).append(match[2])
    missing = [
        str(requirement)
        for requirement in wanted
        if canonicalize_name(requirement.name) != project["name"]
        and not any(requirement.specifier.contains(v) for v in pinned.get(canonicalize_name(requirement.name), []))
    ]
    assert missing == [], "constraints.txt is out of date; fix with: tox -e constraints"


@pytest.mark.parametrize(
    ("ci", "passed", "text"),
    [("true", False, "skipped in CI, where everything must run (Skipped: no reason)"), ("", True, "2 skipped")],
)
def test_skip_fails_in_ci(tmp_path: Path, ci: str, passed: bool, text: str) -> None:
    (tmp_path / "conftest.py").write_bytes((ROOT / "conftest.py").read_bytes())
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_skipped(): pytest.skip('no reason')\n"
        "@pytest.mark.optional\n"
        "def test_optional(): pytest.skip('may be')\n"
        "@pytest.mark.xfail\n"
        "def test_expected(): assert False\n"
    )
    completed = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", tmp_path, tmp_path],
        capture_output=True,
        text=True,
        env={**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert (completed.returncode == 0) is passed, completed.stdout
    assert text in completed.stdout
    assert "1 xfailed" in completed.stdout


def test_skipped_module_fails_in_ci(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_bytes((ROOT / "conftest.py").read_bytes())
    (tmp_path / "test_it.py").write_text("import pytest\npytest.importorskip('not_there_at_all')\n")
    completed = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", tmp_path, tmp_path],
        capture_output=True,
        text=True,
        env={**os.environ, "CI": "true", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert completed.returncode == 2, completed.stdout
    assert "skipped in CI, where everything must run" in completed.stdout
