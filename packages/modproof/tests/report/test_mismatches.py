from __future__ import annotations

from typing import Any

import pytest

from modproof.core.results import CaseResult, Mismatch, Outcome, Place, Problem, RunResult
from modproof.report.mismatches import in_words
from modproof.report.scrub import scrub


def mismatch(expected: Any, found: Any = None, **fields: Any) -> Mismatch:
    return Mismatch("aws_x.this", ("name",), expected, found, **fields)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (mismatch("a", "b"), 'aws_x.this: name: expected "a", found "b"'),
        (mismatch({"b": 1, "a": True}, None), 'aws_x.this: name: expected {"a": true, "b": 1}, found null'),
        (mismatch({}, "b", kind="mapping"), 'aws_x.this: name: expected a mapping, found "b"'),
        (mismatch([], {"a": 1}, kind="list"), 'aws_x.this: name: expected a list, found {"a": 1}'),
        (mismatch([1], [1, 2], kind="length"), "aws_x.this: name: expected 1 element [1], found 2 [1, 2]"),
        (mismatch(1, [2], kind="element"), "aws_x.this: name: expected an element like 1, found none in [2]"),
        (mismatch([], "{", kind="json"), 'aws_x.this: name: expected [], found the string "{", which is not JSON'),
        (Mismatch("aws_x", (), 3, 2, kind="count"), "expected 3 aws_x, found 2"),
        (Mismatch("aws_x.this", (), {}, state="absent", kind="planned"), "aws_x.this is not planned"),
        (Mismatch("aws_x.this", (), None, kind="absent"), "aws_x.this is planned, but expected to be absent"),
    ],
    ids=lambda value: value.kind if isinstance(value, Mismatch) else "",
)
def test_in_words_describes_each_kind(given: Mismatch, words: str) -> None:
    assert in_words(given) == words


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("unknown", "a value known only after apply"),
        ("absent", "no value"),
        ("sensitive", "a sensitive value"),
    ],
)
@pytest.mark.parametrize(
    ("kind", "expected", "words"),
    [
        ("value", "a", 'expected "a", found {}'),
        ("mapping", {}, "expected a mapping, found {}"),
        ("list", [], "expected a list, found {}"),
        ("length", [1, 2], "expected 2 elements [1, 2], found {}"),
        ("element", 1, "expected an element like 1, found none in {}"),
        ("json", [], "expected [], found the string {}, which is not JSON"),
    ],
)
def test_in_words_describes_each_state(state: str, found: str, kind: str, expected: Any, words: str) -> None:
    given = mismatch(expected, state=state, kind=kind)
    assert in_words(given) == f"aws_x.this: name: {words.format(found)}"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("<absent>", "no value"),
        ("<unknown>", "a value known only after apply"),
        ("<any>", "a value"),
        ("<sensitive>", "a value marked as sensitive"),
        ("<match ^a.*\n>", "text that matches ^a.*\n"),
        ("<other>", '"<other>"'),
    ],
)
def test_in_words_describes_each_token(token: str, words: str) -> None:
    assert in_words(mismatch(token, "b")) == f'aws_x.this: name: expected {words}, found "b"'


@pytest.mark.parametrize(
    ("subject", "path", "words"),
    [
        ("aws_x.this", ("a", 0, "b"), 'aws_x.this: a[0].b: expected 1, found "1"'),
        ("aws_x.this", (), 'aws_x.this: expected 1, found "1"'),
        ("output", ("id", "a"), 'output id.a: expected 1, found "1"'),
        ("", ("a",), 'a: expected 1, found "1"'),
        ("", (), 'value: expected 1, found "1"'),
    ],
)
def test_in_words_names_the_subject_and_the_path(subject: str, path: tuple[str | int, ...], words: str) -> None:
    assert in_words(Mismatch(subject, path, 1, "1")) == words


def test_in_words_truncates_long_values() -> None:
    words = in_words(mismatch("a", "x" * 1000))
    assert words.endswith("x… (1002 characters)")
    assert len(words) < 250


def test_scrub_puts_a_mismatch_into_words_and_keeps_it() -> None:
    given = mismatch("a", "\x1b[31mb")
    case = CaseResult("a/b", Outcome.FAILED, (Problem("", Place("cases.yaml", 3), "fix it", given),))
    (scrubbed,) = scrub(RunResult(cases=[case])).cases or ()
    (problem,) = scrubbed.problems
    assert problem.mismatch == mismatch("a", "b")
    assert (problem.place, problem.hint) == (Place("cases.yaml", 3), "fix it")
    assert problem.message == 'aws_x.this: name: expected "a", found "\\u001b[31mb"'
