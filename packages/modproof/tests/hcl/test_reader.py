from __future__ import annotations

import os
from pathlib import Path

import pytest

from modproof.hcl.expressions import expression
from modproof.hcl.reader import Block, UnreadableHcl, parse, read_folder, terraform_files
from modproof.hcl.strings import unquoted


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
def test_parse_finds_the_end_of_an_expression(expression: str) -> None:
    top = parse(f'a "b" {{\n  x = {expression}\n  y = 1 # comment\n}}\nc {{}}\n')
    assert [block.kind for block in top.blocks] == ["a", "c"]
    assert [(a.name, a.text) for a in top.blocks[0].attributes] == [("x", expression), ("y", "1")]


def test_parse_ignores_comments_anywhere() -> None:
    top = parse('# a {\n/* b {\n */ c /* d */ "e" { // f\n}\n')
    assert names(top) == [("c", ("e",), 3)]


def test_all_includes_dynamic_blocks() -> None:
    top = parse('provider "aws" {\n  dynamic "endpoints" {\n    for_each = [1]\n    content {}\n  }\n}\n')
    assert [block.line for block in top.blocks[0].all("endpoints")] == [2]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a {\n", 1, "the block a is not closed"),
        ('a "b" {\n  c {\n}\n', 1, 'the block a "b" is not closed'),
        ('a {\n b = "c\n}\n', 2, "a string is not closed"),
        ('a {\n b = "c\n}\nd = "e"\n', 2, "a string is not closed"),
        ("a {\n  b = [1\n}\n", 2, "a [ is not closed"),
        ("a {\n  b = f(1\n}\n", 2, "a ( is not closed"),
        ("a {\n  b = {\n    c = 1\n}\n", 1, "the block a is not closed"),
        ('a = "${b', 1, "a ${ is not closed"),
        ("a {\n  b = <<X\n}\n", 2, "the heredoc <<X is not closed"),
        ("a {}\n}\n", 2, "nothing is open before '}'"),
        ("a\n", 1, "invalid syntax near 'a'"),
        ("= 1", 1, "invalid syntax after '='"),
        ("a b", 1, "invalid syntax near 'a b'"),
        ("a = 1\n\nb = [1 2]\nc = 3\n", 3, "invalid syntax after 'b = [1'"),
        ('a = "\\q"\n', 1, "invalid syntax after 'a = \"'"),
        ("a = \n", 1, "a name or value is missing after 'a ='"),
        ("a = 1 b = 2\n", 1, "a line break is missing or misplaced near 'b = 2'"),
        ("a\n{\n}\n", 1, "a line break is missing or misplaced near 'a'"),
        ("a =\n1\n", 1, "a line break is missing or misplaced near 'a ='"),
    ],
)
def test_parse_reports_what_is_wrong_and_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(UnreadableHcl) as error:
        parse(text)
    assert (str(error.value), error.value.line) == (message, line)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffa = 1\nb {}\n",
        "a = 1\r\nb {\r\n  c = <<EOT\r\nd\r\nEOT\r\n}\r\n",
        "a = <<EOT\nb\nEOT",
        "a = [<<EOT\nb\nEOT\n]\nb {}",
        "b { c = 1 }",
        "ünï-cödé = ü.é\nb {}\n",
        "if = 1\nfor = 2\nin = 3\nnull = 4\nb {}\n",
        'a = var.if + var["for"].in + { null = 1 }.null\n',
        "a = f(<<-B\n  ${g(<<C\nc\nC\n)}\n  B\n)\n",
        'a = "${"${"${b}"}"}"\n',
        "a = 1e5 + 2E-3 + 1.5e+2\n",
        "a = b[ * ].c\n",
        "a = {\n  b = c # comment\n  (d) = 1\n  e = f\n\n  (g) = 2\n}\n",
        "a = (b ?\n c\n : d)\n",
    ],
)
def test_parse_accepts_what_terraform_accepts(text: str) -> None:
    top = parse(text)
    assert [block.kind for block in top.blocks] in ([], ["b"])


