"""Small projects to scan, and scanners with findings set by the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from modproof.compliance import Plans, canaries, generate, scan, scan_cache
from modproof.compliance.roots import Root
from modproof.compliance.rules import Rule, RuleBook
from modproof.compliance.scanners import Checkov, PlanScan, RawFinding, RootScan, Scanner, Tfsec
from modproof.compliance.stage import Stage
from modproof.core.cache import Cache
from modproof.core.errors import ToolMissing
from modproof.core.progress import Progress
from modproof.core.project import Project, Settings
from modproof.core.results import ComplianceResult

TODAY = date(2026, 11, 24)

MODULE = """\
variable "open" {
  type    = bool
  default = false
}

resource "aws_sagemaker_notebook_instance" "this" {
  name                   = "demo"
  role_arn               = "arn:aws:iam::111122223333:role/demo"
  instance_type          = "ml.t3.medium"
  direct_internet_access = var.open ? "Enabled" : "Disabled"
}

resource "aws_security_group" "this" {
  name        = "demo"
  description = "demo"

  egress {
    description = "anywhere"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""

EXAMPLE = """\
module "notebook" {
  source = "../../modules/notebook"
  open   = true
}
"""


class StubPlans:
    """Has a fixed scan for each plan; ``scanned`` counts the scanned plans."""

    def __init__(self, *scans: PlanScan) -> None:
        self._scans = scans
        self.scanned = 0

    def scan(self, files: Sequence[Path], settings: Settings) -> Sequence[PlanScan]:
        assert settings.timeouts.scan > 0
        self.scanned += len(files)
        return self._scans[: len(files)]


class StubScanner:
    """A scanner with fixed findings by root; ``scanned`` counts the scanned roots."""

    def __init__(
        self, kind: type[Checkov | Tfsec], rules: Sequence[Rule], findings: Mapping[str, Sequence[RawFinding]]
    ) -> None:
        self.name = kind.name
        self.website = kind.website
        self.config = kind.config
        self.ignore_comment = kind.ignore_comment
        self.plans: StubPlans | None = None
        self.kind = kind
        self._rules = tuple(rules)
        self._findings = findings
        self.checks = 5
        self.resources = 3
        self.scanned = 0
        self.missing = False

    def version(self) -> str:
        if self.missing:
            raise ToolMissing(f"{self.name} was not found", hint="install it")
        return "1.0"

    def identity(self) -> str:
        return f"{self.version()} {self._rules} {self._findings} {self.checks} {self.resources}"

    def rules(self) -> RuleBook:
        return RuleBook(self._rules)

    def offline_rules(self) -> RuleBook | None:
        return self.kind().offline_rules()

    def scan(self, stage: Stage) -> Sequence[RootScan]:
        self.scanned += len(stage.roots)
        return [self._scan(root) for root in stage.roots]

    def _scan(self, root: Root) -> RootScan:
        files = frozenset(f"{root.folder}/{path.name}" for path in root.files) if self.checks else frozenset[str]()
        return RootScan(self.checks, self.resources, tuple(self._findings.get(root.folder, ())), files)


CHECKOV_RULES = (
    Rule("CKV_AWS_18", ("Ensure the S3 bucket has access logging enabled",), "LOW"),
    Rule("CKV_AWS_122", ("Ensure that direct internet access is disabled",), "LOW"),
)
TFSEC_RULES = (
    Rule("aws-ec2-no-egress", ("An egress rule allows traffic to /0.",), "CRITICAL", ("aws-vpc-no-egress", "AWS009")),
)


class Site:
    """A project with stub scanners."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("pyproject.toml", "[tool.modproof]\n")
        self.write("modules/notebook/main.tf", MODULE)
        self.write("examples/stack/main.tf", EXAMPLE)
        self.checkov = StubScanner(Checkov, CHECKOV_RULES, {})
        self.tfsec = StubScanner(Tfsec, TFSEC_RULES, {})

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def ledger(self, text: str) -> None:
        self.write("compliance/ignores.yaml", dedent(text))

    def finds(self, scanner: str, root: str, *raw: RawFinding) -> None:
        """Set the findings of a stub scanner in one root."""
        current = self.checkov if scanner == "checkov" else self.tfsec
        rules = CHECKOV_RULES if scanner == "checkov" else TFSEC_RULES
        stub = StubScanner(current.kind, rules, {**current._findings, root: raw})
        if scanner == "checkov":
            self.checkov = stub
        else:
            self.tfsec = stub

    @property
    def project(self) -> Project:
        return Project.find(self.root)

    def generate(self) -> None:
        generate(self.project)

    def scan(
        self, *, generated: bool = True, today: date = TODAY, plans: Callable[[], Plans] = Plans
    ) -> ComplianceResult:
        """Scan with the stubs, by default after generating the files."""
        if generated:
            self.generate()

        def stubs(progress: Progress) -> Sequence[Scanner]:
            del progress
            return (self.checkov, self.tfsec)

        return scan(self.project, today=today, scanners=stubs, plans=plans)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a separate cache for each test."""
    monkeypatch.setattr(scan_cache, "_cache", lambda: Cache(tmp_path / "cache"))
    monkeypatch.setattr(scan_cache, "_rules", {})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(canaries, "SHIPPED", tmp_path / "no canaries")
    return Site(tmp_path / "site")


@pytest.fixture
def messages() -> Callable[[ComplianceResult], list[str]]:
    return lambda result: [str(problem) for problem in result.problems]
