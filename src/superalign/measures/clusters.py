"""Intervals where rows belong together: what was drawn is a cluster, or a row and a column."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from superalign.stats import clopper_pearson_upper

Indices: TypeAlias = NDArray[np.intp]
Interval: TypeAlias = tuple[float, float]
RESAMPLES = 1000


def clustered_intervals(
    statistics: Callable[[Indices], Mapping[str, float | None]],
    clusters: Sequence[Hashable],
    strata: Sequence[Hashable],
    *,
    seed: int,
    n: int = RESAMPLES,
) -> dict[str, Interval | None]:
    """Return the 95% percentile interval of each statistic over resampled clusters of rows.

    Field and Welsh (2007), "Bootstrapping clustered data". Clusters are drawn with replacement
    within their stratum, so that a class that a cluster has alone stays there; a cluster that
    lies in several strata is one in each. Resamples in which a statistic is None are left out.

    Args:
        statistics: Of the rows of these indices, by name.
        clusters: By row, what it was drawn with.
        strata: By row, what is kept as it is, such as its class.
        seed: Of the resampling.
        n: Resamples.

    Returns:
        None for a statistic that half of the resamples or more do not have, or of no row.

    Raises:
        ValueError: Unless there is a cluster and a stratum for every row.
    """
    places: dict[Hashable, dict[Hashable, list[int]]] = {}
    for i, (cluster, stratum) in enumerate(zip(clusters, strata, strict=True)):
        places.setdefault(stratum, {}).setdefault(cluster, []).append(i)
    groups = [[np.array(rows) for rows in own.values()] for own in places.values()]
    found: dict[str, list[float]] = {name: [] for name in statistics(np.arange(len(clusters)))}
    rng = np.random.default_rng(seed)
    for _ in range(n if groups else 0):
        drawn = [own[j] for own in groups for j in rng.integers(len(own), size=len(own))]
        for name, value in statistics(np.concatenate(drawn)).items():
            if value is not None:
                found[name].append(value)
    return {k: _percentiles(values) if 2 * len(values) > n else None for k, values in found.items()}


def crossed_interval(
    values: ArrayLike, *, seed: int, level: float = 0.95, n: int = RESAMPLES
) -> Interval | None:
    """Return the percentile interval of the mean of a table, over its rows and its columns.

    Owen (2007), "The pigeonhole bootstrap": rows and columns are each drawn with replacement,
    which errs on the wide side. What is NaN is missing. Where all values are one, resampling
    cannot tell how far off the mean may be: the bound is then Clopper and Pearson's on the share
    of rows that are otherwise by one.

    Returns:
        None where nothing is known.

    Raises:
        ValueError: If the values are no table.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"values of shape {table.shape} are no table of rows and columns")
    known = table[np.isfinite(table)]
    if not known.size:
        return None
    if np.ptp(known) == 0:
        rows = int(np.isfinite(table).any(axis=1).sum())
        half = clopper_pearson_upper(0, rows, (1 - level) / 2)
        return float(known[0]) - half, float(known[0]) + half
    rng = np.random.default_rng(seed)
    height, width = table.shape
    found = []
    for _ in range(n):
        drawn = table[rng.integers(height, size=height)][:, rng.integers(width, size=width)]
        if np.isfinite(drawn).any():
            found.append(float(np.nanmean(drawn)))
    return _percentiles(found, level)


def _percentiles(found: Sequence[float], level: float = 0.95) -> Interval:
    low, high = np.quantile(found, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)
