"""LocalStack without Docker: its environment, its start and end, and the sessions that reach it."""

from __future__ import annotations

from modproof.emulator.service import Emulator, running
from modproof.emulator.status import prepare, status

__all__ = ["Emulator", "prepare", "running", "status"]
