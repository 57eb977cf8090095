"""Run all stories; print the actions of each module, the share of calls that are mapped, and the seconds it takes.

``--pike PROGRAM`` compares the actions of each example with those of Pike (https://github.com/JamesWoolfenden/pike),
which derives them from the code. Build it with Go from a clone: ``go build``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from modproof import report
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.errors import CommandFailed
from modproof.core.project import Project
from modproof.core.results import Outcome, PermissionsResult, StoryResult
from modproof.permissions import needed, operations
from modproof.run.module_permissions import Calls, Made, assigned, calls_of, of_modules
from modproof.run.permissions import recorded, selected_stories
from modproof.run.services import Services
from modproof.stories import Story, TreeStory

_TIMEOUT_SECONDS = 300.0


def figures(project: Project, made_in: Sequence[Made], pike: Path | None = None) -> dict[str, Any]:
    """The figures as JSON values. ``mapped`` and ``of_one_module`` are shares of the different calls, 0 to 1."""
    begun = time.monotonic()
    results = of_modules(project, assigned(made_in), project.module_names())
    seconds = time.monotonic() - begun
    made = [call for one in made_in for of_phase in one.calls.values() for call in of_phase]
    paid = [call for call in made if not operations().is_free(call)]
    found: dict[str, Any] = {
        "calls": len(paid),
        "mapped": sum(not needed([call], operations()).unmapped for call in paid) / len(paid),
        "of_one_module": sum(len(call.modules) == 1 for call in paid) / len(paid),
        "problems": sum(len(result.problems) for result in results),
        "seconds": round(seconds, 1),
        "modules": {
            result.story: {phase: len(set(_actions(result, phase))) for phase in ("plan", "apply")}
            for result in results
        },
    }
    if pike is not None:
        examples = [one for one in made_in if not isinstance(one.story, TreeStory)]
        found["pike"] = {one.story.id: _compared(one.story, one.calls, pike) for one in examples}
    return found


def _actions(result: PermissionsResult, phase: str) -> Iterator[str]:
    for document in result.policies[phase]:
        for statement in document["Statement"]:
            yield from statement["Action"]


def _compared(story: Story, calls: Calls, pike: Path) -> dict[str, Any]:
    """The number of recorded actions of an example; those that Pike lacks, and those of Pike that no call needs."""
    made = [call for of_phase in calls.values() for call in of_phase]
    own = {each.action for each in needed(made, operations()).permissions}
    begun = time.monotonic()
    theirs = _scanned(pike, story.example)
    return {
        "recorded": len(own),
        "pike": len(theirs),
        "missed_by_pike": sorted(action for action in own if not _allows(theirs, action)),
        "only_pike": sorted(action for action in theirs if not any(fnmatchcase(one, action) for one in own)),
        "seconds": round(time.monotonic() - begun, 1),
    }


def _scanned(pike: Path, example: Path) -> set[str]:
    done = process.run(
        [str(pike), "scan", "-d", str(example), "-o", "json"], env=base_environment(), timeout_seconds=_TIMEOUT_SECONDS
    )
    actions = set(re.findall(r'"([a-z0-9-]+:[A-Za-z*]+)"', done.stdout))
    if done.returncode != 0 or not actions:
        raise CommandFailed(f"pike failed for {example.name}: {done.stderr.strip()[-500:]}")
    return actions


def _allows(actions: set[str], action: str) -> bool:
    return any(fnmatchcase(action.lower(), each.lower()) for each in actions)


def main(arguments: Sequence[str]) -> int:
    """Print the figures as JSON; returns 1 if a story did not pass."""
    parser = argparse.ArgumentParser(prog="python -m bench permissions", description=__doc__)
    parser.add_argument("--pike", type=Path, metavar="PROGRAM", help="compare with this build of Pike")
    chosen = parser.parse_args(arguments)
    project = Project.find(Path.cwd())
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        Services(project, progress=progress) as services,
    ):
        found = selected_stories(project)
        outcomes = recorded(services, found)
    failed = [story.id for story, each in zip(found, outcomes, strict=True) if not _passed(each)]
    if failed:
        sys.stderr.write(f"these stories did not pass: {', '.join(failed)}\n")
        return 1
    sys.stdout.write(json.dumps(figures(project, [*calls_of(project, found, outcomes)], chosen.pike), indent=2) + "\n")
    return 0


def _passed(outcome: StoryResult | Exception) -> bool:
    return isinstance(outcome, StoryResult) and outcome.outcome is Outcome.PASSED
