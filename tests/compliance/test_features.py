"""Complete examples have only findings that no module input can fix.

Plans are scanned instead of code: they contain the actual resources. In code, checkov assumes that every `for_each` it
cannot evaluate creates a resource, and that a null input may be set.
"""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modproof import stories, toolchain
from modproof.cases import Case, Expect, load_all
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.project import Project
from modproof.run.services import Services
from modproof.terraform.plan_json import configured_arguments

# with `-n 2 --dist loadgroup`, one process makes the plans and scans them
pytestmark = pytest.mark.xdist_group("plans")

PROJECT = Project.find(Path(__file__))
EXAMPLES = sorted(path.parent.name for path in (PROJECT.root / "examples").glob("*/main.tf"))

COMPLETE = {
    "data-buckets": "data-buckets-complete",
    "encryption-key": "leftover-guard",
    "endpoint": "endpoint-provisioned",
    "execution-role": "notebook-stack-private",
    "leftover-guard": "leftover-guard",
    "log-groups": "notebook-stack-private",
    "mlflow": "mlflow",
    "model-registry": "model-registry",
    "monitor": "endpoint-provisioned",
    "network": "network-complete",
    "notebook": "notebook-stack-private",
    "studio-domain": "studio",
}
"""Each module's example with all inputs enabled that fix findings, as named in the module's README."""
WITHOUT_RULES = {"mlflow"}
"""Calls of modules with resources that checkov has no rule for."""
IN_TREES = {"deployer-role": "pipeline"}
"""Modules that only a Terragrunt tree uses."""


@dataclass(frozen=True)
class Open:
    """Accepted findings of a rule in some examples. ``resource`` is a regular expression for the full address."""

    rule: str
    resource: str
    why: str
    examples: tuple[str, ...] = (*EXAMPLES,)

    def covers(self, example: str, rule: str, resource: str) -> bool:
        return self.rule == rule and example in self.examples and re.fullmatch(self.resource, resource) is not None


LOGS = r"(module\.\w+\.)?aws_s3_bucket\.access_logs\[0\]"
BUCKETS = rf'module\.data_buckets\.aws_s3_bucket\.this\[".*"\]|{LOGS}'
NOTEBOOK = r"module\.notebook\.aws_sagemaker_notebook_instance\.this"
MONITOR = r"module\.monitor\[0\]\.aws_sagemaker_data_quality_job_definition\.this"
GROUPS = r'module\.network\.aws_security_group\.this\[".*"\]'

BEYOND_A_SWITCH = [
    Open("CKV_AWS_145", LOGS, "S3 delivers access logs to SSE-S3 buckets only"),
    Open("CKV2_AWS_68", NOTEBOOK, "checkov does not follow a role across modules, see the ledger"),
    Open("CKV2_AWS_5", GROUPS, "other modules attach the groups, and checkov sees only one of a for_each attached"),
    Open(
        "CKV_AWS_98",
        r"module\.endpoint\.aws_sagemaker_endpoint_configuration\.this",
        "SageMaker accepts no volume key for serverless endpoints",
        ("endpoint-serverless",),
    ),
    Open(
        "CKV_AWS_370",
        r'module\.endpoint\.aws_sagemaker_model\.this\["linear"\]',
        "SageMaker does not support network isolation for serverless endpoints",
        ("endpoint-serverless",),
    ),
    *(
        Open(
            rule,
            MONITOR,
            "the keys are known after apply, and checkov misses them in nested blocks",
            ("endpoint-provisioned",),
        )
        for rule in ("CKV_AWS_367", "CKV_AWS_368")
    ),
]

ON_DEMAND = {"CKV2_AWS_61", "CKV2_AWS_62", "CKV_AWS_144"}
"""Lifecycle, notifications, replication: off by default, because they cost money or delete data."""

LEFT_OFF = [
    *(
        Open(
            rule,
            BUCKETS,
            "costs money or deletes data",
            ("endpoint-async", "endpoint-shadow", "notebook-stack", "studio"),
        )
        for rule in sorted(ON_DEMAND)
    ),
    Open("CKV_AWS_122", NOTEBOOK, "a notebook without a VPC needs direct internet access", ("notebook-stack",)),
    Open("CKV_AWS_306", NOTEBOOK, "a notebook without a VPC", ("notebook-stack",)),
]
"""Findings that complete examples fix. An example may be complete for one module and plain for its buckets."""

UNTIL_APPLIED = {
    "CKV_AWS_22": "kms_key_id",
    "CKV_AWS_26": "kms_master_key_id",
    "CKV_AWS_98": "kms_key_arn",
    "CKV_AWS_158": "kms_key_id",
    "CKV_AWS_187": "kms_key_id",
    "CKV_AWS_306": "subnet_id",
}
"""Rules that require an attribute, and miss a value that is known after apply, such as a key ARN or a subnet ID.
They pass with a literal value."""
OF_TFSEC = {
    "aws-iam-no-policy-wildcards": "names of jobs, log streams, network interfaces and apps are not known in advance",
    "aws-s3-enable-bucket-logging": "the access log bucket would log its own requests",
    "aws-s3-encryption-customer-key": "S3 delivers access logs to SSE-S3 buckets only",
}
"""Findings of tfsec in complete examples that no input can fix; S3 findings only for the access log bucket."""
WRITTEN_OUT = ["endpoint", "leftover-guard", "log-groups", "network", "notebook", "studio-domain"]


