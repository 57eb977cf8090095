"""What checkov says of a plan: each check that data-buckets leaves open is met once its feature is on, and complete
examples have them on.

The plan is scanned and not the code: it shows which resources there really are, where checkov takes every `for_each`
that it cannot work out for one that makes something.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from modproof import process, toolchain
from modproof.environment import aws_environment, base_environment
from modproof.lifecycle.workspace import workspace
from modproof.project import Project
from modproof.recorder import recording
from modproof.stories import load
from modproof.terraform import Terraform

PROJECT = Project.find(Path(__file__))

BUCKETS = {f'aws_s3_bucket.this["{key}"]' for key in ("model", "output", "training")}
LOGS = "aws_s3_bucket.access_logs[0]"
ON_DEMAND = {"CKV2_AWS_61", "CKV2_AWS_62", "CKV_AWS_144"}
"""Life cycle, notifications, replication: off until asked for, as they cost money or delete data."""

BEYOND_A_SWITCH = {("CKV_AWS_145", LOGS)}
"""S3 delivers access logs to buckets with keys of its own only."""


def findings(plan: Any, folder: Path) -> set[tuple[str, str]]:
    """Rule and address of everything that checkov finds in a plan, without any settings."""
    file = folder / "plan.json"
    file.write_text(json.dumps(dict(plan), indent=1), encoding="utf-8")
    completed = process.run(
        [
            str(Path(sys.executable).with_name("checkov")),
            *("--file", str(file), "--framework", "terraform_plan"),
            *("--skip-download", "--soft-fail", "--output", "json"),
        ],
        cwd=folder,  # checkov reads .checkov.yaml of the working folder unasked
        env=base_environment(),
    )
    report = json.loads(completed.stdout)
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 50, "so few checks that hardly anything can have been scanned"
    return {(check["check_id"], check["resource"]) for check in report["results"]["failed_checks"]}


def test_features_that_are_off_are_found(planned: Any, tmp_path: Path) -> None:
    open_checks = {(rule, bucket) for rule in ON_DEMAND for bucket in {*BUCKETS, LOGS}}
    assert findings(planned("data-buckets", "minimal"), tmp_path) == open_checks | BEYOND_A_SWITCH


def test_with_every_feature_on_only_what_no_switch_mends_is_left(planned: Any, tmp_path: Path) -> None:
    assert findings(planned("data-buckets", "every_feature"), tmp_path) == BEYOND_A_SWITCH


def example_plan(name: str) -> Any:
    """The plan of an example with its story's variables, made without an emulator."""
    story = load(PROJECT.stories / f"{name}.yaml", PROJECT)
    with workspace(PROJECT, PROJECT.root / "examples" / name) as copy, recording() as recorder:
        copy.write_variables(story.variables)
        cli_config = toolchain.terraform_cli_config(PROJECT.state)
        environment = aws_environment(endpoint_url=recorder.endpoint_url, extra={"TF_CLI_CONFIG_FILE": str(cli_config)})
        terraform = Terraform(copy.folder, binary=toolchain.ensure("terraform"), env=environment)
        with toolchain.initialising(PROJECT.root):
            assert terraform.initialise() == ()
        file = copy.folder / "example.tfplan"
        assert terraform.plan_to(file, arguments=[f"-var-file={copy.variables_file}"]).errors == ()
        return terraform.show_plan(file)


def test_the_complete_example_of_the_buckets_leaves_only_what_no_switch_mends(tmp_path: Path) -> None:
    both_sides = {
        (rule, f"module.{side}.{logs}") for rule, logs in BEYOND_A_SWITCH for side in ("data_buckets", "copy")
    }
    assert findings(example_plan("data-buckets-complete"), tmp_path) == both_sides


def test_the_bucket_of_captures_lacks_only_a_copy_in_another_region(tmp_path: Path) -> None:
    """Copies need a second region with its own key and buckets, which the example of buckets shows."""
    found = findings(example_plan("endpoint-provisioned"), tmp_path)
    captured = {'module.data_buckets.aws_s3_bucket.this["captured"]', f"module.data_buckets.{LOGS}"}
    assert {(rule, bucket) for rule, bucket in found if rule in ON_DEMAND} == {("CKV_AWS_144", one) for one in captured}
