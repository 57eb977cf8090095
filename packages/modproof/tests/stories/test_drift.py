from __future__ import annotations

from pathlib import Path

import pytest

from modproof import stories
from modproof.core.documents import InvalidDocument
from modproof.core.project import Project
from modproof.stories import drift

GOOD = """\
drift:
  - name: queue-forgets-tags
    seen_in: [tests/integration/queue.yaml, roots/queue]
    resource: aws_sqs_queue
    attributes: [tags, tags_all]
    reason: the emulator forgets tags
    reviewed: 2024-05-01
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for folder in ("examples/queue", "tests/integration", "roots/queue"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "examples/queue/main.tf").write_text("")
    for name in ("queue", "other"):
        (tmp_path / f"tests/integration/{name}.yaml").write_text("example: examples/queue\n")
    return Project(tmp_path)


def faults(project: Project, text: str) -> list[str]:
    project.drift.write_text(text)
    with pytest.raises(InvalidDocument) as error:
        drift.load(project)
    return [str(problem) for problem in error.value.problems]


def test_a_project_without_a_list_has_no_known_drift(project: Project) -> None:
    assert drift.load(project) == ()


def test_an_entry_applies_only_where_it_was_seen(project: Project) -> None:
    project.drift.write_text(GOOD)
    (entry,) = drift.load(project)
    assert str(entry) == "queue-forgets-tags: aws_sqs_queue: tags, tags_all"
    assert str(entry.place) == "tests/drift.yaml:2"
    assert drift.seen_in(project.root / "roots/queue", project) == (entry,)
    assert stories.load(project.stories / "queue.yaml", project).drift == (entry,)
    assert stories.load(project.stories / "other.yaml", project).drift == ()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("roots/queue", "roots/gone", "tests/drift.yaml:3: roots/gone does not exist"),
        ("roots/queue", "../elsewhere", "tests/drift.yaml:3: ../elsewhere does not exist"),
        ("2024-05-01", "9999-05-01", "tests/drift.yaml:7: the review date 9999-05-01 is in the future"),
        ("2024-05-01", "lately", "tests/drift.yaml:7: drift.0.reviewed: input should be a valid date"),
        ("[tags, tags_all]", "[]", "tests/drift.yaml:5: drift.0.attributes: list should have at least 1 item"),
        ("    reason: the emulator forgets tags\n", "", "tests/drift.yaml:2: the key 'drift.0.reason' is missing"),
        ("reason:", "raeson:", "did you mean 'reason'?"),
        ("aws_sqs_queue", "aws_sqs_queue.this", "tests/drift.yaml:4: drift.0.resource: string should match"),
    ],
)
def test_a_fault_has_its_line(project: Project, old: str, new: str, fault: str) -> None:
    found = faults(project, GOOD.replace(old, new))
    assert any(fault in text for text in found), found


def test_a_name_must_be_unique(project: Project) -> None:
    second = GOOD.partition("\n")[2]
    assert faults(project, GOOD + second) == [
        "tests/drift.yaml:2: the name 'queue-forgets-tags' is not unique",
        "tests/drift.yaml:8: the name 'queue-forgets-tags' is not unique",
    ]