@dataclass(frozen=True)
class Scanned:
    """A plan, with rule and address of each check that checkov passed and failed without settings."""

    plan: Any
    passed: frozenset[tuple[str, str]]
    failed: frozenset[tuple[str, str]]

    def satisfied(self) -> set[tuple[str, str]]:
        """Return the checks that passed, and those that failed only because a value is known after apply."""
        return {*self.passed, *(one for one in self.failed if self.only_known_after_apply(*one))}

    def only_known_after_apply(self, rule: str, address: str) -> bool:
        """Return whether the rule's attribute is set to a value known after apply."""
        attribute = UNTIL_APPLIED.get(rule, "")
        change = next(change for change in self.plan["resource_changes"] if change["address"] == address)
        expression = configured_arguments(self.plan, address).get(attribute, {})
        return change["change"]["after_unknown"].get(attribute) is True and bool(expression.get("references"))


def as_case(example: str) -> Case:
    """Return an example with its story's variables as a case for the planner."""
    story = stories.load(PROJECT.stories / f"{example}.yaml", PROJECT)
    return Case(
        module=f"examples/{example}",
        name="story",
        folder=story.example,
        variables=story.variables,
        unknown=(),
        expect=Expect(),
        rejects=None,
        place=story.place,
        document=story.document,
        root=PROJECT.root,
    )


@functools.cache
def all_cases() -> tuple[Case, ...]:
    """Return every case of the project. Loading them takes seconds."""
    return load_all(PROJECT).cases


def of_module(module: str, *names: str) -> Iterator[Case]:
    """Yield a module's cases by name."""
    known = {case.name: case for case in all_cases() if case.module == module}
    yield from (known[name] for name in names)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Scanned]:
    """Every example by name, and some cases by ID, scanned in one run of checkov."""
    wanted = {example: as_case(example) for example in EXAMPLES}
    wanted |= {case.id: case for case in of_module("data-buckets", "minimal", "every_feature")}
    wanted |= {case.id: case for module in WRITTEN_OUT for case in of_module(module, "minimal")}
    with Services(PROJECT, use_cache=not request.config.getoption("modproof_no_cache")) as services:
        planned = services.plan(list(wanted.values()))
    plans = {name: planned[case.id].plan for name, case in wanted.items()}
    assert [f"{name}: {planned[wanted[name].id].errors}" for name, plan in plans.items() if plan is None] == []

    folder = tmp_path_factory.mktemp("plans")
    files = {f"/{number}.json": name for number, name in enumerate(plans)}
    for file, name in files.items():
        (folder / file[1:]).write_text(json.dumps(dict(plans[name] or {}), indent=1), encoding="utf-8")
    completed = process.run(
        [
            str(Path(sys.executable).with_name("checkov")),
            *(argument for file in files for argument in ("--file", f"{folder}{file}")),
            *("--framework", "terraform_plan", "--skip-download", "--soft-fail", "--output", "json"),
        ],
        cwd=folder,  # checkov reads .checkov.yaml from the working folder
        env=base_environment(),
    )
    report = json.loads(completed.stdout)
    assert report["summary"]["parsing_errors"] == 0
    results: dict[str, dict[str, set[tuple[str, str]]]] = {name: {"passed": set(), "failed": set()} for name in plans}
    for kind in ("passed", "failed"):
        for check in report["results"][f"{kind}_checks"]:
            results[files[check["file_path"]]][kind].add((check["check_id"], check["resource"]))
    return {
        name: Scanned(plans[name], frozenset(found["passed"]), frozenset(found["failed"]))
        for name, found in results.items()
    }


def test_features_that_are_off_are_found(scanned: dict[str, Scanned]) -> None:
    off = scanned["data-buckets/minimal"]
    buckets = {f'aws_s3_bucket.this["{key}"]' for key in ("model", "output", "training")}
    logs = "aws_s3_bucket.access_logs[0]"
    assert off.failed == {(rule, bucket) for rule in ON_DEMAND for bucket in {*buckets, logs}} | {("CKV_AWS_145", logs)}


def test_with_every_feature_on_only_what_no_switch_mends_is_left(scanned: dict[str, Scanned]) -> None:
    assert scanned["data-buckets/every_feature"].failed == {("CKV_AWS_145", "aws_s3_bucket.access_logs[0]")}


