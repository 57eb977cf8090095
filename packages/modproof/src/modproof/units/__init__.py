"""Terragrunt units that call modules of the project, with the inputs that they give them."""

from __future__ import annotations

from modproof.units.service import Unit, units

__all__ = ["Unit", "units"]
