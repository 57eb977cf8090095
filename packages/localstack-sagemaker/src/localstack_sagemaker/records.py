"""The stored form of a resource and its scheduled stages. Plain data: LocalStack may pickle it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

__all__ = ["DueStage", "Failure", "Key", "Record", "Stage"]

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a resource's lifecycle.

    `status` None means that the resource is deleted. `after` is AWS's duration since the previous stage, in
    seconds; the clock scales it. `changes` are attributes set with the status; None removes one.
    """

    status: str | None
    after: float = 0.0
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a resource fails, and after how many of its stages."""

    reason: str
    after: int


@dataclass(frozen=True, slots=True)
class DueStage:
    """A stage and its due time, in epoch seconds of the account's clock."""

    due: float
    stage: Stage


@dataclass(slots=True)
class Record:
    """One resource: `attributes` are named as in its Describe response, `private` is never returned."""

    noun: str
    key: Key
    arn: str
    attributes: dict[str, Any]
    created: datetime.datetime
    modified: datetime.datetime
    tags: dict[str, str] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)
    ahead: list[DueStage] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The last part of the key: the name in AWS's messages."""
        return self.key[-1]
