"""A project with modules and Terragrunt units of three environments that call them."""

from __future__ import annotations

import subprocess
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from modproof.cases.sources.terragrunt import Unit, units
from modproof.core.project import Project

MakeLive = Callable[[Mapping[str, str]], Path]

NETWORK = """
variable "name" {
  type = string
}
variable "cidr" {
  type = string
}
resource "terraform_data" "this" {
  input = "${var.name} ${var.cidr}"
}
"""

SERVER = """
variable "name" {
  type = string
}
variable "network_id" {
  type = string
  validation {
    condition     = startswith(var.network_id, "net-")
    error_message = "network_id must start with net-."
  }
}
variable "subnets" {
  type     = map(object({ id = string, zone = string }))
  default  = {}
  nullable = false
}
variable "tags" {
  type     = map(string)
  default  = {}
  nullable = false
}
resource "terraform_data" "this" {
  input = { name = var.name, network = var.network_id, tags = var.tags }
}
resource "terraform_data" "subnet" {
  for_each = var.subnets
  input    = each.value
}
"""

ROOT = """
terraform_version_constraint  = ">= 1.9"
terragrunt_version_constraint = ">= 1.1"

terraform {
  before_hook "before" {
    commands = ["terragrunt-read-config", "init", "plan"]
    execute  = ["touch", "${get_terragrunt_dir()}/hooked"]
  }
  after_hook "after" {
    commands = ["terragrunt-read-config", "init", "plan"]
    execute  = ["/usr/bin/touch", "${get_terragrunt_dir()}/hooked"]
  }
}
locals {
  environment = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals
}
remote_state {
  backend  = "s3"
  generate = { path = "backend.tf", if_exists = "overwrite" }
  config = {
    bucket = "state-${get_aws_account_id()}"
    key    = "${path_relative_to_include()}/terraform.tfstate"
    region = "eu-west-1"
  }
}
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = "provider \\"aws\\" {}"
}
inputs = {
  name  = "app-${local.environment.name}"
  owner = "unused: most modules have no such variable"
}
"""

UNIT_OF_NETWORK = """
include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}
terraform {
  source = "SOURCE"
}
inputs = {
  cidr = include.root.locals.environment.cidr
}
"""

MOCKED = """
include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "../../../modules/server"
}
dependency "network" {
  config_path = "../network"
  mock_outputs = {
    id      = "net-0"
    subnets = { a = { id = "subnet-0", zone = "a" }, b = { id = "subnet-1", zone = "b" } }
  }
  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
}
inputs = {
  network_id = dependency.network.outputs.id
  subnets    = { for name, subnet in dependency.network.outputs.subnets : name => subnet }
  tags       = merge({ Team = "ml" }, { Network = "of ${dependency.network.outputs.id}" })
}
"""

SHARING = """
include "root" {
  path = find_in_parent_folders("root.hcl")
}
include "shared" {
  path           = "${dirname(find_in_parent_folders("root.hcl"))}/_shared/server.hcl"
  merge_strategy = "deep"
}
inputs = {
  tags = { Stage = "two" }
}
"""

SHARED = """
terraform {
  source = "git::https://git.example.com/org/modules.git//modules/server?ref=v1.0.0"
}
dependency "network" {
  config_path  = "${get_terragrunt_dir()}/../network"
  mock_outputs = { id = "net-1" }
}
inputs = {
  network_id = dependency.network.outputs.id
  tags       = { Network = dependency.network.outputs.id }
}
"""

WITHOUT_MOCKS = """
include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "git::https://git.example.com/org/modules.git//modules/server?ref=${local.version}"
}
locals {
  version = trimspace(file("${get_repo_root()}/VERSION"))
}
dependency "network" {
  config_path = "../network"
}
inputs = {
  network_id = dependency.network.outputs.id
  tags       = dependency.network.outputs.tags
}
"""

FILES = {
    "pyproject.toml": '[tool.modproof]\ndocumented = ["terragrunt"]\nunits = ["live"]\n',
    ".gitignore": ".modproof\n",
    "VERSION": "v1.0.0\n",
    "modules/network/main.tf": NETWORK,
    "modules/server/main.tf": SERVER,
    "tests/unit/network/cases.yaml": "cases:\n  minimal:\n    variables: {name: a, cidr: b}\n",
    "tests/unit/server/cases.yaml": "cases:\n  minimal:\n    variables: {name: a, network_id: net-9}\n",
    "live/root.hcl": ROOT,
    "live/_shared/server.hcl": SHARED,
    "live/develop/env.hcl": 'locals {\n  name = "develop"\n  cidr = "10.0.0.0/16"\n}\n',
    "live/develop/network/terragrunt.hcl": UNIT_OF_NETWORK.replace("SOURCE", "../../../modules/network"),
    "live/develop/server/terragrunt.hcl": MOCKED,
    "live/staging/env.hcl": 'locals {\n  name = "staging"\n  cidr = "10.1.0.0/16"\n}\n',
    "live/staging/network/terragrunt.hcl": UNIT_OF_NETWORK.replace("SOURCE", "${get_repo_root()}//modules/network"),
    "live/staging/server/terragrunt.hcl": SHARING,
    "live/production/env.hcl": 'locals {\n  name = "production"\n  cidr = "10.2.0.0/16"\n}\n',
    "live/production/network/terragrunt.hcl": UNIT_OF_NETWORK.replace("SOURCE", "../../../modules//network"),
    "live/production/server/terragrunt.hcl": WITHOUT_MOCKS,
}


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    # Terragrunt's functions look for the repository's root
    subprocess.run(["git", "init", "-q", "-b", "main", root], check=True)
    return root


@pytest.fixture
def make_live(tmp_path: Path) -> MakeLive:
    """Write the project; the mapping adds or replaces files."""
    return lambda files: write(tmp_path / "project", {**FILES, **files})


@pytest.fixture(scope="module")
def rendered_apart(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Mapping[str, str]], dict[str, Unit]]:
    """Render units, given by their texts, in one Terragrunt run in a project without other units."""

    def render(texts: Mapping[str, str]) -> dict[str, Unit]:
        modules = {name: text for name, text in FILES.items() if not name.startswith("live/")}
        units_files = {f"live/one/{name}/terragrunt.hcl": text for name, text in texts.items()}
        root = write(tmp_path_factory.mktemp("apart") / "project", {**modules, **units_files})
        return {unit.name.removeprefix("one/"): unit for unit in units(Project.find(root))}

    return render


@pytest.fixture
def live(make_live: MakeLive) -> Project:
    return Project.find(make_live({}))
