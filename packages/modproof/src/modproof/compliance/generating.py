"""The files that are made from the ledger, and whether they still are what it would make."""

from __future__ import annotations

from modproof.compliance.configs import CHECKOV_PATH, TFSEC_PATH, checkov_config, setting_problems, tfsec_config
from modproof.compliance.ledger import Ledger, load
from modproof.compliance.page import PAGE_PATH, page
from modproof.compliance.scanners import all_scanners
from modproof.compliance.scanners.tfsec import tfsec_rules
from modproof.core.project import Project
from modproof.core.results import Place, Problem

__all__ = ["generate", "outdated"]


def generate(project: Project, check: bool = False) -> list[Problem]:
    """Write ``.checkov.yaml``, ``.tfsec/config.yml`` and ``docs/ignored-checks.md`` from the ledger.

    With ``check`` nothing is written, and each file that is not what the ledger makes is a problem. Faults of the
    files that writing cannot mend (another file in their way) are problems either way. Needs no scanner. Raises
    ConfigurationError when the ledger cannot be used.
    """
    ledger = load(project, [scanner.name for scanner in all_scanners()])
    if check:
        return outdated(project, ledger)
    for path, text in _contents(project, ledger).items():
        target = project.root / path
        if _text(project, path) != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return list(setting_problems(project))


def outdated(project: Project, ledger: Ledger) -> list[Problem]:
    """Generated files that are missing or not what the ledger makes, and settings that would not do what they say."""
    problems = list(setting_problems(project))
    for path, wanted in _contents(project, ledger).items():
        found = _text(project, path)
        if found is None:
            problems.append(
                Problem(f"is missing, and is made from {ledger.path}", Place(path), "run `modproof ledger`")
            )
        elif found != wanted:
            line = _first_difference(found, wanted)
            problems.append(
                Problem(f"is not what {ledger.path} makes", Place(path, line), "run `modproof ledger` and commit it")
            )
    return problems


def _contents(project: Project, ledger: Ledger) -> dict[str, str]:
    book = tfsec_rules()
    return {
        CHECKOV_PATH: checkov_config(project, ledger),
        TFSEC_PATH: tfsec_config(ledger, book),
        PAGE_PATH: page(ledger, {"tfsec": book}),
    }


def _text(project: Project, path: str) -> str | None:
    try:
        return (project.root / path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _first_difference(found: str, wanted: str) -> int:
    ours, theirs = found.splitlines(), wanted.splitlines()
    same = 0
    while same < min(len(ours), len(theirs)) and ours[same] == theirs[same]:
        same += 1
    return max(min(same + 1, len(ours)), 1)
