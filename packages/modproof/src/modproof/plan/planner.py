"""Plans cases, and takes unchanged ones from the cache."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from modproof import toolchain
from modproof.cases.model import Case
from modproof.cases.planned import CaseError, Planned
from modproof.core import collector
from modproof.core.cache import Cache, file_digest, key_of
from modproof.core.counts import plural
from modproof.core.environment import aws_environment
from modproof.core.errors import CommandFailed, EmulatorError
from modproof.core.parallel import side_by_side
from modproof.core.progress import SILENT, Progress
from modproof.core.project import Project
from modproof.hcl.closure import module_folders
from modproof.plan.batch import Batch, MakeTerraform, Serve
from modproof.plan.fingerprint import Fingerprint, Surroundings, difference, module_parts
from modproof.plan.grouping import Group, group
from modproof.plan.history import History
from modproof.plan.provider_lock import ProviderLocks
from modproof.plan.seeding import SeededAccount, StartEmulator, seeded_account
from modproof.plan.work import Work
from modproof.terraform import safety
from modproof.terraform.plan_json import sensitive_values
from modproof.terraform.recorder import recording
from modproof.terraform.runner import Terraform
from modproof.terraform.watched import WatchedTerraform

__all__ = ["Planner"]

_TIMEOUT_HINT = "find out why it waits; if the batch needs more time, raise `timeouts.batch` of [tool.modproof]"
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)

_COLLECTOR = {"GOGC": "off", "GOMEMLIMIT": "300MiB"}
"""Terraform collects garbage only near the limit, which saves a tenth of its CPU time. The live heap of a run is below
100 MB. Source: https://go.dev/doc/gc-guide#Memory_limit"""


