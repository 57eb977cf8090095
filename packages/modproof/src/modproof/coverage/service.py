"""Computes the coverage of modules from cases and their plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from modproof.cases.model import Case
from modproof.cases.planned import Planned
from modproof.core.project import Project
from modproof.core.results import CoverageResult, ModuleCoverage, Place, Problem
from modproof.coverage.branches import Branch, Branches
from modproof.coverage.exclusions import FILE_NAME, apply_exclusions
from modproof.coverage.measuring import Observation, measure
from modproof.coverage.probing import MakeTerraform, Probed, probe
from modproof.hcl.module import Module, read_module

__all__ = ["cover"]

_Read = dict[str, tuple[Module, Branches, Sequence[Branch]]]


def cover(
    project: Project,
    cases: Sequence[Case],
    planned: Mapping[str, Planned],
    *,
    modules: Sequence[str],
    make_terraform: MakeTerraform,
    fail_under: float | None = None,
) -> CoverageResult:
    """The coverage of ``modules`` by ``cases``; ``planned`` has the outcome of each case's plan by id.

    ``fail_under`` (percent) overrides the project's gates. Terraform runs without a provider. Raises
    ConfigurationError for an invalid coverage.yaml, CommandFailed or TimedOut when Terraform fails.
    """
    read: _Read = {}
    for name in modules:
        module = read_module(name, project.module_folder(name).resolve())
        branches = Branches(module)
        read[name] = (module, branches, branches.find())
    observations = [Observation(case, planned[case.id]) for case in cases]
    evaluated = [seen.case for seen in observations if seen.evaluated]
    with project.scratch_folder("coverage") as folder:
        probed = probe(read, evaluated, folder, make_terraform)
    return CoverageResult(
        tuple(
            _module(
                project, read[name], [seen for seen in observations if seen.case.module == name], probed, fail_under
            )
            for name in modules
        )
    )


def _module(
    project: Project,
    read: tuple[Module, Branches, Sequence[Branch]],
    observations: Sequence[Observation],
    probed: Probed,
    fail_under: float | None,
) -> ModuleCoverage:
    module, _, branches = read
    items = measure(module, branches, observations, probed, project.relative)
    items, problems = apply_exclusions(items, _exclusions_file(project, module.name, observations), project)
    return ModuleCoverage(
        module=module.name,
        items=items,
        files=tuple(project.relative(file.path) for file in module.files),
        gate=project.settings.coverage.gate(module.name) if fail_under is None else fail_under,
        problems=problems,
        notes=tuple(_notes(project, module, observations)),
    )


def _exclusions_file(project: Project, module: str, observations: Sequence[Observation]) -> Path:
    """The module's coverage.yaml, which may not exist: in its folder of cases, or next to one of its files of cases."""
    own = project.cases / module
    others = [(project.root / seen.case.place.path).parent for seen in observations if seen.case.source == "yaml"]
    files = [folder / FILE_NAME for folder in (own, *others)]
    return next((file for file in files if file.exists()), files[0])


def _notes(project: Project, module: Module, observations: Sequence[Observation]) -> list[Problem]:
    notes = [
        Problem(f"is not measured: {file.unreadable}", Place(project.relative(file.path)))
        for file in module.files
        if file.unreadable
    ]
    notes += [
        Problem(f"{seen.case.id} has no plan and covers nothing", seen.case.place)
        for seen in observations
        if not seen.accepted and seen.case.rejects is None
    ]
    return notes
