"""Whether the roles that deploy a tree may make every call, and nothing more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modproof import stories
from modproof.core.project import Project
from modproof.core.results import DeployerRole, Outcome, RecordedCall, StepResult, StoryResult
from modproof.run import deployers
from modproof.run.deployers import PermissionFile, permission_files
from modproof.stories import TreeStory

ACCOUNT, REGION = "222222222222", "eu-west-1"
READ = RecordedCall("s3", "GetObject", ACCOUNT, REGION, identifiers={"Bucket": "demo-develop-data", "Key": "a.csv"})
WRITE = RecordedCall("s3", "PutObject", ACCOUNT, REGION, identifiers={"Bucket": "demo-develop-data", "Key": "a.csv"})
OBJECTS = "arn:aws:s3:::demo-develop-data/*"
STORY = """\
terragrunt: live
folders:
  develop:
    account: "222222222222"
    deployer:
      units: [global/deployer]
      plan_role: arn:aws:iam::222222222222:role/plan
      apply_role: arn:aws:iam::222222222222:role/apply
      permissions: develop/permissions.json
      placeholders: {name: demo-develop}
"""


def policy(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": [OBJECTS]}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def story(tmp_path: Path) -> TreeStory:
    (tmp_path / "live/develop").mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    path = tmp_path / "tests/tree.yaml"
    path.write_text(STORY)
    loaded = stories.load(path, Project(tmp_path))
    assert isinstance(loaded, TreeStory)
    return loaded


def committed(story: TreeStory, plan: tuple[str, ...], apply: tuple[str, ...]) -> None:
    documents = {"plan": [policy(*plan)], "apply": [policy(*apply)]}
    text = json.dumps(documents).replace("demo-develop", "${name}")
    (story.example / "develop/permissions.json").write_text(text)


def checked(
    story: TreeStory, plan: tuple[str, ...], apply: tuple[str, ...], boundary: dict[str, Any] | None = None
) -> StoryResult:
    """The result of a story in which a role planned with ``READ``, and another applied with both calls."""
    roles = {
        "plan": DeployerRole({"own": policy(*plan)}, boundary),
        "apply": DeployerRole({"own": policy(*apply)}, boundary),
    }
    calls = {"develop": {"plan": (READ,), "apply": (WRITE,)}}
    done = StoryResult(story.id, (StepResult("apply", Outcome.PASSED, 1.0),), calls=calls, deployers={"develop": roles})
    [result] = deployers.checked([story], [done])
    assert isinstance(result, StoryResult)
    return result


def messages(result: StoryResult) -> list[str]:
    return [problem.message for step in result.steps for problem in step.problems]


def test_roles_that_may_make_every_call_and_nothing_else_pass(story: TreeStory) -> None:
    committed(story, ("s3:GetObject",), ("s3:GetObject", "s3:PutObject"))
    result = checked(story, ("s3:GetObject",), ("s3:GetObject", "s3:PutObject"))
    assert messages(result) == []
    assert [step.name for step in result.steps[1:]] == [
        "develop: the deployer may make every call",
        "develop: the deployer may do nothing else",
    ]


def test_a_call_that_a_role_may_not_make_fails_the_story(story: TreeStory) -> None:
    committed(story, ("s3:GetObject",), ("s3:GetObject", "s3:PutObject"))
    result = checked(story, ("s3:GetObject",), ("s3:GetObject",))
    assert result.outcome is Outcome.FAILED
    assert messages(result) == ["apply: the role may not do s3:PutObject on arn:aws:s3:::demo-develop-data/a.csv"]


def test_a_boundary_counts(story: TreeStory) -> None:
    committed(story, ("s3:GetObject",), ("s3:GetObject", "s3:PutObject"))
    allowed = ("s3:GetObject", "s3:PutObject")
    result = checked(story, ("s3:GetObject",), allowed, policy("s3:GetObject"))
    assert messages(result) == ["apply: the role may not do s3:PutObject on arn:aws:s3:::demo-develop-data/a.csv"]


def test_an_action_that_no_call_needs_fails_the_story(story: TreeStory) -> None:
    committed(story, ("s3:GetObject", "s3:DeleteObject"), ("s3:GetObject", "s3:PutObject"))
    result = checked(story, ("s3:GetObject",), ("s3:GetObject", "s3:PutObject"))
    assert messages(result) == ["plan: permissions.json allows s3:DeleteObject, which no call needs"]


def test_a_missing_file_names_the_command_that_writes_it(story: TreeStory) -> None:
    result = checked(story, ("s3:GetObject",), ("s3:GetObject", "s3:PutObject"))
    assert result.outcome is Outcome.ERROR
    [problem] = result.steps[-1].problems
    assert problem.hint == "modproof permissions --save tree"


def test_a_story_that_failed_is_not_checked(story: TreeStory) -> None:
    failed = StoryResult(story.id, (StepResult("apply", Outcome.FAILED, 1.0),), deployers={"develop": {}})
    assert deployers.checked([story], [failed]) == [failed]


def test_calls_of_all_stories_that_use_a_file_are_joined(story: TreeStory) -> None:
    [file] = permission_files([story])
    twice = PermissionFile(file.path, (*file.users, *file.users))
    result = StoryResult(story.id, (), calls={"develop": {"plan": (READ,), "apply": (WRITE,)}})
    assert twice.calls({story.id: result}) == {"plan": (READ, READ), "apply": (WRITE, WRITE)}
    assert file.placeholders() == {"region": REGION, "name": "demo-develop"}
