"""Findings of scanners, compared with the project's ledger of exceptions.

``scan`` runs the scanners and compares their findings with the ledger. ``generate`` writes the scanners' configuration
files and the page of ignored checks from the ledger. ``import_skips`` adds what skips hide to the ledger, ``add_entry``
and ``prune`` change entries. None uses the network once the tools are installed.
"""

from __future__ import annotations

from modproof.compliance.comparison import Comparison, compare
from modproof.compliance.controls import same_controls
from modproof.compliance.frameworks import FRAMEWORKS
from modproof.compliance.generated_files import generate
from modproof.compliance.importing import Imported, import_skips
from modproof.compliance.plans import CasePlan, Plans
from modproof.compliance.scanning import MakePlans, scan
from modproof.compliance.upkeep import Added, Checked, Explained, Pruned, add_entry, check, explain, prune

__all__ = [
    "FRAMEWORKS",
    "Added",
    "CasePlan",
    "Checked",
    "Comparison",
    "Explained",
    "Imported",
    "MakePlans",
    "Plans",
    "Pruned",
    "add_entry",
    "check",
    "compare",
    "explain",
    "generate",
    "import_skips",
    "prune",
    "same_controls",
    "scan",
]
