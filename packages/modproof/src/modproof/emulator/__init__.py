"""LocalStack without Docker: its Python environment, the server, and boto3 sessions for it."""

from __future__ import annotations

from modproof.emulator.service import Emulator, running
from modproof.emulator.status import prepare, status

__all__ = ["Emulator", "prepare", "running", "status"]
