"""checkov as a library: evaluates each staged root in this process, offline.

Workarounds for checkov 3.3.30:

- It is imported only for a scan, because the import takes seconds.
- It forks to read files, which a process with threads must not do. Here it reads them sequentially.
- It logs to the root logger, and so configures logging for the whole process. Its records are dropped.
- On import, colorama wraps standard output and error, which would remove all colours afterwards. ``colorama.init`` is
  disabled during the import.
- ``collect_skip_comments=False`` makes it evaluate what an ignore comment would hide, and accept malformed comments.
- It caches IAM policies by their path below the scanned folder, so that ``/main.tf`` of one root would be used for the
  next root. The cache is cleared for each root.
- External checks are not loaded. They would stay in its registries for every later scan of the process.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from modproof.compliance.rules import Rule, RuleBook
from modproof.compliance.scanners.checkov_config import CHECKOV_CONFIG
from modproof.compliance.scanners.protocol import RawFinding, RootScan, too_slow
from modproof.compliance.stage import Stage
from modproof.core.errors import CommandFailed, ToolMissing
from modproof.core.results import Place, Problem

__all__ = ["Checkov", "severities"]

_INSTALL_COMMAND = "pip install 'modproof[compliance]'"
_REGISTRIES = {
    "checkov.terraform.checks.resource.registry": "resource_registry",
    "checkov.terraform.checks.data.registry": "data_registry",
    "checkov.terraform.checks.provider.registry": "provider_registry",
    "checkov.terraform.checks.module.registry": "module_registry",
}
_RUNNER = "checkov.terraform.runner"
_POLICIES = "checkov.terraform.checks.utils.base_cloudsplaining_iam_scanner"
_GUIDE = "https://www.checkov.io/5.Policy%20Index/terraform.html"

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


@cache
def severities() -> Mapping[str, str]:
    """The severity of each rule, by id, from data/checkov-severities.yaml."""
    text = resources.files("modproof.compliance").joinpath("data/checkov-severities.yaml").read_text(encoding="utf-8")
    by_severity: dict[str, list[str]] = yaml.safe_load(text)
    return {rule: severity for severity, rules in by_severity.items() for rule in rules}


class Checkov:
    """Runs the checkov in modproof's Python environment (the extra ``compliance``)."""

    name = "checkov"
    website = "https://www.checkov.io/"
    config = CHECKOV_CONFIG
    ignore_comment = re.compile(r"(?:checkov|bridgecrew|cortex):skip=[ ]*(?P<rules>[\w-]+(?:,[\w-]+)*)?")

    def version(self) -> str:
        try:
            return importlib.metadata.version("checkov")
        except importlib.metadata.PackageNotFoundError as error:
            raise ToolMissing("checkov is not installed in this Python environment", hint=_INSTALL_COMMAND) from error

    def identity(self) -> str:
        return self.version()

    def rules(self) -> RuleBook:
        """The rules in checkov's registries. checkov has no severities without a key to its vendor's platform."""
        self.version()
        titles: dict[str, list[str]] = {}
        with _lock, _quiet():
            for module, name in _REGISTRIES.items():
                for _, check in getattr(_imported(module), name).all_checks():
                    _add(titles, check)
            infra = _imported("checkov.common.checks_infra.registry")
            graph = infra.get_graph_checks_registry("terraform")
            graph.load_checks()
            for check in graph.checks:
                _add(titles, check)
        return RuleBook(
            Rule(rule, tuple(known), severities().get(rule, "UNKNOWN"), guideline=_GUIDE)
            for rule, known in titles.items()
        )

    def offline_rules(self) -> None:
        return None

    def scan(self, stage: Stage) -> Sequence[RootScan]:
        self.version()
        with _lock, _quiet():
            _imported(_RUNNER)
            deadline = time.monotonic() + stage.timeout_seconds
            return [_within(deadline, stage, index) for index in range(len(stage.roots))]


