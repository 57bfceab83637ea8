"""Makes a critic's scores mean what they say, on what people have checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from superalign.critics import Calibration
from superalign.records import digest

FEWEST_TEMPERATURE, FEWEST, FEWEST_ISOTONIC = 10, 30, 200
"""Labels from which on a temperature, Platt's line or an isotonic curve is fitted. Below the
first, or with one class missing, scores are left as they are."""
FEWEST_OWN = 50
"""Labels from which on a group has a calibration of its own; smaller ones share the pooled one."""
_CLIP = 1e-6


@dataclass(frozen=True)
class Temperature:
    """p = sigma(logit(score) / temperature) (Guo et al. 2017, arXiv 1706.04599)."""

    temperature: float = 1.0
    labels: int = 0
    """Labels it was fitted on."""

    @cached_property
    def id(self) -> str:
        """Digest of the parameters."""
        return digest("temperature", self.temperature)

    def __call__(self, scores: Sequence[float]) -> list[float]:
        """Return calibrated chances for scores in [0, 1]."""
        return _sigmoid(_logits(scores) / self.temperature)


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
        return _sigmoid(self.slope * _logits(scores) + self.offset)


@dataclass(frozen=True)
class Isotonic:
    """A rising step curve through `knots` of (score, chance), linear between them.

    Zadrozny and Elkan (2002). Chances stay off 0 and 1 by 1 / (labels + 2), since no finite number
    of labels makes certain. Scores between two knots of one chance become ties.
    """

    knots: tuple[tuple[float, float], ...]
    labels: int = 0
    """Labels it was fitted on."""

    @cached_property
    def id(self) -> str:
        """Digest of the parameters."""
        return digest("isotonic", self.knots)

    def __call__(self, scores: Sequence[float]) -> list[float]:
        """Return calibrated chances for scores in [0, 1]."""
        at, chances = zip(*self.knots, strict=True)
        return [float(p) for p in np.interp(np.asarray(scores, dtype=float), at, chances)]


@dataclass(frozen=True)
class Grouped:
    """A calibration per group (critic, dimension, language), and the pooled one for the others."""

    pooled: Calibration
    own: Mapping[str, Calibration]

    @cached_property
    def id(self) -> str:
        """Digest of all parameters."""
        return digest("grouped", self.pooled.id, {g: c.id for g, c in self.own.items()})

    def of(self, group: str) -> Calibration:
        """Return the calibration of a group."""
        return self.own.get(group, self.pooled)

    def __call__(self, scores: Sequence[float], groups: Sequence[str]) -> list[float]:
        """Return calibrated chances, item `i` by the calibration of its group."""
        return [self.of(g)([s])[0] for s, g in zip(scores, groups, strict=True)]


def fit(scores: Sequence[float], right: Sequence[bool]) -> Calibration:
    """Fit the richest calibration that so many labels carry; see the constants above."""
    if len(scores) != len(right):
        raise ValueError(f"{len(scores)} scores and {len(right)} labels")
    if len(set(right)) < 2 or len(scores) < FEWEST_TEMPERATURE:
        return Platt()
    if len(scores) < FEWEST:
        return fit_temperature(scores, right)
    return (
        fit_platt(scores, right) if len(scores) < FEWEST_ISOTONIC else fit_isotonic(scores, right)
    )


def fit_grouped(scores: Sequence[float], right: Sequence[bool], groups: Sequence[str]) -> Grouped:
    """Fit one calibration on everything, and one more per group with `FEWEST_OWN` labels."""
    rows = list(zip(scores, right, groups, strict=True))
    counts = Counter(groups)
    own = {}
    for group in sorted(g for g, n in counts.items() if n >= FEWEST_OWN):
        mine = [(s, y) for s, y, g in rows if g == group]
        if len({y for _, y in mine}) == 2:
            own[group] = fit([s for s, _ in mine], [y for _, y in mine])
    return Grouped(fit(scores, right), own)


def fit_temperature(scores: Sequence[float], right: Sequence[bool]) -> Temperature:
    """Fit the temperature at the posterior's mode, its logarithm a priori standard normal.

    The prior keeps it finite where few labels leave no error.
    """
    from scipy.optimize import minimize_scalar

    logits, sign = _logits(scores), np.where(np.asarray(right, dtype=bool), 1.0, -1.0)

    def loss(log_t: float) -> float:
        surprise = np.logaddexp(0.0, -sign * logits * np.exp(-log_t))
        return float(surprise.sum() + log_t**2 / 2)

    found = minimize_scalar(loss, bounds=(-4.0, 4.0), method="bounded")
    return Temperature(float(np.exp(found.x)), len(scores))


def fit_platt(scores: Sequence[float], right: Sequence[bool]) -> Platt:
    """Fit the slope and offset by (lightly regularised) maximum likelihood.

    With fewer than `FEWEST` labels, or one class missing, the identity is returned.
    """
    if len(scores) < FEWEST or len(set(right)) < 2:
        return Platt()
    from sklearn.linear_model import LogisticRegression

    logits = _logits(scores).reshape(-1, 1)
    model = LogisticRegression(C=10.0).fit(logits, np.asarray(right, dtype=int))
    return Platt(float(model.coef_[0, 0]), float(model.intercept_[0]), len(scores))


def fit_isotonic(scores: Sequence[float], right: Sequence[bool]) -> Isotonic:
    """Fit the rising curve of least squared error."""
    from sklearn.isotonic import IsotonicRegression

    edge = 1 / (len(scores) + 2)
    model = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip")
    model.fit(np.asarray(scores, dtype=float), np.asarray(right, dtype=float))
    at, chances = model.X_thresholds_.tolist(), model.y_thresholds_.tolist()
    return Isotonic(tuple(zip(at, chances, strict=True)), len(scores))


def _logits(scores: Sequence[float]) -> NDArray[np.float64]:
    clipped = np.clip(np.asarray(scores, dtype=np.float64), _CLIP, 1 - _CLIP)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)


def _sigmoid(logits: NDArray[np.float64]) -> list[float]:
    return [float(p) for p in 1 / (1 + np.exp(-logits))]
