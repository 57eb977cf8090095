"""Whether a shadow variant is as good as production, with 95 % confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, variance

from mlpipe.shadow.metrics import Traffic

__all__ = ["Comparison", "Interval", "Limits", "compare"]

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much data is enough, and how much worse a shadow variant may be."""

    min_invocations: int = 1000
    """of each variant"""
    min_intervals: int = 30
    """intervals with a latency, of each variant; the normal approximation needs that many"""
    error_points: float = 0.5
    """percentage points of errors"""
    latency_percent: float = 10.0


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference, shadow minus production, and its 95 % confidence interval."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result. ``verdict`` is ``within limits``, ``worse``, ``undecided`` or ``too little data``."""

    production: Traffic
    shadow: Traffic
    errors: Interval | None
    """percentage points"""
    latency: Interval | None
    """milliseconds"""
    verdict: str
    reasons: tuple[str, ...]

    @property
    def may_be_promoted(self) -> bool:
        """Whether the data shows that the shadow variant is within the limits."""
        return self.verdict == "within limits"


def compare(production: Traffic, shadow: Traffic, limits: Limits) -> Comparison:
    """Compare error rates and latencies."""
    lacking = tuple(_lacking(production, limits) + _lacking(shadow, limits))
    if lacking:
        return Comparison(production, shadow, None, None, "too little data", lacking)
    errors = _proportions(production, shadow)
    latency = _means(production.latencies, shadow.latencies)
    allowed = fmean(production.latencies) * limits.latency_percent / 100
    judged = {
        f"errors may rise by {limits.error_points:g} percentage points": (errors, limits.error_points),
        f"latency may rise by {allowed:.3g} ms": (latency, allowed),
    }
    worse = tuple(
        f"{words}, and rose by at least {one.low:.3g}" for words, (one, limit) in judged.items() if one.low > limit
    )
    unsure = tuple(
        f"{words}, and may have risen by {one.high:.3g}" for words, (one, limit) in judged.items() if one.high > limit
    )
    verdict = "worse" if worse else "undecided" if unsure else "within limits"
    return Comparison(production, shadow, errors, latency, verdict, worse or unsure)


def _lacking(traffic: Traffic, limits: Limits) -> list[str]:
    found = []
    if traffic.invocations < limits.min_invocations:
        found.append(f"{traffic.variant} has {traffic.invocations:g} invocations, expected {limits.min_invocations}")
    if len(traffic.latencies) < limits.min_intervals:
        found.append(f"{traffic.variant} has {len(traffic.latencies)} intervals, expected {limits.min_intervals}")
    return found


def _proportions(production: Traffic, shadow: Traffic) -> Interval:
    """The difference of two proportions in percentage points, with Newcombe's interval from Wilson's scores.

    Method 10 of Newcombe, Statistics in Medicine 17 (1998), 873-890: it also holds for few or no errors.
    """
    p, q = (min(1.0, one.errors / one.invocations) for one in (shadow, production))
    (p_low, p_high), (q_low, q_high) = _wilson(p, shadow.invocations), _wilson(q, production.invocations)
    difference = p - q
    low = difference - sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
    high = difference + sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
    return Interval(100 * difference, 100 * low, 100 * high)


def _wilson(rate: float, count: float) -> tuple[float, float]:
    middle = rate + _Z**2 / (2 * count)
    spread = _Z * sqrt(rate * (1 - rate) / count + _Z**2 / (4 * count**2))
    scale = 1 + _Z**2 / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def _means(production: Sequence[float], shadow: Sequence[float]) -> Interval:
    """The difference of the means of intervals, with unequal variances (Welch) and a normal approximation."""
    difference = fmean(shadow) - fmean(production)
    spread = _Z * sqrt(variance(shadow) / len(shadow) + variance(production) / len(production))
    return Interval(difference, difference - spread, difference + spread)
