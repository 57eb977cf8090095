"""Plans a group of cases in as few Terraform runs as can be: one init, one plan and one show when all is well.

A case that ends in errors is taken out and the rest planned again, so that none hides another's result. Errors come by
stages, because each hides the later ones: load (the modules' files), variables (types and validations), plan. So a
group costs one plan more for each stage that something of it breaks in, however many cases that is, and a show where
cases share a call and the errors do not say whose they are. Where that does not say it either, the cases of that call
get calls of their own, for one plan more.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from modproof import toolchain
from modproof.cases import Case
from modproof.errors import ConfigurationError
from modproof.planner.arguments import case_key, hide_unknown
from modproof.planner.attribution import attribute
from modproof.planner.checks import FailedCheck, failed_checks
from modproof.planner.chosen import Choice, ChosenProviders
from modproof.planner.outcome import CaseError, Planned
from modproof.planner.root import BatchRoot, write
from modproof.planner.signature import misfits
from modproof.planner.split import Seat, split
from modproof.progress import Task
from modproof.project import Project
from modproof.recorder import REFUSAL, recording
from modproof.results import Place
from modproof.terraform import Diagnostic, Terraform

__all__ = ["Batch"]

Errors = dict[str, list[CaseError]]
MakeTerraform = Callable[[Path, str], Terraform]
"""Makes a runner for a folder, with AWS at an endpoint."""


class Batch:
    """One group of cases.

    ``make_terraform`` gives the runner; ``lock_file`` is kept from run to run, so that all batches of a checkout plan
    with the same provider, and ``chosen`` has what init chose for them. With ``rejecting`` nobody asks for the plan of
    a case.
    """

    def __init__(
        self,
        project: Project,
        make_terraform: MakeTerraform,
        lock_file: Path,
        chosen: ChosenProviders,
        task: Task,
        *,
        rejecting: bool,
    ) -> None:
        self._project = project
        self._make_terraform = make_terraform
        self._lock_file = lock_file
        self._chosen = chosen
        self._task = task
        self._rejecting = rejecting
        self._outcomes: dict[str, Planned] = {}
        self._choice = Choice(None, lock_file)

    def plan(self, cases: Sequence[Case]) -> dict[str, Planned]:
        """Every case's outcome by its id."""
        usable: list[Case] = []
        for case in cases:
            faults = _unusable(case)
            if faults:
                self._outcomes[case.id] = Planned(errors=faults)
            else:
                usable.append(case)
        if usable:
            with self._project.scratch_folder("plan") as folder:
                root = write(folder, usable, shared=not self._rejecting)
                self._initialise(root)
                while root.cases:
                    self._attempt(root)
        return self._outcomes

    def _initialise(self, root: BatchRoot) -> None:
        """Install modules and providers, and take out the cases whose files cannot be loaded."""
        with recording() as recorder:
            terraform = self._make_terraform(root.folder, recorder.endpoint_url)
            self._choice = self._chosen.of(list(root.cases.values()))
            terraform.providers = self._choice.packages
            if terraform.providers and terraform.install_modules():
                return
            if self._lock_file.is_file():
                shutil.copyfile(self._lock_file, root.folder / ".terraform.lock.hcl")
            while root.cases:
                self._task.note("init")
                with toolchain.initialising(self._project.root):
                    diagnostics = terraform.initialise()
                if not diagnostics:
                    self._keep_lock(root.folder)
                    lasting = not any(p.is_relative_to(root.folder.resolve()) for p in terraform.providers.values())
                    self._choice.make(terraform.providers, keep=lasting)
                    return
                self._sort_out(root, diagnostics, "load")

    def _attempt(self, root: BatchRoot) -> None:
        """One plan of all that is left: it ends with the outcome of all, or of those that have errors."""
        self._task.note(f"plan {len(root.cases)} cases")
        plan_file = root.folder / "batch.tfplan"
        plan_file.unlink(missing_ok=True)  # one that fails early leaves none, and must not leave the last one's
        with recording() as recorder:
            terraform = self._make_terraform(root.folder, recorder.endpoint_url)
            terraform.providers = self._choice.packages
            run = terraform.plan_to(plan_file, arguments=("-refresh=false", "-lock=false"))
        if self._choice.recalled and any(error.wants_init for error in run.errors):
            self._choice.forget()
            self._initialise(root)
        elif run.errors:
            calls_before = set(root.calls)
            self._sort_out(root, run.errors, "plan", recorder.calls, lambda: self._checks(terraform, plan_file))
            if root.calls.keys() - calls_before:
                self._initialise(root)  # a new call is of a module that is not installed
        elif recorder.calls:
            # a provider that swallows the refusal would let the plan depend on what AWS says
            self._settle(root, {key: [_asked_aws(recorder.calls)] for key in root.cases})
        elif self._rejecting:
            self._settle(root, {key: [] for key in root.cases})
        else:
            self._task.note("read the plan")
            for key, plan in split(terraform.show_plan(plan_file, told=root.told_paths()), _seats(root)).items():
                self._outcomes[root.cases[key].id] = Planned(plan=plan)
            root.cases.clear()

    def _checks(self, terraform: Terraform, plan_file: Path) -> list[FailedCheck] | None:
        """The rules that instances broke; None where no plan was written, as the configuration itself is not valid."""
        if not plan_file.is_file():
            return None
        self._task.note("read what failed")
        return list(failed_checks(terraform.show_plan(plan_file)))

    def _settle(self, root: BatchRoot, errors: Errors) -> None:
        for key, found in errors.items():
            self._outcomes[root.cases[key].id] = Planned(errors=tuple(dict.fromkeys(found)))
            root.drop(key)

    def _sort_out(
        self,
        root: BatchRoot,
        diagnostics: Sequence[Diagnostic],
        stage: str,
        calls: Sequence[str] = (),
        checks: Callable[[], Sequence[FailedCheck] | None] = tuple,
    ) -> None:
        """Take the cases out that ``diagnostics`` are about, and give those a call of their own that may be.

        ``checks`` is asked only where a diagnostic does not say which case it is about. Something changes in any case,
        or the next run would find the same again.
        """
        errors: Errors = {}
        shared: list[CaseError] = []
        unclear: set[str] = set()
        read = lru_cache(checks)
        for diagnostic in diagnostics:
            found = attribute(diagnostic, root, self._project, stage)
            if found.unclear:
                found = attribute(diagnostic, root, self._project, stage, read())
            unclear.update(found.unclear)
            if not found.errors and not found.unclear:
                shared.append(CaseError(stage=stage, text=diagnostic.text, rule=self._place(diagnostic, root)))
            for key, error in found.errors.items():
                asked = calls and REFUSAL in error.text
                errors.setdefault(key, []).append(_asked_aws(calls) if asked else error)
        # what is about no case may follow from a case that is taken out now: only when none is, it is about all
        self._settle(root, errors if errors or unclear else dict.fromkeys(root.cases, shared))
        root.separate(name for name in unclear if name in root.calls)

    def _place(self, diagnostic: Diagnostic, root: BatchRoot) -> Place | None:
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


def _unusable(case: Case) -> tuple[CaseError, ...]:
    """Why the case cannot be a call of its module at all; empty where it can."""
    try:
        _, arguments = hide_unknown(case_key(case), case)
    except ConfigurationError as error:
        return (CaseError(stage="load", text=error.message, usage=True),)
    return tuple(misfits(case, arguments))


def _seats(root: BatchRoot) -> dict[str, Seat]:
    return {
        key: Seat(call.name, call.instances.get(key), call.address(key), case.variables)
        for call in root.calls.values()
        for key, case in call.members.items()
    }


def _asked_aws(calls: Sequence[str]) -> CaseError:
    return CaseError(
        stage="plan",
        text=f"the plan asked AWS for {', '.join(calls)}: what a module needs to know of an account is an input of it",
    )
