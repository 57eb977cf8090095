from __future__ import annotations

import pytest

from modproof.core.results import CaseResult, Mismatch, Outcome, Place, Problem, RunResult
from modproof.report.scrub import MASK, clean, scrub, shorten

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


@pytest.mark.parametrize(
    ("path", "found", "scrubbed"),
    [
        (("AccessKey", "SecretAccessKey"), SECRET, MASK),
        (("AccessKey",), {"SecretAccessKey": SECRET, "UserName": "u"}, {"SecretAccessKey": MASK, "UserName": "u"}),
        (("items", 0), [{"db_PASSWORD": "hunter2"}], [{"db_PASSWORD": MASK}]),
        (("SecretBinary",), b"hunter2", MASK),
        (("secret_values", "a"), ["x", {"y": "z"}], [MASK, {"y": MASK}]),
        (
            ("password_policy",),
            {"length": 14, "upper": True, "note": None},
            {"length": 14, "upper": True, "note": None},
        ),
        (("secret_arn",), "arn:aws:sns:eu-west-1:000000000000:t", "arn:aws:sns:eu-west-1:000000000000:t"),
        (("token",), "arn:aws of my token", MASK),
        (("sec\x00ret",), "hunter2", MASK),
        (("name",), "kept", "kept"),
    ],
)
def test_scrub_masks_values_below_a_key_that_names_a_secret(
    path: tuple[str | int, ...], found: object, scrubbed: object
) -> None:
    problem = scrub(Problem("", mismatch=Mismatch("iam.create_access_key", path, "x", found)))
    assert problem.mismatch is not None
    assert problem.mismatch.found == scrubbed
    assert SECRET not in problem.message
    assert scrub(problem) == problem


def test_scrub_masks_the_expected_value_of_a_secret_but_not_a_token_of_an_expectation() -> None:
    expected = {"password": "hunter2", "token": "<absent>"}
    problem = scrub(Problem("", mismatch=Mismatch("a.b", (), expected, "other")))
    assert problem.message == 'a.b: expected {"password": "****", "token": "<absent>"}, found "other"'
    problem = scrub(Problem("", mismatch=Mismatch("a.b", ("token",), "<absent>", "hunter2")))
    assert problem.message == 'a.b: token: expected no value, found "****"'


def test_scrub_masks_values_of_secrets_in_any_mapping() -> None:
    assert scrub({"outer": [{"ApiToken": "hunter2", "kept": "x"}]}) == {"outer": [{"ApiToken": MASK, "kept": "x"}]}


def test_shorten_reports_the_number_of_omitted_characters() -> None:
    assert shorten("short", 10) == "short"
    assert shorten("x" * 5010, 10) == "x" * 10 + " … (5,000 more characters)"
