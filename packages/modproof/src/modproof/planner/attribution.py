"""Says which case a diagnostic of a batch is about, and what it means there."""

from __future__ import annotations

import re
from pathlib import Path

from modproof.dependencies import closure
from modproof.planner.outcome import CaseError
from modproof.planner.root import BatchRoot
from modproof.planner.rules import Rule, rule_at
from modproof.planner.unknowns import explain
from modproof.project import Project
from modproof.results import Place
from modproof.terraform import Diagnostic

__all__ = ["attribute"]

_MODULE = re.compile(r"^module\.([A-Za-z0-9_-]+)")
_RULE = re.compile(r"\s*This was checked by the validation rule at (?P<file>\S+?):(?P<line>\d+),[\d,-]+\.?")


def attribute(diagnostic: Diagnostic, root: BatchRoot, project: Project, stage: str) -> dict[str, CaseError]:
    """The cases that ``diagnostic`` is about, by key; empty when that cannot be told.

    ``stage`` is load or plan; an error about an argument of the module call is told as of the stage variables.
    """
    keys: list[str] = []
    match = _MODULE.match(diagnostic.address or "")
    if match and match[1] in root.cases:
        keys = [match[1]]
    elif diagnostic.filename:
        keys = root.keys_of_file(diagnostic.filename)
        if not keys and stage == "load":
            path = root.source_path(diagnostic.filename)
            keys = [key for key, case in root.cases.items() if path in closure(case.folder)]
    elif named := _RULE.search(diagnostic.detail):
        # a variable that the call leaves to its default: there is nothing in the call to point at
        keys = root.keys_of_file(named["file"])
    return {key: _Reading(diagnostic, root, project, stage, key).error() for key in keys}


class _Reading:
    """One diagnostic as it reads for one case."""

    def __init__(self, diagnostic: Diagnostic, root: BatchRoot, project: Project, stage: str, key: str) -> None:
        self.diagnostic = diagnostic
        self.root = root
        self.project = project
        self.key = key
        self.case = root.cases[key]
        self.in_call = diagnostic.filename == root.file_name(key)
        self.stage = "variables" if self.in_call and stage == "plan" else stage

    def error(self) -> CaseError:
        detail, place = self._rule_place()
        rule = self._rule(place)
        variable = self.root.lines[self.key].get(self.diagnostic.line or 0) if self.in_call else None
        return CaseError(
            stage=self.stage,
            text=self._unknown() or self._text(detail),
            address=self._address(),
            variable=variable,
            rule=place,
            kind=rule.kind if rule else None,
            owner=rule.owner if rule else f"var.{variable}" if variable else None,
        )

    def _rule_place(self) -> tuple[str, Place | None]:
        """The detail without Terraform's own words on where the rule stands, and that place."""
        detail = self.diagnostic.detail
        match = _RULE.search(detail)
        if match:
            path = self.project.relative(self.root.source_path(match["file"]))
            return detail[: match.start()] + detail[match.end() :], Place(path, int(match["line"]))
        if self.diagnostic.filename and not self.in_call:
            path = self.project.relative(self.root.source_path(self.diagnostic.filename))
            return detail, Place(path, self.diagnostic.line)
        return detail, None

    def _rule(self, place: Place | None) -> Rule | None:
        return rule_at(self.project.root / place.path, place.line) if place else None

    def _unknown(self) -> str | None:
        if not self.diagnostic.filename or self.in_call:
            return None
        return explain(self.diagnostic, self.case, self.root.source_path(self.diagnostic.filename))

    def _text(self, detail: str) -> str:
        summary = self.diagnostic.summary
        text = " ".join(f"{summary}: {detail}".split()) if detail.strip() else summary
        return _relative_paths(text, self.root, self.project)

    def _address(self) -> str | None:
        prefix = f"module.{self.key}."
        address = self.diagnostic.address
        return address.removeprefix(prefix) if address is not None and address.startswith(prefix) else None


def _relative_paths(text: str, root: BatchRoot, project: Project) -> str:
    """Put the project's own paths in place of paths seen from the generated root."""

    def shown(match: re.Match[str]) -> str:
        return project.relative(root.source_path(match[0]))

    text = re.sub(r"(?:\.\./)+[\w./-]+\.tf(?:\.json)?|copies/[\w./-]+\.tf(?:\.json)?", shown, text)
    return text.replace(str(Path(root.folder)), "the batch")
