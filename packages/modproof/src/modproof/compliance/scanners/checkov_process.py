"""checkov in this process: offline, quiet, and one scan at a time.

Workarounds for checkov 3.3.30:

- It is imported only for a scan, because the import takes seconds.
- It forks to read files, which a process with threads must not do. Here it reads them sequentially.
- It logs to the root logger, and so configures logging for the whole process. Its records are dropped.
- On import, colorama wraps standard output and error, which would remove all colours afterwards. ``colorama.init`` is
  disabled during the import.
- ``collect_skip_comments=False`` makes it evaluate what an ignore comment would hide, and accept malformed comments.
- It caches IAM policies by their path below the scanned folder, so that ``/main.tf`` of one scan would be used for the
  next. The cache is cleared for each scan.
- A check that raises an exception has no result: see :mod:`modproof.compliance.scanners.checkov_crashes`.
- External checks stay in its registries for every later scan of the process. Only modproof's own rules are loaded, and
  skipped where they are switched off.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from modproof.compliance import checks
from modproof.compliance.scanners.checkov_crashes import Crash, crashes
from modproof.core.errors import CommandFailed

__all__ = [
    "INSTALL_COMMAND",
    "Failed",
    "Ran",
    "imported",
    "one_at_a_time",
    "own_checks",
    "run",
    "sagemaker_rules",
    "within",
]

INSTALL_COMMAND = "pip install 'modproof[compliance]'"
_POLICIES = "checkov.terraform.checks.utils.base_cloudsplaining_iam_scanner"
T = TypeVar("T")

# its registries, parser cache and module loader belong to the process, not to a runner
_lock = threading.RLock()


def _drop(record: logging.LogRecord) -> bool:
    return "/checkov/" not in record.pathname.replace("\\", "/")


@contextmanager
def _quiet() -> Iterator[None]:
    """Drop log records of checkov, and prevent it from configuring logging and the terminal of the process."""
    root = logging.getLogger()
    placeholder = logging.NullHandler()
    root.addHandler(placeholder)
    root.addFilter(_drop)
    logging.getLogger("checkov").setLevel(logging.CRITICAL + 1)
    colorama: Any = importlib.import_module("colorama")
    init, colorama.init = colorama.init, lambda *_, **__: None
    try:
        yield
    finally:
        colorama.init = init
        root.removeFilter(_drop)
        root.removeHandler(placeholder)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Use checkov alone, without its log records."""
    with _lock, _quiet():
        yield


def imported(module: str) -> Any:
    """A module of checkov. Raises CommandFailed for any error on its import."""
    try:
        return importlib.import_module(module)
    except Exception as error:  # its dependencies and plug-ins are imported too
        text = f"checkov cannot be started: {type(error).__name__}: {error}"
        raise CommandFailed(text, hint=f"reinstall it: {INSTALL_COMMAND}") from error


class Failed(Exception):
    """Any error of checkov's parser, graph or checks."""


def within(deadline: float, job: Callable[[], T]) -> T | None:
    """The result of ``job``, or None at the ``deadline``. Raises Failed for any error of it."""
    done: list[T | BaseException] = []

    def work() -> None:
        try:
            done.append(job())
        except BaseException as error:  # SystemExit too
            done.append(error)

    # a thread cannot be stopped; a daemon does not prevent the end of the process
    thread = threading.Thread(target=work, daemon=True, name="modproof-checkov")
    thread.start()
    thread.join(max(deadline - time.monotonic(), 0))
    if not done:
        return None
    if isinstance(done[0], BaseException):
        raise Failed(f"{type(done[0]).__name__}: {done[0]}") from done[0]
    return done[0]


@cache
def sagemaker_rules() -> tuple[str, ...]:
    """The ids of modproof's own rules, which this adds to checkov's registries for the whole process."""
    return tuple(check.id for check in own_checks())


def own_checks() -> Iterator[Any]:
    """Modproof's own checks. checkov registers a check when its module is imported."""
    for found in pkgutil.iter_modules(checks.__path__):
        check = getattr(importlib.import_module(f"{checks.__name__}.{found.name}"), "check", None)
        if check is not None:
            yield check


@dataclass(frozen=True, slots=True)
class Ran:
    """The report of checkov, and the checks that raised an exception."""

    report: Any
    crashes: tuple[Crash, ...] = ()


def run(runner: str, framework: str, *, with_sagemaker_rules: bool, **where: Any) -> Ran:
    """Run the ``Runner`` in a module of checkov. ``where`` is its root folder or its files."""
    with crashes() as found:
        report = _report(runner, framework, with_sagemaker_rules=with_sagemaker_rules, **where)
    return Ran(report, tuple(dict.fromkeys(found)))


def _report(runner: str, framework: str, *, with_sagemaker_rules: bool, **where: Any) -> Any:
    own = sagemaker_rules()
    runner_filter = importlib.import_module("checkov.runner_filter").RunnerFilter
    parallel = importlib.import_module("checkov.common.parallelizer.parallel_runner").parallel_runner
    parallel.type = importlib.import_module("checkov.common.models.enums").ParallelizationType.NONE
    importlib.import_module(_POLICIES).BaseTerraformCloudsplainingIAMScanner.policy_document_cache.clear()
    return (
        importlib.import_module(runner)
        .Runner()
        .run(
            **where,
            collect_skip_comments=False,
            runner_filter=runner_filter(
                framework=[framework],
                skip_checks=[] if with_sagemaker_rules else [*own],
                download_external_modules=False,
                show_progress_bar=False,
                use_enforcement_rules=False,
            ),
        )
    )
