from __future__ import annotations

from pathlib import Path

import pytest

from modproof.hcl.block_index import BlockIndex
from modproof.hcl.closure import local_source

TEXT = """\
# resource "comment" "one" {
/* resource "comment" "two" { */
resource "aws_s3_bucket" "this" {
  bucket = "a-${var.map["k"]}-$${not}"
  policy = <<-EOT
    resource "in" "heredoc" {
  EOT
  dynamic "rule" {
    for_each = { a = "}" }
  }
}

data "aws_region" "here" {}
module "inner" { source = "../inner" }
module "far" {
  source = "git::https://example.com/x.git"
}
variable "name" {
  type    = object({ a = optional(string, "\\"{") })
  default = { a = "x" } # }
}
locals { a = 1 }
"""


@pytest.fixture
def index(tmp_path: Path) -> BlockIndex:
    (tmp_path / "main.tf").write_text(TEXT)
    return BlockIndex(tmp_path)


def test_of_has_the_top_level_blocks_with_their_lines(index: BlockIndex) -> None:
    assert [(block.address, block.line, block.end) for block in index.of("main.tf")] == [
        ("aws_s3_bucket.this", 3, 11),
        ("data.aws_region.here", 13, 13),
        ("module.inner", 14, 14),
        ("module.far", 15, 17),
        ("var.name", 18, 21),
        ("locals", 22, 22),
    ]


def test_only_a_local_path_is_a_local_source(index: BlockIndex) -> None:
    sources = {block.address: local_source(block) for block in index.of("main.tf") if block.kind == "module"}
    assert sources == {"module.inner": "../inner", "module.far": None}


def test_an_unreadable_file_has_no_blocks(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "a" "b" {}\nresource "c" "d" {\n  x = "open')
    assert list(BlockIndex(tmp_path).of("main.tf")) == []


def test_at_is_the_block_around_a_line_and_at_or_after_the_next_one_too(index: BlockIndex) -> None:
    around, between, after = index.at("main.tf", 6), index.at("main.tf", 12), index.at_or_after("main.tf", 12)
    assert around is not None
    assert around.address == "aws_s3_bucket.this"
    assert between is None
    assert after is not None
    assert after.address == "data.aws_region.here"
    assert index.at("gone.tf", 1) is None
