"""The planner as its callers see it: cases in, an outcome each out, from the cache where nothing changed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

from modproof import toolchain
from modproof.cache import Cache, file_digest, key_of
from modproof.cases import Case
from modproof.dependencies import closure
from modproof.environment import aws_environment
from modproof.parallel import side_by_side
from modproof.planner.batch import Batch
from modproof.planner.outcome import Planned
from modproof.progress import SILENT, Progress
from modproof.project import Project
from modproof.terraform import Terraform

__all__ = ["Planner"]

_PACKAGE = Path(__file__).parent


class Planner:
    """Plans the cases of one project.

    ``binary`` is Terraform, ``version`` its version. The cache may be shared with other checkouts and machines.
    """

    def __init__(
        self,
        project: Project,
        *,
        binary: Path,
        version: str,
        cache: Cache | None,
        progress: Progress = SILENT,
        timeout_seconds: float = 900.0,
    ) -> None:
        self._project = project
        self._binary = binary
        self._version = version
        self._cache = cache
        self._progress = progress
        self._timeout_seconds = timeout_seconds
        self._cli_config = toolchain.terraform_cli_config(project.state)
        self._providers = _providers(self._cli_config)
        self._lock_file = project.state / "locks" / f"{key_of(self._providers)[:16]}.lock.hcl"

    def plan(self, cases: Sequence[Case]) -> dict[str, Planned]:
        """Every case's outcome by its id; unchanged cases come from the cache.

        Of several processes that plan the same cases at once, one does and the others read what it found.
        Raises ToolMissing, ProviderUnavailable, TimedOut or CommandFailed when nothing can be planned.
        """
        keys = {case.id: self.fingerprint(case) for case in cases}
        outcomes, missing = self._cached(cases, keys)
        if missing and self._cache is None:
            outcomes |= self._plan_all(missing)
        elif missing:
            with toolchain.exclusively(f"plan-{key_of(sorted(keys[case.id] for case in missing))[:16]}"):
                # another process may have planned them while this one waited
                found, missing = self._cached(missing, keys)
                outcomes |= found
                if missing:
                    outcomes |= self._plan_all(missing)
        return {case.id: outcomes[case.id] for case in cases}

    def fingerprint(self, case: Case) -> str:
        """What the outcome of ``case`` follows from, as one key: files, variables, versions."""
        base = self._project.root
        files = [[os.path.relpath(path, base), file_digest(path)] for path in closure(case.folder)]
        return key_of(
            {
                "harness": _harness(),
                "terraform": self._version,
                "providers": self._providers,
                "lock": self._lock_file.read_text(encoding="utf-8") if self._lock_file.is_file() else "",
                "module": os.path.relpath(case.folder, base),
                "files": files,
                "variables": case.variables,
                "unknown": case.unknown,
                "rejecting": case.rejects is not None,
            }
        )

    def _cached(self, cases: Sequence[Case], keys: Mapping[str, str]) -> tuple[dict[str, Planned], list[Case]]:
        found: dict[str, Planned] = {}
        missing: list[Case] = []
        for case in cases:
            entry = self._cache.get(keys[case.id]) if self._cache else None
            try:
                if entry is None:
                    raise KeyError(case.id)
                found[case.id] = Planned.from_json(entry)
            except (KeyError, TypeError):
                missing.append(case)
        return found, missing

    def _plan_all(self, cases: Sequence[Case]) -> dict[str, Planned]:
        """Plan the cases that must pass beside those that must be rejected: each has its own kind of run."""
        groups = [
            (rejecting, group)
            for rejecting in (False, True)
            if (group := [case for case in cases if (case.rejects is not None) == rejecting])
        ]
        outcomes: dict[str, Planned] = {}
        for planned in side_by_side([partial(self._plan_group, *group) for group in groups]):
            if isinstance(planned, Exception):
                raise planned
            outcomes |= planned
        if self._cache is not None:
            # the lock file of a first run is written by that run: the keys follow from it
            for case in cases:
                self._cache.put(self.fingerprint(case), outcomes[case.id].to_json())
            self._cache.prune()
        return outcomes

    def _plan_group(self, rejecting: bool, cases: Sequence[Case]) -> dict[str, Planned]:
        title = f"plan {len(cases)} {'rejecting cases' if rejecting else 'cases'} in one run"
        with self._progress.task(title) as task:
            batch = Batch(self._project, self._terraform, self._lock_file, task, rejecting=rejecting)
            return batch.plan(cases)

    def _terraform(self, folder: Path, endpoint_url: str) -> Terraform:
        environment = aws_environment(endpoint_url=endpoint_url, extra={"TF_CLI_CONFIG_FILE": str(self._cli_config)})
        return Terraform(folder, binary=self._binary, env=environment, timeout_seconds=self._timeout_seconds)


@lru_cache(maxsize=1)
def _harness() -> str:
    """The text of all that makes a plan and takes it apart: an edit there must not meet plans from before it."""
    sources = [*_PACKAGE.glob("*.py"), *(_PACKAGE.parent / f"{name}.py" for name in ("environment", "terraform"))]
    return key_of([file_digest(path) for path in sorted(sources)])


def _providers(cli_config: Path) -> list[str]:
    """Which providers a run would get: the text of the CLI configuration and what its mirror holds."""
    mirror = toolchain.provider_mirror()
    held = sorted(p.relative_to(mirror).as_posix() for p in mirror.glob("*/*/*/*")) if mirror else []
    return ["mirror" if mirror else "registry", *held, file_digest(cli_config)]
