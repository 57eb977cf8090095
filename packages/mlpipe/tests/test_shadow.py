"""`mlpipe shadow` compares two variants, and promotes only what the data supports."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlpipe.shadow.comparison import Limits, compare
from mlpipe.shadow.metrics import Traffic

from .conftest import REGION, Account, Run

# LocalStack looks at each minute one by one
HOUR = ("--hours", "1")


def sample(
    name: str, *, errors: int = 0, latency: float = 20.0, invocations: int = 6000, intervals: int = 60
) -> Traffic:
    latencies = tuple(latency + (number % 5) * 0.1 for number in range(intervals))
    return Traffic(name, invocations, errors, latencies)


@pytest.mark.parametrize(
    ("shadow", "verdict"),
    [
        (sample("shadow"), "within limits"),
        (sample("shadow", errors=20, latency=15.0), "within limits"),
        (sample("shadow", errors=300), "worse"),
        (sample("shadow", latency=40.0), "worse"),
        (sample("shadow", errors=5, invocations=1000), "undecided"),
        (sample("shadow", invocations=999), "too little data"),
        (sample("shadow", intervals=29), "too little data"),
    ],
)
def test_the_verdict_needs_confidence(shadow: Traffic, verdict: str) -> None:
    compared = compare(sample("production", errors=6), shadow, Limits())
    assert compared.verdict == verdict
    assert compared.may_be_promoted is (verdict == "within limits")
    assert bool(compared.reasons) is (verdict != "within limits")


def test_the_interval_of_two_proportions_is_newcombes() -> None:
    """The published example: 56/70 - 48/80 is 0.2 with the interval 0.0524 to 0.3339."""
    wanted = Traffic("shadow", 70, 56, (1.0, 1.0)), Traffic("production", 80, 48, (1.0, 1.0))
    found = compare(wanted[1], wanted[0], Limits(min_invocations=1, min_intervals=2)).errors
    assert found
    assert (found.difference, found.low, found.high) == pytest.approx((20.0, 5.24, 33.39), abs=0.01)


def measure(account: Account, variant: str, *, errors: int, latency: float) -> None:
    dimensions = [{"Name": "EndpointName", "Value": "demo-staging"}, {"Name": "VariantName", "Value": variant}]
    start = datetime.now(UTC) - timedelta(minutes=50)
    data: list[dict[str, Any]] = []
    for minute in range(40):
        at = {"Dimensions": dimensions, "Timestamp": start + timedelta(minutes=minute)}
        microseconds = 1000 * (latency + minute % 3)
        data += [
            {"MetricName": "Invocations", "Value": 100.0, **at},
            {"MetricName": "Invocation5XXErrors", "Value": float(errors), **at},
            {"MetricName": "ModelLatency", "Value": microseconds, **at},
        ]
    account.client("cloudwatch").put_metric_data(Namespace="AWS/SageMaker", MetricData=data)


def test_a_shadow_within_the_limits_becomes_production(account: Account, mlpipe: Run, tmp_path: Path) -> None:
    environment = {"account_id": account.number, "value": "model.json", "candidate": "candidate.json"}
    document = {"project": "demo", "region": REGION, "registry": "staging", "group": "demo"}
    (tmp_path / "mlpipe.yaml").write_text(json.dumps({**document, "environments": {"staging": environment}}))
    served, tested = ({"version": number, "model_package_arn": f"arn:x/{number}", "more": True} for number in (1, 2))
    (tmp_path / "model.json").write_text(json.dumps(served))
    (tmp_path / "candidate.json").write_text(json.dumps(tested))

    refused = mlpipe(account, "shadow", "promote", "-e", "staging", *HOUR, "--yes", code=1)
    assert "production has 0 invocations, expected 1000" in refused.err

    measure(account, "production", errors=0, latency=20.0)
    measure(account, "shadow", errors=9, latency=18.0)
    worse = mlpipe(account, "shadow", "status", "-e", "staging", *HOUR, "--json", code=1).document
    assert (worse["verdict"], worse["shadow"]["errors"]) == ("worse", 360.0)
    assert json.loads((tmp_path / "model.json").read_text()) == served

    words = ("shadow", "promote", "-e", "staging", "--max-error-points", "15", *HOUR, "--yes")
    mlpipe(account, *words, code=0)
    assert json.loads((tmp_path / "model.json").read_text()) == tested
    assert "nothing to do" in mlpipe(account, *words, code=0).err

    (tmp_path / "candidate.json").write_text(json.dumps({**tested, "version": 3}))
    mlpipe(account, "shadow", "discard", "-e", "staging", "--yes", code=0)
    assert json.loads((tmp_path / "candidate.json").read_text()) == tested
    lines = [json.loads(line) for line in (tmp_path / ".mlpipe/audit.jsonl").read_text().splitlines()]
    assert [(one["version"], one["result"]) for one in lines] == [(2, "done"), (2, "done")]
