"""Measures the coverage of a project's modules by its cases."""

from __future__ import annotations

from collections.abc import Sequence

from modproof.core.documents import InvalidDocument
from modproof.core.errors import ConfigurationError
from modproof.core.results import CoverageResult
from modproof.run.selection import select_names
from modproof.run.services import Services

__all__ = ["measure"]


def measure(services: Services, modules: Sequence[str] = (), *, fail_under: float | None = None) -> CoverageResult:
    """The coverage of ``modules`` (names or globs; all by default); ``fail_under`` overrides the project's gates.

    Raises ModproofError when a file of their cases is unusable, when nothing can be planned, or for an unknown module.
    """
    project = services.project
    chosen = select_names(project.module_names(), modules, "module")
    if not chosen:
        raise ConfigurationError("there is no module to measure", path=project.root)
    loaded = services.cases()
    for broken in loaded.broken:
        if broken.name is None and broken.module in chosen:
            raise InvalidDocument(list(broken.problems))
    cases = [case for case in loaded.cases if case.module in chosen]
    return services.cover(cases, modules=chosen, fail_under=fail_under)
