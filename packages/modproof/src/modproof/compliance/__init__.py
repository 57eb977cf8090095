"""Scanners' findings, held against the one list of exceptions that a project keeps.

``scan`` runs the scanners and judges what they find by the ledger; ``generate`` makes from the ledger what people
who run the scanners by hand need, and the page that shows it. Neither touches the network once the tools are there.
"""

from __future__ import annotations

from modproof.compliance.generating import generate
from modproof.compliance.scanning import scan

__all__ = ["generate", "scan"]
