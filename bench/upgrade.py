"""Upgrade examples as ``modproof upgrade`` does; print the seconds of each, and the CPU seconds of all programs."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modproof import report
from modproof.core.project import Project
from modproof.core.results import UpgradeResult
from modproof.run.services import Services
from modproof.run.upgrade import UpgradeSelection, upgrade


def figures(result: UpgradeResult, seconds: float, cpu_seconds: float) -> dict[str, Any]:
    """The figures as JSON values. ``seconds`` is wall time; examples that were not applied are left out."""
    examples = sorted(result.examples or (), key=lambda example: -example.seconds)
    return {
        "from": result.base,
        "outcome": result.outcome.value,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu_seconds, 1),
        "examples": {example.id: round(example.seconds, 1) for example in examples if not example.note},
    }


def main(arguments: Sequence[str]) -> int:
    """Print the figures, whatever the upgrade finds."""
    parser = argparse.ArgumentParser(prog="python -m bench upgrade", description=__doc__)
    parser.add_argument("names", nargs="*", help="names or globs of examples; all without any")
    parser.add_argument("--from", dest="base", metavar="REF", help="the commit to upgrade from")
    parser.add_argument("--json", action="store_true", help="print JSON")
    chosen = parser.parse_args(arguments)
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with (
        report.live_progress(report.console_for(stderr=True)) as progress,
        Services(Project.find(Path.cwd()), progress=progress) as services,
    ):
        result = upgrade(services, UpgradeSelection(tuple(chosen.names), chosen.base))
    for example in result.examples or ():
        for problem in (*example.problems, *example.errors):
            sys.stderr.write(f"{example.id}: {problem}\n")
    seconds, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = figures(result, seconds, cpu_seconds)
    if chosen.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return 0
    for name, taken in found.pop("examples").items():
        sys.stdout.write(f"{name}: {taken} s\n")
    sys.stdout.write(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found.items()) + "\n")
    return 0
