"""Evaluates the probes with Terraform: one run over all cases, without a provider.

The probes of a module are written to a separate module: its variables without validations, the locals that the probes
depend on, and one output with the results. It plans in a second, as it has no resources.
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
Outcomes = dict[str, set[bool]]
"""The outcomes by probe."""
_KEPT = ("type", "default", "nullable", "sensitive")
_OUTPUT = "modproof_outcomes"
_ROUNDS = 4


class Probed:
    """The outcomes of the probes by case id and probe; ``failed`` has the error of each probe without a result."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcomes] = {}
        self.failed: dict[str, str] = {}

    def of(self, case_id: str, branch: Branch) -> set[bool]:
        """The outcomes of ``branch`` in a case."""
        return self.outcomes.get(case_id, {}).get(branch.probe, set())


class _ProbeModule:
    """The files of one module's probes. ``lines`` maps lines of the output to probes."""

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
        """The probes that ``diagnostic`` is about; all of them if its line does not say."""
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
    """Evaluate the probes of ``modules``, by module name, for ``cases``, which must plan, in the empty ``folder``.

    Probes that Terraform rejects are dropped and the rest evaluated again. Raises CommandFailed or TimedOut when
    Terraform fails for another reason.
    """
    result = Probed()
    probe_modules: dict[str, _ProbeModule] = {}
    for name, (module, branches, found) in modules.items():
        probes = list(dict.fromkeys(branch.probe for branch in found if branch.probe))
        if probes and any(case.module == name for case in cases):
            probe_modules[name] = _ProbeModule(module, branches, probes)
    for attempt in range(_ROUNDS):
        probe_modules = {name: probe_module for name, probe_module in probe_modules.items() if probe_module.probes}
        probed = [case for case in cases if case.module in probe_modules]
        if not probed:
            return result
        root = folder / str(attempt)
        _write(root, probe_modules, probed)
        terraform = make_terraform(root)
        errors = terraform.initialise()
        if not errors:
            errors = terraform.plan_to(root / "probes.tfplan", arguments=("-refresh=false", "-lock=false")).errors
        if not errors:
            answers = terraform.show_plan(root / "probes.tfplan")
            result.outcomes = {case.id: _outcomes(case, probe_modules[case.module].probes, answers) for case in probed}
            return result
        _drop(errors, probe_modules, probed, result)
    raise CommandFailed("the conditionals of the modules could not be evaluated: Terraform rejected the probes")


def _write(root: Path, probe_modules: Mapping[str, _ProbeModule], cases: Sequence[Case]) -> None:
    folders = {name: f"./modules/{index}" for index, name in enumerate(probe_modules)}
    for name, probe_module in probe_modules.items():
        probe_module.write(root / folders[name])
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


def _drop(
    errors: Sequence[Diagnostic], probe_modules: Mapping[str, _ProbeModule], cases: Sequence[Case], result: Probed
) -> None:
    """Drop the probes that Terraform rejects: all of a module's if the error is in another file."""
    by_folder = {f"modules/{index}/": name for index, name in enumerate(probe_modules)}
    by_key = {case_key(case): case.module for case in cases}
    guilty: Counter[str] = Counter()
    for error in errors:
        filename = error.filename or ""
        own = next((name for prefix, name in by_folder.items() if filename.startswith(prefix)), None)
        name = own or by_key.get(filename.removesuffix(".tf.json"))
        if name is None:
            raise CommandFailed(f"the conditionals of the modules could not be evaluated: {error.text}")
        for text in probe_modules[name].blame(error):
            result.failed.setdefault(text, error.text)
        guilty[name] += 1
    for name in guilty:
        probe_modules[name].probes[:] = [text for text in probe_modules[name].probes if text not in result.failed]


def _outcomes(case: Case, probes: Sequence[str], plan: Mapping[str, Any]) -> Outcomes:
    change = plan.get("output_changes", {}).get(case_key(case), {})
    after, unknown = change.get("after"), change.get("after_unknown", False)
    outcomes: Outcomes = {}
    for index, text in enumerate(probes):
        hidden = unknown[index] if isinstance(unknown, list) and index < len(unknown) else unknown
        answer = after[index] if isinstance(after, list) and index < len(after) else None
        if hidden is not True and isinstance(answer, list):
            outcomes[text] = {outcome for outcome in answer if isinstance(outcome, bool)}
    return outcomes
