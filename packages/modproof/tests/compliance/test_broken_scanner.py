"""A scanner that fails is an error, and the results of the others are reported."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from modproof.compliance import scan
from modproof.compliance.scanners import Checkov, RawFinding, RootScan, Scanner, Tfsec, Trivy
from modproof.compliance.stage import Stage
from modproof.core.errors import CommandFailed, ModproofError, TimedOut
from modproof.core.progress import Progress
from modproof.core.results import Outcome

from .conftest import CHECKOV_RULES, TFSEC_RULES, TODAY, Site, StubScanner

FOUND = {
    "checkov": RawFinding("CKV_AWS_122", "modules/notebook/main.tf", 6, "aws_sagemaker_notebook_instance.this"),
    "tfsec": RawFinding("aws-ec2-no-egress", "modules/notebook/main.tf", 15, "aws_security_group.this"),
    "trivy": RawFinding("AWS-0124", "modules/notebook/main.tf", 15, "aws_security_group.this"),
}
KINDS = {"checkov": (Checkov, CHECKOV_RULES), "tfsec": (Tfsec, TFSEC_RULES), "trivy": (Trivy, ())}


class Broken(StubScanner):
    """Raises ``error`` instead of scanning."""

    error: ModproofError = CommandFailed("unset")

    def scan(self, stage: Stage) -> Sequence[RootScan]:
        del stage
        raise self.error


@pytest.mark.parametrize("name", [*KINDS])
@pytest.mark.parametrize(
    "error", [CommandFailed("it exited with 139"), TimedOut("it was stopped")], ids=["crash", "limit"]
)
def test_the_results_of_the_other_scanners_stand(site: Site, name: str, error: ModproofError) -> None:
    def scanners(_: Progress) -> Sequence[Scanner]:
        made = []
        for each, (kind, rules) in KINDS.items():
            stub = (Broken if each == name else StubScanner)(kind, rules, {"modules/notebook": (FOUND[each],)})  # type: ignore[arg-type]
            if isinstance(stub, Broken):
                stub.error = error
            made.append(stub)
        return made

    result = scan(site.project, today=TODAY, scanners=scanners)

    assert [problem.message for problem in result.errors] == [str(error)]
    assert {finding.scanner for finding in result.findings} == {"checkov", "tfsec", "trivy"} - {name}
    assert [each.scanner for each in result.scans] == [each for each in KINDS if each != name]
    assert result.outcome is Outcome.FAILED
