"""Takes over the tests in ``tftest.yaml``: a module, and a case for each set of tfvars files.

Source: https://github.com/GoogleCloudPlatform/cloud-foundation-fabric/blob/master/CONTRIBUTING.md
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modproof.cases.sources.calls import ModuleCall, readable
from modproof.core.documents import read
from modproof.core.errors import ConfigurationError
from modproof.core.project import Project
from modproof.hcl.evaluation import Configuration
from modproof.hcl.module import Module
from modproof.hcl.reader import Attribute, Block
from modproof.run.scaffold import tfvars

__all__ = ["tests_of"]


def tests_of(project: Project, module: Module) -> tuple[list[ModuleCall], list[str]]:
    """The tests of ``module`` in the project's folder ``tests``, and notes on all files."""
    calls: list[ModuleCall] = []
    notes: list[str] = []
    for path in sorted((project.root / "tests").rglob("tftest.yaml")):
        shown = project.relative(path)
        try:
            data = read(path, shown).data
            if not isinstance(data, Mapping) or not _is_about(data.get("module"), project, module):
                continue
            tests = data.get("tests")
            found = [_test(path, data, str(name), test) for name, test in tests.items()] if tests else []
        except (ConfigurationError, AttributeError, TypeError) as error:
            notes.append(f"{shown}: left out: {error}")
            continue
        calls += found
        notes.append(f"{shown}: took over {len(found)} tests, without their inventories")
    return calls, notes


def _is_about(written: Any, project: Project, module: Module) -> bool:
    return isinstance(written, str) and (project.root / written).resolve() == module.folder.resolve()


def _test(path: Path, data: Mapping[str, Any], name: str, test: Any) -> ModuleCall:
    files = [*data.get("common_tfvars", ()), *((test or {}).get("tfvars") or [f"{name}.tfvars"])]
    given: dict[str, Attribute] = {}
    for file in files:
        given |= tfvars.read(path.parent / file)
    block = Block("module", (path.parent.name,), 1, 1, list(given.values()))
    return ModuleCall(readable(name), block, Configuration(path.parent, []), path, origin=readable(name))
