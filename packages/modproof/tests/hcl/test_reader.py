from __future__ import annotations

import os
from pathlib import Path

import pytest

from modproof.hcl.reader import Block, UnreadableHcl, parse, read_folder, terraform_files


def names(block: Block) -> list[tuple[str, tuple[str, ...], int]]:
    return [(inner.kind, inner.labels, inner.line) for inner in block.blocks]


def test_blocks_have_kind_labels_and_line() -> None:
    top = parse(
        'terraform {\n  required_version = ">= 1.9"\n}\n\nresource "aws_s3_bucket" "this" {}\nlocals { a = 1 }\n'
    )
    assert names(top) == [
        ("terraform", (), 1),
        ("resource", ("aws_s3_bucket", "this"), 5),
        ("locals", (), 6),
    ]
    assert top.blocks[0].attributes[0].text == '">= 1.9"'
    assert [a.text for a in top.blocks[2].attributes] == ["1"]


@pytest.mark.parametrize(
    "expression",
    [
        '"a ${jsonencode({ b = "}" })} c"',
        '"$${not} %%{these} ${"${"deep"}"}"',
        '"quote \\" and brace {"',
        '{\n  a = [1, 2]\n  # } not this one\n  b = "x" // nor } this\n /* } */ c = { d = 1 }\n}',
        '<<EOF\nprovider "aws" {\n  profile = "text"\n}\nEOF',
        "<<-EOT\n    } ${a}\n    EOT",
        'join("\\n", [\n  "a",\n  "b",\n])',
        "var.a == null ? 1 : 2",
        "cond ? [\n for x in y : x\n] : []",
    ],
)
def test_an_expression_ends_where_it_ends(expression: str) -> None:
    top = parse(f'a "b" {{\n  x = {expression}\n  y = 1 # comment\n}}\nc {{}}\n')
    assert [block.kind for block in top.blocks] == ["a", "c"]
    assert [(a.name, a.text) for a in top.blocks[0].attributes] == [("x", expression), ("y", "1")]


def test_comments_may_stand_anywhere() -> None:
    top = parse('# a {\n/* b {\n */ c /* d */ "e" { // f\n}\n')
    assert names(top) == [("c", ("e",), 3)]


def test_dynamic_blocks_count_as_what_they_make() -> None:
    top = parse('provider "aws" {\n  dynamic "endpoints" {\n    for_each = [1]\n    content {}\n  }\n}\n')
    assert [block.line for block in top.blocks[0].all("endpoints")] == [2]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a {\n", 1, "the block a is not closed"),
        ('a {\n b = "c\n}\n', 2, "a string is not closed"),
        ("a {\n  b = [1\n}\n", 2, "a [ is not closed"),
        ("a {\n  b = <<X\n}\n", 2, "the text <<X is not closed"),
        ("a\n", 1, "a name is expected before"),
        ("= 1", 1, "a name is expected before '='"),
        ("a b", 1, "the block a has no body"),
    ],
)
def test_what_is_not_hcl_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(UnreadableHcl, match=message.replace("[", r"\[")) as error:
        parse(text)
    assert error.value.line == line


def test_json_files_are_blocks_too(tmp_path: Path) -> None:
    (tmp_path / "a.tf.json").write_text(
        '{\n  "provider": {\n    "aws": [{"region": "x"}, {\n      "profile": "p"}]\n  },\n'
        '  "terraform": {"backend": {"s3": {"bucket": "b"}}}\n}\n'
    )
    ((_, top, _),) = read_folder(tmp_path)
    assert isinstance(top, Block)
    assert [(b.kind, b.labels) for b in top.blocks] == [
        ("provider", ("aws",)),
        ("provider", ("aws",)),
        ("terraform", ()),
    ]
    assert [(a.name, a.text, a.line) for a in top.blocks[1].attributes] == [("profile", '"p"', 4)]
    assert [b.labels for b in top.blocks[2].all("backend")] == [("s3",)]


def test_a_folder_gives_unreadable_files_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text("a {\n")
    (tmp_path / "b.tf").write_text("b {}\n")
    (tmp_path / "c.txt").write_text("c {}\n")
    found = {path.name: blocks for path, blocks, _ in read_folder(tmp_path)}
    assert set(found) == {"a.tf", "b.tf"}
    assert isinstance(found["a.tf"], UnreadableHcl)


def test_terraform_reads_no_folders_and_nothing_hidden(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("locals {}\n")
    (tmp_path / "more.tf.json").write_text("{}")
    (tmp_path / ".#main.tf").symlink_to("somebody@elsewhere.4711")  # what Emacs makes while a file is edited
    (tmp_path / "folder.tf").mkdir()
    assert [path.name for path in terraform_files(tmp_path)] == ["main.tf", "more.tf.json"]


def test_a_file_that_cannot_be_read_says_why_and_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "gone.tf").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.tf")
    found = {path.name: str(blocks) for path, blocks, _ in read_folder(tmp_path)}
    assert found == {
        "gone.tf": "it cannot be read: No such file or directory",
        "pipe.tf": "it cannot be read: it is no regular file",
    }


@pytest.mark.parametrize(("name", "text"), [("deep.tf", "a = " + "[" * 20_000), ("deep.tf.json", "[" * 100_000)])
def test_what_is_nested_too_deeply_is_no_hcl(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    ((_, blocks, _),) = read_folder(tmp_path)
    assert isinstance(blocks, UnreadableHcl)
    assert str(blocks) == "brackets are nested too deeply"
