"""Which rules of different scanners check the same control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

import yaml

from modproof.compliance.scanners.tfsec_rules import tfsec_rules
from modproof.compliance.scanners.trivy import trivy_rules
from modproof.core.results import SEVERITIES, Finding, OtherRule

__all__ = ["control_of", "counterparts", "same_controls", "violation"]

_AVD = "AVD-"


@cache
def _controls() -> Mapping[tuple[str, str], str]:
    """The control by scanner and rule. Its name is an id of Trivy, also where only tfsec has the rule.

    tfsec and Trivy share the ids of Aqua's vulnerability database. Those of checkov are in data/controls.yaml.
    """
    text = resources.files("modproof.compliance").joinpath("data/controls.yaml").read_text(encoding="utf-8")
    listed: Mapping[str, list[str]] = yaml.safe_load(text)
    named = {rule: rules[0] for rules in listed.values() for rule in rules}
    found = {("checkov", rule): rules[0] for rule, rules in listed.items()}
    found |= {("trivy", rule.id): named.get(rule.id, rule.id) for rule in trivy_rules()}
    for tfsec in tfsec_rules():
        for name in tfsec.names:
            if name.startswith(_AVD):
                shared = name.removeprefix(_AVD)
                found["tfsec", tfsec.id] = named.get(shared, shared)
    return found


def control_of(scanner: str, rule: str) -> str:
    """The name of the control that a rule, given by its current id, checks; the rule's id if no other rule does."""
    return _controls().get((scanner, rule), rule)


def counterparts(scanner: str, rule: str, other: str) -> frozenset[str]:
    """The rules of the scanner ``other`` that check the control of a rule."""
    control = control_of(scanner, rule)
    return frozenset(known for (name, known), found in _controls().items() if name == other and found == control)


def violation(finding: Finding) -> tuple[str, str, str]:
    """What findings of several scanners have in common: control, address and file."""
    return control_of(finding.scanner, finding.rule), finding.address, finding.place.path


def same_controls(findings: Sequence[Finding]) -> list[Finding]:
    """``findings`` with one for each control, address and file: of the first scanner, with the rules of the others.

    Two findings of one scanner stay two. The severity is the highest known one.
    """
    kept: dict[tuple[str, str, str], list[int]] = {}
    merged: list[Finding] = []
    for finding in findings:
        alike = kept.setdefault(violation(finding), [])
        index = next((each for each in alike if finding.scanner not in _scanners(merged[each])), None)
        if index is None:
            alike.append(len(merged))
            merged.append(finding)
        else:
            also = (*merged[index].also, OtherRule(finding.scanner, finding.rule))
            merged[index] = replace(merged[index], also=also, severity=_highest(merged[index], finding))
    return merged


def _scanners(finding: Finding) -> set[str]:
    return {finding.scanner, *(other.scanner for other in finding.also)}


def _highest(one: Finding, other: Finding) -> str:
    known = [each.severity for each in (one, other) if each.severity in SEVERITIES]
    return min(known, key=SEVERITIES.index) if known else one.severity
