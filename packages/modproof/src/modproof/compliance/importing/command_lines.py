"""Skips that CI files pass to checkov and tfsec on the command line, or as inputs of their GitHub actions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modproof.compliance.findings import Located
from modproof.compliance.importing.config_files import ConfigFile, Value
from modproof.compliance.importing.skips import Skip, named_rule
from modproof.compliance.rules import RuleBook
from modproof.core.project import Project

__all__ = ["command_files", "command_skips"]

_FILES = (
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    ".gitlab-ci.yml",
    "Makefile",
    "Taskfile.yml",
    "Taskfile.yaml",
    "justfile",
)
_BETWEEN = r"[\s=:\"',\[]+"
_TFSEC_ID = r"[a-z]+(?:-[a-z0-9]+)+"
_OPTIONS = {
    "checkov": re.compile(rf"(?:--skip-check|\bskip_check){_BETWEEN}(?P<ids>CKV?[\w*]+(?:\s*,\s*CKV?[\w*]+)*)"),
    "tfsec": re.compile(rf"(?<![\w-])(?:--exclude|-e){_BETWEEN}(?P<ids>{_TFSEC_ID}(?:,{_TFSEC_ID})*)"),
}
"""The ids begin as those of the scanner do: other programs have options of these names too."""


def command_files(project: Project) -> list[ConfigFile]:
    """The files in the project's folder that run programs in CI or before a commit."""
    found = (path for name in _FILES for path in sorted(project.root.glob(name)) if path.is_file())
    return [ConfigFile(project, path, project.root) for path in found]


def command_skips(file: ConfigFile, scanner: str, book: RuleBook) -> Iterator[Skip]:
    """The skips of ``scanner``, checkov or tfsec, in ``file``. They apply to the whole project."""
    for number, line in enumerate(file.lines, 1):
        if line.lstrip().startswith("#") or (scanner == "tfsec" and not _is_tfsec(file, number)):
            continue
        for match in _OPTIONS[scanner].finditer(line):
            for name in match["ids"].split(","):
                yield _skip(file, Value(name.strip(), number, file.comment_at(number)), scanner, book)


def _is_tfsec(file: ConfigFile, number: int) -> bool:
    """Whether the line, or the one that begins the hook or step around it, names tfsec."""
    line = file.lines[number - 1]
    before = file.lines[max(0, number - 6) : number - 1]
    return "tfsec" in line or any("tfsec" in each for each in before)


def _skip(file: ConfigFile, value: Value, scanner: str, book: RuleBook) -> Skip:
    rules = named_rule(scanner, book, value.text, names=False)

    def covers(one: Located) -> bool:
        return one.finding.scanner == scanner and one.finding.rule in rules.ids

    return Skip(scanner, value.text, file.place(value.line), covers, value.comment, remark=rules.remark)
