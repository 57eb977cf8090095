from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modproof.core.documents import InvalidDocument, Plain, Strict, dump, read, validate
from modproof.core.errors import ConfigurationError
from modproof.core.results import Place, Problem


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


def test_a_file_that_is_not_utf_8_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes("a: 1\nb: ä\n".encode("latin-1"))

    with pytest.raises(ConfigurationError, match=r"it is not UTF-8 \(byte 0xe4\); save it as UTF-8") as error:
        read(path)
    assert error.value.line == 2


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file or directory"):
        read(tmp_path / "none.yaml")


def test_validate_returns_every_error_with_line_and_remedy(tmp_path: Path) -> None:
    document = read(write(tmp_path, "things:\n  one:\n    size: x\n  two:\n    sise: 1\n"))
    problems = validate(document, (), Outer)
    assert isinstance(problems, list)
    assert [(p.place.line if p.place else 0, p.message, p.hint) for p in problems] == [
        (3, "things.one.size: input should be a valid integer (found 'x')", None),
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
        ("a: 1\n? [b, c]\n: 2\n", 2, "a key must be a string"),
        ("a:\n  b: &it\n    c: *it\n", 2, "an alias is inside its own anchor"),
        ("a: &it\n  <<: *it\n", 1, "an alias is inside its own anchor"),
        ('a: 1\nb: "\0"\n', 2, r"the character U\+0000 is not allowed"),
        (f"a: {'[' * 3000}", None, "nested too deeply"),
    ],
    ids=["date", "key", "alias", "merge", "character", "depth"],
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


CHANGED = [
    ("012345670123", "1402433619"),
    ("13:30", "810"),
    ("1_27", "127"),
    ("0b1", "1"),
    ("0x1F", "31"),
    ("+49", "49"),
    ("1:30.5", "90.5"),
    (".5", "0.5"),
    ("1.", "1.0"),
    ("yes", "true"),
    ("Off", "false"),
    (".inf", "inf"),
    (".nan", "nan"),
    ("0x_", "a number"),
    ("1e3", "a text in YAML 1.1 and a number in YAML 1.2"),
    ("1.5e3", "a text in YAML 1.1 and a number in YAML 1.2"),
    ("0o17", "a text in YAML 1.1 and a number in YAML 1.2"),
    ("012345678901", "a text in YAML 1.1 and a number in YAML 1.2"),
]


@pytest.mark.parametrize(("text", "meaning"), CHANGED)
def test_a_value_that_yaml_would_change_must_be_quoted(tmp_path: Path, text: str, meaning: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        read(write(tmp_path, f"a:\n  - b: {text}\n"), "file.yaml")
    assert caught.value.problems == (
        Problem(f"without quotes, YAML reads {text} as {meaning}", Place("file.yaml", 2), f"quote it: '{text}'"),
    )
    assert read(write(tmp_path, f"a:\n  - b: '{text}'\n")).data == {"a": [{"b": text}]}


@pytest.mark.parametrize("text", ["on", "1", "012345670123", "1.5", "true", "null", "~", "2024-12-24", "13:30"])
def test_a_key_that_is_not_a_string_must_be_quoted(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        read(write(tmp_path, f"a:\n  b: 1\n  {text}: 2\n"), "file.yaml")
    (problem,) = caught.value.problems
    assert problem.message.startswith(f"the key {text} is not a string")
    assert (problem.place, problem.hint) == (Place("file.yaml", 3), f"quote it: '{text}'")
    assert read(write(tmp_path, f'a:\n  "{text}": 2\n')).data == {"a": {text: 2}}


def test_every_value_to_quote_is_reported_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidDocument) as caught:
        read(write(tmp_path, "a: &a [yes, 010]\nb: *a\non: {1: no}\n"))
    assert [problem.place.line for problem in caught.value.problems if problem.place] == [1, 1, 3, 3, 3]


def test_ordinary_values_need_no_quotes(tmp_path: Path) -> None:
    text = "[true, False, 0, -1, 127, 1.5, -0.25, 1.0e+3, null, ~, y, 1.2.3, 10.0.0.0/8, a:b, '', 12345678901234567890]"
    assert read(write(tmp_path, f"a: {text}\nb:\nc: !!str 010\n")).data == {
        "a": [True, False, 0, -1, 127, 1.5, -0.25, 1000.0, None, None, "y", "1.2.3", "10.0.0.0/8", "a:b", "",
              12345678901234567890],
        "b": None,
        "c": "010",
    }  # fmt: skip


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
    | st.sampled_from([text for text, _ in CHANGED]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just("on"), inner, max_size=3),
    max_leaves=8,
), st.sampled_from([True, False, None]))  # fmt: skip
def test_what_is_dumped_reads_back(data: object, flow: bool | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.yaml")
        path.write_text(dump({"data": data}, flow=flow, width=80), encoding="utf-8", newline="")
        assert read(path).data == {"data": data}


class Values(Strict):
    values: dict[str, Plain]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("2024-12-24", "without quotes, YAML reads 2024-12-24 as a date"),
        ("{deep: [2024-12-24]}", "without quotes, YAML reads 2024-12-24 as a date"),
        ("!!binary aGVsbG8=", "as a bytes"),
        ("[1, 1.0e+999]", "inf is not a number in Terraform"),
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
