"""The figures of ``python -m bench stories`` and ``python -m bench upgrade``."""

from __future__ import annotations

from bench import stories, upgrade

from modproof.core.results import ExampleUpgrade, Load, Outcome, RunResult, StepResult, StoryResult, UpgradeResult


def test_figures_have_the_slowest_step_of_each_story_and_the_load() -> None:
    steps = (StepResult("apply", Outcome.PASSED, 61.2), StepResult("destroy", Outcome.PASSED, 8.0))
    result = RunResult(
        stories=[StoryResult("short", steps[1:], seconds=9.0), StoryResult("long", steps, seconds=80.04)],
        seconds={"total": 95.06},
        load=Load(90.0, 124.2, 2, 0.69, 2_100_000_000),
    )
    assert stories.figures(result) == {
        "seconds": 95.1,
        "cores": 2,
        "busy": 0.69,
        "cpu_seconds": 124.2,
        "peak_memory_mb": 2100,
        "stories": {
            "long": {"seconds": 80.0, "slowest_step": "apply", "slowest_step_seconds": 61.2},
            "short": {"seconds": 9.0, "slowest_step": "destroy", "slowest_step_seconds": 8.0},
        },
    }
    assert list(stories.figures(result)["stories"]) == ["long", "short"]


def test_figures_without_measurements_are_null() -> None:
    found = stories.figures(RunResult(stories=[], seconds={"total": 1.0}, load=Load(1.0)))
    assert (found["busy"], found["cpu_seconds"], found["peak_memory_mb"]) == (None, None, None)


def test_figures_of_an_upgrade_have_the_examples_that_were_applied() -> None:
    examples = (
        ExampleUpgrade("short", seconds=9.04),
        ExampleUpgrade("long", seconds=80.0),
        ExampleUpgrade("new", note="new"),
    )
    assert upgrade.figures(UpgradeResult("v0.1.0", examples=examples), 95.06, 124.2) == {
        "from": "v0.1.0",
        "outcome": "passed",
        "seconds": 95.1,
        "cpu_seconds": 124.2,
        "examples": {"long": 80.0, "short": 9.0},
    }
