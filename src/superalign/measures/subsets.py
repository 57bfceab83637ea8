"""Accuracy over the number of samples, from one pool: what subsets of it would have chosen.

A subset of size n is drawn without replacement, so every value is unbiased for n fresh samples.
Best of N and pass@k have closed forms; votes are averaged over drawn subsets.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from superalign.measures.voting import Flags, Pool, Rule
from superalign.stats import Floats, Rate, bootstrap

SUBSETS = 100


class Point(Rate):
    """The accuracy at one number of samples; the interval is over problems."""

    size: int
    """Samples of each problem."""
    spread: float | None
    """Standard deviation of the accuracy when every problem's subset is drawn anew."""


def sizes(n: int) -> list[int]:
    """Return 1, 2, 4 and so on up to `n`, and `n` itself."""
    return [*(2**i for i in range((n - 1).bit_length())), n]


def chances(
    pool: Pool,
    rule: Rule,
    truth: Flags,
    among: Sequence[int],
    *,
    seed: int,
    subsets: int = SUBSETS,
) -> Floats:
    """Return the chance that a rule's choice from a random subset is true, [P, sizes].

    Args:
        pool: The samples.
        rule: How one is chosen; `best` is exact and draws nothing.
        truth: Which samples are true, [P, N]; one without an answer never is.
        among: Sizes of the subsets, each at most N.
        seed: Of the subsets, which are the same for every rule and truth.
        subsets: How many are drawn. Subsets of different sizes are nested in one another.
    """
    if truth.shape != pool.groups.shape:
        raise ValueError(f"shapes {truth.shape}, {pool.groups.shape} of truth and pool differ")
    _check(among, truth.shape[1])
    if rule == "best":
        return _highest(pool.scores, truth & pool.answered, among)
    rng = np.random.default_rng(seed)
    order = np.tile(np.arange(truth.shape[1]), (len(truth), 1))
    found = np.zeros((len(truth), len(among)))
    for _ in range(subsets):
        rng.permuted(order, axis=1, out=order)
        mixed, true = pool.taken(order), np.take_along_axis(truth, order, 1)
        for k, n in enumerate(among):
            found[:, k] += mixed.first(n).hits(rule, true[:, :n])
    return found / subsets


def pass_at(truth: Flags, among: Sequence[int]) -> Floats:
    """Return pass@k, the chance that any of k samples is true, [P, sizes].

    1 - C(N - c, k) / C(N, k) of c true ones among N (Chen et al. 2021, arXiv 2107.03374, eq. 1).
    """
    _check(among, truth.shape[1])
    return _highest(truth.astype(np.float64), truth, among)


def curve(found: Floats, among: Sequence[int], *, seed: int) -> list[Point]:
    """Return the mean over problems of chances [P, sizes], with a bootstrap over problems."""
    return [_point(p, n, seed) for p, n in zip(found.T, among, strict=True)]


def _point(chance: Floats, size: int, seed: int) -> Point:
    n = len(chance)
    if not n:
        return Point(size=size, rate=None, n=0, low=None, high=None, spread=None)
    low, high = bootstrap(chance, seed=seed)
    spread = float(np.sqrt((chance * (1 - chance)).clip(0).sum()) / n)
    return Point(size=size, rate=float(chance.mean()), n=n, low=low, high=high, spread=spread)


def _check(among: Sequence[int], most: int) -> None:
    if any(not 1 <= n <= most for n in among):
        raise ValueError(f"subsets of sizes {list(among)} from {most} samples")


def _highest(scores: Floats, truth: Flags, among: Sequence[int]) -> Floats:
    """Return the chance that the highest score of a random subset is true, equal scores alike.

    The j highest are all missed by a subset of n with chance C(N - j, n) / C(N, n); the difference
    from one j to the next is the chance that the j-th is the highest of the subset.
    """
    order = np.argsort(-scores, axis=1, kind="stable")
    shared = _shared(np.take_along_axis(scores, order, 1), np.take_along_axis(truth, order, 1))
    return np.stack([shared @ -np.diff(_missed(truth.shape[1], n)) for n in among], 1)


def _shared(ranked: Floats, true: Flags) -> Floats:
    """Return `true` averaged over runs of equal scores, [P, N]."""
    starts = np.ones(ranked.shape, dtype=bool)
    starts[:, 1:] = ranked[:, 1:] != ranked[:, :-1]
    runs = starts.cumsum() - 1
    mean = np.bincount(runs, true.ravel()) / np.bincount(runs)
    return np.asarray(mean[runs].reshape(ranked.shape))


def _missed(total: int, n: int) -> Floats:
    """Return C(total - j, n) / C(total, n) for j from 0 to `total`."""
    j = np.arange(total)
    return np.append(1.0, np.cumprod(np.maximum(total - n - j, 0) / (total - j)))
