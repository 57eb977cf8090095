"""Run stories as ``modproof apply`` does; print the seconds of each, its slowest step, and the load of the machine."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modproof import report
from modproof.core.project import Project
from modproof.core.results import Outcome, RunResult
from modproof.run.services import Services
from modproof.run.verify import Selection, verify


def figures(result: RunResult) -> dict[str, Any]:
    """The result as JSON values. Seconds are wall time, ``cpu_seconds`` are over all cores, and ``busy`` is 0 to 1."""
    stories = {
        story.id: {
            "seconds": round(story.seconds, 1),
            "slowest_step": max(story.steps, key=lambda step: step.seconds).name,
            "slowest_step_seconds": round(max(step.seconds for step in story.steps), 1),
        }
        for story in sorted(result.stories or (), key=lambda story: -story.seconds)
    }
    load = result.load
    return {
        "seconds": round(result.seconds["total"], 1),
        "cores": load and load.cores,
        "busy": load and load.busy and round(load.busy, 2),
        "cpu_seconds": load and load.cpu_seconds and round(load.cpu_seconds, 1),
        "peak_memory_mb": load and load.peak_bytes and load.peak_bytes // 1_000_000,
        "stories": stories,
    }


def main(arguments: Sequence[str]) -> int:
    """Print the figures; returns 1 if a story did not pass."""
    parser = argparse.ArgumentParser(prog="python -m bench stories", description=__doc__)
    parser.add_argument("names", nargs="*", help="names or globs of stories; all without any")
    parser.add_argument("--json", action="store_true", help="print JSON")
    chosen = parser.parse_args(arguments)
    project = Project.find(Path.cwd())
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        Services(project, progress=progress) as services,
    ):
        result = verify(services, Selection(plans=False, compliance=False, only_stories=tuple(chosen.names)))
    if result.outcome is not Outcome.PASSED:
        report.terminal(result, report.console_for(stderr=True))
        return 1
    found = figures(result)
    if chosen.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return 0
    for name, story in found.pop("stories").items():
        slowest = f"{story['slowest_step']} {story['slowest_step_seconds']} s"
        sys.stdout.write(f"{name}: {story['seconds']} s, slowest step: {slowest}\n")
    sys.stdout.write(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found.items()) + "\n")
    return 0
