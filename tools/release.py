"""Prepare and tag a release of the whole repository: ``python -m tools.release X.Y.Z [--dry-run]``.

The versions of all packages and every documented reference to a tag of this repository become X.Y.Z, the Unreleased
section of CHANGELOG.md becomes that of X.Y.Z, and the result is committed and gets the annotated tag vX.Y.Z. Nothing is
pushed. A run that was killed between commit and tag is completed by the same command.
Before that, ``modproof upgrade`` compares the checkout with the last release: the version must be high enough for the
changes, and no resource that holds data may be lost. ``--upgrade interface`` compares only inputs and outputs, and
``--upgrade none`` leaves it to the release workflow, which always runs it.
``--check`` verifies a tagged commit instead, and ``--notes`` prints the section of the changelog: the release workflow
uses both. They need only the standard library and git. Exit codes: 0 done; 2 refused, with every reason.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_UNRELEASED = "## Unreleased"
_PACKAGE_FILES = ("packages/*/pyproject.toml", "packages/*/src/*/__init__.py")
_PACKAGE_VERSION = re.compile(r'^(?P<before>(?:__)?version(?:__)? = ")(?P<version>[^"]+)(?=")', re.MULTILINE)
_OWN_SOURCE = re.compile(r'source = "git::(?P<address>[^"?]+?)//modules/')
_DOCUMENTED = ("*.md", "*.hcl", "*.tf", "*.yml", "*.yaml")
_RELEASED = re.compile(r"^## (?P<version>\d+\.\d+\.\d+) - ", re.MULTILINE)
_FEATURE = re.compile(r"feat(\([^)]*\))?:")
_BREAKING = re.compile(r"(?:^\w+(\([^)]*\))?!:|^BREAKING[ -]CHANGE: )", re.MULTILINE)


class Refused(Exception):
    """The release cannot be made; the arguments are the reasons."""


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version X.Y.Z; pre-releases are not supported."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """The version in ``1.2.3`` or ``v1.2.3``; None for other text."""
        match = re.fullmatch(r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", text)
        return cls(*map(int, match.groups())) if match else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def after(self, change: str) -> Version:
        """The lowest later version for ``breaking``, ``feature`` or ``fix``: https://semver.org, items 4 to 8."""
        if change == "breaking" and self.major > 0:
            return Version(self.major + 1, 0, 0)
        if change == "fix":
            return Version(self.major, self.minor, self.patch + 1)
        return Version(self.major, self.minor + 1, 0)


@dataclass(frozen=True, slots=True)
class Repository:
    """A checkout with its git commands. ``root`` is its top folder."""

    root: Path

    def git(self, *arguments: str) -> str:
        """The output of a git command. Raises Refused if it fails."""
        try:
            done = _run(["git", *arguments], self.root, subprocess.PIPE)
        except OSError as error:
            raise Refused(f"git cannot be run: {error.strerror}") from error
        if done.returncode != 0:
            raise Refused(f"git {arguments[0]} failed: {' '.join(done.stderr.split())}")
        return done.stdout

    def releases(self) -> list[Version]:
        """The versions of the tags vX.Y.Z before or on HEAD, sorted."""
        names = self.git("tag", "--list", "--merged", "HEAD", "v*").split()
        return sorted(version for name in names if (version := Version.parse(name)) is not None)

    def commits(self, since: str) -> list[tuple[str, str]]:
        """Hash and message of the commits after the tag ``since``."""
        entries = self.git("log", "--format=%h%x00%B%x01", f"{since}..HEAD").split("\x01")
        pairs = (entry.strip().split("\x00", 1) for entry in entries if entry.strip())
        return [(commit, message) for commit, message in pairs]

    def read(self, name: str) -> str:
        """The text of a file; empty if it does not exist."""
        path = self.root / name
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def files(self, *patterns: str) -> list[str]:
        """The tracked files that match the patterns of git (``*`` also matches slashes)."""
        return self.git("ls-files", "-z", "--", *patterns).split("\0")[:-1]


