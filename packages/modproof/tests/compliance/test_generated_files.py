"""Files generated from the ledger, and the problems of outdated files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from modproof.compliance import generate, scan
from modproof.compliance.ledger import Ledger
from modproof.compliance.scanners import Checkov
from modproof.compliance.scanners.config import ScannerConfig
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project

from .conftest import Site, StubScanner

GENERATED = (".checkov.yaml", ".tfsec/config.yml", "docs/ignored-checks.md")
LEDGER = """\
ignores:
  - scanner: checkov
    rule: CKV_AWS_356
    description: Ensure no policy allows "*" | or more
    reason: the [key policy](https://example.com) names the key itself, <alias> or `<id>`, see <https://example.com>
    scope:
      - module: notebook
        resource: aws_kms_key.*
      - path: examples/stack/*.tf
    owner: platform
    review: 2027-05-31
  - scanner: tfsec
    rule: aws-vpc-no-public-egress-sgr
    description: An egress security group rule allows traffic to /0.
    reason: jobs call AWS
    scope:
      - module: notebook
    owner: platform
    review: 2027-06-30
no_longer_needed:
  - scanner: checkov
    rule: CKV_AWS_144
    description: Ensure that S3 bucket has cross-region replication enabled
    reason: out of scope
    because: the buckets are replicated now
"""


def text(site: Site, path: str) -> str:
    return (site.root / path).read_text()


def test_the_checkov_configuration_skips_only_rules_in_force(site: Site) -> None:
    site.ledger(LEDGER)
    site.generate()

    settings = yaml.safe_load(text(site, ".checkov.yaml"))

    assert settings == {
        "compact": True,
        "directory": ["."],
        "download-external-modules": False,
        "framework": ["terraform"],
        "quiet": True,
        "skip-check": ["CKV_AWS_356"],
        "skip-download": True,
        "skip-path": ["^(?!.*/modules(?:/.*)?$)(?!.*/examples(?:/.*)?$)"],
    }


@pytest.mark.parametrize(
    ("scanned", "skipped", "kept"),
    [
        (
            '["modules", "examples"]',
            ["/at/packages", "/at/main.tf", "/at/examples-old", "/at/my-modules/x"],
            ["/at/modules", "/at/modules/x/main.tf", "/at/examples/x"],
        ),
        (
            '["infra/modules"]',
            ["/at/other", "/at/infra/other", "/at/infra/other.tf"],
            ["/at/infra", "/at/infra/modules", "/at/infra/modules/x/main.tf"],
        ),
    ],
    ids=["top folders", "deeper folder"],
)
def test_the_checkov_configuration_skips_paths_outside_the_scanned_folders(
    site: Site, scanned: str, skipped: list[str], kept: list[str]
) -> None:
    site.write("pyproject.toml", f"[tool.modproof]\nscan = {scanned}\n")
    site.ledger("")
    site.generate()

    (pattern,) = yaml.safe_load(text(site, ".checkov.yaml"))["skip-path"]

    assert [path for path in skipped + kept if re.search(pattern, path)] == skipped


def test_the_checkov_configuration_of_a_fully_scanned_project_skips_no_path(site: Site) -> None:
    site.write("pyproject.toml", '[tool.modproof]\nscan = ["."]\n')
    site.ledger("")
    site.generate()

    assert yaml.safe_load(text(site, ".checkov.yaml"))["skip-path"] == []


def test_the_tfsec_configuration_excludes_the_current_id_until_the_review_date(site: Site) -> None:
    site.ledger(LEDGER)
    site.generate()

    assert yaml.safe_load(text(site, ".tfsec/config.yml")) == {"exclude": ["aws-ec2-no-public-egress-sgr:2027-06-30"]}


def test_the_page_lists_entries_in_force_and_retired_entries(site: Site) -> None:
    site.ledger(LEDGER)
    site.generate()

    page = text(site, "docs/ignored-checks.md")

    in_force, retired = page.split("## No longer needed")
    assert (
        '| `CKV_AWS_356` | Ensure no policy allows "\\*" \\| or more | the [key policy](https://example.com) '
        "names the key itself, \\<alias> or `<id>`, see <https://example.com> | "
        "module `notebook`, resource `aws_kms_key.*`<br>path `examples/stack/*.tf` | platform "
        "| 2027-05-31 |"
    ) in in_force
    assert "`aws-vpc-no-public-egress-sgr`<br>(now `aws-ec2-no-public-egress-sgr`)" in in_force
    assert (
        "| `CKV_AWS_144` | Ensure that S3 bucket has cross-region replication enabled | out of scope | "
        "the buckets are replicated now |"
    ) in retired


def test_an_empty_ledger_generates_files_that_skip_nothing(site: Site) -> None:
    site.ledger("")
    site.generate()

    assert yaml.safe_load(text(site, ".checkov.yaml"))["skip-check"] == []
    assert yaml.safe_load(text(site, ".tfsec/config.yml")) == {"exclude": []}
    assert "No checks are ignored." in text(site, "docs/ignored-checks.md")


@pytest.mark.parametrize(
    ("scanners", "sentence"),
    [
        (["trivy"], None),
        (["checkov", "trivy"], "`.checkov.yaml` is generated from the same list"),
        (["checkov", "tfsec"], "`.checkov.yaml` and `.tfsec/config.yml` are generated from the same list"),
    ],
)
def test_the_page_names_the_configuration_files_of_the_chosen_scanners(
    tmp_path: Path, scanners: list[str], sentence: str | None
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.modproof]\nscanners = {scanners}\n", encoding="utf-8")

    generate(Project.find(tmp_path))

    page = (tmp_path / "docs/ignored-checks.md").read_text(encoding="utf-8")
    assert re.findall(r"^(.*? generated from the same list)", page, re.MULTILINE) == ([sentence] if sentence else [])


