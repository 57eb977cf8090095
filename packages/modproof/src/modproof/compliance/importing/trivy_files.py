"""Skips in ``.trivyignore`` and ``.trivyignore.yaml``, for Trivy or tfsec, which has its ids as other names of rules.

Source: https://trivy.dev/latest/docs/configuration/filtering/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from modproof.compliance.findings import Located
from modproof.compliance.importing.config_files import ConfigFile, Value, config_files
from modproof.compliance.importing.skips import Rules, Skip, is_below, named_rule
from modproof.compliance.rules import RuleBook
from modproof.core.project import Project

__all__ = ["trivy_files", "trivy_skips"]

_LINE = re.compile(r"\s*(?P<id>[^\s#]+)(?:\s+exp:(?P<until>\S+))?")


def trivy_files(project: Project) -> list[ConfigFile]:
    """Every ignore file of Trivy in the project."""
    return config_files(project, ".trivyignore", ".trivyignore.yaml")


def trivy_skips(file: ConfigFile, scanner: str, book: RuleBook) -> Iterator[Skip]:
    """The skips in ``file``. They apply to the findings of ``scanner`` below its folder."""
    yield from _of_yaml(file, scanner, book) if file.path.endswith(".yaml") else _of_lines(file, scanner, book)


def _of_lines(file: ConfigFile, scanner: str, book: RuleBook) -> Iterator[Skip]:
    for number, line in enumerate(file.lines, 1):
        match = _LINE.match(line)
        if match:
            yield _skip(file, Value(match["id"], number, file.comment_at(number)), scanner, book, match["until"] or "")


def _of_yaml(file: ConfigFile, scanner: str, book: RuleBook) -> Iterator[Skip]:
    for item in file.items("misconfigurations"):
        for value in item.get("id", ()):
            reason = " ".join(each.text for each in item.get("statement", ())) or value.comment
            until = next((each.text for each in item.get("expired_at", ())), "")
            paths = [each.text for each in item.get("paths", ())]
            yield _skip(file, Value(value.text, value.line, reason), scanner, book, until, paths)


def _skip(file: ConfigFile, value: Value, scanner: str, book: RuleBook, until: str, paths: Sequence[str] = ()) -> Skip:
    rules = _rules(scanner, book, value.text)

    def covers(one: Located) -> bool:
        place = one.finding.place.path
        if one.finding.scanner != scanner or one.finding.rule not in rules.ids or not is_below(file.folder, place):
            return False
        inside = str(PurePosixPath(place).relative_to(file.folder))
        return not paths or any(fnmatchcase(inside, path.replace("**/", "*")) for path in paths)

    try:
        ends = date.fromisoformat(until[:10]) if until else None
    except ValueError:
        return Skip(scanner, value.text, file.place(value.line), covers, remark=f"{until} is not a date")
    return Skip(scanner, value.text, file.place(value.line), covers, value.comment, ends, rules.remark)


def _rules(scanner: str, book: RuleBook, name: str) -> Rules:
    """The rules of an id of Trivy, in each of its spellings."""
    rule = book.meant(name)
    return Rules(frozenset((rule.id,))) if rule else named_rule(scanner, book, name, names=True)
