from __future__ import annotations

from typing import Any

import pytest

from modproof.terraform.changes import changes


def resource(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    return {"address": address, "mode": "managed", "change": {"actions": actions, **change}}


def plan(*resources: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    return {"resource_changes": list(resources), "output_changes": outputs}


def test_no_ops_and_reads_are_not_changes() -> None:
    data = {**resource("data.a.b", ["read"]), "mode": "data"}
    assert changes(plan(resource("a.b", ["no-op"]), data, x={"actions": ["no-op"]})) == []


def test_an_update_lists_paths_with_both_values() -> None:
    before = {"days": 14, "tags": {"a": "1", "b": "2"}, "rules": [{"x": 1}], "same": 1, "gone": None}
    after = {"days": 30, "tags": {"a": "1", "c": "3"}, "rules": [{"x": 2}, {"x": 3}], "same": 1}
    (change,) = changes(plan(resource("a.b", ["update"], before=before, after=after, after_unknown={"id": True})))
    assert change.action == "update"
    assert change.attributes == {
        "days": "14 → 30",
        "id": "null → known after apply",
        "rules[0].x": "1 → 2",
        "rules[1]": 'null → {"x": 3}',
        "tags.b": '"2" → null',
        "tags.c": 'null → "3"',
    }
    assert str(change).startswith("a.b: update (days: 14 → 30; id: null")


def test_sensitive_values_are_not_shown() -> None:
    change = {"before": {"p": "old"}, "after": {"p": "new"}, "after_unknown": {}}
    (found,) = changes(
        plan(resource("a.b", ["update"], **change, before_sensitive={"p": True}, after_sensitive={"p": True}))
    )
    assert found.attributes == {"p": "sensitive values differ"}


@pytest.mark.parametrize(
    ("actions", "named"),
    [(["create", "delete"], "create-before-destroy"), (["delete", "create"], "destroy-before-create")],
)
def test_a_replacement_has_its_order_and_only_the_attributes_that_force_it(actions: list[str], named: str) -> None:
    values = {"before": {"name": "a", "arn": "x"}, "after": {"name": "b"}, "after_unknown": {"arn": True}}
    (found,) = changes(plan(resource("a.b", actions, **values, replace_paths=[["name"]])))
    assert str(found) == f'a.b: {named} (name: "a" → "b")'


def test_outputs_are_changes_too() -> None:
    (found,) = changes(plan(x={"actions": ["update"], "before": 1, "after": 2, "after_unknown": False}))
    assert str(found) == "output.x: update (value: 1 → 2)"
