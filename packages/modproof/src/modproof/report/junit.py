"""report.junit.xml: the run in the JUnit format, for CI systems that list tests.

A test is a plan case, a step of a story, the coverage of a module, a scan, a rule that fails for an address, an example
of an upgrade, or a problem that belongs to none of them. A suppressed finding is a skipped test.

Elements and attributes are those of https://github.com/testmoapp/junitxml. Files are relative to the repository.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from modproof.core.results import (
    CaseResult,
    ComplianceResult,
    CoverageSummary,
    Finding,
    Outcome,
    Place,
    Problem,
    RunResult,
    StoryResult,
    SuppressedFinding,
    UpgradeResult,
)
from modproof.report.problems import RunProblem, problems_of, run_problems
from modproof.report.provenance import Provenance
from modproof.report.scrub import shorten
from modproof.report.tally import also_words, case_name, cases_by_module, scan_words

__all__ = ["render"]

_LIMIT = 8000
_LINE_LIMIT = 300
# https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class _Test:
    """``skipped`` is the reason of a skipped test. A test passed if it has neither problems nor that reason.

    ``properties`` are names and values.
    """

    classname: str
    name: str
    place: Place | None = None
    outcome: Outcome = Outcome.PASSED
    problems: Sequence[Problem] = ()
    seconds: float | None = None
    skipped: str = ""
    properties: Sequence[tuple[str, str]] = ()

    @property
    def ended(self) -> str:
        """The element of JUnit for how the test ended; empty if it passed."""
        if self.skipped:
            return "skipped"
        return {Outcome.PASSED: "", Outcome.FAILED: "failure", Outcome.ERROR: "error"}[self.outcome]


@dataclass(frozen=True, slots=True)
class _Suite:
    name: str
    tests: Sequence[_Test]
    seconds: float | None = None


def render(result: RunResult, about: Provenance) -> str:
    """``result``, which must be scrubbed, as a JUnit document."""
    suites = [suite for suite in _suites(result) if suite.tests]
    root = ET.Element("testsuites", {"name": _xml(about.project)})
    _count(root, [test for suite in suites for test in suite.tests], result.seconds.get("total"))
    for suite in suites:
        element = ET.SubElement(root, "testsuite", {"name": _xml(suite.name)})
        _count(element, suite.tests, suite.seconds)
        element.set("timestamp", about.started.isoformat())
        for test in suite.tests:
            _add(element, test, about)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _count(element: ET.Element, tests: Sequence[_Test], seconds: float | None) -> None:
    ended = [test.ended for test in tests]
    element.set("tests", str(len(tests)))
    element.set("failures", str(ended.count("failure")))
    element.set("errors", str(ended.count("error")))
    element.set("skipped", str(ended.count("skipped")))
    if seconds is not None:
        element.set("time", f"{seconds:.3f}")


def _add(suite: ET.Element, test: _Test, about: Provenance) -> None:
    element = ET.SubElement(suite, "testcase", {"classname": _xml(test.classname), "name": _xml(test.name)})
    if test.place is not None:
        element.set("file", _xml(about.in_repository(test.place.path)))
        if test.place.line is not None:
            element.set("line", str(test.place.line))
    if test.seconds is not None:
        element.set("time", f"{test.seconds:.3f}")
    if test.properties:
        properties = ET.SubElement(element, "properties")
        for name, value in test.properties:
            ET.SubElement(properties, "property", {"name": _xml(name), "value": _xml(value)})
    if test.skipped:
        ET.SubElement(element, "skipped", {"message": _xml(test.skipped)})
    elif test.ended:
        ended = ET.SubElement(element, test.ended, {"message": _xml(_first_line(test.problems[0].message))})
        ended.set("type", test.outcome.value)
        ended.text = _xml("\n\n".join(shorten(str(problem), _LIMIT) for problem in test.problems))


def _xml(text: str) -> str:
    """``text`` with a replacement for each character that XML forbids."""
    return _NOT_XML.sub(_REPLACEMENT, text)


def _first_line(text: str) -> str:
    return shorten(text.strip().partition("\n")[0], _LINE_LIMIT)


def _suites(result: RunResult) -> Iterator[_Suite]:
    problems = run_problems(result)
    seconds = result.seconds
    if result.cases is not None:
        cases = [_case(case, module) for module, of in cases_by_module(result.cases).items() for case in of]
        yield _Suite("plans", cases or _others(problems, "plans"), seconds.get("plans"))
    yield _Suite("coverage", [_module(module, problems) for module in result.coverage or ()])
    if result.stories is not None:
        for story in result.stories:
            yield _Suite(f"story {story.id}", _steps(story) or _others(problems, "stories", story.id), story.seconds)
        if not result.stories:
            yield _Suite("stories", _others(problems, "stories"))
    if result.compliance is not None:
        tests = [*_compliance(result.compliance), *_others(problems, "compliance")]
        yield _Suite("compliance", tests, seconds.get("compliance"))
    if result.upgrade is not None:
        yield _Suite("upgrade", [*_examples(result.upgrade, problems), *_others(problems, "upgrade", "upgrade")])
    skipped = [_Test("run", part, skipped=reason) for part, reason in result.skipped.items()]
    yield _Suite("run", [*_others(problems, "run"), *skipped])


def _others(problems: Iterable[RunProblem], part: str, subject: str | None = None) -> list[_Test]:
    """A test for each problem of ``part``, or of one subject of it."""
    return [
        _Test(
            found.part,
            f"{found.subject}: {_first_line(found.problem.message)}",
            found.problem.place,
            found.outcome,
            [found.problem],
        )
        for found in problems
        if found.part == part and subject in (None, found.subject)
    ]


def _case(case: CaseResult, module: str) -> _Test:
    return _Test(f"plans.{module}", case_name(case), case.place, case.outcome, problems_of(case, case.place))


def _module(module: CoverageSummary, problems: Iterable[RunProblem]) -> _Test:
    found = [each.problem for each in problems if each.subject == f"coverage of {module.module}"]
    return _Test("coverage", module.module, None, module.outcome, found)


def _steps(story: StoryResult) -> list[_Test]:
    return [
        _Test(
            f"stories.{story.id}",
            step.name,
            story.place,
            step.outcome,
            problems_of(step, story.place),
            step.seconds,
        )
        for step in story.steps
    ]


def _compliance(compliance: ComplianceResult) -> Iterator[_Test]:
    for scan in compliance.scans:
        name = f"{scan.scanner} {scan.version}: {scan_words(scan)}"
        yield _Test("compliance.scan", name, seconds=scan.seconds)
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in compliance.findings:
        found.setdefault(_control(finding), []).append(finding)
    for key, findings in found.items():
        first, named = findings[0], _controls(findings[0])
        if any(map(compliance.fails, findings)):
            problems = [_problem(finding) for finding in findings]
            yield _Test(*key, first.place, Outcome.FAILED, problems, properties=named)
        else:
            reason = f"below {compliance.fail_on.lower()}: {first.title}"
            yield _Test(*key, first.place, skipped=reason, properties=named)
    covered: dict[tuple[str, str], SuppressedFinding] = {}
    for item in compliance.suppressed:
        covered.setdefault(_control(item.finding), item)
    for key, item in covered.items():
        if key not in found:
            named = _controls(item.finding)
            yield _Test(*key, item.finding.place, skipped=_reason(item, compliance), properties=named)


def _controls(finding: Finding) -> list[tuple[str, str]]:
    """The controls of frameworks, as properties with the name of the framework."""
    return [(control.framework, control.id) for control in finding.controls]


def _control(finding: Finding) -> tuple[str, str]:
    """The class and the name of the test of a rule and an address. An address is unique in its folder."""
    folder = posixpath.dirname(finding.place.path) or "."
    return f"compliance.{finding.scanner}.{finding.rule}", f"{finding.address} in {folder}"


def _problem(finding: Finding) -> Problem:
    guideline = f"see {finding.guideline}" if finding.guideline else None
    also = f"; {also_words(finding)}" if finding.also else ""
    return Problem(f"{finding.title} ({finding.severity.lower()}{also})", finding.place, guideline)


def _reason(item: SuppressedFinding, compliance: ComplianceResult) -> str:
    entry = next((entry for entry in compliance.entries if entry.place == item.entry_place), None)
    who = f"owner: {entry.owner}, review by {entry.review}, " if entry else ""
    return f"{item.reason} ({who}{item.entry_place})"


def _examples(upgrade: UpgradeResult, problems: Iterable[RunProblem]) -> Iterator[_Test]:
    for example in upgrade.examples or ():
        found = [each.problem for each in problems if each.subject == f"upgrade of {example.id}"]
        skipped = example.note if example.outcome is Outcome.PASSED else ""
        yield _Test("upgrade", example.id, example.place, example.outcome, found, example.seconds, skipped)
