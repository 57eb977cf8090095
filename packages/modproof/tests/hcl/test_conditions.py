from __future__ import annotations

from pathlib import Path

import pytest

from modproof.hcl.conditions import Condition, condition_at, conditions_of

MODULE = """
variable "name" {
  validation {
    condition     = length(var.name) > 2
    error_message = "too short"
  }
}
resource "aws_x" "this" {
  precondition {}
  lifecycle {
    precondition {
      error_message = "first"
    }
    postcondition {
      error_message = "second"
    }
  }
}
output "id" {
  precondition {
    error_message = "third"
  }
}
check "health" {
  assert {
    error_message = "fourth"
  }
}
"""


def test_conditions_have_owner_kind_and_lines(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(MODULE)
    (tmp_path / "broken.tf").write_text("variable {")
    found = [(each.owner, each.kind, each.line, each.end) for each in conditions_of([tmp_path])]
    assert found == [
        ("var.name", "validation", 3, 6),
        ("aws_x.this", "precondition", 9, 9),
        ("aws_x.this", "precondition", 11, 13),
        ("aws_x.this", "postcondition", 14, 16),
        ("output.id", "precondition", 20, 22),
        ("check.health", "assert", 25, 27),
    ]
    at = condition_at(tmp_path / "main.tf", 15)
    assert at is not None
    assert at.message == '"second"'
    assert condition_at(tmp_path / "main.tf", 8) is None
    assert condition_at(tmp_path / "main.tf", None) is None


@pytest.mark.parametrize(
    ("message", "text", "may"),
    [
        ('"name must be short"', "must be", True),
        ('"name must be short"', "must not be", False),
        (r'"the \"name\" is short"', 'the "name" is', True),
        ('"${var.name} is not one of the known names"', "x is not one of the known names", True),
        ('"${var.name} is not one of the known names"', "something else entirely", False),
        (r'"${a}: \"quoted\" words here"', 'x: "quoted" words', True),
        ("<<-EOT\n  The name ${var.name}\n  is not a valid name.\nEOT", "is not a valid name", True),
        ("local.message", "anything", False),
    ],
)
def test_a_condition_may_report_a_text_that_its_message_can_contain(message: str, text: str, may: bool) -> None:
    condition = Condition("validation", "var.name", Path("main.tf"), 1, 2, message)
    assert condition.may_report(text) is may
