"""Test items that stand in data files: a case, a story."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modproof.cases import Case
from modproof.errors import ModproofError
from modproof.planner import judge
from modproof.pytest_plugin.session import session_of, stopping_pytest
from modproof.results import Outcome, Place, Problem

if TYPE_CHECKING:
    from modproof.stories import Story

__all__ = ["CaseItem", "StoryItem"]


class _Failed(Exception):
    """A case or story that did not come out as it should; carries what is wrong with it."""

    def __init__(self, problems: Iterable[Problem], outcome: Outcome) -> None:
        self.problems = tuple(problems)
        self.outcome = outcome
        super().__init__("\n".join(map(str, self.problems)))


class _DataItem(pytest.Item):
    """A test item that stands in a data file."""

    place: Place

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, _Failed):
            head = "could not be run" if excinfo.value.outcome is Outcome.ERROR else "failed"
            return "\n".join([f"{self.place}: {self.name} {head}", *(f"  {p}" for p in excinfo.value.problems)])
        if isinstance(excinfo.value, ModproofError):
            return f"{self.place}: {self.name} could not be run\n  {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = self.place.line
        return self.path, None if line is None else line - 1, self.name


class CaseItem(_DataItem):
    """One case of a cases.yaml."""

    def __init__(self, *, case: Case | None, place: Place, problems: tuple[Problem, ...] = (), **kw: Any) -> None:
        super().__init__(**kw)
        self.case = case
        self.place = place
        self.problems = problems

    def runtest(self) -> None:
        if self.case is None:
            raise _Failed(self.problems, Outcome.ERROR)
        session = session_of(self.config)
        self.user_properties.append(("case", self.case.id))
        with stopping_pytest():
            planned = session.services.planned(self.case, beside=session.collected.values())
        result = judge(self.case, planned)
        if result.outcome is not Outcome.PASSED:
            raise _Failed(result.problems, result.outcome)


class StoryItem(_DataItem):
    """An example that is applied to the emulator, changed and destroyed."""

    def __init__(self, *, story: Story, place: Place, **kw: Any) -> None:
        super().__init__(**kw)
        self.story = story
        self.place = place

    def runtest(self) -> None:
        with stopping_pytest():
            result = session_of(self.config).prove(self.story)
        for step in result.steps:
            self.add_report_section("call", "steps", f"{step.outcome:7} {step.seconds:6.1f} s  {step.name}\n")
        if result.outcome is not Outcome.PASSED:
            raise _Failed((p for step in result.steps for p in step.problems), result.outcome)
