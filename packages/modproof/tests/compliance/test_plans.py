"""Plans of cases: what only they show is a finding at the code that it belongs to, once for each rule and address."""

from __future__ import annotations

from typing import Any

from modproof.compliance import CasePlan, Plans, scan
from modproof.compliance.scanners import Checkov, PlanFinding, PlanScan, RawFinding
from modproof.core.results import ComplianceResult, Finding, Outcome, Place, Problem

from .conftest import TODAY, Site, StubPlans

MAIN = "modules/notebook/main.tf"
NOTEBOOK = "aws_sagemaker_notebook_instance.this"
OPEN = PlanFinding("CKV_AWS_122", NOTEBOOK, ("direct_internet_access",))
CASE = CasePlan("notebook/complete", Place("tests/unit/notebook/cases.yaml", 9), "modules/notebook", {})
CALL = CasePlan(
    "notebook/example_stack",
    Place("examples/stack/main.tf", 1),
    "modules/notebook",
    {},
    Place("examples/stack/main.tf", 1),
)


def planned(*changes: dict[str, Any], **expressions: dict[str, Any]) -> dict[str, Any]:
    """A plan with one resource block."""
    [address] = {change["address"].partition("[")[0] for change in changes}
    resources = [{"address": address, "expressions": expressions}]
    return {"resource_changes": changes, "configuration": {"root_module": {"resources": resources}}}


def unknown(address: str, **after_unknown: Any) -> dict[str, Any]:
    return {"address": address, "change": {"after_unknown": after_unknown}}


def scanned(site: Site, plans: list[CasePlan], *scans: PlanScan, errors: tuple[Problem, ...] = ()) -> ComplianceResult:
    site.checkov.plans = StubPlans(*scans)
    return site.scan(plans=lambda: Plans(tuple(plans), errors))


def shown(findings: tuple[Finding, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.address, str(one.place), one.seen_in) for one in findings]


def test_a_finding_of_a_case_is_at_the_block(site: Site) -> None:
    result = scanned(site, [CASE], PlanScan(7, 2, (OPEN,)))

    assert result.outcome is Outcome.FAILED
    assert shown(result.findings) == [(NOTEBOOK, f"{MAIN}:6", ("plan",))]
    assert [(one.checks, one.resources, one.plans) for one in result.scans if one.scanner == "checkov"] == [
        (10, 6, 0),
        (7, 2, 1),
    ]


def test_a_finding_of_a_call_is_at_the_call(site: Site) -> None:
    result = scanned(site, [CALL], PlanScan(1, 1, (OPEN,)))

    assert shown(result.findings) == [(f"module.notebook.{NOTEBOOK}", "examples/stack/main.tf:1", ("plan",))]


def test_what_code_and_plan_show_is_one_finding(site: Site) -> None:
    site.finds("checkov", "modules/notebook", RawFinding("CKV_AWS_122", MAIN, 6, NOTEBOOK))
    one = PlanScan(
        1, 1, (PlanFinding("CKV_AWS_122", f'{NOTEBOOK}["a"]'), PlanFinding("CKV_AWS_122", f'{NOTEBOOK}["b"]'))
    )

    result = scanned(site, [CASE, CALL], one, PlanScan(1, 1, (OPEN,)))

    assert shown(result.findings) == [(NOTEBOOK, f"{MAIN}:6", ("code", "plan"))]


def test_the_values_of_a_case_hide_no_finding_of_a_call(site: Site) -> None:
    site.finds("checkov", "examples/stack", RawFinding("CKV_AWS_122", MAIN, 6, f"module.notebook.{NOTEBOOK}"))

    result = scanned(site, [CASE, CALL], PlanScan(1, 1, (OPEN,)), PlanScan(1, 1, (OPEN,)))

    assert shown(result.findings) == [
        (f"module.notebook.{NOTEBOOK}", "examples/stack/main.tf:1", ("code", "plan")),
        (NOTEBOOK, f"{MAIN}:6", ("plan",)),
    ]


def test_a_value_known_after_apply_leaves_a_check_undecided(site: Site) -> None:
    key = {"references": ["var.key"]}
    cases = {
        "set to a reference": (planned(unknown(NOTEBOOK, kms_key_id=True), kms_key_id=key), "kms_key_id", True),
        "computed by the provider": (planned(unknown(NOTEBOOK, kms_key_id=True)), "kms_key_id", False),
        "known": (planned(unknown(NOTEBOOK, arn=True), kms_key_id=key), "kms_key_id", False),
        "in a block": (planned(unknown(NOTEBOOK, rule=[{}, {"id": True}])), "rule/[1]/id", True),
        "in any block": (planned(unknown(NOTEBOOK, rule=[{}, {"id": True}])), "rule/*/id", True),
        "without the index": (planned(unknown(NOTEBOOK, rule=[{"id": True}])), "rule/id", True),
        "another in the block": (planned(unknown(NOTEBOOK, rule=[{"arn": True}])), "rule/[0]/id", False),
    }
    for name, (plan, path, undecided) in cases.items():
        case = CasePlan("notebook/complete", CASE.place, CASE.folder, {**plan, "format_version": name})
        result = scanned(site, [case], PlanScan(1, 1, (PlanFinding("CKV_AWS_122", NOTEBOOK, (path,)),)))
        assert (len(result.undecided), len(result.findings)) == ((1, 0) if undecided else (0, 1)), name
        assert result.outcome is (Outcome.PASSED if undecided else Outcome.FAILED), name


