"""The fewest actions in expectation, and the player who takes them.

The value of (T, A) is 0 if one truth is left, no action is, or some truth can be ruled out by no
action that is left (the promise makes it the valid one); else 1 plus, minimised over the actions,
the mean over outcomes of the value after them. An outcome counts in proportion to the truths that
it leaves. That is the recursion of the published search; it is a modelling choice and not the
chance with which a generator draws outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from superalign.errors import BadInput
from superalign.problems.kumo.task import Task

WIDEST = 62
"""Truths and actions together, at most: both are bits of one key."""
TIE = 1e-12
"""Values closer than this are equal."""


class Oracle:
    """The values of one task; what is computed is kept.

    Raises:
        BadInput: If the compiler is not installed, or the task has too many truths and actions.
    """

    def __init__(self, kills: Sequence[Sequence[int]], truths: int) -> None:
        """Take, per action and state, the truths ruled out as bits, and the number of truths."""
        import numpy as np

        self._kernel = kernel()
        widest = max(map(len, kills), default=1)
        if truths + len(kills) > WIDEST:
            raise BadInput(
                f"the oracle takes {WIDEST} truths and actions, {truths + len(kills)} came"
            )
        self.all_truths, self.all_actions = (1 << truths) - 1, (1 << len(kills)) - 1
        table = [[*row, *[0] * (widest - len(row))] for row in kills]
        self._kills = np.array(table or np.zeros((0, 1)), np.int64)
        self._touches = np.bitwise_or.reduce(self._kills, axis=1)
        self._states = np.array([len(row) for row in kills], np.int64)
        self._shift = len(kills)
        self._room(1 << 8)

    @classmethod
    def of(cls, task: Task) -> Oracle:
        """Return the oracle of a task; it knows the rules and none of the observations."""
        return cls(task.kills, len(task.truths))

    def _room(self, size: int) -> None:
        import numpy as np

        self._keys = np.full(size, self._kernel.EMPTY, np.int64)
        self._values = np.empty(size, np.float64)
        self._used = np.zeros(2, np.int64)

    @property
    def size(self) -> int:
        """States whose value is kept."""
        return int(self._used[0])

    def value(self, truths: int | None = None, actions: int | None = None) -> float:
        """Return the expected number of actions from (truths, actions) on, by default all."""
        truths = self.all_truths if truths is None else truths
        actions = self.all_actions if actions is None else actions
        while True:
            found: float = self._kernel.value(
                truths,
                actions,
                self._kills,
                self._touches,
                self._states,
                self._keys,
                self._values,
                self._used,
            )
            if not self._used[1]:
                return found
            self._room(8 * self._keys.size)

    def best(self, truths: int, actions: int) -> int | None:
        """Return the index of the best action, the first of equals, or None where none is due."""
        least = self.value(truths, actions)
        if least == 0.0:
            return None
        for action in range(self._shift):
            if actions >> action & 1 and self._after(action, truths, actions) <= least + TIE:
                return action
        raise AssertionError("some action attains the value")

    def _after(self, action: int, truths: int, actions: int) -> float:
        """Return 1 plus the mean value after taking `action`."""
        row: list[int] = self._kills[action, : self._states[action]].tolist()
        left = [truths & ~k for k in row if truths & ~k]
        sizes = [t.bit_count() for t in left]
        others = actions & ~(1 << action)
        values = [size * self.value(t, others) for t, size in zip(left, sizes, strict=True)]
        return 1.0 + sum(values) / float(sum(sizes) + self._kernel.SLACK)

    def settled(self, truths: int, actions: int) -> int:
        """Return the index of the truth to name where no action is due.

        That is the one which no action left can rule out, given the promise; else the first left,
        and the first of all where a broken task leaves none.
        """
        touched = 0
        for action in range(self._shift):
            if actions >> action & 1:
                touched |= int(self._touches[action])
        sure = truths & ~touched or truths or 1
        return (sure & -sure).bit_length() - 1


def kernel() -> Any:
    """Return the compiled code.

    Raises:
        BadInput: If numba is not installed or cannot be loaded.
    """
    try:
        import superalign.problems.kumo.kernel as compiled
    except ImportError as error:
        raise BadInput(
            f"KUMO's optimum is compiled by numba ({error}): pip install 'superalign[evals]'"
        ) from error
    return compiled


def optimum(task: Task) -> float:
    """Return the expected number of real actions of the best player."""
    return Oracle.of(task).value()
