"""The command that prepares a release, in repositories made for the tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tools import release

ROOT = Path(__file__).parents[2]
README = """
source = "git::https://example.com/org/modules.git//modules/bucket?ref=v1.2.3"
source = "git::https://example.com/other/thing.git//modules/bucket?ref=v1.2.3"
uses: org/modules/.github/workflows/modproof.yml@v1.2.3
pip install "b @ git+https://example.com/org/modules.git@v1.2.3#subdirectory=packages/b"
source = "git::https://example.com/org/modules.git//modules/bucket?depth=1&ref=v1.2.3"
a smaller clone: `?depth=1&ref=v1.2.3`
"""
FILES = {
    "README.md": README,
    "CHANGELOG.md": "# Log\n\n## Unreleased\n\n### Modules\n\n- `bucket` is new.\n\n## 1.2.3 - 2026-01-01\n\n- One.\n",
    "packages/a/pyproject.toml": '[project]\nname = "a"\nversion = "1.2.3"\n\n[tool.x]\nversion = "9"\n',
    "packages/b/src/b/__init__.py": '"""B."""\n\n__version__ = "1.2.3"\n',
    "examples/live/terragrunt.hcl": 'source = "git::https://example.com/org/modules.git//modules/bucket?ref=v1.2.3"\n',
    "examples/live/workflows/b.yml": 'run: pip install "b @ git+https://example.com/org/modules.git@v1.2.3"\n',
}
Git = Callable[..., str]
ALONE = ("--upgrade", "none")
MODULE = 'variable "name" {}\n'


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """A repository with the release v1.2.3 and a feature since; the fixture is its git."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@localhost")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    run("init", "--quiet", "--initial-branch=main")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    run("add", ".")
    run("commit", "--quiet", "--message=fix: start")
    run("tag", "--annotate", "v1.2.3", "--message=v1.2.3")
    run("commit", "--quiet", "--allow-empty", "--message=feat: bucket")
    return run


def test_a_release_changes_versions_references_and_changelog(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["1.3.0", *ALONE]) == 0
    assert git("status", "--porcelain") == ""
    assert git("log", "-1", "--format=%s").strip() == "chore: release v1.3.0"
    assert git("cat-file", "-t", "v1.3.0").strip() == "tag"
    assert "### Modules\n\n- `bucket` is new." in git("tag", "--list", "--format=%(contents)", "v1.3.0")
    assert "git push origin HEAD v1.3.0" in capsys.readouterr().out
    text = {name: Path(name).read_text() for name in FILES}
    assert 'version = "1.3.0"' in text["packages/a/pyproject.toml"]
    assert 'version = "9"' in text["packages/a/pyproject.toml"]
    assert '__version__ = "1.3.0"' in text["packages/b/src/b/__init__.py"]
    assert text["examples/live/terragrunt.hcl"].endswith('?ref=v1.3.0"\n')
    assert text["examples/live/workflows/b.yml"].endswith('.git@v1.3.0"\n')
    other = "other/thing.git//modules/bucket?ref=v1.2.3"
    assert text["README.md"] == README.replace("v1.2.3", "v1.3.0").replace(other.replace("1.2.3", "1.3.0"), other)
    _, section = text["CHANGELOG.md"].split("## Unreleased\n\n## 1.3.0 - ")
    assert section[10:].startswith("\n\n### Modules\n\n- `bucket` is new.\n\n## 1.2.3 - 2026-01-01")


