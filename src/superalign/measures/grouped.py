"""Intervals over rows that belong together: what shares a passage or template is one draw."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from superalign.stats import wilson

T = TypeVar("T")
Interval = tuple[float, float]


def grouped_share(clusters: Sequence[Sequence[float]]) -> Interval | None:
    """Return the 95% interval of the mean of values in [0, 1]; None where there is none.

    Wilson's, over as many independent rows as would give the mean the variance that the clusters
    give it (Kish 1965, effective sample size). It never counts more rows than there are; where all
    values are alike it counts clusters.
    """
    rows = [v for cluster in clusters for v in cluster]
    if not rows:
        return None
    mean = math.fsum(rows) / len(rows)
    n = _effective(clusters, rows, mean)
    return wilson(mean * n, n)


def _effective(clusters: Sequence[Sequence[float]], rows: Sequence[float], mean: float) -> float:
    kept = [cluster for cluster in clusters if cluster]
    offs = [math.fsum(v - mean for v in cluster) for cluster in kept]
    spread = math.fsum(off * off for off in offs)
    if spread < 1e-12:
        return float(len(kept))
    variance = spread * len(kept) / (len(kept) - 1) / len(rows) ** 2
    return min(float(len(rows)), 1 + mean * (1 - mean) / variance)


def mean_interval(shares: Sequence[tuple[float, Interval]]) -> Interval | None:
    """Return the 95% interval of the mean of independent shares, each with its own interval.

    The distances to the single bounds add up as variances do (Zou and Donner 2008, MOVER), so that
    the interval has a width where every share is 0 or 1 too. None without shares.
    """
    if not shares:
        return None
    mean = math.fsum(share for share, _ in shares) / len(shares)
    below = math.hypot(*(share - low for share, (low, _) in shares)) / len(shares)
    above = math.hypot(*(high - share for share, (_, high) in shares)) / len(shares)
    return mean - below, mean + above


def resampled(
    clusters: Sequence[Sequence[T]],
    statistic: Callable[[Sequence[T]], float | None],
    *,
    seed: int,
    n: int = 500,
) -> Interval | None:
    """Return the 95% percentile interval of `statistic` over resampled clusters.

    Resamples in which it cannot be measured are left out. None where that is all of them, or all
    resamples are alike: rows without variety tell nothing about what others would be.
    """
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n if clusters else 0):
        drawn = rng.integers(len(clusters), size=len(clusters))
        value = statistic([row for i in drawn for row in clusters[i]])
        found += [] if value is None else [value]
    if len(set(found)) < 2:
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)
