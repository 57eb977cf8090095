"""Trivy as a program: one run for all staged roots, with its embedded checks and without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from modproof.compliance.rules import Rule, RuleBook
from modproof.compliance.scanners.config import ScannerConfig
from modproof.compliance.scanners.evaluation import belongs_to_root
from modproof.compliance.scanners.program import ProgramScanner, without_result
from modproof.compliance.scanners.protocol import RawFinding, RootScan
from modproof.compliance.stage import Location, Stage
from modproof.core import process
from modproof.core.environment import base_environment
from modproof.core.results import Place, Problem
from modproof.hcl.closure import local_source
from modproof.hcl.reader import read_files

__all__ = ["Trivy", "trivy_rules"]

_NO_NETWORK = "http://127.0.0.1:9"
"""A proxy that refuses every connection: the port of the discard service."""
_UNREADABLE = re.compile(
    r'Error parsing file\t.*?\berr="(?P<path>[^":]+):(?P<line>\d+)[,\d-]*: (?P<message>(?:[^"\\]|\\.)*)"'
)
_IGNORE = re.compile(r"\b(?P<name>tfsec|trivy):ignore\b")
_MARGIN_SECONDS = 60


@cache
def trivy_rules() -> RuleBook:
    """The rules of Trivy, from a table that tools/trivy_rules.py generates: Trivy cannot list them."""
    text = resources.files("modproof.compliance").joinpath("data/trivy-rules.json").read_text(encoding="utf-8")
    return RuleBook(
        Rule(
            rule["id"],
            (rule["title"],),
            rule["severity"],
            tuple(rule["other"]),
            deprecated=rule.get("deprecated", False),
        )
        for rule in json.loads(text)
    )


class Trivy(ProgramScanner):
    """Runs Trivy, which the toolchain finds or installs."""

    name = "trivy"
    website = "https://trivy.dev/"
    config: ScannerConfig | None = None

    def rules(self) -> RuleBook:
        return trivy_rules()

    def scan(self, stage: Stage) -> Sequence[RootScan]:
        _prepare(stage.folder)
        completed = self._run(stage)
        results = _results(completed)
        unreadable = list(dict.fromkeys(_unreadable(stage, completed.stderr)))
        return [_root_scan(stage, index, results, unreadable) for index in range(len(stage.roots))]

    def _run(self, stage: Stage) -> process.Completed:
        with process.temporary_folder("trivy") as home:
            arguments = [
                "config", "--skip-check-update", "--skip-version-check", "--disable-telemetry",
                "--cache-dir", str(home), "--timeout", f"{int(stage.timeout_seconds) + _MARGIN_SECONDS}s",
                "--misconfig-scanners", "terraform", "--include-non-failures", "--format", "json", ".",
            ]  # fmt: skip
            return self._completed(stage, arguments, _environment(home))


def _environment(home: Path) -> dict[str, str]:
    """Trivy has no option against downloads of modules: no program to fetch one is on PATH, and the proxy refuses."""
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NO_NETWORK)
    return {**base_environment(), **proxies, "HOME": str(home), "XDG_CACHE_HOME": str(home), "PATH": ""}


def _prepare(folder: Path) -> None:
    """Disable ignore comments and sources of remote modules in the stage; the lines of a file stay the same."""
    for parent in {path.parent for path in folder.rglob("*.tf")}:
        for file in read_files(parent):
            text = file.path.read_text(encoding="utf-8", errors="surrogateescape")
            changed = _without_sources(_IGNORE.sub(r"\g<name>-ignore", text), file.blocks)
            if changed != text:
                file.path.write_text(changed, encoding="utf-8", errors="surrogateescape")


def _without_sources(text: str, blocks: Sequence[Any]) -> str:
    lines = text.split("\n")
    for block in blocks:
        source = block.attribute("source") if block.kind == "module" else None
        if source is not None and local_source(block) is None:
            at = source.line - 1
            lines[at] = lines[at].replace(source.text, '"./not-downloaded"')
    return "\n".join(lines)


def _results(completed: process.Completed) -> list[dict[str, Any]]:
    try:
        if completed.returncode == 0:
            return json.loads(completed.stdout).get("Results") or []
    except (ValueError, AttributeError):
        pass
    raise without_result("trivy", completed)


def _unreadable(stage: Stage, log: str) -> Iterator[Problem]:
    for match in _UNREADABLE.finditer(log):
        located = stage.locate(str(stage.folder / match["path"]), int(match["line"]))
        if located is not None:
            yield Problem(f"trivy could not read this file: {match['message']}", Place(located.path, located.line))


def _root_scan(
    stage: Stage, index: int, results: Sequence[Mapping[str, Any]], unreadable: Sequence[Problem]
) -> RootScan:
    """The scan of one root.

    Trivy reports passed checks for the folder of a root as a whole, so all files of a reported folder count as checked.
    """
    root = stage.roots[index]
    own = [result for result in results if str(result["Target"]).partition("/")[0] == str(index)]
    errors = [problem for problem in unreadable if problem.place and stage.reads(index, problem.place.path)]
    summaries = [result.get("MisconfSummary") or {} for result in own]
    checks = sum(each.get("Successes", 0) + each.get("Failures", 0) for each in summaries)
    if not any(result["Target"] == f"{index}/{root.folder}" or root.folder == "." for result in own) and not errors:
        errors.append(Problem("trivy did not evaluate this folder", Place(root.folder)))
    broken = {problem.place.path for problem in errors if problem.place}
    read = [file for folder in {path.parent for path in root.files} for file in read_files(folder)]
    return RootScan(
        checks=checks,
        resources=sum(block.kind in ("resource", "data") for file in read for block in file.blocks) if checks else 0,
        findings=tuple(finding for result in own for finding in _findings(stage, index, result)),
        files=frozenset(stage.shown(path) for path in root.files) - broken if checks else frozenset(),
        errors=tuple(errors),
        rules=frozenset(str(each["ID"]) for result in own for each in result.get("Misconfigurations") or ()),
    )


def _findings(stage: Stage, index: int, result: Mapping[str, Any]) -> Iterator[RawFinding]:
    for each in result.get("Misconfigurations") or ():
        if each["Status"] != "FAIL":
            continue
        cause = each["CauseMetadata"]
        located = stage.locate(str(stage.folder / str(result["Target"])), int(cause.get("StartLine") or 1))
        resource = str(cause.get("Resource") or "")
        if located is not None and _is_of_root(stage, index, located, resource):
            yield RawFinding(each["ID"], located.path, located.line, resource, str(each.get("PrimaryURL") or ""))


def _is_of_root(stage: Stage, index: int, located: Location, resource: str) -> bool:
    return located.root == index and belongs_to_root(stage, located, resource)
