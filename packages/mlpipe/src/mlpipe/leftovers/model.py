"""What the search yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mlpipe.prices import Cost

__all__ = ["Found", "Leftover", "Problem"]


@dataclass(frozen=True, slots=True)
class Found:
    """Something in the account, before it is known whether it is a leftover."""

    kind: str
    name: str
    arn: str
    status: str = ""
    created: datetime | None = None
    running: bool = False
    """whether it must be stopped before it can be deleted"""
    cost: Cost = field(default_factory=Cost)
    key: Mapping[str, str] = field(default_factory=dict)
    """the parameters of its delete call"""
    aliases: tuple[str, ...] = ()
    """other names by which it is used, such as an image with its tag"""
    tags: Mapping[str, str] | None = None
    """None if they have not been read"""
    owner: str = ""
    stays: str = ""
    """why it cannot be removed; empty if it can"""
    permanent: bool = False
    """whether AWS has no call to delete it, and it costs nothing"""
    billed: bool = False
    """whether it may cost something that only its details show"""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that should not be there."""

    found: Found
    started_by: str

    def document(self, now: datetime) -> dict[str, Any]:
        """The leftover as data. ``age_days`` is relative to ``now``."""
        found = self.found
        return {
            "kind": found.kind,
            "name": found.name,
            "arn": found.arn,
            "status": found.status,
            "created": found.created.isoformat() if found.created else None,
            "age_days": self.age_days(now),
            "started_by": self.started_by or None,
            "cost_class": found.cost.name,
            "usd_per_hour": _rounded(found.cost.hourly, 4),
            "usd_per_month": _rounded(found.cost.monthly, 2),
            "stays": found.stays or None,
        }

    def age_days(self, now: datetime) -> float | None:
        """The age in days; None if AWS does not record the time of creation."""
        if self.found.created is None:
            return None
        return round((now - self.found.created).total_seconds() / 86400, 1)


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of the account that could not be read."""

    kind: str
    text: str


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
