"""Run the same story alternately with and without the record of its AWS calls; print the processor seconds of both.

Both run on one emulator. A first run, which is not counted, loads the emulator's services.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modproof import report
from modproof.core.machine import measuring
from modproof.core.project import Project
from modproof.core.results import Load, Outcome
from modproof.run.permissions import selected_stories
from modproof.run.services import Services

_ON, _OFF = "recorded", "not_recorded"


def figures(story: str, runs: Sequence[tuple[bool, Load]]) -> dict[str, Any]:
    """The figures as JSON values: medians of the runs, of which each says whether calls were recorded."""
    found: dict[str, Any] = {"story": story, "rounds": len(runs) // 2}
    for name, is_on in ((_OFF, False), (_ON, True)):
        loads = [load for recorded, load in runs if recorded is is_on]
        found[f"{name}_cpu_seconds"] = round(statistics.median(load.cpu_seconds or 0.0 for load in loads), 2)
        found[f"{name}_seconds"] = round(statistics.median(load.seconds for load in loads), 1)
    found["recording_adds_cpu_percent"] = round(
        100 * (found[f"{_ON}_cpu_seconds"] / found[f"{_OFF}_cpu_seconds"] - 1), 1
    )
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the figures as JSON; returns 1 if the story did not pass."""
    parser = argparse.ArgumentParser(prog="python -m bench recording", description=__doc__)
    parser.add_argument("story", nargs="?", default="network-minimal", help="the story of an example")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="runs of each kind (default 1)")
    chosen = parser.parse_args(arguments)
    runs: list[tuple[bool, Load]] = []
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        Services(Project.find(Path.cwd()), progress=progress) as services,
    ):
        [story] = selected_stories(services.project, [chosen.story])
        services.emulator()
        for number in range(2 * chosen.rounds + 1):
            is_on = number % 2 == 0
            with measuring() as load:
                result = services.run_story(story, record_calls=is_on)
            if result.outcome is not Outcome.PASSED:
                sys.stderr.write(f"{story.id} did not pass\n")
                return 1
            if number:
                runs.append((is_on, load))
    sys.stdout.write(json.dumps(figures(story.id, runs), indent=2) + "\n")
    return 0
