"""The attacker that raises the level where the learner succeeds and mutates where it fails.

Cells are (level, axis). A Thompson bandit over Beta posteriors spends the budget on the cells
where the critic finds the most to teach: an answer that fails counts for a cell only if another
answer to the same problem passes, because a problem that nothing solves teaches nothing, and one
that nobody can solve would otherwise draw the whole budget.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from superalign.attackers.protocol import Table
from superalign.attackers.thompson import Posterior, choose
from superalign.records import Episode, Outcome, Problem, seed_of

Draw = Callable[[int, str, random.Random], Problem]
"""Makes a problem of a level, mutated along an axis (`plain` for none)."""

PLAIN = "plain"


@dataclass(slots=True)
class Cell(Posterior):
    """What is known of one (level, axis).

    A hit is a sample that failed on a problem that another sample passed.
    """

    problems: int = 0
    solved: int = 0
    """Problems that some sample passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Searches levels and mutation axes of a generated world."""

    draw: Draw
    levels: Sequence[int]
    """All levels it may reach, easiest first."""
    axes: Sequence[str]
    start: int
    """Highest level open at the beginning."""
    waves: int = 8
    explore: float = 0.25
    """Share of problems spread evenly over the open cells."""
    solved: float = 0.25
    """The highest open level opens the next when some answer passes this share of its problems."""

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return all judged episodes; each wave is one idempotent step."""
        search = _Search(self, random.Random(seed_of(seed, "escalate")))
        tried: list[Episode] = []
        problems = budget // table.samples
        for wave in range(self.waves):
            size = problems * (wave + 1) // self.waves - problems * wave // self.waves
            played = await table.play(search.next(size), seed=seed)
            search.learn(played)
            tried += played
        return tried


@dataclass(slots=True)
class _Search:
    plan: Escalate
    rng: random.Random
    cells: dict[tuple[int, str], Cell] = field(default_factory=dict)
    asked: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for level in self.plan.levels:
            if level <= self.plan.start:
                self._open(level, PLAIN)

    def _open(self, level: int, axis: str) -> None:
        self.cells.setdefault((level, axis), Cell())

    def next(self, size: int) -> list[Problem]:
        """Draw the problems of one wave."""
        return [self._draw(self._choose()) for _ in range(size)]

    def _choose(self) -> tuple[int, str]:
        """Explore a level at random and an axis within it, or take the bandit's choice."""
        if self.rng.random() >= self.plan.explore:
            return choose(self.cells, self.rng)
        level = self.rng.choice(sorted({level for level, _ in self.cells}))
        return self.rng.choice([c for c in self.cells if c[0] == level])

    def _draw(self, cell: tuple[int, str]) -> Problem:
        problem = self.plan.draw(*cell, self.rng)
        self.asked[problem.id] = cell
        return problem

    def learn(self, played: Sequence[Episode]) -> None:
        """Update the cells, and open levels and mutation axes."""
        for problem, group in groupby(played, key=lambda e: e.problem.id):
            outcomes = [e.verdicts[-1].outcome for e in group]
            solved = Outcome.PASS in outcomes
            cell = self.cells[self.asked[problem]]
            cell.problems += 1
            cell.solved += solved
            cell.add(outcomes.count(Outcome.FAIL) if solved else 0, len(outcomes))
            if Outcome.FAIL in outcomes:
                self._mutate(self.asked[problem][0])
        self._escalate()

    def _mutate(self, level: int) -> None:
        for axis in self.plan.axes:
            self._open(level, axis)

    def _escalate(self) -> None:
        top = max(level for level, _ in self.cells)
        cell = self.cells[top, PLAIN]
        harder = [level for level in self.plan.levels if level > top]
        if harder and cell.problems and cell.solved >= self.plan.solved * cell.problems:
            self._open(harder[0], PLAIN)
