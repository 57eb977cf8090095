"""Bad input: each command prints one message with file and line, ends with the right code and changes no file."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from modproof.compliance import scan_cache
from modproof.core.cache import Cache
from modproof.core.errors import EXIT_FAILED, EXIT_NOT_RUN, EXIT_PASSED

LEDGER = "compliance/ignores.yaml"
QUEUE = "modules/queue/main.tf"
ENTRIES = """\
ignores:
  - scanner: checkov
    rule: CKV_AWS_27
    description: Ensure all data stored in the SQS queue is encrypted
    reason: only names
    scope:
      - path: modules/queue/main.tf
    owner: platform
    review: 2999-01-01
  - scanner: tfsec
    rule: aws-sqs-enable-queue-encryption
    description: Unencrypted SQS queue.
    reason: only names
    scope:
      - path: modules/queue/main.tf
    owner: platform
    review: 2999-01-01
"""
COMMANDS = {
    "comply": ["comply"],
    "ledger": ["ledger"],
    "check": ["ledger", "check"],
    "add": ["ledger", "add", "CKV_AWS_27", "aws_sqs_queue.this", "--reason", "only names"],
    "prune": ["ledger", "prune"],
    "import": ["ledger", "import"],
    "explain": ["ledger", "explain", "CKV_AWS_27"],
}
main = importlib.import_module("modproof.cli.main")  # the package exports a function of this name


@pytest.fixture(scope="module")
def folder_of_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(folder_of_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One cache for all tests of this file: listing checkov's rules takes seconds."""
    monkeypatch.setattr(scan_cache, "_cache", lambda: Cache(folder_of_cache))
    yield


@dataclass(frozen=True)
class CommandLine:
    """modproof in this process, in a project with two findings and their entries."""

    root: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def write(self, path: str, content: str | bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def __call__(self, name: str) -> tuple[int, str]:
        """The exit code and both outputs, with white space folded."""
        self.monkeypatch.setattr(sys, "argv", ["modproof", *COMMANDS[name], "-C", str(self.root)])
        self.capsys.readouterr()
        code = main._exit_code()
        out, err = self.capsys.readouterr()
        return code, " ".join((out + err).split())

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.root.rglob("*") if ".modproof" not in path.parts and path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in found}


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    monkeypatch.setenv("COLUMNS", "400")
    line = CommandLine(tmp_path, monkeypatch, capsys)
    line.write("pyproject.toml", "[tool.modproof]\n")
    line.write(QUEUE, 'resource "aws_sqs_queue" "this" {\n  name = "demo"\n}\n')
    line.write(LEDGER, ENTRIES)
    assert line("ledger") == (EXIT_PASSED, "")
    return line


Change = Callable[[CommandLine], None]


def ledger(content: str | bytes) -> Change:
    return lambda line: line.write(LEDGER, content)


def replaced(old: str, new: str) -> Change:
    assert old in ENTRIES
    return ledger(ENTRIES.replace(old, new, 1))


def folder(path: str) -> Change:
    def change(line: CommandLine) -> None:
        (line.root / path).unlink(missing_ok=True)
        (line.root / path).mkdir(parents=True)

    return change


def link_to_nothing(line: CommandLine) -> None:
    (line.root / LEDGER).unlink()
    (line.root / LEDGER).symlink_to("gone.yaml")


def file_instead_of_the_folder(line: CommandLine) -> None:
    (line.root / LEDGER).unlink()
    (line.root / "compliance").rmdir()
    line.write("compliance", "")


