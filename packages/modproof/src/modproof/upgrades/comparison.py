"""Compares the interfaces of a module at a release and in the checkout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from modproof.core.results import Bump, InterfaceChange, Place
from modproof.hcl.types import MISSING
from modproof.upgrades.interface import Condition, Input, Interface
from modproof.upgrades.narrowing import differences, same_value, shown

__all__ = ["compare"]

_LOWER_BOUND = re.compile(r"(?:>=?|~>|=)?\s*v?(\d+)")


def compare(module: str, old: Interface | None, new: Interface | None, *, root: Path) -> list[InterfaceChange]:
    """Every change between ``old`` and ``new``; None for a module that does not exist.

    Places are in the checkout below ``root``; a removed variable or output has none.
    """
    if old is None or new is None:
        removed = new is None
        return [InterfaceChange(module, "module", "removed module" if removed else "new module",
                                "major" if removed else "minor")]  # fmt: skip
    changes = [
        InterfaceChange(module, subject, what, bump, _place(subject, new, root))
        for subject, what, bump in (*_inputs(old, new), *_outputs(old, new), *_requirements(old, new))
    ]
    return changes + [
        InterfaceChange(module, found.subject, what, bump, Place(found.path.relative_to(root).as_posix(), found.line))
        for found, what, bump in _preconditions(old, new)
    ]


def _place(subject: str, new: Interface, root: Path) -> Place | None:
    kind, _, name = subject.partition(".")
    base = name.partition(".")[0].partition("[")[0]
    declared = new.inputs.get(base) if kind == "var" else new.outputs.get(base) if kind == "output" else None
    return Place(declared.path.relative_to(root).as_posix(), declared.line) if declared is not None else None


Change = tuple[str, str, Bump]


def _inputs(old: Interface, new: Interface) -> Iterator[Change]:
    for name, before in old.inputs.items():
        after = new.inputs.get(name)
        if after is None:
            yield f"var.{name}", "removed variable", "major"
        else:
            secret = before.sensitive or after.sensitive
            for subject, what, bump in _input(f"var.{name}", before, after):
                yield subject, _without_default(what) if secret else what, bump
    for name, after in new.inputs.items():
        if name not in old.inputs:
            required = after.default is MISSING
            yield (
                f"var.{name}",
                f"new {'required' if required else 'optional'} variable",
                ("major" if required else "minor"),
            )


def _without_default(what: str) -> str:
    """``what`` without the values of defaults."""
    return what.partition(":")[0] if what.startswith(("changed default:", "newly required:")) else what


def _input(subject: str, before: Input, after: Input) -> Iterator[Change]:
    if before.type_text != after.type_text:
        found = [(f"{subject}{path}", what, bump) for path, what, bump in differences(before.type, after.type)]
        if not found and before.type == after.type and before.type.kind == "value":
            # tuples, which have no structure here
            found = [(subject, f"type changed: {after.type_text}, before {before.type_text}", "major")]
        yield from found
    if before.default is not MISSING and after.default is MISSING:
        yield subject, f"newly required: the default was {shown(before.default)}", "major"
    elif before.default is MISSING and after.default is not MISSING:
        yield subject, "is now optional", "minor"
    elif not same_value(before.default, after.default):
        yield subject, f"changed default: {shown(after.default)}, before {shown(before.default)}", "major"
    if before.nullable != after.nullable:
        yield (
            subject,
            "is now nullable" if after.nullable else "narrower type: null means the default or is rejected",
            ("minor" if after.nullable else "major"),
        )
    if before.ephemeral != after.ephemeral:
        yield (
            subject,
            "accepts ephemeral values" if after.ephemeral else "no longer accepts ephemeral values",
            ("minor" if after.ephemeral else "major"),
        )
    if after.validations - before.validations:
        yield subject, "new or changed validation", "major"
    elif before.validations - after.validations:
        yield subject, "removed validation", "minor"


def _outputs(old: Interface, new: Interface) -> Iterator[Change]:
    for name, before in old.outputs.items():
        after = new.outputs.get(name)
        subject = f"output.{name}"
        if after is None:
            yield subject, "removed output", "major"
            continue
        if before.sensitive != after.sensitive:
            yield (
                subject,
                "is now sensitive" if after.sensitive else "is no longer sensitive",
                ("major" if after.sensitive else "minor"),
            )
        if before.ephemeral != after.ephemeral:
            yield subject, "is now ephemeral" if after.ephemeral else "is no longer ephemeral", "major"
    for name in new.outputs:
        if name not in old.outputs:
            yield f"output.{name}", "new output", "minor"


def _preconditions(old: Interface, new: Interface) -> Iterator[tuple[Condition, str, Bump]]:
    """Conditions that callers must meet now. One that only depends on new variables does not concern them."""
    before = {condition.text for condition in old.preconditions}
    for condition in new.preconditions:
        concerns_callers = not condition.variables or not condition.variables.isdisjoint(old.inputs)
        if condition.text not in before and concerns_callers:
            yield condition, "new or changed precondition", "major"


def _requirements(old: Interface, new: Interface) -> Iterator[Change]:
    for name in sorted({*old.requirements, *new.requirements}):
        before, after = old.requirements.get(name), new.requirements.get(name)
        subject = "terraform" if name == "terraform" else f"provider.{name}"
        if after is None:
            yield subject, "no longer required", "minor"
        elif before != after:
            what = f"requires {after or 'any version'}, before {before or 'any version'}"
            yield subject, what, "major" if _lowest_major(after) > _lowest_major(before) > 0 else "minor"


def _lowest_major(constraint: str | None) -> int:
    """The major version of the lower bound in a version constraint; 0 without one.

    Source: https://developer.hashicorp.com/terraform/language/expressions/version-constraints
    """
    bounds = [_LOWER_BOUND.match(part.strip()) for part in (constraint or "").split(",")]
    return max((int(bound[1]) for bound in bounds if bound), default=0)
