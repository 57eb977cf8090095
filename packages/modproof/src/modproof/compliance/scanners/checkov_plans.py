"""checkov for plans: evaluates plan JSON in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from modproof.compliance.scanners.checkov_process import Failed, imported, one_at_a_time, run, within
from modproof.compliance.scanners.protocol import PlanFinding, PlanScan, too_slow
from modproof.core.project import Settings

__all__ = ["CheckovPlans"]

_RUNNER = "checkov.terraform.plan_runner"


class CheckovPlans:
    """Scans each plan alone: in one run, checkov would connect resources of different plans."""

    def scan(self, files: Sequence[Path], settings: Settings) -> Sequence[PlanScan]:
        with one_at_a_time():
            imported(_RUNNER)
            deadline = time.monotonic() + settings.timeouts.scan
            return [_scan(file, deadline, settings) for file in files]


def _scan(file: Path, deadline: float, settings: Settings) -> PlanScan:
    try:
        own = settings.sagemaker_rules
        job = partial(run, _RUNNER, "terraform_plan", with_sagemaker_rules=own, files=[str(file)])
        done = within(deadline, job)
    except Failed as error:
        return PlanScan(error=f"checkov failed: {error}")
    if done is None:
        raise too_slow("checkov", settings.timeouts.scan, ["plans"])
    report = done.report
    if report.parsing_errors:
        return PlanScan(error="checkov could not read the plan")
    return PlanScan(
        checks=len(report.passed_checks) + len(report.failed_checks),
        resources=len(report.resources),
        findings=tuple(_findings(report.failed_checks)),
        crashes=tuple(map(str, done.crashes)),
    )


def _findings(records: Sequence[Any]) -> Iterator[PlanFinding]:
    for record in records:
        read = tuple(str(path) for path in record.check_result.get("evaluated_keys") or ())
        yield PlanFinding(str(record.check_id), str(record.resource), read, str(record.guideline or ""))
