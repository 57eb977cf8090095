"""What ``modproof init`` writes in repositories of different shapes: nearly all cases plan, and none is hollow."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from modproof.cases import judge, load_all
from modproof.core.project import Project
from modproof.core.results import Outcome
from modproof.run.scaffold import scaffold
from modproof.run.services import Services
from modproof.terraform.plan_json import resource_counts

from ...conftest import run_pytest

SUBNET = """
    variable "cidr_block" {
      type = string
      validation {
        condition     = can(cidrhost(var.cidr_block, 0))
        error_message = "cidr_block must be a CIDR block."
      }
    }
    variable "tags" {
      type    = map(string)
      default = {}
    }
    resource "terraform_data" "this" {
      input = { cidr = var.cidr_block, tags = var.tags }
    }
    output "id" {
      value = terraform_data.this.id
    }
"""
VPC = """
    variable "name" {
      type = string
    }
    variable "create" {
      type    = bool
      default = true
    }
    variable "azs" {
      type    = list(string)
      default = []
    }
    variable "routes" {
      type    = any
      default = {}
    }
    resource "terraform_data" "vpc" {
      count = var.create ? 1 : 0
      input = var.name
    }
    resource "terraform_data" "subnet" {
      count = var.create ? length(var.azs) : 0
      input = element(var.azs, count.index)
    }
    resource "terraform_data" "route" {
      for_each = var.routes
      input    = each.value.target
    }
    module "extra" {
      source     = "./modules/subnet"
      cidr_block = "10.1.0.0/16"
    }
"""
BUCKETS = """
    variable "buckets" {
      type = map(object({
        name       = string
        versioning = optional(bool, false)
        rules      = optional(list(object({ days = number })), [])
      }))
      default = {}
    }
    variable "owner" {}
    resource "terraform_data" "this" {
      for_each = var.buckets
      input    = merge(each.value, { owner = var.owner })
    }
"""
QUEUE = """
    variable "settings" {
      type = object({
        name   = string
        delay  = number
        policy = any
        dlq    = optional(object({ arn = string }))
      })
    }
    variable "days" {
      type = number
      validation {
        condition     = contains([7, 30], var.days)
        error_message = "days must be 7 or 30."
      }
    }
    variable "consumers" {
      type = list(map(string))
    }
    resource "terraform_data" "queue" {
      input = var.settings.name
    }
    resource "terraform_data" "consumer" {
      for_each = { for each in var.consumers : each["name"] => each }
      input    = each.value
    }
"""
COMPUTED = """
    resource "terraform_data" "made" {
      input = "made"
    }
    module "labels" {
      source = "example.com/acme/labels/null"
    }
    module "buckets" {
      source  = "../../modules/buckets"
      owner   = terraform_data.made.id
      buckets = { logs = { name = terraform_data.made.id } }
    }
    module "more" {
      source  = "../../modules/buckets"
      owner   = module.labels.id
      buckets = { for name in [terraform_data.made.id] : name => { name = name } }
    }
"""
README = """
    # VPC

    ```hcl
    module "vpc" {
      source  = "terraform-aws-modules/vpc/aws"
      version = "~> 5.0"
      name    = "main"
      azs     = ["eu-west-1a", "eu-west-1b"]
    }
    ```

    ```hcl
    module "incomplete" {
      source = "terraform-aws-modules/vpc/aws"
      # ...
    }
    ```

    ```hcl
    module "subnet" {
      source     = "terraform-aws-modules/vpc/aws//modules/subnet"
      cidr_block = "10.0.0.0/24"
    }
    ```

    ```hcl
    module "broken" {
      source = "terraform-aws-modules/vpc/aws"
      ...
    }
    ```
