"""The reader of Terraform's block structure."""

from __future__ import annotations

from pathlib import Path

from modproof.compliance.blocks import BlockIndex, blocks_of

TEXT = """\
# resource "comment" "one" {
/* resource "comment" "two" { */
resource "aws_s3_bucket" "this" {
  bucket = "a-${var.map["k}"]}-$${not}"
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


def test_blocks_are_found_with_their_lines_and_nothing_else() -> None:
    found = [(block.address, block.start, block.end) for block in blocks_of(TEXT)]

    assert found == [
        ("aws_s3_bucket.this", 3, 11),
        ("data.aws_region.here", 13, 13),
        ("module.inner", 14, 14),
        ("module.far", 15, 17),
        ("variable.name", 18, 21),
        ("locals", 22, 22),
    ]


def test_only_local_sources_are_calls() -> None:
    sources = {block.address: block.source for block in blocks_of(TEXT) if block.kind == "module"}

    assert sources == {"module.inner": "../inner", "module.far": None}


def test_a_file_that_breaks_off_gives_the_blocks_before() -> None:
    found = [block.address for block in blocks_of('resource "a" "b" {}\nresource "c" "d" {\n  x = "open')]

    assert found == ["a.b"]


def test_index_finds_the_block_around_and_after_a_line(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(TEXT)
    index = BlockIndex(tmp_path)

    around, after, missing = index.at("main.tf", 6), index.at_or_after("main.tf", 12), index.at("gone.tf", 1)

    assert around is not None
    assert around.address == "aws_s3_bucket.this"
    assert after is not None
    assert after.address == "data.aws_region.here"
    assert missing is None
