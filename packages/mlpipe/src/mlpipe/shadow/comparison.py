"""Whether a shadow variant is as good as production, with 95 % confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, variance

from mlpipe.shadow.answers import Answers
from mlpipe.shadow.metrics import Traffic

__all__ = ["Comparison", "Interval", "Limits", "Share", "compare"]

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
    min_answers: int = 100
    """captured responses of both variants to the same requests, where capture is on"""
    agreement_percent: float = 0.0
    """how many of them must agree; 0 only reports it"""


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference, shadow minus production, and its 95 % confidence interval."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A share in percent, and its 95 % confidence interval."""

    percent: float
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
    answers: Answers | None
    """None if responses are not captured"""
    agreement: Share | None
    verdict: str
    reasons: tuple[str, ...]

    @property
    def may_be_promoted(self) -> bool:
        """Whether the data shows that the shadow variant is within the limits."""
        return self.verdict == "within limits"


def compare(production: Traffic, shadow: Traffic, limits: Limits, answers: Answers | None = None) -> Comparison:
    """Compare error rates and latencies, and ``answers`` if responses are captured."""
    lacking = tuple(_lacking(production, limits) + _lacking(shadow, limits) + _lacking_answers(answers, limits))
    if lacking:
        return Comparison(production, shadow, None, None, answers, None, "too little data", lacking)
    errors = _proportions(production, shadow)
    latency = _means(production.latencies, shadow.latencies)
    agreement = _share(answers) if answers and answers.compared else None
    worse, unsure = _judged(production, limits, errors, latency)
    if agreement and agreement.high < limits.agreement_percent:
        worse += (f"{limits.agreement_percent:g} % of the answers must agree, and at most {agreement.high:.3g} % do",)
    elif agreement and agreement.low < limits.agreement_percent:
        unsure += (f"{limits.agreement_percent:g} % of the answers must agree, and maybe {agreement.low:.3g} % do",)
    verdict = "worse" if worse else "undecided" if unsure else "within limits"
    return Comparison(production, shadow, errors, latency, answers, agreement, verdict, worse or unsure)


def _judged(
    production: Traffic, limits: Limits, errors: Interval, latency: Interval
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is worse, and what may be."""
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
    return worse, unsure


def _lacking_answers(answers: Answers | None, limits: Limits) -> list[str]:
    if answers is None:
        asked = limits.agreement_percent > 0
        return [f"no captured answers, and {limits.agreement_percent:g} % must agree"] if asked else []
    if answers.compared >= limits.min_answers:
        return []
    unreadable = f" ({answers.unreadable} lines are unreadable)" if answers.unreadable else ""
    return [
        f"{answers.compared} captured answers of both variants to the same request{unreadable}, "
        f"expected {limits.min_answers}"
    ]


def _share(answers: Answers) -> Share:
    low, high = _wilson(answers.agreed / answers.compared, answers.compared)
    return Share(100 * answers.agreed / answers.compared, 100 * low, 100 * high)


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
