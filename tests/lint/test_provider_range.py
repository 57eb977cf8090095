"""Modules and examples work with every AWS provider of the range that they require, as far as its schemas show."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tools import provider_range, provider_schemas
from tools.provider_range import Gate, Range
from tools.provider_usage import sources, used_types

from modproof import toolchain
from modproof.core import process
from modproof.core.environment import NO_ACCOUNT, aws_environment

ROOT = Path(__file__).parents[2]
PROVIDERS = provider_range.load()
GATES = provider_range.gates()
VERSIONS = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.0, < 7.0" }
  }
}
"""
SMALL = Range(
    {"floor": "5.0.0", "newest": "6.0.0"},
    {
        "floor": {
            "resource aws_a": {
                "x": "arguments",
                "b": "blocks",
                "b.y": "arguments",
                "arn": "attributes",
                "tags": "arguments",
            },
            "data aws_d": {"json": "attributes"},
        },
        "newest": {
            "resource aws_a": {
                "x": "arguments",
                "b": "blocks",
                "b.y": "arguments",
                "b.z": "arguments",
                "new": "arguments",
                "tags": "arguments",
            },
            "data aws_d": {"json": "attributes"},
        },
    },
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "modules" / "m"
    made.mkdir(parents=True)
    (made / "versions.tf").write_text(VERSIONS)
    return made


def found(folder: Path, text: str, *allowed: Gate) -> list[str]:
    (folder / "main.tf").write_text(text)
    return list(provider_range.problems(folder, folder.parents[1], SMALL, allowed))


@pytest.mark.parametrize("source", sources(ROOT), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_both_ends_of_the_range_have_what_the_code_uses(source: Path) -> None:
    assert list(provider_range.problems(source, ROOT, PROVIDERS, GATES)) == []


@pytest.mark.parametrize("source", sources(ROOT), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_range_begins_at_the_floor_of_the_schemas(source: Path) -> None:
    if not any(gate.folder == source.relative_to(ROOT).as_posix() for gate in GATES):
        assert provider_range.required_range(source) == PROVIDERS.constraint


def test_the_readme_states_the_range() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"AWS provider `([^`]+)`", readme) == [PROVIDERS.constraint]


def test_the_schemas_are_those_of_the_types_in_use() -> None:
    assert set(PROVIDERS.schemas["floor"]) == set(PROVIDERS.schemas["newest"]) == used_types(ROOT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('resource "aws_a" "r" {\n  new = 1\n}', "main.tf:2: resource aws_a has no argument new in provider 5.0.0"),
        (
            'resource "aws_a" "r" {\n  b {\n    z = 1\n  }\n}',
            "main.tf:3: resource aws_a has no argument b.z in provider 5.0.0",
        ),
        (
            'resource "aws_a" "r" {\n  dynamic "c" {\n    for_each = []\n    content {}\n  }\n}',
            "main.tf:2: resource aws_a has no block c in provider 5.0.0",
        ),
        (
            'resource "aws_a" "r" {\n  x {\n  }\n}',
            "main.tf:2: resource aws_a has no block x, but an argument of that name, in provider 5.0.0",
        ),
        (
            'resource "aws_a" "r" {\n  arn = 1\n}',
            "main.tf:2: resource aws_a has no argument arn, but a read-only attribute of that name, in provider 5.0.0",
        ),
        (
            "output o {\n  value = [\n    aws_a.r[0].arn\n  ]\n}",
            "main.tf:3: resource aws_a has no attribute arn in provider 6.0.0",
        ),
        (
            "output o {\n  value = aws_a.r[*].b[0].q\n}",
            "main.tf:2: resource aws_a has no attribute b.q in provider 5.0.0",
        ),
        (
            "output o {\n  value = { for key, one in aws_a.r : key => one.arn }\n}",
            "main.tf:2: resource aws_a has no attribute arn in provider 6.0.0",
        ),
        (
            'output o {\n  value = "${values(aws_a.r)[0].arn}"\n}',
            "main.tf:2: resource aws_a has no attribute arn in provider 6.0.0",
        ),
        (
            'resource "aws_a" "r" {\n  lifecycle {\n    precondition {\n      condition = self.arn\n    }\n  }\n}',
            "main.tf:4: resource aws_a has no attribute arn in provider 6.0.0",
        ),
        (
            'resource "aws_a" "r" {\n  lifecycle {\n    ignore_changes = [tags, arn]\n  }\n}',
            "main.tf:3: resource aws_a has no attribute arn in provider 6.0.0",
        ),
        ("locals {\n  v = data.aws_d.d.txt\n}", "main.tf:2: data aws_d has no attribute txt in provider 5.0.0"),
        ('data "aws_e" "e" {\n  x = 1\n}', "main.tf:2: data aws_e is unknown; run python -m tools.provider_schemas"),
    ],
)
def test_what_an_end_lacks_is_reported_with_file_and_line(folder: Path, text: str, expected: str) -> None:
    assert found(folder, text)[0].startswith(f"modules/m/{expected}")


def test_what_both_ends_have_is_accepted(folder: Path) -> None:
    text = """
    resource "aws_a" "r" {
      count = 1
      x     = aws_a.other.tags.owner
      dynamic "b" {
        for_each = { one = 1 }
        content { y = b.value.arn }
      }
      lifecycle { ignore_changes = [b] }
    }
    output "o" { value = [for one in data.aws_d.d : one.json if length(var.aws_a.arn) > 0] }
    """
    assert found(folder, text.replace("content { y = b.value.arn }", "content {\n y = b.value.arn\n }")) == []


GATE = Gate("modules/m", "resource aws_a", "new", "6.0.0", "needed")


def test_a_gate_needs_a_range_without_the_older_providers(folder: Path) -> None:
    text = 'resource "aws_a" "r" {\n  new = 1\n}'
    assert [line.partition(":")[0] for line in found(folder, text, GATE)] == ["modules/m/versions.tf"]
    (folder / "versions.tf").write_text(VERSIONS.replace(">= 5.0", ">= 6.0"))
    assert found(folder, text, GATE) == []


def test_a_gate_that_is_not_needed_is_a_problem(folder: Path) -> None:
    assert len(found(folder, 'resource "aws_a" "r" {\n  x = 1\n}', GATE)) == 1


def test_a_gate_does_not_allow_what_the_newest_provider_lacks(folder: Path) -> None:
    gate = Gate("modules/m", "resource aws_a", "gone", "6.0.0", "needed")
    (folder / "versions.tf").write_text(VERSIONS.replace(">= 5.0", ">= 6.0"))
    (message,) = found(folder, 'resource "aws_a" "r" {\n  gone = 1\n}', gate)
    assert "provider 6.0.0" in message


GENERATED = """
function thingRuleToHclTerraform(struct) {
    const attrs = {
        days: {
            value: cdktf.numberToHclTerraform(struct.days),
            isBlock: false,
            type: "simple",
            storageClassType: "number",
        },
    };
}
class ThingRuleOutputReference extends cdktf.ComplexObject {
    get days() {
        return this.getNumberAttribute('days');
    }
    get state() {
        return this.getStringAttribute('state');
    }
}
class ThingRuleList extends cdktf.ComplexList {
    get(index) {
        return new ThingRuleOutputReference(this.terraformResource, this.terraformAttribute, index, this.wrapsSet);
    }
}
class Thing extends cdktf.TerraformResource {
    constructor(scope, id, config) {
        this._rule = new ThingRuleList(this, "rule", false);
    }
    get arn() {
        return this.getStringAttribute('arn');
    }
    synthesizeHclAttributes() {
        const attrs = {
            rule: {
                value: cdktf.listMapperHcl(thingRuleToHclTerraform, true)(this._rule.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "ThingRuleList",
            },
        };
    }
}
"""


def test_a_schema_is_read_from_generated_bindings() -> None:
    assert provider_schemas.schema_of(GENERATED) == {
        "arn": "attributes",
        "rule": "blocks",
        "rule.days": "arguments",
        "rule.state": "attributes",
    }


def test_differences_of_the_ends_survive_the_page() -> None:
    floor, newest = {"a": "arguments", "b": "arguments"}, {"a": "arguments", "b": "blocks", "c": "attributes"}
    entry = json.loads(provider_schemas.rendered(provider_schemas.compared(floor, newest)))
    assert provider_schemas.schema_at("floor", entry) == floor
    assert provider_schemas.schema_at("newest", entry) == newest


def test_the_installed_provider_has_what_both_ends_have(terraform: Path, tmp_path: Path) -> None:
    """The provider of the tests is between the ends: its real schema shows whether theirs were read correctly."""
    schemas = _installed(terraform, tmp_path)
    for name, floor in PROVIDERS.schemas["floor"].items():
        kind, _, type_ = name.partition(" ")
        real = set(_paths(schemas[f"{kind}_{'source_' if kind == 'data' else ''}schemas"][type_]["block"]))
        assert set(floor) & set(PROVIDERS.schemas["newest"][name]) <= real, name


def _installed(terraform: Path, folder: Path) -> dict[str, Any]:
    (folder / "versions.tf").write_text((ROOT / "modules/encryption-key/versions.tf").read_text())
    config = toolchain.terraform_cli_config(folder, ROOT)
    env = aws_environment(
        endpoint_url="http://127.0.0.1:1",
        account=NO_ACCOUNT,
        region="eu-west-1",
        extra={"TF_CLI_CONFIG_FILE": str(config)},
    )
    for words in (["init", "-no-color"], ["providers", "schema", "-json"]):
        done = process.run([str(terraform), *words], cwd=folder, env=env)
        assert done.returncode == 0, done.stderr
    (schemas,) = json.loads(done.stdout)["provider_schemas"].values()
    return dict(schemas)


def _paths(block: dict[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, attribute in block.get("attributes", {}).items():
        found += [prefix + name, *_typed(attribute.get("type"), f"{prefix}{name}.")]
        found += _paths(attribute.get("nested_type", {}), f"{prefix}{name}.")
    for name, inner in block.get("block_types", {}).items():
        found += [prefix + name, *_paths(inner["block"], f"{prefix}{name}.")]
    return found


def _typed(type_: Any, prefix: str) -> list[str]:
    """The paths in the objects of a type such as ``["list", ["object", {"days": "number"}]]``."""
    while isinstance(type_, list) and type_[0] != "object":
        type_ = type_[1]
    found: list[str] = []
    for name, inner in type_[1].items() if isinstance(type_, list) else ():
        found += [prefix + name, *_typed(inner, f"{prefix}{name}.")]
    return found