def main(argv: Sequence[str] | None = None, root: Path | None = None) -> int:
    """Do what the arguments ask for, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.release", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("version", metavar="X.Y.Z")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--dry-run", action="store_true", help="print what would change, and change nothing")
    action.add_argument("--check", action="store_true", help="verify the commit that has the tag")
    action.add_argument("--notes", action="store_true", help="print the section of the changelog")
    parser.add_argument(
        "--upgrade",
        choices=("all", "interface", "none"),
        default="all",
        help="what to compare with the last release (default: all)",
    )
    options = parser.parse_args(argv)
    repository = Repository(root or Path.cwd())
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        version = Version.parse(options.version)
        if version is None:
            raise Refused(f"{options.version} is not a version: expected X.Y.Z, such as 1.2.0")
        if options.notes:
            sys.stdout.write(f"{section(repository.read('CHANGELOG.md'), version)}\n")
        elif options.check:
            _refuse(check(repository, version))
            sys.stdout.write(f"v{version} is ready to publish\n")
        else:
            today = datetime.datetime.now(datetime.UTC).date()
            release(repository, version, today, dry_run=options.dry_run, compared=options.upgrade)
    except Refused as error:
        sys.stderr.writelines(f"release refused: {reason}\n" for reason in error.args)
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("release interrupted: nothing is changed\n")
        return 2
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def release(
    repository: Repository, version: Version, today: datetime.date, *, dry_run: bool, compared: str = "all"
) -> None:
    """Change the files, commit and tag. Raises Refused, with nothing changed, if the release cannot be made.

    ``compared`` is what :func:`upgrade` compares.
    """
    _refuse([*_working_tree(repository)])
    if _is_committed(repository, version):
        if not dry_run:
            _tag(repository, version)
        sys.stdout.write(f"{'would tag' if dry_run else 'tagged'} v{version}, which was committed already\n")
        return
    _refuse([*_branch(repository), *_new_tag(repository, version), *_bump(repository, version)])
    changed = changes(repository, version, today)
    if compared != "none":
        upgrade(repository, version, interface_only=compared == "interface")
    for name in changed:
        sys.stdout.write(f"{'would change' if dry_run else 'changed'} {name}\n")
    if dry_run:
        sys.stdout.write(f"would commit and tag v{version}\n")
        return
    before = repository.git("rev-parse", "HEAD").strip()
    try:
        for name, text in changed.items():
            (repository.root / name).write_text(text, encoding="utf-8")
        repository.git("commit", "--quiet", "--message", f"chore: release v{version}", "--", *changed)
        _tag(repository, version)
    except BaseException:
        # the working tree was clean, and there was no such tag
        repository.git("reset", "--quiet", "--hard", before)
        if repository.git("tag", "--list", f"v{version}"):
            repository.git("tag", "--delete", f"v{version}")
        raise
    sys.stdout.write(f"tagged v{version}; publish it with: git push origin HEAD v{version}\n")


def _tag(repository: Repository, version: Version) -> None:
    message = f"v{version}\n\n{section(repository.read('CHANGELOG.md'), version)}"
    # git would take the headings of the changelog for comments
    repository.git("tag", "--annotate", "--cleanup=whitespace", f"v{version}", "--message", message)


def _is_committed(repository: Repository, version: Version) -> bool:
    """Whether HEAD is the commit of this release, and only its tag is missing."""
    title = repository.git("log", "-1", "--format=%s").strip()
    return title == f"chore: release v{version}" and not repository.git("tag", "--list", f"v{version}").strip()


def upgrade(repository: Repository, version: Version, *, interface_only: bool) -> None:
    """Compare the checkout with the last release. Raises Refused if ``version`` is too low, or data would be lost."""
    if not _earlier(repository, version):
        sys.stdout.write(f"there is no release before v{version}: nothing is compared\n")
        return
    if importlib.util.find_spec("modproof") is None:
        raise Refused(
            "this Python has no modproof, which compares the checkout with the last release:"
            " use .tox/unit/bin/python, or --upgrade none"
        )
    command = [sys.executable, "-m", "modproof", "upgrade", "--tag", f"v{version}"]
    sys.stdout.flush()
    code = _run([*command, *(["--interface-only"] if interface_only else [])], repository.root).returncode
    if code == 1:
        raise Refused(f"modproof upgrade found that v{version} is too low, or that data would be lost (see above)")
    if code != 0:
        raise Refused("modproof upgrade could not compare the checkout with the last release (see above)")


def _run(command: Sequence[str], folder: Path, streams: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program. On an interrupt it is terminated, and removes its locks and processes before this raises."""
    with subprocess.Popen(command, cwd=folder, text=True, stdout=streams, stderr=streams) as program:
        try:
            output, errors = program.communicate()
        except KeyboardInterrupt:
            program.terminate()
            program.wait()
            raise
    return subprocess.CompletedProcess(command, program.returncode, output, errors)