def _imported(module: str) -> Any:
    """A module of checkov. Raises CommandFailed for any error on its import."""
    try:
        return importlib.import_module(module)
    except Exception as error:  # its dependencies and plug-ins are imported too
        text = f"checkov cannot be started: {type(error).__name__}: {error}"
        raise CommandFailed(text, hint=f"reinstall it: {_INSTALL_COMMAND}") from error


def _within(deadline: float, stage: Stage, index: int) -> RootScan:
    """The scan of one root. An error of checkov's parser, graph or checks is that of the root.

    Raises TimedOut at the ``deadline``.
    """
    folder = stage.roots[index].folder
    done: list[RootScan] = []

    def scan() -> None:
        try:
            done.append(_scan_root(stage, index))
        except BaseException as error:  # SystemExit too
            text = f"checkov failed in this folder, which was not checked: {type(error).__name__}: {error}"
            done.append(RootScan(0, 0, errors=(Problem(text, Place(folder), "run it by hand there to see why"),)))

    # a thread cannot be stopped; a daemon does not prevent the end of the process
    thread = threading.Thread(target=scan, daemon=True, name="modproof-checkov")
    thread.start()
    thread.join(max(deadline - time.monotonic(), 0))
    if not done:
        raise too_slow("checkov", stage, [folder])
    return done[0]


def _add(titles: dict[str, list[str]], check: Any) -> None:
    known = titles.setdefault(str(check.id), [])
    if str(check.name) not in known:
        known.append(str(check.name))


def _scan_root(stage: Stage, index: int) -> RootScan:
    runner = importlib.import_module(_RUNNER).Runner
    runner_filter = importlib.import_module("checkov.runner_filter").RunnerFilter
    parallel = importlib.import_module("checkov.common.parallelizer.parallel_runner").parallel_runner
    parallel.type = importlib.import_module("checkov.common.models.enums").ParallelizationType.NONE
    importlib.import_module(_POLICIES).BaseTerraformCloudsplainingIAMScanner.policy_document_cache.clear()
    report = runner().run(
        root_folder=str(stage.root_folder(index)),
        collect_skip_comments=False,
        runner_filter=runner_filter(
            framework=["terraform"],
            download_external_modules=False,
            show_progress_bar=False,
            use_enforcement_rules=False,
        ),
    )
    return RootScan(
        checks=len(report.passed_checks) + len(report.failed_checks),
        resources=len(report.resources),
        findings=tuple(_findings(stage, report.failed_checks)),
        files=frozenset(_files(stage, [*report.passed_checks, *report.failed_checks])),
        errors=tuple(_errors(stage, report.parsing_errors)),
    )


def _findings(stage: Stage, records: Sequence[Any]) -> Iterator[RawFinding]:
    for record in records:
        at = stage.locate(str(record.file_abs_path), int(record.file_line_range[0]))
        if at is not None:
            guideline = str(record.guideline or "")
            yield RawFinding(str(record.check_id), at.path, at.line, str(record.resource), guideline)


def _files(stage: Stage, records: Sequence[Any]) -> Iterator[str]:
    for record in records:
        at = stage.locate(str(record.file_abs_path), int(record.file_line_range[0]))
        if at is not None:
            yield at.path


def _errors(stage: Stage, paths: Sequence[Any]) -> Iterator[Problem]:
    for path in paths:
        yield Problem(
            "checkov could not read this file and evaluated the folder without it",
            _fault(stage, str(path)),
            "if terraform accepts it, simplify it: checkov's parser supports less of the language",
        )


def _fault(stage: Stage, path: str) -> Place:
    """The place at which checkov's parser fails. Its report has no line, so the file is parsed again."""
    file = stage.file_of(path) or path
    try:
        importlib.import_module("hcl2").loads(Path(path).read_text(encoding="utf-8") + "\n")
    except Exception as error:  # the parser's own errors, and others that a broken file causes
        line = getattr(error, "line", None)
        located = stage.locate(path, line) if isinstance(line, int) and line > 0 else None
        return Place(located.path, located.line) if located else Place(file)
    return Place(file)
