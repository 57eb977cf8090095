"""Compares the interfaces of a module at a release and in the checkout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from modproof.core.results import Bump, InterfaceChange, Place
from modproof.hcl.types import MISSING
from modproof.upgrades.interface import Condition, Input, Interface
from modproof.upgrades.narrowing import differences, same_value, shown
from modproof.upgrades.widening import accepts_all_of

__all__ = ["compare"]

_BOUND = re.compile(r"(?P<sign>[<>]=?|~>|!?=)?\s*v?(?P<major>\d+)(?P<rest>(?:\.\d+)*)[^,]*")


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
    for path, what, bump in differences(before.type, after.type):
        yield f"{subject}{path}", what, bump
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
    added = [condition for text, condition in after.validations.items() if text not in before.validations]
    if not all(_is_wider(condition, before.validations.values()) for condition in added):
        yield subject, "new or changed validation", "major"
    elif added:
        yield subject, "wider validation", "minor"
    elif before.validations.keys() - after.validations.keys():
        yield subject, "removed validation", "minor"


def _is_wider(condition: str, before: Iterable[str]) -> bool:
    return any(accepts_all_of(each, condition) for each in before)


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
            # that of another resource may not apply to the same callers
            same = (each.expression for each in old.preconditions if each.subject == condition.subject)
            if _is_wider(condition.expression, same):
                yield condition, "wider precondition", "minor"
            else:
                yield condition, "new or changed precondition", "major"


def _requirements(old: Interface, new: Interface) -> Iterator[Change]:
    for name in sorted({*old.requirements, *new.requirements}):
        before, after = old.requirements.get(name), new.requirements.get(name)
        subject = "terraform" if name == "terraform" else f"provider.{name}"
        if after is None:
            yield subject, "no longer required", "minor"
            continue
        version = before.version if before else ""
        if before is None or version != after.version:
            what = f"requires {after.version or 'any version'}, before {version or 'any version'}"
            yield subject, what, "major" if _lost_majors(version, after.version) else "minor"
        if before is not None and before.source != after.source:
            yield subject, f"is {after.source}, before {before.source}", "major"
        configurations = before.configurations if before else frozenset()
        for each in sorted(after.configurations - configurations):
            yield subject, f"callers must pass the configuration {each}", "major"
        for each in sorted(configurations - after.configurations):
            yield subject, f"callers can no longer pass the configuration {each}", "major"


def _lost_majors(before: str, after: str) -> list[int]:
    """The major versions that ``before`` names and allows, and ``after`` does not allow.

    A version constraint without an upper bound names only its lowest major version: later ones may not exist.
    """
    named = max((int(bound["major"]) for bound in _BOUND.finditer(before)), default=-1)
    return [major for major in range(named + 1) if _allows(before, major) and not _allows(after, major)]


def _allows(constraint: str, major: int) -> bool:
    """Whether a version constraint allows any version ``major.x.y``.

    Source: https://developer.hashicorp.com/terraform/language/expressions/version-constraints
    """
    return all(_bound_allows(bound, major) for bound in _BOUND.finditer(constraint))


def _bound_allows(bound: re.Match[str], major: int) -> bool:
    number, rest = int(bound["major"]), bound["rest"]
    match bound["sign"] or "=":
        case ">=" | ">":
            return major >= number
        case "<=":
            return major <= number
        case "<":
            return major < number or (major == number and any(int(part) for part in rest.split(".")[1:]))
        case "~>" if not rest:
            return major >= number
        case "!=":
            return True
        case _:
            return major == number
