"""The figures of the benchmarks of stories, upgrades, the record of calls and Terragrunt."""

from __future__ import annotations

from bench import recording, stories, terragrunt, upgrade

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


def test_figures_of_recording_compare_medians() -> None:
    loads = [(False, 10.0), (True, 10.1), (False, 30.0), (True, 10.3), (False, 10.2), (True, 40.0)]
    runs = [(recorded, Load(2.0, cpu_seconds)) for recorded, cpu_seconds in loads]
    found = recording.figures("network", runs)
    assert (found["not_recorded_cpu_seconds"], found["recorded_cpu_seconds"]) == (10.2, 10.3)
    assert (found["rounds"], found["recording_adds_cpu_percent"]) == (3, 1.0)


def test_inputs_of_units_get_the_outputs_of_the_second_apply() -> None:
    old = {"network": {"vpc": "vpc-1", "subnets": {"a": "subnet-1", "b": "subnet-12"}, "same": "x"}}
    new = {"network": {"vpc": "vpc-2", "subnets": {"a": "subnet-3", "b": "subnet-4"}, "same": "x"}}
    inputs = {"arns": ["arn:vpc/vpc-1", "arn:subnet/subnet-12", "arn:subnet/subnet-1"], "count": 2}
    assert terragrunt.substituted(inputs, old, new) == {
        "arns": ["arn:vpc/vpc-2", "arn:subnet/subnet-4", "arn:subnet/subnet-3"],
        "count": 2,
    }
