"""Whether the first wrong step of a solution is found, as ProcessBench counts it.

Zheng et al. 2024, arXiv 2412.06559: the share of erroneous solutions whose first wrong step is
named exactly, the share of right ones in which no step is, and the harmonic mean of the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import harmonic_mean
from typing import Any, TypedDict

import numpy as np

from superalign.stats import Rate, auroc, brier, ece, mean_known, rate

NONE = -1
"""Index of the first error of a solution without one."""
HALF = 0.5


class FirstErrors(TypedDict):
    """How often the first error is found; `f1` is null where either kind of case is missing."""

    erroneous: Rate
    """Cases with an error whose place was named exactly."""
    correct: Rate
    """Cases without one in which none was named."""
    f1: float | None
    """Harmonic mean of the two."""


def first_error(chances: Sequence[float], threshold: float = HALF) -> int:
    """Return the index of the first step whose chance lies below the threshold, or -1."""
    return next((i for i, p in enumerate(chances) if p < threshold), NONE)


def first_errors(named: Sequence[int], true: Sequence[int]) -> FirstErrors:
    """Compare first errors that were named with the true ones, case by case; -1 is none.

    Raises:
        ValueError: If the two differ in length.
    """
    pairs = list(zip(named, true, strict=True))
    wrong = [n == t for n, t in pairs if t != NONE]
    right = [n == t for n, t in pairs if t == NONE]
    erroneous, correct = rate(sum(wrong), len(wrong)), rate(sum(right), len(right))
    return FirstErrors(erroneous=erroneous, correct=correct, f1=_f1(erroneous, correct))


def _f1(erroneous: Rate, correct: Rate) -> float | None:
    one, other = erroneous["rate"], correct["rate"]
    return None if one is None or other is None else harmonic_mean([one, other])


def mean_f1(subsets: Mapping[str, FirstErrors]) -> float | None:
    """Return the mean F1 over subsets, as ProcessBench does; those without one are left out."""
    return mean_known(found["f1"] for found in subsets.values())


def best_threshold(chances: Sequence[Sequence[float]], true: Sequence[int]) -> float:
    """Return the threshold of the best F1 on cases whose first errors are known.

    Choose it on one split and measure on another. Of thresholds that are as good it is the middle
    of the first widest stretch; a half where a kind of case is missing.

    A case is answered rightly by every threshold in one interval: with the chances before the
    first error at least m and its own p < m, those in (p, m]; without an error, those up to the
    least chance.
    """
    erroneous = [_interval(c, t) for c, t in zip(chances, true, strict=True) if t != NONE]
    correct = [_interval(c, t) for c, t in zip(chances, true, strict=True) if t == NONE]
    if not erroneous or not correct:
        return HALF
    edges = np.unique([0.0, 1.0, *(x for pair in (*erroneous, *correct) for x in pair)])
    edges = edges[(edges >= 0) & (edges <= 1)]
    middles = (edges[1:] + edges[:-1]) / 2
    found, kept = _covered(erroneous, middles), _covered(correct, middles)
    f1 = 2 * found * kept / np.maximum(found + kept, 1e-300)
    widths = np.where(f1 == f1.max(), np.diff(edges), -1.0)
    return float(middles[widths.argmax()])


def _interval(chances: Sequence[float], true: int) -> tuple[float, float]:
    """Return (low, high] of the thresholds by which the case is answered rightly."""
    if true == NONE:
        return -1.0, min(chances)
    return chances[true], min(chances[:true], default=1.0)


def _covered(intervals: Sequence[tuple[float, float]], at: Any) -> Any:
    """Return, per threshold, the share of intervals it lies in; an empty one holds nothing."""
    alive = [(low, high) for low, high in intervals if low < high]
    lows, highs = np.sort([low for low, _ in alive]), np.sort([high for _, high in alive])
    inside = np.searchsorted(lows, at, side="left") - np.searchsorted(highs, at, side="left")
    return inside / len(intervals)


def labels_up_to(true: int, steps: int) -> list[bool]:
    """Return the labels that a first error gives: what comes after it is not known."""
    return [True] * steps if true == NONE else [True] * true + [False]


def step_calibration(
    chances: Sequence[Sequence[float]], right: Sequence[Sequence[bool]]
) -> dict[str, float | int | None]:
    """Return how well the chances of steps fit their labels; steps without a label are left out."""
    known = [
        (p, ok)
        for steps, labels in zip(chances, right, strict=True)
        for p, ok in zip(steps, labels, strict=False)
    ]
    sure, labels = [p for p, _ in known], [ok for _, ok in known]
    return {
        "n": len(known),
        "right": sum(labels),
        "ece": ece(sure, labels),
        "ece_equal_mass": ece(sure, labels, mass=True),
        "brier": brier(sure, labels),
        "auroc": auroc(sure, labels),
    }


def lucky(answer_right: Sequence[bool], steps_right: Sequence[bool]) -> Rate:
    """Return the share of right answers that were reached by a wrong step."""
    pairs = zip(answer_right, steps_right, strict=True)
    reached = [steps for answer, steps in pairs if answer]
    return rate(sum(not steps for steps in reached), len(reached))
