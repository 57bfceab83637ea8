"""Whether a distribution has moved, and where a series changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from superalign.stats import bootstrap

Floats = NDArray[np.float64]


def histogram(values: Sequence[float], bins: int = 10) -> list[int]:
    """Return counts of scores in [0, 1] over bins of equal width, the last one closed."""
    counts, _ = np.histogram(np.asarray(values, dtype=float), bins=bins, range=(0.0, 1.0))
    if int(counts.sum()) != len(values):
        raise ValueError("a score lies outside [0, 1] or is not a number")
    return [int(c) for c in counts]


def stability_index(before: Sequence[int], after: Sequence[int]) -> float | None:
    """Return the population stability index, sum (q - p) ln(q / p), of two histograms.

    Half a case is added to every bin. By custom below .1 is no drift and above .25 a large one;
    with few cases chance alone exceeds that. None where a side is empty.
    """
    if not sum(before) or not sum(after):
        return None
    p, q = _smoothed(before), _smoothed(after)
    return float(((q - p) * np.log(q / p)).sum())


def jensen_shannon(before: Sequence[float], after: Sequence[float]) -> float | None:
    """Return the Jensen-Shannon *distance* in base 2, in [0, 1]; None where a side is empty.

    The square root of the divergence (Endres and Schindelin 2003). Counts and shares do alike.

    Raises:
        ValueError: If the two differ in length.
    """
    if len(before) != len(after):
        raise ValueError(f"{len(before)} and {len(after)} bins cannot be compared")
    if not sum(before) or not sum(after):
        return None
    from scipy.special import rel_entr

    p, q = (np.asarray(x, dtype=np.float64) / sum(x) for x in (before, after))
    nats = sum(float(rel_entr(x, (p + q) / 2).sum()) for x in (p, q)) / 2
    return math.sqrt(max(0.0, nats / math.log(2)))


def _smoothed(counts: Sequence[int]) -> Floats:
    filled = np.asarray(counts, dtype=np.float64) + 0.5
    return np.asarray(filled / filled.sum())


class Slope(NamedTuple):
    """Change per round, with its 95% bootstrap interval over the items."""

    value: float
    low: float
    high: float
    n: int
    """Items."""


def slope(rounds: ArrayLike, *, seed: int) -> Slope | None:
    """Return the least-squares slope over rounds of the mean over items, shape (rounds, items).

    Items are resampled and rounds kept, so the interval says whether these rounds differ on such
    items. Items that are not finite in every round are left out; None below two rounds, or of no
    item.
    """
    values = np.asarray(rounds, dtype=np.float64)
    if values.ndim != 2 or len(values) < 2:
        return None
    known = values[:, np.isfinite(values).all(axis=0)]
    if not known.shape[1]:
        return None
    place = np.arange(len(known)) - (len(known) - 1) / 2
    slopes = place @ known / (place @ place)
    return Slope(float(slopes.mean()), *bootstrap(slopes, seed=seed), len(slopes))


class Shift(NamedTuple):
    """How far paired values moved: in standard errors, and in standard deviations of before."""

    z: float
    size: float
    n: int


def shift(before: ArrayLike, after: ArrayLike) -> Shift | None:
    """Return how far the same items moved; None below two items.

    z = mean change / its standard error. What did not move has z 0, and what all moved alike, or
    moved from one single value, lies infinitely far off.
    """
    was, now = (np.asarray(x, dtype=np.float64) for x in (before, after))
    if len(was) < 2:
        return None
    change = now - was
    error = float(change.std(ddof=1)) / math.sqrt(len(change))
    moved = float(change.mean())
    return Shift(_over(moved, error), _over(moved, float(was.std(ddof=1))), len(was))


def _over(moved: float, unit: float) -> float:
    if not moved:
        return 0.0
    return moved / unit if unit else math.copysign(math.inf, moved)


def cusum(
    series: Sequence[float], *, target: float, slack: float, limit: float
) -> tuple[int | None, int | None]:
    """Return the first places at which a series has run above, and below, its target.

    Page (1954): S_t = max(0, S_t-1 + x_t - target - slack) crosses `limit`, and the same downwards;
    None where it never does. All in the units of the series; half the shift to be found is the
    usual slack, and four to five standard deviations the usual limit.
    """
    up = down = 0.0
    first_up: int | None = None
    first_down: int | None = None
    for place, value in enumerate(series):
        up = max(0.0, up + value - target - slack)
        down = max(0.0, down + target - value - slack)
        first_up = place if first_up is None and up > limit else first_up
        first_down = place if first_down is None and down > limit else first_down
    return first_up, first_down


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """Where a series splits best in two levels."""

    at: int
    """First place of the second segment."""
    change: float
    """Mean after, minus mean before."""
    low: float
    high: float
    """95% bootstrap interval of the change, each segment resampled, the place held fixed."""
    p: float
    """Chance of so good a split if the order meant nothing, by permutation."""


def change_point(series: Sequence[float], *, seed: int, n: int = 999) -> ChangePoint | None:
    """Return the two-segment fit of least squared error; None of fewer than four values.

    Each segment has at least two values. The interval is of the change at the place found, and so
    too narrow where the place is in doubt; `p` is not affected by that.
    """
    values = np.asarray(series, dtype=np.float64)
    if len(values) < 4:
        return None
    at, gain = _split(values)
    rng = np.random.default_rng(seed)
    better = sum(_split(rng.permutation(values))[1] >= gain - 1e-12 for _ in range(n))
    left, right = values[:at], values[at:]
    drawn = [_mean(rng, right) - _mean(rng, left) for _ in range(n)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    change = float(right.mean() - left.mean())
    return ChangePoint(at, change, float(low), float(high), (1 + better) / (1 + n))


def _split(values: Floats) -> tuple[int, float]:
    """Return the best place to split, and the squared error it takes away."""
    n = len(values)
    sizes = np.arange(2, n - 1)
    sums = np.cumsum(values)[sizes - 1]
    gap = (values.sum() - sums) / (n - sizes) - sums / sizes
    gains = sizes * (n - sizes) / n * gap**2
    best = int(gains.argmax())
    return int(sizes[best]), float(gains[best])


def _mean(rng: np.random.Generator, values: Floats) -> float:
    return float(values[rng.integers(len(values), size=len(values))].mean())
