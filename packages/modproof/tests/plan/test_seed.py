"""A case with seed calls is planned against the emulator."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from modproof import toolchain
from modproof.cases import Case, Planned, judge
from modproof.core.cache import Cache
from modproof.core.errors import EmulatorError
from modproof.core.project import Project
from modproof.core.results import Outcome
from modproof.emulator import Emulator
from modproof.plan import Planner
from modproof.terraform.plan_json import planned_outputs

from ..conftest import MakeProject, load, make_planner

LOOKUP = """
data "aws_ssm_parameter" "name" { name = "/name" }
data "aws_vpc" "this" {
  tags = { Name = "main" }
}
data "aws_subnets" "this" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
}
resource "aws_security_group" "this" {
  for_each = toset(data.aws_subnets.this.ids)
  name     = nonsensitive(data.aws_ssm_parameter.name.value)
  vpc_id   = data.aws_vpc.this.id
}
output "cidr" { value = data.aws_vpc.this.cidr_block }
"""

CASES = """
cases:
  found: &seeded
    seed:
      - call: ssm.put_parameter
        with: {Name: /name, Value: "${account}-${region}", Type: String}
      - call: ec2.create_vpc
        with:
          CidrBlock: 10.7.0.0/16
          TagSpecifications: [{ResourceType: vpc, Tags: [{Key: Name, Value: main}]}]
    expect:
      resources: {aws_security_group: 0}
      outputs: {cidr: 10.7.0.0/16}
  nothing_there:
    seed: [{call: ssm.put_parameter, with: {Name: /other, Value: x, Type: String}}]
  plain:
    answers:
      data.aws_ssm_parameter.name: {value: x}
      data.aws_vpc.this: {id: vpc-1, cidr_block: 10.0.0.0/16}
      data.aws_subnets.this: {ids: [a, b]}
    expect: {resources: {aws_security_group: 2}}
  bad_call:
    seed:
      - {call: ssm.put_parameter, with: {Name: /name, Value: x, Type: String}}
      - {call: ssm.put_parameter, with: {Name: /name}}
  no_such_call:
    seed: [{call: ssm.put_paramter}]
"""


def plan(project: Project, cases: Sequence[Case], emulator: object, cache: Path | None = None) -> dict[str, Planned]:
    terraform = toolchain.find("terraform")
    assert terraform is not None
    planner = Planner(
        project,
        binary=terraform.path,
        version=terraform.version,
        cache=Cache(cache) if cache else None,
        emulator=lambda: emulator,  # type: ignore[arg-type,return-value]
    )
    return planner.plan(cases)


def lookup(make_project: MakeProject) -> tuple[Project, dict[str, Case]]:
    project, found = load(make_project({"modules/lookup/main.tf": LOOKUP, "tests/unit/lookup/cases.yaml": CASES}))
    return project, {case.name: case for case in found if case.module == "lookup"}


def test_data_sources_are_read_from_the_seeded_account(make_project: MakeProject, localstack: Emulator) -> None:
    project, cases = lookup(make_project)
    planned = plan(project, list(cases.values()), localstack)
    results = {name: judge(case, planned[case.id]) for name, case in cases.items()}
    outcomes = {name: result.outcome for name, result in results.items()}
    assert outcomes == {
        "found": Outcome.PASSED,
        "plain": Outcome.PASSED,
        "nothing_there": Outcome.FAILED,
        "bad_call": Outcome.ERROR,
        "no_such_call": Outcome.ERROR,
    }
    bad, unknown = results["bad_call"].problems[0], results["no_such_call"].problems[0]
    assert "the seed call ssm.put_parameter failed" in bad.message
    assert "did you mean 'put_parameter'?" in unknown.message
    lines = CASES.splitlines()
    assert [p.place.line for p in (bad, unknown) if p.place and p.place.line] == [
        lines.index("      - {call: ssm.put_parameter, with: {Name: /name}}") + 1,
        lines.index("    seed: [{call: ssm.put_paramter}]") + 1,
    ]


def test_the_seed_is_an_input_of_the_cache(make_project: MakeProject, localstack: Emulator, tmp_path: Path) -> None:
    module = 'data "aws_vpcs" "this" {}\noutput "count" { value = length(data.aws_vpcs.this.ids) }\n'
    found = []
    call = "{call: ec2.create_vpc, with: {CidrBlock: 10.7.0.0/16}}"
    for number in (1, 1, 2):
        text = f"cases:\n  one: {{seed: [{', '.join([call] * number)}]}}\n"
        project, cases = load(make_project({"modules/vpc/main.tf": module, "tests/unit/vpc/cases.yaml": text}))
        case = next(case for case in cases if case.module == "vpc")
        result = plan(project, [case], localstack, tmp_path / "cache")[case.id]
        found.append((planned_outputs(result.plan or {})["count"].value, result.from_cache))
    assert found == [(2, False), (2, True), (3, False)]  # with the default VPC of the account


def test_a_seeded_case_without_the_emulator_is_an_error_and_others_are_planned(make_project: MakeProject) -> None:
    project, cases = lookup(make_project)

    def missing() -> Emulator:
        raise EmulatorError("LocalStack is not there", hint="install it")

    terraform = toolchain.find("terraform")
    assert terraform is not None
    planner = Planner(project, binary=terraform.path, version=terraform.version, cache=None, emulator=missing)
    planned = planner.plan([cases["found"], cases["plain"]])
    assert planned["lookup/plain"].plan is not None
    judged = judge(cases["found"], planned["lookup/found"])
    assert judged.outcome is Outcome.ERROR
    assert judged.problems[0].message == "not planned: `seed` needs the emulator: LocalStack is not there; install it"


def test_without_the_integration_extra_the_error_names_it(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch, localstack: Emulator
) -> None:
    project, cases = lookup(make_project)
    for name in ("boto3", "botocore.exceptions", "modproof.emulator.session"):
        monkeypatch.setitem(sys.modules, name, None)
    planned = plan(project, [cases["found"]], localstack)
    assert 'pip install "modproof[integration]"' in planned["lookup/found"].errors[0].text


def test_an_answer_and_a_seed_may_be_combined(make_project: MakeProject, localstack: Emulator) -> None:
    text = """
cases:
  both:
    seed: [{call: ssm.put_parameter, with: {Name: /name, Value: seeded, Type: String}}]
    answers:
      data.aws_vpc.this: {id: vpc-1, cidr_block: 10.0.0.0/16}
      data.aws_subnets.this: {ids: [a]}
    expect: {values: {'aws_security_group.this["a"]': {name: seeded, vpc_id: vpc-1}}}
"""
    project, found = load(make_project({"modules/lookup/main.tf": LOOKUP, "tests/unit/lookup/cases.yaml": text}))
    case = next(case for case in found if case.module == "lookup")
    assert judge(case, plan(project, [case], localstack)[case.id]).problems == ()


def test_a_planner_without_an_emulator_says_so(make_project: MakeProject) -> None:
    project, cases = lookup(make_project)
    assert make_planner(project).plan([cases["found"]])["lookup/found"].errors[0].usage
