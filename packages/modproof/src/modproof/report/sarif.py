"""report.sarif and report.upload.sarif: findings and problems as SARIF 2.1.0, for code scanning and auditors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html

Places are relative to the root of the repository, ``%SRCROOT%``. The properties that GitHub needs are in
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from modproof.core.results import Changes, ComplianceResult, Finding, Outcome, Place, RunResult, SuppressedFinding
from modproof.report.problems import RunProblem, run_problems
from modproof.report.provenance import Provenance
from modproof.report.tally import EXIT_MEANING, FindingGroup, also_words, findings_by_rule

__all__ = ["SCHEMA", "render"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_WEB = re.compile(r"https?://[^\s\"'<>]+")
_LEVEL = {"CRITICAL": "error", "HIGH": "error", "MEDIUM": "warning", "LOW": "note"}
# GitHub: over 9.0 is critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, 0.1 to 3.9 low
_SECURITY_SEVERITY = {"CRITICAL": "9.5", "HIGH": "8.0", "MEDIUM": "5.5", "LOW": "2.0"}
# GitHub: at most 20 tags of a rule
_TAGS = 20
_OWN_RULES = {
    "plans": ("A plan case passes", "Compare the plan with the expectations of the case in cases.yaml."),
    "coverage": ("A module's cases reach its gate", "Run modproof coverage for the parts that no case covers."),
    "stories": ("A story passes", "Run modproof apply with the name of the story for all of its steps."),
    "compliance": ("Scans are complete and the ledger is valid", "Run modproof comply for scans and ledger entries."),
    "upgrade": ("An upgrade keeps the resources of the examples", "Run modproof upgrade for what a release changes."),
}


@dataclass(frozen=True, slots=True)
class _Result:
    """``rule`` and ``subject`` identify a result in its file. ``suppressed`` is set if a ledger entry covers it.

    ``state`` is the ``baselineState``, empty if it is unknown.
    """

    rule: str
    level: str
    subject: str
    text: str
    place: Place
    is_resource: bool = False
    suppressed: SuppressedFinding | None = None
    state: str = ""


def render(result: RunResult, about: Provenance, *, open_only: bool = False) -> str:
    """``result``, which must be scrubbed, as a SARIF log, with or without the suppressed findings.

    With a base, results have a ``baselineState``: all or none, by section 3.27.24 of SARIF 2.1.0. Findings
    that no longer exist are ``absent``, and only in the full log: code scanning would open an alert for each.
    """
    problems = run_problems(result)
    compliance = result.compliance or ComplianceResult()
    changes = result.changes if result.changes is not None and result.changes.findings_compared else None
    found = _fingerprinted([*_findings(compliance, changes), *_placed(problems, changes)], about)
    if open_only:
        found = [(item, digest) for item, digest in found if item.suppressed is None and item.state != "absent"]
    rules = _rules(compliance, changes, {item.rule for item, _ in found})
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    scanners = sorted({(scan.scanner, scan.version) for scan in compliance.scans})
    results = []
    for item, digest in found:
        entry = _result(item, about) | {"ruleIndex": index[item.rule], "partialFingerprints": {"modproof/v1": digest}}
        # a log has suppressions for all of its results, or for none
        results.append(entry if open_only else entry | {"suppressions": _suppressions(item, compliance, about)})
    run = {
        "tool": {
            "driver": {"name": "modproof", "version": about.modproof, "rules": rules},
            "extensions": [{"name": name, "version": version} for name, version in scanners],
        },
        "invocations": [_invocation(result, problems, about)],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": results,
        "properties": {"project": about.project, "revision": about.revision, **_base(changes)},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _base(changes: Changes | None) -> dict[str, str]:
    return {"base": changes.base, "baseRevision": changes.commit} if changes is not None else {}


def _findings(compliance: ComplianceResult, changes: Changes | None) -> list[_Result]:
    found: list[tuple[Finding, SuppressedFinding | None, str]] = []
    state = _state_of(changes)
    found += [(finding, None, state(finding)) for finding in compliance.findings]
    found += [(item.finding, item, state(item.finding)) for item in compliance.suppressed]
    found.sort(key=lambda each: (_rule_id(each[0]), each[0].place.path, each[0].place.line or 0, each[0].address))
    # last, so that the fingerprints are those of a log without a base
    found += [(finding, None, "absent") for finding in (changes.fixed if changes is not None else ())]
    return [
        _Result(
            _rule_id(finding),
            _LEVEL.get(finding.severity, "warning"),
            finding.address,
            f"{finding.title} ({'; '.join(filter(None, [finding.address, also_words(finding)]))})",
            finding.place,
            is_resource=True,
            suppressed=suppressed,
            state=baseline_state,
        )
        for finding, suppressed, baseline_state in found
    ]


def _state_of(changes: Changes | None) -> Callable[[Finding], str]:
    """The state of a current finding since the base: updated if it is now suppressed, or no longer."""
    if changes is None:
        return lambda _: ""
    updated, changed = set(changes.updated), {*changes.opened, *changes.accepted}
    return lambda finding: "updated" if finding in updated else "new" if finding in changed else "unchanged"


def _rule_id(finding: Finding) -> str:
    return f"{finding.scanner}/{finding.rule}"


def _placed(problems: Iterable[RunProblem], changes: Changes | None) -> Iterator[_Result]:
    """The problems of files in the repository. The others are notifications: code scanning needs a place."""
    for found in problems:
        if _is_of_a_file(found):
            assert found.problem.place is not None
            rule, place = f"modproof/{found.part}", found.problem.place
            state = "" if changes is None else "unchanged" if found.identity in changes.known_problems else "new"
            yield _Result(rule, "error", found.subject, _text(found), place, state=state)


def _is_of_a_file(found: RunProblem) -> bool:
    return found.part != "run" and found.problem.place is not None


def _text(found: RunProblem) -> str:
    hint = f"; {found.problem.hint}" if found.problem.hint else ""
    return f"{found.subject}: {found.problem.message}{hint}"


def _fingerprinted(results: Iterable[_Result], about: Provenance) -> list[tuple[_Result, str]]:
    """Each result and a fingerprint that does not change when lines move.

    It is not ``primaryLocationLineHash``, which GitHub's upload action computes from the source.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for item in results:
        identity = (item.rule, item.subject, about.in_repository(item.place.path))
        seen[identity] += 1
        digest = hashlib.sha256(json.dumps([*identity, seen[identity]]).encode()).hexdigest()
        found.append((item, digest[:32]))
    return found


