"""localstack-sagemaker decides as the policy simulator does, and has the same reference of actions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from modproof.policies import Policies, Request, decide_each, service_actions

PLUGIN = Path(__file__).parents[3] / "localstack-sagemaker"
TABLE = PLUGIN / "tests/iam_cases.json"
REFERENCE = PLUGIN / "src/localstack_sagemaker/authorization.json"


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


def test_condition_keys_of_the_emulator_are_those_of_the_reference() -> None:
    written = json.loads(REFERENCE.read_text(encoding="utf-8"))
    actions = service_actions("sagemaker")
    expected = {name.partition(":")[2]: sorted(action.condition_keys) for name, action in actions.items()}
    assert {name: entry["keys"] for name, entry in written.items()} == expected, "python -m tools.authorization"
