"""In which order stories start, and when another one may."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from modproof import toolchain
from modproof.core import machine
from modproof.core.cache import Cache, key_of
from modproof.core.project import Project

__all__ = ["Admission", "durations", "longest_first", "record"]

_STORY_BYTES = 700 * 1024 * 1024
"""For Terraform and its provider, measured with provider 5.100.0."""
_SETTLING_SECONDS = 20.0
"""After this time, the memory of a story is missing in what is available."""
_WATCHED_SECONDS = 2.0
_BUSY = 0.85
_STORIES_PER_CORE = (2, 6)


def durations(project: Project, stories: Iterable[str]) -> dict[str, float]:
    """The seconds of the last passed run of each story in this checkout, if it is recorded."""
    cache = _cache()
    found = {story: cache.get(_key(project, story)) for story in stories}
    return {story: float(entry["seconds"]) for story, entry in found.items() if entry is not None}


def record(project: Project, story: str, seconds: float) -> None:
    """Record how long a story took."""
    _cache().put(_key(project, story), {"seconds": round(seconds, 1)})


def longest_first(
    stories: Sequence[str],
    seconds: Mapping[str, float],
    last: Collection[str] = frozenset(),
    sizes: Mapping[str, int] | None = None,
) -> list[int]:
    """The positions of ``stories`` in the order to start them: a long one that starts late delays the run.

    Those without ``seconds`` come first, by ``sizes``, the largest first, and those in ``last`` after all others.
    """
    known = sizes or {}

    def key(position: int) -> tuple[bool, float, int]:
        story = stories[position]
        return story in last, -seconds.get(story, float("inf")), -known.get(story, 0)

    return sorted(range(len(stories)), key=key)


def _cache() -> Cache:
    return Cache(toolchain.cache_folder() / "stories")


def _key(project: Project, story: str) -> str:
    return key_of([str(project.root), story])


class Admission:
    """Whether another story may start: as many at once as cores and memory allow.

    A story mostly waits for resources. Two for each core always run; more run as long as the cores are not busy. None
    starts without the memory for it, unless nothing else runs.
    """

    def __init__(
        self,
        *,
        cores: int | None = None,
        available: Callable[[], int | None] = machine.available_bytes,
        busy: Callable[[], float | None] = machine.busy_seconds,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cores = cores or machine.cores()
        self._available = available
        self._busy = busy
        self._clock = clock
        self._starts: list[float] = []
        self._since: tuple[float, float | None] = (clock(), busy())

    def __call__(self, running: int) -> bool:
        """Whether another one may start while ``running`` run. True counts as a start."""
        if not self._may_start(running):
            return False
        now = self._clock()
        self._starts.append(now)
        self._since = (now, self._busy())
        return True

    def _may_start(self, running: int) -> bool:
        usual, most = (number * self._cores for number in _STORIES_PER_CORE)
        if running == 0:
            return True
        if running >= most or not self._has_memory(running):
            return False
        return running < usual or self._has_idle_cores()

    def _has_memory(self, running: int) -> bool:
        available = self._available()
        now = self._clock()
        settling = min(running, sum(now - start < _SETTLING_SECONDS for start in self._starts))
        return available is None or available >= (settling + 1) * _STORY_BYTES

    def _has_idle_cores(self) -> bool:
        """Whether cores were idle since the last start, or the last time that this was measured."""
        (since, before), now, busy = self._since, self._clock(), self._busy()
        if before is None or busy is None or now - since < _WATCHED_SECONDS:
            return False
        self._since = (now, busy)
        return (busy - before) / ((now - since) * self._cores) < _BUSY
