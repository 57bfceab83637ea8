"""Rates with intervals, ranking and calibration measures, and the share of a gap recovered.

Every function says what it returns where nothing can be measured: None, never 0 and never NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Z95 = 1.96


class Rate(TypedDict):
    """A share in [0, 1] of `n` trials, with its 95% interval; null where `n` is 0."""

    rate: float | None
    n: int
    low: float | None
    high: float | None


class Difference(TypedDict):
    """A difference, after minus before, with its 95% interval; null where `n` is 0."""

    difference: float | None
    n: int
    low: float | None
    high: float | None


class Bin(TypedDict):
    """One bin of a reliability diagram; it is never empty."""

    confidence: float
    """Mean confidence of what fell into the bin."""
    frequency: float
    """Share of it that was right."""
    n: int
    low: float
    high: float


def wilson(successes: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval for a share; (0, 1) where `n` is 0.

    Raises:
        ValueError: Unless 0 <= successes <= n.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}")
    if n == 0:
        return 0.0, 1.0
    share, square = successes / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    # Rounding must not push the interval off the share itself.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def rate(successes: int, n: int) -> Rate:
    """Return the share with its Wilson interval, as summaries carry it."""
    low, high = wilson(successes, n)
    if n == 0:
        return Rate(rate=None, n=0, low=None, high=None)
    return Rate(rate=successes / n, n=n, low=low, high=high)


def clopper_pearson_upper(successes: int, n: int, alpha: float = 0.05) -> float:
    """Return the exact one-sided upper bound: above it, so few successes have chance < `alpha`."""
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}")
    if successes == n:
        return 1.0
    ways = [
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
        for i in range(successes + 1)
    ]
    low, high = successes / n, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        yes, no = math.log(middle), math.log1p(-middle)
        tail = math.fsum(math.exp(w + i * yes + (n - i) * no) for i, w in enumerate(ways))
        low, high = (middle, high) if tail > alpha else (low, middle)
    return high


def difference(before: Rate, after: Rate) -> Difference:
    """Return the change between two independent rates, with Newcombe's hybrid score interval.

    Source: Newcombe (1998), "Interval estimation for the difference between independent
    proportions", method 10. Use `paired_difference` where both rates are over the same items.
    """
    (p, l1, u1), (q, l2, u2) = ((r["rate"], r["low"], r["high"]) for r in (before, after))
    if p is None or q is None or l1 is None or u1 is None or l2 is None or u2 is None:
        return Difference(difference=None, n=0, low=None, high=None)
    change = q - p
    return Difference(
        difference=change,
        n=min(before["n"], after["n"]),
        low=change - math.hypot(q - l2, u1 - p),
        high=change + math.hypot(u2 - q, p - l1),
    )


def auroc(scores: ArrayLike, labels: ArrayLike) -> float | None:
    """Return the chance that a true item outranks a false one, ties counting half.

    None where a class is missing.
    """
    values, truths = _paired(scores, labels)
    right = truths > 0.5
    wins, losses = int(right.sum()), int((~right).sum())
    if not wins or not losses:
        return None
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[right].sum() - wins * (wins + 1) / 2) / (wins * losses))


def brier(confidences: ArrayLike, outcomes: ArrayLike) -> float | None:
    """Return the mean squared distance of confidence from outcome; None where there is none."""
    sure, truths = _paired(confidences, outcomes)
    return float(np.mean((sure - truths) ** 2)) if sure.size else None


def reliability(
    confidences: ArrayLike, outcomes: ArrayLike, bins: int = 10, *, mass: bool = False
) -> list[Bin]:
    """Return the non-empty bins of the reliability diagram, by rising confidence.

    Bins have equal width over [0, 1], the last one closed; with `mass` they hold equal shares of
    the items, except that equal confidences always stay together, so that order does not matter.
    """
    sure, truths = _paired(confidences, outcomes)
    if not sure.size:
        return []
    if sure.min() < 0 or sure.max() > 1:
        raise ValueError("a confidence lies outside [0, 1]")
    if mass:
        edges = np.quantile(sure, np.arange(1, bins) / bins)
        place = np.searchsorted(edges, sure, side="left")
    else:
        place = np.minimum((sure * bins).astype(np.intp), bins - 1)
    return [_bin(sure[place == i], truths[place == i]) for i in np.unique(place)]


def _bin(sure: Floats, truths: Floats) -> Bin:
    n, right = int(sure.size), float(truths.sum())
    low, high = wilson(right, n)
    return Bin(confidence=float(sure.mean()), frequency=right / n, n=n, low=low, high=high)


def ece(
    confidences: ArrayLike, outcomes: ArrayLike, bins: int = 10, *, mass: bool = False
) -> float | None:
    """Return the expected calibration error: |frequency - confidence|, averaged over items."""
    found = reliability(confidences, outcomes, bins, mass=mass)
    total = sum(b["n"] for b in found)
    if not total:
        return None
    return sum(b["n"] * abs(b["frequency"] - b["confidence"]) for b in found) / total


def mean_known(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values there are; None where there is none."""
    known = [v for v in values if v is not None]
    return math.fsum(known) / len(known) if known else None


def _mean(values: Any) -> float:
    return float(np.mean(values))


def bootstrap(
    units: ArrayLike,
    statistic: Callable[[Any], float] = _mean,
    *,
    seed: int,
    n: int = 2000,
) -> tuple[float, float]:
    """Return the 95% percentile interval of `statistic` over resampled `units` (first axis).

    Units are what was drawn independently: problems, not their samples.

    Raises:
        ValueError: If there is no unit.
    """
    drawn = np.asarray(units)
    if not len(drawn):
        raise ValueError("nothing to resample")
    rng = np.random.default_rng(seed)
    found = [statistic(drawn[rng.integers(len(drawn), size=len(drawn))]) for _ in range(n)]
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def paired_difference(
    before: Sequence[float], after: Sequence[float], *, seed: int, n: int = 2000
) -> Difference:
    """Return the mean change over the same items, item `i` before and after, by bootstrap."""
    was, now = _paired(before, after)
    if not was.size:
        return Difference(difference=None, n=0, low=None, high=None)
    change = now - was
    low, high = bootstrap(change, seed=seed, n=n)
    return Difference(difference=float(change.mean()), n=int(change.size), low=low, high=high)


def gap_recovered(
    floor: float | None, reached: float | None, ceiling: float | None
) -> float | None:
    """Return (reached - floor) / (ceiling - floor), below 0 or above 1 where it is so.

    None where the ceiling does not lie above the floor: there is no gap to recover. Called
    performance gap recovered in Burns et al. (2023), "Weak-to-strong generalization".
    """
    if floor is None or reached is None or ceiling is None or ceiling <= floor:
        return None
    return (reached - floor) / (ceiling - floor)


def _paired(left: ArrayLike, right: ArrayLike) -> tuple[Floats, Floats]:
    one, other = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"series of shapes {one.shape} and {other.shape} do not pair up")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("a value is not finite; leave out what was not scored")
    return one, other