def test_each_module_says_which_example_is_its_complete_one() -> None:
    assert sorted(COMPLETE | IN_TREES) == sorted(folder.name for folder in PROJECT.modules.iterdir())
    for module, example in (COMPLETE | IN_TREES).items():
        text = (PROJECT.modules / module / "README.md").read_text(encoding="utf-8")
        assert f"Complete: [`examples/{example}`](../../examples/{example})" in text
        folder = PROJECT.root / "examples" / example
        if module in COMPLETE:
            code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.tf"))
            assert f'"../../modules/{module}"' in code
        else:
            assert any(f"//modules/{module}?" in file.read_text(encoding="utf-8") for file in folder.rglob("*.hcl"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_leaves_open_what_is_named_and_nothing_else(example: str, scanned: dict[str, Scanned]) -> None:
    allowed = [*BEYOND_A_SWITCH, *LEFT_OFF]
    found = scanned[example]
    left = {
        (rule, resource)
        for rule, resource in found.failed - found.satisfied()
        if not any(one.covers(example, rule, resource) for one in allowed)
    }
    assert left == set()

    called = {_without_key(resource.split(".")[1]) for _, resource in found.passed if resource.startswith("module.")}
    in_plan = {*found.plan["configuration"]["root_module"]["module_calls"]}
    assert called == in_plan - WITHOUT_RULES, "a module was not scanned"
    assert len(found.passed) > 30, "so few checks that hardly anything can have been scanned"


@pytest.mark.parametrize("entry", [*BEYOND_A_SWITCH, *LEFT_OFF], ids=lambda entry: entry.rule)
def test_what_is_named_is_found(entry: Open, scanned: dict[str, Scanned]) -> None:
    found = {example for example in EXAMPLES for one in scanned[example].failed if entry.covers(example, *one)}
    assert found, f"{entry.rule} is no longer found: {entry.why}"
    assert entry.examples == (*EXAMPLES,) or found == {*entry.examples}


@pytest.mark.parametrize("entry", LEFT_OFF, ids=lambda entry: entry.rule)
def test_what_plain_examples_leave_off_is_on_in_a_complete_one(entry: Open, scanned: dict[str, Scanned]) -> None:
    on = {
        (example, resource)
        for example in COMPLETE.values()
        for rule, resource in scanned[example].satisfied()
        if rule == entry.rule and re.fullmatch(entry.resource, resource)
    }
    off = {
        (example, resource)
        for example in COMPLETE.values()
        for rule, resource in scanned[example].failed - scanned[example].satisfied()
        if rule == entry.rule and not entry.covers(example, rule, resource)
    }
    assert on
    assert off == set()


@pytest.mark.parametrize("rule", UNTIL_APPLIED)
def test_what_only_an_apply_tells_passes_where_it_is_written_out(rule: str, scanned: dict[str, Scanned]) -> None:
    hidden = {
        resource
        for example in EXAMPLES
        for found, resource in scanned[example].failed
        if found == rule and scanned[example].only_known_after_apply(rule, resource)
    }
    assert hidden, f"{rule} is no longer found in any example for want of an apply"
    for resource in hidden:
        _, call, within = resource.split(".", 2)
        passed = scanned[f"{_without_key(call).replace('_', '-')}/minimal"].passed
        assert (rule, _without_key(within)) in {(other, _without_key(address)) for other, address in passed}


def _without_key(address: str) -> str:
    return address.partition("[")[0]


def test_checkov_sees_one_attached_group_of_those_that_a_reference_may_mean(scanned: dict[str, Scanned]) -> None:
    """Why no input fixes CKV2_AWS_5: the endpoints' group is reported as unattached, though each endpoint uses it.

    checkov resolves a reference to `aws_security_group.this[…]` to the first instance that it finds
    (`_find_vertex_with_best_match` in checkov/terraform/graph_builder/local_graph.py of 3.3.30).
    """
    found = scanned["network/minimal"]
    attached = configured_arguments(found.plan, 'aws_vpc_endpoint.interface["sts"]')["security_group_ids"]["references"]
    assert "aws_security_group.this" in attached
    verdicts = {resource: "passed" for rule, resource in found.passed if rule == "CKV2_AWS_5"}
    verdicts |= {resource: "failed" for rule, resource in found.failed if rule == "CKV2_AWS_5"}
    assert sorted(verdicts.values()) == ["failed", "failed", "failed", "passed"]
    assert verdicts['aws_security_group.this["vpc-endpoints"]'] == "failed"


def test_tfsec_finds_nothing_in_complete_examples_that_a_switch_mends() -> None:
    program = toolchain.ensure("tfsec")
    found: set[str] = set()
    for example in sorted({*COMPLETE.values()}):
        completed = process.run(
            [str(program), example, "--no-ignores", "--no-module-downloads", "--soft-fail", "--format", "json"],
            cwd=PROJECT.root / "examples",  # a folder below the root is scanned without the root's .tfsec/
            env=base_environment(),
        )
        for result in json.loads(completed.stdout)["results"] or []:
            found.add(result["long_id"])
            if result["long_id"].startswith("aws-s3-"):
                assert result["location"]["filename"].endswith("modules/data-buckets/access_logs.tf"), result
    assert found == {*OF_TFSEC}
