"""The same module in each form that Terraform reads has the same findings, at their own lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from modproof.compliance.findings import merge_findings
from modproof.compliance.roots import find_roots
from modproof.compliance.scanners import Checkov, Scanner, Tfsec
from modproof.compliance.stage import Stage
from modproof.core.project import Project
from modproof.hcl.block_index import BlockIndex

MAIN = """\
resource "aws_s3_bucket" "this" {
  bucket = "demo"
  tags = {
    purpose = <<EOT
the demo
EOT
  }
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

data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["s3:PutObject"]
    resources = ["*"]
  }
}
"""
EGRESS = {
    "description": "anywhere", "from_port": 443, "to_port": 443, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]
}  # fmt: skip
POLICY = {"statement": [{"actions": ["s3:PutObject"], "resources": ["*"]}]}
AS_JSON = {
    "resource": {
        "aws_s3_bucket": {"this": {"bucket": "demo", "tags": {"purpose": "the demo\n"}}},
        "aws_security_group": {"this": {"name": "demo", "description": "demo", "egress": [EGRESS]}},
    },
    "data": {"aws_iam_policy_document": {"this": POLICY}},
}
# the override file opens it
CLOSED = MAIN.replace("0.0.0.0/0", "10.0.0.0/8")
OVERRIDE = """\
# opens what main.tf closes
resource "aws_security_group" "this" {
  egress {
    description = "anywhere"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
OVERRIDE_JSON = {"resource": {"aws_security_group": {"this": {"egress": [EGRESS]}}}}

Place = tuple[str, int]
Moved = Mapping[int, Place] | str
"""The place of each line of MAIN with a finding, or the file with all of them at their lines."""


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def places_in_json(text: str, path: str) -> dict[int, Place]:
    parts = {1: '"this"', 10: '"aws_security_group"', 14: '"egress"', 19: '"cidr_blocks"', 23: '"data"'}
    lines = {line: line_of(text, part) for line, part in parts.items()}
    lines[10] += 1
    lines[23] += 2
    if lines[14] != lines[19]:
        lines[14] += 1  # the element of the list
    return {line: (path, found) for line, found in lines.items()}


def plain(folder: Path) -> Moved:
    (folder / "main.tf").write_text(MAIN)
    return "modules/m/main.tf"


def carriage_returns(folder: Path) -> Moved:
    (folder / "main.tf").write_bytes(MAIN.replace("\n", "\r\n").encode())
    return "modules/m/main.tf"


def byte_order_mark(folder: Path) -> Moved:
    (folder / "main.tf").write_bytes(b"\xef\xbb\xbf" + MAIN.replace("\n", "\r\n").encode())
    return "modules/m/main.tf"


def latin_1_in_a_comment(folder: Path) -> Moved:
    (folder / "main.tf").write_bytes(MAIN.replace("{", "{ # für", 1).encode("latin-1"))
    return "modules/m/main.tf"


def as_json(folder: Path) -> Moved:
    text = json.dumps(AS_JSON, indent=2)
    (folder / "main.tf.json").write_text(text)
    return places_in_json(text, "modules/m/main.tf.json")


def json_on_one_line(folder: Path) -> Moved:
    (folder / "main.tf.json").write_text(json.dumps(AS_JSON))
    return dict.fromkeys((1, 10, 14, 19, 23), ("modules/m/main.tf.json", 1))


def json_next_to_native_syntax(folder: Path) -> Moved:
    (folder / "versions.tf").write_text('terraform {\n  required_version = ">= 1.9"\n}\n')
    return as_json(folder)


def opentofu(folder: Path) -> Moved:
    (folder / "main.tofu").write_text(MAIN)
    return "modules/m/main.tofu"


def opentofu_json(folder: Path) -> Moved:
    text = json.dumps(AS_JSON, indent=2)
    (folder / "main.tofu.json").write_text(text)
    return places_in_json(text, "modules/m/main.tofu.json")


def override(folder: Path) -> Moved:
    (folder / "main.tf").write_text(CLOSED)
    (folder / "z_override.tf").write_text(OVERRIDE)
    main, over = "modules/m/main.tf", "modules/m/z_override.tf"
    return {1: (main, 1), 10: (main, 10), 14: (over, 3), 19: (over, 8), 23: (main, 23)}


def override_in_json(folder: Path) -> Moved:
    text = json.dumps(OVERRIDE_JSON, indent=2)
    (folder / "main.tf").write_text(CLOSED)
    (folder / "override.tf.json").write_text(text)
    inside = places_in_json(json.dumps({**OVERRIDE_JSON, "data": {"a": {"this": {}}}}, indent=2), "")
    main = "modules/m/main.tf"
    moved = {line: ("modules/m/override.tf.json", inside[line][1]) for line in (14, 19)}
    return {1: (main, 1), 10: (main, 10), 23: (main, 23), **moved}


def override_of_json(folder: Path) -> Moved:
    text = json.dumps(AS_JSON, indent=2).replace("0.0.0.0/0", "10.0.0.0/8")
    (folder / "main.tf.json").write_text(text)
    (folder / "override.tf").write_text(OVERRIDE)
    over = "modules/m/override.tf"
    return {**places_in_json(text, "modules/m/main.tf.json"), 14: (over, 3), 19: (over, 8)}


def opentofu_override(folder: Path) -> Moved:
    (folder / "main.tofu").write_text(CLOSED)
    (folder / "z_override.tofu").write_text(OVERRIDE)
    main, over = "modules/m/main.tofu", "modules/m/z_override.tofu"
    return {1: (main, 1), 10: (main, 10), 14: (over, 3), 19: (over, 8), 23: (main, 23)}


def linked_file(folder: Path) -> Moved:
    (folder.parents[1] / "common").mkdir()
    (folder.parents[1] / "common/shared.tf").write_text(MAIN)
    (folder / "main.tf").symlink_to("../../common/shared.tf")
    return "modules/m/main.tf"


def linked_file_outside(folder: Path) -> Moved:
    (folder.parents[2] / "shared.tf").write_text(MAIN)
    (folder / "main.tf").symlink_to(folder.parents[2] / "shared.tf")
    return "modules/m/main.tf"


def linked_folder(folder: Path) -> Moved:
    target = folder.parents[1] / "elsewhere"
    target.mkdir()
    plain(target)
    folder.rmdir()
    folder.symlink_to(target)
    return "modules/m/main.tf"


def linked_folder_outside(folder: Path) -> Moved:
    target = folder.parents[2] / "outside"
    target.mkdir()
    plain(target)
    folder.rmdir()
    folder.symlink_to(target)
    return "modules/m/main.tf"


FORMS = [
    plain, carriage_returns, byte_order_mark, latin_1_in_a_comment, as_json, json_on_one_line,
    json_next_to_native_syntax, opentofu, opentofu_json, override, override_in_json, override_of_json,
    opentofu_override, linked_file, linked_file_outside, linked_folder, linked_folder_outside,
]  # fmt: skip

Found = list[tuple[str, str, str, int]]


def findings(root: Path, scanner: Scanner, stage: Path) -> Found:
    project = Project(root)
    roots = find_roots(project)
    scans = scanner.scan(Stage(stage, project, roots))
    assert [one.errors for one in scans] == [()] * len(roots)
    pairs = [(found, one.findings) for found, one in zip(roots, scans, strict=True)]
    located = merge_findings(scanner.name, scanner.rules(), pairs, BlockIndex(project.root))
    return sorted(
        (one.finding.rule, one.finding.address, one.finding.place.path, one.finding.place.line or 0) for one in located
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project/modules/m"
    folder.mkdir(parents=True)
    return tmp_path / "project"


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Scanner], Found]:
    """The findings in the plain form."""
    found: dict[str, Found] = {}

    def of(scanner: Scanner) -> Found:
        if scanner.name not in found:
            root = tmp_path_factory.mktemp("reference")
            (root / "modules/m").mkdir(parents=True)
            plain(root / "modules/m")
            found[scanner.name] = findings(root, scanner, tmp_path_factory.mktemp("stage"))
        return found[scanner.name]

    return of


@pytest.mark.parametrize("scanner", [Checkov, Tfsec], ids=lambda each: each.name)
@pytest.mark.parametrize("form", FORMS, ids=lambda each: each.__name__)
def test_every_form_of_a_module_has_the_same_findings_at_their_own_lines(
    project: Path,
    tmp_path: Path,
    reference: Callable[[Scanner], Found],
    scanner: Callable[[], Scanner],
    form: Callable[[Path], Moved],
) -> None:
    moved = form(project / "modules/m")
    expected = [
        (rule, address, *((moved, line) if isinstance(moved, str) else moved[line]))
        for rule, address, _, line in reference(scanner())
    ]
    assert len({address for _, address, *_ in expected}) > 1
    assert findings(project, scanner(), tmp_path / "stage") == sorted(expected)


def test_a_link_to_a_scanned_folder_is_not_scanned_twice_and_its_callers_are_evaluated(project: Path) -> None:
    plain(project / "modules/m")
    (project / "modules/alias").symlink_to("m")
    (project / "modules/cycle").symlink_to("..")
    (project / "modules/dangling").symlink_to("nowhere")
    (project / "examples/e").mkdir(parents=True)
    (project / "examples/e/main.tf").write_text('module "m" {\n  source = "../../modules/alias"\n}\n')
    roots = find_roots(Project(project))
    assert [(root.folder, root.aliases) for root in roots] == [
        ("examples/e", (("modules/alias", "modules/m"),)),
        ("modules/m", ()),
    ]
    assert [call.folder for call in roots[0].calls] == ["modules/m"]


@pytest.mark.parametrize("scanner", [Checkov, Tfsec], ids=lambda each: each.name)
def test_a_call_through_a_link_repeats_no_finding_of_the_module(
    project: Path, tmp_path: Path, reference: Callable[[Scanner], Found], scanner: Callable[[], Scanner]
) -> None:
    plain(project / "modules/m")
    (project / "modules/alias").symlink_to("m")
    (project / "examples/e").mkdir(parents=True)
    (project / "examples/e/main.tf").write_text('module "m" {\n  source = "../../modules/alias"\n}\n')
    assert findings(project, scanner(), tmp_path / "stage") == reference(scanner())
