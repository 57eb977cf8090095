from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from modproof import report
from modproof.core.errors import CommandFailed, ConfigurationError
from modproof.core.project import Project
from modproof.core.results import (
    CaseResult,
    Changes,
    ComplianceResult,
    CoverageSummary,
    EntryStatus,
    Finding,
    OtherRule,
    Outcome,
    PermissionChange,
    Place,
    Problem,
    RunResult,
    Scan,
    SuppressedFinding,
)
from modproof.run.comparing import Base, base_of, changes, compared
from modproof.run.services import Services
from modproof.run.verify import Selection, verify

from ..conftest import Repository, git, write

BASE = Base("main", "c0ffee")
SCANS = (Scan("checkov", "3", 5, 2, 0.1),)


def finding(address: str, path: str = "modules/queue/main.tf", line: int = 1) -> Finding:
    return Finding("checkov", "CKV_AWS_27", "Key", address, Place(path, line))


def entry(rule: str, **values: str) -> EntryStatus:
    written = {"reason": "only names", "owner": "platform", "review": "2027-01-01", **values}
    return EntryStatus("checkov", rule, "Key", place=Place("compliance/ignores.yaml", 2), covers=1, **written)


def result(*found: Finding, accepted: tuple[Finding, ...] = (), entries: tuple[EntryStatus, ...] = ()) -> RunResult:
    suppressed = tuple(SuppressedFinding(each, Place("compliance/ignores.yaml", 2), "only names") for each in accepted)
    return RunResult(
        compliance=ComplianceResult(scans=SCANS, findings=found, suppressed=suppressed, entries=entries),
    )


def difference(before: RunResult, now: RunResult, since: date | None = date(2026, 1, 1)) -> Changes:
    return changes(before, now, BASE, since=since, today=date(2026, 7, 1))


def test_findings_are_new_fixed_or_newly_suppressed() -> None:
    before = result(finding("a"), finding("b"), finding("c"), accepted=(finding("d"), finding("e")))
    found = difference(before, result(finding("a"), finding("d"), finding("n"), accepted=(finding("b"),)))
    assert [each.address for each in found.opened] == ["d", "n"]
    assert [each.address for each in found.fixed] == ["c", "e"]
    assert [each.address for each in found.accepted] == ["b"]


def test_a_finding_is_the_same_after_its_block_moves_in_its_folder_and_not_in_another() -> None:
    moved = difference(result(finding("a")), result(finding("a", "modules/queue/queue.tf", 40)))
    assert moved == Changes("main", "c0ffee", findings_compared=True)
    other = difference(result(finding("a")), result(finding("a", "modules/topic/main.tf")))
    assert (len(other.opened), len(other.fixed)) == (1, 1)


def test_a_finding_of_two_scanners_is_the_same_while_either_reports_it() -> None:
    one = replace(finding("a"), also=(OtherRule("tfsec", "queue-key"),))
    rest = replace(finding("a"), scanner="tfsec", rule="queue-key")
    covered = difference(result(one), result(rest, accepted=(finding("a"),)))
    assert (covered.opened, covered.fixed, len(covered.accepted)) == ((), (), 1)
    for pair in ((one, rest), (rest, one)):
        same = difference(*map(result, pair))
        assert (same.opened, same.fixed) == ((), ())
    assert len(difference(result(), result(one)).opened) == 1
    assert len(difference(result(one), result()).fixed) == 1


def test_runs_of_different_frameworks_are_not_compared() -> None:
    restricted = result(finding("a"))
    assert restricted.compliance is not None
    restricted.compliance = replace(restricted.compliance, framework="cis")
    for pair in ((result(finding("b")), restricted), (restricted, result(finding("b")))):
        found = difference(*pair)
        assert (found.opened, found.fixed) == ((), ())
        assert [each.message for each in found.incomparable] == [
            "findings and the ledger could not be compared: the base has another --framework"
        ]


def test_a_second_finding_of_a_rule_and_address_is_new() -> None:
    assert len(difference(result(finding("a")), result(finding("a"), finding("a", line=9))).opened) == 1


def test_ledger_entries_are_added_removed_changed_or_expired() -> None:
    before = result(entries=(entry("KEPT"), entry("GONE"), entry("RENEWED", review="2026-03-01"), entry("MOVED")))
    moved = replace(entry("MOVED"), place=Place("compliance/ignores.yaml", 90), covers=7)
    now = result(entries=(entry("KEPT"), entry("RENEWED"), moved, entry("NEW"), entry("NEW", review="2026-06-30")))
    found = [(each.action, each.entry.rule, each.entry.review) for each in difference(before, now).ledger]
    assert found == [
        ("changed", "RENEWED", "2027-01-01"),
        ("added", "NEW", "2027-01-01"),
        ("added", "NEW", "2026-06-30"),
        ("removed", "GONE", "2027-01-01"),
        ("expired", "NEW", "2026-06-30"),
    ]
    assert [each.before.review for each in difference(before, now).ledger if each.before] == ["2026-03-01"]
    assert "expired" not in [each.action for each in difference(before, now, since=None).ledger]


