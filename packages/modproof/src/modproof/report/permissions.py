"""The permissions of a deployer: as a table, as JSON, and as HCL."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from modproof import __version__
from modproof.core.counts import plural
from modproof.core.results import PermissionsResult
from modproof.report.layout import Screen
from modproof.report.scrub import scrub

__all__ = ["permissions_hcl", "permissions_json", "permissions_table"]

SCHEMA = 1


def permissions_table(results: Sequence[PermissionsResult], console: Console) -> None:
    """Print the actions of each story and phase with their resources, then the problems."""
    screen = Screen(console)
    for result in map(scrub, results):
        for phase, documents in result.policies.items():
            statements = [statement for document in documents for statement in document["Statement"]]
            actions = sum(len(statement["Action"]) for statement in statements)
            size = f"{plural(actions, 'action')}, {plural(len(documents), 'policy', 'policies')}"
            screen.heading(screen.printable(f"{result.story}: {phase} ({size})"))
            for statement in statements:
                screen.row(None, Text(screen.printable(", ".join(statement["Action"]))), indent=0)
                for resource in statement["Resource"]:
                    screen.unwrapped(Text(screen.printable(resource), style="cyan"))
        for problem in (*result.problems, *result.errors):
            hint = f"; {problem.hint}" if problem.hint else ""
            screen.row(result.outcome, Text(screen.printable(f"{problem.message}{hint}")), indent=0)
        for note in result.notes:
            screen.row(None, Text(screen.printable(note)), indent=0)
        if result.calls and not result.problems:
            text = f"{result.story}: allows all {result.calls} recorded calls, and every action is needed"
            screen.row(result.outcome, Text(screen.printable(text)), indent=0)


def permissions_json(results: Sequence[PermissionsResult]) -> str:
    """Schema 1: ``stories``, by name: ``outcome``, ``policies`` (``plan`` and ``apply``: lists of IAM policies),
    ``calls``, ``notes`` and ``problems``. With ``--module``, the names are those of modules. Policies contain
    ``${account_id}``, ``${region}`` and ``${input}``.
    """
    stories = {
        result.story: {
            "outcome": result.outcome.value,
            "calls": result.calls,
            "policies": {phase: list(documents) for phase, documents in result.policies.items()},
            "notes": list(result.notes),
            "problems": [problem.message for problem in (*result.problems, *result.errors)],
        }
        for result in map(scrub, results)
    }
    document = {"schema": SCHEMA, "modproof": __version__, "stories": stories}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def permissions_hcl(results: Sequence[PermissionsResult]) -> str:
    """An ``aws_iam_policy_document`` for each policy. Inputs are variables: ``${var.name}``."""
    blocks: list[str] = []
    for result in map(scrub, results):
        blocks += [f"# {note}\n" for note in result.notes]
        for phase, documents in result.policies.items():
            for number, document in enumerate(documents, start=1):
                suffix = f"_{number}" if len(documents) > 1 else ""
                name = re.sub(r"\W|^(?=\d)", "_", f"{result.story}_{phase}{suffix}")
                statements = "\n".join(_hcl_statement(statement) for statement in document["Statement"])
                blocks.append(f'data "aws_iam_policy_document" "{name}" {{\n{statements}}}\n')
    return "\n".join(blocks)


def _hcl_statement(statement: dict[str, object]) -> str:
    lines = ["  statement {", f"    actions   = {_hcl_list(statement['Action'])}"]
    lines.append(f"    resources = {_hcl_list(statement['Resource'])}")
    condition = statement.get("Condition")
    if isinstance(condition, dict):
        for test, keys in condition.items():
            for key, value in keys.items():
                values = value if isinstance(value, list) else [value]
                lines += ["", "    condition {", f'      test     = "{test}"', f'      variable = "{key}"']
                lines += [f"      values   = {_hcl_list(values, indent=6)}", "    }"]
    return "\n".join([*lines, "  }\n"])


def _hcl_list(values: object, indent: int = 4) -> str:
    assert isinstance(values, list)
    written = [json.dumps(re.sub(r"\$\{([\w.-]+)\}", r"${var.\1}", value), ensure_ascii=False) for value in values]
    if len(written) == 1:
        return f"[{written[0]}]"
    space = " " * indent
    return "[\n" + "".join(f"{space}  {value},\n" for value in written) + f"{space}]"
