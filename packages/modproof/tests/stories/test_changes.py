from __future__ import annotations

from typing import Any

from modproof.core.results import Place
from modproof.stories.changes import undeclared, unexpected_drift
from modproof.stories.drift import Drift
from modproof.terraform.changes import changes


def resource(address: str, actions: list[str], **change: Any) -> dict[str, Any]:
    return {"address": address, "mode": "managed", "change": {"actions": actions, **change}}


def plan(*resources: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    return {"resource_changes": list(resources), "output_changes": outputs}


def test_exactly_the_declared_changes_are_accepted() -> None:
    planned = changes(
        plan(
            resource("a.updated", ["update"], before={"n": 1}, after={"n": 2}, after_unknown={}),
            resource("a.replaced", ["delete", "create"]),
            resource("a.extra", ["delete"], before={"n": 1}, after=None),
            x={"actions": ["update"], "before": 1, "after": 2},
        )
    )
    assert undeclared({"a.updated": "update", "a.replaced": "replace", "a.extra": "delete"}, planned) == []
    assert undeclared({"a.updated": "create", "a.replaced": "create-before-destroy", "a.none": "update"}, planned) == [
        ("a.updated: declared create, planned update (n: 1 → 2)", "a.updated"),
        ("a.replaced: declared create-before-destroy, planned destroy-before-create", "a.replaced"),
        ("a.none: declared update, but the plan does not change it", "a.none"),
        ("a.extra: delete; not declared", None),
    ]


def listed(*attributes: str, resource: str = "a") -> Drift:
    return Drift(f"forgets-{'-'.join(attributes)}", ("x.yaml",), resource, attributes, "forgotten", Place("d.yaml", 1))


def test_known_drift_covers_only_listed_attributes_of_an_update() -> None:
    tags = listed("tags")
    both = resource("a.b", ["update"], before={"tags": {"x": "1"}}, after={"tags": {"x": "2"}}, after_unknown={})
    more = resource(
        "a.b", ["update"], before={"tags": {}, "tagsx": 1}, after={"tags": {}, "tagsx": 2}, after_unknown={}
    )
    replaced = resource("a.b", ["delete", "create"])
    assert unexpected_drift([tags], changes(plan(both))) == ([], [tags])
    assert unexpected_drift([tags], changes(plan(more)))[1] == []
    assert unexpected_drift([tags], changes(plan(replaced)))[1] == []


def test_entries_of_one_type_cover_a_change_together_at_any_address() -> None:
    both = {"before": {"tags": {"x": "1"}, "size": 1}, "after": {"tags": {}, "size": 2}, "after_unknown": {}}
    planned = changes(plan(*(resource(f'module.m["b.c"].a.b["{key}"]', ["update"], **both) for key in "xy")))
    tags, size, other = listed("tags"), listed("size"), listed("tags", "size", resource="z")
    assert unexpected_drift([tags, size, other], planned) == ([], [tags, size])
    assert unexpected_drift([tags, other], planned) == (planned, [])
