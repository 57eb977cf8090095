"""An example's whole life on the emulator: applied, found idempotent, asserted, updated, destroyed, and gone."""

from __future__ import annotations

from modproof.lifecycle.proof import prove

__all__ = ["prove"]
