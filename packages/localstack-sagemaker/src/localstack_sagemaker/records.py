"""What is stored of one resource, and the statuses it still has before it. Plain data: LocalStack may pickle it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

__all__ = ["DueStage", "Key", "Record", "Stage"]

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a resource's life.

    `status` None means that the resource is gone. `after` is how long AWS takes to get here from the step
    before, in seconds; the clock scales it. `changes` are set on the resource on arrival; None removes one.
    """

    status: str | None
    after: float = 0.0
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DueStage:
    """A stage with the moment (epoch seconds of the account's clock) at which it is reached."""

    due: float
    stage: Stage


@dataclass(slots=True)
class Record:
    """One resource: `attributes` in the words of its Describe answer, `private` what no answer shows."""

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
        """The last part of the key: what AWS's messages call the resource."""
        return self.key[-1]