def test_a_release_lists_changed_permissions(git: Git) -> None:
    def write(*actions: str, **others: str) -> None:
        modules = {"bucket": actions, **{name: [action] for name, action in others.items()}}
        content = {name: {"apply": [{"Action": list(needed)}]} for name, needed in modules.items()}
        Path("docs").mkdir(exist_ok=True)
        Path("docs/permissions.json").write_text(json.dumps({"modules": content}))
        git("add", ".")
        git("commit", "--quiet", "--message=feat: more")

    write("s3:GetObject", "s3:ListBucket", gone="ecr:GetRepositoryPolicy")
    assert release.main(["1.3.0", *ALONE]) == 0
    assert "Permissions" not in Path("CHANGELOG.md").read_text()
    Path("CHANGELOG.md").write_text(Path("CHANGELOG.md").read_text().replace("Unreleased\n", "Unreleased\n\n- More.\n"))
    write("s3:ListBucket", "s3:PutObject", queue="sqs:CreateQueue")
    assert release.main(["1.4.0", *ALONE]) == 0
    entries = (
        "- A deployer of `bucket` needs also `s3:PutObject`, and no longer `s3:GetObject`.\n"
        "- A deployer of `gone` needs no longer `ecr:GetRepositoryPolicy`.\n"
        "- A deployer of `queue` needs also `sqs:CreateQueue`."
    )
    assert f"- More.\n\n### Permissions\n\n{entries}\n\n## 1.3.0" in Path("CHANGELOG.md").read_text()


@pytest.mark.usefixtures("git")
def test_a_released_commit_passes_the_check_and_has_notes(capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["1.3.0", *ALONE]) == 0
    assert release.main(["1.3.0", "--check"]) == 0
    capsys.readouterr()
    assert release.main(["1.3.0", "--notes"]) == 0
    assert capsys.readouterr().out == "### Modules\n\n- `bucket` is new.\n"


def _with_module(git: Git, module: str, changed: str) -> None:
    """Release ``module`` with v1.2.3, and change it since."""
    for text in (module, changed):
        Path("pyproject.toml").write_text("[tool.modproof]\n")
        Path("modules/bucket").mkdir(parents=True, exist_ok=True)
        Path("modules/bucket/main.tf").write_text(text)
        git("add", ".")
        git("commit", "--quiet", "--allow-empty", "--message=fix: module")
        if text == module:
            git("tag", "--annotate", "--force", "v1.2.3", "--message=v1.2.3")


@pytest.mark.parametrize(
    ("changed", "code"), [(MODULE + 'variable "more" { default = 1 }\n', 0), ('variable "other" {}\n', 2)]
)
def test_the_version_must_be_high_enough_for_the_changes_of_the_modules(
    git: Git, capfd: pytest.CaptureFixture[str], changed: str, code: int
) -> None:
    _with_module(git, MODULE, changed)
    assert release.main(["1.3.0", "--upgrade", "interface"]) == code
    shown = capfd.readouterr()
    if code:
        assert "the version 1.3.0 is too low after 1.2.3" in shown.out
        assert "release refused: modproof upgrade found that v1.3.0 is too low" in shown.err
        assert git("tag").split() == ["v1.2.3"]


def test_a_release_that_was_killed_before_its_tag_is_completed(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["1.3.0", *ALONE]) == 0
    expected = git("tag", "--list", "--format=%(contents)", "v1.3.0")
    git("tag", "--delete", "v1.3.0")
    assert release.main(["1.3.0", *ALONE]) == 0
    assert "tagged v1.3.0, which was committed already" in capsys.readouterr().out
    assert git("tag", "--list", "--format=%(contents)", "v1.3.0") == expected
    assert release.main(["1.3.0", "--check"]) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_an_interrupted_release_changes_nothing(git: Git, tmp_path: Path, number: signal.Signals) -> None:
    before = git("rev-parse", "HEAD")
    hook = Path(".git/hooks/pre-commit")
    hook.parent.mkdir(exist_ok=True)
    # git has the files by then
    hook.write_text(f"#!/bin/sh\nkill -{number.value} $(cat {tmp_path}/.git/pid)\nsleep 2\n")
    hook.chmod(0o755)
    program = "import sys; from tools import release; sys.exit(release.main(['1.3.0', '--upgrade', 'none']))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True, env=environment) as run:
        Path(".git/pid").write_text(str(run.pid))
        _, errors = run.communicate(timeout=60)
    assert (run.returncode, errors) == (2, "release interrupted: nothing is changed\n")
    assert (git("rev-parse", "HEAD"), git("status", "--porcelain"), git("tag").split()) == (before, "", ["v1.2.3"])


