from __future__ import annotations

from pathlib import Path

import pytest

from modproof.hcl.blocks import Block
from modproof.hcl.closure import module_folders
from modproof.hcl.conditions import conditions_of
from modproof.hcl.reader import module_blocks, read_as, read_folder

BASE = """
terraform {
  required_version = ">= 1.0"
  required_providers {
    aws = {
      version = "1"
    }
    null = {
      version = "1"
    }
  }
  backend "s3" {}
}
provider "aws" {
  region  = "a"
  profile = "b"
}
provider "aws" {
  alias  = "other"
  region = "c"
}
variable "a" {
  type    = string
  default = "x"
  validation {
    condition     = var.a != ""
    error_message = "base"
  }
}
locals {
  b = 1
  c = 2
}
resource "aws_x" "this" {
  count = 1
  name  = "base"
  rule {
    id = 1
  }
  rule {
    id = 2
  }
  keep {
    id = 3
  }
  lifecycle {
    prevent_destroy = false
    precondition {
      condition     = true
      error_message = "base"
    }
  }
}
data "aws_y" "this" {
  name = "base"
}
module "m" {
  source = "./one"
  input  = 1
}
output "o" {
  value       = 1
  description = "base"
}
"""
OVERRIDE = """
terraform {
  required_version = ">= 1.1"
  required_providers {
    aws = {
      version = "2"
    }
  }
  backend "local" {}
}
provider "aws" {
  profile = null
}
provider "random" {}
provider "aws" {
  alias  = "unknown"
  region = "z"
}
variable "a" {
  default = "y"
  validation {
    condition     = true
    error_message = "ignored"
  }
}
variable "not_there" {}
locals {
  c         = 3
  not_there = 4
}
resource "aws_x" "this" {
  name = "over"
  dynamic "rule" {
    for_each = []
    content {}
  }
  lifecycle {
    prevent_destroy = true
    precondition {
      condition     = true
      error_message = "ignored"
    }
  }
}
data "aws_y" "this" {
  other = "over"
}
module "m" {
  source = "./two"
}
output "o" {
  value = 2
}
check "ignored" {}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(BASE)
    (tmp_path / "z_override.tf").write_text(OVERRIDE)
    return tmp_path


def texts(block: Block) -> dict[str, str]:
    return {attribute.name: attribute.text for attribute in block.attributes}


def only(folder: Path, kind: str) -> Block:
    (block,) = module_blocks(folder, kind)
    return block


def test_every_object_is_read_once(folder: Path) -> None:
    addresses = [block.address for file in read_folder(folder) for block in file.blocks if block.labels]
    assert sorted(addresses) == [
        "aws_x.this", "data.aws_y.this", "module.m", "output.o", "provider.aws", "provider.aws", "provider.random",
        "var.a",
    ]  # fmt: skip


def test_an_argument_of_an_override_file_replaces_that_of_the_block(folder: Path) -> None:
    assert texts(only(folder, "variable")) == {"type": "string", "default": '"y"'}
    assert texts(only(folder, "resource")) == {"count": "1", "name": '"over"'}
    assert texts(only(folder, "data")) == {"name": '"base"', "other": '"over"'}
    assert texts(only(folder, "output")) == {"value": "2", "description": '"base"'}
    assert [texts(block) for block in module_blocks(folder, "provider")] == [
        {"region": '"a"', "profile": "null"},
        {"alias": '"other"', "region": '"c"'},
        {},
    ]


def test_an_overridden_block_keeps_its_place_and_its_new_arguments_have_theirs(folder: Path) -> None:
    variable = only(folder, "variable")
    assert (variable.line, variable.end, variable.origin) == (22, 29, None)
    default = variable.attribute("default")
    assert default is not None and (default.line, default.origin) == (20, folder / "z_override.tf")
    kind = variable.attribute("type")
    assert kind is not None and (kind.line, kind.origin) == (23, None)


def test_nested_blocks_of_an_override_file_replace_all_of_their_type(folder: Path) -> None:
    resource = only(folder, "resource")
    assert [(block.kind, block.labels, block.origin) for block in resource.blocks] == [
        ("keep", (), None),
        ("lifecycle", (), None),
        ("dynamic", ("rule",), folder / "z_override.tf"),
    ]


def test_lifecycle_arguments_are_merged_and_conditions_are_those_of_the_base(folder: Path) -> None:
    (lifecycle,) = only(folder, "resource").all("lifecycle")
    assert texts(lifecycle) == {"prevent_destroy": "true"}
    assert [(each.owner, each.message) for each in conditions_of([folder])] == [
        ("var.a", '"base"'),
        ("aws_x.this", '"base"'),
    ]


def test_locals_are_overridden_one_by_one(folder: Path) -> None:
    found = [(each.name, each.text) for block in module_blocks(folder, "locals") for each in block.attributes]
    assert found == [("b", "1"), ("c", "3")]


def test_settings_of_terraform_are_overridden_one_by_one(folder: Path) -> None:
    blocks = list(module_blocks(folder, "terraform"))
    assert [block.text("required_version") for block in blocks if block.attribute("required_version")] == ['">= 1.1"']
    assert [block.labels for each in blocks for block in each.all("backend")] == [("local",)]
    required = [
        (attribute.name, "2" in attribute.text)
        for each in blocks
        for block in each.all("required_providers")
        for attribute in block.attributes
    ]
    assert required == [("null", False), ("aws", True)]


def test_a_module_call_leads_to_the_source_that_overrides(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
    assert module_folders(folder) == [folder, folder / "two"]


@pytest.mark.parametrize("base", ["main.tf", "main.tf.json"])
@pytest.mark.parametrize("name", ["override.tf", "override.tf.json", "a_override.tf", "a_override.tf.json"])
def test_override_files_of_both_syntaxes_override_both(tmp_path: Path, base: str, name: str) -> None:
    native = 'resource "aws_x" "this" {{\n  a = "{a}"\n  rule {{\n    id = {id}\n  }}\n}}\n'
    json = '{{"resource": {{"aws_x": {{"this": {{"a": "{a}", "rule": [{{"id": {id}}}]}}}}}}}}'
    (tmp_path / base).write_text((json if base.endswith("json") else native).format(a="x", id=1))
    (tmp_path / name).write_text((json if name.endswith("json") else native).format(a="y", id=2))
    resource = only(tmp_path, "resource")
    assert resource.text("a") == '"y"'
    assert [texts(block) for block in resource.all("rule")] == [{"id": "2"}]


def test_later_override_files_override_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("locals {\n  a = 1\n}\n")
    for name, value in (("override.tf", 2), ("a_override.tf", 3)):
        (tmp_path / name).write_text(f"locals {{\n  a = {value}\n}}\n")
    found = [each.text for block in module_blocks(tmp_path, "locals") for each in block.attributes]
    assert found == ["2"]


@pytest.mark.parametrize("name", ["overrides.tf", "my-override.tf", "override_a.tf"])
def test_files_with_similar_names_do_not_override(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('variable "a" {}\n')
    assert [block.labels for block in module_blocks(tmp_path, "variable")] == [("a",)]


def test_a_file_for_opentofu_is_read_instead_of_the_one_for_terraform_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('variable "a" {}\n')
    (tmp_path / "main.tofu").write_text('variable "b" {}\n')
    assert [block.labels for block in module_blocks(tmp_path, "variable")] == [("a",)]
    assert [file.path.name for file in read_as(tmp_path, "terraform")] == ["main.tf"]
    assert [file.path.name for file in read_as(tmp_path, "tofu")] == ["main.tofu"]