def test_generating_again_changes_nothing(site: Site) -> None:
    site.ledger(LEDGER)
    site.generate()
    before = (site.root / ".checkov.yaml").stat().st_mtime_ns

    assert generate(site.project) == []
    assert generate(site.project, check=True) == []
    assert (site.root / ".checkov.yaml").stat().st_mtime_ns == before


def test_an_outdated_file_is_reported_with_the_first_line_that_differs(site: Site) -> None:
    site.ledger(LEDGER)
    site.generate()
    site.write(".tfsec/config.yml", text(site, ".tfsec/config.yml").replace("2027-06-30", "2099-06-30"))
    (site.root / "docs/ignored-checks.md").unlink()

    assert list(map(str, generate(site.project, check=True))) == [
        ".tfsec/config.yml:5: differs from compliance/ignores.yaml; run `modproof ledger` and commit the file",
        "docs/ignored-checks.md: is missing, but is generated from compliance/ignores.yaml; run `modproof ledger`",
    ]


def test_an_unknown_configuration_key_is_reported(site: Site) -> None:
    site.ledger("")
    site.generate()
    site.write(".checkov.yaml", text(site, ".checkov.yaml") + "skip-checks: [X]\n")
    site.write(".tfsec/config.yml", text(site, ".tfsec/config.yml") + "excluded: [x]\n")

    found = list(map(str, generate(site.project, check=True)))

    assert ".checkov.yaml:15: unknown key 'skip-checks': checkov exits without scanning; run `modproof ledger`" in found
    assert (
        ".tfsec/config.yml:5: unknown key 'excluded': tfsec ignores it without a message; run `modproof ledger`"
        in found
    )


def test_other_configuration_files_are_reported(site: Site) -> None:
    site.ledger("")
    site.write(".checkov.yml", "")
    site.write(".tfsec/config.json", "{}")
    site.write(".tfsec/own_tfchecks.yaml", "checks: []\n")

    assert [str(problem.place) for problem in generate(site.project)] == [
        ".checkov.yml",
        ".tfsec/config.json",
        ".tfsec/own_tfchecks.yaml",
    ]


HAND_WRITTEN = {
    ".checkov.yaml": "skip-check: [CKV_AWS_18]\n",
    ".checkov.yml": "skip-check: [CKV_AWS_18]\n",
    ".tfsec/config.yml": "# our exceptions\nexclude: [aws-s3-enable-versioning]\n",
    ".tfsec/config.json": "{}\n",
    "docs/ignored-checks.md": "# Checks that we ignore\n",
}


@pytest.mark.parametrize("path", HAND_WRITTEN)
@pytest.mark.parametrize("check", [False, True], ids=["write", "check"])
def test_a_file_that_was_written_by_hand_is_never_overwritten(site: Site, path: str, check: bool) -> None:
    site.write(path, HAND_WRITTEN[path])

    with pytest.raises(ConfigurationError) as raised:
        generate(site.project, check=check)

    assert raised.value.exit_code == 2
    assert str(raised.value).startswith(
        f"{path}: this file was not generated by `modproof ledger` and is not overwritten; "
        + ("rename it" if path.startswith("docs/") else "run `modproof ledger import` to add what it hides")
    )
    assert text(site, path) == HAND_WRITTEN[path]
    assert [other for other in GENERATED if (site.root / other).exists() and other != path] == []


@pytest.mark.parametrize("path", [".checkov.yaml", ".tfsec/config.yml", "docs/ignored-checks.md"])
def test_a_file_that_was_written_by_hand_is_kept_next_to_a_ledger(site: Site, path: str) -> None:
    site.ledger(LEDGER)
    site.write(path, HAND_WRITTEN[path])

    with pytest.raises(ConfigurationError, match="is not overwritten"):
        site.generate()

    problems = {str(problem.place): problem for problem in site.scan(generated=False).problems}
    assert problems[path].message == "was not generated from compliance/ignores.yaml"
    assert text(site, path) == HAND_WRITTEN[path]


def test_a_file_that_was_generated_from_a_ledger_at_another_path_is_written_again(site: Site) -> None:
    site.ledger(LEDGER)
    site.generate()
    before = text(site, ".checkov.yaml")
    site.write(".checkov.yaml", before.replace("compliance/ignores.yaml", "old.yaml"))
    site.generate()

    assert text(site, ".checkov.yaml") == before


def test_a_scan_reports_outdated_files(site: Site) -> None:
    site.ledger("")

    result = site.scan(generated=False)

    assert [str(problem.place) for problem in result.problems] == [
        ".checkov.yaml",
        ".tfsec/config.yml",
        "docs/ignored-checks.md",
    ]


def test_a_scanner_brings_its_own_configuration_and_ignore_comments(site: Site) -> None:
    third = StubScanner(Checkov, (), {})
    third.name = "third"
    third.ignore_comment = re.compile(r"third:skip=(?P<rules>\w+)")
    third.config = ScannerConfig("third", "third.yaml", frozenset(), "it stops", {"third.yml": "also read"}, _no_rules)
    site.ledger("")
    site.write("docs/ignored-checks.md", "<!-- Generated from another.yaml by `modproof ledger`. -->\n")
    site.write("third.yml", "")
    site.write("modules/notebook/main.tf", "# third:skip=R1 checkov:skip=CKV_AWS_1\nlocals {}\n")

    result = scan(site.project, scanners=lambda _progress: (third,))

    assert [str(problem.place) for problem in result.problems] == [
        "modules/notebook/main.tf:1",
        "third.yml",
        "third.yaml",
        "docs/ignored-checks.md:1",
    ]


def _no_rules(_project: Project, _ledger: Ledger) -> str:
    return "skip: []\n"
