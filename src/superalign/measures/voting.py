"""Choosing one of many samples of a problem: majority, weighted voting and best of N.

Arrays are [P, N]: P problems with N samples each, in the order in which they were drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from superalign.stats import Floats

Ints = NDArray[np.integer]
Flags = NDArray[np.bool_]
Rule = Literal["majority", "weighted", "best"]
"""How a sample is chosen: its answer's count, its answer's sum of scores, or its own score."""
RULES: tuple[Rule, ...] = get_args(Rule)


@dataclass(frozen=True, eq=False)
class Pool:
    """Samples of problems: which of them answer alike, and how an evaluator scores them."""

    groups: Ints
    """The same number for equal answers to the same problem; below 0 where there is no answer."""
    scores: Floats
    """Higher is better; finite, and not negative where they are summed."""

    def __post_init__(self) -> None:
        if self.groups.ndim != 2 or self.groups.shape != self.scores.shape:
            raise ValueError(f"shapes {self.groups.shape}, {self.scores.shape} are no [P, N] pair")
        if not self.groups.shape[1] or not np.isfinite(self.scores).all():
            raise ValueError("a pool needs samples, and a finite score of each")

    @property
    def answered(self) -> Flags:
        """Which samples have an answer."""
        return self.groups >= 0

    def taken(self, columns: Ints) -> Self:
        """Return the pool of samples `columns`, [P, n], of each problem, in that order."""
        groups = np.take_along_axis(self.groups, columns, 1)
        return type(self)(groups, np.take_along_axis(self.scores, columns, 1))

    def first(self, n: int) -> Self:
        """Return the pool of the first `n` samples of each problem."""
        return type(self)(self.groups[:, :n], self.scores[:, :n])

    def picks(self, rule: Rule) -> Ints:
        """Return which sample of each problem is chosen, [P]; -1 where nobody can vote.

        Samples without an answer have no vote; ties go to the answer, or the sample, that came
        first. A majority is stood for by the first of the samples that agree, a weighted one by
        the best of them. Best of N takes the highest score, answer or not.

        Raises:
            ValueError: If scores are to be summed and one is negative.
        """
        if rule == "best":
            return np.asarray(self.scores.argmax(1))
        if rule == "majority":
            return self._elected(np.ones_like(self.scores))
        if self.scores.min(initial=0.0) < 0:
            raise ValueError("a negative score cannot be a vote")
        chosen = self._elected(self.scores)
        agree = self.groups == np.take_along_axis(self.groups, chosen[:, None], 1)
        return np.where(chosen < 0, -1, np.where(agree, self.scores, -1.0).argmax(1))

    def hits(self, rule: Rule, truth: Flags) -> Flags:
        """Return per problem whether the sample chosen is true, [P]; no answer is never true."""
        picks = self.picks(rule)
        true = np.take_along_axis(truth & self.answered, np.maximum(picks, 0)[:, None], 1)
        return np.asarray(true[:, 0])

    def _elected(self, votes: Floats) -> Ints:
        """Return the first sample of the group with the most votes, or -1."""
        width = int(self.groups.max(initial=0)) + 2
        cells = (
            np.maximum(self.groups, -1, dtype=np.int64)
            + 1
            + width * np.arange(len(self.groups))[:, None]
        )
        sums = np.bincount(cells.ravel(), votes.ravel(), width * len(cells)).astype(np.float64)
        sums[::width] = -np.inf  # no answer
        chosen = sums[cells].argmax(1)
        return np.where(self.answered.any(1), chosen, -1)
