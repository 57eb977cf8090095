"""``.tfsec/config.yml``: every rule of the ledger excluded, by its current id, until its review date."""

from __future__ import annotations

from datetime import date

from modproof.compliance.ledger import Ledger
from modproof.compliance.scanners.config import ScannerConfig, yaml_list
from modproof.compliance.scanners.tfsec_rules import tfsec_rules
from modproof.core.project import Project

__all__ = ["TFSEC_CONFIG"]

_KEYS = frozenset(
    ("exclude", "exclude_ignores", "include", "min_required_version", "minimum_severity", "severity_overrides")
)


def _body(_project: Project, ledger: Ledger) -> str:
    book = tfsec_rules()
    until: dict[str, date] = {}
    descriptions: dict[str, str] = {}
    for entry in ledger.entries:
        if entry.scanner == "tfsec":
            # tfsec accepts an alias in a comment, but not in this file
            rule = book.canonical(entry.rule)
            until[rule] = max(until.get(rule, entry.review), entry.review)
            descriptions[f"{rule}:{until[rule].isoformat()}"] = entry.description
    excluded = [f"{rule}:{until[rule].isoformat()}" for rule in sorted(until)]
    return "\n".join(yaml_list("exclude", excluded, descriptions)) + "\n"


_ALSO_READ = "tfsec also reads this file"
TFSEC_CONFIG = ScannerConfig(
    scanner="tfsec",
    path=".tfsec/config.yml",
    keys=_KEYS,
    unknown_key="tfsec ignores it without a message",
    other_files={
        ".tfsec/config.json": _ALSO_READ,
        ".tfsec/config.yaml": _ALSO_READ,
        ".tfsec/*_tfchecks.*": "tfsec loads custom checks from this file, which the ledger does not cover",
    },
    body=_body,
)
