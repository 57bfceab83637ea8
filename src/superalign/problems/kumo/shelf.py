"""Tasks by the id of the problem that is played; the one place that can look an answer up.

A game and a gold critic hold a shelf. Nothing that trains does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

from superalign.problems.kumo.difficulty import difficulty
from superalign.problems.kumo.domain import Domain
from superalign.problems.kumo.generate import Sampler, Size, generate
from superalign.problems.kumo.protocol import problem
from superalign.problems.kumo.task import Task
from superalign.records import Problem

LEVELS: dict[int, Size] = {
    1: Size(truths=3, actions=4),
    2: Size(truths=4, actions=6),
    3: Size(truths=5, actions=8),
    4: Size(truths=6, actions=9),
    5: Size(truths=8, actions=11),
    6: Size(truths=10, actions=14),
    7: Size(truths=12, actions=16),
}
"""Sizes from easy to hard; 2 and 7 are the published ones."""
AXES: dict[str, Callable[[Task], float]] = {
    "long": lambda task: difficulty(task).length,
    "bare": lambda task: -difficulty(task).redundancy,
}
"""Ways to be harder at a size: more actions needed, or fewer to spare."""
CANDIDATES = 8
"""Tasks drawn along an axis, of which the furthest is taken."""


class Shelf:
    """Tasks that are played, found by their problem."""

    def __init__(self, tasks: Iterable[Task] = (), *, guided: bool = True) -> None:
        self._guided = guided
        self._tasks: dict[str, Task] = {}
        self.problems: list[Problem] = [self.put(task) for task in tasks]

    def put(self, task: Task) -> Problem:
        """Take a task in; return its problem, which holds no answer."""
        made = problem(task, guided=self._guided)
        self._tasks[made.id] = task
        return made

    def task(self, problem: str) -> Task:
        """Return the task whose problem has this id.

        Raises:
            KeyError: If it was never put here.
        """
        return self._tasks[problem]

    def __contains__(self, problem: str) -> bool:
        return problem in self._tasks


class Draw:
    """Draws a task of a level along an axis, puts it on the shelf and returns its problem."""

    def __init__(
        self, domains: Sequence[Domain], shelf: Shelf, *, sampler: Sampler = "uniform"
    ) -> None:
        self.domains, self.shelf, self.sampler = domains, shelf, sampler

    def __call__(self, level: int, axis: str, rng: Random) -> Problem:
        """Return a fresh problem; equal generators, equal problems."""
        size = LEVELS[level]
        domain = rng.choice([d for d in self.domains if size.within(d)])
        tasks = generate(domain, size, seed=rng.getrandbits(60), sampler=self.sampler)
        if axis not in AXES:
            return self.shelf.put(next(tasks))
        return self.shelf.put(max((next(tasks) for _ in range(CANDIDATES)), key=AXES[axis]))
