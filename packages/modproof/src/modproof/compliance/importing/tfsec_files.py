"""Skips in ``.tfsec/config.yml`` or ``.json``. tfsec 1.28.14 accepts only current ids there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from modproof.compliance.findings import Located
from modproof.compliance.importing.config_files import ConfigFile, Value, config_files, split_date
from modproof.compliance.importing.skips import Covers, Skip, is_below, named_rule, nothing
from modproof.compliance.rules import RuleBook
from modproof.core.project import Project

__all__ = ["NAMES", "tfsec_files", "tfsec_skips"]

NAMES = (".tfsec/config.yml", ".tfsec/config.yaml", ".tfsec/config.json")
_ELSEWHERE = (".config/.tfsec.yml", ".config/.tfsec.yaml", ".config/.tfsec.json", ".tfsec.yml", "tfsec.yml")
"""Read with `--config-file`. A command names them, so they are kept."""
_SCANNER = "tfsec"
_LEVELS = ("LOW", "MEDIUM", "HIGH", "CRITICAL")


def tfsec_files(project: Project) -> list[ConfigFile]:
    """Every configuration file of tfsec in the project."""
    return config_files(project, *NAMES, *_ELSEWHERE)


def tfsec_skips(file: ConfigFile, book: RuleBook) -> Iterator[Skip]:
    """The skips in ``file``. They apply to the findings below the folder with ``.tfsec``."""
    for value in file.values("exclude"):
        name, until = split_date(value.text)
        rules = named_rule(_SCANNER, book, name, names=False)
        ends = _date(until)
        remark = f"{until} is not a date" if until and ends is None else rules.remark
        covers = _within(file, _of(rules.ids))
        yield Skip(_SCANNER, value.text, file.place(value.line), covers, value.comment, ends, remark)
    included = file.values("include")
    if included:
        run = frozenset[str]().union(*(named_rule(_SCANNER, book, each.text, names=False).ids for each in included))
        text = "include, which leaves out all other rules"
        covers = _within(file, lambda one: one.finding.rule not in run)
        yield Skip(_SCANNER, text, file.place(included[0].line), covers)
    yield from _severities(file)


def _of(ids: frozenset[str]) -> Covers:
    return lambda one: one.finding.rule in ids


def _within(file: ConfigFile, covers: Covers) -> Covers:
    return lambda one: is_below(file.folder, one.finding.place.path) and covers(one)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _severities(file: ConfigFile) -> Iterator[Skip]:
    """The findings below the minimum severity, and overrides without a minimum, which hide nothing."""
    overrides = file.pairs("severity_overrides")
    minimum = next(iter(file.values("minimum_severity")), None)
    if minimum is not None and minimum.text.upper() in _LEVELS:
        yield _below(file, minimum, {name.text: level.upper() for name, level in overrides})
        return
    for name, level in overrides:
        remark = "it changes only the severity, which the ledger does not have"
        yield Skip(_SCANNER, f"{name.text}: {level}", file.place(name.line), nothing, remark=remark)


def _below(file: ConfigFile, minimum: Value, overrides: dict[str, str]) -> Skip:
    lower = _LEVELS[: _LEVELS.index(minimum.text.upper())]

    def covers(one: Located) -> bool:
        return overrides.get(one.finding.rule, one.finding.severity) in lower

    text = f"minimum_severity {minimum.text}"
    return Skip(_SCANNER, text, file.place(minimum.line), _within(file, covers), minimum.comment)
