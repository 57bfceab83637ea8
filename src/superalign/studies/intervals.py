"""What studies say of a few seeds: paired differences with Student's interval, and verdicts."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import TypedDict


class Paired(TypedDict):
    """A mean difference over seeds with its 95% interval; null where one seed gives none."""

    mean: float
    low: float | None
    high: float | None
    n: int


def paired(differences: Sequence[float]) -> Paired:
    """Return the mean of differences paired by seed, and Student's t interval on n - 1."""
    from scipy.stats import t

    n, mean = len(differences), statistics.fmean(differences)
    if n < 2:
        return Paired(mean=mean, low=None, high=None, n=n)
    half = float(t.ppf(0.975, n - 1)) * statistics.stdev(differences) / math.sqrt(n)
    return Paired(mean=mean, low=mean - half, high=mean + half, n=n)


def spoken_claim(claims: Mapping[str, bool]) -> str:
    """Return one sentence: how many claims hold, and which do not."""
    failed = [name.replace("_", " ") for name, holds in claims.items() if not holds]
    held = len(claims) - len(failed)
    rest = f"; not: {', '.join(failed)}" if failed else ""
    return f"{held} of {len(claims)} claims hold{rest}."
