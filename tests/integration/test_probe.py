"""The emulator coverage probe: a failure is reported with its reason, and does not hide other results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench.probe import judge, life, limits, page, run
from bench.probe.arguments import missing, unexplained
from bench.probe.fixtures import FIXTURES, Fixture
from bench.probe.life import Lived, Seen

from modproof.core.project import Project
from modproof.core.results import Place
from modproof.hcl.reader import module_blocks
from modproof.stories.drift import Drift
from modproof.terraform.changes import Change

ROOT = Path(__file__).parents[2]
NO_LIMITS = limits.Limits(no_update={}, no_destroy={}, unread={})
BLOCKS = {
    "aws_a.this": 'resource "aws_a" "this" {\n}\n',
    "aws_b.this": 'resource "aws_b" "this" {\n  a = aws_a.this.id\n}\n',
    "aws_c.this": 'resource "aws_c" "this" {\n  b = aws_b.this.id\n}\n',
    "aws_d.this": 'resource "aws_d" "this" {\n}\n',
}
FIXTURE = Fixture("root", "", BLOCKS)
CHANGED = Change("aws_a.this", "update", {"size": "1 → 2", "tags.step": "1 → 2"})
TAGGED = Change("aws_a.this", "update", {"tags.step": "1 → 2"})


def well(**more: Any) -> Seen:
    """Return a resource without failures."""
    return Seen(**{"created": True, "tagged": True, "update": CHANGED, "imported": True, **more})


def row(seen: Seen, known: limits.Limits = NO_LIMITS) -> tuple[dict[str, bool | None], dict[str, str]]:
    found = judge.rows(Lived(FIXTURE, {"aws_a.this": seen}, "5"), known)["aws_a"]
    return {name: found.cell(name) for name in judge.COLUMNS}, found.reasons


GREEN = dict.fromkeys(judge.COLUMNS, True)


def test_a_fixture_is_cut_down_to_types_with_what_they_need() -> None:
    assert list(FIXTURE.of_types({"aws_b"}).blocks) == ["aws_a.this", "aws_b.this"]


def test_a_fixture_without_a_resource_is_without_what_needs_it() -> None:
    assert list(FIXTURE.without({"aws_b.this"}).blocks) == ["aws_a.this", "aws_d.this"]


def test_fixtures_keep_every_resource_of_their_files() -> None:
    for fixture in run.fixtures(Project(ROOT)):
        written = [block.address for block in module_blocks(ROOT / FIXTURES / fixture.name, "resource")]
        assert sorted(fixture.blocks) == sorted(written)


@pytest.mark.parametrize(
    ("seen", "column", "reason"),
    [
        (well(created=False, errors={"create": "no role"}), "create", "no role"),
        (well(drift=[TAGGED]), "empty_plan", "update of tags.step"),
        (well(errors={"update": "refused"}), "update", "refused"),
        (well(update=Change("aws_a.this", "create-before-destroy", {"size": "1"})), "update", "create-before-destroy"),
        (well(update=TAGGED), "update", "only tags were updated in place"),
        (well(drift_after_update=[CHANGED]), "update", "the next plan is not empty: update of size, tags.step"),
        (well(imported=False), "import", "the plan did not import it"),
        (well(on_import=[CHANGED]), "import", "the plan after the import is not empty"),
        (well(drift=[TAGGED]), "tags", "the next plan is not empty"),
        (well(update=None), "tags", "no tag was updated in place"),
        (well(errors={"destroy": "in use"}), "destroy", "in use"),
        (well(remains=True), "destroy", "it still exists after the destroy"),
    ],
)
def test_what_went_wrong_is_false_with_its_reason(seen: Seen, column: str, reason: str) -> None:
    cells, reasons = row(seen)
    assert cells[column] is False
    assert reason in reasons[column]


def test_what_is_right_is_true_and_needs_no_reason() -> None:
    assert row(well()) == (GREEN, {})


def test_what_comes_after_a_failure_is_not_reached_and_what_came_before_stands() -> None:
    cells, reasons = row(well(lost={"update": "aws_b.this"}))
    assert cells == {**GREEN, "update": False, "import": False, "tags": False, "destroy": False}
    assert set(reasons.values()) == {"not reached: aws_b.this failed at update"}
    cells, _ = row(well(lost={"import": "aws_b.this"}))
    assert cells == {**GREEN, "import": False}


def test_null_is_what_the_provider_says_or_the_reviewed_file_says() -> None:
    cells, _ = row(well(errors={"import": f"resource aws_a {life.NO_IMPORT}"}, imported=False))
    assert cells == {**GREEN, "import": None}
    cells, reasons = row(well(tagged=False))
    assert (cells, reasons) == ({**GREEN, "tags": None}, {"tags": "the provider's resource has no tags"})
    known = limits.Limits(no_update={"aws_a": "no UpdateA"}, no_destroy={"aws_a": "no DeleteA"}, unread={})
    cells, reasons = row(well(update=TAGGED, remains=True), known)
    assert cells == {**GREEN, "update": None, "destroy": None}
    assert reasons == {"update": "no UpdateA", "destroy": "no DeleteA"}


def test_a_line_of_the_reviewed_file_that_is_not_so_is_stale() -> None:
    known = limits.Limits(
        no_update={"aws_a": "no UpdateA"}, no_destroy={"aws_a": "no DeleteA"}, unread={"aws_a": {"size": "why"}}
    )
    lived = [Lived(FIXTURE, {"aws_a.this": well(read=["size"])}, "5")]
    assert judge.stale(lived, known) == [
        "no_update: aws_a: the plan changed more than tags, in place",
        "no_destroy: aws_a: it was deleted by the destroy",
        "unread: aws_a: size was read on import",
    ]
    so = [Lived(FIXTURE, {"aws_a.this": well(update=TAGGED, remains=True)}, "5")]
    assert judge.stale(so, known) == []


def test_an_argument_that_is_not_set_needs_a_reason_and_a_reason_an_argument() -> None:
    counted = {"aws_a": ["b", "c"], "aws_d": []}
    assert unexplained(counted, {"aws_a": {"b": "why", "c": "why"}}) == []
    assert unexplained(counted, {"aws_a": {"b": "why"}, "aws_d": {"e": "why"}}) == [
        "aws_a: no fixture sets c, and limits.yaml has no reason",
        "unset: aws_d: a fixture sets e, or the provider does not have it",
    ]


def test_a_deprecated_argument_counts_and_a_computed_one_does_not() -> None:
    block = {"attributes": {"a": {"required": True}, "b": {"optional": True, "deprecated": True}, "c": {}}}
    fixture = Fixture("root", "", {"aws_x.this": 'resource "aws_x" "this" {\n  a = 1\n}\n'})
    assert missing(block, [fixture], "aws_x") == (2, ["b"])


def test_the_page_counts_what_cannot_be_set_and_gives_its_reason() -> None:
    rows = {"aws_sagemaker_a": judge.rows(Lived(FIXTURE, {"aws_a.this": well()}, "5"), NO_LIMITS)["aws_a"]}
    arguments = {"aws_sagemaker_a": page.Arguments(count=4, unset={"b": "why", "c": "why"}, missing=[])}
    coverage = page.Coverage(provider="5", localstack="4", clocks=["fast"], arguments=arguments, resources=rows)
    text = page.as_markdown(coverage)
    assert "The configurations set 2 of 4 arguments" in text
    assert "- `aws_sagemaker_a`, `b`, `c`: why" in text.splitlines()


def test_an_import_ignores_what_the_configuration_ignores() -> None:
    block = 'resource "aws_a" "this" {\n  lifecycle {\n    ignore_changes = [b, c]\n  }\n}\n'
    ignored = life.ignored({"aws_a.this": block}, {"aws_a": ["d"]})
    assert ignored == {"aws_a.this": ["d", "b", "c"]}


def test_drift_is_held_to_the_list_both_ways() -> None:
    entry = Drift("forgets-tags", ("root",), "aws_a", ("tags",), "it forgets", Place("tests/drift.yaml", 3))
    forgetting = Lived(FIXTURE, {"aws_a.this": well(drift=[TAGGED])}, "5")
    assert judge.drifted(forgetting, [entry]) == []
    assert judge.drifted(forgetting, []) == [
        "root: aws_a.this: update (tags.step: 1 → 2); it is not on the drift list",
    ]
    assert judge.drifted(Lived(FIXTURE, {"aws_a.this": well()}, "5"), [entry]) == [
        "tests/drift.yaml:3: forgets-tags: no plan of root changes aws_a; delete it"
    ]


def test_of_several_runs_the_worst_cell_counts_and_names_its_run() -> None:
    good = judge.rows(Lived(FIXTURE, {"aws_a.this": well()}, "5"), NO_LIMITS)
    bad = judge.rows(Lived(FIXTURE, {"aws_a.this": well(imported=False)}, "5"), NO_LIMITS)
    merged = judge.merged({"one": good, "two": bad})["aws_a"]
    assert (merged.cell("import"), merged.reasons) == (False, {"import": "with two: the plan did not import it"})
