"""Results of a passed run, a failed run and a run with errors."""

from __future__ import annotations

import importlib.util
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from modproof.core.project import Project
from modproof.core.results import (
    CaseResult,
    Changes,
    ComplianceResult,
    CoverageChange,
    EntryStatus,
    Finding,
    LedgerChange,
    Load,
    Mismatch,
    Outcome,
    PermissionChange,
    Place,
    Problem,
    RetiredEntry,
    RunResult,
    Scan,
    StepResult,
    StoryResult,
    SuppressedFinding,
)
from modproof.report.provenance import Provenance

PASSED, FAILED, ERROR = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR
LEDGER = "compliance/ignores.yaml"
CASES = {
    "data-buckets": ["minimal", "complete", "unknown_key", "rejects_short_name", "rejects_two_owners", "no_versioning"],
    "encryption-key": ["minimal", "multi_region", "cross_account", "rejects_short_window", "rejects_wildcard_user"],
    "execution-role": ["notebook", "training", "endpoint", "full_access_by_name", "rejects_no_bucket"],
    "log-groups": ["minimal", "encrypted", "endpoint_group", "rejects_odd_retention"],
    "notebook": ["private", "direct_internet", "copies_notebooks", "rejects_long_script", "rejects_no_subnet"],
}
STEPS = [
    ("apply", 14.2, "27 resources"),
    ("second plan is empty", 3.9, ""),
    ("training bucket is encrypted with the stack's own key", 0.1, "s3.get_bucket_encryption"),
    ("notebook is in service", 0.1, "sagemaker.describe_notebook_instance"),
    ("log groups keep 30 days", 0.1, "logs.describe_log_groups"),
    ("notebook role passes only itself", 0.1, "iam.get_role_policy"),
    ("a longer retention is an update in place", 5.6, "1 update"),
    ("destroy", 4.7, "27 resources"),
    ("nothing is left behind", 0.8, "1 key is pending deletion"),
]

_CHANGED_ENTRY = EntryStatus(
    "tfsec", "aws-sqs-x", "Queue", "only names", "platform", "2026-06-30", Place("compliance/ignores.yaml", 4), 1
)
CHANGED_FINDING = Finding(
    "checkov", "CKV_AWS_27", "Key", "aws_sqs_queue.new", Place("modules/queue/main.tf", 7), "HIGH"
)
CHANGES = Changes(
    base="main",
    commit="bca30e5f0c1d2b3a4958677685940312f4e5d6c7",
    opened=(CHANGED_FINDING,),
    fixed=(replace(CHANGED_FINDING, address="aws_sqs_queue.fixed"),),
    accepted=(replace(CHANGED_FINDING, address="aws_sqs_queue.accepted"),),
    ledger=(
        LedgerChange("changed", _CHANGED_ENTRY, replace(_CHANGED_ENTRY, review="2026-01-01", owner="nobody")),
        LedgerChange("added", _CHANGED_ENTRY),
        LedgerChange("expired", _CHANGED_ENTRY),
    ),
    cases_added=("queue/new",),
    cases_removed=("queue/gone",),
    coverage=(CoverageChange("queue", 90.0, 100.0), CoverageChange("topic", None, 50.0)),
    permissions=(PermissionChange("queue", "apply", ("sqs:TagQueue",)),),
    incomparable=(Problem("stories could not be compared: no result"),),
)


def _finding(scanner: str, rule: str, title: str, address: str, line: int, severity: str = "UNKNOWN") -> Finding:
    module = address.split(".")[1]
    return Finding(scanner, rule, title, address, Place(f"modules/{module}/main.tf", line), severity)


def _ledger() -> tuple[tuple[SuppressedFinding, ...], tuple[EntryStatus, ...]]:
    rows = [
        ("checkov", "CKV2_AWS_61", "Ensure that an S3 bucket has a lifecycle configuration",
         "No expectation to delete objects in the bucket.", "LOW", 3),
        ("checkov", "CKV2_AWS_62", "Ensure S3 buckets should have event notifications enabled",
         "No Lambda function, SNS topic or SQS queue exists for notification purposes.", "LOW", 3),
        ("checkov", "CKV_AWS_122", "Ensure that direct internet access is disabled for a SageMaker notebook instance",
         "To train or host models from a notebook, you need internet access. No NAT gateway created yet.", "HIGH", 1),
        ("tfsec", "aws-iam-no-policy-wildcards", "IAM policy should avoid use of wildcards",
         "Ignored as the SageMaker notebook needs access to a lot of actions.", "HIGH", 2),
    ]  # fmt: skip
    suppressed: list[SuppressedFinding] = []
    entries: list[EntryStatus] = []
    for index, (scanner, rule, title, reason, severity, covers) in enumerate(rows):
        place = Place(LEDGER, 4 + 9 * index)
        entries.append(EntryStatus(scanner, rule, title, reason, "platform", "2026-06-30", place, covers))
        for number in range(covers):
            address = f'module.data-buckets.aws_s3_bucket.this["{("training", "output", "model")[number]}"]'
            suppressed.append(
                SuppressedFinding(_finding(scanner, rule, title, address, 12 + number, severity), place, reason)
            )
    return tuple(suppressed), tuple(entries)


