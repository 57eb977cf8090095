from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from modproof.core.results import (
    CaseResult,
    ComplianceResult,
    CoverageSummary,
    EntryStatus,
    ExampleUpgrade,
    Finding,
    Outcome,
    Place,
    Problem,
    RunResult,
    Scan,
    StepResult,
    StoryResult,
    SuppressedFinding,
    UpgradeResult,
)
from modproof.report import junit
from modproof.report.provenance import Provenance

from .conftest import make_error, make_failed, make_passed

ENTRY = Place("compliance/ignores.yaml", 12)
OPEN = Finding("tfsec", "aws-s3-versioning", "Version it", "aws_s3_bucket.a", Place("modules/a/main.tf", 7), "HIGH")
COVERED = Finding("checkov", "CKV_AWS_1", "Encrypt it", "aws_x.y", Place("modules/a/main.tf", 3))
COMPLIANCE = ComplianceResult(
    scans=(Scan("checkov", "3.0", 10, 2, 1.5),),
    findings=(OPEN,),
    suppressed=(SuppressedFinding(COVERED, ENTRY, "no key yet"),),
    entries=(EntryStatus("checkov", "CKV_AWS_1", "Encrypt it", "no key yet", "platform", "2027-01-31", ENTRY, 1),),
)


def parse(result: RunResult, about: Provenance) -> ET.Element:
    return ET.fromstring(junit.render(result, about))  # noqa: S314  our own output


def one(root: ET.Element, classname: str) -> ET.Element:
    (found,) = root.iterfind(f".//testcase[@classname='{classname}']")
    return found


def child(test: ET.Element, name: str) -> ET.Element:
    found = test.find(name)
    assert found is not None
    return found


def test_a_failed_case_has_its_message_file_and_line(about: Provenance) -> None:
    problem = Problem("no bucket\nplanned: none", hint="add it")
    case = CaseResult("a/bad", Outcome.FAILED, (problem,), Place("tests/unit/a/cases.yaml", 7), module="a")
    test = one(parse(RunResult(cases=[case]), about), "plans.a")
    assert (test.get("name"), test.get("file"), test.get("line")) == ("bad", "tests/unit/a/cases.yaml", "7")
    assert child(test, "failure").get("message") == "no bucket"
    assert child(test, "failure").text == "tests/unit/a/cases.yaml:7: no bucket\nplanned: none; add it"


def test_a_case_that_could_not_be_planned_is_an_error(about: Provenance) -> None:
    root = parse(RunResult(cases=[CaseResult("a/lost", Outcome.ERROR, (Problem("no provider"),), module="a")]), about)
    assert child(one(root, "plans.a"), "error").get("message") == "no provider"
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("1", "0", "1", "0")


def test_each_step_of_a_story_is_a_test(about: Provenance) -> None:
    steps = (StepResult("apply", Outcome.PASSED, 1.25), StepResult("destroy", Outcome.FAILED, 2, (Problem("denied"),)))
    root = parse(RunResult(stories=[StoryResult("s", steps, Place("tests/s.yaml"), 3.5)]), about)
    (suite,) = root
    assert (suite.get("name"), suite.get("time"), suite.get("tests"), suite.get("failures")) == (
        "story s", "3.500", "2", "1",
    )  # fmt: skip
    passed, failed = suite
    assert (passed.get("name"), passed.get("time"), len(passed)) == ("apply", "1.250", 0)
    assert (failed.get("name"), child(failed, "failure").get("message")) == ("destroy", "denied")
    assert (failed.get("file"), failed.get("line")) == ("tests/s.yaml", None)


def test_an_open_finding_fails_and_a_suppressed_one_is_skipped_with_reason_owner_and_date(about: Provenance) -> None:
    root = parse(RunResult(compliance=COMPLIANCE), about)
    failed = one(root, "compliance.tfsec.aws-s3-versioning")
    assert (failed.get("name"), failed.get("file"), failed.get("line")) == (
        "aws_s3_bucket.a in modules/a", "modules/a/main.tf", "7",
    )  # fmt: skip
    assert child(failed, "failure").get("message") == "Version it (high)"
    skipped = one(root, "compliance.checkov.CKV_AWS_1")
    assert child(skipped, "skipped").get("message") == (
        "no key yet (owner: platform, review by 2027-01-31, compliance/ignores.yaml:12)"
    )
    assert len(one(root, "compliance.scan")) == 0
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("3", "1", "1")


