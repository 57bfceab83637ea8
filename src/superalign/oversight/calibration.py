"""Makes a critic's scores mean what they say, on what people have checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from superalign.records import digest

FEWEST = 30
"""Below this many labels, or with one class missing, scores are left as they are."""
_CLIP = 1e-6


@dataclass(frozen=True)
class Platt:
    """p = sigma(slope * logit(score) + offset) (Platt 1999)."""

    slope: float = 1.0
    offset: float = 0.0
    labels: int = 0
    """Labels it was fitted on."""

    @cached_property
    def id(self) -> str:
        """Digest of the parameters."""
        return digest("platt", self.slope, self.offset)

    def __call__(self, scores: Sequence[float]) -> list[float]:
        """Return calibrated chances for scores in [0, 1]."""
        clipped = np.clip(np.asarray(scores, dtype=float), _CLIP, 1 - _CLIP)
        logits = np.log(clipped / (1 - clipped))
        chances = 1 / (1 + np.exp(-(self.slope * logits + self.offset)))
        return [float(p) for p in chances]


def fit_platt(scores: Sequence[float], right: Sequence[bool]) -> Platt:
    """Fit the slope and offset by (lightly regularised) maximum likelihood.

    With fewer than `FEWEST` labels, or one class missing, the identity is returned.
    """
    if len(scores) < FEWEST or len(set(right)) < 2:
        return Platt()
    from sklearn.linear_model import LogisticRegression

    clipped = np.clip(np.asarray(scores, dtype=float), _CLIP, 1 - _CLIP)
    logits = np.log(clipped / (1 - clipped)).reshape(-1, 1)
    model = LogisticRegression(C=10.0).fit(logits, np.asarray(right, dtype=int))
    return Platt(float(model.coef_[0, 0]), float(model.intercept_[0]), len(scores))
