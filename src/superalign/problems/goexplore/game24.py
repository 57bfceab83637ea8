"""Game of 24: make 24 of four numbers by whole-number operations, each number used once."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from random import Random
from typing import TypeAlias

from superalign.errors import BadInput
from superalign.problems.goexplore.world import View

State: TypeAlias = tuple[int, ...]
"""Numbers left, in rising order."""

TARGET = 24
HIGHEST = 13
COLUMN = "Puzzles"
"""Of the published file, where a puzzle stands as numbers between spaces."""

RULES = """Game of 24: make {target} of the numbers {numbers}. An action takes two of the \
numbers that are left and puts the result in their place: the sum, the difference (larger less \
smaller), the product or the quotient (larger by smaller). A quotient that is not whole ends the \
trial. You win when {target} is the only number left, and lose the trial when another is."""


def operations(state: State) -> tuple[str, ...]:
    """Return the operations on every pair, in the order of the published searches.

    Equal numbers give equal operations, which count one by one, as published.
    """
    return tuple(f"{b} {sign} {a}" for a, b in combinations(state, 2) for sign in "+-*/")


def after(state: State, operation: str) -> State | None:
    """Return the numbers after an operation, or None where its result is not whole."""
    left, sign, right = operation.split()
    large, small = int(left), int(right)
    match sign:
        case "+":
            made = large + small
        case "-":
            made = large - small
        case "*":
            made = large * small
        case _:
            if small == 0 or large % small:
                return None
            made = large // small
    rest = list(state)
    rest.remove(large)
    rest.remove(small)
    return tuple(sorted([*rest, made]))


@cache
def solution(state: State) -> tuple[str, ...] | None:
    """Return operations that lead to the target, or None where none do."""
    if len(state) == 1:
        return () if state == (TARGET,) else None
    for operation in operations(state):
        made = after(state, operation)
        rest = None if made is None else solution(made)
        if rest is not None:
            return operation, *rest
    return None


class Game24:
    """One puzzle (Yao et al. 2023, arXiv 2305.10601; the steps of Lu et al. 2025)."""

    budget = 700
    horizon = rollout = 3

    def __init__(self, numbers: Sequence[int]) -> None:
        self._start = self._state = tuple(sorted(numbers))
        self.rules = RULES.format(target=TARGET, numbers=", ".join(map(str, self._start)))

    def reset(self) -> View:
        """Go back to the puzzle's numbers."""
        self._state = self._start
        return self._view(self._state)

    def step(self, action: str) -> View:
        """Do an operation; one without a whole result ends the trial."""
        made = after(self._state, action)
        if made is None:
            return View(key="", text=f"{action} is no whole number.", actions=())
        self._state = made
        return self._view(made)

    def walkthrough(self) -> Sequence[str]:
        """Return operations that win; none for a puzzle that cannot be solved."""
        return solution(self._start) or ()

    def _view(self, state: State) -> View:
        shown = " ".join(map(str, state))
        won = state == (TARGET,)
        return View(shown, f"Numbers left: {shown}", operations(state), won, float(won))


def drawn(rng: Random) -> State:
    """Draw four numbers of 1 to 13 that whole steps bring to the target."""
    while solution(numbers := tuple(sorted(rng.randint(1, HIGHEST) for _ in range(4)))) is None:
        pass
    return numbers


def read_puzzles(path: Path) -> list[State]:
    """Read the puzzles of the published file, in its order.

    Raises:
        BadInput: If the file cannot be read or a puzzle is not four whole numbers.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
    return [_puzzle(row.get(COLUMN), f"{path}, row {i}") for i, row in enumerate(rows, 1)]


def _puzzle(text: str | None, place: str) -> State:
    numbers = (text or "").split()
    if len(numbers) != 4 or not all(n.isdecimal() for n in numbers):
        raise BadInput(f"{place}: field {COLUMN!r} is not four whole numbers")
    return tuple(sorted(map(int, numbers)))
