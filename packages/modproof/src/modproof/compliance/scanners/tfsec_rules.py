"""The rules of tfsec, which cannot list them itself."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

from modproof.compliance.rules import Rule, RuleBook

__all__ = ["tfsec_rules"]


@cache
def tfsec_rules() -> RuleBook:
    """The rules of tfsec, from a table that data/tfsec_rules.go generates."""
    text = resources.files("modproof.compliance").joinpath("data/tfsec-rules.json").read_text(encoding="utf-8")
    return RuleBook(
        Rule(rule["id"], (rule["title"],), rule["severity"], tuple(rule["other"])) for rule in json.loads(text)
    )
