"""Files that are generated from the ledger: the scanners' configuration and the page of ignored checks."""

from __future__ import annotations

from collections.abc import Sequence

from modproof.compliance.ledger import Ledger, load
from modproof.compliance.ledger_page import PAGE_PATH, page
from modproof.compliance.scanners import Scanner, all_scanners
from modproof.core.project import Project
from modproof.core.results import Place, Problem

__all__ = ["generate", "outdated"]


def generate(project: Project, check: bool = False) -> list[Problem]:
    """Write ``.checkov.yaml``, ``.tfsec/config.yml`` and ``docs/ignored-checks.md`` from the ledger.

    With ``check``, nothing is written and each outdated file is a problem. Problems that writing does not fix, such as
    another configuration file, are returned either way. No scanner needs to be installed. Raises ConfigurationError if
    the ledger is invalid.
    """
    scanners = all_scanners()
    ledger = load(project, [scanner.name for scanner in scanners])
    if check:
        return outdated(project, ledger, scanners)
    for path, text in _contents(project, ledger, scanners).items():
        target = project.root / path
        if _text(project, path) != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return _config_problems(project, scanners)


def outdated(project: Project, ledger: Ledger, scanners: Sequence[Scanner]) -> list[Problem]:
    """Generated files that are missing or differ from the ledger, and invalid settings of the scanners."""
    problems = _config_problems(project, scanners)
    for path, expected in _contents(project, ledger, scanners).items():
        found = _text(project, path)
        if found is None:
            problems.append(
                Problem(f"is missing, but is generated from {ledger.path}", Place(path), "run `modproof ledger`")
            )
        elif found != expected:
            line = _first_difference(found, expected)
            problems.append(
                Problem(f"differs from {ledger.path}", Place(path, line), "run `modproof ledger` and commit the file")
            )
    return problems


def _config_problems(project: Project, scanners: Sequence[Scanner]) -> list[Problem]:
    return [problem for scanner in scanners for problem in scanner.config.problems(project)]


def _contents(project: Project, ledger: Ledger, scanners: Sequence[Scanner]) -> dict[str, str]:
    configs = {scanner.config.path: scanner.config.text(project, ledger) for scanner in scanners}
    return {**configs, PAGE_PATH: page(ledger, scanners)}


def _text(project: Project, path: str) -> str | None:
    try:
        return (project.root / path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _first_difference(found: str, expected: str) -> int:
    found_lines, expected_lines = found.splitlines(), expected.splitlines()
    same = 0
    while same < min(len(found_lines), len(expected_lines)) and found_lines[same] == expected_lines[same]:
        same += 1
    return max(min(same + 1, len(found_lines)), 1)