def test_forms_that_the_grammar_rejects_stay_as_they_are_in_strings_and_comments() -> None:
    top = parse('a = "1e5 [ * ]" # 1e5\nb = [1e5, c[ * ]]\n')
    assert [(attribute.text, attribute.line) for attribute in top.attributes] == [
        ('"1e5 [ * ]"', 1),
        ("[1.0e5, c[*]]", 2),
    ]


def test_labels_are_unescaped() -> None:
    top = parse('a "b \\" {" c "\\u00e9" {}\n')
    assert [block.labels for block in top.blocks] == [('b " {', "c", "é")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a"', "a"),
        ('"$${a} %%{b}"', "${a} %{b}"),
        (r'"\"\\\n\t\r"', '"\\\n\t\r'),
        (r'"\u00e9\U0001F600"', "é\U0001f600"),
        ('"e\u0301"', "é"),
        ('"${a}"', None),
        ('"$$$${a}"', None),
        (r'"\q"', None),
        (r'"\ud800"', None),
        ('"a\nb"', None),
        ("a", None),
        ('"', None),
    ],
)
def test_unquoted_is_the_string_that_terraform_reads(text: str, value: str | None) -> None:
    assert unquoted(text) == value


def test_json_files_are_blocks_too(tmp_path: Path) -> None:
    (tmp_path / "a.tf.json").write_text(
        '{\n  "provider": {\n    "aws": [{"region": "x"}, {\n      "profile": "p"}]\n  },\n'
        '  "terraform": {"backend": {"s3": {"bucket": "b"}}}\n}\n'
    )
    (file,) = read_folder(tmp_path)
    assert [(b.kind, b.labels) for b in file.blocks] == [
        ("provider", ("aws",)),
        ("provider", ("aws",)),
        ("terraform", ()),
    ]
    assert [(a.name, a.text, a.line) for a in file.blocks[1].attributes] == [("profile", '"p"', 4)]
    assert [b.labels for b in file.blocks[2].all("backend")] == [("s3",)]


def test_strings_of_json_files_are_literals(tmp_path: Path) -> None:
    (tmp_path / "a.tf.json").write_text(
        r'{"module": {"a": {"source": "./\u00e9\ud83d\ude00/\"b\""}}}', encoding="utf-8"
    )
    assert [block.literal("source") for file in read_folder(tmp_path) for block in file.blocks] == ['./é\U0001f600/"b"']


def test_values_of_json_files_become_expressions(tmp_path: Path) -> None:
    (tmp_path / "a.tf.json").write_text(
        r"""{"locals": {
            "plain": ["a", 1, true, null, {"k \"q\"": "v\n"}],
            "text": "a \"b\" ${f(\"c\")} ${d[\"e\"]}",
            "if": "%{ if a == \"b\" }c%{ endif }",
            "escaped": "$${a} \"b\"",
            "broken": "\"${a"
        }}""",
        encoding="utf-8",
    )
    texts = {each.name: each.text for file in read_folder(tmp_path) for each in file.blocks[0].attributes}
    assert texts == {
        "plain": r'["a", 1, true, null, {"k \"q\"": "v\n"}]',
        "text": r'"a \"b\" ${f("c")} ${d["e"]}"',
        "if": '"%{ if a == "b" }c%{ endif }"',
        "escaped": r'"$${a} \"b\""',
        "broken": r'"\"${a"',
    }


def test_read_folder_returns_unreadable_files_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_text("a {\n")
    (tmp_path / "b.tf").write_text("b {}\n")
    (tmp_path / "c.txt").write_text("c {}\n")
    first, second = read_folder(tmp_path)
    assert (first.path.name, first.top, first.blocks, str(first.error)) == (
        "a.tf", None, [], "the block a is not closed"
    )  # fmt: skip
    assert (second.path.name, [block.kind for block in second.blocks], second.error) == ("b.tf", ["b"], None)


