"""True rates from few labels: what was sampled, how likely, and what nobody could read.

All joins are by id. A label or outcome that is None was not readable: it is never counted as
either answer, and every estimate says how far it could move the value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from superalign.stats import Z95, wilson


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate in [0, 1] with its 95% interval; null where nothing was scored."""

    value: float | None
    low: float | None
    high: float | None
    scored: int
    unscored: int
    worst: float | None
    """The value if every unscored item were a case of what is counted."""
    best: float | None
    """The value if none were."""


def counted(outcomes: Iterable[bool | None]) -> Estimate:
    """Return the share of True among what was scored, with Wilson's interval.

    What is True is a defect (or any other case that is bad): `worst` counts every None as one.
    """
    found = list(outcomes)
    yes, scored = sum(o is True for o in found), sum(o is not None for o in found)
    unscored = len(found) - scored
    if not found:
        return Estimate(None, None, None, 0, 0, None, None)
    worst, best = (yes + unscored) / len(found), yes / len(found)
    if not scored:
        return Estimate(None, None, None, 0, unscored, worst, best)
    low, high = wilson(yes, scored)
    return Estimate(yes / scored, low, high, scored, unscored, worst, best)


def horvitz_thompson(
    labels: Mapping[str, float | None], inclusion: Mapping[str, float], n: int
) -> Estimate:
    """Return the mean label of `n` items, of which item i was labelled with chance pi_i.

    theta = (1/n) sum_i y_i / pi_i (Horvitz and Thompson 1952). It is the prediction-powered
    estimate of a critic that says nothing; `prediction_powered` says what the interval is.
    """
    if len(labels) > n:
        raise ValueError(f"{len(labels)} labels of {n} items")
    silent = dict.fromkeys(labels, 0.0)
    silent |= {f"\0{i}": 0.0 for i in range(n - len(labels))}
    return prediction_powered(silent, labels, inclusion)


def prediction_powered(
    predictions: Mapping[str, float],
    labels: Mapping[str, float | None],
    inclusion: Mapping[str, float],
    *,
    finite: bool = False,
) -> Estimate:
    """Return the mean true label of all predicted items, corrected by the labelled ones.

    theta = mean(f) + (1/N) sum_labelled (y_i - f_i) / pi_i, unbiased whatever the critic says
    (Angelopoulos et al. 2023, arXiv 2301.09633; with unequal chances Zrnic and Candes 2024, arXiv
    2403.03208, eq. 3). The interval is for the source that the N items came from: theta is a mean
    of N terms g_i = f_i + (y_i - f_i) / pi_i if labelled, else f_i, so its variance is Var(g)/N,
    which a sample of fixed size only lowers. With `finite` it is for these N items alone: what
    is random is the draw, so its variance is (1/N^2) sum_labelled (1 - pi_i) / pi_i^2 (y_i - f_i)^2
    (Horvitz and Thompson 1952, for independent draws; a systematic one varies less). Either way
    it is at least three errors of average weight wide, so that an audit without a single error
    still leaves 3/n.

    Unreadable labels are taken as missing at random within the audit: the readable ones take over
    their weight. `worst` and `best` set them to 1 and to 0 instead.

    Args:
        predictions: The critic's chance of the label 1, of every item.
        labels: People's labels in [0, 1] of the items that were sampled; None if unreadable.
        inclusion: The chance with which each labelled item was to be sampled, in (0, 1].
        finite: Whether the rate of these items is meant, and not of where they came from.

    Raises:
        ValueError: If a labelled item has no prediction, or no inclusion probability in (0, 1].
    """
    _check(predictions, labels, inclusion)
    known = {i: y for i, y in labels.items() if y is not None}
    weight = {i: 1 / inclusion[i] for i in labels}
    worst, best = (
        _clip(
            _terms(
                predictions, {i: y if y is not None else blank for i, y in labels.items()}, weight
            )
        )
        if labels
        else None
        for blank in (1.0, 0.0)
    )
    unread = len(labels) - len(known)
    if not known:
        return Estimate(None, None, None, 0, unread, worst, best)
    taken = sum(weight.values()) / sum(weight[i] for i in known)
    weight = {i: weight[i] * taken for i in known}
    terms = _terms(predictions, known, weight)
    n = len(terms)
    if finite:
        errors = ((1 - 1 / w) * (w * (known[i] - predictions[i])) ** 2 for i, w in weight.items())
        spread = sum(errors) / n**2
    else:
        spread = float(terms.var(ddof=1)) / n if n > 1 else 0.0
    unseen = 3 * sum(weight.values()) / len(weight) / n
    half = max(Z95 * math.sqrt(spread), unseen if len(known) < n or not finite else 0.0)
    value, middle = _clip(terms), float(terms.mean())
    low, high = max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half))
    return Estimate(value, low, high, len(known), unread, worst, best)


def _terms(
    predictions: Mapping[str, float], labels: Mapping[str, float], weight: Mapping[str, float]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return g_i of every predicted item."""
    return np.array(
        [f + weight[i] * (labels[i] - f) if i in labels else f for i, f in predictions.items()],
        dtype=np.float64,
    )


def _clip(terms: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return min(1.0, max(0.0, float(terms.mean())))


def _check(
    predictions: Mapping[str, float],
    labels: Mapping[str, float | None],
    inclusion: Mapping[str, float],
) -> None:
    for name in labels:
        if name not in predictions:
            raise ValueError(f"{name} has a label and no prediction")
        if not 0 < inclusion.get(name, 0.0) <= 1:
            raise ValueError(f"{name} has a label and no inclusion probability in (0, 1]")


def rogan_gladen(observed: float, sensitivity: float, specificity: float) -> float | None:
    """Return the true rate behind an observed one, for a critic of known errors.

    p = (observed + specificity - 1) / (sensitivity + specificity - 1), clipped to [0, 1] (Rogan
    and Gladen 1978). None where the critic is no better than chance: then nothing is known.
    """
    better = sensitivity + specificity - 1
    if better <= 0:
        return None
    return min(1.0, max(0.0, (observed + specificity - 1) / better))


def corrected(
    observed: tuple[int, int], sensitivity: tuple[int, int], specificity: tuple[int, int]
) -> Estimate:
    """Return Rogan and Gladen's rate with its interval, each argument as (cases, n).

    The variance carries the uncertainty of all three (their eq. 5, by the delta method), each rate
    a priori with one case either way, so that a critic with no error seen is not taken for
    perfect. Null where the critic is no better than chance.
    """
    n = observed[1]
    if not (n and sensitivity[1] and specificity[1]):
        return Estimate(None, None, None, n, 0, None, None)
    raw, se, sp = (k / m for k, m in (observed, sensitivity, specificity))
    value = rogan_gladen(raw, se, sp)
    if value is None:
        return Estimate(None, None, None, n, 0, None, None)
    part = [_spread(k, m) for k, m in (observed, sensitivity, specificity)]
    spread = part[0] + part[1] * value**2 + part[2] * (1 - value) ** 2
    half = Z95 * math.sqrt(spread) / (se + sp - 1)
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), n, 0, value, value)


def _spread(cases: int, n: int) -> float:
    """Return the variance of a share under one further case either way."""
    share = (cases + 1) / (n + 2)
    return share * (1 - share) / (n + 2)
