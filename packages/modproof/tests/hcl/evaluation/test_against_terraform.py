"""The evaluator's values must be Terraform's own, or UNKNOWN."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modproof import toolchain
from modproof.core.environment import base_environment
from modproof.hcl.evaluation import Configuration
from modproof.hcl.types import UNKNOWN
from modproof.terraform.runner import Terraform

DECLARATIONS = """
terraform {
  required_providers {
    terraform = {
      source = "terraform.io/builtin/terraform"
    }
  }
}
variable "text" {
  default = "tëxt"
}
variable "number" {
  type    = number
  default = "5"
}
variable "flag" {
  type    = bool
  default = "true"
}
variable "nothing" {
  type    = string
  default = null
}
variable "list" {
  type    = list(string)
  default = ["b", "a", 1, true, 0.5]
}
variable "set" {
  type    = set(string)
  default = ["b", "é", "a", "B", "a"]
}
variable "numbers" {
  type    = set(number)
  default = [10, 9, "2", 10]
}
variable "empty" {
  type    = map(string)
  default = {}
}
variable "map" {
  type    = map(number)
  default = { b = 2, a = "1" }
}
variable "any" {
  type    = map(any)
  default = { a = 1, b = "x" }
}
variable "anything" {
  type    = any
  default = { a = [1, "x"], b = null }
}
variable "room" {
  type = object({
    name  = string
    size  = optional(number, 3)
    kind  = optional(string)
    beds  = optional(list(object({ width = optional(string, 90), soft = optional(bool, true) })), [])
    extra = optional(any)
  })
  default = { name = "r", beds = [{}, { width = "140", soft = "false" }], ignored = 1 }
}
variable "rooms" {
  type    = map(object({ size = optional(number, 1), tags = optional(set(string), []) }))
  default = { b = { tags = ["z", "y"] }, a = { size = "2" } }
}
variable "pairs" {
  type    = list(object({ k = string, v = any }))
  default = [{ k = "x", v = 1 }, { k = "y", v = "s" }]
}
locals {
  base   = "base"
  joined = "${local.base}-${local.other}"
  other  = [for index in [1, 2] : "i${index}"][1]
  nested = { list = [{ id = "one", n = 1 }, { id = "two", n = 2 }], map = { k = { deep = [[1], [2, 3]] } } }
  count  = length(var.list)
}
"""

ONE_LINE = r"""
1
-1
- 5
0.5
1.50
1e3
1.5e3
25e-1
1E+2
12345678901234567890
0.1
1.0
-0
true
null
""
"plain"
"tab\tquote\"back\\slash\nline"
"é\u00e9\U0001F600"
"e\u0301"
"$${not} %%{this}"
"$ % $$ 100% a$b"
"a$"
"${1}"
"${true}"
"${[1, "a"]}"
"${null == null}"
"${1} "
"${1.0}${0.5}${true}"
"${1.25e2}x"
"${12345678901234567890}x"
"x${-1}"
"${"${"deep"}"}!"
"${local.base}-${var.text}-${var.number}"
"  ${~ "a" ~}  b"
"a ${~ "b"} c"
"a\n  ${~ "b" ~} \t c ${ "d" ~}\n e"
"%{ if var.flag }yes%{ else }no%{ endif }"
"%{ if !var.flag }yes%{ endif }"
"a %{ if false ~} x %{~ else ~} y %{~ endif } b"
"%{ for name in var.list }<${name}>%{ endfor }"
"%{ for key, value in var.map ~} ${key}=${value}, %{ endfor ~} end"
"%{ for i, v in ["x", "y"] }${i}${v}%{ if i == 0 },%{ endif }%{ endfor }"
"%{ for a in [1, 2] }%{ for b in ["x"] }${a}${b};%{ endfor }%{ endfor }"
"%{ if true }%{ if false }a%{ else }b%{ endif }%{ else }c%{ endif }"
"%{ for x in [] }never%{ endfor }"
"${jsonencode({ a = "}" })}"
[1, "a", true, null, [], {}]
[1, 2,]
{ a = 1, "b" = 2, c : 3, (local.base) = 4, "${local.base}x" = 5 }
{ 1 = "one", true = "yes" }
{ a = { b = { c = [1] } } }
{ if = 1, in = 2, null = 3 }
{ ünï-cödé = "ü" }
{ b = 1, a = 2 }["b"]
{ a = { b = 1 } }.a.b
[1, 2, 3][1]
["a", "b"]["1"]
[[1, 2], [3]][0][1]
local.nested.list[1].id
local.nested.list[*].id
local.nested.list.*.id
local.nested.list.*.id[0]
local.nested.map["k"].deep[1][0]
local.nested.map.k.deep[*][0]
local.nested.list[*]
local.base[*]
var.nothing[*]
null[*]
var.room[*].name
[for r in [var.room] : r.beds[*].width][0]
flatten(values(var.rooms)[*].tags)
local.joined
local.other
local.count
var.text
var.number
var.flag
var.nothing
var.list
var.set
var.numbers
var.map
var.any
var.anything
var.room
var.room.size + 1
var.rooms
var.rooms["b"].tags
var.pairs
[for p in var.pairs : p.k]
[for x in var.list : x]
[for i, x in ["a", "b"] : "${i}:${x}"]
[for k, v in { b = 1, a = 2 } : "${k}${v}"]
[for x in [1, 2, 3, 4] : x * x if x % 2 == 0]
[for x in var.set : x]
[for k, v in var.set : k]
[for k, v in toset(["x"]) : k]
{ for k, v in var.rooms : k => v.size }
{ for k, v in var.rooms : upper(k) => v if v.size > 1 }
{ for x in ["a", "b", "a"] : x => length(x)... }
{ for x in local.nested.list : x.id => x.n }
{ for x in [1, 2] : x => x }
[for x in [[1, 2], [3]] : [for y in x : y + length(x)]]
[for x in ["a"] : { for y in ["b"] : y => x }]
[for x in [] : x]
{ for x in [] : x => x }
[for local in ["shadow"] : local]
[for x in var.empty : x]
1 + 2 * 3
(1 + 2) * 3
10 - 2 - 3
8 / 4 / 2
7 / 2
7 % 3
-7 % 3
1 - -1
-(1 + 2)
-var.number
2 * -3
1 < 2 && 2 >= 2
!(1 > 2)
!true || !false
!true == false
true || false && false
1 + 1 == 2
1 == 1.0
1 == "1"
"1" == "1"
true == "true"
1 == true
null == null
var.nothing == null
var.list != null
"a" != "b"
[1] == [1]
{} == {}
"5" + 1
"2" > 1
0.1 + 0.2
0.5 * 4
9007199254740993 + 0
3 * 9007199254740991
true ? 1 : 2
false ? 1 : 2
true ? 1 : "a"
true ? true : "a"
false ? 1 : "a"
true ? 1 : null
true ? null : 1
true ? 5 : var.nothing
true ? [1] : ["a"]
true ? [1, "x"] : []
true ? ["b", "a"] : var.set
true ? var.list : []
true ? ["a", "b"] : toset(["c"])
true ? { a = 1 } : { a = "x" }
true ? { a = 1 } : { b = "x" }
true ? { a = 1, b = "x" } : {}
true ? { a = 1, b = "x" } : { a = 2, b = "y" }
true ? { a = 1, b = "x" } : { a = "2", b = true }
true ? { a = 1 } : { a = null }
true ? { a = [1], b = [] } : { a = [], b = ["x"] }
true ? {} : { a = 1 }
true ? var.map : {}
true ? var.map : { c = "x" }
true ? { a = 1 } : var.empty
true ? 1 : sha1("x")
true ? [1, true] : split(sha1("a"), "b")
true ? "a" : sha1("x")
true ? [] : ["x"]
true ? null : {}
"true" ? 1 : 2
var.flag ? var.number : 0
false ? 1 : false ? 2 : 3
false ? 1 : true ? 2 : 3
true ? false ? 1 : 2 : 3
true ? false ? 1 : true ? 4 : 5 : 3
(false ? true : true ? false : true) ? 1 : 2
false ? "a" : false ? 1 : 2
var.nothing != null ? var.nothing.x : "none"
length(var.rooms) > 0 ? var.rooms["a"].size : 0
length([]) > 0 ? [][0] : 7
true ? var.room : null
try(var.room.missing, "default")
try(var.nothing.x, null)
try(local.nested.list[5], local.nested.list[0].id)
try([1][3], {}.a, "end")
try({ a = length(null), b = 1 }, 5)
try(tonumber("x"), "fallback")
try(sha1("x"), "y")
try(1, 2)
can(var.room.missing)
can(var.room.name)
can(local.nested.list[0])
can([1][1])
can(tonumber("x"))
can(null.x)
merge({ a = 1 }, { b = 2, a = 3 })
merge({ a = 1 }, null)
merge(var.map, { c = "x" })
merge([{ a = 1 }, { b = 2 }]...)
merge()
concat(["a"], [1], [])
concat(var.list, ["z"])
flatten([[1, [2]], [], ["a"]])
flatten([var.set, ["z"]])
toset(["b", "a", "b"])
toset([3, 20, 1])
toset([true, false])
toset([1, "a"])
toset([])
tolist(var.set)
tolist([1, "a"])
tolist([1, null])
tolist([{ a = 1 }, { a = "x" }])
tomap({ a = 1, b = "x" })
tomap({ a = [1], b = ["x"] })
tomap({})
zipmap(["a", "b"], [1, 2])
lookup({ a = 1 }, "a", 2)
lookup({ a = 1 }, "b", 2)
lookup(var.map, "zz", 7)
lookup(var.map, "zz", "7")
lookup({ a = "x" }, "b", 5)
element(["a", "b", "c"], 4)
keys({ b = 1, a = 2, B = 3, "é" = 4 })
values({ b = 1, a = 2 })
length("text")
length({ a = 1 })
length(var.set)
contains(["a", "b"], "a")
contains([1, 2], 3)
contains(var.set, "é")
distinct(["b", "a", "b"])
compact(["a", "", null, "b"])
reverse([1, 2, 3])
slice(["a", "b", "c"], 1, 3)
range(3)
range(1, 4)
range(1, 8, 3)
range(3, 0)
range(0)
sort(["b", "a", "B", "é"])
sort([10, 9])
sum([1, 2, 3])
max(1, 5, 3)
min(1, 5, 3)
abs(-3)
one([])
one(["x"])
coalesce(null, "", "x")
coalesce(1, "x")
coalesce(var.nothing, "d")
join(",", ["a", "b"])
join("-", [1, true])
join(",", var.set)
split(",", "a,b,,c")
split(",", "")
upper("abc")
lower("ABC")
upper("é")
trimprefix("aab", "a")
trimsuffix("abb", "b")
trimspace("  a b \n")
startswith("abc", "ab")
endswith("abc", "bc")
replace("a.b.c", ".", "-")
replace("abc", "/[ab]/", "x")
setunion(["a"], ["c", "b"])
setintersection(["a", "b"], ["b", "c"])
setsubtract(["a", "b"], ["b"])
alltrue([true, false])
anytrue([false, true])
alltrue([])
tostring(5)
tostring(0.25)
tostring(true)
tostring(null)
tonumber("42")
tonumber("4.5")
tobool("true")
jsonencode({ b = [1, true, null, 0.5], a = "x<y>&\"é\n" })
jsonencode({ z = {}, a = [], "k k" = { n = -1 } })
jsonencode("plain")
jsonencode(var.room)
jsonencode(var.set)
jsonencode({ Statement = [{ Effect = "Allow", Resource = "arn:aws:s3:::${local.base}/*" }] })
jsondecode("{\"a\":[1,null]}")
format("%s-%d", "a", 1)
cidrsubnet("10.0.0.0/16", 8, 2)
regex("a+", "baac")
chunklist([1, 2, 3], 2)
setproduct(["a"], ["b"])
substr("hello", 1, 3)
title("hello world")
yamldecode("a: 1")
true ? 5 : var.room.kind
true ? { a = 5 } : { a = var.nothing }
true ? { a = 1, b = 2 } : var.any
true ? { a = 1 } : { for k, v in var.empty : k => v }
true ? 5 : [for x in [1] : x][0]
tolist([5, var.nothing])
true ? [] : var.set
coalesce(5, var.nothing)
true ? var.any : {}
true ? var.anything : {}
concat([1], ["a"])
concat(var.list, [1])
flatten([[1], ["a"]])
merge(var.map, var.empty)
values({ a = 1, b = "x" })
zipmap(["a", "b"], [1, "x"])
element([1, "a"], 0)
reverse([1, "a"])
slice([1, "a"], 0, 1)
distinct([1, 1])
lookup({ a = 1, b = "x" }, "a", 0)
lookup({ a = 1, b = "x" }, "c", 0)
lookup(tomap({ a = "1" }), "b", 5)
lookup(var.empty, "b", 5)
lookup(var.empty, "b", "none")
lookup(var.map, "b", null)
lookup(var.rooms, "none", null)
keys(var.rooms)
setunion([1], ["a"])
contains(["1"], 1)
sort([true, false])
join(",", [1.5, true])
one(toset([5]))
max(1.5, 2)
"${0.1}"
"${1.10}!"
"${100000000000000000000}!"
"${0.000001}!"
"${1e-7}!"
"${123456.789}!"
range(0, 10, 5)
range(5, 0, -2)
range(2, 2)
jsonencode(1.5)
jsonencode(1e21)
jsonencode(123456789012345678901234567890)
jsonencode("é\U0001F600\t\\/")
jsonencode([var.nothing, local.nested])
jsonencode({ "<" = "&" })
split("", "abc")
replace("aaa", "aa", "b")
"%{ for x in var.set }${x}%{ endfor }"
"%{ for k, v in var.set }${k}%{ endfor }"
"${try(null.x, "d")}"
"a${"\n"}b"
"e${"\u0301"}!"
"${"a" == "a" ? "x" : "y"}"
"%{ if true }${1}%{ endif }"
"%{ if true }${1}%{ else }${null}%{ endif }"
[for var in [{ a = 1 }] : var.a]
{ for i, x in ["a"] : i => x }
{ for x in [true, 0.5] : x => 1 }
[for k, v in { "10" = 1, "9" = 2 } : k]
{ (1) = 2, (true) = 1, (0.5) = 3 }
local.nested["list"][0]["id"]
[[1, 2], [3]][*][0]
{ a = [1] }.a[*]
var.room.beds[*].soft
var.room[*].beds[0].width
var.room.beds.*.width[1]
{ "0" = "zero" }[0]
-(-1)
!(!true)
1 == 1 ? "a" : "b"
1 + 2 == 3 && !false ? [1] : [2]
true ? [1] : [1, 2]
true ? ["a"] : [1, 2]
true ? [1, "a"] : ["b"]
true ? { a = { b = 1 } } : { a = { b = "x" } }
true ? { a = { b = 1 } } : { c = { b = "x" } }
true ? { a = { b = 1 } } : { c = { d = "x" } }
true ? { a = { b = 1, c = "y" } } : {}
true ? { a = 1, b = true } : { a = 2, b = false }
true ? { a = 1, b = true } : null
false ? null : [1, "a"]
true ? tolist([1]) : ["a"]
true ? tomap({ a = 1 }) : { a = "x" }
true ? tomap({ a = 1, b = 2 }) : { a = 1, b = "x" }
true ? toset([1, 2]) : toset(["a"])
true ? toset([10, 9]) : ["a"]
true ? [2, 1] : toset(["a"])
true ? [1, 2] : toset([3])
true ? [1, 2] : var.numbers
[true ? 1 : 2, true ? "a" : 2]
true ? [{ a = 1 }] : [{ a = 2 }, { a = "x" }]
true ? [{ a = 1 }] : []
true ? [{ a = 1, b = "x" }, { a = 2, b = "y" }] : []
true ? [{ a = 1 }, { a = "x" }] : []
true ? [[1], ["a"]] : []
true ? { a = [1, "x"] } : { a = [2, "y"] }
true ? { a = [1, "x"] } : {}
tomap({ a = { x = 1 }, b = { x = "y" } })
tolist([[1], ["a"]])
tolist([{ a = 1 }, { b = "x" }])
toset([{ a = 1 }])
toset([{ a = 2 }, { a = 1 }])
toset([[2], [1]])
toset(["", "a", "A", "é", "z"])
toset([1.5, 1])
toset([-1, -2])
length("a\u0301")
length([null])
try([for x in null : x], "none")
try(var.anything.a[1], "none")
can({ a = 1 }["b"])
can(true ? [1] : var.empty)
try(true ? var.nothing : {}, "none")
try(true ? [] : var.nothing, "none")
try(length([merge(2, "a")]), "none")
try(false && tobool("x"), "none")
can([tonumber("x"), 1][1])
can(var.nothing)
"${var.nothing == null ? "null" : var.nothing}"
(var.flag)
((1))
[ /* one */ 1, # two
]
"""

SEVERAL_LINES = (
    "<<EOT\nplain\n  indented\nEOT\n",
    "<<EOT\nEOT\n",
    "<<EOT\n\nEOT\n",
    "<<EOT\n  a\n  EOT\n",
    "<<EOT\nback\\slash \\n \"quote\" $${not} %%{not} $ %\nEOT\n",
    "<<EOT\na ${local.base} b\n${var.text}\nEOT\n",
    "<<-EOT\n    a\n      b\n    c\n  EOT\n",
    "<<-EOT\n\ta\n\t\tb\nEOT\n",
    "<<-EOT\n    a\n\n  \n      b\n    EOT\n",
    "<<-EOT\n  ${local.base} a\n    b\n  EOT\n",
    "<<-EOT\n    a\n  ${local.base}\n  EOT\n",
    "<<-EOT\n${local.base}\n  b\nEOT\n",
    "<<-EOT\n    a ${\n  local.base\n} b\n      c\n    EOT\n",
    "<<EOT\n%{ for name in var.list ~}\n- ${name}\n%{ endfor ~}\nEOT\n",
    "<<EOT\n%{ for name in var.list }\n- ${name}\n%{ endfor }\nend\nEOT\n",
    "<<-EOT\n    %{ for name in var.list ~}\n    - ${name}\n    %{ endfor ~}\n    end\n    EOT\n",
    "<<-EOT\n    %{~ if var.flag ~}\n      yes\n    %{~ else ~}\n      no\n    %{~ endif ~}\n  EOT\n",
    "<<-EOT\n  a\n  %{ if var.flag }b%{ else }c%{ endif }\n    d\n  EOT\n",
    "<<EOT\n  ${~ local.base ~}\n\n  x\nEOT\n",
    "<<-EOT\n  %{ for key, value in var.map }\n    ${key} = ${value}\n  %{ endfor }\nEOT\n",
    "<<EOT\n${jsonencode({\n  a = 1\n})}\nEOT\n",
    "<<EOT\nEOTX\n EOT x\nEOT\n",
    "<<EOT\n100% \n${~ local.base }\nEOT\n",
    "<<EOT\n$$${local.base}\nEOT\n",
    "upper(<<EOT\nabc\nEOT\n)",
    "[<<EOT\na\nEOT\n, <<-EOT\n  b\n  EOT\n]",
    "{\n  a = <<-EOT\n    x\n  EOT\n  b = 1 # one\n  // two\n  c = [\n    1,\n    2,\n  ]\n}",
    "(\n  var.flag\n  ? 1\n  : 2\n)",
    "[for x in [\"k\"] : {\n  a = x\n  (x) = 2\n}][0]",
    "merge(\n  { a = 1 },\n  # more\n  { b = 2 },\n)",
    "{ for k, v in {\n  b = 1\n  a = 2\n} :\n  k => v\n  if v > 1\n}",
)  # fmt: skip

WITH_CARRIAGE_RETURNS = tuple(text.replace("\n", "\r\n") for text in SEVERAL_LINES)
PROVIDER_FUNCTIONS = (
    'provider::terraform::encode_expr("a")',
    '[1, provider::terraform::decode_tfvars("a = 1").a]',
    'core::upper("a")',
    '"${provider::terraform::encode_expr(local.base)}x"',
    "{ for name in var.list : name => provider::terraform::encode_expr(name) }",
)
EXPRESSIONS = (
    *re.split(r"\n(?!\])", ONE_LINE.strip()),
    *SEVERAL_LINES,
    *WITH_CARRIAGE_RETURNS,
    *PROVIDER_FUNCTIONS,
)

REJECTED = (
    "length(null)",
    "null.x",
    "[1][1]",
    "[1][-1]",
    "{ a = 1 }.b",
    "{ a = 1 }[\"b\"]",
    "1 + \"a\"",
    "1 + null",
    "!5",
    "\"a${[1]}\"",
    "\"${{}}x\"",
    "[for x in 5 : x]",
    "[for x in null : x]",
    "{ for x in [\"a\", \"a\"] : x => 1 }",
    "{ for x in [null] : x => 1 }",
    "true ? {} : []",
    "true ? 1 : []",
    "true ? 1 : true",
    "\"x\" ? 1 : 2",
    "null ? 1 : 2",
    "tonumber(\"x\")",
    "tonumber(true)",
    "tobool(\"yes\")",
    "tostring([])",
    "toset([1, [2]])",
    "tolist({ a = 1 })",
    "tomap([1])",
    "zipmap([\"a\"], [1, 2])",
    "lookup({ a = 1 }, \"b\")",
    "element([], 0)",
    "merge([1])",
    "concat({})",
    "keys([1])",
    "join(\",\", \"abc\")",
    "join(\",\", [[1]])",
    "slice([1], 0, 2)",
    "range(1, 2, 3, 4)",
    "one([1, 2])",
    "sum([])",
    "max()",
    "coalesce(null)",
    "coalesce(1, true)",
    "contains(5, 1)",
    "flatten({})",
    "toset([\"a\"])[0]",
    "try()",
    "[{ a = 1 }, { b = 2 }][*].a",
    "true ? { a = 1 } : { a = [] }",
    "true ? { a = 1, b = [] } : {}",
    "{ for x in [1] : [x] => x }",
    "{ (null) = 1 }",
    "{ ([]) = 1 }",
    "try(null.x)",
    "can()",
    "can(1, 2)",
    "upper()",
    "upper(\"a\", \"b\")",
    "replace(\"a\", \"b\")",
    "setunion()",
    "var.list.x",
    "var.room.missing",
    "local.nested.map.zz",
    "merge({}...)",
    "\"%{ if 5 }a%{ endif }\"",
    "\"%{ for x in 5 }a%{ endfor }\"",
    "\"%{ if true }${null}%{ endif }\"",
    "alltrue([5])",
    "compact([[1]])",
)  # fmt: skip
"""Terraform finds all of these wrong before it plans, so that it reports all of them at once."""

SHARE_KNOWN = 0.8


def terraform(folder: Path) -> Terraform:
    return Terraform(folder, binary=toolchain.ensure("terraform"), env=base_environment())


def write(folder: Path, expressions: tuple[str, ...]) -> dict[int, int]:
    """The module with an output for each expression, in a list that keeps null; returns the outputs by line."""
    lines = DECLARATIONS.split("\n")
    outputs: dict[int, int] = {}
    for index, text in enumerate(expressions):
        block = f'output "o{index}" {{\n  value = [\n{text}\n  ]\n}}'.split("\n")
        outputs |= {len(lines) + number: index for number in range(1, len(block) + 1)}
        lines += block
    (folder / "main.tf").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return outputs


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Configuration, list[Any]]:
    """The module, and Terraform's values."""
    folder = tmp_path_factory.mktemp("corpus")
    write(folder, EXPRESSIONS)
    runner = terraform(folder)
    assert runner.initialise() == ()
    plan = folder / "corpus.tfplan"
    assert [error.text for error in runner.plan_to(plan).errors] == []
    outputs = runner.show_plan(plan)["planned_values"]["outputs"]
    return Configuration.of_folder(folder), [outputs[f"o{index}"]["value"][0] for index in range(len(EXPRESSIONS))]


