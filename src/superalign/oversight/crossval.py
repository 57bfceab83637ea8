"""What a calibration is worth on labels it was not fitted on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from superalign.oversight.calibration import fit, fit_grouped
from superalign.oversight.trust import aurc, risk_coverage
from superalign.stats import auroc, brier, ece


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationReport:
    """Measures of chances that were each given by a calibration fitted without that item.

    Risk and coverage are of the verdict the chance implies: a chance p is a verdict of confidence
    max(p, 1 - p), which is wrong where people disagree.
    """

    n: int
    folds: int
    ece_width: float
    """Expected calibration error over ten bins of equal width."""
    ece_mass: float
    """The same over ten bins of equal mass."""
    brier: float
    auroc: float | None
    """Mean over folds: chances of different folds come from different calibrations."""
    aurc: float
    risk_coverage: tuple[tuple[float, float], ...]
    chances: tuple[float, ...]
    """The chance of each item, in the order given."""


def cross_validated(
    scores: Sequence[float],
    right: Sequence[bool],
    *,
    groups: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
    folds: int = 5,
    seed: int = 0,
) -> CalibrationReport | None:
    """Return how well calibrated the scores are out of fold; None where a class has no two units.

    Args:
        scores: Raw scores in [0, 1].
        right: What people say.
        groups: Where given, calibration is by group (`fit_grouped`).
        units: What was drawn independently, for instance the problem: a unit is never split
            over folds. By default every item is its own.
        folds: How many; fewer where the rarer class has fewer units.
        seed: Of the assignment to folds.
    """
    own = list(units) if units is not None else [str(i) for i in range(len(scores))]
    pairs = list(zip(own, right, strict=True))
    folds = min(folds, *(len({u for u, y in pairs if y == c}) for c in (True, False)))
    if folds < 2:
        return None
    chances = [0.0] * len(scores)
    ranks: list[tuple[float, int]] = []
    for train, test in _folds(right, own, folds, seed):
        for i, chance in zip(test, _chances(scores, right, groups, train, test), strict=True):
            chances[i] = chance
        ranked = auroc([chances[i] for i in test], [right[i] for i in test])
        ranks += [] if ranked is None else [(ranked, len(test))]
    return _report(chances, right, folds, ranks)


def _folds(
    right: Sequence[bool], units: Sequence[str], folds: int, seed: int
) -> Iterator[tuple[list[int], list[int]]]:
    """Yield (train, test) positions; classes are spread evenly and units kept together."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    labels = [int(y) for y in right]
    alone = max(Counter(units).values()) == 1
    kind: Any = StratifiedKFold if alone else StratifiedGroupKFold
    cut = kind(folds, shuffle=True, random_state=seed % 2**32)
    for train, test in cut.split(labels, labels, None if alone else list(units)):
        yield train.tolist(), test.tolist()


def _chances(
    scores: Sequence[float],
    right: Sequence[bool],
    groups: Sequence[str] | None,
    train: list[int],
    test: list[int],
) -> list[float]:
    known = [scores[i] for i in train], [right[i] for i in train]
    asked = [scores[i] for i in test]
    if groups is None:
        return fit(*known)(asked)
    return fit_grouped(*known, [groups[i] for i in train])(asked, [groups[i] for i in test])


def _report(
    chances: list[float], right: Sequence[bool], folds: int, ranks: list[tuple[float, int]]
) -> CalibrationReport:
    truths = list(right)
    sure = [max(p, 1 - p) for p in chances]
    agreed = [(p > 0.5) == y for p, y in zip(chances, right, strict=True)]
    n = sum(size for _, size in ranks)
    return CalibrationReport(
        n=len(chances),
        folds=folds,
        ece_width=_known(ece(chances, truths)),
        ece_mass=_known(ece(chances, truths, mass=True)),
        brier=_known(brier(chances, truths)),
        auroc=sum(a * size for a, size in ranks) / n if n else None,
        aurc=_known(aurc(sure, agreed)),
        risk_coverage=tuple(risk_coverage(sure, agreed)),
        chances=tuple(chances),
    )


def _known(value: float | None) -> float:
    if value is None:
        raise ValueError("nothing to measure")
    return value
