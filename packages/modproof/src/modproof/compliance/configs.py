"""The scanners' own configuration files, made from the ledger, for people who run the scanners by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath

import yaml

from modproof.compliance.ledger import Ledger
from modproof.compliance.rules import RuleBook
from modproof.core.project import Project
from modproof.core.results import Place, Problem

__all__ = ["CHECKOV_PATH", "TFSEC_PATH", "checkov_config", "setting_problems", "tfsec_config"]

CHECKOV_PATH = ".checkov.yaml"
TFSEC_PATH = ".tfsec/config.yml"

_HEAD = """\
# Made from {ledger} by `modproof ledger`: change that file, not this one.
# {scanner} can skip a rule only everywhere. The ledger says where a rule may be broken, and `modproof comply` holds
# the modules to it.
"""

# the options of checkov 3.3.30 that its configuration file takes; an unknown one ends it with nothing scanned
_CHECKOV_KEYS = frozenset(
    re.findall(
        r"[\w-]+",
        """
    add-check baseline bc-api-key block-list-secret-scan branch ca-certificate check compact create-baseline
    custom-tool-name deep-analysis directory docker-image dockerfile-path download-external-modules
    enable-secret-scan-all-files evaluate-variables external-checks-dir external-checks-git
    external-checks-public-key external-modules-download-path file framework hard-fail-on image
    include-all-checkov-policies list mask no-cert-verify no-fail-on-crash output output-baseline-as-skipped
    output-bc-ids output-file-path policy-metadata-filter policy-metadata-filter-exception prisma-api-url quiet
    repo-id repo-root-for-plan-enrichment run-all-external-checks scan-secrets-history secrets-history-timeout
    secrets-scan-file-type skip-check skip-cve-package skip-download skip-framework skip-path
    skip-resources-without-violations skip-results-upload soft-fail soft-fail-on summary-position support
    use-enforcement-rules var-file
    """,
    )
)
# tfsec leaves a key that it does not know aside without a word
_TFSEC_KEYS = frozenset(
    ("exclude", "exclude_ignores", "include", "min_required_version", "minimum_severity", "severity_overrides")
)
# files that a scanner would read beside, or instead of, the generated one
_RIVALS = {
    "checkov": (".checkov.yml",),
    "tfsec": (".tfsec/config.json", ".tfsec/config.yaml"),
}


def checkov_config(project: Project, ledger: Ledger) -> str:
    """``.checkov.yaml``: offline, the scanned folders, every rule of the ledger skipped.

    The folder is the whole project, and what is not to be scanned is skipped by path: given several folders, checkov
    3.3.30 scans the first and reports it once more for each of the others.
    """
    rules = {entry.rule: entry.description for entry in ledger.entries if entry.scanner == "checkov"}
    lines = ["compact: true", *_list("directory", ["."]), "download-external-modules: false"]
    lines += [*_list("framework", ["terraform"]), "quiet: true", *_list("skip-check", sorted(rules), rules)]
    lines += ["skip-download: true", *_list("skip-path", _other_paths(project.settings.scan))]
    return _HEAD.format(ledger=ledger.path, scanner="checkov") + "\n".join(lines) + "\n"


def _other_paths(scanned: list[str]) -> list[str]:
    """A pattern for every path that neither lies in a scanned folder nor leads to one.

    checkov searches it in absolute paths, so that a checkout below a folder of the same name has more scanned, not
    less. There is no bar and no bracket in it: checkov also makes another pattern of its single characters, and warns.
    """
    ways: list[str] = []
    for folder in scanned:
        parts = [re.escape(part) for part in PurePosixPath(folder).parts]
        if not parts:
            return []
        ways += [f"/{'/'.join(parts[:count])}$" for count in range(1, len(parts))]
        ways.append(f"/{'/'.join(parts)}(?:/.*)?$")
    return ["'^" + "".join(f"(?!.*{way})" for way in dict.fromkeys(ways)) + "'"]


def tfsec_config(ledger: Ledger, book: RuleBook) -> str:
    """``.tfsec/config.yml``: every rule of the ledger left out, by its present id, until its review date.

    tfsec takes an alias in a comment, but not in this file.
    """
    until: dict[str, date] = {}
    texts: dict[str, str] = {}
    for entry in ledger.entries:
        if entry.scanner == "tfsec":
            rule = book.canonical(entry.rule)
            until[rule] = max(until.get(rule, entry.review), entry.review)
            texts[f"{rule}:{until[rule].isoformat()}"] = entry.description
    excluded = [f"{rule}:{until[rule].isoformat()}" for rule in sorted(until)]
    return _HEAD.format(ledger=ledger.path, scanner="tfsec") + "\n".join(_list("exclude", excluded, texts)) + "\n"


def _list(key: str, values: list[str], comments: dict[str, str] | None = None) -> list[str]:
    if not values:
        return [f"{key}: []"]
    lines = [f"{key}:"]
    for value in values:
        comment = (comments or {}).get(value)
        lines.append(f"  - {value}" + (f"  # {' '.join(comment.split())}" if comment else ""))
    return lines


def setting_problems(project: Project) -> Iterator[Problem]:
    """Keys in the scanners' configuration that the scanner does not know, and files that stand in its way."""
    for path, keys, outcome in (
        (CHECKOV_PATH, _CHECKOV_KEYS, "checkov ends without scanning"),
        (TFSEC_PATH, _TFSEC_KEYS, "tfsec leaves it aside without a word"),
    ):
        yield from _unknown_keys(project, path, keys, outcome)
    for scanner, paths in _RIVALS.items():
        for path in paths:
            if (project.root / path).exists():
                yield Problem(f"{scanner} also reads this file", Place(path), "delete it; the ledger makes the other")
    for extra in sorted((project.root / ".tfsec").glob("*_tfchecks.*")):
        yield Problem(
            "tfsec loads rules of one's own from here, which the ledger does not know",
            Place(project.relative(extra)),
            "delete it",
        )


def _unknown_keys(project: Project, path: str, keys: frozenset[str], outcome: str) -> Iterator[Problem]:
    try:
        text = (project.root / path).read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, yaml.YAMLError):
        return  # missing or unreadable: the comparison with what it should be tells
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value not in keys:
            place = Place(path, key.start_mark.line + 1)
            yield Problem(f"unknown key '{key.value}': {outcome}", place, "run `modproof ledger`")
