"""``modproof init --story`` drafts the story of an example."""

from __future__ import annotations

import pytest

from modproof import stories
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.run.scaffold import draft_story

from ...conftest import MakeProject

EXAMPLE = """
variable "name" {
  type = string
}
variable "subnet_ids" {
  type = list(string)
}
variable "days" {
  default = 7
}
module "greeting" {
  source = "../../modules/greeting"
  name   = var.name
}
"""


@pytest.mark.parametrize("example", ["logs", "examples/logs"])
def test_a_story_has_the_required_variables_of_its_example(make_project: MakeProject, example: str) -> None:
    project = Project.find(make_project({"examples/logs/main.tf": EXAMPLE}))
    path = draft_story(project, example)
    assert path == project.stories / "logs.yaml"
    story = stories.load(path, project)
    assert story.example == project.root / "examples/logs"
    assert story.description == "The example logs is applied and destroyed"
    assert story.variables == {"name": "example", "subnet_ids": ["subnet-0123456789abcdef0"]}
    assert (story.seed, story.asserts, story.updates) == ((), (), ())
    text = path.read_text(encoding="utf-8")
    assert "name: example  # guessed\n" in text
    assert "# seed:" in text
    assert "# asserts:" in text


def test_the_stubs_of_a_story_are_valid_when_they_are_filled_in(make_project: MakeProject) -> None:
    project = Project.find(make_project({"examples/logs/main.tf": EXAMPLE}))
    path = draft_story(project, "logs")
    head, _, stubs = path.read_text(encoding="utf-8").partition("\n# seed:")
    filled = "\n".join(line.removeprefix("# ") for line in f"# seed:{stubs}".splitlines())
    path.write_text(f"{head}\n{filled.replace('SERVICE.METHOD', 'sns.list_topics')}\n", encoding="utf-8")
    story = stories.load(path, project)
    assert [call.call for call, _ in story.calls()] == ["sns.list_topics", "sns.list_topics"]


def test_the_example_of_a_module_has_the_module_in_the_name_of_its_story(make_project: MakeProject) -> None:
    project = Project.find(make_project({"modules/greeting/examples/big_one/main.tf": ""}))
    path = draft_story(project, "modules/greeting/examples/big_one")
    assert path.name == "greeting-big-one.yaml"


def test_an_existing_story_is_never_overwritten(make_project: MakeProject) -> None:
    project = Project.find(
        make_project({"examples/logs/main.tf": EXAMPLE, "tests/integration/logs.yml": "example: examples/logs\n"})
    )
    with pytest.raises(ConfigurationError, match="already exists and was not changed"):
        draft_story(project, "logs")
    assert [path.name for path in project.stories.iterdir()] == ["logs.yml"]


def test_an_unknown_example_is_an_error(make_project: MakeProject) -> None:
    project = Project.find(make_project({"examples/logs/main.tf": EXAMPLE}))
    with pytest.raises(ConfigurationError, match="there is no example 'lgs'") as error:
        draft_story(project, "lgs")
    assert error.value.hint == "examples: logs; or the path of a root module"
