"""Updates of Studio keep every nested setting that they do not name."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape
from emulated.inprocess import InProcess
from emulated.minimal import minimal, text_for
from emulated.recipes import ROLE, model

Path = tuple[str, ...]
# what one request cannot have together with other settings
FIXED: dict[str, Any] = {
    "ExecutionRole": ROLE,
    "AutoMountHomeEFS": "Enabled",
    "DefaultLandingUri": "studio::",
    "StudioWebPortal": "ENABLED",
}
# of which AWS allows one value
UNCHANGED = {"InstanceType", "AppType"}


def whole(shape: Shape, path: str) -> Any:
    """A value with every member."""
    name = path.rpartition(".")[2]
    if name in FIXED:
        return FIXED[name]
    if isinstance(shape, StructureShape):
        return {member: whole(inner, f"{path}.{member}") for member, inner in shape.members.items()}
    if isinstance(shape, ListShape):
        return [whole(shape.member, f"{path}[]")]
    if shape.type_name != "string":
        return minimal(shape, path)
    if name == "InstanceType":
        return "system"
    return shape.enum[0] if shape.enum else text_for(shape, path)


def leaves(value: Any, before: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*before, name))
    else:
        yield before


def at(value: Any, path: Path) -> Any:
    for name in path:
        value = value[name]
    return value


def only(shape: Any, path: Path, value: Any, before: Any) -> Any:
    """A document with one changed member, and the required ones next to it."""
    if not path:
        return value
    name, *rest = path
    kept = {one: before[one] for one in shape.required_members}
    return {**kept, name: only(shape.members[name], tuple(rest), value, before[name])}


def other(shape: Shape, value: Any) -> Any:
    """Another value of a member, if there is one."""
    if isinstance(value, list):
        return []
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    names = getattr(shape, "enum", [])
    return names[1] if len(names) > 1 else value


def shape_at(shape: Any, path: Path) -> Shape:
    for name in path:
        shape = shape.members[name]
    found: Shape = shape
    return found


CASES = [
    ("Domain", "DefaultUserSettings", "UserSettings"),
    ("Domain", "DefaultSpaceSettings", "DefaultSpaceSettings"),
    ("UserProfile", "UserSettings", "UserSettings"),
    ("Space", "SpaceSettings", "SpaceSettings"),
]


@pytest.mark.parametrize(("noun", "member", "shape"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_an_update_of_one_setting_keeps_all_others(noun: str, member: str, shape: str) -> None:
    account = InProcess("210987654321")
    settings = whole(model().shape_for(shape), shape)
    domain = {"DomainName": f"{noun}-{member}", "AuthMode": "IAM", "SubnetIds": ["subnet-1"], "VpcId": "vpc-1"}
    domain["DefaultUserSettings"] = {"ExecutionRole": ROLE}
    key: dict[str, Any] = {}
    if noun == "Domain":
        domain[member] = settings
    created = account.call("CreateDomain", domain)
    key["DomainId"] = created["DomainArn"].rpartition("/")[2]
    if noun != "Domain":
        key[f"{noun}Name"] = "a"
        account.call(f"Create{noun}", {**key, member: settings})
    before = account.call(f"Describe{noun}", key)[member]
    assert set(leaves(settings)) <= set(leaves(before))
    for path in leaves(settings):
        value = at(before, path)
        if path[-1] not in UNCHANGED:
            value = other(shape_at(model().shape_for(shape), path), value)
        account.call(f"Update{noun}", {**key, member: only(model().shape_for(shape), path, value, before)})
        expected = copy.deepcopy(before)
        at(expected, path[:-1])[path[-1]] = value
        before = account.call(f"Describe{noun}", key)[member]
        assert before == expected, path
