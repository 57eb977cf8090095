"""Coverage as table, JSON and page."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from modproof import report
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import (
    CaseResult,
    CoverageItem,
    CoverageResult,
    Gap,
    ModuleCoverage,
    Outcome,
    Place,
    Problem,
    RunResult,
)
from modproof.report.coverage import as_json, show, write_page

SOURCE = """resource "aws_x" "this" {
  # a comment
  name = var.flag ? "<b>" : "b"
}

output "x" {
  value = 1
}
"""


def span(line: int, end: int) -> tuple[tuple[Place, int], ...]:
    return ((Place("modules/a/main.tf", line), end),)


ITEMS = (
    CoverageItem("variables", "variable flag", span(10, 10)),
    CoverageItem("resources", "resource aws_x.this", span(1, 4)),
    CoverageItem("conditionals", "conditional var.flag in aws_x.this", span(3, 3), (Gap("true", "is never true"),)),
    CoverageItem(
        "outputs", "output x", span(6, 8), (Gap("asserted", "no case expects anything of it", "covered by a test"),)
    ),
)
NEEDLESS = Problem("the exclusion of 'output y' is not needed", Place("tests/unit/a/coverage.yaml", 2), "delete it")


def result(gate: float | None = None, problems: tuple[Problem, ...] = ()) -> CoverageResult:
    return CoverageResult((ModuleCoverage("a", ITEMS, ("modules/a/main.tf",), gate, problems),))


def shown(of: CoverageResult) -> str:
    sink = io.StringIO()
    show(of, Console(file=sink, width=80))
    return sink.getvalue()


def test_table_shows_numbers_and_gaps() -> None:
    text = shown(result(gate=90))
    assert "modules/a/main.tf:3  conditional var.flag in aws_x.this\n      true: is never true" in text
    assert text.splitlines()[-2].split() == ["1", "item", "not", "counted:", "excluded", "with", "a", "reason"]
    (row,) = [line for line in text.splitlines() if line.startswith("a ") and "%" in line]
    assert row.split() == ["a", "1/1", "0/0", "1/1", "0/1", "0/0", "66.6", "%"]
    assert "a is at 66.6 %, below its gate of 90 %" in text


@pytest.mark.parametrize(
    ("gate", "problems", "outcome"),
    [
        (None, (), Outcome.PASSED),
        (66.6, (), Outcome.PASSED),
        (66.7, (), Outcome.FAILED),
        (None, (NEEDLESS,), Outcome.FAILED),
    ],
)
def test_a_missed_gate_and_a_needless_exclusion_fail(
    gate: float | None, problems: tuple[Problem, ...], outcome: Outcome
) -> None:
    found = result(gate, problems)
    assert found.outcome is outcome
    assert json.loads(as_json(found))["outcome"] == outcome.value


def test_json_has_numbers_gaps_and_reasons() -> None:
    data = json.loads(as_json(result(gate=50)))
    assert data["percent"] == 66.6
    assert data["kinds"]["variables"] == {"covered": 1, "total": 1, "excluded": 0, "percent": 100.0}
    assert data["kinds"]["outputs"] == {"covered": 0, "total": 0, "excluded": 1, "percent": 100.0}
    (module,) = data["modules"]
    assert module["missing"] == [
        {
            "kind": "conditionals",
            "item": "conditional var.flag in aws_x.this",
            "state": "true",
            "path": "modules/a/main.tf",
            "line": 3,
            "missing": "is never true",
        }
    ]
    assert [gap["reason"] for gap in module["excluded"]] == ["covered by a test"]


class _Page(HTMLParser):
    """The state of each source line, and every URL that the page fetches."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[str] = []
        self.fetched: list[str] = []
        self._in_source = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "div" and given.get("class") == "source":
            self._in_source = True
        if self._in_source and tag == "li":
            self.states.append(given.get("class") or "")
        self.fetched += [
            v for k, v in attributes if v and (k == "src" or (k == "href" and tag == "link")) and v != "data:,"
        ]

    def handle_endtag(self, tag: str) -> None:
        self._in_source = self._in_source and tag != "ol"


