"""Which expressions have a known value before a plan. The values are compared with Terraform's in another file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modproof.hcl.evaluation import Configuration
from modproof.hcl.types import UNKNOWN

EXAMPLE = """
variable "names" {
  default = ["b", "a"]
}
variable "required" {
  type = string
}
variable "one" {
  type    = object({ size = optional(number, 3), kind = optional(string) })
  default = {}
}
locals {
  flag  = length(var.names) > 1
  own   = { for name in var.names : name => "${name}-x" }
  round = local.about
  about = local.round
}
resource "aws_thing" "each" {
  for_each = toset(var.names)
}
resource "aws_thing" "counted" {
  count = local.flag ? 2 : 0
}
module "parts" {
  source = "./parts"
  parts  = { first = { on = true }, second = {} }
  other  = module.parts.ids
}
module "elsewhere" {
  source = "git::https://example.com/x.git"
}
"""

PARTS = """
variable "parts" {
  type     = map(object({ on = optional(bool, false) }))
  nullable = false
}
variable "other" {
  default = null
}
resource "aws_part" "this" {
  for_each = { for key, part in var.parts : key => part if part.on }
}
output "ids" {
  value = { for key, part in aws_part.this : key => part.id }
}
output "names" {
  value = [for key, part in var.parts : upper(key)]
}
output "others" {
  value = keys(var.other)
}
"""


@pytest.fixture
def example(tmp_path: Path) -> Configuration:
    (tmp_path / "parts").mkdir()
    (tmp_path / "main.tf").write_text(EXAMPLE)
    (tmp_path / "parts/main.tf").write_text(PARTS)
    return Configuration.of_folder(tmp_path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # names
        ("var.names", ["b", "a"]),
        ("var.required", UNKNOWN),
        ("var.one", {"size": 3, "kind": None}),
        ("local.own", {"b": "b-x", "a": "a-x"}),
        ("local.round", UNKNOWN),
        ("path.module", UNKNOWN),
        ("data.aws_x.this.id", UNKNOWN),
        # of a resource the keys are known, and what a module derives from them
        ("aws_thing.each", {"a": UNKNOWN, "b": UNKNOWN}),
        ('aws_thing.each["a"].arn', UNKNOWN),
        ("aws_thing.counted[*].id", [UNKNOWN, UNKNOWN]),
        ("aws_thing.nowhere", UNKNOWN),
        ("module.parts.ids", {"first": UNKNOWN}),
        ("module.parts.names", ["FIRST", "SECOND"]),
        ("module.parts.others", ["first"]),
        ("module.elsewhere.ids", UNKNOWN),
        # objects and lists
        ('{ a = 1, "b" = var.required, (var.names[0]) = [null] }', {"a": 1, "b": [None]}),
        ('{ a = { b = var.required }, c = "x-${var.names[0]} y" }', {"a": {"b": UNKNOWN}, "c": "x-b y"}),
        ("{ (var.required) = 1 }", UNKNOWN),
        ('"${var.names}"', ["b", "a"]),
        ('"${var.names}!"', UNKNOWN),
        ('"%{ for name in var.names }${name}%{ endfor }"', "ba"),
        ('"%{ for name in var.names }${name}${var.required}%{ endfor }"', UNKNOWN),
        ('"%{ if var.required }a%{ endif }"', UNKNOWN),
        ('"%{ if true }a%{ else }${var.required}%{ endif }"', "a"),
        ("<<-EOT\n    ${var.names[0]}\n      c\n  EOT\n", "b\n  c\n"),
        ("<<-EOT\n    ${var.required}\n  EOT\n", UNKNOWN),
        # loops
        ("[for i, name in var.names : i]", [0, 1]),
        ('{ for key, id in module.parts.ids : "<${key}>" => { id = id } }', {"<first>": {"id": UNKNOWN}}),
        ('[for name in var.names : name if name != "a"]', ["b"]),
        ("[for name in var.names : name if var.required]", UNKNOWN),
        ("{ for name in var.names : var.required => name }", UNKNOWN),
        ("{ for name in var.names : name => name... }", {"b": ["b"], "a": ["a"]}),
        # decisions
        ("length(aws_thing.each) > 1 ? var.names : []", ["b", "a"]),
        ("var.required == null ? 1 : 2", UNKNOWN),
        ("local.flag || var.required", True),
        ("local.flag && var.required", UNKNOWN),
        ("!local.flag", False),
        ("local.flag && (var.required || length(var.names) + 1 >= 3)", True),
        ("(2 - 1) * var.one.size == -var.one.size * -1", True),
        ("false ? 1 : false ? 2 : 3", 3),
        ("false ? 1 : true ? 2 : false ? 3 : 4", 2),
        ("(false ? false : true) ? 1 : 2", 1),
        ("false ? 1 : var.required ? 2 : 3", UNKNOWN),
        # null
        ("var.one.kind.deep", UNKNOWN),
        ("try(var.one.kind.deep, [])", []),
        ("try([var.one.kind.deep], var.names[7].deep, 5)", 5),
        ("try({ a = var.required, b = 1 }, 5)", UNKNOWN),
        ("can(var.one.kind.deep)", False),
        ("can(var.one.size)", True),
        ("can(var.required.deep)", UNKNOWN),
        ("can({ a = var.required })", UNKNOWN),
        ("try({ a = [var.one.kind.deep] }, 5)", 5),
        ("try(var.required.deep, 5)", UNKNOWN),
        ("[var.one.kind[*], var.one[*].size, var.required[*]]", [[], [3], UNKNOWN]),
        ("[1 == true, 1 != 1, null == null, var.names == null]", [False, False, True, False]),
        ('"a" * 3', UNKNOWN),
        # functions
        ("merge({ a = 1 }, { a = var.required, b = 2 })", {"a": UNKNOWN, "b": 2}),
        ("merge([for name in var.names : { (name) = 1 }]...)", {"b": 1, "a": 1}),
        ("merge({ a = 1 }, var.required)", UNKNOWN),
        ("values(aws_thing.each)[*].arn", [UNKNOWN, UNKNOWN]),
        ("keys(merge(aws_thing.each, { c = 1 }))", ["a", "b", "c"]),
        ('split("/", "s3://bucket/key")[2]', "bucket"),
        ('split("/", var.required)[2]', UNKNOWN),
        ("concat(var.names, [var.required])", ["b", "a", UNKNOWN]),
        ("toset(concat(var.names, [var.required]))", UNKNOWN),
        ("[var.names[7]]", UNKNOWN),
        ("[var.names[-1]]", UNKNOWN),
        ("[local.own.c]", UNKNOWN),
        ('"${1.0} \\q ${2}"', UNKNOWN),
        ('"${3.0}${true}"', "3true"),
        ('["${0.5}", -0.5, "${0.5}s", "${0.1234567890123456}s"]', [0.5, -0.5, "0.5s", UNKNOWN]),
        ("flatten([[1, [2]], var.names])", [1, 2, "b", "a"]),
        ("flatten([var.required, [1]])", UNKNOWN),
        ("zipmap(var.names, [1])", UNKNOWN),
        ("cidrsubnet(var.names)", UNKNOWN),
        ("nothing that is HCL", UNKNOWN),
    ],
)  # fmt: skip
def test_value_of_an_expression(example: Configuration, text: str, value: Any) -> None:
    assert example.value(text) == value


TYPED = """
variable "texts" {
  type    = list(string)
  default = [1, true, "a", 0.1]
}
variable "none" {
  type    = list(string)
  default = []
}
variable "set" {
  type    = set(string)
  default = ["b", "a", "a"]
}
variable "objects" {
  type    = set(object({ a = string }))
  default = [{ a = "b" }, { a = "a" }]
}
variable "number" {
  type    = number
  default = "5"
}
variable "switch" {
  type    = bool
  default = "true"
}
variable "mixed" {
  type    = map(any)
  default = { a = 1, b = "x" }
}
variable "pair" {
  type    = tuple([string, number])
  default = [1, "2"]
}
variable "pairs" {
  type    = map(object({ a = tuple([string]) }))
  default = { a = { a = [1] } }
}
variable "bare" {
  type    = list
  default = [1, "x"]
}
variable "lacking" {
  type    = object({ a = string, b = optional(number), c = optional(string, 7) })
  default = { b = "3" }
}
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("var.texts", ["1", "true", "a", "0.1"]),
        ("[var.set, length(var.set)]", [["a", "b"], 2]),
        ("var.objects", UNKNOWN),
        ("[var.number, var.number == 5, var.switch]", [5, True, True]),
        ("[var.mixed, var.pair, var.pairs]", [{"a": "1", "b": "x"}, UNKNOWN, UNKNOWN]),
        ("var.bare", ["1", "x"]),
        ("var.lacking", {"a": UNKNOWN, "b": 3, "c": "7"}),
        # a list does not equal a set, or a list of another type
        ("[var.none == [], var.none != [], {} == {}]", [UNKNOWN, UNKNOWN, UNKNOWN]),
        ('toset(["a"]) == ["a"]', UNKNOWN),
        # the keys of a set are its elements
        ('{ for k, v in toset(["a", "b"]) : k => v }', UNKNOWN),
        ("[for k, v in var.set : k]", UNKNOWN),
        ('[for k, v in true ? ["a"] : var.set : k]', UNKNOWN),
        ('[for k, v in true ? ["a"] : path.module : k]', UNKNOWN),
        ('[for k, v in true ? ["a"] : ["b"] : k]', [0]),
        ('[true ? ["b", "a"] : var.set, true ? ["a", "b"] : var.set]', [UNKNOWN, ["a", "b"]]),
        ("[for v in var.set : upper(v)]", ["A", "B"]),
        ("[for v in [1] : v if \"false\"]", UNKNOWN),
        ('{ for v in ["a", "a"] : v => 1 }', UNKNOWN),
        # Terraform's fractions are decimal
        ("[0.1 + 0.2, 0.1 + 0.2 == 0.3, 0.5 > 0.1, 3 * 9007199254740991]", [UNKNOWN] * 3 + [27021597764222973]),
        ('true ? 1 : "a"', "1"),
        # the type of a result that is not chosen may be unknown
        ('[true ? 1 : path.module, true ? "a" : path.module]', [UNKNOWN, "a"]),
        ('true ? { a = 1, b = "x" } : path.module', {"a": UNKNOWN, "b": "x"}),
        ("true ? [1] : var.none", [UNKNOWN]),
        ("true ? [1] : []", [1]),
        # what Terraform rejects or converts
        ('lookup({ a = 1 }, "b")', UNKNOWN),
        ('[lookup({ a = 1 }, "a"), lookup({ a = 1 }, "b", 2)]', [1, 2]),
        ('[toset([1, true]), distinct([1, true]), setunion([1], ["a"])]', [UNKNOWN] * 3),
        ('[alltrue(["false"]), anytrue(["false"]), compact([0, 1]), contains([1], true)]', [UNKNOWN] * 4),
        ('[join(",", "abc"), merge(["ab"]), concat({ a = 1 }), keys(["a"]), length("\u00e9")]', [UNKNOWN] * 5),
        ('[upper("\u00df"), zipmap([path.module], [1])]', [UNKNOWN] * 2),
        ('[alltrue([]), contains(["a"], "a")]', [True, True]),
        ('[compact(["a", "", null]), distinct(["a", "a"])]', [["a"], ["a"]]),
    ],
)  # fmt: skip
def test_value_is_converted_to_its_type(tmp_path: Path, text: str, value: Any) -> None:
    (tmp_path / "main.tf").write_text(TYPED)
    assert Configuration.of_folder(tmp_path).value(text) == value


@pytest.mark.parametrize("name", ["terraform.tfvars", "terraform.tfvars.json", "a.auto.tfvars", "a.auto.tfvars.json"])
def test_variables_are_unknown_if_there_are_tfvars_files(tmp_path: Path, name: str) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "main.tf").write_text(EXAMPLE)
    (tmp_path / "parts/main.tf").write_text(PARTS)
    # Terraform does not read those of a called module
    (tmp_path / "parts" / name).write_text("")
    assert Configuration.of_folder(tmp_path).value("[var.names, module.parts.others]") == [["b", "a"], ["first"]]
    (tmp_path / name).write_text("")
    assert Configuration.of_folder(tmp_path).value("[var.names, module.parts.others]") == [UNKNOWN, ["first"]]
