"""The order of stories, and how many run at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from modproof.core.project import Project
from modproof.run.order import Admission, durations, longest_first, record

GB = 1024**3


def test_the_longest_story_starts_first_and_an_unknown_one_before_it() -> None:
    names = ["short", "new", "long", "tree"]
    seconds = {"short": 2.0, "long": 90.0, "tree": 300.0}
    assert [names[index] for index in longest_first(names, seconds)] == ["new", "tree", "long", "short"]
    assert [names[index] for index in longest_first(names, seconds, {"tree"})] == ["new", "long", "short", "tree"]


def test_in_a_new_checkout_the_largest_story_starts_first() -> None:
    names = ["example", "updated", "tree"]
    sizes = {"example": 1, "updated": 5, "tree": 40}
    assert [names[index] for index in longest_first(names, {}, sizes=sizes)] == ["tree", "updated", "example"]
    assert [names[index] for index in longest_first(names, {"tree": 300.0}, sizes=sizes)][-1] == "tree"


def test_the_duration_of_a_story_is_known_in_the_next_run_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODPROOF_CACHE", str(tmp_path / "cache"))
    project = Project(tmp_path / "one")
    record(project, "long", 91.26)
    assert durations(project, ["long", "new"]) == {"long": 91.3}
    assert durations(Project(tmp_path / "two"), ["long"]) == {}


class Machine:
    def __init__(self, available: int | None = 64 * GB, busy_share: float | None = 0.5) -> None:
        self.available = available
        self.busy_share = busy_share
        self.now = 0.0
        self.admission = Admission(
            cores=2,
            available=lambda: self.available,
            busy=lambda: None if self.busy_share is None else 2 * self.busy_share * self.now,
            clock=lambda: self.now,
        )

    def started(self, seconds: float) -> int:
        """The number that run after ``seconds``, if none ends."""
        running = 0
        while self.now < seconds:
            while self.admission(running):
                running += 1
            self.now += 1
        return running


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        pytest.param(Machine(), 12, id="idle cores"),
        pytest.param(Machine(busy_share=0.9), 4, id="busy cores"),
        pytest.param(Machine(busy_share=None), 4, id="not measured"),
        pytest.param(Machine(available=None), 12, id="memory not measured"),
        pytest.param(Machine(available=0), 1, id="no memory"),
    ],
)
def test_as_many_stories_run_as_cores_and_memory_allow(machine: Machine, expected: int) -> None:
    assert machine.started(100) == expected


def test_a_story_that_just_started_counts_as_its_memory_until_it_has_taken_it() -> None:
    machine = Machine(available=2 * GB)
    assert machine.started(1) == 2
