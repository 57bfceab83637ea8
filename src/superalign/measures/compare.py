"""Whether two things differ: paired tests, many tests at once, votes that hang together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for the false discovery rate, in order; reject those below it.

    Benjamini and Hochberg (1995): p_(i) * m / i, made monotone from the largest down.
    """
    if not p_values:
        return []
    from scipy.stats import false_discovery_control

    return [float(p) for p in false_discovery_control(list(p_values), method="bh")]


def mcnemar(before: Sequence[bool], after: Sequence[bool]) -> float:
    """Return the exact two-sided p-value that two classifiers of the same items differ.

    McNemar (1947), by the binomial of the items on which they disagree; 1 where there is none.
    """
    pairs = list(zip(before, after, strict=True))
    lost, won = sum(b and not a for b, a in pairs), sum(a and not b for b, a in pairs)
    if not lost + won:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(won, lost + won, 0.5).pvalue)


def paired_bootstrap(
    before: ArrayLike, after: ArrayLike, *, seed: int, n: int = 2000
) -> float | None:
    """Return the share of resamples of the items in which `after` has the higher mean.

    Koehn (2004), "Statistical significance tests for machine translation evaluation". Ties count
    half. None of no item. `stats.paired_difference` gives the size of the change.
    """
    change = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    if change.ndim != 1 or not np.isfinite(change).all():
        raise ValueError("both sides need one finite value per item")
    if not change.size:
        return None
    rng = np.random.default_rng(seed)
    means = [change[rng.integers(change.size, size=change.size)].mean() for _ in range(n)]
    signs = np.where(np.abs(means) < 1e-12, 0.0, np.sign(means))
    return float((1 + signs.mean()) / 2)


def sign_flip(before: ArrayLike, after: ArrayLike, *, seed: int, n: int = 1999) -> float:
    """Return the one-sided p-value that the items rose, by flips of the changes' signs.

    Fisher (1935), "The Design of Experiments", by `n` random flips. 1 of no item. Few items cannot
    be significant: k that all rise have p near 2^-k.
    """
    change = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    if not change.size:
        return 1.0
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(n, change.size))
    as_great = int(((signs * change).sum(axis=1) >= change.sum() - 1e-12).sum())
    return (1 + as_great) / (1 + n)


def effective_panel(members: int, rho: float) -> float:
    """Return how many independent votes a panel is worth, M / (1 + (M - 1) rho).

    Kish's design effect. `rho` is the mean correlation of the members' errors; below 0 it counts
    as 0, for no panel is worth more than its members.
    """
    return members / (1 + (members - 1) * min(1.0, max(0.0, rho)))


def error_correlation(errors: ArrayLike) -> float | None:
    """Return the mean pairwise correlation of 0/1 errors, shape (members, items).

    Members who never err, or always do, correlate with nobody and are left out; None where fewer
    than two remain.
    """
    rows = np.asarray(errors, dtype=np.float64)
    rows = rows[rows.std(axis=1) > 0] if rows.size else rows
    if len(rows) < 2:
        return None
    correlation = np.asarray(np.corrcoef(rows))
    return float(correlation[~np.eye(len(rows), dtype=bool)].mean())
