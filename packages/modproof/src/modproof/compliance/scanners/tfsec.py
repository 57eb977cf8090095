"""tfsec as a program: one run for all staged roots."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modproof.compliance.rules import RuleBook
from modproof.compliance.scanners.evaluation import belongs_to_root
from modproof.compliance.scanners.program import ProgramScanner, without_result
from modproof.compliance.scanners.protocol import RawFinding, RootScan
from modproof.compliance.scanners.tfsec_config import TFSEC_CONFIG
from modproof.compliance.scanners.tfsec_rules import tfsec_rules
from modproof.compliance.stage import Stage
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.results import Place, Problem

__all__ = ["Tfsec"]

_PASSED = 1
_PARSE_ERROR = re.compile(r"(?P<path>\S+\.tf(?:\.json)?):(?P<line>\d+)[,:\d-]*\s*:?\s*(?P<message>.*)")


class Tfsec(ProgramScanner):
    """Runs tfsec, which the toolchain finds or installs."""

    name = "tfsec"
    website = "https://github.com/aquasecurity/tfsec"
    config = TFSEC_CONFIG

    def rules(self) -> RuleBook:
        return tfsec_rules()

    def scan(self, stage: Stage) -> Sequence[RootScan]:
        completed = self._run(stage)
        unreadable: list[Problem] = []
        # A file that is not HCL ends the run without results. It is deleted from the stage and the scan repeated, so
        # that one broken module does not hide the others.
        while not completed.stdout.lstrip().startswith("{"):
            problem = _parse_problem(stage, completed.stdout + completed.stderr)
            if problem is None or problem in unreadable:
                raise without_result(self.name, completed)
            unreadable.append(problem)
            stage.remove(_path_of(problem))
            completed = self._run(stage)
        gathered = _by_root(stage, _results(completed))
        return [_root_scan(stage, index, found, unreadable) for index, found in enumerate(gathered)]

    def _run(self, stage: Stage) -> process.Completed:
        arguments = [str(stage.folder), "--force-all-dirs", "--no-module-downloads", "--no-ignores"]
        arguments += ["--include-passed", "--no-colour", "--format", "json"]
        return self._completed(stage, arguments, base_environment())


def _results(completed: process.Completed) -> list[dict[str, Any]]:
    try:
        return json.loads(completed.stdout)["results"] or []
    except (ValueError, KeyError, TypeError) as error:
        raise without_result("tfsec", completed) from error


def _by_root(stage: Stage, results: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    gathered: list[list[dict[str, Any]]] = [[] for _ in stage.roots]
    for result in results:
        place = result["location"]
        located = stage.locate(str(place["filename"]), int(place["start_line"]))
        if located is not None and belongs_to_root(stage, located, str(result["resource"])):
            gathered[located.root].append({**result, "file": located.path, "line": located.line})
    return gathered


def _root_scan(
    stage: Stage, index: int, results: Sequence[Mapping[str, Any]], unreadable: Sequence[Problem]
) -> RootScan:
    return RootScan(
        checks=len(results),
        resources=len({(result["file"], result["resource"], result["location"]["start_line"]) for result in results}),
        findings=tuple(_findings(results)),
        files=frozenset(str(result["file"]) for result in results),
        errors=tuple(problem for problem in unreadable if stage.reads(index, _path_of(problem))),
        rules=frozenset(str(result["long_id"]) for result in results),
    )


def _findings(results: Sequence[Mapping[str, Any]]) -> Iterator[RawFinding]:
    for result in results:
        if result["status"] != _PASSED:
            links = result.get("links") or [""]
            line = int(result["line"])
            yield RawFinding(str(result["long_id"]), str(result["file"]), line, str(result["resource"]), str(links[0]))


def _parse_problem(stage: Stage, output: str) -> Problem | None:
    for match in _PARSE_ERROR.finditer(output):
        located = stage.locate("/" + match["path"].lstrip("/"), int(match["line"]))
        if located is not None:
            message = match["message"].strip() or "is not valid HCL"
            return Problem(f"tfsec could not read this file: {message}", Place(located.path, located.line))
    return None


def _path_of(problem: Problem) -> str:
    return problem.place.path if problem.place else ""
