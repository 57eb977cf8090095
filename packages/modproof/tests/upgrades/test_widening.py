"""Conditions that accept all that others accept."""

from __future__ import annotations

import pytest

from modproof.upgrades.widening import accepts_all_of

LOOP = "alltrue(flatten([for one in values(var.a) : [for b in one : %s]]))"


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("var.a >= 3", "var.a >= 2"),
        ("var.a > 3", "var.a >= 3"),
        ("3 <= var.a", "var.a > 2.5"),
        ("length(var.a) <= 10", "length(var.a) <= 20"),
        ("var.a >= -1 && var.a < 5", "-2 <= var.a && var.a <= 5"),
        ("var.a > 1 && var.b", "(var.a > 1)"),
        ("var.a > 1", "var.a == null || var.a > 1"),
        ("var.a.b > 1", 'var.a.b > 1 || can(regex("x", var.c.d))'),
        ("(var.a || var.b) && var.c", "var.a || var.b"),
        (
            "(\n  var.a > 2 # more\n  || var.b\n  && !(\n    var.c > 1\n  )\n)",
            "(\n  var.a\n  > 1 ||\n  var.b && !(var.c\n  > 2) // less\n)",
        ),
        ('contains(["x", "y"], var.a)', 'contains(["y", "z", "x"], var.a)'),
        ('!contains(["x", "y"], var.a)', '!contains(["y"], var.a)'),
        ("var.a ? var.b > 2 : var.c", "var.a ? var.b > 1 : var.c"),
        (LOOP % 'contains(["x"], b)', LOOP % 'contains(["x", "y"], b)'),
        ("anytrue([var.a > 2, var.b])", "anytrue([var.a > 1, var.b])"),
        ("length(var.a) > 3", "length(var.a) == 0 || length(var.a) > 3"),
        ("var.a == null || var.a > 3", "var.a == null || var.a > 2"),
    ],
)
def test_a_wider_condition_accepts_all_that_the_narrower_one_does_and_not_the_reverse(narrow: str, wide: str) -> None:
    assert accepts_all_of(narrow, wide)
    assert not accepts_all_of(wide, narrow)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("var.a >= 3", "var.a <= 4"),
        ("var.a >= 3", "var.b >= 2"),
        ("var.a == 3", "var.a == 2"),
        ("var.a", "!!var.a"),
        ('can(regex("^a$", var.a))', 'can(regex("^a?$", var.a))'),
        ("alltrue([for b in var.a : b > 3])", "alltrue([for b in var.c : b > 2])"),
        ("alltrue([for b in var.a : b > 3 if b != 5])", "alltrue([for b in var.a : b > 2])"),
        ("contains(var.b, var.a)", "contains(var.c, var.a)"),
        # fails for null: until 1.12 Terraform evaluates both operands
        ("var.a == null", "var.a == null || var.a > 0"),
        ("var.a", "var.a || var.b.c > 1"),
        ("!var.a", "!(var.a && var.b.c > 1)"),
        ("var.a == null ? true : var.a > 2", "(var.a == null ? true : var.a > 2) || var.a > 1"),
        ("var.a > ", "var.a > 1"),
        # fails for null: since 1.12 Terraform evaluates the left operand first
        ("var.a == null || var.a > 3", "var.a > 2 || var.a == null"),
        ("(var.a != null && var.a.b > 3) || var.c", "var.a.b > 2 || var.c"),
        ("anytrue([var.a != null && var.a.b > 3, var.c])", "anytrue([var.a.b > 2, var.c])"),
        (
            "!alltrue([var.a == null || var.a.b > 3, var.c])",
            "!alltrue([var.a.b > 3, var.c])",
        ),
        # null is neither true nor false
        ("var.a > 1", "var.a > 1 || var.b"),
        ("var.a == null", "var.a == null || var.a"),
        # not the same attribute, and one that may not exist
        ('var.a.bc == "x"', 'var.a.bc == "x" || var.a.b'),
        ("alltrue([for b in var.a : b.c > 3])", "alltrue([for b in var.a : b.c > 3 || b.d == 1])"),
        ("var.a == 1", "var.a == 1 || var.b - 1 == 2"),
        # an error in `can` is not an error of the condition
        ("can(var.a.b) || var.c > 1", "can(var.a.b) || var.c > 1 || var.a.b == 2"),
        # an empty list hides the number
        (
            "alltrue([for b in var.a : tonumber(var.c) > b])",
            "alltrue([for b in var.a : tonumber(var.c) > b]) || tonumber(var.c) > 5",
        ),
    ],
)
def test_what_cannot_be_decided_is_not_taken_for_wider(old: str, new: str) -> None:
    assert not accepts_all_of(old, new)
