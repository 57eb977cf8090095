"""Upgrades: what changes for a caller between a release and the checkout, and the version that it implies."""

from __future__ import annotations
