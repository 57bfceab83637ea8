"""From the chances of steps to one score of the solution, by name.

Aggregation must match what the chances mean: of labels that people or judges gave, the product or
the minimum; of Monte-Carlo labels and outcomes, which are values, the last (Zhang et al. 2025,
arXiv 2501.07301). The seven names are those of Sun et al. 2024 (arXiv 2403.09472).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Literal

Aggregation = Literal["min", "max", "product", "mean", "mean_logit", "mean_odds", "last"]
"""How the chances of the steps become one score."""

EDGE = 1e-9
"""A chance is taken no nearer to 0 and 1 than this where its odds are."""


def aggregate(name: Aggregation, chances: Sequence[float]) -> float:
    """Return the score of a solution from the chances of its steps, in [0, 1] but for `mean_odds`.

    Raises:
        ValueError: If there are no steps, or the name is unknown.
    """
    if not chances:
        raise ValueError("a solution without steps has no score")
    if name not in _BY_NAME:
        raise ValueError(f"no aggregation {name!r}; there are {', '.join(_BY_NAME)}")
    return _BY_NAME[name](chances)


def mean_logit(chances: Sequence[float]) -> float:
    """Return sigma(mean of log odds)."""
    return 1 / (1 + math.exp(-fmean(math.log(odds(p)) for p in chances)))


def mean_odds(chances: Sequence[float]) -> float:
    """Return the mean of p / (1 - p), at least 0; unlike the others it has no upper bound of 1."""
    return max(0.0, fmean(odds(p) for p in chances))


def odds(p: float) -> float:
    """Return p / (1 - p), with p kept off 0 and 1."""
    kept = min(max(p, EDGE), 1 - EDGE)
    return kept / (1 - kept)


_BY_NAME: Mapping[Aggregation, Callable[[Sequence[float]], float]] = {
    "min": min,
    "max": max,
    "product": math.prod,
    "mean": fmean,
    "mean_logit": mean_logit,
    "mean_odds": mean_odds,
    "last": lambda chances: chances[-1],
}
