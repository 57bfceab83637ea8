"""What a student made of a weaker teacher's labels: the gap recovered, and whose errors it makes.

Chances are [N, 2] over the same test items for teacher, student and ceiling (the student's body
trained on the truth); `truth` holds the right class of each. Source of the terms: Burns et al.
(2023), arXiv 2312.09390, sections 3 and 5.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from superalign.measures.clusters import RESAMPLES, weights
from superalign.stats import Rate, ece, gap_recovered, rate

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]
UNBOUNDED = 0.025
"""Share of resamples without a gap from which on one end of the interval lies nowhere."""


class Recovered(TypedDict):
    """The share of the gap that was recovered, with its 95% interval.

    `value` is null where the ceiling is not above the teacher, which `no_gap` says. The ends are
    null where the gap is not told apart from none.
    """

    value: float | None
    low: float | None
    high: float | None
    no_gap: bool


class Agreement(TypedDict):
    """How often the student says what its teacher says."""

    all: Rate
    teacher_right: Rate
    teacher_wrong: Rate


class Measured(TypedDict):
    """Everything that is said of one student; rates are shares of test items."""

    weak: Rate
    student: Rate
    ceiling: Rate
    gap_recovered: Recovered
    agreement: Agreement
    inherited: Rate
    corrected: Rate
    new_errors: Rate
    ece: float | None
    weak_ece: float | None
    misfit: float


@dataclass(frozen=True, eq=False)
class Compared:
    """Teacher, student and ceiling on the same items."""

    truth: NDArray[np.integer]
    weak: Floats
    student: Floats
    ceiling: Floats
    groups: Sequence[Hashable]
    """What each item was drawn with; resampling takes groups, not items."""

    @cached_property
    def right(self) -> Flags:
        """Who is right on which item, [3, N]: teacher, student, ceiling."""
        said = (self.weak, self.student, self.ceiling)
        return np.stack([chances.argmax(1) == self.truth for chances in said])

    def measured(self, *, seed: int) -> Measured:
        """Return all measures; `seed` is that of the resampling."""
        weak, student, ceiling = self.right
        agrees = self.weak.argmax(1) == self.student.argmax(1)
        return Measured(
            weak=_share(weak),
            student=_share(student),
            ceiling=_share(ceiling),
            gap_recovered=recovered(self.right, self.groups, seed=seed),
            agreement=Agreement(
                all=_share(agrees),
                teacher_right=_share(agrees[weak]),
                teacher_wrong=_share(agrees[~weak]),
            ),
            inherited=_share((agrees & ~student)[~weak]),
            corrected=_share(student[~weak]),
            new_errors=_share(~student[weak]),
            ece=_ece(self.student, student),
            weak_ece=_ece(self.weak, weak),
            misfit=misfit(self.weak, self.student),
        )


def misfit(weak: Floats, student: Floats) -> float:
    """Return mean (student - weak)^2 over items: how far the student left its teacher, label-free.

    For squared loss and a convex class the student's error is at most the teacher's less this
    (Charikar et al. 2024, arXiv 2405.15116, theorem 1).
    """
    return float(((student[:, 1] - weak[:, 1]) ** 2).mean())


def recovered(
    right: Flags, groups: Sequence[Hashable], *, seed: int, n: int = RESAMPLES
) -> Recovered:
    """Return the share of the gap recovered by mean accuracies, with a bootstrap over groups.

    Args:
        right: [3, N], or [3, S, N] where several students answered the same items: right answers
            of teacher, student and ceiling.
        groups: Of the N items.
        seed: Of the resampling.
        n: Resamples.
    """
    hits = right.reshape(3, -1, len(groups)).mean(1)
    value = gap_recovered(*(float(x) for x in hits.mean(1)))
    names = {name: i for i, name in enumerate(dict.fromkeys(groups))}
    place = np.array([names[g] for g in groups])
    sums = np.stack([np.bincount(place, x, len(names)) for x in (*hits, np.ones(len(place)))], 1)
    weak, student, ceiling, items = (weights(len(names), seed=seed, n=n) @ sums).T
    gaps = (ceiling - weak) / items
    known = gaps > 0
    if value is None or 1 - known.mean() >= UNBOUNDED:
        return Recovered(value=value, low=None, high=None, no_gap=value is None)
    shares = ((student - weak) / items)[known] / gaps[known]
    low, high = np.quantile(shares, (0.025, 0.975))
    return Recovered(value=value, low=float(low), high=float(high), no_gap=False)


def _share(flags: Flags) -> Rate:
    return rate(int(flags.sum()), len(flags))


def _ece(chances: Floats, right: Flags) -> float | None:
    return ece(chances.max(1), right)
