from __future__ import annotations

from typing import Any

import pytest

from modproof.stories.drift import Drift
from modproof.stories.changes import changes, judge_changes, judge_drift
from modproof.core.results import Place


def resource(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    return {"address": address, "mode": "managed", "change": {"actions": actions, **change}}


def plan(*resources: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    return {"resource_changes": list(resources), "output_changes": outputs}


def test_what_stays_and_what_is_read_is_no_change() -> None:
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
def test_a_replacement_names_its_order_and_only_what_forces_it(actions: list[str], named: str) -> None:
    values = {"before": {"name": "a", "arn": "x"}, "after": {"name": "b"}, "after_unknown": {"arn": True}}
    (found,) = changes(plan(resource("a.b", actions, **values, replace_paths=[["name"]])))
    assert str(found) == f'a.b: {named} (name: "a" → "b")'


def test_outputs_are_changes_too() -> None:
    (found,) = changes(plan(x={"actions": ["update"], "before": 1, "after": 2, "after_unknown": False}))
    assert str(found) == "output.x: update (value: 1 → 2)"


def test_judge_changes_wants_exactly_what_is_declared() -> None:
    planned = changes(
        plan(
            resource("a.updated", ["update"], before={"n": 1}, after={"n": 2}, after_unknown={}),
            resource("a.replaced", ["delete", "create"]),
            resource("a.extra", ["delete"], before={"n": 1}, after=None),
            x={"actions": ["update"], "before": 1, "after": 2},
        )
    )
    assert judge_changes({"a.updated": "update", "a.replaced": "replace", "a.extra": "delete"}, planned) == []
    assert judge_changes(
        {"a.updated": "create", "a.replaced": "create-before-destroy", "a.none": "update"}, planned
    ) == [
        ("a.updated: declared create, planned update (n: 1 → 2)", "a.updated"),
        ("a.replaced: declared create-before-destroy, planned destroy-before-create", "a.replaced"),
        ("a.none: declared update, but the plan leaves it as it is", "a.none"),
        ("a.extra: delete; not declared", None),
    ]


def listed(*attributes: str, resource: str = "a") -> Drift:
    return Drift(f"forgets-{'-'.join(attributes)}", ("x.yaml",), resource, attributes, "forgotten", Place("d.yaml", 1))


def test_judge_drift_covers_only_listed_attributes_of_an_update() -> None:
    tags = listed("tags")
    both = resource("a.b", ["update"], before={"tags": {"x": "1"}}, after={"tags": {"x": "2"}}, after_unknown={})
    more = resource(
        "a.b", ["update"], before={"tags": {}, "tagsx": 1}, after={"tags": {}, "tagsx": 2}, after_unknown={}
    )
    replaced = resource("a.b", ["delete", "create"])
    assert judge_drift([tags], changes(plan(both))) == ([], [tags])
    assert judge_drift([tags], changes(plan(more)))[1] == []
    assert judge_drift([tags], changes(plan(replaced)))[1] == []


def test_judge_drift_takes_entries_of_the_type_together_whatever_the_address() -> None:
    both = {"before": {"tags": {"x": "1"}, "size": 1}, "after": {"tags": {}, "size": 2}, "after_unknown": {}}
    planned = changes(plan(*(resource(f'module.m["b.c"].a.b["{key}"]', ["update"], **both) for key in "xy")))
    tags, size, other = listed("tags"), listed("size"), listed("tags", "size", resource="z")
    assert judge_drift([tags, size, other], planned) == ([], [tags, size])
    assert judge_drift([tags, other], planned) == (planned, [])