def differs(ours: Any, theirs: Any) -> bool:
    """Whether a known part of ``ours`` differs from Terraform's value."""
    if ours is UNKNOWN:
        return False
    if isinstance(ours, Mapping):
        return ours.keys() != theirs.keys() or any(differs(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        same_length = isinstance(theirs, list) and len(ours) == len(theirs)
        return not same_length or any(map(differs, ours, theirs))
    return bool(ours != theirs) or isinstance(ours, bool) != isinstance(theirs, bool)


def known(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(known, value.values()))
    return all(map(known, value)) if isinstance(value, list) else value is not UNKNOWN


def test_a_known_value_is_terraforms_value(planned: tuple[Configuration, list[Any]]) -> None:
    module, theirs = planned
    ours = [module.value(text) for text in EXPRESSIONS]
    wrong = [
        f"{text}: {one!r}, but Terraform has {other!r}"
        for text, one, other in zip(EXPRESSIONS, ours, theirs, strict=True)
        if differs(one, other)
    ]
    assert wrong == []


def test_most_values_are_known(planned: tuple[Configuration, list[Any]]) -> None:
    module, _ = planned
    unknown = [text for text in EXPRESSIONS if not known(module.value(text))]
    assert len(unknown) <= (1 - SHARE_KNOWN) * len(EXPRESSIONS), "\n".join(unknown)


def test_what_terraform_rejects_is_unknown(tmp_path: Path) -> None:
    outputs = write(tmp_path, REJECTED)
    runner = terraform(tmp_path)
    runner.initialise()
    errors = runner.plan_to(tmp_path / "corpus.tfplan").errors
    rejected = {outputs[error.line] for error in errors if error.line in outputs}
    assert [text for index, text in enumerate(REJECTED) if index not in rejected] == []
    module = Configuration.of_folder(tmp_path)
    assert [(text, module.value(text)) for text in REJECTED if module.value(text) is not UNKNOWN] == []
