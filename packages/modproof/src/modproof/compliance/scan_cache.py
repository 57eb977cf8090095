"""Cached scans, by the scanned files or plan and the scanner."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from modproof import __version__, toolchain
from modproof.compliance.roots import Root, circular_call
from modproof.compliance.rules import Rule, RuleBook
from modproof.compliance.scanners import PlanFinding, PlanScan, RawFinding, RootScan, Scanner
from modproof.compliance.stage import Stage
from modproof.core.cache import Cache, file_digest, key_of
from modproof.core.process import temporary_folder
from modproof.core.project import Project, Settings
from modproof.core.results import Place, Problem

__all__ = ["plan_scans_of", "rules_of", "scans_of"]

_HERE = Path(__file__).parent
_SOURCES = (
    *(_HERE / f"{name}.py" for name in ("roots", "scan_cache", "stage", "staged_text")),
    *sorted((_HERE / "checks").glob("*.py")),
    *sorted((_HERE / "scanners").glob("*.py")),
    *sorted(path for path in (_HERE / "data").iterdir() if path.is_file()),
)
"""The files that determine the content of an entry. A change to them invalidates the cache."""

_rules: dict[str, RuleBook] = {}


def _cache() -> Cache:
    return Cache(toolchain.cache_folder() / "compliance")


def _key(scanner: Scanner, *parts: object) -> str:
    code = [file_digest(path) for path in _SOURCES]
    return key_of([__version__, code, scanner.name, scanner.identity(), *parts])


def rules_of(scanner: Scanner) -> RuleBook:
    """The scanner's rules, cached on disk because checkov takes seconds to list them."""
    key = _key(scanner, "rules")
    if key not in _rules:
        entry = _cache().get(key)
        if entry is None:
            book = scanner.rules()
            _cache().put(key, {"rules": [asdict(rule) for rule in book]})
        else:
            book = RuleBook(
                Rule(**{**rule, "titles": tuple(rule["titles"]), "names": tuple(rule["names"])})
                for rule in entry["rules"]
            )
        _rules[key] = book
    return _rules[key]


def scans_of(scanner: Scanner, project: Project, roots: Sequence[Root]) -> list[RootScan]:
    """The scan of each root, in the order of ``roots``. Only changed roots are scanned.

    A root with a file that could not be read is never cached. A root with modules that call each other in a circle is
    not scanned.
    """
    cache = _cache()
    keys = [_key(scanner, project.settings.sagemaker_rules, root.digest(project)) for root in roots]
    scans: dict[int, RootScan] = {}
    for index, key in enumerate(keys):
        entry = cache.get(key)
        if entry is not None:
            scans[index] = _from_entry(entry)
    for index in set(range(len(roots))) - set(scans):
        problem = _circle(scanner, project, roots[index])
        if problem is not None:
            scans[index] = RootScan(0, 0, errors=(problem,))
    missing = [index for index in range(len(roots)) if index not in scans]
    if missing:
        with temporary_folder("scan") as folder:
            fresh = scanner.scan(Stage(folder, project, [roots[index] for index in missing]))
        for index, scan in zip(missing, fresh, strict=True):
            scans[index] = scan
            if not (scan.errors or scan.crashes):
                cache.put(keys[index], _to_entry(scan))
        cache.prune()
    return [scans[index] for index in range(len(roots))]


def _circle(scanner: Scanner, project: Project, root: Root) -> Problem | None:
    found = circular_call(project, root)
    if found is None:
        return None
    place, folders = found
    text = f"{scanner.name} did not check this folder: modules call each other in a circle, {' -> '.join(folders)}"
    return Problem(text, Place(root.folder), f"remove the call at {place}: terraform cannot load it")


def plan_scans_of(scanner: Scanner, plans: Sequence[Mapping[str, Any]], settings: Settings) -> list[PlanScan]:
    """The scan of each plan, in the order of ``plans``. Only changed plans are scanned; an error is not cached."""
    assert scanner.plans is not None
    cache = _cache()
    texts = [json.dumps({name: plan[name] for name in _SCANNED if name in plan}, indent=1) for plan in plans]
    keys = [_key(scanner, "plan", settings.sagemaker_rules, text) for text in texts]
    scans = {index: _plan_scan(entry) for index, key in enumerate(keys) if (entry := cache.get(key)) is not None}
    missing = [index for index in range(len(plans)) if index not in scans]
    if missing:
        with temporary_folder("scan") as folder:
            files = [folder / f"{index}.json" for index in missing]
            for index, file in zip(missing, files, strict=True):
                file.write_text(texts[index], encoding="utf-8")
            fresh = scanner.plans.scan(files, settings)
        for index, scan in zip(missing, fresh, strict=True):
            scans[index] = scan
            if not (scan.error or scan.crashes):
                cache.put(keys[index], asdict(scan))
        cache.prune()
    return [scans[index] for index in range(len(plans))]


_SCANNED = ("format_version", "terraform_version", "planned_values", "resource_changes", "configuration")
"""The parts of a plan that scanners read. Others, such as variables, may differ without an effect."""


def _plan_scan(entry: Mapping[str, Any]) -> PlanScan:
    findings = (PlanFinding(**{**each, "attributes": tuple(each["attributes"])}) for each in entry["findings"])
    return PlanScan(entry["checks"], entry["resources"], tuple(findings))


def _to_entry(scan: RootScan) -> dict[str, Any]:
    return {
        "checks": scan.checks,
        "resources": scan.resources,
        "findings": [asdict(finding) for finding in scan.findings],
        "files": sorted(scan.files),
        "rules": sorted(scan.rules),
    }


def _from_entry(entry: dict[str, Any]) -> RootScan:
    findings = tuple(RawFinding(**finding) for finding in entry["findings"])
    rules = frozenset(entry["rules"])
    return RootScan(entry["checks"], entry["resources"], findings, frozenset(entry["files"]), rules=rules)
