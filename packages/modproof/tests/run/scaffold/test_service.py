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
        "rooms": {"example": {"key": "example"}},
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


def test_only_an_input_that_must_be_known_gets_a_value(begin: Any) -> None:
    project, started, written = begin({"examples/big/main.tf": EXAMPLE.replace("NAMES", "[terraform_data.made.id]")})
    assert started.cases["big"] == ""
    assert written["big"]["unknown"] == ['rooms["a"]["key"]', "subnet_ids[0]"]
    assert written["big"]["variables"]["names"] == ["example"]
    lines = started.path.read_text(encoding="utf-8").partition("  big:")[2].splitlines()
    assert [line.strip() for line in lines if "# guessed" in line] == ["names:  # guessed"]
    assert results(project, started.path)["big"] is Outcome.PASSED


def test_an_input_of_a_called_module_that_must_be_known_gets_a_value(begin: Any) -> None:
    outer = """
variable "parts" {
  type = list(string)
}
variable "label" {
  type = string
}
locals {
  all = concat(var.parts, ["always"])
}
module "inner" {
  source = "../inner"
  names  = local.all
}
resource "terraform_data" "this" {
  input = var.label
}
"""
    inner = """
variable "names" {
  type = set(string)
}
resource "terraform_data" "each" {
  for_each = var.names
}
"""
    example = """
resource "terraform_data" "made" {}
module "outer" {
  source = "../../modules/outer"
  parts  = [terraform_data.made.id]
  label  = terraform_data.made.id
}
"""
    files = {"modules/outer/main.tf": outer, "modules/inner/main.tf": inner, "examples/one/main.tf": example}
    _, started, written = begin(files, "outer")
    assert started.cases == {"minimal": "", "one": ""}
    assert written["one"]["unknown"] == ["label"]
    assert written["one"]["variables"] == {"parts": ["example"]}


ANYTHING = """
variable "note" {
  type = any
}
variable "rooms" {
  type = any
}
variable "extra" {
  type    = list(string)
  default = []
}
resource "terraform_data" "room" {
  for_each = var.rooms
  input    = each.value.subnet_id
}
resource "terraform_data" "note" {
  count = length(var.extra)
  input = var.note
}
"""


def test_the_type_any_is_unknown_unless_the_plan_must_know_it(begin: Any) -> None:
    _, started, written = begin({"modules/hotel/main.tf": ANYTHING})
    assert started.cases == {"minimal": ""}
    assert written["minimal"]["unknown"] == ["note"]
    assert written["minimal"]["variables"] == {"rooms": {"example": {"subnet_id": "subnet-0123456789abcdef0"}}}


def test_a_minimal_case_that_would_plan_nothing_sets_what_resources_depend_on(begin: Any) -> None:
    module = 'variable "create" {\n  default = false\n  type = bool\n}\nvariable "names" {\n  default = []\n'
    module += '  type = set(string)\n}\nresource "terraform_data" "a" {\n  for_each = var.create ? var.names : []\n}\n'
    _, _, written = begin({"modules/hotel/main.tf": module})
    assert written["minimal"]["variables"] == {"create": True, "names": ["example"]}
    assert written["minimal"]["expect"] == {"resources": {"terraform_data": 1}}


def test_a_collection_is_empty_only_if_no_element_plans(begin: Any) -> None:
    module = """
variable "odd" {
  type = list(string)
  validation {
    condition     = alltrue([for each in var.odd : startswith(each, "%")])
    error_message = "Each must start with a percent sign."
  }
}
resource "terraform_data" "this" {
  input = var.odd
}
"""
    _, started, written = begin({"modules/hotel/main.tf": module})
    assert started.cases == {"minimal": ""}
    assert written["minimal"]["variables"] == {"odd": []}


def test_an_optional_input_that_a_validation_requires_gets_a_value(begin: Any) -> None:
    module = """
variable "kind" {
  type = string
}
variable "subnet_id" {
  type    = string
  default = null
  validation {
    condition     = var.kind != "example" || var.subnet_id != null
    error_message = "subnet_id must be set for this kind."
  }
}
resource "terraform_data" "this" {
  input = var.subnet_id
}
"""
    _, started, written = begin({"modules/hotel/main.tf": module})
    assert started.cases == {"minimal": ""}
    assert written["minimal"]["variables"] == {"kind": "example", "subnet_id": "subnet-0123456789abcdef0"}


def test_two_calls_in_one_example_are_named_by_their_labels(begin: Any) -> None:
    call = 'module "LABEL" {\n  source = "../../modules/greeting"\n  name = "LABEL"\n}\n'
    example = call.replace("LABEL", "first") + call.replace("LABEL", "second")
    files = {"examples/two/main.tf": example, "tests/unit/greeting/cases.yaml": ""}
    project = Project(begin(files)[0].root)
    (project.cases / "greeting/cases.yaml").unlink()
    with Services(project, use_cache=False) as services:
        (started,) = scaffold(project, ["greeting"], services)
    assert list(started.cases) == ["minimal", "two_first", "two_second"]


def test_incomplete_calls_are_left_out_with_a_note(begin: Any) -> None:
    readme = '```hcl\nmodule "a" {\n  source = "./modules/hotel"\n  ...\n}\n```\n\n'
    readme += '```hcl\nmodule "b" {\n  source = "./modules/hotel"\n  size = 1\n}\n```\n'
    _, started, _ = begin({"modules/hotel/README.md": readme})
    assert list(started.cases) == ["minimal"]
    missing, invalid = started.notes
    assert missing == (
        "modules/hotel/README.md:9: left out: the call lacks the required inputs account_id, mode, rooms, subnet_ids"
    )
    assert invalid.startswith("modules/hotel/README.md:4: left out: the code block is not complete")


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
