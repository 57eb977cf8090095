"""Estimates of cost from a dated price list. AWS's bill is what counts: discounts and regions differ."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, ValidationError

from mlpipe.errors import ConfigurationError

__all__ = ["HOURS_PER_MONTH", "Cost", "Prices"]

HOURS_PER_MONTH = 730
"""what AWS's pricing calculator counts"""

_GIB = 1024**3
_CLASSES = ((0.0, "none"), (0.25, "low"), (1.5, "medium"))


@dataclass(frozen=True, slots=True)
class Cost:
    """USD per hour; None if the price list has no price for it."""

    hourly: float | None = 0.0

    @property
    def monthly(self) -> float | None:
        """USD per month of 730 hours."""
        return None if self.hourly is None else self.hourly * HOURS_PER_MONTH

    @property
    def name(self) -> str:
        """``none``, ``low`` (up to 0.25 USD an hour), ``medium`` (up to 1.50), ``high`` or ``unknown``."""
        if self.hourly is None:
            return "unknown"
        return next((name for limit, name in _CLASSES if (self.hourly or 0.0) <= limit), "high")

    def plus(self, other: Cost) -> Cost:
        """The sum; unknown if one of them is."""
        known = self.hourly is not None and other.hourly is not None
        return Cost((self.hourly or 0.0) + (other.hourly or 0.0) if known else None)


class Prices(BaseModel):
    """A price list: its date, region and source, and USD prices."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: str
    region: str
    source: str
    currency: Literal["USD"] = "USD"
    instances_per_hour: dict[str, NonNegativeFloat]
    storage_per_gb_month: dict[str, NonNegativeFloat]

    @classmethod
    def load(cls, path: Path | None = None) -> Prices:
        """Read ``path``, or the list of the package. Raises ConfigurationError if it is not a price list."""
        if path is None:
            return cls.model_validate_json(resources.files("mlpipe").joinpath("prices.json").read_text("utf-8"))
        try:
            return cls.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror}") from error
        except (ValidationError, ValueError) as error:
            raise ConfigurationError(f"{path}: not a price list: {' '.join(str(error).split())}") from error

    def instances(self, instance_type: str, count: float = 1) -> Cost:
        """The cost of ``count`` running instances. Apps name the type ``system`` while they cost nothing."""
        if instance_type == "system" or count == 0:
            return Cost()
        price = self.instances_per_hour.get(instance_type)
        return Cost(None if price is None else price * count)

    def storage(self, kind: str, *, size_bytes: float = 0, gigabytes: float = 0) -> Cost:
        """The cost of stored data."""
        price = self.storage_per_gb_month.get(kind)
        size = gigabytes + size_bytes / _GIB
        return Cost(None if price is None else price * size / HOURS_PER_MONTH)

    @property
    def basis(self) -> str:
        """One sentence for reports."""
        return f"estimates from list prices of {self.region}, {self.date} ({self.source})"
