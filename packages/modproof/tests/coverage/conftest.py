"""Fixtures that measure the coverage of a module with real plans."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from modproof.core.project import Project
from modproof.core.results import ModuleCoverage
from modproof.run.coverage import measure
from modproof.run.services import Services

Cover = Callable[..., ModuleCoverage]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "project"
    (root / "modules/hotel").mkdir(parents=True)
    (root / "tests/unit/hotel").mkdir(parents=True)
    return Project(root)


@pytest.fixture
def cover(project: Project) -> Cover:
    """The coverage of ``module`` with ``cases``; ``exclusions`` is its coverage.yaml."""

    def run(cases: str, *, module: str, exclusions: str = "", gate: float | None = None) -> ModuleCoverage:
        folder = project.cases / "hotel"
        (folder / "cases.yaml").write_text(textwrap.dedent(cases), encoding="utf-8")
        if exclusions:
            (folder / "coverage.yaml").write_text(textwrap.dedent(exclusions), encoding="utf-8")
        (project.modules / "hotel/main.tf").write_text(textwrap.dedent(module).lstrip("\n"), encoding="utf-8")
        with Services(project, use_cache=False) as services:
            (found,) = measure(services, fail_under=gate).modules
        return found

    return run