UNUSABLE: Mapping[str, tuple[Change, str]] = {
    "broken YAML": (ledger("ignores:\n  - scanner: [checkov\n"), f"{LEDGER}:3: is not valid YAML: expected ',' or ']'"),
    "a tab": (replaced("    owner", "\towner"), f"{LEDGER}:8: is not valid YAML: found character '\\t'"),
    "a control character": (ledger("ignores:\n- \0\n"), f"{LEDGER}:2: is not valid YAML: the character U+0000 is"),
    "two documents": (ledger(f"{ENTRIES}---\n{ENTRIES}"), f"{LEDGER}:18: is not valid YAML: but found another"),
    "not UTF-8": (ledger(ENTRIES.replace("only names", "für Namen").encode("latin-1")),
                  f"{LEDGER}:5: cannot be read: it is not UTF-8 (byte 0xfc); save it as UTF-8"),
    "UTF-16": (ledger(ENTRIES.encode("utf-16")), f"{LEDGER}:1: cannot be read: it is not UTF-8"),
    "a list": (ledger("- scanner: checkov\n"), f"{LEDGER}:1: should have keys and values"),
    "a text": (ledger("nothing\n"), f"{LEDGER}:1: should have keys and values (found 'nothing')"),
    "no list": (ledger("ignores:\n"), f"{LEDGER}:1: ignores: should be a list"),
    "a text as scope": (replaced("- path: modules/queue/main.tf", "- modules/queue"),
                        f"{LEDGER}:7: ignores.0.scope.0: should have keys and values (found 'modules/queue')"),
    "a number": (replaced("only names", "3"), f"{LEDGER}:5: ignores.0.reason: should be a text; quote it (found 3)"),
    "an unknown key": (replaced("owner:", "ower:"), f"{LEDGER}:8: unknown key 'ignores.0.ower'; did you mean 'owner'?"),
    "an unknown part": (replaced("ignores:", "ignore:"), f"{LEDGER}:1: unknown key 'ignore'; did you mean 'ignores'?"),
    "a key twice": (replaced("    owner: platform", "    owner: platform\n    owner: us"),
                    f"{LEDGER}:9: is not valid YAML: the key 'owner' is given twice (first at line 8)"),
    "no date": (replaced("2999-01-01", "2999-02-30"), f"{LEDGER}:9: is not valid YAML: day is out of range"),
    "another scanner": (replaced("scanner: checkov", "scanner: snyk"), f"{LEDGER}:2: unknown scanner 'snyk'"),
    "a folder": (folder(LEDGER), f"{LEDGER}: cannot be read: Is a directory"),
    "a link to nothing": (link_to_nothing, f"{LEDGER}: cannot be read: No such file"),
    "below a file": (file_instead_of_the_folder, f"{LEDGER}: cannot be read: Not a directory"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_ledger_stops_every_command(name: str, command: CommandLine) -> None:
    change, message = UNUSABLE[name]
    change(command)
    before = command.files()

    for each in COMMANDS:
        code, text = command(each)
        assert code == EXIT_NOT_RUN, each
        folded = text.replace("fix: ", "").replace(";", "") if each == "comply" else text
        wanted = message.replace(": ", " ", 1).replace(";", "") if each == "comply" else f"modproof: {message}"
        assert wanted in folded, each
        assert folded.count(LEDGER) == 1, f"{each}: more than one message"
    assert command.files() == before


Expected = Mapping[str, tuple[int, str]]
STALE: Mapping[str, tuple[Change, Expected]] = {
    "an entry twice": (
        ledger(ENTRIES + ENTRIES.partition("ignores:\n")[2]),
        dict.fromkeys(("check", "comply"), (EXIT_FAILED, f"CKV_AWS_27 has this scope twice (path {QUEUE})")),
    ),
    "a path of nothing": (
        replaced("- path: modules/queue/main.tf", "- path: modules/gone/*.tf"),
        {"check": (EXIT_FAILED, f"{LEDGER}:7: no scanned file is in this scope of CKV_AWS_27"),
         "comply": (EXIT_FAILED, f"{LEDGER}:2 CKV_AWS_27 covers no finding of checkov in its scope")},
    ),
    "a past date": (
        replaced("2999-01-01", "2020-01-01"),
        {"check": (EXIT_FAILED, f"{LEDGER}:9: CKV_AWS_27 (checkov) expired 2020-01-01"),
         "comply": (EXIT_FAILED, f"{LEDGER}:9 CKV_AWS_27 (checkov) expired 2020-01-01")},
    ),
    "a rule of another version": (
        replaced("CKV_AWS_27", "CKV_AWS_2700"),
        {"check": (EXIT_FAILED, f"{LEDGER}:3: checkov has no rule CKV_AWS_2700"),
         "comply": (EXIT_FAILED, f"{LEDGER}:3 checkov has no rule CKV_AWS_2700"),
         "explain": (EXIT_PASSED, "CKV_AWS_27 (checkov)")},
    ),
    "a title of another version": (
        replaced("Unencrypted SQS queue.", "Queue"),
        {"check": (EXIT_FAILED, f'{LEDGER}:12: aws-sqs-enable-queue-encryption is "Unencrypted SQS queue." in tfsec'),
         "comply": (EXIT_FAILED, f'{LEDGER}:12 aws-sqs-enable-queue-encryption is "Unencrypted SQS queue." in tfsec')},
    ),
    "an empty ledger": (
        ledger(""),
        {"check": (EXIT_FAILED, f".checkov.yaml:11: differs from {LEDGER}; run `modproof ledger`"),
         "explain": (EXIT_PASSED, "not in the ledger")},
    ),
    "no ledger any more": (
        lambda line: (line.root / LEDGER).unlink(),
        {"check": (EXIT_FAILED, f".checkov.yaml: was generated from a ledger, but {LEDGER} is missing; restore"),
         "ledger": (EXIT_NOT_RUN, f".checkov.yaml: was generated from a ledger, but {LEDGER} is missing; restore"),
         "comply": (EXIT_FAILED, "open finding")},
    ),
    "a configuration file that is not UTF-8": (
        lambda line: line.write(".checkov.yaml", b"compact: true\nskip-check: [\xe4]\n"),
        {"import": (EXIT_NOT_RUN, ".checkov.yaml:2: cannot be read: it is not UTF-8 (byte 0xe4)"),
         "ledger": (EXIT_NOT_RUN, ".checkov.yaml: this file was not generated by `modproof ledger`"),
         "check": (EXIT_FAILED, f".checkov.yaml: was not generated from {LEDGER}")},
    ),
    "a configuration file that is a folder": (
        folder(".checkov.yaml"),
        {"ledger": (EXIT_NOT_RUN, ".checkov.yaml: this file was not generated by `modproof ledger` and is not "
                    "overwritten; rename it")},
    ),
    "broken YAML of tfsec": (
        lambda line: line.write(".tfsec/config.yml", "exclude: [\n"),
        {"import": (EXIT_NOT_RUN, ".tfsec/config.yml:2: is not valid YAML"),
         "ledger": (EXIT_NOT_RUN, ".tfsec/config.yml: this file was not generated"),
         "comply": (EXIT_FAILED, f".tfsec/config.yml was not generated from {LEDGER}")},
    ),
    "broken JSON of tfsec": (
        lambda line: line.write(".tfsec/config.json", '{"exclude": ['),
        {"import": (EXIT_NOT_RUN, ".tfsec/config.json:1: is not valid JSON"),
         "check": (EXIT_FAILED, ".tfsec/config.json: tfsec also reads this file")},
    ),
    "ignore file of Trivy that is not UTF-8": (
        lambda line: line.write(".trivyignore", b"\xff\xfe"),
        {"import": (EXIT_NOT_RUN, ".trivyignore:1: cannot be read: it is not UTF-8 (byte 0xff)")},
    ),
    "broken HCL": (
        lambda line: line.write("modules/queue/b.tf", 'resource "aws_sns_topic" "this" {\n'),
        {"comply": (EXIT_NOT_RUN, "modules/queue/b.tf:1 checkov could not read this file"),
         "prune": (EXIT_NOT_RUN, "modules/queue/b.tf:1: tfsec could not read this file")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STALE)
def test_a_fault_is_reported_at_its_place_and_nothing_is_lost(name: str, command: CommandLine) -> None:
    change, expected = STALE[name]
    change(command)
    before = command.files()

    for each, (code, message) in expected.items():
        found, text = command(each)
        assert message in text, each
        assert found == code, each
    assert command.files() == before


def test_another_version_of_checkov_is_not_used(command: CommandLine) -> None:
    command.write("site/checkov-3.2.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: checkov\nVersion: 3.2.1\n")
    command.monkeypatch.syspath_prepend(command.root / "site")
    before = command.files()

    for each in ("comply", "check", "prune"):
        code, text = command(each)
        assert "checkov 3.2.1 is installed in this Python environment, but modproof requires" in text, each
        assert code == EXIT_NOT_RUN, each
    assert command.files() == before
