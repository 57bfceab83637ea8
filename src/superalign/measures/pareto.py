"""Several aims at once: who dominates whom, the front, and how much room it covers.

Higher is better in every dimension. Nothing is added up over dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

Point = Sequence[float]
SURE = 0.95


def dominates(one: Point, other: Point) -> bool:
    """Whether `one` is at least as good in every dimension and better in some."""
    pairs = list(zip(one, other, strict=True))
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


def dominance(one: ArrayLike, other: ArrayLike, *, seed: int, n: int = 2000) -> float:
    """Return the chance that `one` dominates `other`, by resampling the items of both together.

    Both have shape (items, dimensions), item i the same in both; NaN is a dimension that an item
    was not scored in, and a resample that misses a dimension altogether counts against.
    """
    first, second = (np.asarray(x, dtype=np.float64) for x in (one, other))
    if first.ndim != 2 or first.shape != second.shape or not len(first):
        raise ValueError(f"scores of shapes {first.shape} and {second.shape} do not pair up")
    change = first - second
    known = np.isfinite(change)
    filled = np.where(known, change, 0.0)
    rng = np.random.default_rng(seed)
    wins = 0
    for _ in range(n):
        drawn = rng.integers(len(change), size=len(change))
        sums = filled[drawn].sum(0)
        sums[np.abs(sums) < 1e-12] = 0.0
        wins += bool(known[drawn].any(0).all() and (sums >= 0).all() and (sums > 0).any())
    return wins / n


def front(points: Sequence[Point]) -> list[int]:
    """Return the places of the points that no other dominates."""
    return [i for i, p in enumerate(points) if not any(dominates(q, p) for q in points)]


def sure_front(
    scores: Mapping[str, ArrayLike], *, seed: int, n: int = 2000, sure: float = SURE
) -> list[str]:
    """Return the names that nobody dominates with a chance above `sure`; see `dominance`."""
    return [
        name
        for name, mine in scores.items()
        if not any(
            dominance(other, mine, seed=seed, n=n) > sure
            for key, other in scores.items()
            if key != name
        )
    ]


def hypervolume(points: Sequence[Point], reference: Point) -> float:
    """Return the volume between the points and a reference that they should exceed.

    Zitzler and Thiele (1999). Points that do not exceed it in every dimension cover nothing.
    Slices along the last dimension: cost grows as points ** dimensions, fine for a handful.
    """
    above = [p for p in points if all(a > r for a, r in zip(p, reference, strict=True))]
    if not above:
        return 0.0
    if len(reference) == 1:
        return max(p[0] - reference[0] for p in above)
    volume, below = 0.0, reference[-1]
    for level in sorted({p[-1] for p in above}):
        flat = [p[:-1] for p in above if p[-1] >= level]
        volume += float(level - below) * hypervolume(flat, reference[:-1])
        below = level
    return volume


def regret(point: Point, points: Sequence[Point]) -> float:
    """Return the largest shortfall from the ideal point, the best of each dimension."""
    ideal = [max(column) for column in zip(*points, strict=True)]
    return float(max(best - mine for best, mine in zip(ideal, point, strict=True)))


def conflict_rate(pairs: Sequence[tuple[Point, Point]]) -> float | None:
    """Return the share of pairs whose winner depends on the dimension asked; None of no pair."""
    if not pairs:
        return None
    signs = [
        {np.sign(a - b) for a, b in zip(one, other, strict=True) if a != b} for one, other in pairs
    ]
    return sum(len(s) > 1 for s in signs) / len(pairs)


def diagonal_dominance(moves: ArrayLike) -> float | None:
    """Return sum_i |d_ii| / sum_ij |d_ij|: whether a defect moves its own score and no other.

    `moves` has shape (dimension of the defect, dimension of the score). 1 is a critic without halo;
    None where nothing moved.
    """
    size = np.abs(np.asarray(moves, dtype=np.float64))
    total = float(size.sum())
    return float(np.trace(size)) / total if total else None
