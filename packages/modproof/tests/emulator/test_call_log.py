"""The repeated calls in LocalStack's log."""

from __future__ import annotations

from pathlib import Path

from modproof.emulator.call_log import repeated_calls


def lines(minute: int, call: str, count: int) -> str:
    head = f"2026-01-31T10:{minute:02}"
    return "".join(
        f"{head}:{second:02}.123  INFO --- [et.reactor-0] localstack.request.aws     : AWS {call}\n"
        for second in range(count)
    )


def test_the_calls_of_the_last_minute_are_counted_for_the_services(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        lines(1, "sqs.Old => 200", 50)
        + lines(20, "s3.PutObject => 200", 40)
        + lines(20, "sqs.GetQueueUrl => 400 (NoQueue)", 30)
        + lines(20, "sqs.ListQueues => 200", 2)
        + "Ready.\n"
    )
    assert repeated_calls(log, {"sqs"}) == "sqs.GetQueueUrl => 400 (NoQueue) (30 times)"
    assert repeated_calls(log, {"ec2"}).startswith("s3.PutObject => 200 (40 times), sqs.GetQueueUrl")
    assert repeated_calls(log).startswith("s3.PutObject")


def test_a_log_without_calls_or_no_log_has_none(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("Ready.\n" + lines(1, "sqs.A => 200", 2))
    assert repeated_calls(tmp_path / "log") == ""
    assert repeated_calls(tmp_path / "none") == ""
