"""Where the parts of a tree are in the files that the user wrote."""

from __future__ import annotations

from pathlib import Path

from modproof.core.project import Project
from modproof.stories.served import Served
from modproof.stories.tree_places import TreePlaces

from ..conftest import write


def test_the_shortest_dependency_cycle_is_reported_with_the_unit_that_it_begins_with(tmp_path: Path) -> None:
    top, copy = tmp_path / "checkout", tmp_path / "copy"
    stack = 'unit "role" {\n  path = "role"\n}\nunit "key" {\n  path = "key"\n}\n'
    for folder in (top, copy):
        write(folder, {"live/one/terragrunt.stack.hcl": stack})
    places = TreePlaces(Served(top, copy, (), {}), copy / "live/one", Project(top))
    role, key, bucket = (
        f"{copy}/live/one/.terragrunt-stack/{name}/terragrunt.hcl" for name in ("role", "key", "bucket")
    )

    found = places.cycle(
        f"Found a dependency cycle between modules: {bucket} -> {key} -> {role} -> {key} "
        f"Found a dependency cycle between modules: {key} -> {role} -> {key}"
    )

    assert str(found) == (
        "live/one/terragrunt.stack.hcl:4: dependency cycle: key -> role -> key; remove one of the dependencies"
    )
    assert places.cycle(f"Found a dependency cycle between modules: {bucket} -> {key} -> {role} -> {key}") == found
    assert places.cycle("another error") is None
