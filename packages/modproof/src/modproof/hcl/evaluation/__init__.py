"""What expressions of a configuration come to before a plan, as far as its files tell."""

from __future__ import annotations

from modproof.hcl.evaluation.configuration import Configuration

__all__ = ["Configuration"]
