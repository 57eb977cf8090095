"""A value that the module keeps secret is nowhere: not in a failure, a report, a saved expectation or the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from ..conftest import MakeProject

# no file has the whole secret, so that only a plan could have written it
SECRET = "pa55word"
INNER = """
output "token" {
  value     = format("pa%dword", 55)
  sensitive = true
}
output "name" {
  value = "inner"
}
"""
VAULT = """
variable "digits" {
  default   = "55"
  sensitive = true
}
variable "many" {
  default = ["a", "b"]
}
locals {
  token = { of_inner = module.inner.token }
}
module "inner" {
  source = "./inner"
}
module "repeated" {
  source   = "./inner"
  for_each = toset(var.many)
}
module "passed_on" {
  source = "./other"
  value  = local.token.of_inner
}
resource "terraform_data" "part" {
  input = { login = "ann", keys = [{ password = "pa${var.digits}word" }] }
}
resource "terraform_data" "of_inner" {
  input = "x-${module.inner.token}"
}
output "by_variable" {
  value = { login = "ann", keys = [{ password = "pa${var.digits}word" }], set = toset(["pa${var.digits}word"]) }
}
output "by_resource" {
  value = { all = terraform_data.part.input }
}
output "by_inner" {
  value = { token = module.inner.token }
}
output "by_local" {
  value = [local.token]
}
output "by_inner_resource" {
  value = terraform_data.of_inner.input
}
output "by_other_module" {
  value = { both = module.passed_on.both }
}
output "by_instance" {
  value = module.repeated["a"].token
}
output "by_all_instances" {
  value = [for each in module.repeated : each.token]
}
output "by_whole_instances" {
  value = [for each in module.repeated : each]
}
output "open_instances" {
  value = [[for key, each in module.repeated : each.name], module.repeated["a"].name, module.repeated[var.many[0]].name]
}
output "declared" {
  value     = format("pa%dword", 55)
  sensitive = true
}
output "open" {
  value = { name = module.inner.name, login = terraform_data.part.input.login, none = null }
}
"""
OTHER = """
variable "value" {}
resource "terraform_data" "kept" {
  input = { deep = var.value }
}
output "both" {
  value = [terraform_data.kept.input, "known"]
}
"""
OUTPUTS = (
    "by_variable", "by_resource", "by_inner", "by_local", "by_inner_resource", "by_other_module", "by_instance",
    "by_all_instances", "by_whole_instances", "declared",
)  # fmt: skip
FAILING = f"""
cases:
  saved: {{}}
  failing:
    expect:
      values:
        terraform_data.part: {{input: {{login: ann, keys: [{{password: x}}]}}}}
        terraform_data.of_inner: {{input: x}}
        module.passed_on.terraform_data.kept: {{input: {{deep: x}}}}
      outputs:
        open: {{name: inner, login: ann, none: <absent>}}
        {"".join(f"{name}: x" + chr(10) + " " * 8 for name in OUTPUTS)}
  failing_in_depth:
    expect:
      outputs:
        by_variable: {{keys: [{{password: x}}], set: [x]}}
        by_resource: {{all: {{keys: [], login: bob}}}}
        open: {{login: bob}}
"""
FILES = {
    "modules/vault/main.tf": VAULT,
    "modules/vault/inner/main.tf": INNER,
    "modules/vault/other/main.tf": OTHER,
    "tests/unit/vault/cases.yaml": FAILING,
}


def run(root: Path, *arguments: str) -> str:
    environment = {**os.environ, "MODPROOF_CACHE": str(root / "cache")}
    command = [sys.executable, "-m", "modproof", "plan", *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_secret_is_in_no_output_report_cache_or_saved_file(make_project: MakeProject) -> None:
    root = make_project(FILES)
    shown = run(root)
    for name in OUTPUTS:
        assert f"output.{name}" in shown.replace("output ", "output.")
    assert "ann" in shown
    shown += run(root, "--save", "vault")
    written = [path for path in root.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert written == []
    assert (root / ".modproof/report/report.json").is_file()
    assert any((root / "cache").rglob("*.json")), "the cache has the cases of the other modules"
    assert SECRET not in shown
    saved = yaml.safe_load((root / "tests/unit/vault/cases.yaml").read_text())["cases"]["saved"]["expect"]
    assert saved["outputs"] == {
        **dict.fromkeys(OUTPUTS, "<sensitive>"),
        "by_variable": {"keys": [{"password": "<sensitive>"}], "login": "ann", "set": "<sensitive>"},
        "by_resource": {"all": {"keys": [{"password": "<sensitive>"}], "login": "ann"}},
        "open_instances": [["inner", "inner"], "inner", "inner"],
        "open": {"login": "ann", "name": "inner", "none": "<absent>"},
    }
    assert saved["values"] == {
        "module.passed_on.terraform_data.kept": {"input": "<sensitive>"},
        "terraform_data.of_inner": {"input": "<sensitive>"},
        "terraform_data.part": {"input": {"keys": [{"password": "<sensitive>"}], "login": "ann"}},
    }
    assert "passed" in run(root, "vault")