def test_an_undecided_check_of_a_finding_is_not_repeated(site: Site) -> None:
    site.finds("checkov", "modules/notebook", RawFinding("CKV_AWS_122", MAIN, 6, NOTEBOOK))
    plan = planned(unknown(NOTEBOOK, kms_key_id=True), kms_key_id={"references": ["var.key"]})
    case = CasePlan(CALL.case, CALL.place, CALL.folder, plan, CALL.call)

    result = scanned(site, [case], PlanScan(1, 1, (PlanFinding("CKV_AWS_122", NOTEBOOK, ("kms_key_id",)),)))

    assert (len(result.findings), result.undecided) == (1, ())


def test_a_case_without_a_plan_is_an_error_and_no_entry_is_unused(site: Site) -> None:
    site.ledger("""\
        ignores:
          - scanner: checkov
            rule: CKV_AWS_122
            description: Ensure that direct internet access is disabled
            reason: no VPC
            scope: [{path: examples/stack/main.tf}]
            owner: platform
            review: 2027-05-31
        """)
    missing = Problem("notebook/complete could not be planned", CASE.place)

    result = scanned(site, [], errors=(missing,))

    assert (result.outcome, result.errors, result.problems) == (Outcome.ERROR, (missing,), ())
    broken = scanned(site, [CASE], PlanScan(error="checkov failed: KeyError: 'x'"))
    assert [str(error) for error in broken.errors] == [
        "tests/unit/notebook/cases.yaml:9: the plan of notebook/complete was not scanned: checkov failed: KeyError: 'x'"
    ]


def test_only_changed_plans_are_scanned(site: Site) -> None:
    scanned(site, [CASE], PlanScan(1, 1))
    assert site.checkov.plans is not None
    assert site.checkov.plans.scanned == 1

    scanned(site, [CASE, CasePlan("notebook/other", CASE.place, CASE.folder, {"variables": 1})], PlanScan(1, 1))
    assert site.checkov.plans.scanned == 0
    scanned(site, [CasePlan("notebook/other", CASE.place, CASE.folder, {"planned_values": {}})], PlanScan(1, 1))
    assert site.checkov.plans.scanned == 1


def test_plans_of_folders_that_are_not_scanned_are_left_out(site: Site) -> None:
    site.write("pyproject.toml", '[tool.modproof]\nscan = ["modules"]\n')

    result = scanned(site, [CALL], PlanScan(1, 1, (OPEN,)))

    assert (result.findings, [one.plans for one in result.scans]) == ((), [0, 0])


def test_checkov_scans_a_plan(site: Site) -> None:
    site.write(
        "modules/notebook/main.tf",
        """\
variable "key" {}
variable "queues" { type = map(string) }

resource "aws_sns_topic" "this" {
  name              = "demo"
  kms_master_key_id = var.key
}

resource "aws_sqs_queue" "this" {
  for_each = var.queues
  name     = each.key
}
""",
    )
    topic = {"address": "aws_sns_topic.this", "mode": "managed", "type": "aws_sns_topic", "name": "this"}
    queue = {
        "address": 'aws_sqs_queue.this["a"]',
        "mode": "managed",
        "type": "aws_sqs_queue",
        "name": "this",
        "index": "a",
    }
    change = {"actions": ["create"], "before": None}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {
            "root_module": {"resources": [{**topic, "values": {"name": "demo"}}, {**queue, "values": {"name": "a"}}]}
        },
        "resource_changes": [
            {**topic, "change": {**change, "after": {"name": "demo"}, "after_unknown": {"kms_master_key_id": True}}},
            {**queue, "change": {**change, "after": {"name": "a"}, "after_unknown": {}}},
        ],
        "configuration": {
            "root_module": {
                "resources": [
                    {**topic, "expressions": {"kms_master_key_id": {"references": ["var.key"]}}},
                    {**queue, "address": "aws_sqs_queue.this", "expressions": {}},
                ]
            }
        },
    }

    result = scan(
        site.project,
        today=TODAY,
        scanners=lambda _: (Checkov(),),
        plans=lambda: Plans((CasePlan(CASE.case, CASE.place, CASE.folder, plan),)),
    )

    assert result.errors == ()
    assert [(one.rule, one.address, one.place.line) for one in result.undecided] == [
        ("CKV_AWS_26", "aws_sns_topic.this", 4)
    ]
    assert ("CKV_AWS_27", 9) in {(one.rule, one.place.line) for one in result.findings if "plan" in one.seen_in}
