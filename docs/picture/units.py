"""Draw examples/pipeline/units.svg: the units of each environment and what they depend on.

``python docs/picture/units.py`` generates the stacks in a copy of the tree and draws what ``terragrunt find`` reports.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from modproof import toolchain
from modproof.core import process
from modproof.core.environment import base_environment

ROOT = Path(__file__).resolve().parents[2]
TREE = ROOT / "examples" / "pipeline"
PICTURE = TREE / "units.svg"
ACCOUNT = re.compile(r'^ +(\w+) += "\d{12}"$', re.MULTILINE)

WIDTH, HEIGHT = 132, 30
GAP_X, GAP_Y = 44, 14
MARGIN, TITLE = 18, 34
STYLE = (
    "text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2933}.title{font-weight:600;font-size:15px}"
    ".unit{fill:#e8f1fb;stroke:#5b8fc7}.frame{fill:#fff;stroke:#c9d3dd}.needs{fill:none;stroke:#7b8794}"
)

Needs = Mapping[str, frozenset[str]]
"""The units of an environment, each with the units that it depends on."""


def read(tree: Path, scratch: Path) -> dict[str, Needs]:
    """The units of each environment of ``tree``, by name. ``scratch`` is an empty folder for a copy."""
    copy = scratch / "tree"
    shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(".terragrunt-*", ".terraform*"))
    environment = {**base_environment(), "HOME": str(scratch), "PATH": os.environ["PATH"]}
    terragrunt = str(toolchain.ensure("terragrunt"))
    found: dict[str, Needs] = {}
    for name in ACCOUNT.findall((tree / "accounts.hcl").read_text(encoding="utf-8")):
        for arguments in (("stack", "generate"), ("find", "--json", "--dependencies")):
            argv = [terragrunt, *arguments, "--non-interactive", "--no-color", "--log-level=error"]
            done = process.run(argv, cwd=copy / name, env=environment)
            if done.returncode != 0:
                raise RuntimeError(f"terragrunt {arguments[0]} failed in {name}: {done.stderr}")
        units = [entry for entry in json.loads(done.stdout) if entry["type"] == "unit"]
        found[name] = {
            Path(unit["path"]).name: frozenset(Path(other).name for other in unit.get("dependencies", ()))
            for unit in units
        }
    return found


def direct(needs: Needs) -> Needs:
    """``needs`` without the dependencies that another dependency has too."""

    def reached(unit: str) -> frozenset[str]:
        return needs[unit].union(*map(reached, needs[unit]))

    return {unit: own - frozenset().union(*map(reached, own)) for unit, own in needs.items()}


def columns(needs: Needs) -> list[list[str]]:
    """The units, each in the first column after all its dependencies."""
    depth: dict[str, int] = {}

    def depth_of(unit: str) -> int:
        if unit not in depth:
            depth[unit] = 1 + max(map(depth_of, needs[unit]), default=-1)
        return depth[unit]

    for unit in needs:
        depth_of(unit)
    return [sorted(unit for unit in needs if depth[unit] == column) for column in range(max(depth.values()) + 1)]


def drawing(environments: Mapping[str, Needs]) -> str:
    """The SVG."""
    parts: list[str] = []
    top = MARGIN
    widest = 0
    for name, needs in environments.items():
        placed = columns(needs)
        rows = max(map(len, placed))
        width = 2 * MARGIN + len(placed) * WIDTH + (len(placed) - 1) * GAP_X
        height = TITLE + MARGIN + rows * HEIGHT + (rows - 1) * GAP_Y
        parts.append(f'<rect class="frame" x="{MARGIN}" y="{top}" width="{width}" height="{height}" rx="8"/>')
        parts.append(f'<text class="title" x="{2 * MARGIN}" y="{top + 23}">{escape(name)}</text>')
        places = dict(_places(placed, 2 * MARGIN, top + TITLE, rows))
        parts += _arrows(direct(needs), places)
        parts += [_box(unit, *place) for unit, place in places.items()]
        top += height + MARGIN
        widest = max(widest, width)
    label = "; ".join(f"{name}: {', '.join(needs)}" for name, needs in environments.items())
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {widest + 2 * MARGIN} {top}" role="img" '
            f'aria-label="Units of each environment. {escape(label)}">',
            f"<style>{STYLE}</style>",
            '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            '<path d="M0 0 8 4 0 8z" fill="#7b8794"/></marker></defs>',
            '<rect width="100%" height="100%" fill="#f6f8fa"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _places(placed: Iterable[list[str]], left: int, top: int, rows: int) -> Iterable[tuple[str, tuple[int, int]]]:
    for column, units in enumerate(placed):
        shift = (rows - len(units)) * (HEIGHT + GAP_Y) // 2
        for row, unit in enumerate(units):
            yield unit, (left + column * (WIDTH + GAP_X), top + shift + row * (HEIGHT + GAP_Y))


def _arrows(needs: Needs, places: Mapping[str, tuple[int, int]]) -> Iterable[str]:
    for unit in places:
        for other in sorted(needs[unit]):
            x1, y1 = places[other][0] + WIDTH, places[other][1] + HEIGHT // 2
            x2, y2 = places[unit][0], places[unit][1] + HEIGHT // 2
            bend = (x2 - x1) // 2
            curve = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
            yield f'<path class="needs" marker-end="url(#end)" d="{curve}"/>'


def _box(unit: str, x: int, y: int) -> str:
    return (
        f'<rect class="unit" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5"/>'
        f'<text x="{x + WIDTH // 2}" y="{y + 20}" text-anchor="middle">{escape(unit)}</text>'
    )


def main() -> int:
    with process.temporary_folder("picture") as scratch:
        PICTURE.write_text(drawing(read(TREE, scratch)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
