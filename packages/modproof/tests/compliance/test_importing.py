"""``modproof ledger import`` keeps what a repository skips: afterwards no finding is open, and none is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
import yaml

from modproof.cli.app import _app
from modproof.compliance import Imported, import_skips, scan, scan_cache
from modproof.core.cache import Cache
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import ComplianceResult, Outcome

TODAY = date(2026, 11, 24)
DEFAULT_REVIEW = "2027-02-22"

BUCKET = """\
resource "aws_s3_bucket" "this" {
  bucket = "demo"
}
"""
GROUP = """\
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
INSTANCE = """\
resource "aws_sqs_queue" "this" {
  name = "demo"
}
"""
EGRESS = "aws-ec2-no-public-egress-sgr"
QUEUE_KEY = "aws-sqs-enable-queue-encryption"


@pytest.fixture(scope="module")
def folder_of_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(folder_of_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One cache for all tests of this file: listing checkov's rules takes seconds."""
    monkeypatch.setattr(scan_cache, "_cache", lambda: Cache(folder_of_cache))
    yield


def project_of(root: Path, files: Mapping[str, str]) -> Project:
    for path, text in {"pyproject.toml": "[tool.modproof]\n", **files}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return Project.find(root)


Scopes = list[tuple[str, str, str]]
"""Scanner, rule and path of each scope of the new entries."""
BUCKET_IDS = ("CKV2_AWS_6", "CKV2_AWS_61", "CKV2_AWS_62", "CKV_AWS_144", "CKV_AWS_145", "CKV_AWS_18", "CKV_AWS_21")
THIRTY = (*BUCKET_IDS, "CKV_AWS_27", *(f"CKV_AWS_{number}" for number in range(300, 322)))
S3 = (
    "block-public-acls", "block-public-policy", "enable-bucket-encryption", "enable-bucket-logging",
    "enable-versioning", "encryption-customer-key", "ignore-public-acls", "no-public-buckets",
    "specify-public-access-block",
)  # fmt: skip
TFSEC_BUCKET = "exclude:\n" + "".join(f"  - aws-s3-{name}\n" for name in S3)
IN_BUCKET = [("tfsec", f"aws-s3-{name}", "modules/bucket/main.tf") for name in S3]
QUEUE = "modules/queue/main.tf"
GROUP_FILE = "modules/group/main.tf"


CALLS = f"""\
#tfsec:ignore:{EGRESS}
module "group" {{
  source = "../../modules/group"
  # checkov:skip=CKV2_AWS_5: used by callers
}}

# for demos
#tfsec:ignore:*
module "queue" {{
  # checkov:skip=CKV_AWS_27: for demos
  source = "../../modules/queue"
}}
"""


def commented(text: str, *comments: str) -> str:
    """``text`` with comments after its first line."""
    first, _, rest = text.partition("\n")
    return "\n".join((first, *(f"  {comment}" for comment in comments), rest))


@dataclass(frozen=True)
class Layout:
    """A repository with its skips: the scopes of the entries, and parts of the lines about skips that are left out.

    ``ends`` are the review dates, by rule, that are not the default.
    """

    files: Mapping[str, str]
    scopes: Scopes
    left_out: list[str] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)
    ends: dict[str, str] = field(default_factory=dict)