def _result(item: _Result, about: Provenance) -> dict[str, Any]:
    location: dict[str, Any] = {"physicalLocation": _physical(item.place, about)}
    if item.is_resource:
        location["logicalLocations"] = [{"fullyQualifiedName": item.subject, "kind": "resource"}]
    result = {"ruleId": item.rule, "level": item.level, "message": {"text": item.text}, "locations": [location]}
    return result | ({"baselineState": item.state} if item.state else {})


def _physical(place: Place, about: Provenance) -> dict[str, Any]:
    path = about.in_repository(place.path)
    artifact = {"uri": quote(path), "uriBaseId": _ROOT}
    if PurePosixPath(path).is_absolute():
        artifact = {"uri": PurePosixPath(path).as_uri()}
    # GitHub needs a line
    return {"artifactLocation": artifact, "region": {"startLine": place.line or 1}}


def _suppressions(item: _Result, compliance: ComplianceResult, about: Provenance) -> list[dict[str, Any]]:
    if item.suppressed is None:
        return []
    place = item.suppressed.entry_place
    suppression: dict[str, Any] = {
        "kind": "external",
        "status": "accepted",
        "justification": item.suppressed.reason,
        "location": {"physicalLocation": _physical(place, about)},
    }
    for entry in compliance.entries:
        if entry.place == place:
            suppression["properties"] = {"owner": entry.owner, "review": entry.review}
    return [suppression]


def _rules(compliance: ComplianceResult, changes: Changes | None, used: set[str]) -> list[dict[str, Any]]:
    """The descriptors of the ``used`` rules, sorted by id."""
    findings = [*compliance.findings, *(item.finding for item in compliance.suppressed)]
    findings += changes.fixed if changes is not None else ()
    rules = [_rule(group) for group in findings_by_rule(findings)]
    rules += [_own_rule(part, *texts) for part, texts in _OWN_RULES.items()]
    return sorted((rule for rule in rules if rule["id"] in used), key=lambda rule: str(rule["id"]))


def _rule(group: FindingGroup) -> dict[str, Any]:
    finding, guideline = group.first, group.guideline
    rule = _descriptor(_rule_id(finding), finding.title, guideline or finding.title)
    rule["defaultConfiguration"] = {"level": _LEVEL.get(group.severity, "warning")}
    controls = sorted({(control.framework, control.id) for each in group.findings for control in each.controls})
    rule["properties"] = {"tags": ["security", finding.scanner, *map(":".join, controls)][:_TAGS]}
    for framework, control in controls:
        rule["properties"].setdefault("controls", {}).setdefault(framework, []).append(control)
    if group.severity in _SECURITY_SEVERITY:
        rule["properties"]["security-severity"] = _SECURITY_SEVERITY[group.severity]
    if _WEB.fullmatch(guideline):
        rule["helpUri"] = guideline
    return rule


def _own_rule(part: str, title: str, remedy: str) -> dict[str, Any]:
    return _descriptor(f"modproof/{part}", title, remedy) | {"defaultConfiguration": {"level": "error"}}


def _descriptor(rule: str, title: str, remedy: str) -> dict[str, Any]:
    return {
        "id": rule,
        "shortDescription": {"text": title},
        "fullDescription": {"text": title},
        "help": {"text": remedy},
    }


def _invocation(result: RunResult, problems: Sequence[RunProblem], about: Provenance) -> dict[str, Any]:
    return {
        "executionSuccessful": all(found.outcome is not Outcome.ERROR for found in problems),
        "exitCode": result.exit_code,
        "exitCodeDescription": EXIT_MEANING[result.outcome],
        "startTimeUtc": about.started.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "toolExecutionNotifications": [_notification(found, about) for found in problems if not _is_of_a_file(found)],
    }


def _notification(found: RunProblem, about: Provenance) -> dict[str, Any]:
    notification: dict[str, Any] = {"level": "error", "message": {"text": _text(found)}}
    if found.problem.place is not None:
        notification["locations"] = [{"physicalLocation": _physical(found.problem.place, about)}]
    return notification
