"""Skips in ``.checkov.yaml`` and in the baseline file that it names.

Source: RunnerFilter and Baseline of checkov 3.3.30.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from modproof.compliance.findings import Located
from modproof.compliance.importing.config_files import ConfigFile, Value, config_files
from modproof.compliance.importing.skips import Covers, Skip, is_below, named_rule, nothing
from modproof.compliance.rules import RuleBook
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.terraform.addresses import without_keys

__all__ = ["NAMES", "checkov_files", "checkov_skips"]

NAMES = (".checkov.yaml", ".checkov.yml")
_ELSEWHERE = (".config/.checkov.yaml", ".config/.checkov.yml")
"""Read with `--config-file` by the template of AWS's modules and others. A command names them, so they are kept."""
_SCANNER = "checkov"
_CHAIN = re.compile(r"^(?:module\.[^.\[]+(?:\[[^\]]*\])?\.)+")
_BEFORE = "\0/"
"""For the folders above the project: checkov searches absolute paths, but they differ by machine."""
_SEVERITIES = frozenset(("INFO", "LOW", "MEDIUM", "MODERATE", "HIGH", "IMPORTANT", "CRITICAL"))


def checkov_files(project: Project) -> list[ConfigFile]:
    """Every configuration file of checkov in the project."""
    return config_files(project, *NAMES, *_ELSEWHERE)


def checkov_skips(project: Project, file: ConfigFile, book: RuleBook) -> Iterator[Skip]:
    """The skips in ``file``. They apply to the findings below its folder."""
    for value in file.values("baseline"):
        yield from _baseline(project, file, value)
    for key in ("skip-check", "soft-fail-on"):  # a soft failure is reported, but does not fail the run
        for value in file.values(key):
            yield _skip_check(file, value, book)
    for value in file.values("skip-path"):
        covers = _within(file, _matches_path(file, value.text))
        yield Skip(_SCANNER, f"skip-path {value.text}", file.place(value.line), covers, value.comment)
    yield from _others(file, book)


def _within(file: ConfigFile, covers: Covers) -> Covers:
    return lambda one: is_below(file.folder, one.finding.place.path) and covers(one)


def _skip_check(file: ConfigFile, value: Value, book: RuleBook) -> Skip:
    name, _, pattern = value.text.partition(":")
    place = file.place(value.line)
    if name.upper() in _SEVERITIES:
        remark = "checkov has severities only with a key to its vendor's platform, so it hides nothing"
        return Skip(_SCANNER, value.text, place, nothing, remark=remark)
    rules = named_rule(_SCANNER, book, name, names=False)
    in_path = _matches_file(pattern) if pattern else None

    def covers(one: Located) -> bool:
        return one.finding.rule in rules.ids and (in_path is None or in_path(one))

    return Skip(_SCANNER, value.text, place, _within(file, covers), value.comment, remark=rules.remark)


def _matches_path(file: ConfigFile, pattern: str) -> Covers:
    """Whether checkov finds ``pattern``, a regular expression or a text, in the path of a file or of a parent."""
    search = _search(re.escape(pattern) if re.match(r"\.[^.]", pattern) else pattern)

    def covers(one: Located) -> bool:
        for path in {one.file, one.finding.place.path}:
            if is_below(file.folder, path):
                inside = PurePosixPath(path).relative_to(file.folder)
                full = [f"{_BEFORE}{PurePosixPath(file.folder, each)}" for each in (inside, *inside.parents[:-1])]
                if any(pattern in each or search(each) for each in full):
                    return True
        return False

    return covers


def _search(pattern: str) -> Callable[[str], object]:
    try:
        return re.compile(pattern).search
    except re.error:
        return re.compile(re.escape(pattern)).search


def _matches_file(pattern: str) -> Covers:
    """Whether checkov finds the regular expression ``pattern`` in the absolute path of a finding's file."""
    search = _search(pattern)
    return lambda one: bool(search(f"{_BEFORE}{one.file}"))


def _others(file: ConfigFile, book: RuleBook) -> Iterator[Skip]:
    """The rules that do not run because ``check`` lists others."""
    checked = [value for value in file.values("check") if value.text.upper() not in _SEVERITIES]
    if checked:
        run = frozenset[str]().union(*(named_rule(_SCANNER, book, each.text, names=False).ids for each in checked))
        covers = _within(file, lambda one: one.finding.rule not in run)
        text = "check, which leaves out all other rules"
        yield Skip(_SCANNER, text, file.place(checked[0].line), covers)


def _baseline(project: Project, file: ConfigFile, value: Value) -> Iterator[Skip]:
    """The findings of a baseline, by file, resource and rule. checkov itself compares only resource and rule."""
    path = project.root / file.folder / value.text
    shown = project.relative(path)
    if not path.is_file():
        remark = "the file does not exist"
        yield Skip(_SCANNER, f"baseline {value.text}", file.place(value.line), nothing, remark=remark)
        return
    known: set[tuple[str, str, str]] = set()
    try:
        for each in json.loads(path.read_text(encoding="utf-8"))["failed_checks"]:
            for finding in each["findings"]:
                name = str(each["file"]).lstrip("/")
                resource = without_keys(_CHAIN.sub("", str(finding["resource"])))
                known |= {(name, resource, str(rule)) for rule in finding["check_ids"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError("is not a baseline of checkov", path=shown) from error
    bases = [file.folder, *(value.text for value in file.values("directory"))]

    def covers(one: Located) -> bool:
        name = one.block.address if one.block else without_keys(one.finding.address)
        return any((_inside(base, one.file), name, one.finding.rule) in known for base in bases)

    yield Skip(_SCANNER, f"baseline {value.text}", file.place(value.line), _within(file, covers), value.comment)


def _inside(base: str, path: str) -> str:
    return str(PurePosixPath(path).relative_to(base)) if is_below(base, path) else path