def test_findings_of_a_rule_and_an_address_are_one_test(about: Provenance) -> None:
    again = replace(OPEN, place=Place("modules/a/other.tf", 2))
    elsewhere = replace(OPEN, place=Place("modules/b/main.tf", 7))
    found = parse(RunResult(compliance=replace(COMPLIANCE, findings=(OPEN, again, elsewhere))), about)
    tests = found.findall(".//testcase[failure]")
    assert [test.get("name") for test in tests] == ["aws_s3_bucket.a in modules/a", "aws_s3_bucket.a in modules/b"]
    text = child(tests[0], "failure").text
    assert text is not None
    assert "modules/a/main.tf:7" in text
    assert "modules/a/other.tf:2" in text


def test_a_finding_that_is_open_and_suppressed_fails(about: Provenance) -> None:
    both = replace(COMPLIANCE, findings=(COVERED,))
    test = one(parse(RunResult(compliance=both), about), "compliance.checkov.CKV_AWS_1")
    assert [element.tag for element in test] == ["failure"]


def test_problems_that_belong_to_no_test_are_tests(about: Provenance) -> None:
    result = RunResult(
        cases=[],
        stories=[StoryResult("empty", ())],
        compliance=replace(COMPLIANCE, problems=(Problem("covers nothing", ENTRY),), errors=(Problem("no tfsec"),)),
        coverage=[
            CoverageSummary("low", 1, 2, 50.0, 80.0, (Problem("no case sets it"),)),
            CoverageSummary("high", 2, 2, 100.0, 80.0, ()),
        ],
        upgrade=UpgradeResult(
            "v1",
            problems=(Problem("the version is too low"),),
            examples=(
                ExampleUpgrade("ex", problems=(Problem("aws_x.y is replaced"),)),
                ExampleUpgrade("new", note="not in the release"),
            ),
        ),
        errors=[Problem("the emulator ended")],
        skipped={"stories": "there is no folder"},
    )
    ended = {
        (suite.get("name"), test.get("name")): [element.tag for element in test]
        for suite in parse(result, about)
        for test in suite
    }
    assert ended[("plans", "plans: no case found")] == ["error"]
    assert ended[("story empty", "empty: no step was run")] == ["error"]
    assert ended[("compliance", "ledger: covers nothing")] == ["failure"]
    assert ended[("compliance", "scan: no tfsec")] == ["error"]
    assert (ended[("coverage", "low")], ended[("coverage", "high")]) == (["failure"], [])
    assert ended[("upgrade", "upgrade: the version is too low")] == ["failure"]
    assert (ended[("upgrade", "ex")], ended[("upgrade", "new")]) == (["failure"], ["skipped"])
    assert ended[("run", "run: the emulator ended")] == ["error"]
    assert ended[("run", "stories")] == ["skipped"]


@pytest.mark.parametrize("make", [make_passed, make_failed, make_error, RunResult])
def test_the_counts_are_those_of_the_tests_and_agree_with_the_exit_code(
    make: Callable[[], RunResult], about: Provenance
) -> None:
    result = make()
    root = parse(result, about)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        count = len(root.findall(f".//{tag}"))
        assert root.get(attribute) == str(count)
        assert sum(int(suite.get(attribute, "")) for suite in root) == count
    assert root.get("tests") == str(len(root.findall(".//testcase")))
    bad = root.findall(".//failure") + root.findall(".//error")
    assert bool(bad) == (result.outcome is not Outcome.PASSED)


def test_characters_that_xml_forbids_are_replaced(about: Provenance) -> None:
    text = 'a\x00b\x0bc\ufffed\uffffe\ud800f\tg <&"]]> \U0001f600'
    case = CaseResult(f"m/{text}", Outcome.FAILED, (Problem(text),), Place(text), module="m")
    test = one(parse(RunResult(cases=[case]), about), "plans.m")
    clean = 'a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\tg <&"]]> \U0001f600'
    assert (test.get("name"), child(test, "failure").get("message")) == (clean, clean)


def test_long_messages_are_cut(about: Provenance) -> None:
    case = CaseResult("m/c", Outcome.FAILED, (Problem("x" * 100_000),), module="m")
    assert len(junit.render(RunResult(cases=[case]), about)) < 10_000


def test_files_are_relative_to_the_repository(about: Provenance) -> None:
    case = CaseResult("m/c", Outcome.PASSED, place=Place("tests/cases.yaml", 1), module="m")
    inside = replace(about, folder="infra/")
    assert one(parse(RunResult(cases=[case]), inside), "plans.m").get("file") == "infra/tests/cases.yaml"