def test_without_a_release_nothing_is_compared(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git("tag", "--delete", "v1.2.3")
    Path("CHANGELOG.md").write_text("# Log\n\n## Unreleased\n\n- `bucket` is new.\n")
    git("commit", "--quiet", "--all", "--message=docs: changelog")
    assert release.main(["2.0.0"]) == 0
    assert "there is no release before v2.0.0: nothing is compared" in capsys.readouterr().out


def test_a_dry_run_changes_nothing(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    before = git("rev-parse", "HEAD")
    assert release.main(["1.3.0", "--dry-run", *ALONE]) == 0
    assert git("rev-parse", "HEAD") == before
    assert git("status", "--porcelain") == ""
    assert git("tag").split() == ["v1.2.3"]
    assert set(capsys.readouterr().out.splitlines()) == {
        *(f"would change {n}" for n in FILES),
        "would commit and tag v1.3.0",
    }


def _untracked(git: Git) -> None:
    git("init", "--quiet")
    Path("new.txt").touch()


def _tagged(git: Git) -> None:
    git("tag", "v1.3.0", "v1.2.3")


def _detached(git: Git) -> None:
    git("switch", "--quiet", "--detach")


def _without_its_tag(git: Git) -> None:
    git("tag", "--delete", "v1.2.3")


def _breaking(git: Git) -> None:
    git("commit", "--quiet", "--allow-empty", "--message=fix!: drop an output")


def _breaking_footer(git: Git) -> None:
    git("commit", "--quiet", "--allow-empty", "--message=fix: tidy\n\nBREAKING CHANGE: an output is gone")


def _nothing_unreleased(git: Git) -> None:
    Path("CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-01\n\n- First.\n")
    git("commit", "--quiet", "--all", "--message=docs: changelog")


def _described_already(git: Git) -> None:
    Path("CHANGELOG.md").write_text("## Unreleased\n\n- More.\n\n## 1.3.0 - 2026-01-01\n\n- First.\n")
    git("commit", "--quiet", "--all", "--message=docs: changelog")


def _no_source(git: Git) -> None:
    Path("README.md").write_text("nothing")
    git("commit", "--quiet", "--all", "--message=docs: readme")


@pytest.mark.parametrize(
    ("version", "prepare", "reason"),
    [
        ("1.3", None, "1.3 is not a version: expected X.Y.Z"),
        ("1.3.0-rc.1", None, "1.3.0-rc.1 is not a version"),
        ("1.3.0", _untracked, "the working tree is not clean (new.txt)"),
        ("1.3.0", _detached, "HEAD is detached: switch to the branch to release"),
        (
            "1.3.0",
            _without_its_tag,
            "CHANGELOG.md has the release 1.2.3, but its tag v1.2.3 is not",
        ),
        ("1.3.0", _tagged, "the tag v1.3.0 exists already"),
        ("1.2.3", None, "the tag v1.2.3 exists already"),
        ("1.2.2", None, "1.2.2 is not higher than the last release, 1.2.3"),
        ("1.2.4", None, "(feat: bucket) needs 1.3.0 or higher"),
        ("1.3.0", _breaking, "(fix!: drop an output) needs 2.0.0 or higher"),
        ("1.3.0", _breaking_footer, "(fix: tidy) needs 2.0.0 or higher"),
        ("1.3.0", _nothing_unreleased, 'CHANGELOG.md: there is nothing below "## Unreleased"'),
        ("1.3.0", _described_already, "CHANGELOG.md: there is a section for 1.3.0 already"),
        ("1.3.0", _no_source, "README.md: there is no module source"),
    ],
)
def test_what_is_wrong_is_refused(
    git: Git, capsys: pytest.CaptureFixture[str], version: str, prepare: Callable[[Git], None] | None, reason: str
) -> None:
    if prepare is not None:
        prepare(git)
    before = git("rev-parse", "HEAD"), git("status", "--porcelain"), git("tag")
    assert release.main([version]) == 2
    assert "release refused: " in (found := capsys.readouterr().err)
    assert reason in found
    assert (git("rev-parse", "HEAD"), git("status", "--porcelain"), git("tag")) == before


def test_outside_of_git_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["1.0.0"], tmp_path) == 2
    assert "release refused: git status failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("last", "change", "lowest"),
    [
        ("0.1.0", "fix", "0.1.1"),
        ("0.1.0", "feature", "0.2.0"),
        ("0.1.0", "breaking", "0.2.0"),
        ("1.2.3", "fix", "1.2.4"),
        ("1.2.3", "feature", "1.3.0"),
        ("1.2.3", "breaking", "2.0.0"),
    ],
)
def test_a_change_needs_a_bump(last: str, change: str, lowest: str) -> None:
    before = release.Version.parse(last)
    assert before is not None
    assert str(before.after(change)) == lowest


