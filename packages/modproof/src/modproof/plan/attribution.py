"""Assigns the diagnostics of a batch to cases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from modproof.cases.model import Case
from modproof.cases.planned import CaseError
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.hcl.closure import closure
from modproof.hcl.conditions import Condition, condition_at
from modproof.plan.calls import BatchCall
from modproof.plan.checks import FailedCheck
from modproof.plan.root import BatchRoot
from modproof.plan.unknown_counts import explain
from modproof.terraform.runner import Diagnostic

__all__ = ["Attribution", "attribute"]

_VALIDATION = re.compile(r"\s*This was checked by the validation rule at (?P<file>\S+?):(?P<line>\d+),[\d,-]+\.?")
_PATH = re.compile(r"(?:\.\./)+[\w./-]+\.tf(?:\.json)?|copies/[\w./-]+\.tf(?:\.json)?")


@dataclass(frozen=True, slots=True)
class Attribution:
    """``errors`` by case key. ``unclear`` are shared calls of which the diagnostic does not name the case."""

    errors: dict[str, CaseError]
    unclear: tuple[str, ...] = ()


def attribute(
    diagnostic: Diagnostic, root: BatchRoot, project: Project, stage: str, checks: Sequence[FailedCheck] | None = ()
) -> Attribution:
    """The cases that ``diagnostic`` is about; neither errors nor unclear calls if it names none.

    ``stage`` is load or plan; an error about an argument of the module call belongs to the stage variables. ``checks``
    are the failed conditions in the plan; None if there is no plan, because the modules are invalid for any input.
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
    """One diagnostic of a batch."""

    def __init__(self, diagnostic: Diagnostic, root: BatchRoot, project: Project, stage: str) -> None:
        self.diagnostic = diagnostic
        self.root = root
        self.project = project
        self.stage = stage
        match = _VALIDATION.search(diagnostic.detail)
        self.validation_file = match["file"] if match else None
        self.validation_line = int(match["line"]) if match else None
        self.detail = _VALIDATION.sub("", diagnostic.detail, count=1)

    def calls(self) -> list[BatchCall]:
        """The calls with the file that the diagnostic points to."""
        named = _PATH.search(self.diagnostic.detail)
        # for a variable with its default, there is no argument to point to
        filename = self.diagnostic.filename or self.validation_file or (named[0] if named else None)
        return self.root.calls_of_file(filename) if filename else []

    def errors(self, keys: Sequence[str] | set[str]) -> Attribution:
        """The diagnostic as an error of each of the cases."""
        return Attribution({key: self._error(key, self.root.cases[key]) for key in keys})

    def broken(self, checks: Sequence[FailedCheck]) -> list[str]:
        """The cases that failed the condition of the diagnostic, according to the plan."""
        condition = self._condition(self._place(in_call=False))
        if condition is None:
            return []
        message = " ".join(self.detail.split())
        found: list[str] = []
        for check in checks:
            key = self.root.key_at(check.address)
            if key and check.owner == condition.owner and " ".join(check.message.split()) == message:
                # a called module may have a condition with the same owner and message
                below = check.address.removeprefix(f"{self.root.call_of(key).address(key)}.")
                own = condition.path.parent.resolve() == self.root.cases[key].folder.resolve()
                found += [key] if own != below.startswith("module.") else []
        return found

    def _error(self, key: str, case: Case) -> CaseError:
        call = self.root.call_of(key)
        in_call = self.diagnostic.filename == call.file_name
        place = self._place(in_call=in_call)
        condition = self._condition(place)
        variable = call.lines.get(self.diagnostic.line or 0) if in_call else None
        return CaseError(
            stage="variables" if in_call and self.stage == "plan" else self.stage,
            text=self._unknown(case, in_call=in_call) or self._text(call, key),
            address=self._address(call.address(key)),
            variable=variable,
            place=place,
            kind=condition.kind if condition else None,
            owner=condition.owner if condition else f"var.{variable}" if variable else None,
        )

    def _place(self, *, in_call: bool) -> Place | None:
        """The place of the condition or expression that failed."""
        if self.validation_file:
            line = self.root.source_line(self.validation_file, self.validation_line)
            return Place(self.project.relative(self.root.source_path(self.validation_file)), line)
        if self.diagnostic.filename and not in_call:
            path = self.project.relative(self.root.source_path(self.diagnostic.filename))
            return Place(path, self.root.source_line(self.diagnostic.filename, self.diagnostic.line))
        return None

    def _condition(self, place: Place | None) -> Condition | None:
        return condition_at(self.project.root / place.path, place.line) if place else None

    def _unknown(self, case: Case, *, in_call: bool) -> str | None:
        if not self.diagnostic.filename or in_call:
            return None
        line = self.root.source_line(self.diagnostic.filename, self.diagnostic.line)
        path = self.root.source_path(self.diagnostic.filename)
        return explain(replace(self.diagnostic, line=line), case, path)

    def _text(self, call: BatchCall, key: str) -> str:
        summary = self.diagnostic.summary
        text = " ".join(f"{summary}: {self.detail}".split()) if self.detail.strip() else summary
        text = call.answers.readable(text) if call.answers else text
        return _relative_paths(text, self.root, self.project).replace(f"{call.address(key)}.", "")

    def _address(self, module: str) -> str | None:
        address = self.diagnostic.address or ""
        return address.removeprefix(f"{module}.") if address.startswith(f"{module}.") else None


def _relative_paths(text: str, root: BatchRoot, project: Project) -> str:
    """Replace paths relative to the generated root by paths in the project."""

    def shown(match: re.Match[str]) -> str:
        return project.relative(root.source_path(match[0]))

    text = _PATH.sub(shown, text)
    return text.replace(str(Path(root.folder)), "the batch")
