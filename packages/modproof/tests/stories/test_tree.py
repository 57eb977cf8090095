"""Stories of Terragrunt trees on the real LocalStack, with the real Terragrunt and Terraform, without a provider."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from modproof import stories, toolchain
from modproof.core.documents import InvalidDocument
from modproof.core.errors import Interrupted
from modproof.core.project import Project
from modproof.core.results import Outcome, StoryResult
from modproof.emulator import Emulator
from modproof.stories import TreeStory, tree_lifecycle
from modproof.stories.watched_terragrunt import TreeRun, UnitRun

MODULE = """\
variable "value" { type = string }

resource "terraform_data" "this" {
  input = var.value
  lifecycle {
    precondition {
      condition     = var.value != "refused"
      error_message = "the value is refused"
    }
  }
}

output "value" { value = "${terraform_data.this.output}!" }
"""

ROOT = """\
remote_state {
  backend = "s3"

  config = {
    bucket       = "states-${get_aws_account_id()}"
    encrypt      = true
    key          = "${path_relative_to_include()}/terraform.tfstate"
    region       = "eu-west-1"
    use_lockfile = true
  }

  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
}
"""

SOURCE = 'source = "git::https://example.com/team/repository.git//modules/value?ref=v1.2.3"'

UNIT = f"""\
include "root" {{
  path = find_in_parent_folders("root.hcl")
}}

terraform {{
  {SOURCE}
}}
"""

STACK = """\
locals {
  units = find_in_parent_folders("units")
}

unit "first" {
  source = "${local.units}/first"
  path   = "first"

  values = {
    value = trimspace(file("${get_terragrunt_dir()}/value.txt"))
  }
}

unit "second" {
  source = "${local.units}/second"
  path   = "second"
}
"""

FIRST = f"""\
{UNIT}
inputs = {{
  value = values.value
}}
"""

SECOND = f"""\
{UNIT}
dependency "first" {{
  config_path = "../first"

  mock_outputs_allowed_terraform_commands = ["init", "validate", "plan"]
  mock_outputs = {{
    value = "mock"
  }}
}}

