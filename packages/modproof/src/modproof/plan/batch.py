"""Plans a group of cases in as few Terraform runs as possible: one init, plan and show if every case succeeds.

Failing cases are dropped and the rest retried, once per failure stage: load (the modules' files), variables (types and
validations), plan. Each stage hides the errors of the later ones. If cases share a module call and an error does not
name its case, an extra ``show`` identifies it; if that fails, the cases of the call get separate calls, for one more
plan.

An error that is not about a module is an error of the cases that it prevents, or of the run, and is never cached.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Container, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

from modproof import toolchain
from modproof.cases import Case, CaseError, Planned
from modproof.core import collector, process
from modproof.core.cache import Cache
from modproof.core.counts import plural
from modproof.core.errors import CommandFailed, ProviderUnavailable
from modproof.core.progress import Task
from modproof.core.project import Project
from modproof.core.results import Place
from modproof.plan.answering import ill_typed
from modproof.plan.attribution import attribute
from modproof.plan.checks import FailedCheck, failed_checks
from modproof.plan.fit import misfits
from modproof.plan.provider_lock import ProviderLock, ProviderLocks
from modproof.plan.providers import configurations, own_provider
from modproof.plan.root import BatchRoot, write
from modproof.plan.seeding import SeededAccount
from modproof.plan.split import ModuleInstance, split
from modproof.plan.unavailable import cases_without
from modproof.terraform import safety
from modproof.terraform.addresses import Address, without_keys
from modproof.terraform.failures import PROVIDER_CAUSES, Cause, Failure, failure_of, is_transient
from modproof.terraform.packages import LOCK_FILE
from modproof.terraform.recorder import REFUSAL, Recorder, recording
from modproof.terraform.runner import Diagnostic, PlanRun, Terraform
from modproof.terraform.schemas import data_source_schemas
from modproof.terraform.shared_provider import AWS, SharedProvider

__all__ = ["Batch", "MakeTerraform", "Serve"]

Errors = dict[str, list[CaseError]]
MakeTerraform = Callable[[Path, str], Terraform]
"""Makes a runner for a folder, with AWS at an endpoint URL."""
Serve = Callable[[], AbstractContextManager[Recorder | SeededAccount]]
"""Serves the AWS endpoint of a plan."""
_COLLECTOR = {"GOGC": "220", "GOMEMLIMIT": "600MiB"}
"""For the AWS provider: its live heap is larger, so that fewer collections cost much memory and save little time."""


class Batch:
    """One group of cases.

    ``make_terraform`` makes the runner. ``locks`` keeps the providers that ``init`` selected, so that all batches of a
    checkout plan with the same ones. With ``rejecting`` the plans themselves are not needed. ``cache`` keeps the
    schemas of the providers. ``serve`` is the recorder, or an account of the emulator.
    """

    def __init__(
        self,
        project: Project,
        make_terraform: MakeTerraform,
        locks: ProviderLocks,
        task: Task,
        *,
        rejecting: bool,
        cache: Cache | None,
        serve: Serve = recording,
    ) -> None:
        self._project = project
        self._make_terraform = make_terraform
        self._locks = locks
        self._task = task
        self._rejecting = rejecting
        self._cache = cache
        self._serve = serve
        self._planned: dict[str, Planned] = {}
        self._lock = ProviderLock(None, locks.lock_file)
        self._crashed = False

    def plan(self, cases: Sequence[Case]) -> dict[str, Planned]:
        """The planned result of every case by its id."""
        usable: list[Case] = []
        for case in cases:
            faults = misfits(case)
            if faults:
                # the line of an answer is not an input of the plan
                lasting = all(fault.place is None for fault in faults)
                self._planned[case.id] = Planned(errors=faults, cacheable=lasting)
            else:
                usable.append(case)
        if usable:
            with self._project.scratch_folder("plan") as folder:
                root = write(folder, usable, shared=not self._rejecting)
                self._initialise(root)
                while root.cases:
                    self._attempt(root)
        return self._planned

    def _initialise(self, root: BatchRoot) -> None:
        """Install modules and providers.

        Drops the cases with invalid files, with modules or providers that cannot be installed, or with unsafe modules
        from elsewhere.
        """
        ignored: set[Path] = set()
        with self._serve() as aws:
            terraform = self._make_terraform(root.folder, aws.endpoint_url)
            while root.cases:
                self._lock = self._locks.of(list(root.cases.values()))
                terraform.providers = self._lock.packages
                if terraform.providers and terraform.install_modules():
                    break
                errors = self._install(root, terraform, ignored)
                if not errors:
                    break
                self._drop_uninstalled(root, terraform, errors, ignored)
        self._drop_unsafe(root, terraform)
        if root.needs_answers():
            self._task.note("read the schemas of the providers")
            schemas = data_source_schemas(terraform, self._cache)
            ill = {key: list(ill_typed(case, schemas)) for key, case in root.cases.items() if case.answers}
            self._settle(root, {key: errors for key, errors in ill.items() if errors}, uncacheable=ill)
            root.answer(schemas)

    def _install(self, root: BatchRoot, terraform: Terraform, ignored: set[Path]) -> tuple[Diagnostic, ...]:
        """Run ``init`` with the lock file, unless it is in ``ignored``, and keep what it selects."""
        made = root.folder / LOCK_FILE
        made.unlink(missing_ok=True)
        if self._lock.lock_file.is_file() and self._lock.lock_file not in ignored:
            shutil.copyfile(self._lock.lock_file, made)
        self._task.note("init")
        with toolchain.initialising(self._project.root):
            errors = terraform.install()
        if not errors:
            # another batch may have written a lock file in the meantime, with other versions
            self._lock = self._locks.of(list(root.cases.values()))
            self._lock.keep_lock_file(made)
            lasting = not any(p.is_relative_to(root.folder.resolve()) for p in terraform.providers.values())
            self._lock.set(terraform.providers, keep=lasting and self._lock.lock_file not in ignored)
        return errors

    def _drop_uninstalled(
        self, root: BatchRoot, terraform: Terraform, diagnostics: Sequence[Diagnostic], ignored: set[Path]
    ) -> None:
        """Drop the cases that the errors of ``init`` are about, or plan them separately.

        Raises ProviderUnavailable if no case is known to require a provider that cannot be installed.
        """
        found = [failure for each in diagnostics if (failure := failure_of(each)) and failure.cause in PROVIDER_CAUSES]
        lock_file = self._lock.lock_file
        if any(failure.cause is Cause.STALE_LOCK for failure in found) and lock_file not in ignored:
            ignored.add(lock_file)
            if any(failure.is_gone for failure in found):
                lock_file.unlink(missing_ok=True)
                ignored.clear()
            return
        unavailable = cases_without(found, root, terraform.fetched_modules(), self._project, lock_file)
        others = [each for each in diagnostics if (failure := failure_of(each)) is None or failure not in found]
        if unavailable.errors:
            self._settle(root, unavailable.errors, uncacheable=unavailable.errors)
        elif unavailable.apart:
            self._plan_apart(root, unavailable.apart)
        elif found and not others:
            first = found[0]
            name = f"the provider {first.provider}" if first.provider else "a provider"
            raise ProviderUnavailable(f"terraform cannot install {name}: {first.reason}", hint=first.hint)
        if others and root.cases:
            self._drop_failing(root, others, "load")

    def _plan_apart(self, root: BatchRoot, lists: Sequence[Sequence[Case]]) -> None:
        """Plan each list of cases in a separate batch; together they are the cases of ``root``."""
        for cases in lists:
            batch = Batch(
                self._project,
                self._make_terraform,
                self._locks,
                self._task,
                rejecting=self._rejecting,
                cache=self._cache,
                serve=self._serve,
            )
            self._planned |= batch.plan(cases)
        root.cases.clear()

    def _drop_unsafe(self, root: BatchRoot, terraform: Terraform) -> None:
        """Drop the cases with a module that ``init`` fetched and that could reach a real account."""
        errors: Errors = {}
        for fetched in terraform.fetched_modules():
            call = root.calls.get(fetched.key.partition(".")[0])
            for problem in safety.check([fetched.folder], self._project) if call else ():
                text = f"the module from {fetched.source} is not run: {problem.message}; {problem.hint}"
                for key in call.members if call else ():
                    errors.setdefault(key, []).append(CaseError(stage="load", text=text))
        self._settle(root, errors, uncacheable=errors)

    def _attempt(self, root: BatchRoot) -> None:
        """Plan all remaining cases once. Settles all of them, or those that have errors."""
        with contextlib.ExitStack() as stack:
            self._attempt_with(root, stack)

    def _attempt_with(self, root: BatchRoot, stack: contextlib.ExitStack) -> None:
        note = f"plan {plural(len(root.cases), 'case')}"
        self._task.note(note)
        plan_file = root.folder / "batch.tfplan"
        terraform, run, aws_calls = self._run_plan(root, plan_file, stack)
        if is_transient(run.errors):
            self._task.note(f"{note} again")
            terraform, run, aws_calls = self._run_plan(root, plan_file, stack)
        if self._lock.recalled and any(error.needs_init for error in run.errors):
            self._lock.forget()
            self._initialise(root)
        elif run.errors:
            calls_before = set(root.calls)
            self._drop_failing(root, run.errors, "plan", aws_calls, lambda: self._checks(terraform, plan_file))
            if root.calls.keys() - calls_before:
                self._initialise(root)  # a new call's module is not installed yet
        elif aws_calls:
            self._find_caller(root, aws_calls)
        elif self._rejecting:
            self._settle(root, {key: [] for key in root.cases})
        else:
            self._task.note("read the plan")
            with collector.paused():
                whole = terraform.show_plan(plan_file, replaced=root.shown_paths())
                for key, plan in split(whole, _instances(root)).items():
                    self._planned[root.cases[key].id] = Planned(plan=plan)
            root.cases.clear()

    def _run_plan(
        self, root: BatchRoot, plan_file: Path, stack: contextlib.ExitStack
    ) -> tuple[Terraform, PlanRun, Sequence[str]]:
        """Plan once; also returns the AWS calls that were refused. Terraform can read the plan until ``stack`` ends."""
        plan_file.unlink(missing_ok=True)  # a plan that fails early writes none, and the previous one must not be read
        with self._serve() as aws:
            terraform = self._make_terraform(root.folder, aws.endpoint_url)
            terraform.providers = self._lock.packages
            provider = self._share_provider(root, terraform, stack)
            run = terraform.plan_to(plan_file, arguments=("-refresh=false", "-lock=false"))
            if provider is not None:
                provider.finish()  # reading the plan takes much memory
        return terraform, run, aws.aws_calls

    def _share_provider(
        self, root: BatchRoot, terraform: Terraform, stack: contextlib.ExitStack
    ) -> SharedProvider | None:
        """Use the same process of the AWS provider, and its reduced schema, for all commands."""
        if AWS not in terraform.providers:
            return None
        scratch = stack.enter_context(process.temporary_folder("provider"))
        provider = SharedProvider(
            terraform.providers[AWS],
            folder=root.folder,
            env={**terraform.environment("plan", scratch), **_COLLECTOR},
            scratch=scratch,
            configured_once=not terraform.fetched_modules()
            and not any(configurations(case) or own_provider(case.folder) for case in root.cases.values()),
        )
        stack.callback(provider.stop)
        terraform.share(provider)
        return provider

    def _find_caller(self, root: BatchRoot, aws_calls: Sequence[str]) -> None:
        """Settle a plan that succeeded although AWS was called: the provider ignored the refusal.

        The result would depend on what AWS answers. A call does not name its case, so the cases are bisected, by
        module first.
        """
        if len(root.cases) == 1:
            self._settle(root, {key: [_called_aws(aws_calls)] for key in root.cases})
            return
        cases = list(root.cases.values())
        folders = list(dict.fromkeys(case.folder for case in cases))
        first = set(folders[: len(folders) // 2])
        if first:
            halves = [[case for case in cases if (case.folder in first) == inside] for inside in (True, False)]
        else:
            halves = [cases[: len(cases) // 2], cases[len(cases) // 2 :]]
        self._task.note(f"find the case that calls {', '.join(aws_calls)}")
        self._plan_apart(root, halves)

    def _checks(self, terraform: Terraform, plan_file: Path) -> list[FailedCheck] | None:
        """The conditions that failed; None if no plan was written because the configuration itself is invalid."""
        if not plan_file.is_file():
            return None
        self._task.note("read what failed")
        return list(failed_checks(terraform.show_plan(plan_file)))

    def _settle(self, root: BatchRoot, errors: Errors, *, uncacheable: Container[str] = ()) -> None:
        """Drop the cases in ``errors`` with their results. Those in ``uncacheable`` may have another one next time."""
        for key, found in errors.items():
            planned = Planned(errors=tuple(dict.fromkeys(found)), cacheable=key not in uncacheable)
            self._planned[root.cases[key].id] = planned
            root.drop(key)

    def _drop_failing(
        self,
        root: BatchRoot,
        diagnostics: Sequence[Diagnostic],
        stage: str,
        aws_calls: Sequence[str] = (),
        checks: Callable[[], Sequence[FailedCheck] | None] = tuple,
    ) -> None:
        """Drop the cases that ``diagnostics`` are about, and separate those of calls that may be.

        ``checks`` is only called where a diagnostic does not name its case. Each call changes the root: otherwise the
        next run would fail in the same way.
        """
        errors: Errors = {}
        of_no_case: list[CaseError] = []
        unclear: set[str] = set()
        read = lru_cache(checks)
        failures = [(each, failure) for each in diagnostics if (failure := failure_of(each)) is not None]
        not_run = self._not_run(root, failures, stage)
        for diagnostic in diagnostics:
            if failure_of(diagnostic) is not None:
                continue
            found = attribute(diagnostic, root, self._project, stage)
            if found.unclear:
                found = attribute(diagnostic, root, self._project, stage, read())
            unclear.update(found.unclear)
            if not found.errors and not found.unclear:
                of_no_case.append(CaseError(stage=stage, text=diagnostic.text, place=self._place(diagnostic, root)))
            for key, error in found.errors.items():
                refused = aws_calls and REFUSAL in error.text
                errors.setdefault(key, []).append(_refused(error, aws_calls) if refused else error)
        if not errors and not unclear and not not_run and failures:
            _raise(*failures[0], stage)
        if not errors and not unclear and not not_run:
            # it concerns all cases, or one that is not known
            self._settle(root, dict.fromkeys(root.cases, of_no_case), uncacheable=root.cases.copy())
        # otherwise an error of no case may be a consequence of a case that is dropped now
        self._settle(root, {**not_run, **errors}, uncacheable=not_run)
        root.separate(name for name in unclear if name in root.calls)

    def _not_run(self, root: BatchRoot, failures: Sequence[tuple[Diagnostic, Failure]], stage: str) -> Errors:
        """The errors of the cases that ``failures`` prevented.

        A provider that crashes takes innocent cases with it. If it crashes again without the cases that Terraform
        names, all other cases of the batch are given up.
        """
        errors: Errors = {}
        crashed = any(failure.cause is Cause.CRASH for _, failure in failures)
        for diagnostic, failure in failures:
            found = attribute(diagnostic, root, self._project, stage, None)
            members = [key for name in found.unclear for key in root.calls[name].members]
            if self._crashed and failure.cause is Cause.CRASH:
                members = list(root.cases)
            text = f"{diagnostic.text}; {failure.hint}"
            named = {key: replace(error, text=f"{error.text}; {failure.hint}") for key, error in found.errors.items()}
            for key, error in {**dict.fromkeys(members, CaseError(stage=stage, text=text)), **named}.items():
                errors.setdefault(key, []).append(replace(error, kind=None, owner=None, usage=True))
        self._crashed = self._crashed or crashed
        return errors

    def _place(self, diagnostic: Diagnostic, root: BatchRoot) -> Place | None:
        if not diagnostic.filename:
            return None
        line = root.source_line(diagnostic.filename, diagnostic.line)
        return Place(self._project.relative(root.source_path(diagnostic.filename)), line)


def _instances(root: BatchRoot) -> dict[str, ModuleInstance]:
    return {
        key: ModuleInstance(
            call.name,
            call.instances.get(key),
            call.address(key),
            case.variables,
            frozenset(case.unknown),
            case.folder,
            call.answers,
        )
        for call in root.calls.values()
        for key, case in call.members.items()
    }


def _named(aws_calls: Sequence[str], text: str) -> Sequence[str]:
    """The AWS calls that an error mentions; all of them if it mentions none."""
    return [call for call in aws_calls if call.rpartition(".")[2] in text] or aws_calls


def _refused(error: CaseError, aws_calls: Sequence[str]) -> CaseError:
    """The error of a call that was refused, with the data source that made it."""
    calls = _named(aws_calls, error.text)
    if error.address is None or Address.parse(error.address).mode != "data":
        return _called_aws(calls)
    block = without_keys(error.address)
    text = f"reads AWS ({', '.join(calls)}): add `answers:` for {block}, or `seed:` calls, to the case"
    return CaseError(stage="plan", text=text, address=error.address, place=error.place)


def _called_aws(aws_calls: Sequence[str]) -> CaseError:
    return CaseError(
        stage="plan",
        text=f"the plan called AWS ({', '.join(aws_calls)}): pass account data to the module as an input",
    )


def _raise(diagnostic: Diagnostic, failure: Failure, stage: str) -> NoReturn:
    command = "init" if stage == "load" else "plan"
    raise CommandFailed(f"terraform {command} failed: {diagnostic.text}", hint=failure.hint)
