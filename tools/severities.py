"""The severity of checkov's rules for AWS.

``python -m tools.severities`` writes the table that modproof ships, from ``checkov_severities.yaml`` and from Trivy's
severities of rules for the same control. It fails if a rule of the installed checkov has none.
``python -m tools.severities CLONE``, a clone of https://github.com/hlxsites/prisma-cloud-docs, prints what the vendor
changed since.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from modproof.compliance.scanners import Checkov
from modproof.compliance.scanners.trivy import trivy_rules
from modproof.core.results import SEVERITIES

__all__ = ["main", "of_reference", "table"]

_HERE = Path(__file__).parent
_COMPLIANCE = _HERE.parent / "packages/modproof/src/modproof/compliance/data"
_TABLE = _COMPLIANCE / "checkov-severities.json"
_PAGES = "docs/en/enterprise-edition/policy-reference/aws-policies"
_SOURCES = {
    "vendor": {
        "title": "policy reference of checkov's vendor",
        "url": f"https://github.com/hlxsites/prisma-cloud-docs/tree/main/{_PAGES}",
        "date": "2025-05-29",
    },
    "trivy": {
        "title": "Trivy's rule for the same control",
        "url": "https://github.com/aquasecurity/trivy-checks",
        "date": "2025-12-19",
    },
    "security_hub": {
        "title": "AWS Security Hub's control",
        "url": "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html",
        "date": "2026-11-29",
    },
    "modproof": {"title": "modproof", "url": "", "date": "2026-11-29"},
}
_ROW = re.compile(r"\[(CKV2?_AWS_\d+)\s*\]\s*\n\|\s*(CRITICAL|HIGH|MEDIUM|LOW)\b")


def table() -> dict[str, list[str]]:
    """Severity and source by rule. Where the vendor and Trivy differ, the higher severity, and its source."""
    listed: Mapping[str, Any] = yaml.safe_load((_HERE / "checkov_severities.yaml").read_text(encoding="utf-8"))
    found = {rule: [severity, "vendor"] for severity, rules in listed["vendor"].items() for rule in rules}
    found |= {rule: [severity, "security_hub"] for rule, severity in listed["security_hub"].items()}
    for rule, like in listed["modproof"].items():
        found[rule] = [found[like][0] if like in found else like, "modproof"]
    for rule, severity in _of_trivy():
        if rule not in found or SEVERITIES.index(severity) < SEVERITIES.index(found[rule][0]):
            found[rule] = [severity, "trivy"]
    return found


def _of_trivy() -> Iterator[tuple[str, str]]:
    of_rule = {rule.id: rule.severity for rule in trivy_rules()}
    controls: Mapping[str, list[str]] = yaml.safe_load((_COMPLIANCE / "controls.yaml").read_text(encoding="utf-8"))
    for rule, others in controls.items():
        yield rule, min((of_rule[other] for other in others), key=SEVERITIES.index)


def of_reference(text: str) -> dict[str, str]:
    """The severity by rule of a page of the vendor's policy reference, in AsciiDoc."""
    return dict(_ROW.findall(text))


def _changes(clone: Path) -> Iterator[str]:
    listed = yaml.safe_load((_HERE / "checkov_severities.yaml").read_text(encoding="utf-8"))["vendor"]
    known = {rule: severity for severity, rules in listed.items() for rule in rules}
    for page in sorted((clone / _PAGES).glob("*/*.adoc")):
        for rule, severity in of_reference(page.read_text(encoding="utf-8")).items():
            if known.get(rule) != severity:
                yield f"{rule}: {severity}, listed {known.get(rule, 'nowhere')} ({page.name})"


def main(arguments: Sequence[str]) -> int:
    """Write the table, or print the changes."""
    if arguments:
        sys.stdout.writelines(f"{change}\n" for change in _changes(Path(arguments[0])))
        return 0
    known = [rule.id for rule in Checkov().rules() if re.fullmatch(r"CKV2?_AWS_\d+", rule.id)]
    found = table()
    missing = [rule for rule in known if rule not in found]
    if missing:
        raise SystemExit(f"no severity: {', '.join(missing)}")
    lines = [f"  {json.dumps(rule)}: {json.dumps(found[rule])}" for rule in known]
    sources = ",\n".join(f"  {json.dumps(name)}: {json.dumps(source)}" for name, source in _SOURCES.items())
    text = "{\n" + f' "sources": {{\n{sources}\n }},\n "rules": {{\n' + ",\n".join(sorted(lines)) + "\n }\n}\n"
    _TABLE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