"""
FLAT = {
    f"modules/m{number:02}/main.tf": f"""
        variable "name" {{
          type = string
        }}
        variable "items" {{
          type    = {"set(string)" if number % 2 else "list(string)"}
          default = []
        }}
        resource "terraform_data" "this" {{
          input = var.name
        }}
        resource "terraform_data" "item" {{
          for_each = toset(var.items)
        }}
    """
    for number in range(59)
}
REPOSITORIES: dict[str, Mapping[str, str]] = {
    "terraform-aws-vpc": {
        "main.tf": VPC,
        "README.md": README,
        "modules/subnet/main.tf": SUBNET,
        "examples/complete/main.tf": """
            data "terraform_remote_state" "zones" {
              backend = "local"
            }
            locals {
              name = "complete"
            }
            module "vpc" {
              source = "../../"
              name   = local.name
              azs    = data.terraform_remote_state.zones.outputs.names
              routes = { all = { target = "nat" } }
            }
            module "disabled" {
              source = "../../"
              name   = "none"
              create = false
            }
        """,
    },
    "nested": {
        "modules/networking/subnet/main.tf": SUBNET,
        "modules/storage/buckets/main.tf": BUCKETS,
        "modules/queue/main.tf": QUEUE,
        "examples/all/main.tf": """
            module "subnet" {
              source     = "../../modules/networking/subnet"
              cidr_block = "10.0.0.0/24"
            }
        """,
    },
    "several": {
        "modules/buckets/main.tf": BUCKETS,
        "data/modules/queue/main.tf": QUEUE,
        "examples/computed/main.tf": COMPUTED,
    },
    "bare": {"main.tf": BUCKETS, "variables.tf": 'variable "env" {\n  type = string\n}\n'},
    "flat": FLAT,
}


@pytest.fixture
def repository(tmp_path: Path) -> Callable[[str], Project]:
    def make(name: str) -> Project:
        root = tmp_path / name
        for path, text in REPOSITORIES[name].items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), encoding="utf-8")
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        return Project.find(root)

    return make


FILES = {
    "terraform-aws-vpc": ["root", "subnet"],
    "nested": ["networking/subnet", "queue", "storage/buckets"],
    "several": ["buckets", "data/modules/queue"],
    "bare": ["root"],
    "flat": [f"m{number:02}" for number in range(59)],
}


@pytest.mark.parametrize("name", REPOSITORIES)
def test_nearly_all_cases_plan_and_none_is_hollow(name: str, repository: Callable[[str], Project]) -> None:
    project = repository(name)
    with Services(project, use_cache=False) as services:
        scaffolded = scaffold(project, [], services)
    assert [each.path.relative_to(project.cases).as_posix() for each in scaffolded] == [
        f"{module}/cases.yaml" for module in FILES[name]
    ]
    loaded = load_all(Project.find(project.root))
    assert not loaded.broken
    written = {case.id for case in loaded.cases}
    assert written == {f"{each.module}/{case}" for each in scaffolded for case in each.cases}
    with Services(project, use_cache=False) as services:
        planned = services.plan(loaded.cases)
    results = [judge(case, planned[case.id]) for case in loaded.cases]
    passed = [each.id for each in results if each.outcome is Outcome.PASSED]
    assert len(passed) >= 0.9 * len(results), [each for each in results if each.outcome is not Outcome.PASSED]
    hollow = [each for each in passed if not resource_counts(planned[each].plan or {})]
    assert hollow == []


def test_each_call_of_the_repository_itself_is_a_case(repository: Callable[[str], Project]) -> None:
    project = repository("terraform-aws-vpc")
    with Services(project, use_cache=False) as services:
        root, subnet = scaffold(project, [], services)
    assert list(root.cases) == ["minimal", "complete_vpc", "complete_disabled", "readme"]
    assert list(subnet.cases) == ["minimal", "readme"]
    assert [note.partition(":")[0] for note in root.notes] == ["README.md", "README.md"]
    written = yaml.safe_load(root.path.read_text(encoding="utf-8"))["cases"]
    assert written["complete_vpc"]["variables"]["azs"] == ["eu-west-1a"]  # its length must be known


def test_pytest_finds_the_cases_of_modules_in_any_folder(repository: Callable[[str], Project]) -> None:
    project = repository("several")
    with Services(project, use_cache=False) as services:
        scaffolded = scaffold(project, [], services)
    count = sum(len(each.cases) for each in scaffolded)
    done = run_pytest(project.root, "-q")
    assert f"{count} passed" in done.stdout, done.stdout