@pytest.mark.parametrize("hook", ["pre-commit", "reference-transaction"])
def test_a_refused_commit_or_tag_undoes_the_changes(git: Git, capsys: pytest.CaptureFixture[str], hook: str) -> None:
    before = git("rev-parse", "HEAD")
    hooks = Path(".git/hooks")
    hooks.mkdir(exist_ok=True)
    # git passes the updated references to the second hook
    refused = "exit 1" if hook == "pre-commit" else "! grep --quiet refs/tags/v1.3.0"
    (hooks / hook).write_text(f"#!/bin/sh\n{refused}\n")
    (hooks / hook).chmod(0o755)
    assert release.main(["1.3.0", *ALONE]) == 2
    assert "release refused: git" in capsys.readouterr().err
    assert git("status", "--porcelain") == ""
    assert git("rev-parse", "HEAD") == before
    assert git("tag").split() == ["v1.2.3"]


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("packages/a/pyproject.toml", "1.3.0", "1.2.3", "packages/a/pyproject.toml:3: the version is 1.2.3, not 1.3.0"),
        ("examples/live/terragrunt.hcl", "v1.3.0", "v1.2.3", "terragrunt.hcl:1: the reference is v1.2.3, not v1.3.0"),
        ("CHANGELOG.md", "## 1.3.0", "## 1.3.1", 'there is no section "## 1.3.0 - YYYY-MM-DD" with entries'),
        ("CHANGELOG.md", " - 20", " (20", 'there is no section "## 1.3.0 - YYYY-MM-DD" with entries'),
    ],
)
def test_the_check_reports_what_a_tagged_commit_lacks(
    git: Git, capsys: pytest.CaptureFixture[str], name: str, old: str, new: str, reason: str
) -> None:
    assert release.main(["1.3.0", *ALONE]) == 0
    Path(name).write_text(Path(name).read_text().replace(old, new))
    git("commit", "--quiet", "--all", "--amend", "--no-edit")
    git("tag", "--annotate", "--force", "v1.3.0", "--message=again")
    assert release.main(["1.3.0", "--check"]) == 2
    assert reason in capsys.readouterr().err


def test_the_check_needs_the_annotated_tag_and_a_large_enough_bump(
    git: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release.main(["1.2.4", "--check"]) == 2
    found = capsys.readouterr().err
    assert "HEAD does not have the tag v1.2.4" in found
    assert "1.2.4 is too low after 1.2.3" in found
    git("tag", "v1.2.4")
    assert release.main(["1.2.4", "--check"]) == 2
    assert "v1.2.4 is not an annotated tag" in capsys.readouterr().err


def test_every_package_of_this_repository_has_one_version_that_a_release_changes() -> None:
    repository = release.Repository(ROOT)
    versions = {
        name.split("/")[1]: found["version"]
        for name in repository.files(*release._PACKAGE_FILES)
        if (found := release._PACKAGE_VERSION.search(repository.read(name)))
    }
    assert set(versions) == {path.parent.name for path in ROOT.glob("packages/*/pyproject.toml")}
    assert len(set(versions.values())) == 1
