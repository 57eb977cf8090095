"""Which parts of a value are certainly strings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from modproof.hcl.evaluation import Configuration, is_text
from modproof.hcl.reader import parse

INNER = """
resource "aws_sqs_queue" "this" {}
output "arn" {
  value = aws_sqs_queue.this.arn
}
output "both" {
  value = { arn = aws_sqs_queue.this.arn, ports = aws_sqs_queue.this.ports }
}
"""
OUTER = """
locals {
  queue = { arn = aws_sqs_queue.this.arn, size = var.size }
  same  = local.queue
  loop  = local.loop
}
module "inner" {
  source = "./inner"
}
module "each" {
  source   = "./inner"
  for_each = var.names
}
"""
BOTH = '{ a = aws_sqs_queue.this.arn, b = [var.b, "x-${var.c}"] }'


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("aws_sqs_queue.this.arn", (), True),
        ("aws_sqs_queue.this[0].id", (), True),
        ('aws_sqs_queue.this["a"].dead_letter_arn', (), True),
        ("data.aws_iam_policy_document.this.json", (), True),
        ("data.aws_sqs_queue.this[0].arn", (), True),
        ("aws_sqs_queue.this[*].arn", (), False),
        ("aws_sqs_queue.this.*.arn", (), False),
        ("aws_sqs_queue.this.ports", (), False),
        ("aws_sqs_queue.this", (), False),
        ("aws_sqs_queue.this.list[0].arn", (), False),
        ("aws_sqs_queue.this.arn", ("x",), False),
        ("var.arn", (), False),
        ("each.value.arn", (), False),
        ("path.id", (), False),
        ('"${aws_sqs_queue.this.arn}/*"', (), True),
        ('"${var.a}${var.b}"', (), True),
        ('"${var.ports}"', (), False),
        ("jsonencode({ a = var.a })", (), True),
        ("length(var.a)", (), False),
        (BOTH, ("a",), True),
        (BOTH, ("b", 1), True),
        (BOTH, ("b", 0), False),
        (BOTH, ("c",), False),
        ("local.queue", ("arn",), True),
        ("local.queue.arn", (), True),
        ("local.same", ("arn",), True),
        ("local.queue", ("size",), False),
        ("local.loop", (), False),
        ("local.none", (), False),
        ("module.inner.arn", (), True),
        ("module.inner.both", ("arn",), True),
        ("module.inner.both.ports", (), False),
        ("module.each.arn", (), False),
        ("module.none.arn", (), False),
        ("a b", (), False),
    ],
)
def test_a_string_is_certain_only_if_the_expression_shows_it(
    tmp_path: Path, text: str, path: Sequence[str | int], expected: bool
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/main.tf").write_text(INNER)
    assert is_text(Configuration(tmp_path, parse(OUTER).blocks), text, path) is expected
