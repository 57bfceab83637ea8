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
    texts: Ints | None = None
    """The same number, 0 to N - 1, for equal texts of a problem; None where no two are equal."""

    def __post_init__(self) -> None:
        if self.groups.ndim != 2 or self.groups.shape != self.scores.shape:
            raise ValueError(f"shapes {self.groups.shape}, {self.scores.shape} are no [P, N] pair")
        if self.texts is not None and self.texts.shape != self.groups.shape:
            raise ValueError(f"shapes {self.groups.shape}, {self.texts.shape} are not the same")
        if not self.groups.shape[1] or not np.isfinite(self.scores).all():
            raise ValueError("a pool needs samples, and a finite score of each")

    @property
    def answered(self) -> Flags:
        """Which samples have an answer."""
        return self.groups >= 0

    def taken(self, columns: Ints) -> Self:
        """Return the pool of samples `columns`, [P, n], of each problem, in that order."""
        groups = np.take_along_axis(self.groups, columns, 1)
        texts = None if self.texts is None else np.take_along_axis(self.texts, columns, 1)
        return type(self)(groups, np.take_along_axis(self.scores, columns, 1), texts)

    def first(self, n: int) -> Self:
        """Return the pool of the first `n` samples of each problem."""
        texts = None if self.texts is None else self.texts[:, :n]
        return type(self)(self.groups[:, :n], self.scores[:, :n], texts)

    def picks(self, rule: Rule) -> Ints:
        """Return which sample of each problem is chosen, [P]; -1 where nobody can vote.

        Samples without an answer have no vote; ties go to the answer, or the sample, that came
        first. An answer is stood for by the text that has most of its votes: equal samples vote
        together for their text, as equal answers do. Best of N takes the highest score, answer or
        not.

        Raises:
            ValueError: If scores are to be summed and one is negative.
        """
        if rule == "best":
            return np.asarray(self.scores.argmax(1))
        if self.scores.min(initial=0.0) < 0 and rule == "weighted":
            raise ValueError("a negative score cannot be a vote")
        votes = self.scores if rule == "weighted" else np.ones_like(self.scores)
        sums = _summed(self.groups, votes)
        sums[~self.answered] = -np.inf  # no answer
        elected = np.take_along_axis(self.groups, sums.argmax(1)[:, None], 1)
        for_text = votes if self.texts is None else _summed(self.texts, votes)
        chosen = np.where(self.groups == elected, for_text, -np.inf).argmax(1)
        return np.where(self.answered.any(1), chosen, -1)

    def hits(self, rule: Rule, truth: Flags) -> Flags:
        """Return per problem whether the sample chosen is true, [P]; no answer is never true."""
        picks = self.picks(rule)
        true = np.take_along_axis(truth & self.answered, np.maximum(picks, 0)[:, None], 1)
        return np.asarray(true[:, 0])


def _summed(kinds: Ints, votes: Floats) -> Floats:
    """Return for every sample the votes of all samples of its kind, [P, N]."""
    width = int(kinds.max(initial=0)) + 2
    row = width * np.arange(len(kinds))[:, None]
    cells = np.maximum(kinds, -1, dtype=np.int64) + 1 + row
    sums = np.bincount(cells.ravel(), votes.ravel(), width * len(cells))
    return np.asarray(sums[cells], np.float64)
