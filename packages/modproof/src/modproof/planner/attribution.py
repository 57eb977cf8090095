"""Says which cases a diagnostic of a batch is about, and what it means there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from modproof.cases import Case
from modproof.dependencies import closure
from modproof.planner.calls import Call
from modproof.planner.checks import FailedCheck
from modproof.planner.outcome import CaseError
from modproof.planner.root import BatchRoot
from modproof.planner.rules import Rule, rule_at
from modproof.planner.unknowns import explain
from modproof.project import Project
from modproof.results import Place
from modproof.terraform import Diagnostic

__all__ = ["Attribution", "attribute"]

_RULE = re.compile(r"\s*This was checked by the validation rule at (?P<file>\S+?):(?P<line>\d+),[\d,-]+\.?")
_PATH = re.compile(r"(?:\.\./)+[\w./-]+\.tf(?:\.json)?|copies/[\w./-]+\.tf(?:\.json)?")


@dataclass(frozen=True, slots=True)
class Attribution:
    """``errors`` by case key; ``unclear`` are shared calls that the diagnostic is about without saying which case."""

    errors: dict[str, CaseError]
    unclear: tuple[str, ...] = ()


def attribute(
    diagnostic: Diagnostic, root: BatchRoot, project: Project, stage: str, checks: Sequence[FailedCheck] | None = ()
) -> Attribution:
    """The cases that ``diagnostic`` is about; neither errors nor unclear calls when that cannot be told.

    ``stage`` is load or plan; an error about an argument of the module call is told as of the stage variables.
    ``checks`` are the rules that the plan says were broken; None says that there is no plan, as the modules' files are
    wrong whatever they are given.
    """
    reader = _Reader(diagnostic, root, project, stage)
    if key := root.key_at(diagnostic.address or ""):
        return reader.errors([key])
    named = root.keys_named(diagnostic.detail)
    if len(named) == 1:
        return reader.errors(named)
    calls = reader.calls()
    if not calls and stage == "load" and diagnostic.filename:
        path = root.source_path(diagnostic.filename)
        return reader.errors([key for key, case in root.cases.items() if path in closure(case.folder)])
    certain = [key for call in calls if not call.shared for key in call.members]
    unclear: list[str] = []
    for call in calls:
        of_module = (stage == "load" or checks is None) and diagnostic.filename != call.file_name
        if call.shared and of_module:
            certain += call.members
        elif call.shared:
            found = [key for key in reader.broken(checks or ()) if key in call.members]
            certain += found
            unclear += [] if found else [call.name]
    return Attribution(reader.errors(certain).errors, tuple(unclear))


class _Reader:
    """Reads one diagnostic of a batch."""

    def __init__(self, diagnostic: Diagnostic, root: BatchRoot, project: Project, stage: str) -> None:
        self.diagnostic = diagnostic
        self.root = root
        self.project = project
        self.stage = stage
        match = _RULE.search(diagnostic.detail)
        self.rule_file = match["file"] if match else None
        self.rule_line = int(match["line"]) if match else None
        self.detail = _RULE.sub("", diagnostic.detail, count=1)

    def calls(self) -> list[Call]:
        """The calls whose files the diagnostic points into."""
        named = _PATH.search(self.diagnostic.detail)
        # a variable that the call leaves to its default has nothing in the call to point at
        filename = self.diagnostic.filename or self.rule_file or (named[0] if named else None)
        return self.root.calls_of_file(filename) if filename else []

    def errors(self, keys: Sequence[str] | set[str]) -> Attribution:
        """The diagnostic as it reads for each of the cases."""
        return Attribution({key: self._error(key, self.root.cases[key]) for key in keys})

    def broken(self, checks: Sequence[FailedCheck]) -> list[str]:
        """The cases that broke the very rule that the diagnostic is about, by what the plan says."""
        rule = self._rule(self._place(in_call=False))
        if rule is None:
            return []
        said = " ".join(self.detail.split())
        found: list[str] = []
        for check in checks:
            key = self.root.key_at(check.address)
            if key and check.owner == rule.owner and " ".join(check.message.split()) == said:
                # a module that this one calls may have a rule of the same owner and words
                below = check.address.removeprefix(f"{self.root.call_of(key).address(key)}.")
                own = rule.path.parent.resolve() == self.root.cases[key].folder.resolve()
                found += [key] if own != below.startswith("module.") else []
        return found

    def _error(self, key: str, case: Case) -> CaseError:
        call = self.root.call_of(key)
        in_call = self.diagnostic.filename == call.file_name
        place = self._place(in_call=in_call)
        rule = self._rule(place)
        variable = call.lines.get(self.diagnostic.line or 0) if in_call else None
        return CaseError(
            stage="variables" if in_call and self.stage == "plan" else self.stage,
            text=self._unknown(case, in_call=in_call) or self._text(call.address(key)),
            address=self._address(call.address(key)),
            variable=variable,
            rule=place,
            kind=rule.kind if rule else None,
            owner=rule.owner if rule else f"var.{variable}" if variable else None,
        )

    def _place(self, *, in_call: bool) -> Place | None:
        """Where the rule or expression stands that failed."""
        if self.rule_file:
            return Place(self.project.relative(self.root.source_path(self.rule_file)), self.rule_line)
        if self.diagnostic.filename and not in_call:
            path = self.project.relative(self.root.source_path(self.diagnostic.filename))
            return Place(path, self.diagnostic.line)
        return None

    def _rule(self, place: Place | None) -> Rule | None:
        return rule_at(self.project.root / place.path, place.line) if place else None

    def _unknown(self, case: Case, *, in_call: bool) -> str | None:
        if not self.diagnostic.filename or in_call:
            return None
        return explain(self.diagnostic, case, self.root.source_path(self.diagnostic.filename))

    def _text(self, module: str) -> str:
        summary = self.diagnostic.summary
        text = " ".join(f"{summary}: {self.detail}".split()) if self.detail.strip() else summary
        return _relative_paths(text, self.root, self.project).replace(f"{module}.", "")

    def _address(self, module: str) -> str | None:
        address = self.diagnostic.address or ""
        return address.removeprefix(f"{module}.") if address.startswith(f"{module}.") else None


def _relative_paths(text: str, root: BatchRoot, project: Project) -> str:
    """Put the project's own paths in place of paths seen from the generated root."""

    def shown(match: re.Match[str]) -> str:
        return project.relative(root.source_path(match[0]))

    text = _PATH.sub(shown, text)
    return text.replace(str(Path(root.folder)), "the batch")
