"""Lets Terraform work the probes out: one run over all cases, without any provider.

A module's probes go into a module of their own: its variables without their rules, the locals that the probes need,
and one output with the answers. So it plans in a second what the real modules would need a provider for.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modproof.cases.arguments import case_key, escape, hide_unknown
from modproof.cases.model import Case
from modproof.core.errors import CommandFailed
from modproof.coverage.branches import Branch, Branches
from modproof.hcl.module import Module, Variable
from modproof.terraform.runner import Diagnostic, Terraform

__all__ = ["Probed", "probe"]

MakeTerraform = Callable[[Path], Terraform]
Ways = dict[str, set[bool]]
"""By probe, the ways that were taken."""
_KEPT = ("type", "default", "nullable", "sensitive")
_OUTPUT = "modproof_ways"
_ROUNDS = 4


class Probed:
    """Which ways the cases took, by case id and probe; ``failed`` says of a probe why it has no answer."""

    def __init__(self) -> None:
        self.ways: dict[str, Ways] = {}
        self.failed: dict[str, str] = {}

    def taken(self, case_id: str, branch: Branch) -> set[bool]:
        """The ways that a case took at ``branch``."""
        return self.ways.get(case_id, {}).get(branch.probe, set())


class _Shadow:
    """The files of one module's probes. ``lines`` says which probe stands on a line of the output."""

    def __init__(self, module: Module, branches: Branches, probes: Sequence[str]) -> None:
        self.module = module
        self.branches = branches
        self.probes = list(probes)
        self.lines: dict[int, str] = {}

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        variables = "\n".join(_declaration(variable) for variable in self.module.variables)
        named = "".join(f"  {name} = {text}\n" for name, text in self.branches.locals_of(self.probes).items())
        (folder / "variables.tf").write_text(variables, encoding="utf-8")
        (folder / "locals.tf").write_text(f"locals {{\n{named}}}\n", encoding="utf-8")
        rows = [f'output "{_OUTPUT}" {{', "  sensitive = true", "  value = ["]
        self.lines.clear()
        for text in self.probes:
            for row in f"{text},".split("\n"):
                rows.append(row)
                self.lines[len(rows)] = text
        (folder / "outputs.tf").write_text("\n".join([*rows, "  ]", "}", ""]), encoding="utf-8")

    def blame(self, diagnostic: Diagnostic) -> list[str]:
        """The probes that ``diagnostic`` is about; all of them where it cannot be told."""
        known = diagnostic.line if (diagnostic.filename or "").endswith("outputs.tf") else None
        return [self.lines[known]] if known in self.lines else list(self.probes)


def _declaration(variable: Variable) -> str:
    kept = [f"  {a.name} = {a.text}" for a in variable.block.attributes if a.name in _KEPT]
    return "\n".join([f'variable "{variable.name}" {{', *kept, "}", ""])


def probe(
    modules: Mapping[str, tuple[Module, Branches, Sequence[Branch]]],
    cases: Sequence[Case],
    folder: Path,
    make_terraform: MakeTerraform,
) -> Probed:
    """Work out which ways ``cases`` (which plan) take in ``modules``, by module name, in the empty ``folder``.

    Raises CommandFailed or TimedOut when Terraform cannot be run.
    """
    result = Probed()
    shadows: dict[str, _Shadow] = {}
    for name, (module, branches, found) in modules.items():
        probes = list(dict.fromkeys(branch.probe for branch in found if branch.probe))
        if probes and any(case.module == name for case in cases):
            shadows[name] = _Shadow(module, branches, probes)
    for attempt in range(_ROUNDS):
        shadows = {name: shadow for name, shadow in shadows.items() if shadow.probes}
        probed = [case for case in cases if case.module in shadows]
        if not probed:
            return result
        root = folder / str(attempt)
        _write(root, shadows, probed)
        terraform = make_terraform(root)
        errors = terraform.initialise()
        if not errors:
            errors = terraform.plan_to(root / "probes.tfplan", arguments=("-refresh=false", "-lock=false")).errors
        if not errors:
            answers = terraform.show_plan(root / "probes.tfplan")
            result.ways = {case.id: _ways(case, shadows[case.module].probes, answers) for case in probed}
            return result
        _drop(errors, shadows, probed, result)
    raise CommandFailed("the branches of the modules could not be worked out: Terraform refused the probes")


def _write(root: Path, shadows: Mapping[str, _Shadow], cases: Sequence[Case]) -> None:
    folders = {name: f"./modules/{index}" for index, name in enumerate(shadows)}
    for name, shadow in shadows.items():
        shadow.write(root / folders[name])
    for case in cases:
        key = case_key(case)
        resources, arguments = hide_unknown(key, case)
        content: dict[str, Any] = {
            "module": {key: {"source": escape(folders[case.module]), **arguments}},
            "output": {key: {"value": f"${{module.{key}.{_OUTPUT}}}", "sensitive": True}},
        }
        if resources:
            content["resource"] = {"terraform_data": resources}
        (root / f"{key}.tf.json").write_text(json.dumps(content), encoding="utf-8")


def _drop(errors: Sequence[Diagnostic], shadows: Mapping[str, _Shadow], cases: Sequence[Case], result: Probed) -> None:
    """Take out the probes that Terraform refuses: all of a module's where the error stands elsewhere."""
    by_folder = {f"modules/{index}/": name for index, name in enumerate(shadows)}
    by_key = {case_key(case): case.module for case in cases}
    guilty: Counter[str] = Counter()
    for error in errors:
        filename = error.filename or ""
        own = next((name for prefix, name in by_folder.items() if filename.startswith(prefix)), None)
        name = own or by_key.get(filename.removesuffix(".tf.json"))
        if name is None:
            raise CommandFailed(f"the branches of the modules could not be worked out: {error.text}")
        for text in shadows[name].blame(error):
            result.failed.setdefault(text, error.text)
        guilty[name] += 1
    for name in guilty:
        shadows[name].probes[:] = [text for text in shadows[name].probes if text not in result.failed]


def _ways(case: Case, probes: Sequence[str], plan: Mapping[str, Any]) -> Ways:
    change = plan.get("output_changes", {}).get(case_key(case), {})
    after, unknown = change.get("after"), change.get("after_unknown", False)
    ways: Ways = {}
    for index, text in enumerate(probes):
        hidden = unknown[index] if isinstance(unknown, list) and index < len(unknown) else unknown
        answer = after[index] if isinstance(after, list) and index < len(after) else None
        if hidden is not True and isinstance(answer, list):
            ways[text] = {way for way in answer if isinstance(way, bool)}
    return ways