class Planner:
    """Plans the cases of one project.

    ``binary`` is Terraform or OpenTofu, ``version`` its version. The cache may be shared with other checkouts and
    machines. ``session`` is a private cache of a run of several processes, which is deleted afterwards. It has the
    plans that may not be in the shared cache, so that each is planned only once. ``emulator`` starts the emulator for
    cases with seed calls. ``work`` counts what was done.
    """

    def __init__(
        self,
        project: Project,
        *,
        binary: Path,
        version: str,
        cache: Cache | None,
        session: Cache | None = None,
        progress: Progress = SILENT,
        emulator: StartEmulator | None = None,
    ) -> None:
        self._project = project
        self._binary = binary
        self._cache = cache
        self._session = session
        self._progress = progress
        self._emulator = emulator or _no_emulator
        self._cli_config = toolchain.terraform_cli_config(project.state, kind=toolchain.kind_of(binary.name))
        providers = _providers(self._cli_config)
        lock_file = project.state / "locks" / f"{key_of([binary.name, *providers])[:16]}.lock.hcl"
        self._surroundings = Surroundings(binary.name, version, tuple(providers), lock_file)
        mirrored = providers[0] == "mirror"
        self._locks = ProviderLocks(lock_file, [binary.name, version, *providers], mirrored=mirrored)
        self._history = History(project.state / "planned.json")
        self.work = Work(project=str(project.root))

    def plan(self, cases: Sequence[Case]) -> dict[str, Planned]:
        """The planned result of every case by its id. Unchanged cases come from the cache.

        If several processes plan the same cases at once, one does and the others read its results. A module that could
        reach a real account is refused before the cache is read. Raises ProviderUnavailable, TimedOut or CommandFailed
        when a group of cases cannot be planned; the plans of the other groups are cached.
        """
        begun = time.monotonic()
        planned = self._refused(cases)
        waiting = [case for case in cases if case.id not in planned]
        prints = self._prints(waiting) if self._caches else {}
        found, missing = self._cached(waiting, prints)
        planned |= found
        if missing and not self._caches:
            planned |= self._plan_all(missing)
        elif missing:
            name = key_of(sorted(prints[case.id].key for case in missing))[:16]
            with toolchain.exclusively(f"plan-{name}"):
                # another process may have planned them in the meantime, and written the lock file
                found, missing = self._cached(missing, self._prints(missing))
                planned |= found
                if missing:
                    planned |= self._plan_all(missing)
        self._remember([case for case in cases if planned[case.id].cacheable])
        self.work.cached += sum(result.from_cache for result in planned.values())
        self.work.seconds += time.monotonic() - begun
        return {case.id: planned[case.id] for case in cases}

    def explain(self, case: Case) -> list[str]:
        """Why the next run would plan ``case`` again, as texts; empty if it would come from the cache."""
        prints = self._prints([case])
        found, _ = self._cached([case], prints)
        if found:
            return []
        before = self._history.read().get(case.id)
        if before is None:
            return ["it was not planned in this checkout before"]
        changed = difference(before, prints[case.id].parts)
        return changed or ["its plan is not in the cache: it has sensitive values, or was evicted"]

    @property
    def _caches(self) -> list[Cache]:
        return [cache for cache in (self._cache, self._session) if cache is not None]

    def _prints(self, cases: Sequence[Case]) -> dict[str, Fingerprint]:
        """The fingerprint of each case by its id. The files are read once per call."""
        surroundings = self._surroundings.parts()
        modules = {case.folder: case for case in cases}
        parts = {folder: module_parts(case) for folder, case in modules.items()}
        return {case.id: Fingerprint.of(case, surroundings, parts[case.folder]) for case in cases}

    def _remember(self, cases: Sequence[Case]) -> None:
        # after the run: a first run writes the lock file, which is part of the fingerprint
        parts = {case_id: found.parts for case_id, found in self._prints(cases).items()}
        known = self._history.read()
        if any(known.get(case_id) != found for case_id, found in parts.items()):
            self._history.record(parts)

    def _cached(
        self, cases: Sequence[Case], prints: Mapping[str, Fingerprint]
    ) -> tuple[dict[str, Planned], list[Case]]:
        """The cached plans by case id, and the cases without one. ``prints`` may be empty if there is no cache."""
        found: dict[str, Planned] = {}
        missing: list[Case] = []
        with collector.paused():
            for case in cases:
                result = self._read(prints[case.id].key) if self._caches else None
                if result is None:
                    missing.append(case)
                else:
                    found[case.id] = result
        return found, missing

    def _read(self, key: str) -> Planned | None:
        for cache in self._caches:
            entry = cache.get(key)
            try:
                if entry is not None:
                    return Planned.from_json(entry)
            except (KeyError, TypeError):
                continue  # written by another version
        return None

    def _plan_all(self, cases: Sequence[Case]) -> dict[str, Planned]:
        planned: dict[str, Planned] = {}
        before = self._prints(cases)
        cores = os.cpu_count() or 1
        groups = group(cases, cores)
        threads = max(1, cores // len(groups))
        results = side_by_side([partial(self._plan_group, found, threads) for found in groups], at_once=cores)
        for result in results:
            planned |= result if not isinstance(result, Exception) else {}
        self.work.planned += len(planned)
        self.work.groups += len(groups)
        self._keep([case for case in cases if case.id in planned], planned, before)
        for result in results:
            if isinstance(result, Exception):
                raise result
        return planned

    def _keep(self, cases: Sequence[Case], planned: Mapping[str, Planned], before: Mapping[str, Fingerprint]) -> None:
        if not self._caches:
            return
        # computed again: a first run writes the lock file, which is part of the fingerprint
        for case_id, found in self._prints(cases).items():
            result = planned[case_id]
            # after an edit during the run, the plan may be of either state
            if not result.cacheable or not found.has_inputs_of(before[case_id]):
                continue
            secret = result.plan is not None and bool(sensitive_values(result.plan))
            cache = self._session if secret or self._cache is None else self._cache
            if cache is not None:
                cache.put(found.key, result.to_json())
        if self._cache is not None:
            self._cache.prune()

    def _refused(self, cases: Sequence[Case]) -> dict[str, Planned]:
        """The results of the cases of modules that could reach a real account. They depend on our safety rules."""
        refused: dict[Path, Planned] = {}
        for folder in {case.folder for case in cases}:
            problems = safety.check(module_folders(folder), self._project)
            errors = tuple(
                CaseError(stage="load", text=f"the module is not run: {p.message}; {p.hint}", place=p.place)
                for p in problems
            )
            if errors:
                refused[folder] = Planned(errors=errors, cacheable=False)
        return {case.id: refused[case.folder] for case in cases if case.folder in refused}

    def _plan_group(self, found: Group, threads: int) -> dict[str, Planned]:
        title = f"plan {plural(len(found.cases), 'rejecting case' if found.rejecting else 'case')} in one run"
        with self._progress.task(title) as task:
            make_terraform: MakeTerraform = partial(self._terraform, threads=threads)
            serve: Serve = recording
            if found.cases[0].seed:
                task.note("seed the emulator")
                aws = seeded_account(found.cases, self._emulator)
                if aws.errors:
                    return {key: Planned(errors=tuple(each), cacheable=False) for key, each in aws.errors.items()}
                make_terraform, serve = partial(self._terraform, threads=threads, aws=aws), aws.serving
            batch = Batch(
                self._project,
                make_terraform,
                self._locks,
                task,
                rejecting=found.rejecting,
                cache=self._cache,
                serve=serve,
            )
            try:
                return batch.plan(found.cases)
            except OSError as error:
                problem = f"cannot write the plan of {len(found.cases)} cases: {error.strerror or error}"
                hint = "free disk space, and make the folder writable" if error.errno in _OF_THE_DISK else None
                raise CommandFailed(problem, hint=hint, path=error.filename) from error

    def _terraform(
        self, folder: Path, endpoint_url: str, *, threads: int, aws: SeededAccount | None = None
    ) -> Terraform:
        """Terraform for a batch. In the account ``aws`` of the emulator, it stops when the emulator dies.

        ``threads`` is the number of cores that Terraform and the provider use each: more than there are for a batch
        cost CPU time.
        """
        extra = {"TF_CLI_CONFIG_FILE": str(self._cli_config), "GOMAXPROCS": str(threads), **_COLLECTOR}
        seconds = self._project.settings.timeouts.batch
        if aws is None:
            env = aws_environment(endpoint_url=endpoint_url, extra=extra)
            terraform = Terraform(folder, binary=self._binary, env=env, timeout_seconds=seconds)
        else:
            env = aws_environment(
                endpoint_url=endpoint_url,
                account=aws.account,
                region=aws.region,
                services=aws.service_variables,
                extra=extra,
            )
            terraform = WatchedTerraform(folder, binary=self._binary, env=env, watch=aws.watch, step_seconds=seconds)
        terraform.timeout_hint = _TIMEOUT_HINT
        return terraform


def _no_emulator() -> NoReturn:
    raise EmulatorError("this run has none")


def _providers(cli_config: Path) -> list[str]:
    """The providers that are available to a run: the CLI configuration and the content of its mirror."""
    mirror = toolchain.provider_mirror()
    held = sorted(p.relative_to(mirror).as_posix() for p in mirror.glob("*/*/*/*")) if mirror else []
    return ["mirror" if mirror else "registry", *held, file_digest(cli_config)]
