"""Fragments of report.html: the same in every report for the same case, finding, module, story, rule or entry."""

from __future__ import annotations

import hashlib
import json
import re

from modproof.core.results import CaseResult, EntryStatus, Finding, FrameworkControl, StoryResult
from modproof.report.tally import case_name, module_of

__all__ = ["Anchors"]

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_./-]+")


class Anchors:
    """The fragments of one page. Each is given to one element: a second one of the same name gets a number."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, int], str] = {}
        self._used: set[str] = set()

    def finding(self, finding: Finding) -> str:
        """That of a finding, which does not change when lines move."""
        digest = hashlib.sha256(json.dumps(finding.identity).encode()).hexdigest()
        return self._unique("finding", finding, f"finding-{digest[:12]}")

    def case(self, case: CaseResult) -> str:
        return self._unique("case", case, f"case-{_plain(f'{module_of(case)}/{case_name(case)}')}")

    def story(self, story: StoryResult) -> str:
        return self._unique("story", story, f"story-{_plain(story.id)}")

    def entry(self, entry: EntryStatus) -> str:
        return self._unique("entry", entry, f"entry-{_plain(entry.rule)}")

    @staticmethod
    def module(name: str, *, is_module: bool = True) -> str:
        return f"{'module' if is_module else 'folder'}-{_plain(name)}"

    @staticmethod
    def rule(scanner: str, rule: str) -> str:
        return f"rule-{_plain(scanner)}-{_plain(rule)}"

    @staticmethod
    def row(scanner: str, rule: str) -> str:
        """That of a rule in the table of all rules."""
        return f"all-{_plain(scanner)}-{_plain(rule)}"

    @staticmethod
    def control(control: FrameworkControl) -> str:
        return f"control-{_plain(control.framework)}-{_plain(control.id)}"

    def _unique(self, kind: str, thing: object, name: str) -> str:
        key = (kind, id(thing))
        if key not in self._of:
            found, number = name, 1
            while found in self._used:
                number += 1
                found = f"{name}-{number}"
            self._used.add(found)
            self._of[key] = found
        return self._of[key]


def _plain(text: str) -> str:
    return _NOT_PLAIN.sub("-", text).strip("-") or "unnamed"
