from __future__ import annotations

from pathlib import Path

import pytest

from modproof.core.documents import Plain, Strict, read, validate
from modproof.core.errors import ConfigurationError
from modproof.core.results import Problem


class Inner(Strict):
    size: int
    name: str = ""


class Outer(Strict):
    things: dict[str, Inner]


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_read_records_the_line_of_every_key(tmp_path: Path) -> None:
    document = read(write(tmp_path, "# head\na:\n  b:\n    - 1\n    - c: 2\n"))
    assert document.data == {"a": {"b": [1, {"c": 2}]}}
    assert [document.line(*p) for p in [("a",), ("a", "b"), ("a", "b", 1), ("a", "b", 1, "c")]] == [2, 3, 5, 5]
    assert document.line("a", "nothing", "here") == 2


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("a: 1\nb: [1\n", 3, "is not valid YAML", id="unclosed"),
        pytest.param("a: 1\nb: 2\na: 3\n", 3, "the key 'a' is given twice (first at line 1)", id="twice"),
        pytest.param("a: !!python/object:os.system {}\n", 1, "could not determine a constructor", id="tag"),
    ],
)
def test_invalid_yaml_is_reported_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(write(tmp_path, text))
    assert caught.value.line == line
    assert message in caught.value.message
    assert caught.value.exit_code == 2


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file or directory"):
        read(tmp_path / "none.yaml")


def test_validate_returns_every_error_with_line_and_remedy(tmp_path: Path) -> None:
    document = read(write(tmp_path, "things:\n  one:\n    size: x\n  two:\n    sise: 1\n"))
    problems = validate(document, (), Outer)
    assert isinstance(problems, list)
    assert [(p.place.line if p.place else 0, p.message, p.hint) for p in problems] == [
        (3, "things.one.size: input should be a valid integer (found 'x')", None),
        (4, "the key 'things.two.size' is missing", None),
        (5, "unknown key 'things.two.sise'", "did you mean 'size'?"),
    ]


def test_validate_suggests_the_closest_key(tmp_path: Path) -> None:
    document = read(write(tmp_path, "one:\n  sizes: 1\n  size: 1\n"))
    problems = validate(document, ("one",), Inner)
    assert isinstance(problems, list)
    assert [str(p).replace(str(tmp_path), "") for p in problems] == [
        "/file.yaml:2: unknown key 'sizes'; did you mean 'size'?"
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2024-02-31\n", 2, "day is out of range for month"),
        ("a: 0x_\n", 1, "invalid literal for int"),
        ("a: 1\n? [b, c]\n: 2\n", 2, "a key must be a string"),
        ("a:\n  b: &it\n    c: *it\n", 2, "an alias is inside its own anchor"),
        ("a: &it\n  <<: *it\n", 1, "an alias is inside its own anchor"),
        ('a: "\0"\n', None, "special characters are not allowed"),
        (f"a: {'[' * 3000}", None, "nested too deeply"),
    ],
    ids=["date", "number", "key", "alias", "merge", "character", "depth"],
)
def test_unusable_yaml_is_an_error_with_its_line(tmp_path: Path, text: str, line: int | None, message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"is not valid YAML.*{message}") as error:
        read(write(tmp_path, text))
    assert error.value.line == line


def test_a_short_file_with_a_huge_expansion_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    with pytest.raises(ConfigurationError, match="it is too large with its aliases expanded"):
        read(write(tmp_path, f"a0: &a0 [x]\n{rows}"))


def test_an_error_has_the_shown_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^here\.yaml:1: is not valid YAML"):
        read(write(tmp_path, "a: ["), "here.yaml")
    assert str(read(write(tmp_path, "a: 1"), "here.yaml").place()) == "here.yaml:1"


class Values(Strict):
    values: dict[str, Plain]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2024-12-24", "without quotes, YAML reads 2024-12-24 as a date"),
        ("{deep: [2024-12-24]}", "without quotes, YAML reads 2024-12-24 as a date"),
        ("!!binary aGVsbG8=", "as a bytes"),
        (".nan", "nan is not a number in Terraform"),
        ("[1, -.inf]", "-inf is not a number in Terraform"),
    ],
)
def test_a_value_that_json_cannot_represent_is_an_error(tmp_path: Path, value: str, message: str) -> None:
    document = read(write(tmp_path, f"values:\n  good: [1, 1.5, true, null, text, {{a: b}}]\n  bad: {value}\n"))
    (problem,) = problems_of(validate(document, (), Values))
    assert message in problem.message
    assert problem.place == document.place("values", "bad")


def problems_of(validated: Values | list[Problem]) -> list[Problem]:
    assert isinstance(validated, list)
    return validated
