"""The coverage of one project: reads its cases, plans them and measures what they reach of its modules."""

from __future__ import annotations

from collections.abc import Sequence

from modproof import cases
from modproof.cases import Case
from modproof.documented import documented
from modproof.errors import ConfigurationError
from modproof.results import CoverageResult
from modproof.services import Services

__all__ = ["measure"]


def measure(services: Services, modules: Sequence[str] = (), *, fail_under: float | None = None) -> CoverageResult:
    """What the cases of ``modules`` (all by default) reach; ``fail_under`` takes the place of the project's gates.

    Raises ModproofError when the cases cannot be read or planned, or when there is no such module.
    """
    project = services.project
    known = project.module_names()
    for name in modules:
        if name not in known:
            raise ConfigurationError(
                f"there is no module '{name}'", hint=f"modules here: {', '.join(known) or 'none'}", path=project.root
            )
    chosen = list(modules) or known
    if not chosen:
        raise ConfigurationError("there is no module to measure", path=project.root)
    found: list[Case] = []
    for path in cases.find_files(project):
        loaded = cases.load(path, project)
        if loaded.module in chosen:
            names = {*(case.name for case in loaded.cases), *loaded.broken}
            found += [*loaded.cases, *documented(project, loaded.module, names, services.progress)]
    found = [case for case in found if case.only in (None, services.is_for)]
    return services.cover(found, modules=chosen, fail_under=fail_under)