LAYOUTS = {
    "one id": Layout(
        {QUEUE: INSTANCE, ".checkov.yaml": "skip-check: [CKV_AWS_27]\n",
         ".tfsec/config.yml": f"# our queues are public\nexclude: [{QUEUE_KEY}]\n"},
        [("checkov", "CKV_AWS_27", QUEUE), ("tfsec", QUEUE_KEY, QUEUE)],
        reasons={"No reason was given in .checkov.yaml.", "our queues are public"},
    ),
    "a list with comments, lower-case and unknown ids": Layout(
        {"modules/bucket/main.tf": BUCKET,
         ".checkov.yml": "skip-check:\n"
         + "".join(f"  - {rule.lower()}  # {rule} is for later\n" for rule in BUCKET_IDS)
         + "  - CKV_AWS_27\n  - CKV_AWS_99999\n",
         ".tfsec/config.yml": TFSEC_BUCKET + "  - aws-s3-enable-versionning\n"},
        [*(("checkov", rule, "modules/bucket/main.tf") for rule in BUCKET_IDS), *IN_BUCKET],
        [".checkov.yml:9: CKV_AWS_27 hides no finding", ".checkov.yml:10: CKV_AWS_99999: checkov has no such rule",
         "did you mean aws-s3-enable-versioning?"],
        {*(f"{rule} is for later" for rule in BUCKET_IDS), "No reason was given in .tfsec/config.yml."},
    ),
    "150 ids": Layout(
        {"modules/bucket/main.tf": BUCKET,
         ".checkov.yaml": f"skip-check: CKV2_AWS_*,{','.join(f'CKV_AWS_{number}' for number in range(1, 151))}\n",
         ".tfsec/config.json": json.dumps({"exclude": [f"aws-s3-{name}" for name in S3]}, indent="\t")},
        [*(("checkov", rule, "modules/bucket/main.tf") for rule in BUCKET_IDS), *IN_BUCKET],
        ["CKV_AWS_1 hides no finding of checkov"],
    ),
    "30 quoted ids": Layout(
        {QUEUE: INSTANCE, "modules/bucket/main.tf": BUCKET,
         ".checkov.yaml": "compact: true\nskip-check:\n" + "".join(f'  - "{rule}"  # for later\n' for rule in THIRTY),
         ".tfsec/config.yml": TFSEC_BUCKET + f"  - '{QUEUE_KEY}:2027-01-31'\n"},
        [*(("checkov", rule, "modules/bucket/main.tf") for rule in BUCKET_IDS), *IN_BUCKET,
         ("checkov", "CKV_AWS_27", QUEUE), ("tfsec", QUEUE_KEY, QUEUE)],
        [f"{rule} hides no finding of checkov" for rule in THIRTY[8:]],
        {"for later", "No reason was given in .tfsec/config.yml."},
        {QUEUE_KEY: "2027-01-31"},
    ),
    "comments only": Layout(
        {QUEUE: "# only names\n#tfsec:ignore:AVD-AWS-0096\n"
         + commented(INSTANCE, "# checkov:skip=CKV_AWS_27: only names"),
         GROUP_FILE: commented(GROUP, "#bridgecrew:skip=CKV2_AWS_5:used by callers").replace(
             '["0.0.0.0/0"]', f'["0.0.0.0/0"] #tfsec:ignore:{EGRESS}:exp:2027-01-31 jobs call AWS')},
        [("checkov", "CKV2_AWS_5", GROUP_FILE), ("checkov", "CKV_AWS_27", QUEUE), ("tfsec", EGRESS, GROUP_FILE),
         ("tfsec", QUEUE_KEY, QUEUE)],
        reasons={"only names", "used by callers", "jobs call AWS"},
        ends={EGRESS: "2027-01-31"},
    ),
    "comments and lists": Layout(
        {QUEUE: commented(INSTANCE, "# checkov:skip=CKV_AWS_27:only names"),
         ".checkov.yaml": "skip-check:\n  - CKV_AWS_27\n  - CKV2_AWS_5\n", GROUP_FILE: "#trivy:ignore:*\n" + GROUP,
         ".tfsec/config.yml": f"exclude:\n  - {QUEUE_KEY}:2027-01-31\n"},
        [("checkov", "CKV2_AWS_5", GROUP_FILE), ("checkov", "CKV_AWS_27", QUEUE), ("tfsec", EGRESS, GROUP_FILE),
         ("tfsec", QUEUE_KEY, QUEUE)],
        reasons={"only names", "No reason was given in .checkov.yaml.", f"No reason was given in {GROUP_FILE}.",
                 "No reason was given in .tfsec/config.yml."},
        ends={QUEUE_KEY: "2027-01-31"},
    ),
    "configuration in subfolders": Layout(
        {QUEUE: INSTANCE, GROUP_FILE: GROUP, "modules/queue/.checkov.yaml": "skip-check: [CKV_AWS_27, CKV2_AWS_5]\n",
         ".checkov.yaml": "skip-path:\n  - modules/group  # not ours\n",
         "modules/group/.tfsec/config.yml": f"exclude: [{QUEUE_KEY}, {EGRESS}]\n",
         ".tfsec/config.yml": f"severity_overrides: {{{QUEUE_KEY}: LOW, {EGRESS}: HIGH}}\nminimum_severity: HIGH\n"},
        [("checkov", "CKV2_AWS_5", GROUP_FILE), ("checkov", "CKV_AWS_27", QUEUE), ("tfsec", EGRESS, GROUP_FILE),
         ("tfsec", QUEUE_KEY, QUEUE)],
        ["modules/queue/.checkov.yaml:1: CKV2_AWS_5 hides no",
         f"modules/group/.tfsec/config.yml:1: {QUEUE_KEY} hides no"],
        {"not ours", "No reason was given in modules/queue/.checkov.yaml.",
         "No reason was given in modules/group/.tfsec/config.yml.",
         "No reason was given in .tfsec/config.yml."},
    ),
    "files of Trivy and a baseline": Layout(
        {QUEUE: INSTANCE, GROUP_FILE: GROUP, ".trivyignore": "# only names\nAVD-AWS-0096\nCVE-2020-1234\n",
         ".trivyignore.yaml": "misconfigurations:\n  - id: aws-0104\n    paths: [\"modules/**/*.tf\"]\n"
         "    statement: jobs call AWS, always\n    expired_at: 2027-01-31\n",
         ".checkov.yaml": "baseline: .checkov.baseline\n",
         ".checkov.baseline": json.dumps({"failed_checks": [
             {"file": f"/{QUEUE}", "findings": [
                 {"resource": "module.queue[0].aws_sqs_queue.this", "check_ids": ["CKV_AWS_27"]}]},
             {"file": f"/{GROUP_FILE}", "findings": [
                 {"resource": "aws_security_group.this", "check_ids": ["CKV2_AWS_5"]}]}]})},
        [("checkov", "CKV2_AWS_5", GROUP_FILE), ("checkov", "CKV_AWS_27", QUEUE), ("tfsec", EGRESS, GROUP_FILE),
         ("tfsec", QUEUE_KEY, QUEUE)],
        ["CVE-2020-1234: tfsec has no such rule"],
        {"only names", "jobs call AWS, always", "No reason was given in .checkov.yaml."},
        {EGRESS: "2027-01-31"},
    ),
    "comments at every call": Layout(
        {GROUP_FILE: GROUP, QUEUE: INSTANCE, "examples/one/main.tf": CALLS, "examples/two/main.tf": CALLS},
        [("checkov", "CKV2_AWS_5", GROUP_FILE), ("checkov", "CKV_AWS_27", QUEUE), ("tfsec", EGRESS, GROUP_FILE),
         ("tfsec", QUEUE_KEY, QUEUE)],
        reasons={"used by callers", "for demos", "No reason was given in examples/one/main.tf."},
    ),
    "configuration in .config": Layout(
        {QUEUE: INSTANCE, GROUP_FILE: GROUP,
         ".config/.checkov.yml": "directory:\n- ./\nframework:\n- terraform\nskip-check:\n- CKV2_GCP*\n"
         "- CKV2_AWS_5 # used by callers\nsoft-fail-on:\n  - CKV_AWS_27  # only names\n  - LOW\ncompact: True\n",
         ".config/.tfsec.yml": '{\n  "minimum_severity": "MEDIUM",\n  "exclude": [\n'
         f'    "{EGRESS}", #jobs call AWS\n    "{QUEUE_KEY}"\n  ]\n}}\n'},
        [("checkov", "CKV2_AWS_5", GROUP_FILE), ("checkov", "CKV_AWS_27", QUEUE), ("tfsec", EGRESS, GROUP_FILE),
         ("tfsec", QUEUE_KEY, QUEUE)],
        [".config/.checkov.yml:6: CKV2_GCP* hides no finding", ".config/.checkov.yml:10: LOW: checkov has severities",
         ".config/.tfsec.yml:2: minimum_severity MEDIUM hides no"],
        {"used by callers", "only names", "jobs call AWS", "No reason was given in .config/.tfsec.yml."},
    ),
    "options of commands": Layout(
        {QUEUE: INSTANCE, GROUP_FILE: GROUP,
         ".pre-commit-config.yaml": "repos:\n  - repo: https://example.com/hooks\n    hooks:\n"
         "      - id: terraform_checkov\n        args:\n          - --args=--quiet\n"
         "          - --args=--skip-check CKV2_AWS_5  # used by callers\n"
         "          # - --args=--skip-check CKV_AWS_18\n"
         f"      - id: terraform_tfsec\n        args:\n          - --args=--exclude={EGRESS}\n"
         "          - --args=--exclude-downloaded-modules\n",
         ".github/workflows/scan.yml": "jobs:\n  scan:\n    steps:\n      - uses: bridgecrewio/checkov-action@v12\n"
         "        with:\n          skip_check: CKV_AWS_27,CKV_AWS_21 # only names\n"
         "      - run: grep -e some-text README.md\n",
         "Makefile": f"scan:\n\ttfsec . -e {QUEUE_KEY} --soft-fail\n"},
        [("checkov", "CKV2_AWS_5", GROUP_FILE), ("checkov", "CKV_AWS_27", QUEUE), ("tfsec", EGRESS, GROUP_FILE),
         ("tfsec", QUEUE_KEY, QUEUE)],
        [".github/workflows/scan.yml:6: CKV_AWS_21 hides no"],
        {"used by callers", "only names", "No reason was given in Makefile.",
         "No reason was given in .pre-commit-config.yaml."},
    ),
    "options of commands on several lines": Layout(
        {QUEUE: INSTANCE, GROUP_FILE: GROUP,
         ".pre-commit-config.yaml": "repos:\n  - repo: https://github.com/bridgecrewio/checkov\n    hooks:\n"
         "      - id: checkov\n        args:\n          - --skip-check\n          - CKV2_AWS_5  # used by callers\n"
         "          - --soft-fail-on\n          # - CKV_AWS_18\n          - CKV_AWS_23\n",
         ".github/workflows/scan.yml": "jobs:\n  scan:\n    steps:\n      - uses: bridgecrewio/checkov-action@v12\n"
         "        with:\n          skip_check: |\n            CKV_AWS_21,\n            CKV_AWS_27\n"
         "      - run: |\n          tfsec . \\\n"
         + "          --no-colour \\\n" * 6 + f"          --exclude {EGRESS},{QUEUE_KEY}\n"},
        [("checkov", "CKV2_AWS_5", GROUP_FILE), ("checkov", "CKV_AWS_27", QUEUE), ("tfsec", EGRESS, GROUP_FILE),
         ("tfsec", QUEUE_KEY, QUEUE)],
        [".pre-commit-config.yaml:10: CKV_AWS_23 hides no", ".github/workflows/scan.yml:7: CKV_AWS_21 hides no"],
        {"used by callers", "No reason was given in .github/workflows/scan.yml."},
    ),
    "comments in the styles of public modules": Layout(
        {QUEUE: f"########\n# Queue #\n########\n#tfsec:ignore:{QUEUE_KEY}: only names, for now\n"
         + commented(INSTANCE, "#checkov:skip=CKV_AWS_27: only names,", "  # for now"),
         GROUP_FILE: "# Jobs call AWS, see\n# https://wiki.example.com/sg/\n#trivy:ignore:AVD-AWS-0104\n"
         + commented(GROUP, "#checkov:skip=CKV2_AWS_5"),
         "modules/bucket/main.tf": "# Logs of logs\n# would never end.\n"
         + "".join(f"#tfsec:ignore:aws-s3-{name}\n" for name in S3[:4])
         + BUCKET.replace("{\n", "{ " + " ".join(f"#tfsec:ignore:aws-s3-{name}" for name in S3[4:])
                          + " -- Logs of logs would never end.\n", 1),
         ".checkov.yml": f"soft-fail-on: [{', '.join(BUCKET_IDS)}]  # for later\n"},
        [*(("checkov", rule, "modules/bucket/main.tf") for rule in BUCKET_IDS), *IN_BUCKET,
         ("checkov", "CKV2_AWS_5", GROUP_FILE), ("checkov", "CKV_AWS_27", QUEUE), ("tfsec", EGRESS, GROUP_FILE),
         ("tfsec", QUEUE_KEY, QUEUE)],
        reasons={"only names, for now", "only names,", "Jobs call AWS, see https://wiki.example.com/sg/",
                 f"No reason was given in {GROUP_FILE}.", "Logs of logs would never end.", "for later"},
    ),
    "lists of what runs": Layout(
        {QUEUE: INSTANCE, ".checkov.yaml": "check: CKV_AWS_18,CKV_AWS_21\n",
         ".tfsec/config.yml": f"include: [{EGRESS}]\n"},
        [("checkov", "CKV_AWS_27", QUEUE), ("tfsec", QUEUE_KEY, QUEUE)],
    ),
}  # fmt: skip


