from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path

import pytest

from modproof.core.project import Project
from modproof.core.results import (
    CaseResult,
    Changes,
    ComplianceResult,
    CoverageChange,
    CoverageSummary,
    EntryStatus,
    Finding,
    FrameworkControl,
    LedgerChange,
    Outcome,
    PermissionChange,
    Place,
    Problem,
    RunResult,
    Scan,
    StepResult,
    StoryResult,
)
from modproof.report import page
from modproof.report.excerpts import Excerpts
from modproof.report.overview import due, module_at
from modproof.report.prose import prose
from modproof.report.provenance import Provenance

from ..conftest import write

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}


class Page(HTMLParser):
    """The text of a page, its tags, and its nesting errors."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.words: list[str] = []
        self.within_word = False
        self.feed(html)
        self.close()
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        # a break opportunity does not end the word
        self.within_word = tag == "wbr"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.within_word = False
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if not {"style", "script"}.intersection(self.open):
            self.words.append(self.words.pop() + data if self.within_word else data)
            self.within_word = False

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(result: RunResult, about: Provenance) -> Page:
    return Page(page.render(result, about))


RUNS = ["passed_run", "failed_run", "error_run", "compared_run"]


@pytest.mark.parametrize("fixture", RUNS)
def test_page_is_valid_html_without_network_requests(
    fixture: str, request: pytest.FixtureRequest, about: Provenance
) -> None:
    html = page.render(request.getfixturevalue(fixture), about)
    found = Page(html)
    assert (found.wrong, found.open) == ([], [])
    assert [tag for tag, _ in found.tags if tag in {"img", "iframe", "object", "base"}] == []
    assert [attributes for _, attributes in found.tags if "src" in attributes] == []
    assert [link["href"] for link in found.all("link")] == ["data:,"]
    assert "url(" not in html
    assert "@import" not in html
    policy = next(meta["content"] for meta in found.all("meta") if "http-equiv" in meta)
    [script] = re.findall(r"<script>(.*)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy == (f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:")


@pytest.mark.parametrize("fixture", RUNS)
def test_page_is_accessible(fixture: str, request: pytest.FixtureRequest, about: Provenance) -> None:
    found = read(request.getfixturevalue(fixture), about)
    assert found.all("html") == [{"lang": "en"}]
    landmarks = [tag for tag, _ in found.tags if tag in {"header", "nav", "main", "footer"}]
    assert landmarks == ["header", "nav", "main", "footer"]
    assert [tag for tag, _ in found.tags if tag == "h1"] == ["h1"]
    assert all(head.get("scope") in {"col", "row"} for head in found.all("th"))
    assert len(found.all("caption")) == len(found.all("table"))
    identities = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(identities) == len(set(identities))
    anchors = {str(link["href"])[1:] for link in found.all("a") if str(link["href"]).startswith("#")}
    assert anchors - set(identities) == set()
    labelled = {label["for"] for label in found.all("label")}
    assert labelled == {field["id"] for tag in ("input", "select") for field in found.all(tag)}
    named = {attributes.get("aria-labelledby") for attributes in found.all("section")} - {None}
    assert named - set(identities) == set()


def headings(result: RunResult, about: Provenance) -> list[str]:
    return re.findall(r'<h2 id="[a-z-]+">([^<]+)</h2>', page.render(result, about))


def test_page_of_a_passed_run(passed_run: RunResult, about: Provenance) -> None:
    found = read(passed_run, about)
    assert found.text.strip().startswith(
        "pipeline-modules: passed Skip to the results pipeline-modules ✓ Passed 25 cases"
    )
    assert "25 cases, 1 story (9 steps), 214 checks, 0 open findings in 31 s" in found.text
    assert "Date 24 November 2025, 04:13 UTC Revision bca30e5f0c1d Exit code 0: passed" in found.text
    assert "None. 214 checks reported 9 findings, all covered by the ledger." in found.text
    assert (
        "CKV_AWS_122 checkov covers 1 finding Ensure that direct internet access is disabled for a SageMaker notebook "
        "instance Reason To train or host models from a notebook, you need internet access. No NAT gateway created "
        "yet. Owner platform Review by 2026-06-30 Entry compliance/ignores.yaml:22 Covered findings "
        'module.data-buckets.aws_s3_bucket.this["training"] high modules/data-buckets/main.tf:12'
    ) in found.text
    assert 'CKV_AWS_356 checkov Ensure no IAM policies documents allow "*"' in found.text
    assert "the key policy names the key's own ARN" in found.text
    assert "✓ passed log-groups 4 passed, 4 from the cache ✓ passed minimal cache" in found.text
    assert "✓ passed apply 27 resources 14 s" in found.text
    assert "checkov 3.3.30 180 41 5.1 s" in found.text
    assert "aws provider 5.100.0" in found.text
    assert headings(passed_run, about) == [
        "Findings with no ledger entry",
        "Suppressed findings",
        "Entries no longer needed",
        "Modules",
        "Findings by rule",
        "Stories",
        "Run details",
    ]


def test_page_of_a_failed_run_lists_problems_first(failed_run: RunResult, about: Provenance) -> None:
    found = read(failed_run, replace(about, revision=f"{about.revision}-dirty"))
    assert "✗ Failed 2 of 25 cases failed and 1 could not be planned" in found.text
    assert "bca30e5f0c1d with uncommitted changes Exit code 1: failures found" in found.text
    assert headings(failed_run, about)[:3] == [
        "5 problems",
        "Findings with no ledger entry",
        "Suppressed findings",
    ]
    assert (
        "✗ failed encryption-key/rejects_short_window tests/unit/encryption-key/cases.yaml:58 "
        "expected a rejection with must be 7-30, but the module accepts these variables "
        "Fix: add the validation to modules/encryption-key/variables.tf, or drop the case"
    ) in found.text
    assert '! error notebook/private modules/notebook/main.tf:7 unsupported block type "resorce"' in found.text
    assert "3 findings of 2 rules." in found.text
    assert (
        "high CKV_AWS_158 checkov Ensure that CloudWatch Log Group is encrypted by KMS "
        "Guideline for CKV_AWS_158 "
        "module.log-groups.aws_cloudwatch_log_group.endpoint modules/log-groups/main.tf:4 "
        "module.log-groups.aws_cloudwatch_log_group.this modules/log-groups/main.tf:8"
    ) in found.text


def test_page_of_a_run_with_errors_claims_nothing(error_run: RunResult, about: Provenance) -> None:
    found = read(error_run, replace(about, revision=""))
    assert "! Error no story found, 1 scan not completed, 1 error in 2 min 5 s" in found.text
    assert "Revision unknown: not a git checkout Exit code 2: configuration or tool error" in found.text
    assert "No scan was completed, so findings are unknown." in found.text
    assert "No scan was completed, so the ledger was not compared with findings." in found.text
    assert "No story found." in found.text
    assert "Open findings \N{EN DASH}" in found.text
    assert "None." not in found.text


def test_page_says_which_parts_were_not_requested(about: Provenance) -> None:
    found = read(RunResult(cases=[CaseResult("a/b", Outcome.PASSED)]), about)
    assert "Compliance was not part of this run, so findings are unknown." in found.text
    assert "Stories were not part of this run: nothing was applied." in found.text
    assert found.text.count("not part of this run") == 4
    found = read(RunResult(compliance=ComplianceResult(scans=(Scan("tfsec", "1.28.14", 34, 4, 0.5),))), about)
    assert "None. 34 checks reported no findings." in found.text
    assert "None: the ledger has no entries." in found.text
    assert "Plans were not part of this run." in found.text


def test_page_lists_a_nested_module_as_its_own_module(about: Provenance) -> None:
    case = CaseResult("vpc/modules/subnet/minimal", Outcome.PASSED, module="vpc/modules/subnet")
    found = read(RunResult(cases=[case]), about)
    assert "✓ passed vpc/modules/subnet 1 passed ✓ passed minimal" in found.text


def test_page_marks_an_entry_that_is_overdue(passed_run: RunResult, about: Provenance) -> None:
    assert "overdue" not in read(passed_run, about).text
    later = replace(about, started=about.started.replace(year=2026, month=7, day=1))
    assert read(passed_run, later).text.count("Review by 2026-06-30 overdue") == 4
    due = replace(about, started=about.started.replace(year=2026, month=6, day=30))
    assert read(passed_run, due).text.count("Review by 2026-06-30 overdue") == 4


def test_links_of_results_stay_the_same_when_lines_move(failed_run: RunResult, about: Provenance) -> None:
    def anchors(result: RunResult) -> list[str]:
        return [
            str(found["id"])
            for _, found in read(result, about).tags
            if "item" in str(found.get("class")).split() and "id" in found
        ]

    compliance = failed_run.compliance
    assert compliance is not None
    moved = tuple(replace(each, place=replace(each.place, line=99)) for each in compliance.findings)
    ids = anchors(failed_run)
    assert ids == anchors(replace(failed_run, compliance=replace(compliance, findings=moved)))
    assert {"case-data-buckets/minimal", "story-notebook-stack", "entry-CKV_AWS_122"} < set(ids)
    assert sum(each.startswith("finding-") for each in ids) == 3 + 9


def test_page_links_modules_with_their_cases_stories_coverage_and_findings(
    passed_run: RunResult, about: Provenance, tmp_path: Path
) -> None:
    write(tmp_path, {"modules/data-buckets/main.tf": "\n" * 11 + BUCKET})
    stories = [replace(story, modules=("data-buckets",)) for story in passed_run.stories or ()]
    gap = Problem("var.name (null): no case sets it", Place("modules/data-buckets/main.tf", 3))
    covered = [CoverageSummary("data-buckets", 9, 10, 90.0, 80.0, (gap,))]
    html = page.render(replace(passed_run, stories=stories, coverage=covered), about, Project(tmp_path))
    text = Page(html).text
    assert (
        "data-buckets 6 passed ✓ passed Coverage: 9 of 10 (90 %), gate 80 %. 1 gap var.name (null): no case sets it "
        "modules/data-buckets/main.tf:3 Applied by 1 story: notebook-stack . Suppressed: 9 findings"
    ) in text
    assert '<a href="#module-data-buckets">data-buckets</a>' in html
    assert '<a href="#story-notebook-stack">notebook-stack</a>' in html
    assert '<option value="data-buckets">data-buckets</option>' in html


BUCKET = """resource "aws_s3_bucket" "this" {
  # AKIAABCDEFGHIJKLMNOP </code><script>
  bucket = "demo"
}
"""


def test_findings_have_their_code(passed_run: RunResult, about: Provenance, tmp_path: Path) -> None:
    write(tmp_path, {"modules/data-buckets/main.tf": "\n" * 11 + BUCKET})
    html = page.render(passed_run, about, Project(tmp_path))
    assert Page(html).wrong == []
    assert '12 ▸ resource "aws_s3_bucket" "this" {' in Page(html).text
    assert "AKIAABCDEFGHIJKLMNOP" not in html


def test_code_is_read_from_files_of_the_project_only(tmp_path: Path) -> None:
    write(tmp_path, {"project/main.tf": "\n".join(f"# {number}" for number in range(1, 31)), "secret.txt": "secret"})
    (tmp_path / "project/link.tf").symlink_to(tmp_path / "secret.txt")
    excerpts = Excerpts(Project(tmp_path / "project"))
    for path, line in [("../secret.txt", 1), ("link.tf", 1), ("none.tf", 1), ("main.tf", 31), ("main.tf", 0), (".", 1)]:
        assert excerpts.at(Place(path, line)) is None
    assert excerpts.at(Place("main.tf")) is None
    found = excerpts.at(Place("main.tf", 29))
    assert found is not None
    assert [line.number for line in found.lines if line.marked] == [29]


def test_code_is_the_block_around_the_line_and_at_most_fourteen_lines(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": "# a\nlocals {\n" + "".join(f"  a{n} = {n}\n" for n in range(40)) + "}\n"})
    excerpts = Excerpts(Project(tmp_path))

    def lines(at: int) -> tuple[int, int, int]:
        found = excerpts.at(Place("main.tf", at))
        assert found is not None
        return found.lines[0].number, found.lines[-1].number, found.more

    assert (lines(2), lines(10), lines(30), lines(43)) == ((2, 15, 28), (2, 15, 28), (26, 39, 4), (39, 43, 0))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a `b[*]` and *c*", "<p>a <code>b[*]</code> and <em>c</em></p>"),
        ("[x](https://a.example/?b&c)", '<a href="https://a.example/?b&amp;c" rel="noopener noreferrer">x</a>'),
        ("- one\n- two", "<li>one</li>"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("[x](javascript:alert(1)) [y](data:image/png;base64,xx)", "<p>[x](javascript:alert(1)) [y](data:image"),
        ("# no heading", "<p># no heading</p>"),
        ("![x](https://a.example/x.png)", "<p>!<a "),
    ],
)
def test_reasons_are_rendered_as_safe_markdown(text: str, html: str) -> None:
    assert html in prose(text)


def test_page_shows_when_entries_are_due(passed_run: RunResult, about: Provenance) -> None:
    compliance = passed_run.compliance
    assert compliance is not None
    dates = ("2026-06-30", "2025-10-01", "2026-06-01", "2025-11-30")
    entries = [replace(entry, review=review) for entry, review in zip(compliance.entries, dates, strict=True)]
    found = due(entries, "2025-11-24")
    assert [(each.month, each.left, each.share, each.overdue, len(each.entries)) for each in found] == [
        ("2025-10", -1, 0, True, 1),
        ("2025-11", 0, 0, False, 1),
        ("2026-06", 7, 100, False, 2),
    ]
    text = read(replace(passed_run, compliance=replace(compliance, entries=tuple(entries))), about).text
    assert "2025-10 overdue 1 month ago 1 entry: CKV2_AWS_62" in text
    assert "2026-06 in 7 months 2 entries: CKV_AWS_122 , CKV2_AWS_61" in text


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("modules/vpc/main.tf", "vpc"),
        ("modules/vpc/files/x.json", "vpc"),
        ("modules/vpc/modules/subnet/main.tf", "vpc/modules/subnet"),
        ("main.tf", "root"),
        ("examples/vpc/main.tf", None),
        ("/outside/main.tf", None),
        ("", None),
        ("/", None),
    ],
)
def test_a_file_belongs_to_the_innermost_module(path: str, module: str | None) -> None:
    modules = {"modules/vpc": "vpc", "modules/vpc/modules/subnet": "vpc/modules/subnet", ".": "root"}
    assert module_at(path, modules) == module


def test_page_lists_findings_by_control(failed_run: RunResult, about: Provenance) -> None:
    compliance = failed_run.compliance
    assert compliance is not None
    assert "Findings by control" not in read(failed_run, about).text
    controls = (FrameworkControl("cis", "2.10"), FrameworkControl("cis", "2.9"), FrameworkControl("nist", "AC-6"))
    opened = tuple(replace(each, controls=controls) for each in compliance.findings)
    found = read(replace(failed_run, compliance=replace(compliance, findings=opened)), about)
    assert "CIS 2.9 CKV_AWS_158 , aws-s3-enable-versioning 3 0 CIS 2.10 CKV_AWS_158" in found.text
    assert "control-nist-AC-6" in [attributes.get("id") for _, attributes in found.tags]


def test_page_marks_what_is_new_since_the_base(compared_run: RunResult, about: Provenance) -> None:
    assert compared_run.compliance is not None
    assert compared_run.changes is not None
    cases = [*(compared_run.cases or ()), CaseResult("queue/new", Outcome.PASSED, module="queue")]
    opened = replace(compared_run.compliance, findings=compared_run.changes.opened)
    found = read(replace(compared_run, cases=cases, compliance=opened), about)
    assert "Changes since main 1 new open finding, 1 fixed, 1 newly suppressed" in found.text
    new = [tags["id"] for _, tags in found.tags if "id" in tags and "new" in str(tags.get("data-state")).split()]
    assert [str(each).partition("-")[0] for each in new] == ["finding", "case", "all"]
    assert "case-queue/new" in new


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{ 7 * 7 }}{% raw %}&amp;</pre></style>"


def test_page_escapes_hostile_text(about: Provenance) -> None:
    place = Place(HOSTILE, 1)
    finding = Finding(HOSTILE, HOSTILE, HOSTILE, HOSTILE, place, HOSTILE, "javascript:alert(3)")
    entry = EntryStatus(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, "2027-01-01", place, 1)
    changes = Changes(
        HOSTILE,
        HOSTILE,
        opened=(finding,),
        fixed=(finding,),
        ledger=(LedgerChange("changed", entry, replace(entry, owner="x")),),
        cases_added=(HOSTILE,),
        coverage=(CoverageChange(HOSTILE, None, 1.0),),
        permissions=(PermissionChange(HOSTILE, HOSTILE, (HOSTILE,)),),
        incomparable=(Problem(HOSTILE),),
    )
    result = RunResult(
        changes=changes,
        cases=[CaseResult(f"{HOSTILE}/{HOSTILE}", Outcome.FAILED, (Problem(HOSTILE, place, HOSTILE),), place)],
        stories=[StoryResult(HOSTILE, (StepResult(HOSTILE, Outcome.PASSED, 1.0, (), HOSTILE),), place)],
        compliance=ComplianceResult(scans=(Scan(HOSTILE, HOSTILE, 1, 1, 0.1),), findings=(finding,), entries=(entry,)),
        errors=[Problem(HOSTILE)],
        versions={HOSTILE: HOSTILE},
        seconds={HOSTILE: 1.0},
    )
    html = page.render(result, replace(about, project=HOSTILE, revision=HOSTILE, modproof=HOSTILE))
    found = Page(html)
    assert (found.wrong, found.open) == ([], [])
    assert len(found.all("script")) == 1
    assert found.all("img") == []
    assert [name for _, attributes in found.tags for name in attributes if name.startswith("on")] == []
    assert [link["href"] for link in found.all("a") if "javascript" in str(link["href"])] == []
    assert re.sub(r"\s+", " ", HOSTILE) in found.text
    assert "49" not in found.text


def test_page_links_a_guideline_and_nothing_else(failed_run: RunResult, about: Provenance) -> None:
    links = [link for link in read(failed_run, about).all("a") if not str(link["href"]).startswith("#")]
    assert links == [{"href": "https://docs.example.com/CKV_AWS_158", "rel": "noopener noreferrer"}]


def test_page_cuts_a_message_of_many_megabytes(about: Provenance) -> None:
    html = page.render(RunResult(errors=[Problem("x" * 5_000_000)]), about)
    assert "… (4,992,000 more characters)" in html
    assert len(html) < 60_000


def test_page_renders_zero_and_negative_seconds(about: Provenance) -> None:
    steps = (StepResult("apply", Outcome.PASSED, 0.0), StepResult("destroy", Outcome.PASSED, -1.0))
    found = read(RunResult(stories=[StoryResult("s", steps), StoryResult("t", ())], seconds={"total": 0.0}), about)
    assert "2 stories, 2 steps: 1 error" in found.text


def _luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((ink, ground) for ink in ("ink", "quiet", "link") for ground in ("ground", "paper")),
        ("ink", "code"),
        ("link", "code"),
        *((tone, ground) for tone in ("passed", "failed", "error") for ground in ("ground", "paper", f"{tone}-ground")),
        *(("ink", f"{tone}-ground") for tone in ("passed", "failed", "error")),
    ],
)
def test_page_has_contrast(scheme: int, ink: str, ground: str) -> None:
    """4.5 to 1, https://www.w3.org/TR/WCAG22/#contrast-minimum."""
    css = resources.files("modproof.report").joinpath("templates/report.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{([^}]*)\}", css)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[scheme]))
    lighter, darker = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
