"""modproof installed from its wheel, without extras, in other module repositories."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import uv

PACKAGE = Path(__file__).parents[1]
TOOLS = PACKAGE.parents[1] / "tools"
HEAVY = {"boto3", "botocore", "checkov", "localstack_client", "localstack_core", "uv"}

Run = Callable[..., subprocess.CompletedProcess[str]]
MakeRepository = Callable[[Mapping[str, str]], Path]

GREETING = """
    variable "name" {
      type = string
      validation {
        condition     = length(var.name) >= 3
        error_message = "name must be at least 3 characters, such as world."
      }
    }
    resource "terraform_data" "this" {
      input = "hello ${var.name}"
    }
    output "text" {
      value = terraform_data.this.input
    }
"""


def command(*arguments: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    return subprocess.run(
        [*map(str, arguments)], cwd=cwd, env={**environment, **env}, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = command(uv.find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", folder, PACKAGE, cwd=folder)
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    made = command(uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, folder, cwd=folder.parent)
    assert made.returncode == 0, made.stderr
    python = folder / "bin" / "python"
    installed = command(uv.find_uv_bin(), "pip", "install", "--quiet", "--python", python, wheel, cwd=folder.parent)
    assert installed.returncode == 0, installed.stderr
    return folder


@pytest.fixture
def run(venv: Path) -> Run:
    """Run a program from the environment with the installed modproof."""

    def in_environment(program: str, *arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        return command(venv / "bin" / program, *arguments, cwd=cwd, **env)

    return in_environment


@pytest.fixture
def make_repository(tmp_path: Path) -> MakeRepository:
    def make(files: Mapping[str, str]) -> Path:
        root = tmp_path / "repository"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        (root / ".git").mkdir(exist_ok=True)
        return root

    return make


def summary(done: subprocess.CompletedProcess[str]) -> str:
    """The last line of pytest, or all output if pytest did not run tests."""
    lines = done.stdout.strip().splitlines()
    return lines[-1] if lines and done.returncode in (0, 1) else f"{done.stdout}\n{done.stderr}"


def test_the_wheel_contains_the_sources_of_go_tools(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {f"modproof/toolchain/gotools/{path.parent.name}/{path.name}" for path in TOOLS.glob("*/go.*")}
    assert expected <= names
    assert len(expected) >= 8  # go.mod and go.sum of each tool
    assert {name for name in names if name.endswith("coverage.html")} == {"modproof/report/templates/coverage.html"}


def test_an_installation_without_extras_is_small(venv: Path, run: Run, tmp_path: Path) -> None:
    (packages,) = venv.glob("lib/python*/site-packages")
    assert HEAVY & {path.name.lower() for path in packages.iterdir()} == set()
    megabytes = sum(path.stat().st_size for path in packages.rglob("*") if path.is_file()) / 1e6
    assert megabytes < 60
    assert run("modproof", "--help", cwd=tmp_path).returncode == 0


def test_a_root_module_with_examples(make_repository: MakeRepository, run: Run) -> None:
    root = make_repository(
        {
            "main.tf": GREETING,
            ".terraform.lock.hcl": 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "4.0.0"\n}\n',
            "examples/complete/main.tf": """
                locals {
                  who = "everybody"
                }
                module "greeting" {
                  source = "../../"
                  name   = "to ${local.who}"
                }
            """,
            "examples/computed/main.tf": """
                resource "terraform_data" "who" {
                  input = "me"
                }
                module "greeting" {
                  source = "../.."
                  name   = terraform_data.who.output
                }
            """,
        }
    )
    lock = (root / ".terraform.lock.hcl").read_text()
    begun = run("modproof", "init", cwd=root)
    assert begun.returncode == 0, begun.stderr
    assert "tests/unit/root/cases.yaml: 3 cases of root" in begun.stdout
    assert [line for line in begun.stdout.splitlines() if line.endswith(" plans")] == [
        "  ✓ minimal plans",
        "  ✓ complete plans",
        "  ✓ computed plans",
    ]
    cases = root / "tests/unit/root/cases.yaml"
    assert "name: to everybody" in cases.read_text()
    assert "unknown:\n    - name\n" in cases.read_text()
    assert "terraform_data: 1" in cases.read_text()

    passed = run("pytest", "-q", cwd=root)
    assert summary(passed).startswith("3 passed")
    assert (root / ".terraform.lock.hcl").read_text() == lock

    cases.write_text(cases.read_text().replace("terraform_data: 1", "terraform_data: 2", 1))
    failed = run("pytest", "-q", cwd=root)
    assert failed.returncode == 1
    assert summary(failed).startswith("1 failed, 2 passed")
    assert "expected 2 terraform_data, found 1" in failed.stdout

    again = run("modproof", "init", cwd=root)
    assert "tests/unit/root/cases.yaml already exists and was not changed" in again.stdout
    assert "terraform_data: 2" in cases.read_text()


def test_nested_modules(make_repository: MakeRepository, run: Run) -> None:
    root = make_repository(
        {
            "main.tf": """
                module "outer" {
                  source = "./modules/outer"
                }
                output "text" {
                  value = module.outer.text
                }
            """,
            "modules/outer/main.tf": """
                module "inner" {
                  source = "./modules/inner"
                  name   = "world"
                }
                output "text" {
                  value = module.inner.text
                }
            """,
            "modules/outer/modules/inner/main.tf": GREETING,
            "tests/unit/cases.yaml": "cases:\n  top:\n    expect: {outputs: {text: hello world}}\n",
            "tests/unit/outer/cases.yaml": "cases:\n  middle:\n    expect: {outputs: {text: hello world}}\n",
            "tests/unit/outer/modules/inner/cases.yaml": """
                cases:
                  deep:
                    variables: {name: you}
                    expect: {outputs: {text: hello you}}
                  rejects_short:
                    variables: {name: I}
                    rejects: name must be at least 3 characters
            """,
        }
    )
    assert summary(run("pytest", "-q", "tests/unit/outer", cwd=root)).startswith("3 passed")
    covered = run("modproof", "coverage", "--fail-under", "100", cwd=root)
    assert covered.returncode == 0, covered.stdout
    assert "outer/modules/inner" in covered.stdout
    # in the folder of a module with nested modules, the project is still the repository
    assert "outer/modules/inner/deep" in run("modproof", "plan", "--list", cwd=root / "modules/outer").stdout


def test_a_module_with_its_own_provider_block(make_repository: MakeRepository, run: Run) -> None:
    root = make_repository(
        {
            "modules/topic/main.tf": """
                variable "region" {
                  type    = string
                  default = "eu-central-1"
                }
                provider "aws" {
                  region = var.region
                  default_tags {
                    tags = { Owner = "platform" }
                  }
                }
                resource "aws_sns_topic" "this" {
                  name = "alerts"
                }
            """,
            "tests/unit/topic/cases.yaml": """
                cases:
                  minimal:
                    expect:
                      values: {aws_sns_topic.this: {name: alerts, tags_all: {Owner: platform}}}
            """,
        }
    )
    assert summary(run("pytest", "-q", cwd=root)).startswith("1 passed")


def test_a_module_with_seventy_variables_of_any_type(make_repository: MakeRepository, run: Run) -> None:
    variables = "".join(f'variable "v{n}" {{\n  type    = any\n  default = null\n}}\n' for n in range(70))
    chosen = " ".join(f"var.v{n}," for n in range(70))
    resource = f'resource "terraform_data" "this" {{\n  input = [{chosen}]\n}}\n'
    root = make_repository({"variables.tf": variables, "main.tf": resource})
    assert run("modproof", "init", cwd=root).returncode == 0
    cases = root / "tests/unit/root/cases.yaml"
    cases.write_text(
        f"{cases.read_text()}"
        "  mixed:\n"
        "    variables: {v0: 1, v1: {a: [x, true]}, v2: ['${not_a_template}'], v69: text}\n"
        "    expect:\n"
        "      values: {terraform_data.this: {input: {<contains>: [1, {a: [x, true]}, ['${not_a_template}'], text]}}}\n"
    )
    assert summary(run("pytest", "-q", cwd=root)).startswith("2 passed")


def test_modules_from_a_git_repository(make_repository: MakeRepository, run: Run, tmp_path: Path) -> None:
    upstream = tmp_path / "upstream"
    (upstream / "modules/greeting").mkdir(parents=True)
    (upstream / "modules/greeting/main.tf").write_text(textwrap.dedent(GREETING))
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for arguments in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "first"), ("tag", "v1.0.0")):
        done = command("git", *arguments, cwd=upstream)
        assert done.returncode == 0, done.stderr
    root = make_repository(
        {
            "main.tf": """
                variable "name" {
                  type = string
                }
                module "greeting" {
                  source = "git::https://git.example.com/parts.git//modules/greeting?ref=v1.0.0"
                  name   = var.name
                }
                output "text" {
                  value = module.greeting.text
                }
            """,
            "tests/unit/root/cases.yaml": """
                cases:
                  minimal:
                    variables: {name: world}
                    expect: {resources: {terraform_data: 1}, outputs: {text: hello world}}
                  rejects_short:
                    variables: {name: I}
                    rejects: name must be at least 3 characters
            """,
        }
    )
    redirect = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{upstream}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://git.example.com/parts.git",
    }
    assert summary(run("pytest", "-q", cwd=root, **redirect)).startswith("2 passed")
