from __future__ import annotations

from pathlib import Path

from modproof.hcl.module import read_module
from modproof.hcl.types import MISSING

MODULE = """
variable "a" {}
variable "b" {
  type = object({
    c = optional(string)
  })
  default = {}
}
locals {
  d = 1
  e = 2
}
resource "aws_x" "this" {
  count = 2
}
data "aws_y" "this" {}
module "z" {
  source   = "./z"
  for_each = {}
}
output "f" {
  value = 1
  precondition {
    error_message = "no"
  }
}
check "g" {
  assert {
    error_message = "only a warning"
  }
}
"""


def test_read_module_has_everything_with_lines(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(MODULE)
    module = read_module("m", tmp_path)
    assert [(each.name, each.line, each.end, each.default, each.attributes) for each in module.variables] == [
        ("a", 2, 2, MISSING, ()),
        ("b", 3, 8, {}, (("b.c", tmp_path / "main.tf", 5),)),
    ]
    assert [(each.name, each.attribute.text) for each in module.locals] == [("d", "1"), ("e", "2")]
    assert [(each.address, each.line, each.repeated and each.repeated.name) for each in module.resources] == [
        ("aws_x.this", 13, "count"),
        ("data.aws_y.this", 16, None),
        ("module.z", 17, "for_each"),
    ]
    assert [(each.name, each.value and each.value.text) for each in module.outputs] == [("f", "1")]
    assert [(each.owner, each.line) for each in module.conditions] == [("output.f", 23)]


def test_read_module_lists_unreadable_files_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text('variable "a" {}\nvariable "b" {\n')
    (tmp_path / "b.tf.json").write_text('{"variable": {}\n')
    assert [(each.path.name, each.unreadable) for each in read_module("m", tmp_path).files] == [
        ("a.tf", 'line 2: the block variable "b" is not closed'),
        ("b.tf.json", "line 2: not JSON: Expecting ',' delimiter: line 2 column 1 (char 16)"),
    ]


def test_read_module_reads_json_with_the_lines_of_its_blocks(tmp_path: Path) -> None:
    (tmp_path / "main.tf.json").write_text(
        """{
  "//": "generated",
  "variable": {
    "a": {"type": "object({c = optional(string)})", "default": {"c": "${x}"},
      "validation": [
        {"condition": "${var.a.c != null}",
         "error_message": "no"}
      ]
    }
  },
  "locals": [{"d": 1}, {"e": "${var.a.c == null ? 1 : 2}"}],
  "resource": {"aws_x": {"this": {
    "count": "${length(var.a)}",
    "lifecycle": {"precondition": {"condition": true, "error_message": "p"}}
  }}},
  "output": {"f": {"value": "${local.d}"}}
}
"""
    )
    module = read_module("m", tmp_path)
    assert [(each.name, each.line, each.end, each.default, each.attributes) for each in module.variables] == [
        ("a", 4, 9, {"c": "${x}"}, (("a.c", tmp_path / "main.tf.json", 4),)),
    ]
    assert [(each.kind, each.owner, each.line, each.end) for each in module.conditions] == [
        ("validation", "var.a", 6, 7),
        ("precondition", "aws_x.this", 14, 14),
    ]
    assert [(each.name, each.attribute.text, each.attribute.line) for each in module.locals] == [
        ("d", "1", 11),
        ("e", "var.a.c == null ? 1 : 2", 11),
    ]
    assert [(each.address, each.repeated and each.repeated.text) for each in module.resources] == [
        ("aws_x.this", "length(var.a)")
    ]
    assert [(each.name, each.value and each.value.text) for each in module.outputs] == [("f", "local.d")]
