"""Null for an input means its default, in every module.

A caller that passes on an optional value passes null. Without ``nullable = false``, Terraform would use null instead of
the default: https://developer.hashicorp.com/terraform/language/values/variables#disallowing-null-input-values
"""

from __future__ import annotations

from pathlib import Path

import pytest

from modproof.hcl.reader import module_blocks

MODULES = Path(__file__).parents[2] / "modules"


@pytest.mark.parametrize("module", sorted(path.name for path in MODULES.iterdir() if path.is_dir()))
def test_only_inputs_that_default_to_null_accept_null(module: str) -> None:
    variables = list(module_blocks(MODULES / module, "variable"))
    accepting = {block.labels[0] for block in variables if block.text("nullable") != "false"}
    default_null = {block.labels[0] for block in variables if block.text("default") == "null"}

    assert accepting == default_null