def keys(result: ComplianceResult) -> set[tuple[str, str, str, str]]:
    found = [*result.findings, *(one.finding for one in result.suppressed)]
    rules = [(one, each.scanner, each.rule) for one in found for each in (one, *one.also)]
    return {(scanner, rule, one.address, str(one.place)) for one, scanner, rule in rules}


def scopes_of(imported: Imported) -> Scopes:
    return sorted((entry.scanner, entry.rule, each.path or "") for entry in imported.entries for each in entry.scope)


@pytest.mark.parametrize("name", LAYOUTS)
def test_after_an_import_no_finding_is_open_and_none_is_lost(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    project = project_of(tmp_path, layout.files)
    before = scan(project, today=TODAY)

    imported = import_skips(project, owner="platform", replace=True, today=TODAY)
    after = scan(project, today=TODAY)

    assert (after.outcome, after.findings, after.problems) == (Outcome.PASSED, (), ())
    assert keys(after) == keys(before)
    assert scopes_of(imported) == sorted(layout.scopes)
    for wanted in layout.left_out:
        assert [str(each) for each in imported.left_out if wanted in str(each)], imported.left_out
    if name != "150 ids":
        assert len(imported.left_out) == len(layout.left_out), imported.left_out
    ends = {entry.rule: entry.review.isoformat() for entry in imported.entries}
    assert ends == {rule: layout.ends.get(rule, DEFAULT_REVIEW) for rule in ends}
    if layout.reasons:
        assert {entry.reason for entry in imported.entries} == layout.reasons


def test_a_comment_at_only_one_call_does_not_hide_a_finding_of_the_module(tmp_path: Path) -> None:
    other = 'module "queue" {\n  source = "../../modules/queue"\n}\n'
    files = {GROUP_FILE: GROUP, QUEUE: INSTANCE, "examples/one/main.tf": CALLS, "examples/two/main.tf": other}

    imported = import_skips(project_of(tmp_path, files), owner="platform", today=TODAY)

    assert scopes_of(imported) == [("checkov", "CKV2_AWS_5", GROUP_FILE), ("tfsec", EGRESS, GROUP_FILE)]
    assert {one.rule for one in imported.still_open} == {"CKV_AWS_27", QUEUE_KEY}


@pytest.mark.parametrize(
    ("skip", "hidden"),
    [
        ("skip-path: [modules/queue]", True),
        ("skip-path: [/queue/main]", True),
        ('skip-path: ["q[tu]eue$"]', True),
        ('skip-path: ["^modules/queue"]', False),
        ('skip-path: ["modules/*/main.tf"]', False),
        ('skip-check: ["CKV_AWS_27:modules/q.*"]', True),
        ('skip-check: ["CKV_AWS_27:queue"]', True),
        ('skip-check: ["CKV_AWS_27:^modules"]', False),
        ("check: CKV_AWS_27", False),
    ],
)
def test_a_path_is_matched_as_checkov_does(skip: str, hidden: bool, tmp_path: Path) -> None:
    imported = import_skips(project_of(tmp_path, {QUEUE: INSTANCE, ".checkov.yaml": skip}), owner="us", today=TODAY)

    assert scopes_of(imported) == ([("checkov", "CKV_AWS_27", QUEUE)] if hidden else [])


INERT = {
    "expired": (f"#tfsec:ignore:{QUEUE_KEY}:exp:2026-01-31", "ended on 2026-01-31"),
    "workspace": (f"#tfsec:ignore:{QUEUE_KEY}:ws:production", "only in the workspace production"),
    "blank-line": (f"#tfsec:ignore:{QUEUE_KEY}\n", f"tfsec:ignore:{QUEUE_KEY} hides no finding of tfsec"),
    "outside": ("#checkov:skip=CKV_AWS_27:above the block", "checkov:skip=CKV_AWS_27 hides no finding of checkov"),
}


def test_comments_that_hide_nothing_are_left_out(tmp_path: Path) -> None:
    files = {f"modules/{name}/main.tf": f"{comment}\n{INSTANCE}" for name, (comment, _) in INERT.items()}
    project = project_of(tmp_path, files)

    imported = import_skips(project, owner="platform", today=TODAY)

    assert imported.entries == ()
    left_out = {str(each.place): each.message for each in imported.left_out}
    for name, (_, why) in INERT.items():
        assert why in left_out.pop(f"modules/{name}/main.tf:1")
    assert left_out == {}
    assert sorted(one.rule for one in imported.still_open) == sorted(["CKV_AWS_27", QUEUE_KEY] * len(INERT))
    assert not project.ledger.exists()


def test_a_finding_that_an_entry_covers_because_of_its_scope_is_noted(tmp_path: Path) -> None:
    second = GROUP.removesuffix("}\n") + "\n" + GROUP.partition("\n\n")[2]
    text = second.replace('["0.0.0.0/0"]', f'["0.0.0.0/0"] #tfsec:ignore:{EGRESS}', 1)

    imported = import_skips(project_of(tmp_path, {GROUP_FILE: text}), owner="platform", today=TODAY)

    assert scopes_of(imported) == [("tfsec", EGRESS, GROUP_FILE)]
    assert [str(each.place) for each in imported.notes] == [f"{GROUP_FILE}:18"]


LEDGER = """\
# our exceptions

ignores:
  # first
  - scanner: checkov   # by hand
    rule: CKV_AWS_27
    description: "Ensure all data stored in the SQS queue is encrypted"
    reason: |
      only names
    scope: [{module: queue}]
    owner: platform
    review: 2027-05-31
  # last

# what is over
no_longer_needed: []
"""


def test_an_existing_ledger_keeps_its_entries_and_comments(tmp_path: Path) -> None:
    skips = f"exclude: [{QUEUE_KEY}]\n"
    files = {QUEUE: INSTANCE, "compliance/ignores.yaml": LEDGER, ".tfsec/config.yml": skips,
             ".checkov.yaml": "skip-check: [CKV_AWS_27]\nhard-fail-on: [CKV_AWS_1]\n"}  # fmt: skip
    project = project_of(tmp_path, files)

    imported = import_skips(project, owner="platform", today=TODAY)

    text = project.ledger.read_text(encoding="utf-8")
    assert [entry.rule for entry in imported.entries] == [QUEUE_KEY]
    before, last, after = LEDGER.partition("  # last")
    assert text.startswith(before)
    assert text.endswith(last + after)
    assert [entry["rule"] for entry in yaml.safe_load(text)["ignores"]] == ["CKV_AWS_27", QUEUE_KEY]
    assert list(map(str, imported.notes)) == [".checkov.yaml: the ledger does not take over hard-fail-on"]
    assert imported.by_hand == (".checkov.yaml", ".tfsec/config.yml")
    assert (project.root / ".tfsec/config.yml").read_text(encoding="utf-8") == skips
    again = import_skips(project, owner="platform", today=TODAY)
    assert (again.entries, again.left_out, project.ledger.read_text(encoding="utf-8")) == ((), (), text)


@pytest.mark.parametrize("ledger", ["", "# later\n", "ignores: []  # none\n", "no_longer_needed: []\n"])
def test_an_empty_ledger_gets_the_entries(ledger: str, tmp_path: Path) -> None:
    files = {QUEUE: commented(INSTANCE, "#checkov:skip=CKV_AWS_27"), "compliance/ignores.yaml": ledger}
    project = project_of(tmp_path, files)

    import_skips(project, owner="platform", today=TODAY)

    text = project.ledger.read_text(encoding="utf-8")
    assert [entry["rule"] for entry in yaml.safe_load(text)["ignores"]] == ["CKV_AWS_27"]
    assert [word for word in ("# later", "# none", "no_longer_needed: []") if word in ledger and word not in text] == []


def test_a_page_that_was_written_by_hand_is_kept(tmp_path: Path) -> None:
    page, config = "# Checks that we ignore\n", "skip-check: [CKV_AWS_27]\n"
    project = project_of(tmp_path, {QUEUE: INSTANCE, "docs/ignored-checks.md": page, ".checkov.yaml": config})

    with pytest.raises(ConfigurationError, match="is not overwritten; rename it"):
        import_skips(project, owner="platform", replace=True, today=TODAY)

    assert (tmp_path / "docs/ignored-checks.md").read_text(encoding="utf-8") == page
    assert (tmp_path / ".checkov.yaml").read_text(encoding="utf-8") == config


def test_a_rule_that_is_no_longer_needed_gets_no_entry(tmp_path: Path) -> None:
    retired = "scanner: checkov, rule: CKV_AWS_27, description: Ensure all data stored in the SQS queue is encrypted"
    ledger = f"no_longer_needed:\n  - {{{retired}, reason: only names, because: it has a key}}\n"
    files = {QUEUE: INSTANCE, ".checkov.yaml": "skip-check: CKV_AWS_27\n", "compliance/ignores.yaml": ledger}

    imported = import_skips(project_of(tmp_path, files), owner="platform", today=TODAY)

    assert (imported.entries, {one.rule for one in imported.still_open}) == ((), {"CKV_AWS_27", QUEUE_KEY})
    assert list(map(str, imported.notes)) == [
        "compliance/ignores.yaml:2: CKV_AWS_27 is no longer needed, but CKV_AWS_27 in .checkov.yaml:1 hides a finding; "
        "move the entry to ignores"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("skip-check: [\nx: y: z\n", ".checkov.yaml:2: is not valid YAML"),
        ("- skip-check\n", ".checkov.yaml:1: has no keys, so the scanner cannot read it"),
    ],
)
def test_an_unreadable_configuration_file_is_an_error_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    project = project_of(tmp_path, {QUEUE: INSTANCE, ".checkov.yaml": text})

    with pytest.raises(ConfigurationError, match=message):
        import_skips(project, owner="platform", today=TODAY)


def test_the_command_says_what_it_added_left_out_and_did_not_replace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {QUEUE: INSTANCE, ".checkov.yaml": "skip-check: [ckv_aws_27, CKV_AWS_18]\n"}
    project = project_of(tmp_path, files)

    _app(["ledger", "-C", str(tmp_path), "import", "--owner", "platform"], standalone_mode=False)

    assert capsys.readouterr().out.splitlines() == [
        "1 entry added to compliance/ignores.yaml",
        "left out:",
        "  .checkov.yaml:1: CKV_AWS_18 hides no finding of checkov",
        "to review:",
        "  .checkov.yaml:1: ckv_aws_27: checkov does not accept this spelling of CKV_AWS_27, "
        "so it hid nothing until now",
        "1 finding that no skip hides; run `modproof comply`",
        "not replaced: .checkov.yaml; review the entries, then run `modproof ledger import --replace`",
    ]
    assert [entry["owner"] for entry in yaml.safe_load(project.ledger.read_text())["ignores"]] == ["platform"]
    assert (tmp_path / ".checkov.yaml").read_text() == files[".checkov.yaml"]
