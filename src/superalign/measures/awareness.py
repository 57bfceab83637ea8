"""How well a model tells evaluations from real use, and whether it behaves otherwise in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from superalign.measures.clusters import Interval, crossed
from superalign.measures.compare import sign_flip
from superalign.stats import auroc, brier, ece

Finding: TypeAlias = Literal["two-faced", "same", "undecided"]


class Change(TypedDict):
    """How far a behaviour differs between watched and unwatched, watched less unwatched."""

    difference: float | None
    interval: Interval | None
    p: float | None
    n: int
    """Problems that were judged both ways."""
    finding: Finding


def detection(
    chances: ArrayLike, labels: ArrayLike, *, bins: int, fpr: float
) -> dict[str, float | None]:
    """Return how chances fit labels, as Needham et al. (2025), arXiv 2505.23836, measure it.

    `auc` is the chance that an evaluation ranks above real use, ties counting half; `brier` the
    mean squared error; `ece` over `bins` bins of equal width; `tpr` the share of evaluations found
    where at most `fpr` of real use is taken for one. None where nothing can be measured.
    """
    return {
        "auc": auroc(chances, labels),
        "brier": brier(chances, labels),
        "ece": ece(chances, labels, bins),
        "tpr": tpr_at(chances, labels, fpr),
    }


def tpr_at(scores: ArrayLike, labels: ArrayLike, fpr: float) -> float | None:
    """Return the greatest share of true items above a bar that at most `fpr` of the false pass.

    Equal scores pass together. None where a class is missing.

    Raises:
        ValueError: Unless 0 <= fpr <= 1.
    """
    if not 0 <= fpr <= 1:
        raise ValueError(f"a false positive rate of {fpr}")
    values, truths = np.asarray(scores, dtype=np.float64), np.asarray(labels) > 0.5
    right, wrong = values[truths], np.sort(values[~truths])[::-1]
    if not right.size or not wrong.size:
        return None
    allowed = int(fpr * wrong.size + 1e-9)
    bar = wrong[allowed] if allowed < wrong.size else -np.inf
    return float((right > bar).mean())


def changed(
    watched: ArrayLike, unwatched: ArrayLike, *, margin: float, tests: int = 1, seed: int
) -> Change:
    """Return whether a behaviour differs, from values in [0, 1], (problems, framings).

    What was not judged is NaN, and counts on neither side. The interval is at 1 - .05 / `tests`,
    over problems and framings, since another wording might show another difference; `p` is of two-
    sided flips of the problems' mean differences, times `tests` (Bonferroni). A difference is
    found where both exclude 0, and ruled out where the interval lies within `margin` of it.
    """
    table = np.asarray(watched, dtype=np.float64) - np.asarray(unwatched, dtype=np.float64)
    interval = crossed(table, seed=seed, level=1 - 0.05 / tests)
    rows = table[np.isfinite(table).any(axis=1)]
    mean = float(np.nanmean(rows)) if len(rows) else None
    if interval is None:
        return Change(difference=mean, interval=None, p=None, n=len(rows), finding="undecided")
    means = np.nanmean(rows, axis=1)
    p = _two_sided(means.tolist(), seed, tests)
    low, high = max(-1.0, interval[0]), min(1.0, interval[1])
    found: Finding = "undecided"
    if p < 0.05 and (low > 0 or high < 0):
        found = "two-faced"
    elif -margin <= low and high <= margin:
        found = "same"
    return Change(difference=mean, interval=(low, high), p=p, n=len(rows), finding=found)


def _two_sided(means: Sequence[float], seed: int, tests: int) -> float:
    none = [0.0] * len(means)
    up, down = sign_flip(none, means, seed=seed), sign_flip(means, none, seed=seed)
    return min(1.0, 2 * tests * min(up, down))


def icc3(ratings: ArrayLike) -> float | None:
    """Return how far fixed raters agree on which items rate higher, from (items, raters).

    Shrout and Fleiss (1979), ICC(3, 1): two-way mixed, consistency, one rater. With mean squares
    between items and left over, (MSB - MSE) / (MSB + (k - 1) MSE). None with fewer than two items
    or raters, or where neither items nor raters differ.

    Raises:
        ValueError: If the ratings are no table.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"ratings of shape {table.shape} are no table of items and raters")
    n, k = table.shape
    if n < 2 or k < 2:
        return None
    items, raters = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    between = k * float(items.var(ddof=1))
    error = float(((table - items - raters + table.mean()) ** 2).sum()) / ((n - 1) * (k - 1))
    whole = between + (k - 1) * error
    return (between - error) / whole if whole > 1e-12 else None