def test_read_folder_parses_a_file_again_after_a_change(tmp_path: Path) -> None:
    path = tmp_path / "a.tf"
    path.write_text("a {}\n")
    before = read_folder(tmp_path)
    assert read_folder(tmp_path) is before
    path.write_text("a {}\nb {}\n")
    assert [block.kind for file in read_folder(tmp_path) for block in file.blocks] == ["a", "b"]


def test_terraform_files_are_neither_folders_nor_hidden(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("locals {}\n")
    (tmp_path / "more.tf.json").write_text("{}")
    (tmp_path / ".#main.tf").symlink_to("user@host.4711")  # a lock file of Emacs
    (tmp_path / "folder.tf").mkdir()
    assert [path.name for path in terraform_files(tmp_path)] == ["main.tf", "more.tf.json"]


def test_a_broken_link_and_a_pipe_are_unreadable(tmp_path: Path) -> None:
    (tmp_path / "gone.tf").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.tf")
    assert {file.path.name: str(file.error) for file in read_folder(tmp_path)} == {
        "gone.tf": "it cannot be read: No such file or directory",
        "pipe.tf": "it cannot be read: it is not a regular file",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.tf", "a = " + "[" * 20_000),
        ("deep.tf", "a = " + "[" * 1_500 + "]" * 1_500),
        ("deep.tf", "a {\n" * 1_500 + "}\n" * 1_500),
        ("deep.tf.json", "[" * 100_000),
    ],
    ids=["open", "brackets", "blocks", "json"],
)
def test_deep_nesting_does_not_crash(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (file,) = read_folder(tmp_path)
    assert file.error is None or str(file.error) == "brackets are nested too deeply"
    for attribute in () if file.top is None else file.top.attributes:
        assert expression(attribute.text) is None


@pytest.mark.parametrize(
    ("name", "source", "line", "message"),
    [
        ("a.tf", '\n# é\nvariable "é" {}\n'.encode("latin-1"), 3, "it is not valid UTF-8; save the file as UTF-8"),
        ("a.tf", "a = 1\n".encode("utf-16"), 1, "it is encoded as UTF-16; save the file as UTF-8"),
        ("a.tf", "a = 1\n".encode("utf-16-le"), 1, "it is encoded as UTF-16; save the file as UTF-8"),
        ("a.tf.json", "{}".encode("utf-16-be"), 1, "it is encoded as UTF-16; save the file as UTF-8"),
        (
            "a.tf.json",
            b"\xef\xbb\xbf{}",
            1,
            "not JSON: it starts with a byte-order mark; save the file as UTF-8 without one",
        ),
    ],
)
def test_a_file_in_another_encoding_is_an_error_with_its_line(
    tmp_path: Path, name: str, source: bytes, line: int, message: str
) -> None:
    (tmp_path / name).write_bytes(source)
    (file,) = read_folder(tmp_path)
    assert file.error is not None
    assert (file.error.line, str(file.error)) == (line, message)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b'\xef\xbb\xbfvariable "a" {}\n', id="byte-order mark"),
        pytest.param('variable "a" {} # é\n'.encode("latin-1"), id="invalid bytes in a comment"),
        pytest.param('variable "a" {} # \ufffd\n'.encode(), id="a replacement character"),
        pytest.param(b'variable "a" {\r\n  default = 1\r\n}\r\n', id="CRLF"),
    ],
)
def test_files_that_terraform_accepts_are_read(tmp_path: Path, source: bytes) -> None:
    (tmp_path / "a.tf").write_bytes(source)
    (file,) = read_folder(tmp_path)
    assert [(block.address, block.line) for block in file.blocks] == [("var.a", 1)]


def test_carriage_returns_stay_in_the_text_of_a_heredoc(tmp_path: Path) -> None:
    (tmp_path / "a.tf").write_bytes(b"locals {\r\n  a = <<EOT\r\nx\r\nEOT\r\n}\r\n")
    (file,) = read_folder(tmp_path)
    assert [(each.text, each.line) for block in file.blocks for each in block.attributes] == [("<<EOT\r\nx\r\nEOT", 2)]