def changes(repository: Repository, version: Version, today: datetime.date) -> dict[str, str]:
    """The new text of each file that a release changes. Raises Refused if the changelog has nothing to release."""
    needed = permissions(repository)
    changed = {"CHANGELOG.md": released(repository.read("CHANGELOG.md"), version, today, needed)}
    for name in repository.files(*_PACKAGE_FILES):
        changed[name] = _PACKAGE_VERSION.sub(rf"\g<before>{version}", repository.read(name), count=1)
    for name in _documented(repository):
        changed[name] = _reference(repository).sub(rf"\g<before>v{version}", repository.read(name))
    return {name: text for name, text in changed.items() if text != repository.read(name)}


def permissions(repository: Repository) -> list[str]:
    """An entry for each module that needs other permissions than at the last release, if both have the file.

    A module that one of them does not have needs no permissions there.
    """
    name, releases = "docs/permissions.json", repository.releases()
    if not releases or not repository.git("ls-tree", f"v{releases[-1]}", "--", name) or not repository.read(name):
        return []
    old = json.loads(repository.git("show", f"v{releases[-1]}:{name}"))["modules"]
    new = json.loads(repository.read(name))["modules"]
    entries = []
    for module in sorted(old.keys() | new.keys()):
        before, after = _actions(old.get(module)), _actions(new.get(module))
        texts = {"also": sorted(after - before), "no longer": sorted(before - after)}
        shown = [
            f"{word} {', '.join(f'`{action}`' for action in actions)}" for word, actions in texts.items() if actions
        ]
        entries += [f"- A deployer of `{module}` needs {', and '.join(shown)}."] if shown else []
    return entries


def _actions(module: dict[str, Any] | None) -> set[str]:
    return {action for statement in module["apply"] for action in statement["Action"]} if module else set()


def released(changelog: str, version: Version, today: datetime.date, needed: Sequence[str] = ()) -> str:
    """The changelog with the entries of Unreleased below a heading for ``version``. Raises Refused without entries.

    The entries ``needed`` follow below the heading Permissions.
    """
    if not _section(changelog, _UNRELEASED):
        raise Refused(f'CHANGELOG.md: there is nothing below "{_UNRELEASED}"; describe the release there')
    entries = _section(changelog, _UNRELEASED)
    added = "\n".join(["", "", "### Permissions", "", *needed]) if needed else ""
    new = changelog.replace(entries, f"{entries}{added}", 1)
    return new.replace(_UNRELEASED, f"{_UNRELEASED}\n\n## {version} - {today.isoformat()}", 1)


