"""The permissions that a new version needs."""

from __future__ import annotations

from modproof.core.results import PermissionChange
from modproof.upgrades.permissions import changed_permissions


def content(**modules: tuple[list[str], list[str]]) -> dict[str, dict[str, list[str]]]:
    return {name: {"plan": plan, "apply": apply} for name, (plan, apply) in modules.items()}


def test_added_and_removed_actions_are_listed_for_each_module_and_phase() -> None:
    before = content(logs=(["logs:A"], ["logs:A", "logs:B"]), gone=(["ecr:A"], ["ecr:A"]), same=(["s3:A"], ["s3:A"]))
    after = content(logs=(["logs:A"], ["logs:A", "logs:C"]), new=(["iam:A"], ["iam:A"]), same=(["s3:A"], ["s3:A"]))
    found = changed_permissions(before, after)
    assert found == (
        PermissionChange("gone", "plan", (), ("ecr:A",)),
        PermissionChange("gone", "apply", (), ("ecr:A",)),
        PermissionChange("logs", "apply", ("logs:C",), ("logs:B",)),
        PermissionChange("new", "plan", ("iam:A",), ()),
        PermissionChange("new", "apply", ("iam:A",), ()),
    )
    assert str(found[2]) == "to apply also logs:C; no longer logs:B"
    assert str(found[0]) == "to plan no longer ecr:A"
