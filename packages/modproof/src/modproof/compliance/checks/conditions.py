"""Conditions on the arguments of a resource, for checkov and, as custom checks, for tfsec.

A path has the names of nested blocks and of an argument. A block may occur several times. Source of the form for tfsec:
https://aquasecurity.github.io/tfsec/v1.28.14/guides/configuration/custom-checks/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["AllOf", "AnyOf", "Condition", "EndsWith", "Equals", "Not", "Present", "StartsWith", "items", "value"]

Path = tuple[str, ...]


class Condition(Protocol):
    """What a resource must fulfil."""

    def holds(self, conf: Any) -> bool:
        """Whether the arguments ``conf``, as checkov passes them, fulfil it."""

    def match_spec(self) -> dict[str, Any]:
        """The ``matchSpec`` of a custom check of tfsec."""

    def paths(self) -> Iterator[Path]:
        """The paths that it reads."""


def items(conf: Any, *path: str) -> Iterator[Any]:
    """Every value at ``path``. Nested blocks are mappings or lists of them; checkov wraps values in lists."""
    if isinstance(conf, list):
        for item in conf:
            yield from items(item, *path)
    elif not path:
        if conf not in (None, "", "null"):
            yield conf
    elif isinstance(conf, dict):
        yield from items(conf.get(path[0]), *path[1:])


def value(conf: Any, *path: str) -> Any:
    """The first value at ``path``, or None."""
    return next(items(conf, *path), None)


@dataclass(frozen=True)
class Present:
    """There is a value at the path."""

    path: Path

    def __init__(self, *path: str) -> None:
        object.__setattr__(self, "path", path)

    def holds(self, conf: Any) -> bool:
        return value(conf, *self.path) is not None

    def match_spec(self) -> dict[str, Any]:
        return _nested(self.path, {"action": "isPresent"})

    def paths(self) -> Iterator[Path]:
        yield self.path


@dataclass(frozen=True)
class Equals:
    """The value at the path is ``wanted``. A value that is not known does not equal it."""

    path: Path
    wanted: str | bool

    def holds(self, conf: Any) -> bool:
        return str(value(conf, *self.path)).casefold() == str(self.wanted).casefold()

    def match_spec(self) -> dict[str, Any]:
        return _nested(self.path, {"action": "equals", "value": self.wanted})

    def paths(self) -> Iterator[Path]:
        yield self.path


@dataclass(frozen=True)
class StartsWith:
    """A text at the path begins with ``prefix``."""

    path: Path
    prefix: str

    def holds(self, conf: Any) -> bool:
        return any(str(each).startswith(self.prefix) for each in items(conf, *self.path))

    def match_spec(self) -> dict[str, Any]:
        return _nested(self.path, {"action": "startsWith", "value": self.prefix})

    def paths(self) -> Iterator[Path]:
        yield self.path


@dataclass(frozen=True)
class EndsWith:
    """A text at the path, or one of a list there, ends with ``suffix``. tfsec reads no lists."""

    path: Path
    suffix: str

    def holds(self, conf: Any) -> bool:
        return any(str(each).endswith(self.suffix) for each in items(conf, *self.path))

    def match_spec(self) -> dict[str, Any]:
        return _nested(self.path, {"action": "endsWith", "value": self.suffix})

    def paths(self) -> Iterator[Path]:
        yield self.path


@dataclass(frozen=True)
class Not:
    """The condition does not hold."""

    condition: Condition

    def holds(self, conf: Any) -> bool:
        return not self.condition.holds(conf)

    def match_spec(self) -> dict[str, Any]:
        return {"action": "not", "predicateMatchSpec": [self.condition.match_spec()]}

    def paths(self) -> Iterator[Path]:
        yield from self.condition.paths()


@dataclass(frozen=True)
class AllOf:
    """Every condition holds."""

    conditions: tuple[Condition, ...]

    def __init__(self, *conditions: Condition) -> None:
        object.__setattr__(self, "conditions", conditions)

    def holds(self, conf: Any) -> bool:
        return all(each.holds(conf) for each in self.conditions)

    def match_spec(self) -> dict[str, Any]:
        return {"action": "and", "predicateMatchSpec": [each.match_spec() for each in self.conditions]}

    def paths(self) -> Iterator[Path]:
        for each in self.conditions:
            yield from each.paths()


@dataclass(frozen=True)
class AnyOf:
    """A condition holds."""

    conditions: tuple[Condition, ...]

    def __init__(self, *conditions: Condition) -> None:
        object.__setattr__(self, "conditions", conditions)

    def holds(self, conf: Any) -> bool:
        return any(each.holds(conf) for each in self.conditions)

    def match_spec(self) -> dict[str, Any]:
        return {"action": "or", "predicateMatchSpec": [each.match_spec() for each in self.conditions]}

    def paths(self) -> Iterator[Path]:
        for each in self.conditions:
            yield from each.paths()


def _nested(path: Path, last: dict[str, Any]) -> dict[str, Any]:
    if len(path) == 1:
        return {"name": path[0], **last}
    return {"name": path[0], "action": "isPresent", "subMatch": _nested(path[1:], last)}
