"""Plans a group of cases in as few Terraform runs as can be: one when all is well.

A case that ends in errors is taken out and the rest planned again, so that none hides another's result. Errors go by
stages, because each hides the later ones: load (the modules' files), variables (types and validations), plan.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from modproof import toolchain
from modproof.cases import Case
from modproof.errors import ConfigurationError
from modproof.planner.attribution import attribute, broken_files
from modproof.planner.outcome import CaseError, Planned
from modproof.planner.root import BatchRoot, case_key, hide_unknown, write
from modproof.planner.split import split
from modproof.progress import Task
from modproof.project import Project
from modproof.recorder import recording
from modproof.results import Place
from modproof.terraform import Diagnostic, Terraform

__all__ = ["Batch"]

Errors = dict[str, list[CaseError]]
MakeTerraform = Callable[[Path, str], Terraform]
"""Makes a runner for a folder, with AWS at an endpoint."""


class Batch:
    """One group of cases that share a provider configuration.

    ``make_terraform(folder, endpoint_url)`` gives the runner; ``lock_file`` is kept from run to run, so that all
    batches of a checkout plan with the same provider.
    """

    def __init__(
        self, project: Project, make_terraform: MakeTerraform, lock_file: Path, task: Task, *, rejecting: bool
    ) -> None:
        self._project = project
        self._make_terraform = make_terraform
        self._lock_file = lock_file
        self._task = task
        self._rejecting = rejecting
        # where errors are expected they must be told apart at once; elsewhere only when there are any
        self._apart = rejecting

    def plan(self, cases: Sequence[Case]) -> dict[str, Planned]:
        """Every case's outcome by its id."""
        outcomes: dict[str, Planned] = {}
        remaining: list[Case] = []
        for case in cases:
            fault = _unusable(case)
            if fault:
                outcomes[case.id] = Planned(errors=(fault,))
            else:
                remaining.append(case)
        while remaining:
            found, plans = self._attempt(remaining)
            by_key = {case_key(case): case for case in remaining}
            for key, errors in found.items():
                outcomes[by_key[key].id] = Planned(errors=tuple(dict.fromkeys(errors)))
            for key, plan in plans.items():
                outcomes[by_key[key].id] = plan
            remaining = [case for case in remaining if case.id not in outcomes]
            self._apart = self._apart or not (found or plans)
        return outcomes

    def _attempt(self, cases: Sequence[Case]) -> tuple[Errors, dict[str, Planned]]:
        """One round over ``cases``: errors by key, or plans by key, or (errors not told apart yet) neither."""
        with self._project.scratch_folder("plan") as folder, recording() as recorder:
            root = write(folder, cases, copy_sources=self._apart)
            if self._lock_file.is_file():
                shutil.copyfile(self._lock_file, folder / ".terraform.lock.hcl")
            terraform = self._make_terraform(folder, recorder.endpoint_url)
            self._task.note("init")
            with toolchain.initialising(self._project.root):
                diagnostics = terraform.initialise()
            if diagnostics:
                return self._by_case(diagnostics, root, "load"), {}
            if self._apart:
                self._task.note("validate")
                diagnostics = terraform.validate()
                if diagnostics:
                    return self._by_case(diagnostics, root, "variables"), {}
            self._task.note(f"plan {len(cases)} cases")
            plan_file = folder / "batch.tfplan"
            run = terraform.plan_to(plan_file, arguments=("-refresh=false", "-lock=false"))
            if run.errors:
                return self._plan_errors(run.errors, root, recorder.calls), {}
            self._keep_lock(folder)
            if recorder.calls:
                # a provider that swallows the refusal would let the plan depend on what AWS says
                fault = _asked_aws(recorder.calls)
                return {key: [fault] for key in root.cases}, {}
            if self._rejecting:
                return {}, {key: Planned() for key in root.cases}
            self._task.note("read the plan")
            raw = terraform.show_plan(plan_file)
            variables = {key: case.variables for key, case in root.cases.items()}
            return {}, {key: Planned(plan=plan) for key, plan in split(raw, variables).items()}

    def _plan_errors(self, diagnostics: Sequence[Diagnostic], root: BatchRoot, calls: Sequence[str]) -> Errors:
        errors = self._by_case(diagnostics, root, "plan")
        if calls and self._apart:
            for found in errors.values():
                found.append(_asked_aws(calls))
        return errors

    def _by_case(self, diagnostics: Sequence[Diagnostic], root: BatchRoot, stage: str) -> Errors:
        """The diagnostics by case. Where one cannot be told in a shared run, none is: the next run tells them."""
        errors: Errors = {}
        for diagnostic in diagnostics:
            found: Mapping[str, CaseError] = attribute(diagnostic, root, self._project, stage)
            if not found and stage == "load":
                found = broken_files(diagnostic, root, self._project)
            if not found:
                if not self._apart:
                    return {}
                shared = CaseError(stage=stage, text=diagnostic.text, rule=self._rule(diagnostic, root))
                found = dict.fromkeys(root.cases, shared)
            for key, error in found.items():
                errors.setdefault(key, []).append(error)
        return errors

    def _rule(self, diagnostic: Diagnostic, root: BatchRoot) -> Place | None:
        if not diagnostic.filename:
            return None
        return Place(self._project.relative(root.source_path(diagnostic.filename)), diagnostic.line)

    def _keep_lock(self, folder: Path) -> None:
        made = folder / ".terraform.lock.hcl"
        if made.is_file() and not self._lock_file.is_file():
            self._lock_file.parent.mkdir(parents=True, exist_ok=True)
            aside = self._lock_file.with_name(f"{self._lock_file.name}.{folder.name}")
            shutil.copyfile(made, aside)
            aside.replace(self._lock_file)


def _unusable(case: Case) -> CaseError | None:
    """Why the case cannot be written into a root at all."""
    try:
        hide_unknown(case_key(case), case)
    except ConfigurationError as error:
        return CaseError(stage="load", text=error.message, variable=None, usage=True)
    return None


def _asked_aws(calls: Sequence[str]) -> CaseError:
    return CaseError(
        stage="plan",
        text=f"the plan asked AWS for {', '.join(calls)}: what a module needs to know of an account is an input of it",
    )