def test_cases_and_coverage_are_compared_if_all_cases_were_planned() -> None:
    def planned(*names: str, coverage: dict[str, float] | None) -> RunResult:
        made = [CaseResult(name, Outcome.PASSED) for name in names]
        modules = [CoverageSummary(name, 1, 2, percent, None, ()) for name, percent in (coverage or {}).items()]
        return RunResult(cases=made, coverage=None if coverage is None else modules)

    before = planned("a/one", "a/two", coverage={"a": 90.0, "b": 50.0, "same": 100.0})
    found = difference(before, planned("a/one", "c/one", coverage={"a": 100.0, "c": 75.0, "same": 100.0}))
    assert (found.cases_added, found.cases_removed) == (("c/one",), ("a/two",))
    assert [(each.module, each.before, each.after) for each in found.coverage] == [
        ("a", 90.0, 100.0),
        ("b", 50.0, None),
        ("c", None, 75.0),
    ]
    broken = RunResult(cases=[CaseResult("a/one", Outcome.ERROR, (Problem("unsupported block"),))])
    for pair in ((broken, before), (before, broken)):
        partial = difference(*pair)
        assert (partial.cases_added, partial.coverage) == ((), ())
        assert [each.message for each in partial.incomparable] == [
            "cases and coverage could not be compared: unsupported block"
        ]


def test_a_base_that_was_not_scanned_is_reported_and_its_findings_do_not_count_as_new() -> None:
    missing = RunResult(compliance=ComplianceResult(errors=(Problem("tfsec was not found"),)))
    found = difference(missing, result(finding("a")))
    assert (found.opened, [each.message for each in found.incomparable]) == (
        (),
        ["findings and the ledger could not be compared: tfsec was not found"],
    )
    half = replace(result(), compliance=ComplianceResult(scans=SCANS, errors=(Problem("tfsec was not found"),)))
    assert len(difference(half, result()).incomparable) == 1


def test_a_finding_of_a_scan_that_is_not_complete_is_not_fixed() -> None:
    half = ComplianceResult(scans=SCANS, findings=(finding("n"),), errors=(Problem("tfsec was not found"),))
    found = difference(result(finding("a")), RunResult(compliance=half))

    assert ([each.address for each in found.opened], found.fixed) == (["n"], ())
    assert [each.message for each in found.incomparable] == [
        "fixed findings could not be compared: tfsec was not found"
    ]


def test_problems_that_the_base_had_are_known() -> None:
    def failing(*ids: str) -> RunResult:
        place = Place("tests/unit/a/cases.yaml", 1 + len(ids))
        return RunResult(cases=[CaseResult(each, Outcome.FAILED, (Problem(f"no {ids}"),), place) for each in ids])

    assert difference(failing("a/one", "a/two"), failing("a/two")).known_problems == (
        "plans: a/two: tests/unit/a/cases.yaml",
    )


QUEUE = 'resource "aws_sqs_queue" "{name}" {{\n}}\n'


def queues(*names: str) -> str:
    return "".join(QUEUE.format(name=name) for name in names)


def test_a_commit_is_scanned_and_compared_with_the_changed_checkout(repository: Repository) -> None:
    root = repository({"modules/queue/main.tf": queues("fixed", "kept")}, {})
    write(root, {"modules/queue/main.tf": queues("kept", "opened"), "modules/queue/variables.tf": "# new\n"})
    project = Project.find(root)
    selection = Selection(plans=False, stories=False)

    def rerun(former: Project) -> RunResult:
        with Services(former) as services:
            return verify(services, selection)

    base = base_of(project, "v1.2.0", None)
    assert base is not None
    found = compared(project, rerun(project), base, rerun)
    assert {each.address for each in found.opened} == {"aws_sqs_queue.opened"}
    assert {each.address for each in found.fixed} == {"aws_sqs_queue.fixed"}
    assert {str(each.place) for each in found.fixed} == {"modules/queue/main.tf:1"}
    assert (found.base, found.commit, found.incomparable) == ("v1.2.0", git(root, "rev-parse", "HEAD~1"), ())
    assert git(root, "status", "--porcelain") == "M modules/queue/main.tf\n?? modules/queue/variables.tf"


def test_a_project_that_the_base_does_not_have_is_not_an_error(repository: Repository) -> None:
    root = repository({"a.txt": "a"}, {"infra/pyproject.toml": "[tool.modproof]\n"})
    project = Project.find(root / "infra")
    base = base_of(project, "HEAD~1", None)
    assert base is not None

    def rerun(former: Project) -> RunResult:
        with Services(former) as services:
            return verify(services, Selection(plans=False, stories=False))

    found = compared(project, result(finding("a")), base, rerun)
    assert [each.message.partition(":")[0] for each in found.incomparable] == [
        "findings and the ledger could not be compared"
    ]


