"""Intervals where rows belong together: what would be drawn anew in another study is the unit.

Rows that share a passage, a task or a source are one *cluster*, and clusters are what was drawn:

- `share`: the mean of values in [0, 1]. It has a width where all values are alike, too.
- `mean`: the mean of any values; `ratio` where sums and counts of clusters are at hand.
- `statistics`: anything else of the rows, such as an AUC; what was fixed by design is a stratum.
- `crossed`: rows and columns were both drawn, such as problems and wordings.
- `averaged`: the mean of independent shares, such as one of each class.

Where clusters are nested (samples of a prompt of a source) the outermost counts alone: what varies
within it varies between such clusters as well (Davison and Hinkley 1997, section 3.8). Intervals
are of 95%, and None where rows tell nothing about what others would be: there are none, a cluster
is alone in its stratum, or all resamples are alike. To `share` a lone cluster is one row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from superalign.stats import Floats, clopper_pearson_upper, wilson

Indices: TypeAlias = NDArray[np.intp]
Interval: TypeAlias = tuple[float, float]
RESAMPLES = 2000


def share(values: Sequence[float], clusters: Sequence[Hashable]) -> Interval | None:
    """Return the interval of the mean of values in [0, 1].

    Wilson's, over as many independent rows as would give the mean the variance that the clusters
    give it (Kish 1965, effective sample size): n = min(N, 1 + m (1 - m) / v), of the mean m over N
    rows in K clusters, v = K / (K - 1) sum_k (sum_i in k (x_i - m))^2 / N^2. Where all clusters
    have one mean n is K.

    Raises:
        ValueError: Unless there is a cluster for every value.
    """
    sums = totals(values, clusters)
    if not len(sums):
        return None
    total, rows = (float(x) for x in sums.sum(0))
    middle = total / rows
    n = _effective(sums, rows, middle)
    return wilson(middle * n, n)


def _effective(sums: Floats, rows: float, middle: float) -> float:
    spread = float(((sums[:, 0] - middle * sums[:, 1]) ** 2).sum())
    if spread < 1e-12:
        return float(len(sums))
    variance = spread * len(sums) / (len(sums) - 1) / rows**2
    return min(rows, 1 + middle * (1 - middle) / variance)


def mean(
    values: Sequence[float], clusters: Sequence[Hashable], *, seed: int, n: int = RESAMPLES
) -> Interval | None:
    """Return the interval of the mean over rows, each resample the ratio of its own sums.

    Raises:
        ValueError: Unless there is a cluster for every value.
    """
    return ratio(totals(values, clusters), seed=seed, n=n)


def totals(values: Sequence[float], clusters: Sequence[Hashable]) -> Floats:
    """Return the sum and the count of each cluster, [K, 2], in the order in which they come.

    Raises:
        ValueError: Unless there is a cluster for every value.
    """
    sums: dict[Hashable, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        sums.setdefault(cluster, []).append(value)
    return np.array([(math.fsum(own), len(own)) for own in sums.values()], float).reshape(-1, 2)


def ratio(sums: ArrayLike, *, seed: int, n: int = RESAMPLES) -> Interval | None:
    """Return the interval of (sum of the first column) / (sum of the second), of rows [K, 2].

    Percentiles over resampled rows (Field and Welsh 2007, "Bootstrapping clustered data").
    """
    units = np.asarray(sums, dtype=np.float64).reshape(-1, 2)
    if not len(units):
        return None
    drawn = np.random.default_rng(seed).integers(len(units), size=(n, len(units)))
    above, below = units[:, 0][drawn].sum(1), units[:, 1][drawn].sum(1)
    return _percentiles(above / below)


def weights(k: int, *, seed: int, n: int = RESAMPLES) -> Floats:
    """Return how often each of `k` clusters is drawn in each of `n` resamples, [n, k].

    A product with sums by cluster is those of all resamples at once.
    """
    drawn: Floats = np.random.default_rng(seed).multinomial(k, np.full(k, 1 / k), n).astype(float)
    return drawn


def statistics(
    of: Callable[[Indices], Mapping[str, float | None]],
    clusters: Sequence[Hashable],
    strata: Sequence[Hashable] | None = None,
    *,
    seed: int,
    n: int = 500,
) -> dict[str, Interval | None]:
    """Return the percentile interval of each statistic over resampled clusters of rows.

    Clusters are drawn with replacement within their stratum, so that a class that a cluster has
    alone stays there; a cluster that lies in several strata is one in each. Resamples in which a
    statistic is None are left out.

    Args:
        of: The statistics of the rows of these indices, by name.
        clusters: By row, what it was drawn with.
        strata: By row, what is kept as it is, such as its class; without them there is one.
        seed: Of the resampling.
        n: Resamples.

    Returns:
        None also for a statistic that half of the resamples or more do not have.

    Raises:
        ValueError: Unless there is a cluster and a stratum for every row.
    """
    places: dict[Hashable, dict[Hashable, list[int]]] = {}
    within = [None] * len(clusters) if strata is None else strata
    for i, (cluster, stratum) in enumerate(zip(clusters, within, strict=True)):
        places.setdefault(stratum, {}).setdefault(cluster, []).append(i)
    groups = [[np.array(rows) for rows in own.values()] for own in places.values()]
    found: dict[str, list[float]] = {name: [] for name in of(np.arange(len(clusters)))}
    rng = np.random.default_rng(seed)
    alone = any(len(own) < 2 for own in groups)
    for _ in range(0 if alone or not groups else n):
        drawn = [own[j] for own in groups for j in rng.integers(len(own), size=len(own))]
        for name, value in of(np.concatenate(drawn)).items():
            if value is not None:
                found[name].append(value)
    return {k: _percentiles(values) if 2 * len(values) > n else None for k, values in found.items()}


def crossed(values: ArrayLike, *, seed: int, level: float = 0.95, n: int = 1000) -> Interval | None:
    """Return the percentile interval of the mean of a table, over its rows and its columns.

    Owen (2007), "The pigeonhole bootstrap": rows and columns are each drawn with replacement,
    which errs on the wide side. What is NaN is missing. Where all values are one, resampling
    cannot tell how far off the mean may be: the bound is then Clopper and Pearson's on the share
    of rows that are otherwise by one.

    Raises:
        ValueError: If the values are no table.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"values of shape {table.shape} are no table of rows and columns")
    known = table[np.isfinite(table)]
    if not known.size:
        return None
    rows = int(np.isfinite(table).any(axis=1).sum())
    if np.ptp(known) < 1e-12:
        half = clopper_pearson_upper(0, rows, (1 - level) / 2)
        return float(known[0]) - half, float(known[0]) + half
    if rows < 2:
        return None
    rng = np.random.default_rng(seed)
    height, width = table.shape
    found = []
    for _ in range(n):
        drawn = table[rng.integers(height, size=height)][:, rng.integers(width, size=width)]
        if np.isfinite(drawn).any():
            found.append(float(np.nanmean(drawn)))
    return _percentiles(found, level)


def averaged(shares: Sequence[tuple[float, Interval]]) -> Interval | None:
    """Return the interval of the mean of independent shares, each with its own interval.

    The distances to the single bounds add up as variances do (Zou and Donner 2008, MOVER), so that
    the interval has a width where every share is 0 or 1 too.
    """
    if not shares:
        return None
    middle = math.fsum(one for one, _ in shares) / len(shares)
    below = math.hypot(*(one - low for one, (low, _) in shares)) / len(shares)
    above = math.hypot(*(high - one for one, (_, high) in shares)) / len(shares)
    return middle - below, middle + above


def _percentiles(found: Sequence[float] | Floats, level: float = 0.95) -> Interval | None:
    """Return the middle `level` of what was found; None where it does not vary."""
    if np.ptp(found) < 1e-12:
        return None
    low, high = np.quantile(found, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)
