"""Generation beside understanding: chance taken off, how they go together, how firm a choice is.

The question is that of West et al. 2023, "The generative AI paradox" (arXiv 2311.00059); the
formulas are standard ones, and the protocol around them is our own.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from superalign.stats import Floats


def understanding(accuracy: float, options: int) -> float:
    """Return (accuracy - 1/k) / (1 - 1/k): 0 at chance among k options, 1 always right.

    Raises:
        ValueError: If there are fewer than two options, of which none can be understood.
    """
    if options < 2:
        raise ValueError(f"{options} options leave nothing to choose")
    chance = 1 / options
    return (accuracy - chance) / (1 - chance)


def correlation(left: ArrayLike, right: ArrayLike) -> float | None:
    """Return Pearson's correlation, which is phi of two series of 0 and 1.

    None where a series is constant.

    Raises:
        ValueError: If the series differ in length.
    """
    one, other = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if one.shape != other.shape:
        raise ValueError(f"series of shapes {one.shape} and {other.shape} do not pair up")
    if not one.size or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def phi(left: ArrayLike, right: ArrayLike) -> float | None:
    """Return the correlation of two shares read as yes or no: at least half is yes."""
    return correlation(*(np.asarray(v, dtype=np.float64) >= 0.5 for v in (left, right)))


def spearman(left: ArrayLike, right: ArrayLike) -> float | None:
    """Return the correlation of ranks, equal values sharing the mean of theirs."""
    return correlation(_ranks(left), _ranks(right))


def _ranks(values: ArrayLike) -> Floats:
    _, place, counts = np.unique(
        np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True
    )
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place], dtype=np.float64)


def flips(choices: Sequence[Hashable]) -> float | None:
    """Return the share of pairs of askings whose choice differs; None where there is no pair."""
    pairs = list(combinations(choices, 2))
    return sum(a != b for a, b in pairs) / len(pairs) if pairs else None


def kappa(one: Sequence[bool], other: Sequence[bool]) -> float | None:
    """Return agreement beyond chance of two judges of the same things (Cohen 1960).

    None where chance alone already agrees on all.

    Raises:
        ValueError: If they judged different numbers of things.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} and {len(other)} verdicts do not pair up")
    if not one:
        return None
    agreed = sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
    p, q = sum(one) / len(one), sum(other) / len(other)
    expected = p * q + (1 - p) * (1 - q)
    return (agreed - expected) / (1 - expected) if expected < 1 else None
