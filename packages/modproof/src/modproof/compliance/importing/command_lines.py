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
_BETWEEN = r"(?:[\s=:\"',\[\\]|[|>]-?(?=\s*\n)|(?<=\s)-(?=\s))+"
"""Between an option and its value, which may be the next item of a list, or on the next line."""
_TFSEC_ID = r"[a-z]+(?:-[a-z0-9]+)+"
_CHECKOV_ID = r"CKV?[\w*]+"
_CHECKOV_OPTION = r"(?:--(?:skip-check|soft-fail-on)|\b(?:skip_check|soft_fail_on))"
_OPTIONS = {
    "checkov": re.compile(rf"{_CHECKOV_OPTION}{_BETWEEN}(?P<ids>{_CHECKOV_ID}(?:\s*,\s*{_CHECKOV_ID})*)"),
    "tfsec": re.compile(rf"(?<![\w-])(?:--exclude|-e){_BETWEEN}(?P<ids>{_TFSEC_ID}(?:,{_TFSEC_ID})*)"),
}
"""The ids begin as those of the scanner do: other programs have options of these names too."""


def command_files(project: Project) -> list[ConfigFile]:
    """The files in the project's folder that run programs in CI or before a commit."""
    found = (path for name in _FILES for path in sorted(project.root.glob(name)) if path.is_file())
    return [ConfigFile(project, path, project.root) for path in found]


def command_skips(file: ConfigFile, scanner: str, book: RuleBook) -> Iterator[Skip]:
    """The skips of ``scanner``, checkov or tfsec, in ``file``. They apply to the whole project."""
    text = "\n".join("" if line.lstrip().startswith("#") else line for line in file.lines)
    for option in _OPTIONS[scanner].finditer(text):
        for found in re.finditer(r"[^\s,]+", option["ids"]):
            at = option.start("ids") + found.start()
            number = text.count("\n", 0, at) + 1
            if scanner == "checkov" or _is_of_tfsec(file, number, found[0], book):
                yield _skip(file, Value(found[0], number, file.comment_at(number)), scanner, book)


def _is_of_tfsec(file: ConfigFile, number: int, name: str, book: RuleBook) -> bool:
    """Whether tfsec has such a rule, or is named in the line or in the five lines before it."""
    return book.meant(name) is not None or any("tfsec" in line for line in file.lines[max(0, number - 6) : number])


def _skip(file: ConfigFile, value: Value, scanner: str, book: RuleBook) -> Skip:
    rules = named_rule(scanner, book, value.text, names=False)

    def covers(one: Located) -> bool:
        return one.finding.scanner == scanner and one.finding.rule in rules.ids

    return Skip(scanner, value.text, file.place(value.line), covers, value.comment, remark=rules.remark)