def test_page_shows_each_line_with_its_state(tmp_path: Path) -> None:
    (tmp_path / "modules/a").mkdir(parents=True)
    (tmp_path / "modules/a/main.tf").write_text(SOURCE)
    path = write_page(result(problems=(NEEDLESS,)), Project(tmp_path), tmp_path / "report")
    text = path.read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.states == ["covered", "", "partial", "covered", "", "excluded", "excluded", "excluded"]
    assert page.fetched == []
    assert "&lt;b&gt;" in text
    assert "<b>&#34;" not in text
    assert "conditional var.flag in aws_x.this (true): is never true" in text
    assert "excluded: covered by a test" in text
    assert "the exclusion of &#39;output y&#39; is not needed" in text


def test_page_in_a_folder_that_is_not_writable_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "modules/a").mkdir(parents=True)
    (tmp_path / "modules/a/main.tf").write_text(SOURCE)
    (tmp_path / "taken").touch()
    with pytest.raises(ConfigurationError, match="the page cannot be written"):
        write_page(result(), Project(tmp_path), tmp_path / "taken")


def test_run_summary_reports_coverage(tmp_path: Path) -> None:
    run = RunResult(cases=[CaseResult("a/one", Outcome.PASSED)])
    run.coverage = [result(gate=90).modules[0].in_short()]
    assert run.outcome is Outcome.FAILED
    sink = io.StringIO()
    report.terminal(run, Console(file=sink, width=200))
    text = sink.getvalue()
    assert "Coverage   2 of 3 covered (66.6 %)" in text
    assert "the cases cover 66.6 % of the module, below its gate of 90 %; the first of 1 gap:" in text
    assert "modules/a/main.tf:3" in text
    assert text.splitlines()[-1].startswith("failed: coverage of 1 module (exit code 1")

    written = {path.name: path for path in report.write(run, Project(tmp_path), tmp_path / "report")}
    assert "2 of 3 (66.6 %) | 90 % | 1" in written["report.md"].read_text(encoding="utf-8")
    assert "below its gate of 90 %" in written["report.html"].read_text(encoding="utf-8")
    read = report.read(written["report.json"])
    assert read.coverage == run.coverage


def test_run_passes_with_coverage_at_its_gate() -> None:
    run = RunResult(cases=[CaseResult("a/one", Outcome.PASSED)])
    run.coverage = [result(gate=60).modules[0].in_short()]
    assert run.outcome is Outcome.PASSED


COVERED, OPEN = ITEMS[0], ITEMS[2]


@pytest.mark.parametrize(
    ("items", "gate", "mark"),
    [
        pytest.param((COVERED,), None, Outcome.PASSED, id="all is covered"),
        pytest.param((COVERED, OPEN), None, None, id="no gate, and gaps"),
        pytest.param((COVERED, OPEN), 50, Outcome.PASSED, id="reaches its gate"),
        pytest.param((COVERED, OPEN), 51, Outcome.FAILED, id="below its gate"),
        pytest.param((OPEN,), None, None, id="nothing is covered"),
        pytest.param((OPEN,), 0, None, id="nothing is covered, and the gate is 0"),
        pytest.param((OPEN,), 1, Outcome.FAILED, id="nothing is covered, below its gate"),
        pytest.param((), None, None, id="nothing to cover"),
        pytest.param((), 100, None, id="nothing to cover, with a gate"),
    ],
)
def test_only_a_module_that_is_covered_has_a_tick(
    items: tuple[CoverageItem, ...], gate: float | None, mark: Outcome | None
) -> None:
    module = ModuleCoverage("a", items, (), gate)
    assert (module.mark, module.in_short().mark) == (mark, mark)


def test_a_module_with_nothing_to_cover_is_reported_as_such() -> None:
    empty = CoverageResult((ModuleCoverage("a", ()),))
    assert empty.mark is None
    (row,) = [line for line in shown(empty).splitlines() if line.startswith("a ")]
    assert row.split() == ["a", *["0/0"] * 5, "nothing", "to", "cover"]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (((COVERED,), (COVERED,)), Outcome.PASSED),
        (((COVERED,), ()), Outcome.PASSED),
        (((COVERED,), (OPEN,)), None),
        ((), Outcome.ERROR),
    ],
)
def test_the_result_has_a_tick_only_if_every_module_with_items_has(
    marks: tuple[tuple[CoverageItem, ...], ...], expected: Outcome | None
) -> None:
    assert CoverageResult(tuple(ModuleCoverage(str(n), items) for n, items in enumerate(marks))).mark is expected