def make_passed() -> RunResult:
    suppressed, entries = _ledger()
    return RunResult(
        load=Load(30.3, 41.8, 2, 0.69, 2_100_000_000),
        cases=[
            CaseResult(
                f"{module}/{name}",
                PASSED,
                (),
                Place(f"tests/unit/{module}/cases.yaml", 3),
                module == "log-groups",
                module,
            )
            for module, names in CASES.items()
            for name in names
        ],
        stories=[
            StoryResult(
                "notebook-stack",
                tuple(StepResult(name, PASSED, seconds, (), detail) for name, seconds, detail in STEPS),
                Place("tests/integration/notebook-stack.yaml", 1),
                29.6,
            )
        ],
        compliance=ComplianceResult(
            scans=(Scan("checkov", "3.3.30", 180, 41, 5.1), Scan("tfsec", "1.28.14", 34, 41, 0.5)),
            suppressed=suppressed,
            entries=entries,
            retired=(
                RetiredEntry(
                    "checkov",
                    "CKV_AWS_356",
                    'Ensure no IAM policies documents allow "*" as a statement\'s resource',
                    "the key policy names the key's own ARN",
                    Place(LEDGER, 80),
                ),
            ),
        ),
        seconds={"plans": 14.2, "stories": 29.6, "compliance": 5.9, "total": 31.2},
        versions={"terraform": "1.11.4", "aws provider": "5.100.0", "localstack": "4.7.0"},
        started=datetime(2025, 11, 24, 4, 13, 7, tzinfo=UTC),
        revision="bca30e5f0c1d2b3a4958677685940312f4e5d6c7",
    )


def make_failed() -> RunResult:
    result = make_passed()
    assert result.cases is not None
    assert result.stories is not None
    assert result.compliance is not None
    cases = list(result.cases)
    cases[3] = replace(
        cases[3],
        outcome=FAILED,
        problems=(
            Problem(
                "",
                Place("tests/unit/data-buckets/cases.yaml", 41),
                mismatch=Mismatch('aws_s3_bucket.this["training"]', ("bucket",), "demo-training", "demo-train"),
            ),
        ),
    )
    cases[9] = replace(
        cases[9],
        outcome=FAILED,
        problems=(
            Problem(
                "expected a rejection with must be 7-30, but the module accepts these variables",
                Place("tests/unit/encryption-key/cases.yaml", 58),
                "add the validation to modules/encryption-key/variables.tf, or drop the case",
            ),
        ),
    )
    cases[20] = replace(
        cases[20],
        outcome=ERROR,
        problems=(Problem('unsupported block type "resorce"', Place("modules/notebook/main.tf", 7)),),
    )
    story = result.stories[0]
    failed = StepResult(
        "notebook is in service",
        FAILED,
        0.2,
        (
            Problem(
                "NotebookInstanceStatus: expected 'InService', found 'Failed'",
                Place("tests/integration/notebook-stack.yaml", 31),
                "see FailureReason in the emulator's log",
            ),
        ),
        "sagemaker.describe_notebook_instance",
    )
    encrypted = "Ensure that CloudWatch Log Group is encrypted by KMS"
    group = "module.log-groups.aws_cloudwatch_log_group"
    compliance = replace(
        result.compliance,
        findings=(
            _finding(
                "tfsec",
                "aws-s3-enable-versioning",
                "S3 data should be versioned",
                "module.data-buckets.aws_s3_bucket.this",
                12,
                "MEDIUM",
            ),
            replace(
                _finding("checkov", "CKV_AWS_158", encrypted, f"{group}.this", 8, "HIGH"),
                guideline="https://docs.example.com/CKV_AWS_158",
            ),
            _finding("checkov", "CKV_AWS_158", encrypted, f"{group}.endpoint", 4, "HIGH"),
        ),
        problems=(Problem("CKV_AWS_144 covers nothing", Place(LEDGER, 22), "move it to no_longer_needed"),),
    )
    return replace(
        result,
        cases=cases,
        stories=[replace(story, steps=(*story.steps[:3], failed, *story.steps[-2:]))],
        compliance=compliance,
        revision=f"{result.revision}-dirty",
    )


def make_error() -> RunResult:
    return RunResult(
        cases=make_passed().cases,
        stories=[],
        compliance=ComplianceResult(
            errors=(Problem("tfsec could not be built: go was not found", None, "install Go 1.26, or tfsec itself"),)
        ),
        errors=[
            Problem(
                "LocalStack ended with exit code 1 before it was ready",
                Place(".modproof/emulator/localstack.log"),
                "read the end of the log; run modproof doctor",
            )
        ],
        seconds={"plans": 14.2, "total": 125.4},
        versions={"terraform": "1.11.4"},
        started=datetime(2025, 11, 24, 4, 13, 7, tzinfo=UTC),
    )


def make_compared() -> RunResult:
    return replace(make_passed(), changes=CHANGES)


@pytest.fixture
def passed_run() -> RunResult:
    return make_passed()


@pytest.fixture
def failed_run() -> RunResult:
    return make_failed()


@pytest.fixture
def error_run() -> RunResult:
    return make_error()


@pytest.fixture
def compared_run() -> RunResult:
    return make_compared()


@pytest.fixture
def about() -> Provenance:
    started = datetime(2025, 11, 24, 4, 13, 7, tzinfo=UTC)
    return Provenance("pipeline-modules", "bca30e5f0c1d2b3a4958677685940312f4e5d6c7", started, "0.1.0")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pipeline-modules").mkdir()
    return Project(tmp_path / "pipeline-modules")


class Terminal(io.StringIO):
    """A file that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal_file() -> Terminal:
    return Terminal()


@pytest.fixture(scope="session")
def picture() -> ModuleType:
    """The script docs/picture/make.py as a module."""
    path = Path(__file__).resolve().parents[4] / "docs" / "picture" / "make.py"
    spec = importlib.util.spec_from_file_location("picture_make", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
