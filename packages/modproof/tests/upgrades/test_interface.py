"""Inputs, outputs and conditions of a module."""

from __future__ import annotations

from pathlib import Path

from modproof.upgrades.interface import read_interface

from ..conftest import write

DEEP = 25


def test_local_values_that_use_others_twice_do_not_make_a_condition_too_long(tmp_path: Path) -> None:
    def validation(last: str) -> str:
        values = [f"  a{number} = local.a{number + 1} + local.a{number + 1}\n" for number in range(DEEP)]
        variable = 'variable "a" {\n  validation {\n    condition = var.a > local.a0\n    error_message = "x"\n  }\n}\n'
        write(tmp_path, {"main.tf": f"{variable}locals {{\n{''.join(values)}  a{DEEP} = {last}\n}}\n"})
        (text,) = read_interface(tmp_path).inputs["a"].validations
        return text

    assert len(validation("1")) < 1_000
    assert validation("1") != validation("2")