inputs = {{
  value = dependency.first.outputs.value
}}
"""

TREE = {
    "modules/value/main.tf": MODULE,
    "live/root.hcl": ROOT,
    "live/units/first/terragrunt.hcl": FIRST,
    "live/units/second/terragrunt.hcl": SECOND,
    "live/one/value.txt": "a",
    "live/one/terragrunt.stack.hcl": STACK,
}

STORY_OF_ACCOUNT = 'terragrunt: live/one\naccount: "111122223333"\n'

RunTree = Callable[..., StoryResult]


@pytest.fixture(scope="session")
def terragrunt() -> Path:
    return toolchain.ensure("terragrunt")


@pytest.fixture
def run(
    make_story: Callable[[dict[str, str]], stories.Story], localstack: Emulator, terraform: Path, terragrunt: Path
) -> RunTree:
    def write_and_run(files: dict[str, str]) -> StoryResult:
        files = {name: text.replace("ACCOUNT", localstack.new_account()) for name, text in files.items()}
        story = make_story(files)
        assert isinstance(story, TreeStory)
        root = story.path.parents[2]
        before = _content(root)
        result = tree_lifecycle.run(
            story, terragrunt=terragrunt, terraform=terraform, emulator=localstack, project=Project(root)
        )
        assert _content(root) == before  # a story never writes to the checkout
        return result

    return write_and_run


def _content(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".modproof" not in path.parts}


def problems(result: StoryResult) -> dict[str, list[str]]:
    return {step.name: [str(problem) for problem in step.problems] for step in result.steps if step.problems}


def test_a_tree_is_applied_updated_and_destroyed(run: RunTree) -> None:
    story = """\
    terragrunt: live/one
    account: "ACCOUNT"
    seed:
      - call: sns.create_topic
        with: {Name: seed}
    asserts:
      - name: the states are in the account
        call: s3.list_objects_v2
        with: {Bucket: "states-${account}"}
        expect:
          Contents:
            - {Key: one/.terragrunt-stack/first/terraform.tfstate}
            - {Key: one/.terragrunt-stack/second/terraform.tfstate}
      - name: outputs go from unit to unit
        call: sns.create_topic
        with: {Name: "seed"}
        expect: {TopicArn: "<match seed$>"}
    updates:
      - name: another value
        files: {value.txt: "b${outputs.second.value}"}
        changes:
          first: {terraform_data.this: update}
      - name: a value that a command writes
        commands:
          - run: [python, -c, "import os; open('value.txt', 'w').write(os.environ['AWS_ACCESS_KEY_ID'])"]
        changes:
          first: {terraform_data.this: update}
      - name: a command that fails
        commands:
          - run: [python, -c, "raise SystemExit('no ${outputs.first.value}')"]
          - run: [python, -c, "never"]
        changes: {}
    """
    result = run({**TREE, "story.yaml": story})

    (failed,) = problems(result)["update: a command that fails"]
    # `second` depends on the output of `first`, which is only known after the apply
    assert list(problems(result)) == ["update: a command that fails"]
    # the first command wrote the account of its credentials
    assert re.search(r"exited with 1: no \d{12}!$", failed)
    assert failed.startswith("tests/integration/story.yaml:30: python -c ")
    assert [step.name for step in result.steps] == [
        "format",
        "seed",
        "inputs",
        "plan on nothing",
        "apply",
        "second plan is empty",
        "the states are in the account",
        "outputs go from unit to unit",
        "update: another value",
        "update: another value: second plan is empty",
        "update: a value that a command writes",
        "update: a value that a command writes: second plan is empty",
        "update: a command that fails",
        "destroy",
        "nothing is left",
    ]


@pytest.mark.parametrize("error", [Interrupted, OSError])
def test_an_interrupt_does_not_wait_for_a_destroy(
    run: RunTree, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    destroyed: list[str] = []

    def stop(_: tree_lifecycle.TreeLifecycle, unit: tree_lifecycle.FolderRun) -> bool:
        raise error(f"{unit.folder.name} stopped")

    monkeypatch.setattr(tree_lifecycle.TreeLifecycle, "_created", stop)
    monkeypatch.setattr(tree_lifecycle.TreeLifecycle, "_destroyed", lambda _, unit: destroyed.append(unit.folder.name))
    with pytest.raises(error):
        run({**TREE, "story.yaml": 'terragrunt: live/one\naccount: "ACCOUNT"\n'})
    assert bool(destroyed) is (error is OSError)


def test_a_command_of_another_folder_reads_a_file_before_or_after_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "registry.json"
    file.write_text('{"key_arn": "old"}')
    run = SimpleNamespace(
        story=SimpleNamespace(place_of=lambda *_: None),
        _references=lambda: SimpleNamespace(fill=lambda content: content),
        _top=tmp_path,
    )
    with file.open() as reading:
        tree_lifecycle.TreeLifecycle._write(
            cast("tree_lifecycle.TreeLifecycle", run), {file.name: {"key_arn": "new"}}, ()
        )
        assert json.loads(reading.read()) == {"key_arn": "old"}
    assert json.loads(file.read_text()) == {"key_arn": "new"}


def test_a_unit_that_cannot_be_destroyed_is_the_cause_of_what_is_skipped(run: RunTree) -> None:
    kept = MODULE.replace("lifecycle {", "lifecycle {\n    prevent_destroy = true")
    story = 'terragrunt: live/one\naccount: "ACCOUNT"\n'

    result = run({**TREE, "modules/value/main.tf": kept, "story.yaml": story})

    second, first = sorted(problems(result)["destroy"])
    assert first == "live/one/terragrunt.stack.hcl:5: first: skipped, because second failed"
    assert second.startswith("live/one/terragrunt.stack.hcl:14: second: modules/value/main.tf:3: Instance cannot be")


def test_after_a_destroy_what_others_depend_on_is_skipped_because_of_them() -> None:
    # as Terragrunt 1.1.3 reports them: `last` depends on `middle`, which depends on `first`
    units = {
        "a/first": UnitRun("early exit"),
        "a/middle": UnitRun("early exit", cause="first"),
        "a/last": UnitRun("early exit", cause="middle"),
        "a/other": UnitRun("succeeded"),
    }
    after = {"a/first": {"a/middle", "a/last"}, "a/middle": {"a/last"}, "a/last": set[str]()}

    run = TreeRun(1, units)
    run.correct_destroy(lambda name: {name, *after[name]})

    assert {name: (one.result, one.cause) for name, one in run.units.items()} == {
        "a/first": ("early exit", "a/last"),
        "a/middle": ("early exit", "a/last"),
        "a/last": ("failed", ""),
        "a/other": ("succeeded", ""),
    }


def test_a_failing_unit_is_reported_with_its_file_and_the_units_that_depend_on_it_as_skipped(run: RunTree) -> None:
    story = 'terragrunt: live/one\naccount: "ACCOUNT"\n'

    result = run({**TREE, "live/one/value.txt": "refused", "story.yaml": story})

    assert problems(result) == {
        "plan on nothing": [
            "live/one/terragrunt.stack.hcl:5: first: modules/value/main.tf:7: "
            "Resource precondition failed: the value is refused",
            "live/one/terragrunt.stack.hcl:14: second: skipped, because first failed",
        ]
    }
    assert [step.name for step in result.steps][-1] == "nothing is left"


def test_an_update_with_other_changes_than_declared_fails_at_their_place(run: RunTree) -> None:
    story = """\
    terragrunt: live/one
    account: "ACCOUNT"
    updates:
      - name: another value
        files: {value.txt: b}
        changes:
          first: {terraform_data.this: replace}
          second: {terraform_data.other: create}
    """
    found = problems(run({**TREE, "story.yaml": story}))

    assert found == {
        "update: another value": [
            "tests/integration/story.yaml:7: first: terraform_data.this: "
            'declared replace, planned update (input: "a" → "b"; '
            'output: "a" → known after apply)',
            "tests/integration/story.yaml:8: second: terraform_data.other: "
            "declared create, but the plan does not change it",
        ]
    }


def test_a_repeated_call_with_a_role_that_does_not_exist_fails_at_its_place(run: RunTree) -> None:
    story = """\
    terragrunt: live/one
    account: "ACCOUNT"
    updates:
      - name: wrong
        meanwhile: [{call: sns.list_topics, as: "${outputs.absent}"}]
        changes: {}
    """
    message = "tests/integration/story.yaml:5: ${outputs.absent} does not exist: there is first, second"
    assert problems(run({**TREE, "story.yaml": story})) == {"update: wrong": [message]}


def test_a_call_that_fails_during_an_update_is_reported_with_its_number(run: RunTree) -> None:
    story = """\
    terragrunt: live/one
    account: "ACCOUNT"
    updates:
      - name: another value
        files: {value.txt: b}
        meanwhile:
          - call: sns.get_topic_attributes
            with: {TopicArn: "arn:aws:sns:eu-west-1:${account}:absent"}
          - call: sns.list_topics
        changes:
          first: {terraform_data.this: update}
    """
    (problem,) = problems(run({**TREE, "story.yaml": story}))["update: another value"]

    assert problem.startswith("tests/integration/story.yaml:7: sns.get_topic_attributes failed ")
    assert "NotFound" in problem


def test_an_input_that_the_module_does_not_have_fails_before_anything_is_planned(run: RunTree) -> None:
    unit = FIRST.replace("  value = values.value", "  value = values.value\n  valeu = 1")
    story = 'terragrunt: live/one\naccount: "ACCOUNT"\n'

    result = run({**TREE, "live/units/first/terragrunt.hcl": unit, "story.yaml": story})

    failed = {step.name: step.outcome for step in result.steps if step.problems}
    assert failed == {"inputs": Outcome.FAILED}
    assert "valeu" in " ".join(problems(result)["inputs"])


def test_a_file_that_is_not_formatted_is_named(run: RunTree) -> None:
    story = 'terragrunt: live/one\naccount: "ACCOUNT"\n'

    found = problems(run({**TREE, "live/root.hcl": ROOT.replace("  backend", " backend"), "story.yaml": story}))

    assert list(found) == ["format"]
    assert found["format"][0].startswith("live/root.hcl: the file is not formatted")


def test_folders_are_applied_in_their_accounts(run: RunTree) -> None:
    story = """\
    terragrunt: live
    folders:
      one: {account: "111122223333"}
      two:
        account: "444455556666"
        units: [first]
        files: {two/value.txt: "${outputs.one.second.value}"}
        asserts:
          - name: only the chosen unit is applied
            call: s3.list_objects_v2
            with: {Bucket: "states-${accounts.two}"}
            expect: {Contents: [{Key: two/.terragrunt-stack/first/terraform.tfstate}]}
          - name: the other account has its own states
            call: s3.list_objects_v2
            in: one
            with: {Bucket: "states-${account}"}
            expect: {KeyCount: 2, Name: "states-${accounts.one}"}
    """
    two = {name.replace("/one/", "/two/"): text for name, text in TREE.items() if "/one/" in name}

    result = run({**TREE, **two, "story.yaml": story})

    assert problems(result) == {}
    assert "two: destroy" in [step.name for step in result.steps]


def test_a_run_on_another_emulator_in_the_same_account_is_not_waited_for(run: RunTree) -> None:
    with toolchain.exclusively("account-111122223333"):
        result = run({**TREE, "live/one/value.txt": "refused", "story.yaml": STORY_OF_ACCOUNT})

    assert list(problems(result)) == ["plan on nothing"]


def test_a_folder_is_applied_as_its_deployer_after_the_units_that_create_it(run: RunTree) -> None:
    trust = '{"Version": "2012-10-17", "Statement": []}'
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    story = f"""\
    terragrunt: live
    folders:
      one:
        account: "ACCOUNT"
        deployer:
          units: [first]
          plan_role: "arn:aws:iam::${{account}}:role/plan"
          apply_role: "arn:aws:iam::${{account}}:role/${{outputs.one.first.value}}"
          permissions: one/permissions.json
        calls:
          - call: iam.create_role
            with: {{RoleName: plan, AssumeRolePolicyDocument: '{trust}'}}
          - call: iam.create_role
            with: {{RoleName: "apply!", AssumeRolePolicyDocument: '{trust}'}}
          - call: iam.put_role_policy
            with: {{RoleName: "apply!", PolicyName: states, PolicyDocument: '{policy}'}}
    """
    result = run({**TREE, "live/one/value.txt": "apply", "story.yaml": story})

    assert problems(result) == {}
    assert [step.name for step in result.steps] == [
        "format",
        "one: seed",
        "one: inputs",
        "one: deployer",
        "one: plan on nothing",
        "one: apply",
        "one: second plan is empty",
        "one: destroy",
        "one: destroy the deployer",
        "one: nothing is left",
    ]
    roles = result.deployers["one"]
    assert (list(roles["plan"].policies), list(roles["apply"].policies)) == ([], ["states"])
    # the bucket of the states is the administrator's, as is the state of the first unit
    written = {call.identifiers["Key"] for call in result.calls["one"]["apply"] if call.operation == "PutObject"}
    assert written == {f"one/.terragrunt-stack/second/terraform.tfstate{suffix}" for suffix in ("", ".tflock")}
    assert "CreateBucket" not in {call.operation for calls in result.calls["one"].values() for call in calls}


def test_a_tree_with_its_own_keys_is_not_run(run: RunTree) -> None:
    root = ROOT.replace("    region ", '    access_key   = "AKIA"\n    region ')
    story = 'terragrunt: live/one\naccount: "ACCOUNT"\n'

    result = run({**TREE, "live/root.hcl": root, "story.yaml": story})

    assert [(step.name, step.outcome) for step in result.steps] == [("safe to run", Outcome.ERROR)]
    assert problems(result)["safe to run"][0].startswith("live/root.hcl:8: the tree has its own keys: access_key")


@pytest.mark.parametrize(
    ("story", "message"),
    [
        ("terragrunt: live/absent\naccount: '111122223333'", "the folder live/absent does not exist"),
        ("terragrunt: live/one", "a story of a Terragrunt tree has either `account` or `folders`"),
        ("terragrunt: live\nfolders: {three: {account: '111122223333'}}", "the folder live/three does not exist"),
        (
            "terragrunt: live\nfolders: {one: {account: '111122223333'}}\ncleanup: [{call: s3.list_buckets}]",
            "`in` is missing: the folder of the call",
        ),
        (
            "terragrunt: live\nfolders: {one: {account: '111122223333'}}\ncleanup: [{call: s3.list_buckets, in: two}]",
            "the story has no folder 'two'",
        ),
        (
            "terragrunt: live/one\naccount: '111122223333'\nupdates: [{name: u, changes: {}, files: {../x: y}}]",
            "../x is outside live/one",
        ),
    ],
)
def test_an_invalid_story_is_refused(
    make_story: Callable[[dict[str, str]], stories.Story], story: str, message: str
) -> None:
    with pytest.raises(InvalidDocument) as refused:
        make_story({**TREE, "story.yaml": story})

    assert message in [problem.message for problem in refused.value.problems]