def test_permissions_of_a_commit_are_compared(repository: Repository) -> None:
    def permissions(action: str) -> str:
        statements = f'{{"plan": [], "apply": [{{"Action": ["{action}"], "Resource": ["*"]}}], "switches": {{}}}}'
        return f'{{"schema": 1, "modules": {{"queue": {statements}}}, "resource_types": {{}}}}'

    path = "docs/permissions.json"
    root = repository({path: permissions("sqs:CreateQueue")}, {path: permissions("sqs:TagQueue")})
    project = Project.find(root)
    base = base_of(project, "HEAD~1", None)
    assert base is not None
    found = compared(project, result(), base, lambda _: result())
    assert found.permissions == (PermissionChange("queue", "apply", ("sqs:TagQueue",), ("sqs:CreateQueue",)),)
    write(root, {path: "{"})
    unread = compared(project, result(), base, lambda _: result())
    assert unread.permissions == ()
    assert [each.message.partition(": ")[0] for each in unread.incomparable] == ["permissions could not be compared"]


def test_a_base_that_cannot_be_run_is_not_an_error_of_the_checkout(repository: Repository) -> None:
    project = Project.find(repository({"a.txt": "a"}, {}))
    base = base_of(project, "HEAD", None)
    assert base is not None

    def fails(_: Project) -> RunResult:
        raise CommandFailed("terraform failed")

    found = compared(project, result(), base, fails)
    assert [each.message for each in found.incomparable] == [
        "findings and the ledger could not be compared: terraform failed"
    ]


def test_a_base_that_git_cannot_write_is_not_an_error_of_the_checkout(repository: Repository) -> None:
    project = Project.find(repository({"a.txt": "a"}, {}))
    found = compared(project, result(), Base("gone", "0" * 40), lambda _: result())
    (problem,) = found.incomparable
    assert problem.message.startswith("findings and the ledger could not be compared: git ")


def test_the_base_is_where_the_branch_began(repository: Repository) -> None:
    root = repository({"a.txt": "a"}, {"a.txt": "b"})
    git(root, "checkout", "--quiet", "-b", "topic", "HEAD~1")
    git(root, "commit", "--quiet", "--allow-empty", "--message=topic")
    found = base_of(Project.find(root), "main", None)
    assert found == Base("main", git(root, "rev-parse", "HEAD~1"))


@pytest.mark.parametrize("reference", ["no-such-branch", "HEAD~99", "", "--all", "main:a.txt"])
def test_an_unknown_commit_is_refused(repository: Repository, reference: str) -> None:
    project = Project.find(repository({"a.txt": "a"}, {}))
    with pytest.raises(ConfigurationError, match=r"there is no commit .*shallow clone.*--base-report FILE"):
        base_of(project, reference, None)


def test_a_shallow_clone_says_what_to_do(repository: Repository, tmp_path: Path) -> None:
    root = repository({"a.txt": "a"}, {})
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{root}", "shallow")
    shallow = Project.find(tmp_path / "shallow")
    with pytest.raises(ConfigurationError, match=r"fetch it \(a shallow clone has only its own commit\)"):
        base_of(shallow, "HEAD~1", None)
    assert base_of(shallow, "HEAD", None) == Base("HEAD", git(root, "rev-parse", "HEAD"))


def test_a_folder_without_git_and_an_invalid_report_are_refused(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with pytest.raises(CommandFailed, match=r"not a git repository.*--base-report FILE"):
        base_of(project, "main", None)
    with pytest.raises(ConfigurationError, match=r"none\.json: cannot be read"):
        base_of(project, None, tmp_path / "none.json")
    assert base_of(project, None, None) is None


def test_a_report_is_compared_without_git(tmp_path: Path) -> None:
    project = Project(tmp_path)
    before = replace(result(finding("a")), started=datetime(2026, 1, 1, tzinfo=UTC), revision="c0ffee")
    report.write(before, project, tmp_path / "base")
    base = base_of(project, None, tmp_path / "base" / "report.json")
    assert base is not None
    found = compared(project, result(), base, lambda _: result(), today=date(2026, 7, 1))
    assert (found.commit, [each.address for each in found.fixed]) == ("c0ffee", ["a"])


def test_a_finding_whose_suppression_changed_is_updated() -> None:
    before = result(finding("a"), accepted=(finding("b"),))
    now = result(finding("b"), finding("c"), accepted=(finding("a"), finding("d")))
    found = difference(before, now)
    assert [each.address for each in found.updated] == ["b", "a"]
    assert found.findings_compared
    assert not difference(RunResult(), now).findings_compared


def test_permissions_are_compared_with_an_earlier_report(repository: Repository) -> None:
    def actions(action: str) -> dict[str, dict[str, list[str]]]:
        return {"queue": {"plan": [], "apply": [action]}}

    project = Project.find(repository({"a.txt": "a"}, {}))
    now = replace(result(), permissions=actions("sqs:TagQueue"))
    earlier = replace(result(), permissions=actions("sqs:CreateQueue"))
    found = compared(project, now, Base("report.json", result=earlier), lambda _: result())
    assert found.permissions == (PermissionChange("queue", "apply", ("sqs:TagQueue",), ("sqs:CreateQueue",)),)
    unknown = compared(project, now, Base("report.json", result=result()), lambda _: result())
    assert [each.message for each in unknown.incomparable] == [
        "permissions could not be compared: there is no result of permissions"
    ]
    assert compared(project, result(), Base("report.json", result=earlier), lambda _: result()).permissions == ()
