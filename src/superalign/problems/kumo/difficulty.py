"""How hard a task is, measured, so that tasks can be drawn to order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from superalign.problems.kumo.oracle import optimum
from superalign.problems.kumo.play import oracle_player
from superalign.problems.kumo.task import Task

Band: TypeAlias = tuple[float, float]
"""From and to, both inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """Measures of one task."""

    expected: float
    """Actions the best player takes in the mean, by the oracle's model of outcomes."""
    length: int
    """Actions it takes here."""
    least: int
    """Fewest observations that together rule out every truth but the valid one."""
    redundancy: float
    """Share of the actions that could be taken away so: 1 - least / actions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Bounds on a task; null leaves a measure free."""

    length: Band | None = None
    redundancy: Band | None = None

    def takes(self, task: Task) -> bool:
        """Return whether `task` lies within the bounds; what is cheap is looked at first."""
        if self.redundancy and not _within(1 - least(task) / len(task.actions), self.redundancy):
            return False
        return not self.length or _within(len(oracle_player(task).taken), self.length)


def difficulty(task: Task) -> Difficulty:
    """Measure a task that is not broken."""
    few = least(task)
    return Difficulty(
        expected=optimum(task),
        length=len(oracle_player(task).taken),
        least=few,
        redundancy=1 - few / len(task.actions),
    )


def least(task: Task) -> int:
    """Return the size of the smallest set of observations that leaves only the survivors."""
    whole = 0
    for gone in task.shown:
        whole |= gone
    masks = _largest(set(task.shown) - {0})
    reached, count = {0}, 0
    while whole not in reached:
        reached = _largest({r | m for r in reached for m in masks})
        count += 1
    return count


def _largest(masks: set[int]) -> set[int]:
    """Drop masks that lie inside another: whatever they cover, the other does."""
    return {m for m in masks if not any(m != o and m | o == o for o in masks)}


def _within(value: float, band: Band) -> bool:
    return band[0] <= value <= band[1]
