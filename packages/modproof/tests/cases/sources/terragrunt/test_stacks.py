"""Units of stack files, generated and rendered by the real Terragrunt."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from modproof.cases import load_all
from modproof.cases.sources.terragrunt import Unit, units
from modproof.core.project import Project
from modproof.run import changed
from modproof.terraform.terragrunt import Generated, Terragrunt

MakeLive = Callable[[Mapping[str, str]], Path]

NETWORK = """
include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "git::https://git.example.com/org/modules.git//modules/network?ref=v1.0.0"
}
inputs = {
  cidr = values.cidr
}
"""

SERVER = """
include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "${get_repo_root()}//modules/server"
}
dependency "network" {
  config_path  = "../network"
  mock_outputs = { id = "net-0" }
}
inputs = {
  network_id = dependency.network.outputs.id
  tags       = { Path = "${get_repo_root()}/${try(values.team, "none")}" }
}
"""

STACK = """
locals {
  units = find_in_parent_folders("units")
}

unit "network" {
  source = "${local.units}/network"
  path   = "network"
  values = { cidr = "10.9.0.0/16" }
}

unit "server" {
  source = "git::https://git.example.com/org/modules.git//live/units/server?ref=v1.0.0"
  path   = "server"
  values = { team = "ml" }
}
"""

OUTER = """
stack "inner" {
  source = find_in_parent_folders("stacks/pair")
  path   = "inner"
  values = { cidr = "10.8.0.0/16" }
}
"""

PAIR = """
unit "network" {
  source = find_in_parent_folders("units/network")
  path   = "network"
  values = { cidr = values.cidr }
}
"""

TREE = {
    "live/units/network/terragrunt.hcl": NETWORK,
    "live/units/server/terragrunt.hcl": SERVER,
    "live/units/unused/terragrunt.hcl": NETWORK,
    "live/stacks/pair/terragrunt.stack.hcl": PAIR,
    "live/stacked/env.hcl": 'locals {\n  name = "stacked"\n  cidr = "10.4.0.0/16"\n}\n',
    "live/stacked/terragrunt.stack.hcl": STACK,
    "live/nested/env.hcl": 'locals {\n  name = "nested"\n  cidr = "10.5.0.0/16"\n}\n',
    "live/nested/terragrunt.stack.hcl": OUTER,
}


def of_stacks(root: Path) -> dict[str, Unit]:
    plain = ("develop/", "staging/", "production/")
    return {unit.name: unit for unit in units(Project.find(root)) if not unit.name.startswith(plain)}


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stacks that Terragrunt generates from here on."""
    seen: list[str] = []
    original = Terragrunt.generate

    def generate(self: Terragrunt, stack: Path) -> Generated:
        seen.append(stack.name)
        return original(self, stack)

    monkeypatch.setattr(Terragrunt, "generate", generate)
    return seen


def test_each_unit_of_a_stack_has_its_values_and_what_it_is_made_from_is_no_unit(
    make_live: MakeLive, generated: list[str]
) -> None:
    root = make_live(TREE)
    before = sorted(root.rglob("*"))
    found = of_stacks(root)
    assert {name: (unit.module, unit.faults) for name, unit in found.items()} == {
        "nested/inner/network": ("network", ()),
        "stacked/network": ("network", ()),
        "stacked/server": ("server", ()),
    }
    assert found["stacked/network"].variables == {"name": "app-stacked", "cidr": "10.9.0.0/16"}
    assert found["nested/inner/network"].variables == {"name": "app-nested", "cidr": "10.8.0.0/16"}
    server = found["stacked/server"]
    assert server.variables["tags"] == {"Path": f"{root}/ml"}
    assert server.computed == (("network_id",),)
    # a failure is shown where the input is written
    assert server.path == root / "live/units/server/terragrunt.hcl"
    assert server.lines == {"network_id": 13, "tags": 14}
    assert sorted(root.rglob("*")) == before
    # `pair` uses values, so that it is only the source of another stack
    assert sorted(generated) == ["nested", "stacked"]
    assert of_stacks(root) == found
    assert len(generated) == 2


def test_a_case_of_a_stack_is_selected_by_changes_of_its_source_and_its_environment(
    make_live: MakeLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Project.find(make_live(TREE))
    cases = [case for case in load_all(live).cases if case.source == "terragrunt"]

    def affected(file: str) -> set[str]:
        monkeypatch.setattr(changed, "changed_files", lambda *_: frozenset({live.root / file}))
        return {case.name for case in changed.affected(live, cases, "HEAD")}

    assert "unit_stacked_network" in affected("live/stacked/terragrunt.stack.hcl")
    assert "unit_stacked_network" in affected("live/units/network/terragrunt.hcl")
    assert "unit_stacked_network" not in affected("live/nested/env.hcl")
    assert "unit_develop_network" not in affected("live/stacked/env.hcl")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"live/stacked/terragrunt.stack.hcl": STACK.replace("local.units}/network", "local.unit}/network")},
            r"live/stacked/terragrunt.stack.hcl:7: the units of the stack cannot be generated: .*unit",
            id="the stack file",
        ),
        pytest.param(
            {"live/units/network/terragrunt.hcl": NETWORK.replace("values.cidr", "values.cdir")},
            r"live/units/network/terragrunt.hcl:9: the unit cannot be rendered: .*cdir",
            id="a unit",
        ),
        pytest.param(
            {"live/stacked/terragrunt.stack.hcl": STACK.replace("org/modules.git//live", "org/catalog.git//other")},
            r"live/stacked/terragrunt.stack.hcl:1: the units of the stack cannot be generated: .*git.example.com",
            id="a source that would be downloaded",
        ),
        pytest.param(
            {"live/stacked/terragrunt.stack.hcl": STACK + 'locals {\n  x = run_cmd("touch", "x")\n}\n'},
            r"live/stacked/terragrunt.stack.hcl:18: the units of the stack cannot be generated: run_cmd may only run",
            id="a program",
        ),
    ],
)
def test_a_fault_is_shown_at_its_place(make_live: MakeLive, files: Mapping[str, str], expected: str) -> None:
    root = make_live({**TREE, **files})
    started = time.monotonic()
    # two stacks may use the unit
    faults = list({str(fault) for unit in of_stacks(root).values() for fault in unit.faults})
    assert len(faults) == 1, faults
    assert re.match(expected, faults[0]), faults[0]
    # nothing waits for a network
    assert time.monotonic() - started < 30
