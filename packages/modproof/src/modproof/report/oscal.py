"""report.oscal.json: the scans as OSCAL assessment results, for auditors and governance tools.

https://pages.nist.gov/OSCAL-Reference/models/v1.1.2/assessment-results/json-outline/

A control is a rule of a scanner, or a control of a framework that the rule belongs to. A resource that fails a rule is
an observation, a ledger entry is a risk with an approved deviation, and a rule with open findings is an open risk.
Identifiers are the same for the same finding, rule or entry of a project, so that two reports can be compared.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from modproof.core.results import ComplianceResult, EntryStatus, Finding, FrameworkControl, RunResult, Scan
from modproof.report.overview import RuleView, by_control, by_rule
from modproof.report.provenance import Provenance
from modproof.report.tally import ledger_words, scan_words

__all__ = ["VERSION", "render"]

VERSION = "1.1.2"
"""The version of OSCAL. Later versions 1.x accept the document too."""
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://pypi.org/project/modproof/")
_NAMESPACE = "https://pypi.org/project/modproof/"
_NOT_TOKEN = re.compile(r"[^A-Za-z0-9._-]+")


def render(result: RunResult, about: Provenance) -> str | None:
    """``result``, which must be scrubbed, as an OSCAL document; None without a completed scan."""
    compliance = result.compliance
    if compliance is None or not compliance.scans:
        return None
    return json.dumps(_Document(compliance, about).content(), indent=2, ensure_ascii=False) + "\n"


class _Document:
    def __init__(self, compliance: ComplianceResult, about: Provenance) -> None:
        self._compliance = compliance
        self._about = about
        self._rules = by_rule(compliance)
        self._entries = {entry.place: entry for entry in compliance.entries}
        self._entry_of = {id(item.finding): item.entry_place for item in compliance.suppressed}
        self._observed: dict[int, str] = {}
        seen: Counter[tuple[str, ...]] = Counter()
        for rule in self._rules:
            for finding in rule.group.findings:
                # findings of the same identity differ in their place only
                self._observed[id(finding)] = self._id("observation", *finding.identity, str(seen[finding.identity]))
                seen[finding.identity] += 1

    def content(self) -> dict[str, Any]:
        about = self._about
        plan = self._id("plan")
        run = [about.revision, about.started.isoformat()]
        document = {
            "uuid": self._id("document", *run),
            "metadata": {
                "title": _line(f"Compliance of {about.project}"),
                "last-modified": about.started.isoformat(),
                "version": about.revision or "unknown",
                "oscal-version": VERSION,
                "props": [_prop("tool", f"modproof {about.modproof}")],
            },
            "import-ap": {"href": f"#{plan}"},
            "results": [self._result(self._id("result", *run))],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": "Assessment plan",
                        "description": "Every rule of the scanners, on the code and the plans of the modules.",
                    }
                ]
            },
        }
        return {"assessment-results": document}

    def _result(self, identity: str) -> dict[str, Any]:
        compliance = self._compliance
        observations = [self._observation(rule, finding) for rule in self._rules for finding in rule.group.findings]
        risks = [
            *(self._entry_risk(entry) for entry in compliance.entries),
            *(self._open_risk(rule) for rule in self._rules if rule.opened),
        ]
        findings = [
            *(self._of_rule(rule) for rule in self._rules),
            *(
                self._finding(_control(view.control), view.control.id, view.opened, view.suppressed)
                for view in by_control(compliance)
            ),
        ]
        controls = sorted({finding["target"]["target-id"] for finding in findings})
        result: dict[str, Any] = {
            "uuid": identity,
            "title": _line(f"Scans of {self._about.project}"),
            "description": f"{'; '.join(map(_scan_words, compliance.scans))}. {ledger_words(compliance)}.",
            "start": self._about.started.isoformat(),
            "props": [_prop("outcome", compliance.outcome.value)],
            "local-definitions": self._definitions(),
            "reviewed-controls": {
                "description": "Rules of the scanners. Those that no resource fails are not listed.",
                "control-selections": [
                    {"include-controls": [{"control-id": control} for control in controls]}
                    if controls
                    else {"include-all": {}}
                ],
            },
        }
        # an empty list is not valid
        lists = {"observations": observations, "risks": risks, "findings": findings}
        result |= {key: found for key, found in lists.items() if found}
        incomplete = [*compliance.errors, *compliance.problems]
        if incomplete:
            result["remarks"] = "\n\n".join(str(problem) for problem in incomplete)
        return result

    def _definitions(self) -> dict[str, Any]:
        """The resources that fail a rule, and the scanners."""
        resources: dict[str, Finding] = {}
        for rule in self._rules:
            for finding in rule.group.findings:
                resources.setdefault(self._subject(finding), finding)
        scanners = {(scan.scanner, scan.version) for scan in self._compliance.scans}
        components = [
            {
                "uuid": self._scanner(name),
                "type": "software",
                "title": _line(name),
                "description": f"{name} {version}, run by modproof {self._about.modproof}.",
                "props": [{"name": "version", "value": _line(version)}],
                "status": {"state": "operational"},
            }
            for name, version in sorted(scanners)
        ]
        definitions: dict[str, Any] = {
            "assessment-assets": {
                "components": components,
                "assessment-platforms": [{"uuid": self._id("platform"), "title": f"modproof {self._about.modproof}"}],
            }
        }
        if resources:
            definitions["inventory-items"] = [
                {
                    "uuid": identity,
                    "description": f"{finding.address} in {self._about.in_repository(finding.place.path)}",
                    "props": [{"name": "asset-id", "value": _line(finding.address)}],
                }
                for identity, finding in resources.items()
            ]
        return definitions

    def _observation(self, rule: RuleView, finding: Finding) -> dict[str, Any]:
        is_open = any(finding is each for each in rule.opened)
        place = self._about.place(finding.place)
        return {
            "uuid": self._observed[id(finding)],
            "title": _line(f"{finding.rule}: {finding.address}"),
            "description": f"{finding.title} ({finding.address}, {place})",
            "props": [
                _prop("scanner", finding.scanner),
                _prop("rule", finding.rule),
                _prop("severity", finding.severity.lower()),
                _prop("place", place),
                _prop("state", "open" if is_open else "suppressed"),
                *(_prop("also", f"{other.scanner} {other.rule}") for other in finding.also),
            ],
            "methods": ["TEST"],
            "types": ["finding"],
            "origins": [{"actors": [{"type": "tool", "actor-uuid": self._scanner(finding.scanner)}]}],
            "subjects": [
                {"subject-uuid": self._subject(finding), "type": "inventory-item", "title": _line(finding.address)}
            ],
            "collected": self._about.started.isoformat(),
        }

    def _entry_risk(self, entry: EntryStatus) -> dict[str, Any]:
        covered = [item.finding for item in self._compliance.suppressed if item.entry_place == entry.place]
        expired = entry.review <= self._about.started.date().isoformat()
        return {
            "uuid": self._risk_of(entry),
            "title": _line(f"{entry.rule}: {entry.description}"),
            "description": entry.description,
            "statement": entry.reason,
            "props": [
                _prop("scanner", entry.scanner),
                _prop("rule", entry.rule),
                _prop("owner", entry.owner),
                _prop("ledger-entry", self._about.place(entry.place)),
            ],
            "status": "open" if expired else "deviation-approved",
            "deadline": f"{entry.review}T00:00:00Z",
            **self._related(covered),
        }

    def _open_risk(self, rule: RuleView) -> dict[str, Any]:
        first = rule.group.first
        return {
            "uuid": self._id("open", first.scanner, first.rule),
            "title": _line(f"{first.rule}: {first.title}"),
            "description": first.title,
            "statement": "No ledger entry accepts these findings.",
            "props": [_prop("scanner", first.scanner), _prop("rule", first.rule)],
            "status": "open",
            **self._related(rule.opened),
        }

    def _of_rule(self, rule: RuleView) -> dict[str, Any]:
        first = rule.group.first
        return self._finding(_token(first.rule), first.title, rule.opened, rule.suppressed, first.scanner)

    def _finding(
        self, control: str, title: str, opened: Sequence[Finding], suppressed: Sequence[Finding], scanner: str = ""
    ) -> dict[str, Any]:
        """That a control is not satisfied; ``scanner`` is empty for a control of a framework."""
        places = {self._entry_of[id(finding)] for finding in suppressed}
        risks = [self._risk_of(entry) for place, entry in self._entries.items() if place in places]
        risks += sorted({self._id("open", finding.scanner, finding.rule) for finding in opened})
        found: dict[str, Any] = {
            "uuid": self._id("finding", scanner, control),
            "title": _line(f"{control}: {title}"),
            "description": f"{len(opened)} open, {len(suppressed)} suppressed by the ledger.",
            "target": {
                "type": "objective-id",
                "target-id": control,
                "title": _line(title),
                "status": {"state": "not-satisfied", "reason": "fail" if opened else "other"},
            },
            **self._related([*opened, *suppressed]),
        }
        if risks:
            found["related-risks"] = [{"risk-uuid": risk} for risk in risks]
        return found

    def _related(self, findings: Iterable[Finding]) -> dict[str, Any]:
        related = [{"observation-uuid": self._observed[id(finding)]} for finding in findings]
        return {"related-observations": related} if related else {}

    def _subject(self, finding: Finding) -> str:
        return self._id("resource", *finding.identity[2:])

    def _scanner(self, name: str) -> str:
        return self._id("scanner", name)

    def _risk_of(self, entry: EntryStatus) -> str:
        same = [each for each in self._compliance.entries if (each.scanner, each.rule) == (entry.scanner, entry.rule)]
        return self._id("entry", entry.scanner, entry.rule, str(same.index(entry)))

    def _id(self, *parts: str) -> str:
        """A UUID that is the same for the same parts of the same project."""
        return str(uuid.uuid5(_SPACE, json.dumps([self._about.project, *parts])))


def _scan_words(scan: Scan) -> str:
    return f"{scan.scanner} {scan.version}: {scan_words(scan)}"


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": _NAMESPACE, "value": _line(value) or "none"}


def _line(text: str) -> str:
    """``text`` as OSCAL's string: one line without space at its ends."""
    return " ".join(text.split())


def _control(control: FrameworkControl) -> str:
    """The id of a framework's control. Those of NIST are ids of its OSCAL catalog: ``AC-6(1)`` is ``ac-6.1``."""
    if control.framework == "nist":
        return _token(control.id.lower().replace("(", ".").replace(")", ""))
    return _token(f"{control.framework}-{control.id}")


def _token(rule: str) -> str:
    """``rule`` as OSCAL's token."""
    found = _NOT_TOKEN.sub("-", rule)
    return found if re.match(r"[A-Za-z_]", found) else f"_{found}"
