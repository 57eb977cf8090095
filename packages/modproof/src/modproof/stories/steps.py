"""Records the steps of a story, with their outcomes, times and problems."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from modproof.core.errors import EmulatorError, Interrupted, ModproofError, TimedOut, machine_fault
from modproof.core.progress import Task
from modproof.core.results import Outcome, Problem, StepResult
from modproof.emulator import Emulator
from modproof.emulator.calls import Unresolved, boto_errors
from modproof.stories import leftovers
from modproof.stories.call_record import CallRecord
from modproof.stories.leftovers import Snapshot
from modproof.stories.model import Story
from modproof.terraform.diagnostics import Diagnostic
from modproof.terraform.failures import failure_of
from modproof.terraform.watched import WatchedTerraform

if TYPE_CHECKING:
    from modproof.emulator.session import EmulatorSession

__all__ = ["Finding", "StepRecorder"]

T = TypeVar("T")
_SETTLE_SECONDS = 2.0


@dataclass(slots=True)
class Finding:
    """What the current step has found so far. ``errors`` are problems that are not about the modules."""

    problems: list[Problem] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    detail: str = ""

    @property
    def outcome(self) -> Outcome:
        return Outcome.FAILED if self.problems else Outcome.ERROR if self.errors else Outcome.PASSED


class StepRecorder:
    """The ``steps`` of ``story`` so far, and the ``record`` of its AWS calls.

    ``accounts`` are those in which an interrupted story may leave resources.
    """

    def __init__(self, story: Story, emulator: Emulator, task: Task, *, accounts: Sequence[str]) -> None:
        self.story = story
        self.emulator = emulator
        self.task = task
        self.accounts = accounts
        self.steps: list[StepResult] = []
        self.record = CallRecord(emulator)
        self.doing = ""

    @property
    def passed(self) -> bool:
        return all(step.outcome is Outcome.PASSED for step in self.steps)

    @contextlib.contextmanager
    def step(self, name: str, *, asserted: bool = False, listed: bool = True) -> Iterator[Finding]:
        """One step. It is FAILED if it finds problems, and ERROR if it has or raises errors.

        With ``listed=False`` it is only in the result if it does not pass.
        """
        found = Finding()
        begun = time.monotonic()
        self.task.note(name)
        self.doing = f"{name} of {self.story.id}"
        self.begin_step()
        try:
            yield found
        except (Interrupted, KeyboardInterrupt) as error:
            if self.emulator.ours:
                raise
            raise Interrupted(
                f"stopped during {self.doing}",
                hint=f"resources may remain in account {', '.join(self.accounts)} at {self.emulator.endpoint_url}",
            ) from error
        except ModproofError as error:
            found.errors.append(Problem.of(error))
        except OSError as error:
            fault = machine_fault(error)
            if fault is None:
                raise
            found.errors.append(Problem.of(fault))
        except boto_errors().BotoCoreError as error:
            found.errors.append(self.unanswered(error))
        if listed or found.outcome is not Outcome.PASSED:
            problems = (*found.problems, *found.errors)
            seconds = time.monotonic() - begun
            self.steps.append(StepResult(name, found.outcome, seconds, problems, found.detail, asserted))
        if listed:
            self.task.advance()

    def begin_step(self) -> None:
        """Called at the beginning of each step."""

    def judge(self, found: Finding, diagnostic: Diagnostic, problem: Problem) -> None:
        """Add ``problem``, an error of Terraform: to the problems if it is about the modules, else to the errors."""
        fault = self.emulator.fault(diagnostic.text)
        failure = failure_of(diagnostic)
        if fault is not None:
            where = f"{diagnostic.address}: " if diagnostic.address else ""
            found.errors.append(replace(problem, message=f"{where}{fault.message}", hint=fault.hint))
        elif failure is not None:
            found.errors.append(replace(problem, hint=failure.hint))
        else:
            found.problems.append(problem)

    def unanswered(self, error: Exception) -> Problem:
        try:
            self.watch()
        except EmulatorError as gone:
            return Problem(gone.message, hint=gone.hint)
        return Problem(f"an AWS call could not be made: {' '.join(str(error).split())}")

    def watch(self) -> None:
        self.emulator.check(self.doing)

    def compare(self, found: Finding, before: Snapshot, snapshot: Callable[[], Snapshot]) -> Snapshot:
        """Add what the account has more or less than ``before``; returns the last snapshot.

        After an incomplete step these are errors: the step may have left resources that the state does not have.
        """
        after = snapshot()
        if leftovers.difference(before, after):
            time.sleep(_SETTLE_SECONDS)  # some resources disappear a moment after the call that deletes them
            after = snapshot()
        left = map(Problem, leftovers.difference(before, after))
        incomplete = [step.name for step in self.recorded() if step.outcome is Outcome.ERROR and not step.asserted]
        if incomplete:
            hint = f"not completed: {', '.join(incomplete)}"
            found.errors += [replace(problem, hint=hint) for problem in left]
        else:
            found.problems += left
        return after

    def recorded(self) -> Sequence[StepResult]:
        """All steps of the story so far."""
        return self.steps

    def open_session(self, account: str) -> EmulatorSession:
        """A session in the region of the story. The limit of a step is that of each call too."""
        return self.emulator.session(account, self.story.region, call_seconds=self.story.step_timeout)

    def attempt(self, found: Finding, call: Callable[[], T], pointer: tuple[str | int, ...]) -> T | None:
        """Make one call of the story. An error becomes a problem at its place, and None is returned.

        Raises EmulatorError with the place if the emulator does not have the call, or fails in it, and TimedOut if it
        does not answer within the limit of the step.
        """
        errors = boto_errors()
        place = self.story.place_of(*pointer)
        try:
            return call()
        except Unresolved as error:
            found.problems.append(Problem(str(error), place))
        except (errors.ClientError, errors.ParamValidationError) as error:
            fault = self.emulator.fault(str(error))
            if fault is not None:
                raise EmulatorError(fault.message, hint=fault.hint, path=place.path, line=place.line) from error
            found.problems.append(Problem(" ".join(str(error).split()), place))
        except (errors.ConnectTimeoutError, errors.ReadTimeoutError) as error:
            self.watch()
            text = f"the call was stopped after {self.story.step_timeout:g} seconds without a response"
            hint = WatchedTerraform.timeout_hint
            raise TimedOut(text, hint=hint, path=place.path, line=place.line) from error
        return None
