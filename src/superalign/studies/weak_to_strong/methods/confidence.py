"""Methods that trust the supervisor where it is sure, and those that stop training otherwise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from superalign.studies.weak_to_strong.lessons import Chances, Way
from superalign.studies.weak_to_strong.methods.case import Case, plain

KEPT = 0.5
"""Share of each class that `confident` keeps."""


def margin(chances: Chances) -> NDArray[np.float64]:
    """Return |2p - 1| of each row: 0 where the classes are equally likely, 1 where it is sure."""
    return np.asarray(np.abs(chances[:, 1] - chances[:, 0]))


def surest(chances: Chances, kept: float = KEPT) -> NDArray[np.float64]:
    """Return 1 for the share `kept` of either class with the largest margin, else 0.

    The classes are the supervisor's; of each at least one row is kept.
    """
    weights, said, sure = np.zeros(len(chances)), chances.argmax(1), margin(chances)
    for label in np.unique(said):
        at = np.flatnonzero(said == label)
        order = at[np.argsort(-sure[at], kind="stable")]
        weights[order[: max(1, round(kept * len(at)))]] = 1
    return weights


def confident(case: Case) -> Way:
    """Teach only the half of either class of which the supervisor is surest (Burns, App. B)."""
    (said,) = yield [case.supervisor()]
    labels = case.labels(said)
    return case.lesson(labels, weights=surest(labels))


def weighted(case: Case) -> Way:
    """Teach all labels, each weighted by |2p - 1|; `cwpo` does so in DPO."""
    (said,) = yield [case.supervisor()]
    labels = case.labels(said)
    return case.lesson(labels, weights=margin(labels))


def no_early_stop(case: Case) -> Way:
    """Teach to the end; the others keep the epoch that agrees best with held-out weak labels."""
    return plain(case, stop="end")


def early_stop_gold(case: Case) -> Way:
    """Keep the epoch that agrees best with the truth: it cheats, and shows what stopping can give.

    The truth is put in by the grid, which marks the cell; no method has it.
    """
    return plain(case, stop="gold")
