"""Which verdicts may stand without a person: selective trust with a guarantee, and its price."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from superalign.stats import clopper_pearson_upper

GRID = tuple(round(0.99 - 0.01 * i, 2) for i in range(50))
"""Thresholds tried by default, falling: .99, .98, ... .50."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Verdicts at least this sure may stand: they err at most `upper` of the time, by `delta`."""

    threshold: float
    errors: int
    n: int
    upper: float
    """Bound on the share of wrong verdicts among those trusted."""
    coverage: float
    """Share of the audited verdicts that are trusted."""


def trusted(
    confidences: Sequence[float],
    right: Sequence[bool],
    *,
    alpha: float,
    delta: float = 0.05,
    thresholds: Sequence[float] = GRID,
) -> Trust | None:
    """Return the lowest threshold whose trusted verdicts err less than `alpha`, or None.

    Fixed-sequence testing (Jung et al. 2024, "Trust or Escalate", arXiv 2407.18370): thresholds
    are tried from the top and the first that fails ends the search, so that all that passed hold
    together with chance 1 - `delta`. Thresholds with too few items to pass even without an error
    are passed over, which looks at the confidences alone. The audit must be a uniform sample, and
    `thresholds` must be chosen without it.

    Args:
        confidences: How sure the critic is of each verdict, in [0, 1].
        right: Whether people agree with that verdict.
        alpha: The error allowed among trusted verdicts.
        delta: The chance that the promise is broken.
        thresholds: What is tried.
    """
    pairs = list(zip(confidences, right, strict=True))
    least = math.ceil(math.log(delta) / math.log1p(-alpha))
    found = None
    for threshold in sorted(thresholds, reverse=True):
        kept = [ok for sure, ok in pairs if sure >= threshold]
        if len(kept) < least:
            continue
        errors = len(kept) - sum(kept)
        upper = clopper_pearson_upper(errors, len(kept), delta)
        if upper > alpha:
            break
        found = Trust(threshold, errors, len(kept), upper, len(kept) / len(pairs))
    return found


def tier(confidences: Sequence[float | None], thresholds: Sequence[float | None]) -> int | None:
    """Return the first tier of a cascade that is sure enough, or None: escalate, or `UNSCORED`.

    A tier that gave no confidence, or for which no threshold passed, is never trusted.
    """
    for place, (sure, threshold) in enumerate(zip(confidences, thresholds, strict=True)):
        if sure is not None and threshold is not None and sure >= threshold:
            return place
    return None


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """Return (coverage, risk) after each of the n verdicts, surest first.

    Risk is the share of wrong verdicts among those covered. Equally sure verdicts share their
    errors evenly, so that order does not matter.
    """
    sure = np.asarray(confidences, dtype=float)
    wrong = 1.0 - np.asarray(right, dtype=float)
    if sure.shape != wrong.shape:
        raise ValueError(f"{sure.size} confidences and {wrong.size} labels")
    values, place = np.unique(-sure, return_inverse=True)
    shared = np.bincount(place, wrong, len(values)) / np.maximum(np.bincount(place), 1)
    counts = np.arange(1, sure.size + 1)
    risk = np.cumsum(shared[np.sort(place)]) / counts
    return [(float(c), float(r)) for c, r in zip(counts / max(1, sure.size), risk, strict=True)]


def aurc(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return the area under the risk-coverage curve, its mean over coverages; None of nothing.

    Geifman and El-Yaniv (2017), "Selective classification for deep neural networks". Lower is
    better; a critic that ranks at random has its error rate.
    """
    curve = risk_coverage(confidences, right)
    return sum(r for _, r in curve) / len(curve) if curve else None
