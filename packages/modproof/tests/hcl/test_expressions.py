from __future__ import annotations

import pytest
from tree_sitter import Node

from modproof.hcl.conditionals import Loop, Taken, conditionals
from modproof.hcl.evaluation.evaluator import evaluate
from modproof.hcl.expressions import expression, object_items, references, spliced, text_of
from modproof.hcl.templates import UnreadableTemplate, module_paths, template_parts, template_texts


def tree(text: str) -> Node:
    root = expression(text)
    assert root is not None
    return root


@pytest.mark.parametrize("text", ["a b", "[1 2]", "{ a", '"', "", "(" * 101 + ")" * 101])
def test_an_invalid_or_too_deep_expression_is_none(text: str) -> None:
    assert expression(text) is None


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("{ a = 1, b : x.y }", [("a", "1"), ("b", "x.y")]),
        ('{\n  "a" = [1]\n  # c = 2\n  b = {}\n}', [("a", "[1]"), ("b", "{}")]),
        ('{ (a) = 1, "${b}" = 2 }', [(None, "1"), (None, "2")]),
        ("{\n  a = b\n  (c) = d\n}", [("a", "b"), (None, "d")]),
        ("({ a = 1 })", [("a", "1")]),
        ("{}", []),
        ("{ for k in a : k => 1 }", []),
        ("[{ a = 1 }]", []),
        ("a", []),
    ],
)
def test_object_items_are_keys_with_values(text: str, items: list[tuple[str | None, str]]) -> None:
    assert [(key, text_of(value)) for key, value in object_items(tree(text))] == items


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("var.a.b + local.c[0]", {"var.a", "local.c"}),
        ("data.aws_x.this.id", {"data.aws_x.this"}),
        ("aws_x.this[*].id", {"aws_x.this"}),
        ("{ a = b.c, (d) = e }", {"b.c", "d", "e"}),
        ("[for x, y in var.z : x.p[y.q] if var.r]", {"var.z", "var.r"}),
        ("[for x in x.y : x]", {"x.y"}),
        ('"%{ for a in var.b }${a.c}${var.d}%{ endfor }"', {"var.b", "var.d"}),
        ("provider::ns::f(var.a)", {"provider::ns::f", "var.a"}),
        ("path.module", {"path.module"}),
    ],
)
def test_references_are_what_an_expression_refers_to(text: str, found: set[str]) -> None:
    assert references(tree(text)) == found


@pytest.mark.parametrize(
    ("start", "end"), [("[", "]"), ("{ a = ", " }"), ("f(", ")"), ("(", ")"), ("[for x in y : ", "]")]
)
def test_the_deepest_expression_that_is_read_does_not_exhaust_the_stack(start: str, end: str) -> None:
    root = tree(start * 99 + "(b ? 1 : 2)" + end * 99)
    assert "b" in references(root)
    assert [text_of(each.condition) for each in conditionals(root)] == ["b"]
    evaluate(root, lambda names: (True, len(names)))


def test_spliced_replaces_references_by_constants() -> None:
    text = 'file("${path.module}/x") == path.root ? é.path.module : path'
    constants = {"path.module": 'a"${b}', "path.root": "/é"}
    assert spliced(tree(text), constants) == r'file("${"a\"$${b}"}/x") == "/é" ? é.path.module : path'


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('"${path.module}/../x"', ["/../x"]),
        ('"${ path . module }/x/${var.y}.txt"', ["/x/"]),
        ('"${~ path.module ~}/x"', ["/x"]),
        ('"${path.module}"', [""]),
        ('"${path.module}${var.x}"', [""]),
        ('"a/${path.root}/x"', []),
        ('file("${path.module}/a") == templatefile("${path.module}/b", {})', ["/a", "/b"]),
        ('try(file("x-${file("${path.module}/../deep")}"), "")', ["/../deep"]),
        ('<<-EOT\n  ${path.module}/../from/heredoc\n  EOT\n', ["/../from/heredoc\n"]),
        ('"%{ if true }${path.module}/a%{ endif }"', ["/a"]),
        ('/* "${path.module}/comment" */ "x"', []),
        ('"$${path.module}/x"', []),
    ],
)  # fmt: skip
def test_module_paths_are_the_texts_after_path_module(text: str, paths: list[str]) -> None:
    assert list(module_paths(tree(text))) == paths


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ('"a ${b} c"', ["a ", " c"]),
        ('"${a}${b}"', ["", "", ""]),
        ('"é ${"x ${b} y"} z"', ["é ", " z", "x ", " y"]),
        ('"a %{ if b } c %{ else } d %{ endif } e"', ["a ", " c ", " d ", " e"]),
        ("<<EOT\n  a ${b}\nEOT\n", ["  a ", "\n"]),
        ('f("plain")', []),
    ],
)
def test_template_texts_are_the_constant_parts(text: str, texts: list[str]) -> None:
    assert list(template_texts(tree(text))) == texts


@pytest.mark.parametrize("text", ['"${ ~ a }x"', '"$$${a}b"', '"100% ${~ a}"', '"a\nb ${c}"'])
def test_template_parts_rejects_ambiguous_templates(text: str) -> None:
    template = tree(text).named_children[0].named_children[0]
    with pytest.raises(UnreadableTemplate):
        template_parts(template)


def around(text: str) -> list[tuple[str, list[str]]]:
    """Each condition with the constructs around it."""
    found = []
    for each in conditionals(tree(text)):
        scopes = []
        for scope in each.scopes:
            match scope:
                case Taken():
                    scopes.append(("" if scope.value else "!") + text_of(scope.condition))
                case Loop():
                    guard = "" if scope.only_if is None else f" if {text_of(scope.only_if)}"
                    scopes.append(f"{', '.join(scope.names)} in {text_of(scope.collection)}{guard}")
        found.append((text_of(each.condition), scopes))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ? b : c", [("a", [])]),
        ("a ? 1 : b ? 2 : c ? 3 : 4", [("a", []), ("b", ["!a"]), ("c", ["!a", "!b"])]),
        ("a ? b ? 1 : 2 : c ? 3 : 4", [("a", []), ("b", ["a"]), ("c", ["!a"])]),
        ("(a ? b : c) ? 1 : 2", [("a", []), ("(a ? b : c)", [])]),
        ("a ? 1 : (b ? c : d) ? 2 : 3", [("a", []), ("b", ["!a"]), ("(b ? c : d)", ["!a"])]),
        ("[for x in a ? b : c : x ? 1 : 2 if x.y]", [("a", []), ("x", ["x in a ? b : c if x.y"])]),
        ("[for x in a : x if x ? true : false]", [("x", ["x in a"])]),
        ('"%{ if a }${b ? 1 : 2}%{ else }${c ? 1 : 2}%{ endif }"', [("a", []), ("b", ["a"]), ("c", ["!a"])]),
        ('"%{ for k, v in a }%{ if v }x%{ endif }%{ endfor }"', [("v", ["k, v in a"])]),
    ],
)
def test_conditionals_have_what_decides_whether_they_are_evaluated(
    text: str, expected: list[tuple[str, list[str]]]
) -> None:
    assert around(text) == expected


@pytest.mark.parametrize(
    ("text", "whole"),
    [("a ? 1 : 2", [True]), ("(a ? 1 : 2)", [True]), ("[a ? 1 : 2]", [False]), ("a ? 1 : b ? 2 : 3", [True, False])],
)
def test_a_conditional_is_whole_if_it_is_all_of_the_expression(text: str, whole: list[bool]) -> None:
    assert [each.whole for each in conditionals(tree(text))] == whole
