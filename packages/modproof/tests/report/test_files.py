from __future__ import annotations

import html
import json
import os
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from modproof import report
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.core.results import Place, Problem, RunResult
from modproof.report import files, page

KEY = "AKIA" + "IOSFODNN7EXAMPLE"
NAMES = [
    "report.md",
    "report.json",
    "report.html",
    "report.junit.xml",
    "report.sarif",
    "report.upload.sarif",
    "report.oscal.json",
]
SECRET = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"


def test_write_creates_every_report(passed_run: RunResult, project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "report"
    written = report.write(passed_run, project, folder)
    assert written == [folder / name for name in NAMES]
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)
    assert (folder / "report.md").read_text(encoding="utf-8").startswith("## ✅ pipeline-modules: passed")
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["schema"] == 1
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert ET.parse(folder / "report.junit.xml").getroot().get("failures") == "0"  # noqa: S314
    assert json.loads((folder / "report.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert json.loads((folder / "report.upload.sarif").read_text(encoding="utf-8"))["runs"][0]["results"] == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o666 & ~_umask()}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_write_replaces_earlier_reports(passed_run: RunResult, failed_run: RunResult, project: Project) -> None:
    report.write(passed_run, project, project.report)
    report.write(failed_run, project, project.report)
    assert report.read(project.report / "report.json").exit_code == 1
    assert len(list(project.report.iterdir())) == len(NAMES)


def test_write_changes_nothing_when_a_report_cannot_be_rendered(
    passed_run: RunResult, failed_run: RunResult, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [path.read_bytes() for path in report.write(passed_run, project, project.report)]

    def fail(*_: object) -> str:
        raise ValueError("no such template")

    monkeypatch.setattr(page, "render", fail)
    with pytest.raises(ValueError, match="no such template"):
        report.write(failed_run, project, project.report)
    assert [(project.report / name).read_bytes() for name in NAMES] == before


def test_write_keeps_the_old_report_and_no_temporary_file_when_the_disk_is_full(
    passed_run: RunResult, failed_run: RunResult, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    report.write(passed_run, project, project.report)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ConfigurationError, match="the report cannot be written: No space left on device") as caught:
        report.write(failed_run, project, project.report)
    assert caught.value.exit_code == 2
    assert sorted(path.name for path in project.report.iterdir()) == sorted(NAMES)
    assert report.read(project.report / "report.json").exit_code == 0


def test_write_reports_a_folder_that_is_a_file(passed_run: RunResult, project: Project, tmp_path: Path) -> None:
    (tmp_path / "report").write_text("")
    with pytest.raises(ConfigurationError) as caught:
        report.write(passed_run, project, tmp_path / "report")
    assert str(caught.value) == (
        f"{tmp_path}/report: the report cannot be written: File exists; use a writable folder, or free disk space"
    )


def test_write_describes_a_mismatch_in_every_report(failed_run: RunResult, project: Project) -> None:
    # OSCAL has scans only
    for path in report.write(failed_run, project, project.report)[:-1]:
        text = html.unescape(path.read_text(encoding="utf-8")).replace('\\"', '"')
        assert 'bucket: expected "demo-training", found "demo-train"' in text


def test_write_masks_keys_in_every_report(passed_run: RunResult, project: Project) -> None:
    problem = Problem(f"denied for {KEY}", Place(f"{KEY}.tf"), f"secret_key = {SECRET}")
    result = replace(passed_run, errors=[problem], versions={"terraform": KEY}, revision=KEY)
    for path in report.write(result, project, project.report):
        text = path.read_text(encoding="utf-8")
        assert KEY not in text
        assert SECRET not in text
        assert "AKIA" in text, "a masked key is recognisable as a key"


def test_write_replaces_characters_that_utf_8_cannot_encode(passed_run: RunResult, project: Project) -> None:
    report.write(replace(passed_run, errors=[Problem("half \ud83d\x00")]), project, project.report)
    assert report.read(project.report / "report.json").errors == [Problem("half \ufffd")]


def _git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_write_reads_the_revision_and_the_name_from_git(passed_run: RunResult, project: Project) -> None:
    root = project.root
    (root / ".gitignore").write_text(".modproof/\n")
    _git(root, "init", "-q")
    _git(root, "remote", "add", "origin", "https://x-access-token:hunter2@git.example.com/team/ml-modules.git")
    _git(root, "add", ".")
    _git(root, "commit", "-q", "-m", "first")
    commit = _git(root, "rev-parse", "HEAD")
    result = replace(passed_run, revision="", started=None)

    before = datetime.now(UTC)
    report.write(result, project, project.report)
    found = json.loads((project.report / "report.json").read_text())
    assert (found["project"], found["revision"]) == ("ml-modules", commit)
    assert before <= datetime.fromisoformat(found["started"]) <= datetime.now(UTC)
    assert all("hunter2" not in path.read_text() for path in project.report.iterdir())
    assert report.revision(project) == commit

    (root / "new.tf").write_text("")
    assert report.revision(project) == f"{commit}-dirty"


def test_revision_is_dirty_when_git_status_fails(project: Project) -> None:
    root = project.root
    _git(root, "init", "-q")
    (root / "main.tf").write_text("")
    _git(root, "add", ".")
    _git(root, "commit", "-q", "-m", "first")
    commit = _git(root, "rev-parse", "HEAD")
    assert report.revision(project) == commit
    (root / ".git" / "index").write_bytes(b"not an index")
    assert report.revision(project) == f"{commit}-dirty"


def test_revision_is_empty_without_git(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert report.revision(project) == ""
    monkeypatch.setenv("PATH", "/nowhere")
    assert report.revision(project) == ""


def test_sarif_and_junit_have_paths_from_the_root_of_the_repository(failed_run: RunResult, project: Project) -> None:
    _git(project.root.parent, "init", "-q")
    paths = {path.name: path for path in report.write(failed_run, project, project.report)}
    (run,) = json.loads(paths["report.upload.sarif"].read_text(encoding="utf-8"))["runs"]
    uris = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]}
    assert "pipeline-modules/modules/log-groups/main.tf" in uris
    tests = ET.parse(paths["report.junit.xml"]).iterfind(".//testcase[@file]")  # noqa: S314
    assert "pipeline-modules/modules/log-groups/main.tf" in {test.get("file") for test in tests}
