from __future__ import annotations

from pathlib import Path

import pytest

from modproof.documents import Strict, read, validate
from modproof.errors import ConfigurationError


class Inner(Strict):
    size: int
    name: str = ""


class Outer(Strict):
    things: dict[str, Inner]


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_read_knows_the_line_of_every_key(tmp_path: Path) -> None:
    document = read(write(tmp_path, "# head\na:\n  b:\n    - 1\n    - c: 2\n"))
    assert document.data == {"a": {"b": [1, {"c": 2}]}}
    assert [document.line(*p) for p in [("a",), ("a", "b"), ("a", "b", 1), ("a", "b", 1, "c")]] == [2, 3, 5, 5]
    assert document.line("a", "nothing", "here") == 2


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("a: 1\nb: [1\n", 3, "is not valid YAML", id="unclosed"),
        pytest.param("a: 1\nb: 2\na: 3\n", 3, "the key 'a' stands twice (first at line 1)", id="twice"),
        pytest.param("a: !!python/object:os.system {}\n", 1, "could not determine a constructor", id="tag"),
    ],
)
def test_read_says_where_the_file_is_wrong(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(write(tmp_path, text))
    assert caught.value.line == line
    assert message in caught.value.message
    assert caught.value.exit_code == 2


def test_read_says_that_a_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file or directory"):
        read(tmp_path / "none.yaml")


def test_validate_names_line_and_remedy_of_every_fault(tmp_path: Path) -> None:
    document = read(write(tmp_path, "things:\n  one:\n    size: x\n  two:\n    sise: 1\n"))
    problems = validate(document, (), Outer)
    assert isinstance(problems, list)
    assert [(p.place.line if p.place else 0, p.message, p.hint) for p in problems] == [
        (3, "things.one.size: input should be a valid integer (found 'x')", None),
        (4, "the key 'things.two.size' is missing", None),
        (5, "unknown key 'things.two.sise'", "did you mean 'size'?"),
    ]


def test_validate_proposes_the_key_that_was_meant(tmp_path: Path) -> None:
    document = read(write(tmp_path, "one:\n  sizes: 1\n  size: 1\n"))
    problems = validate(document, ("one",), Inner)
    assert isinstance(problems, list)
    assert [str(p).replace(str(tmp_path), "") for p in problems] == [
        "/file.yaml:2: unknown key 'sizes'; did you mean 'size'?"
    ]
