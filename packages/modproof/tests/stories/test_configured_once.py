"""Which examples configure the AWS provider only once."""

from __future__ import annotations

from pathlib import Path

import pytest

from modproof.stories.lifecycle import _configured_once

CALL = 'module "queue" { source = "../queue" }\n'
BLOCK = 'provider "aws" {\n  region = "eu-central-1"\n}\n'
ALIAS = 'provider "aws" {\n  alias = "copy"\n}\n'


@pytest.mark.parametrize(
    ("example", "module", "once"),
    [
        (CALL, "", True),
        (CALL + BLOCK, "", True),
        (CALL + BLOCK + ALIAS, "", False),
        (CALL + ALIAS, "", False),
        # the example itself has the settings of the environment
        (CALL, BLOCK, False),
        (CALL + BLOCK, BLOCK, False),
    ],
)
def test_an_example_configures_the_provider_once(tmp_path: Path, example: str, module: str, once: bool) -> None:
    for name, text in {"example": example, "queue": module}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text)
    assert _configured_once(tmp_path / "example") is once
