"""Test items in data files: a case, a story."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from modproof.core.errors import ModproofError
from modproof.core.project import Project
from modproof.core.results import Outcome, Place, Problem
from modproof.pytest_plugin.session import session_of, stopping_pytest

if TYPE_CHECKING:
    from modproof.cases import Case
    from modproof.stories import Story

__all__ = ["CaseItem", "StoryItem"]


class _Failed(Exception):
    """A case or story that did not pass, with its problems."""

    def __init__(self, problems: Iterable[Problem], outcome: Outcome) -> None:
        self.problems = tuple(problems)
        self.outcome = outcome
        super().__init__("\n".join(map(str, self.problems)))


class _DataItem(pytest.Item):
    """A test item in a data file."""

    def __init__(self, *, project: Project, place: Place, **kw: Any) -> None:
        super().__init__(**kw)
        self.project = project
        self.place = place

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, _Failed):
            from modproof.report.scrub import scrub  # only a failure needs it

            head = "could not be run" if excinfo.value.outcome is Outcome.ERROR else "failed"
            problems = [f"  {scrub(problem)}" for problem in excinfo.value.problems]
            return "\n".join([f"{self.place}: {self.name} {head}", *problems])
        if isinstance(excinfo.value, ModproofError):
            return f"{self.place}: {self.name} could not be run\n  {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = self.place.line
        return self.path, None if line is None else line - 1, self.name


class CaseItem(_DataItem):
    """A case. Without ``case`` it is broken, and ``problems`` say why."""

    def __init__(self, *, case: Case | None, problems: tuple[Problem, ...] = (), **kw: Any) -> None:
        super().__init__(**kw)
        self.case = case
        self.problems = problems

    def runtest(self) -> None:
        from modproof.cases import judge

        if self.case is None:
            raise _Failed(self.problems, Outcome.ERROR)
        session = session_of(self.config)
        self.user_properties.append(("case", self.case.id))
        with stopping_pytest():
            planned = session.services(self.project).planned(self.case, batch=session.batch(self.project))
        result = judge(self.case, planned)
        if result.outcome is not Outcome.PASSED:
            raise _Failed(result.problems, result.outcome)


class StoryItem(_DataItem):
    """A story."""

    def __init__(self, *, story: Story, **kw: Any) -> None:
        super().__init__(**kw)
        self.story = story

    def runtest(self) -> None:
        with stopping_pytest():
            result = session_of(self.config).run_story(self.project, self.story)
        for step in result.steps:
            self.add_report_section("call", "steps", f"{step.outcome:7} {step.seconds:6.1f} s  {step.name}\n")
        if result.outcome is not Outcome.PASSED:
            raise _Failed((p for step in result.steps for p in step.problems), result.outcome)
