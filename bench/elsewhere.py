"""Time the first commands of a user in module repositories of ten shapes, with modproof from its wheel.

``init`` and ``plan`` start with an empty cache; ``pytest`` and ``verify`` follow as in the quick start. Nothing is
downloaded if the tools are installed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from packages.modproof.tests.elsewhere.commands import Installation, build_wheel
from packages.modproof.tests.elsewhere.repositories import REPOSITORIES

from modproof.core import process

_COMMANDS = {
    "init": ("modproof", "init"),
    "plan": ("modproof", "plan"),
    "pytest": ("pytest", "-q"),
    "verify": ("modproof", "verify"),
}


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """The seconds of each command by repository. ``folder`` is for the repositories and the installation."""
    (folder / "wheel").mkdir()
    installed = Installation.make(folder, build_wheel(folder / "wheel"))
    figures: dict[str, dict[str, float]] = {"pip install": {"seconds": round(installed.seconds, 2)}}
    for name, repository in REPOSITORIES.items():
        root = repository.make(folder / name)
        figures[name] = {
            title: round(installed.run(*command, cwd=root).seconds, 2) for title, command in _COMMANDS.items()
        }
    return figures


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark and print the figures, in seconds."""
    parser = argparse.ArgumentParser(prog="python -m bench elsewhere", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args(argv)
    with process.temporary_folder("bench") as folder:
        figures = measure(folder)
    if arguments.json:
        print(json.dumps(figures, indent=2))  # noqa: T201
        return 0
    for name, seconds in figures.items():
        print(f"{name:24}", "  ".join(f"{title} {value:5.1f} s" for title, value in seconds.items()))  # noqa: T201
    return 0
