"""The controls of compliance frameworks that rules belong to, and the state of each control after a scan."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from modproof.compliance.controls import control_of
from modproof.compliance.rules import RuleBook
from modproof.core.results import ControlStatus, Finding, FrameworkControl, SuppressedFinding

__all__ = ["FRAMEWORKS", "controls_of", "coverage", "in_framework"]


@cache
def _table() -> Mapping[str, Any]:
    """data/frameworks.json, which tools/frameworks.py generates. It has the source and its date."""
    text = resources.files("modproof.compliance").joinpath("data/frameworks.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


FRAMEWORKS: Mapping[str, str] = {name: each["title"] for name, each in _table()["frameworks"].items()}
"""The title of each framework, by name."""


@cache
def _by_control() -> Mapping[str, Mapping[str, list[str]]]:
    """The controls by framework, by the control that rules of several scanners share."""
    found: dict[str, dict[str, list[str]]] = {}
    for rule, controls in _table()["rules"].items():
        scanner = "trivy" if rule.startswith("AWS-") else "checkov"
        entry = found.setdefault(control_of(scanner, rule), {})
        for name, ids in controls.items():
            entry[name] = [*entry.get(name, ()), *(one for one in ids if one not in entry.get(name, ()))]
    return found


def controls_of(scanner: str, rule: str) -> tuple[FrameworkControl, ...]:
    """The controls that a rule, given by its current id, belongs to; empty for a rule that is not mapped."""
    found = _by_control().get(control_of(scanner, rule), {})
    return tuple(FrameworkControl(name, one) for name in FRAMEWORKS for one in found.get(name, ()))


def in_framework(finding: Finding, framework: str) -> bool:
    """Whether a finding belongs to a control of ``framework``."""
    return any(control.framework == framework for control in finding.controls)


def coverage(
    framework: str,
    books: Mapping[str, RuleBook],
    checked: Mapping[str, Collection[str]],
    findings: Sequence[Finding],
    suppressed: Sequence[SuppressedFinding],
) -> tuple[ControlStatus, ...]:
    """The state of each control of ``framework``. ``checked`` has the rules with a check, by scanner."""
    rules: dict[str, list[str]] = {}
    used: dict[str, list[str]] = {}
    for scanner, book in books.items():
        for rule in book:
            for control in controls_of(scanner, rule.id):
                if control.framework == framework and not rule.deprecated:
                    rules.setdefault(control.id, []).append(f"{scanner} {rule.id}")
                    if rule.id in checked.get(scanner, ()):
                        used.setdefault(control.id, []).append(f"{scanner} {rule.id}")

    def count(found: Sequence[Finding], control: str) -> int:
        return sum(FrameworkControl(framework, control) in finding.controls for finding in found)

    accepted = [one.finding for one in suppressed]
    return tuple(
        ControlStatus(
            one, tuple(rules.get(one, ())), tuple(used.get(one, ())), count(findings, one), count(accepted, one)
        )
        for one in _table()["frameworks"][framework]["controls"]
    )
