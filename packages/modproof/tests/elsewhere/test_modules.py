"""modproof, installed without extras, in repositories of other people's modules."""

from __future__ import annotations

import textwrap
from pathlib import Path

from .commands import command
from .conftest import MakeRepository, Run

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
    assert begun.code == 0, begun.stderr
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
    assert passed.last_line.startswith("3 passed")
    assert (root / ".terraform.lock.hcl").read_text() == lock

    cases.write_text(cases.read_text().replace("terraform_data: 1", "terraform_data: 2", 1))
    failed = run("pytest", "-q", cwd=root)
    assert failed.code == 1
    assert failed.last_line.startswith("1 failed, 2 passed")
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
    assert run("pytest", "-q", "tests/unit/outer", cwd=root).last_line.startswith("3 passed")
    covered = run("modproof", "coverage", "--fail-under", "100", cwd=root)
    assert covered.code == 0, covered.stdout
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
    assert run("pytest", "-q", cwd=root).last_line.startswith("1 passed")


def test_a_module_with_seventy_variables_of_any_type(make_repository: MakeRepository, run: Run) -> None:
    variables = "".join(f'variable "v{n}" {{\n  type    = any\n  default = null\n}}\n' for n in range(70))
    chosen = " ".join(f"var.v{n}," for n in range(70))
    resource = f'resource "terraform_data" "this" {{\n  input = [{chosen}]\n}}\n'
    root = make_repository({"variables.tf": variables, "main.tf": resource})
    assert run("modproof", "init", cwd=root).code == 0
    cases = root / "tests/unit/root/cases.yaml"
    cases.write_text(
        f"{cases.read_text()}"
        "  mixed:\n"
        "    variables: {v0: 1, v1: {a: [x, true]}, v2: ['${not_a_template}'], v69: text}\n"
        "    expect:\n"
        "      values: {terraform_data.this: {input: {<contains>: [1, {a: [x, true]}, ['${not_a_template}'], text]}}}\n"
    )
    assert run("pytest", "-q", cwd=root).last_line.startswith("2 passed")


def test_modules_from_a_git_repository(make_repository: MakeRepository, run: Run, tmp_path: Path) -> None:
    upstream = tmp_path / "upstream"
    (upstream / "modules/greeting").mkdir(parents=True)
    (upstream / "modules/greeting/main.tf").write_text(textwrap.dedent(GREETING))
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for arguments in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "first"), ("tag", "v1.0.0")):
        done = command("git", *arguments, cwd=upstream)
        assert done.code == 0, done.stderr
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
    assert run("pytest", "-q", cwd=root, **redirect).last_line.startswith("2 passed")
