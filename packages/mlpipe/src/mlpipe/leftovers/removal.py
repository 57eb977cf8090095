"""Removes leftovers: stop what runs, then delete in the order of their dependencies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mlpipe.aws import AWS_ERRORS, Changes, in_words, is_missing
from mlpipe.leftovers.context import Context
from mlpipe.leftovers.model import Leftover
from mlpipe.leftovers.search import ALL_SOURCES, USES
from mlpipe.leftovers.sources import NotRemoved, Source

__all__ = ["Outcome", "remove", "still_there"]

_FIRST_POLL_SECONDS, _LONGEST_POLL_SECONDS = 0.5, 10.0
_BY_KIND = {source.kind: source for source in ALL_SOURCES}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to a leftover; ``stays`` is empty if it was removed."""

    leftover: Leftover
    stays: str = ""
    permanent: bool = False
    """whether AWS has no call to delete it, and it costs nothing"""


def remove(
    context: Context,
    changes: Changes,
    leftovers: Sequence[Leftover],
    *,
    wait_seconds: float = 900.0,
) -> list[Outcome]:
    """Remove what can be removed. A failure stays an outcome of its leftover, and the others go on.

    ``leftovers`` are in the order of a search. ``wait_seconds`` limits each wait for a status.
    """
    outcomes = [Outcome(one, one.found.stays, one.found.permanent) for one in leftovers]
    wait = _Wait(wait_seconds)
    outcomes = _each(outcomes, lambda source, one: _stop(context, changes, source, one))
    if changes.act:
        wait.until(outcomes, "stop", lambda source, one: _halted(context, source, one))
    done: list[Outcome] = []
    for _, group in groupby(outcomes, key=lambda one: one.leftover.found.kind):
        part = [_unless_used(context, one) for one in group]
        part = _each(part, lambda source, one: source.remove(context, changes, one.found))
        if changes.act:
            wait.until(part, "be deleted", lambda source, one: source.gone(context, one.found))
        for one in part:
            if one.stays:
                _note_uses(context, one)
        done += part
    return done


def _stop(context: Context, changes: Changes, source: Source, one: Leftover) -> None:
    """Start to stop it. It may have ended since it was listed: AWS then refuses the call."""
    try:
        source.stop(context, changes, one.found)
    except AWS_ERRORS:
        if not source.stopped(context, one.found):
            raise


def _unless_used(context: Context, outcome: Outcome) -> Outcome:
    found = outcome.leftover.found
    if found.kind in context.unsafe:
        return replace(outcome, stays=outcome.stays or "something that stays may use it")
    if context.is_used(found):
        return replace(outcome, stays=outcome.stays or "something that stays uses it")
    return outcome


def _note_uses(context: Context, outcome: Outcome) -> None:
    """Keep what a thing that stays uses; if that cannot be read, keep everything of the kinds that it can use."""
    found = outcome.leftover.found
    try:
        _BY_KIND[found.kind].keep(context, found)
    except AWS_ERRORS as error:
        for kind in USES.get(found.kind, ()):
            context.unsafe.setdefault(kind, in_words(error))


def _halted(context: Context, source: Source, one: Leftover) -> bool:
    return not one.found.running or source.stopped(context, one.found)


def _each(outcomes: list[Outcome], work: Callable[[Source, Leftover], None]) -> list[Outcome]:
    return [outcome if outcome.stays else _tried(outcome, work) for outcome in outcomes]


def _tried(outcome: Outcome, work: Callable[[Source, Leftover], None]) -> Outcome:
    try:
        work(_BY_KIND[outcome.leftover.found.kind], outcome.leftover)
    except AWS_ERRORS as error:
        return outcome if is_missing(error) else replace(outcome, stays=in_words(error))
    except NotRemoved as error:
        return replace(outcome, stays=str(error), permanent=error.permanent)
    return outcome


class _Wait:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def until(self, outcomes: list[Outcome], what: str, reached: Callable[[Source, Leftover], bool]) -> None:
        """Wait for all outcomes that are not decided; one that does not get there in time stays."""
        deadline = time.monotonic() + self._seconds
        pause = _FIRST_POLL_SECONDS
        waiting = {index for index, one in enumerate(outcomes) if not one.stays}
        while waiting:
            for index in sorted(waiting):
                outcome = outcomes[index]
                try:
                    there = reached(_BY_KIND[outcome.leftover.found.kind], outcome.leftover)
                except AWS_ERRORS as error:
                    there = True
                    if not is_missing(error):
                        outcomes[index] = replace(outcome, stays=f"its status cannot be read: {in_words(error)}")
                if there:
                    waiting.discard(index)
            if waiting and time.monotonic() > deadline:
                for index in waiting:
                    outcomes[index] = replace(outcomes[index], stays=f"it did not {what} within {self._seconds:g} s")
                return
            if waiting:
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_POLL_SECONDS)


def still_there(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes of what was not removed and could have been."""
    return [one for one in outcomes if one.stays and not one.permanent]
