"""Conditionals in every place that Terraform allows, evaluated by Terraform."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from modproof.core.project import Project
from modproof.core.results import ModuleCoverage
from modproof.run.coverage import measure
from modproof.run.services import Services

Cover = Callable[..., ModuleCoverage]

VARIABLES = """
variable "flag" {
  type    = bool
  default = false
}
variable "other" {
  type    = bool
  default = false
}
variable "items" {
  type    = map(object({ big = optional(bool, false), tags = optional(list(string), []) }))
  default = {}
}
variable "secret" {
  type      = string
  default   = ""
  sensitive = true
}
"""


def missing(cover: Cover, expression: str, *cases: str) -> dict[str, list[str]]:
    """The outcomes that no case has, by condition."""
    module = f'{VARIABLES}locals {{\n  base = "x"\n  of_var = var.flag\n  probed = {expression}\n}}\n'
    text = "cases:\n" + "".join(f"  case_{n}:\n    variables: {case}\n" for n, case in enumerate(cases))
    found = cover(text, module=module)
    return {
        item.name.removeprefix("conditional ").partition(" in ")[0]: [gap.state for gap in item.gaps]
        for item in found.items
        if item.kind == "conditionals"
    }


BOTH = "{flag: true, other: true}"
EXISTS = 'fileexists("${path.module}/main.tf")'
BIG = "{items: {a: {big: true}, b: {}}}"


@pytest.mark.parametrize(
    ("expression", "cases", "expected"),
    [
        ("var.flag ? 1 : 2", ["{}"], {"var.flag": ["true"]}),
        ("var.flag ? 1 : 2", ["{}", "{flag: true}"], {"var.flag": []}),
        ("local.of_var ? 1 : 2", ["{flag: true}"], {"local.of_var": ["false"]}),
        # the inner conditional counts only if it is evaluated
        ("var.flag ? 1 : var.other ? 2 : 3", [BOTH], {"var.flag": ["false"], "var.other": ["true", "false"]}),
        ("var.flag ? (var.other ? 2 : 3) : 4", ["{flag: true}"], {"var.flag": ["false"], "var.other": ["true"]}),
        ("[for key, item in var.items : item.big ? key : null]", [BIG], {"item.big": []}),
        ("[for item in var.items : item.big ? 1 : 2 if item.big]", [BIG], {"item.big": ["false"]}),
        ("{ for key, item in var.items : key => item.big ? 1 : 2 }", ["{}"], {"item.big": ["true", "false"]}),
        ('"a ${var.flag ? "b" : "c"} d"', ["{}"], {"var.flag": ["true"]}),
        ('<<-EOT\n  %{ if var.flag }yes%{ endif }\nEOT\n', ["{flag: true}"], {"var.flag": ["false"]}),
        ('merge({ a = var.flag ? 1 : 2 }, { "${local.base}" = 1 })', ["{}"], {"var.flag": ["true"]}),
        ('var.secret == "" ? 1 : 2', ["{secret: hidden}"], {'var.secret == ""': ["true"]}),
        (f"{EXISTS} && var.flag ? 1 : 2", ["{flag: true}"], {f"{EXISTS} && var.flag": ["false"]}),
        # a name of a loop in a template
        ('"%{ for key, item in var.items }%{ if item.big }${key}%{ endif }%{ endfor }"', [BIG], {"item.big": []}),
        ('"%{ if var.flag }${var.other ? 1 : 2}%{ endif }"', ["{other: true}"], {
            "var.flag": ["true"], "var.other": ["true", "false"],
        }),
        # forms that the grammar rejects
        ("length(var.items) < 1e3 ? 1 : 2", ["{}"], {"length(var.items) < 1.0e3": ["false"]}),
        ('local.base == "x" ? 1 : 2', ["{}"], {}),  # constant
    ],
)  # fmt: skip
def test_both_outcomes_of_a_conditional_are_needed(
    cover: Cover, expression: str, cases: list[str], expected: dict[str, list[str]]
) -> None:
    assert missing(cover, expression, *cases) == expected


def test_a_condition_on_an_unknown_input_is_not_covered(cover: Cover) -> None:
    module = f'{VARIABLES}output "x" {{\n  value = [var.flag ? 1 : 2, var.other ? 1 : 2]\n}}\n'
    found = cover("cases:\n  one:\n    variables: {flag: true}\n    unknown: [flag]\n", module=module)
    assert {item.name: [gap.state for gap in item.gaps] for item in found.items if item.kind == "conditionals"} == {
        "conditional var.flag in output.x": ["true", "false"],
        "conditional var.other in output.x": ["true"],
    }


def test_dynamic_blocks_and_conditionals_in_them_are_items(cover: Cover) -> None:
    module = (
        VARIABLES
        + """
data "aws_iam_policy_document" "this" {
  for_each = var.items
  dynamic "statement" {
    for_each = each.value.tags
    iterator = tag
    content {
      actions   = [tag.value == "a" ? "s3:GetObject" : "s3:PutObject"]
      resources = ["*"]
    }
  }
}
"""
    )
    found = cover("cases:\n  one:\n    variables: {items: {x: {tags: [a]}}}\n", module=module)
    assert {item.name: [gap.state for gap in item.gaps] for item in found.items if item.kind == "conditionals"} == {
        "for_each var.items in data.aws_iam_policy_document.this": ["none"],
        "dynamic each.value.tags in data.aws_iam_policy_document.this statement": ["none"],
        'conditional tag.value == "a" in data.aws_iam_policy_document.this': ["false"],
    }


def test_a_dynamic_block_that_depends_on_a_resource_is_measured_by_the_plan(project: Project) -> None:
    module = (
        VARIABLES
        + """
resource "terraform_data" "tag" {
  for_each = var.items
}
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = "x"
  rule {
    id     = "x"
    status = "Enabled"
    dynamic "expiration" {
      for_each = { for key, tag in terraform_data.tag : key => 3 }
      content {
        days = expiration.value
      }
    }
  }
}
"""
    )
    cases = {"with": "with: {variables: {items: {a: {}}}}", "without": "without: {}"}
    both = f"{cases['with']}\n  {cases['without']}"
    modules = {"one": cases["with"], "other": cases["without"], "both": both}
    for name, text in modules.items():
        for path, content in (
            (project.modules / name / "main.tf", module),
            (project.cases / name / "cases.yaml", f"cases:\n  {text}\n"),
        ):
            path.parent.mkdir(parents=True)
            path.write_text(content, encoding="utf-8")
    with Services(project, use_cache=False) as services:
        covered = measure(services, list(modules)).modules
    what = "{ for key, tag in terraform_data.tag : key => 3 }"
    block = f"dynamic {what} in aws_s3_bucket_lifecycle_configuration.this expiration"
    gaps = {c.module: [g.state for i in c.items if i.name == block for g in i.gaps] for c in covered}
    assert gaps == {"one": ["none"], "other": ["some"], "both": []}
    assert [sum(item.name == block for item in each.items) for each in covered] == [1, 1, 1]
