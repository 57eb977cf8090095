"""Whether the roles that deploy a tree may make every call, and nothing more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modproof import stories
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project, Settings
from modproof.core.results import DeployerRole, Outcome, RecordedCall, StepResult, StoryResult
from modproof.run import deployers
from modproof.run.deployers import PermissionFile, permission_files
from modproof.run.permissions import deployer_permissions, of_deployers
from modproof.run.services import Services
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
    assert problem.hint == "modproof permissions --write tree"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "is not UTF-8"),
        (b"{", "it: invalid json"),
        (b'{"plan": [{}]}', "plan.0.Statement: field required"),
        (b'{"plan": [{"Statement": {}}]}', "plan.0.Statement: input should be a valid array"),
        (
            b'{"plan": [{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": ["*"]}]}]}',
            "plan.0.Statement.0.Action: input should be a valid array",
        ),
        (None, "cannot be read: Is a directory"),
    ],
)
def test_a_file_that_was_changed_by_hand_is_an_error(story: TreeStory, content: bytes | None, message: str) -> None:
    path = story.example / "develop/permissions.json"
    path.mkdir() if content is None else path.write_bytes(content)
    result = checked(story, ("s3:GetObject",), ("s3:GetObject", "s3:PutObject"))
    assert result.outcome is Outcome.ERROR
    [problem] = result.steps[-1].problems
    assert message in problem.message


def test_the_files_of_deployers_are_written_and_then_up_to_date(story: TreeStory, tmp_path: Path) -> None:
    project = Project(tmp_path, Settings(stories="tests"))
    calls = {"develop": {"plan": (READ,), "apply": (WRITE,)}}
    done = StoryResult(story.id, (StepResult("apply", Outcome.PASSED, 1.0),), calls=calls)
    [compared] = of_deployers(project, [done], write=False)
    assert [problem.message for problem in compared.problems] == ["live/develop/permissions.json is out of date"]
    assert compared.problems[0].hint == "modproof permissions --write tree"
    [wrote] = of_deployers(project, [done], write=True)
    [again] = of_deployers(project, [done], write=False)
    assert (wrote.outcome, again.outcome) == (Outcome.PASSED, Outcome.PASSED)


def test_a_file_of_a_deployer_that_cannot_be_written_is_an_error(story: TreeStory, tmp_path: Path) -> None:
    (story.example / "develop/permissions.json").mkdir()
    calls = {"develop": {"plan": (READ,), "apply": (WRITE,)}}
    done = StoryResult(story.id, (StepResult("apply", Outcome.PASSED, 1.0),), calls=calls)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        of_deployers(Project(tmp_path, Settings(stories="tests")), [done], write=True)


def test_only_stories_with_a_deployer_have_files_to_write(tmp_path: Path) -> None:
    (tmp_path / "examples/logs").mkdir(parents=True)
    (tmp_path / "examples/logs/main.tf").write_text("")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/logs.yaml").write_text("example: examples/logs\n")
    project = Project(tmp_path, Settings(stories="tests"))
    with Services(project) as services, pytest.raises(ConfigurationError, match="no deployer in logs"):
        deployer_permissions(services, ["logs"], write=True)


def test_a_story_that_failed_is_not_checked(story: TreeStory) -> None:
    failed = StoryResult(story.id, (StepResult("apply", Outcome.FAILED, 1.0),), deployers={"develop": {}})
    assert deployers.checked([story], [failed]) == [failed]


def test_calls_of_all_stories_that_use_a_file_are_joined(story: TreeStory) -> None:
    [file] = permission_files([story])
    twice = PermissionFile(file.path, (*file.users, *file.users))
    result = StoryResult(story.id, (), calls={"develop": {"plan": (READ,), "apply": (WRITE,)}})
    assert twice.calls({story.id: result}) == {"plan": (READ, READ), "apply": (WRITE, WRITE)}
    assert file.placeholders() == {"region": REGION, "name": "demo-develop"}
