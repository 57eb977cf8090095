"""The drafts of ``modproof init`` from variables and examples, which must plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modproof.cases import judge, load_all
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import Outcome
from modproof.run.scaffold import Scaffolded, scaffold
from modproof.run.services import Services

MakeProject = Callable[[dict[str, str]], Path]

MODULE = """
variable "account_id" {
  type = string
  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be 12 digits, such as 210987654321; quote it."
  }
}
variable "mode" {
  type = string
  validation {
    condition     = contains(["fast", "slow"], var.mode)
    error_message = "mode must be fast or slow."
  }
}
variable "size" {
  type = number
}
variable "rooms" {
  type = map(object({ key = string, area = optional(number, 1) }))
}
variable "subnet_ids" {
  type = list(string)
}
variable "names" {
  type    = set(string)
  default = []
}
resource "terraform_data" "this" {
  for_each = var.names
}
resource "terraform_data" "room" {
  for_each = var.rooms
  input    = each.value.key
}
"""

EXAMPLE = """
variable "account" {
  default = "123456789012"
}
locals {
  modes = ["fast"]
  mode  = "slow"
}
resource "terraform_data" "made" {
}
module "hotel" {
  source     = "../../modules/hotel"
  account_id = var.account
  mode       = local.mode
  size       = 3
  rooms      = { a = { key = terraform_data.made.id, area = 2 } }
  subnet_ids = [terraform_data.made.id]
  names      = NAMES
}
"""


@pytest.fixture
def begin(make_project: MakeProject) -> Iterator[Callable[..., tuple[Project, Scaffolded, dict[str, Any]]]]:
    def run(files: dict[str, str], module: str = "hotel") -> tuple[Project, Scaffolded, dict[str, Any]]:
        project = Project(make_project({"modules/hotel/main.tf": MODULE, **files}))
        with Services(project, use_cache=False) as services:
            (started,) = scaffold(project, [module], services)
        return project, started, yaml.safe_load(started.path.read_text(encoding="utf-8"))["cases"]

    yield run


def results(project: Project, path: Path) -> dict[str, Outcome]:
    loaded = load_all(project).of_file(path).cases
    with Services(project, use_cache=False) as services:
        outcomes = services.plan(loaded)
    return {case.name: judge(case, outcomes[case.id]).outcome for case in loaded}


def test_required_variables_get_values_that_plan(begin: Any) -> None:
    project, started, written = begin({})
    assert started.cases == {"minimal": ""}
    assert written["minimal"]["variables"] == {
        "account_id": "210987654321",  # from the validation message
        "mode": "fast",
        "size": 1,
        "rooms": {},
        "subnet_ids": ["subnet-0123456789abcdef0"],
    }
    assert results(project, started.path) == {"minimal": Outcome.PASSED}


def test_an_example_provides_values_and_its_computed_inputs_are_unknown(begin: Any) -> None:
    project, started, written = begin({"examples/big/main.tf": EXAMPLE.replace("NAMES", '["x", "y"]')})
    assert list(started.cases) == ["minimal", "big"]
    big = written["big"]
    assert big["variables"]["account_id"] == "123456789012"
    assert (big["variables"]["mode"], big["variables"]["size"]) == ("slow", 3)
    assert big["variables"]["rooms"]["a"]["area"] == 2
    assert big["unknown"] == ['rooms["a"]["key"]', "subnet_ids[0]"]
    assert big["expect"] == {"resources": {"terraform_data": 3}}
    assert results(project, started.path) == {"minimal": Outcome.PASSED, "big": Outcome.PASSED}


def test_an_input_that_must_be_known_gets_a_value(begin: Any) -> None:
    project, started, written = begin({"examples/big/main.tf": EXAMPLE.replace("NAMES", "[terraform_data.made.id]")})
    assert started.cases["big"] == ""
    assert "unknown" not in written["big"]
    assert written["big"]["variables"]["names"] == ["example"]
    assert results(project, started.path)["big"] is Outcome.PASSED


def test_a_case_that_does_not_plan_has_the_reason(begin: Any) -> None:
    strict = MODULE + 'variable "odd" {\n  type = number\n  validation {\n    condition = var.odd == 42\n'
    strict += '    error_message = "odd must be the answer."\n  }\n}\n'
    _, started, _ = begin({"modules/hotel/main.tf": strict})
    assert "odd must be the answer." in started.cases["minimal"]
    assert "modules/hotel/main.tf:" in started.cases["minimal"]
    text = started.path.read_text(encoding="utf-8")
    assert "  # does not plan yet, correct its variables:" in text
    assert "odd must be the answer." in text


def test_a_code_block_in_a_readme_is_an_example(begin: Any) -> None:
    readme = '# hotel\n\n```hcl\nmodule "x" {\n  source = "git::https://example.com/x.git//modules/hotel?ref=v1"\n'
    readme += '  account_id = "111122223333"\n  mode = "fast"\n  size = 7\n  rooms = {}\n  subnet_ids = []\n}\n```\n'
    _, _, written = begin({"modules/hotel/README.md": readme})
    assert written["readme"]["variables"]["account_id"] == "111122223333"


def test_an_existing_file_is_never_overwritten(make_project: MakeProject) -> None:
    project = Project(make_project({}))
    path = project.cases / "greeting/cases.yaml"
    before = path.read_text(encoding="utf-8")
    with Services(project, use_cache=False) as services:
        (started,) = scaffold(project, ["greeting"], services)
    assert started.untouched
    assert path.read_text(encoding="utf-8") == before


def test_an_unknown_module_is_an_error(make_project: MakeProject) -> None:
    project = Project(make_project({}))
    with Services(project) as services, pytest.raises(ConfigurationError, match="there is no module 'hotl'") as error:
        scaffold(project, ["hotl"], services)
    assert error.value.hint == "modules here: greeting, other"
