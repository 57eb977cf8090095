"""The Python code: style, types, and the direction of imports."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
REMEDY = "fix with: tox -e fix"


def test_style(lint: Any, fix: bool) -> None:
    lint([sys.executable, "-m", "ruff", "check", "--no-cache", *(["--fix"] if fix else []), "."], remedy=REMEDY)


def test_format(lint: Any, fix: bool) -> None:
    lint([sys.executable, "-m", "ruff", "format", "--no-cache", *([] if fix else ["--diff"]), "."], remedy=REMEDY)


@pytest.mark.parametrize("package", sorted(path.parent.name for path in ROOT.glob("packages/*/src")))
def test_types(lint: Any, package: str) -> None:
    lint([sys.executable, "-m", "mypy", f"packages/{package}/src"])


@pytest.mark.parametrize("folder", [".", "packages/localstack-sagemaker/src", "packages/mlpipe/src"])
def test_import_direction(lint: Any, folder: str) -> None:
    config = "pyproject.toml" if folder == "." else "../pyproject.toml"
    program = Path(sys.executable).parent / "lint-imports"
    lint([program, "--no-cache", "--no-logo", "--config", config], cwd=ROOT / folder)
