from __future__ import annotations

import pytest

from modproof.core.results import CaseResult, Outcome, Place, Problem, RunResult
from modproof.report.scrub import clean, scrub, shorten

KEY = "AKIA" + "IOSFODNN7EXAMPLE"
SESSION = "ASIA" + "Y34FZKBOKMUTVV7A"
SECRET = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (f"key {KEY} refused", "key AKIA**** refused"),
        (f'"{SESSION}"', '"ASIA****"'),
        (f"\x1b[31mAK\x1b[0mIA{KEY[4:]}", "AKIA****"),
        (f"aws_secret_access_key = {SECRET}", "aws_secret_access_key = ****"),
        (f'{{"SecretAccessKey": "{SECRET}"}}', '{"SecretAccessKey": "****"}'),
        (f"AWS_SECRET_ACCESS_KEY={SECRET}\nnext", "AWS_SECRET_ACCESS_KEY=****\nnext"),
        (f"secret {SECRET} and secret {SECRET}", "secret **** and secret ****"),
        ("SessionToken: " + "A1b/" * 40 + "==", "SessionToken: ****"),
    ],
)
def test_clean_masks_what_looks_like_a_key(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "commit bca30e5f0c1d2b3a4958677685940312f4e5d6c7",
        "aws_secretsmanager_secret.this",
        "account 000000000000",
        "AKIAlowercase is a word",
        "a secret of 41 characters is not a key: " + "a" * 41,
    ],
)
def test_clean_keeps_text_that_is_not_a_key(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b[1m\x1b[31mError:\x1b[0m\x1b[0m no", "Error: no"),
        ("\x1b]0;title\x07shown", "shown"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jshown", "shown"),
        ("\x1b[2J\x1b[Hgone?", "gone?"),
        ("one\r\ntwo\rthree\ttab", "one\ntwo\nthree\ttab"),
        ("bell\x07 null\x00 del\x7f", "bell null del"),
        ("safe\u202etxt.exe", "safe\ufffdtxt.exe"),
        ("no\u200bthing", "no\ufffdthing"),
        ("half \ud83d", "half \ufffd"),
        ("Ünïcödé ✓ 漢字 stays", "Ünïcödé ✓ 漢字 stays"),
    ],
)
def test_clean_removes_control_sequences(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_scrub_cleans_every_string_and_keeps_other_values() -> None:
    problem = Problem(f"\x1b[1m{KEY}", Place("a\x07.tf", 3), f"secret={SECRET}")
    result = RunResult(cases=[CaseResult("m/c", Outcome.FAILED, (problem,))], errors=[problem], seconds={"total": 1.5})
    scrubbed = scrub(result)
    expected = Problem("AKIA****", Place("a.tf", 3), "secret=****")
    assert scrubbed.errors == [expected]
    assert scrubbed.cases == [CaseResult("m/c", Outcome.FAILED, (expected,))]
    assert scrubbed.seconds == {"total": 1.5}
    assert result.errors == [problem], "the original is unchanged"


def test_shorten_reports_the_number_of_omitted_characters() -> None:
    assert shorten("short", 10) == "short"
    assert shorten("x" * 5010, 10) == "x" * 10 + " … (5,000 more characters)"
