"""checkov as a library: evaluates each staged root in this process."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from modproof.compliance.rules import Rule, RuleBook
from modproof.compliance.scanners.checkov_config import CHECKOV_CONFIG
from modproof.compliance.scanners.checkov_crashes import Crash
from modproof.compliance.scanners.checkov_plans import CheckovPlans
from modproof.compliance.scanners.checkov_process import (
    INSTALL_COMMAND,
    Failed,
    imported,
    one_at_a_time,
    run,
    sagemaker_rules,
    within,
)
from modproof.compliance.scanners.checkov_speed import parsed_once
from modproof.compliance.scanners.protocol import PlanScanner, RawFinding, RootScan, too_slow
from modproof.compliance.severities import checkov_severities
from modproof.compliance.stage import Stage
from modproof.core.errors import ToolMissing
from modproof.core.results import Place, Problem
from modproof.terraform.addresses import Address

__all__ = ["Checkov"]

_REGISTRIES = {
    "checkov.terraform.checks.resource.registry": "resource_registry",
    "checkov.terraform.checks.data.registry": "data_registry",
    "checkov.terraform.checks.provider.registry": "provider_registry",
    "checkov.terraform.checks.module.registry": "module_registry",
}
_RUNNER = "checkov.terraform.runner"
_GUIDE = "https://www.checkov.io/5.Policy%20Index/terraform.html"


@cache
def _required() -> str:
    """The version that the extra ``compliance`` of modproof requires: others have other rules and settings."""
    requirements = "\n".join(importlib.metadata.requires("modproof") or ())
    found = re.search(r"^checkov==([\w.]+)", requirements, re.MULTILINE)
    assert found is not None, "the extra pins checkov"
    return found[1]


class Checkov:
    """Runs the checkov in modproof's Python environment (the extra ``compliance``)."""

    name = "checkov"
    website = "https://www.checkov.io/"
    config = CHECKOV_CONFIG
    ignore_comment = re.compile(r"(?:checkov|bridgecrew|cortex):skip=[ ]*(?P<rules>[\w-]+(?:,[\w-]+)*)?")
    plans: PlanScanner | None = CheckovPlans()

    def version(self) -> str:
        try:
            found = importlib.metadata.version("checkov")
        except importlib.metadata.PackageNotFoundError as error:
            raise ToolMissing("checkov is not installed in this Python environment", hint=INSTALL_COMMAND) from error
        if found != _required():
            text = f"checkov {found} is installed in this Python environment, but modproof requires {_required()}"
            raise ToolMissing(text, hint=INSTALL_COMMAND)
        return found

    def identity(self) -> str:
        return self.version()

    def rules(self) -> RuleBook:
        """The rules in checkov's registries. checkov has no severities without a key to its vendor's platform."""
        self.version()
        titles: dict[str, list[str]] = {}
        found: dict[str, Any] = {}
        with one_at_a_time():
            sagemaker_rules()
            for module, name in _REGISTRIES.items():
                for _, check in getattr(imported(module), name).all_checks():
                    _add(titles, check)
                    found[str(check.id)] = check
            infra = imported("checkov.common.checks_infra.registry")
            graph = infra.get_graph_checks_registry("terraform")
            graph.load_checks()
            for check in graph.checks:
                _add(titles, check)
        return RuleBook(
            Rule(
                rule,
                tuple(known),
                _severity(rule, found.get(rule)),
                guideline=getattr(found.get(rule), "GUIDE", _GUIDE),
            )
            for rule, known in titles.items()
        )

    def offline_rules(self) -> None:
        return None

    def scan(self, stage: Stage) -> Sequence[RootScan]:
        self.version()
        with one_at_a_time():
            imported(_RUNNER)
            deadline = time.monotonic() + stage.timeout_seconds
            with parsed_once():
                return [_within(deadline, stage, index) for index in range(len(stage.roots))]


def _severity(rule: str, check: Any) -> str:
    """The severity of a rule; modproof's own ones have it themselves."""
    known = checkov_severities().get(rule)
    return str(getattr(check, "SEVERITY", "") or (known.severity if known else "UNKNOWN"))


def _within(deadline: float, stage: Stage, index: int) -> RootScan:
    """The scan of one root. An error of checkov is that of the root. Raises TimedOut at the ``deadline``."""
    folder = stage.roots[index].folder
    try:
        done = within(deadline, lambda: _scan_root(stage, index))
    except Failed as error:
        text = f"checkov failed in this folder, which was not checked: {error}"
        return RootScan(0, 0, errors=(Problem(text, Place(folder), "run it by hand there to see why"),))
    if done is None:
        raise too_slow("checkov", stage.timeout_seconds, [folder])
    return done


def _add(titles: dict[str, list[str]], check: Any) -> None:
    known = titles.setdefault(str(check.id), [])
    if str(check.name) not in known:
        known.append(str(check.name))


def _scan_root(stage: Stage, index: int) -> RootScan:
    own, folder = stage.settings.sagemaker_rules, str(stage.root_folder(index))
    done = run(_RUNNER, "terraform", with_sagemaker_rules=own, root_folder=folder)
    report = done.report
    return RootScan(
        checks=len(report.passed_checks) + len(report.failed_checks),
        resources=len(report.resources),
        findings=tuple(_findings(stage, report.failed_checks)),
        files=frozenset(_files(stage, [*report.passed_checks, *report.failed_checks])),
        errors=tuple(_errors(stage, report.parsing_errors)),
        rules=frozenset(str(record.check_id) for record in [*report.passed_checks, *report.failed_checks]),
        crashes=tuple(_crashes(stage, index, done.crashes)),
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


def _crashes(stage: Stage, index: int, found: Sequence[Crash]) -> Iterator[Problem]:
    for crash in found:
        at = stage.locate(os.path.normpath(f"{stage.root_folder(index)}{crash.file}"), crash.line)
        # a module that several folders call has one message
        address = Address.parse(crash.resource)
        text = str(replace(crash, resource=replace(address, modules=()).block) if address.name else crash)
        if crash.rule in sagemaker_rules():
            hint = "this is a bug of modproof: report it with the resource"
        else:
            hint = "checkov cannot evaluate what is written there: write it in a simpler way"
        yield Problem(text, Place(at.path, at.line) if at else Place(stage.roots[index].folder), hint)


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