def section(changelog: str, version: Version) -> str:
    """The entries of a version. Raises Refused if there is no section with a date, or it is empty."""
    heading = re.search(rf"^## {re.escape(str(version))} - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE)
    entries = _section(changelog, heading[0]) if heading else ""
    if not entries:
        raise Refused(f'CHANGELOG.md: there is no section "## {version} - YYYY-MM-DD" with entries')
    return entries


def _section(changelog: str, heading: str) -> str:
    found = re.search(rf"^{re.escape(heading)}$\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def check(repository: Repository, version: Version) -> list[str]:
    """Why the commit at HEAD is not the release ``version``: its tag, changelog, versions, references and bump."""
    reasons = list(_bump(repository, version))
    if f"v{version}" not in repository.git("tag", "--points-at", "HEAD").split():
        reasons.append(f"HEAD does not have the tag v{version}")
    elif repository.git("cat-file", "-t", f"v{version}").strip() != "tag":
        reasons.append(f"v{version} is not an annotated tag; make it with python -m tools.release {version}")
    try:
        section(repository.read("CHANGELOG.md"), version)
    except Refused as error:
        reasons += error.args
    for name in repository.files(*_PACKAGE_FILES):
        found = _PACKAGE_VERSION.search(text := repository.read(name))
        if found is not None and found["version"] != str(version):
            reasons.append(f"{_place(name, text, found.start())}: the version is {found['version']}, not {version}")
    for name in _documented(repository):
        for found in _reference(repository).finditer(text := repository.read(name)):
            if found["version"] != f"v{version}":
                reasons.append(
                    f"{_place(name, text, found.start())}: the reference is {found['version']}, not v{version}"
                )
    return reasons


def _place(name: str, text: str, start: int) -> str:
    return f"{name}:{text.count(chr(10), 0, start) + 1}"


def _refuse(reasons: Sequence[str]) -> None:
    if reasons:
        raise Refused(*reasons)


def _working_tree(repository: Repository) -> Iterator[str]:
    different = repository.git("status", "--porcelain").splitlines()
    if different:
        names = ", ".join(line[3:] for line in different[:5])
        more = f" and {len(different) - 5} more" if len(different) > 5 else ""
        yield f"the working tree is not clean ({names}{more}); commit or stash the changes"


def _branch(repository: Repository) -> Iterator[str]:
    if not repository.git("branch", "--show-current").strip():
        yield "HEAD is detached: switch to the branch to release"


def _new_tag(repository: Repository, version: Version) -> Iterator[str]:
    if repository.git("tag", "--list", f"v{version}").strip():
        yield f"the tag v{version} exists already"
    if re.search(rf"^## {re.escape(str(version))}\b", repository.read("CHANGELOG.md"), re.MULTILINE):
        yield f"CHANGELOG.md: there is a section for {version} already"


def _bump(repository: Repository, version: Version) -> Iterator[str]:
    """Why ``version`` is too low after the last release, from the titles of the commits since."""
    before = _earlier(repository, version)
    lacking = _earlier_in_changelog(repository, version) - set(before)
    if lacking:
        yield (
            f"CHANGELOG.md has the release {max(lacking)}, but its tag v{max(lacking)} is not in the history of HEAD:"
            " fetch it (git fetch --tags; --unshallow in a shallow clone)"
        )
        return
    if not before:
        return
    last = before[-1]
    if version <= last:
        yield f"{version} is not higher than the last release, {last}"
        return
    for commit, message in repository.commits(f"v{last}"):
        change = "breaking" if _BREAKING.search(message) else "feature" if _FEATURE.match(message) else "fix"
        if version < (lowest := last.after(change)):
            title = message.partition("\n")[0]
            yield f"{version} is too low after {last}: commit {commit} ({title}) needs {lowest} or higher"


def _earlier(repository: Repository, version: Version) -> list[Version]:
    """The other releases, sorted."""
    return [found for found in repository.releases() if found != version]


def _earlier_in_changelog(repository: Repository, version: Version) -> set[Version]:
    """The other releases that CHANGELOG.md has a section of."""
    found = (Version.parse(heading["version"]) for heading in _RELEASED.finditer(repository.read("CHANGELOG.md")))
    return {each for each in found if each is not None and each != version}


def _documented(repository: Repository) -> list[str]:
    return [
        name for name in repository.files(*_DOCUMENTED) if name != "CHANGELOG.md" and "tests" not in name.split("/")
    ]


def _reference(repository: Repository) -> re.Pattern[str]:
    """References to a release of this repository: ``ADDRESS//modules/x?ref=v1.2.3``, ``git+ADDRESS@v1.2.3``,
    ``OWNER/NAME/.github/workflows/x.yml@v1.2.3``, and ``?depth=1&ref=v1.2.3`` without an address.
    """
    source = _OWN_SOURCE.search(repository.read("README.md"))
    if source is None:
        raise Refused('README.md: there is no module source "git::ADDRESS//modules/..." to take the address from')
    address = re.escape(source["address"])
    workflow = re.escape("/".join(source["address"].removesuffix(".git").split("/")[-2:]))
    forms = (
        rf"{address}//[^\s\"?]+\?(?:[^\s\"]*&)?ref=",
        rf"git\+{address}@",
        rf"\b{workflow}/\.github/workflows/[\w.-]+@",
        r"`\?(?:[^\s\"`]*&)?ref=",
    )
    return re.compile(rf"(?P<before>{'|'.join(forms)})(?P<version>v\d+\.\d+\.\d+)")


if __name__ == "__main__":
    raise SystemExit(main())
