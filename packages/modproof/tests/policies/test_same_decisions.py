"""The policy simulator decides as the evaluator of localstack-sagemaker does, on the same table of documented cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from modproof.policies import Policies, Request, decide_each

TABLE = Path(__file__).parents[3] / "localstack-sagemaker/tests/iam_cases.json"


def test_simulator_decides_each_case_of_the_table_as_documented() -> None:
    cases: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))
    decisions = decide_each(
        (
            Policies(
                {"own": case["identity"]} if "identity" in case else {},
                case.get("boundary"),
                case.get("resource_policy"),
            ),
            Request(case["principal"], case["action"], case["resource"], case.get("context", {}), case["account"]),
        )
        for case in cases
    )
    found = {case["name"]: str(decision.verdict) for case, decision in zip(cases, decisions, strict=True)}
    assert found == {case["name"]: case["expect"] for case in cases}
