"""``python -m modproof``."""

from __future__ import annotations

from modproof.cli import main

main()
