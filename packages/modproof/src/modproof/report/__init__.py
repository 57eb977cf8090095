"""Progress of a run, its summary on a terminal, and its report files."""

from __future__ import annotations

from modproof.report.consoles import UNLIMITED, console_for
from modproof.report.doctor import tools
from modproof.report.document import read
from modproof.report.files import write
from modproof.report.live import live_progress
from modproof.report.problems import known_problems
from modproof.report.revision import revision
from modproof.report.scaffold import scaffold_verdict, scaffolded
from modproof.report.screen import terminal

__all__ = [
    "UNLIMITED",
    "console_for",
    "known_problems",
    "live_progress",
    "read",
    "revision",
    "scaffold_verdict",
    "scaffolded",
    "terminal",
    "tools",
    "write",
]
