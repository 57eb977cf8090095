from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from modproof import stories
from modproof.core.documents import InvalidDocument
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import StoryResult
from modproof.run.services import Services
from modproof.run.verify import Selection, verify

from ..conftest import run_pytest

EXAMPLE = 'variable "name" {}\nvariable "retention_in_days" { default = 14 }\n'

GOOD = """\
example: examples/logs
description: a log group
variables: {name: demo}
seed:
  - {call: s3.create_bucket, with: {Bucket: seed}}
asserts:
  - name: it is there
    call: logs.describe_log_groups
    with: {logGroupNamePrefix: "${outputs.name}"}
    expect: {logGroups: [{retentionInDays: 14}]}
  - name: nothing else is
    call: s3.get_bucket_location
    error: NoSuchBucket
updates:
  - name: longer
    variables: {retention_in_days: 30}
    changes: {aws_cloudwatch_log_group.this: update}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "examples/logs").mkdir(parents=True)
    (tmp_path / "examples/logs/main.tf").write_text(EXAMPLE)
    (tmp_path / "tests/integration").mkdir(parents=True)
    return Project(tmp_path)


def load(project: Project, text: str) -> stories.Story:
    path = project.stories / "logs.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return stories.load(path, project)


def faults(project: Project, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as error:
        load(project, text)
    problems = getattr(error.value, "problems", None)
    return [str(problem) for problem in problems] if problems else [str(error.value)]


def test_a_story_has_the_places_of_its_parts(project: Project) -> None:
    story = load(project, GOOD)
    assert (story.id, story.example, story.region) == ("logs", project.root / "examples/logs", "eu-west-1")
    assert story.variables == {"name": "demo"}
    assert story.asserts[0].arguments == {"logGroupNamePrefix": "${outputs.name}"}
    assert (story.asserts[0].service, story.asserts[0].method) == ("logs", "describe_log_groups")
    assert story.updates[0].changes == {"aws_cloudwatch_log_group.this": "update"}
    assert str(story.place_of("updates", 0, "changes")) == "tests/integration/logs.yaml:17"
    assert [(call.call, str(place)) for call, place in story.calls()] == [
        ("s3.create_bucket", "tests/integration/logs.yaml:5"),
        ("logs.describe_log_groups", "tests/integration/logs.yaml:8"),
        ("s3.get_bucket_location", "tests/integration/logs.yaml:12"),
    ]


def test_a_story_needs_the_accounts_of_the_roles_it_names(project: Project) -> None:
    role = '"arn:aws:iam::511111111111:role/deployer"'
    acting = GOOD.replace("    error: NoSuchBucket", f"    error: NoSuchBucket\n    as: {role}")
    own = GOOD.replace("    error: NoSuchBucket", '    error: NoSuchBucket\n    as: "${outputs.role_arn}"')
    assert load(project, acting).accounts == {"511111111111"}
    assert load(project, own).accounts == frozenset()


def test_yaml_and_yml_files_are_found_sorted(project: Project) -> None:
    for name in ("b.yaml", "a.yml", "test_x.py", "c.txt"):
        (project.stories / name).write_text("")
    assert [path.name for path in stories.find_files(project)] == ["a.yml", "b.yaml"]


def two_files_of_one_story(project: Project) -> None:
    for name in ("q.yaml", "q.yml"):
        (project.stories / name).write_text(GOOD, encoding="utf-8")


DUPLICATE = (
    "tests/integration/q.yml:1: the story q is already defined in tests/integration/q.yaml; rename one of the files"
)


def test_a_second_file_with_the_id_of_a_story_is_a_fault(project: Project) -> None:
    two_files_of_one_story(project)
    assert stories.load(project.stories / "q.yaml", project).id == "q"
    with pytest.raises(InvalidDocument) as error:
        stories.load(project.stories / "q.yml", project)
    assert [str(problem) for problem in error.value.problems] == [DUPLICATE]


def test_verify_reports_a_second_file_with_the_id_of_a_story(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    two_files_of_one_story(project)
    monkeypatch.setattr(Services, "run_story", lambda _, story, **_options: StoryResult(story.id, ()))
    result = verify(Services(project), Selection(plans=False, compliance=False))
    problems = [str(problem) for story in result.stories for step in story.steps for problem in step.problems]
    assert problems == [DUPLICATE]


def test_pytest_reports_a_second_file_with_the_id_of_a_story(project: Project) -> None:
    two_files_of_one_story(project)
    (project.root / "pyproject.toml").write_text("[tool.modproof]\n")
    done = run_pytest(project.root, "--collect-only")
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert DUPLICATE in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("asserts:\n", "assert:\n", "logs.yaml:6: unknown key 'assert'; did you mean 'asserts'?"),
        ("example: examples/logs", "example: examples/log", "logs.yaml:1: the example examples/log does not exist"),
        ("example: examples/logs", "example: tests", "logs.yaml:1: the example tests has no Terraform files"),
        ("{name: demo}", "{nme: demo}", "logs.yaml:3: the example has no variable 'nme'; did you mean 'name'?"),
        ("{retention_in_days: 30}", "{zzz: 1}", "logs.yaml:16: the example has no variable 'zzz'; variables: name"),
        ("call: s3.create_bucket", "call: CreateBucket", "logs.yaml:5: seed.0.call: a call is service.method"),
        ("    error: NoSuchBucket\n", "", "logs.yaml:11: asserts.1: an assert has either `expect`"),
        ("retentionInDays: 14", "retentionInDays: <unknwon>", "logs.yaml:7: asserts.0: logGroups[0].retentionInDays"),
        ("retentionInDays: 14", "retentionInDays: '<match [>'", "asserts.0: logGroups[0].retentionInDays"),
        ("_group.this: update", "_group.this: replaced", "logs.yaml:17: updates.0.changes.aws_cloudwatch"),
        ("example: examples/logs\n", "", "logs.yaml:1: the key 'example' is missing"),
        ("variables: {name: demo}", "variables: {name: demo", "logs.yaml:4: is not valid YAML"),
        (GOOD, "", "logs.yaml: contains no story"),
    ],
)  # fmt: skip
def test_a_fault_has_its_line(project: Project, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    found = faults(project, text)
    assert any(fault in each for each in found), found


def test_all_faults_are_reported_at_once(project: Project) -> None:
    found = faults(project, GOOD.replace("asserts:", "asert:").replace("seed:", "seeds:"))
    assert [each.partition(":")[2].split(";")[0] for each in found] == [
        "4: unknown key 'seeds'",
        "6: unknown key 'asert'",
    ]


def test_a_syntax_error_in_the_example_is_left_to_terraform(project: Project) -> None:
    (project.root / "examples/logs/broken.tf").write_text("variable {")
    assert load(project, GOOD).id == "logs"
