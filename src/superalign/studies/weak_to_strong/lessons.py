"""Lessons: all that a model is taught with, and how many are taught together.

Teachers, students and ceilings are models of a size that were given a lesson. A lesson holds
problems and targets and no key, so what trains on it has no way to the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from superalign.records import Problem, digest

Chances: TypeAlias = NDArray[np.float64]
"""[N, 2]: of either class, or of either choice being the better."""
DECIMALS = 6
"""Of a chance, as it is recorded."""
Stop: TypeAlias = Literal["weak", "gold", "end"]
"""Training ends at the best agreement with held-out labels of the lesson, with gold (which
cheats), or when it is over."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """What one model is taught, and what it is asked after."""

    size: str
    problems: Sequence[Problem]
    targets: Chances
    asked: Sequence[Problem]
    loss: str = "xent"
    seed: int = 0
    weights: NDArray[np.float64] | None = None
    """[N], what each problem counts; None means all alike."""
    stop: Stop = "weak"
    generative: bool = False
    """Whether the body first learns to write its problems, which takes no label."""
    gold: Chances | None = None
    """[N, 2], only where `stop` is `gold`."""

    @cached_property
    def id(self) -> str:
        """Names all that the answers depend on, the size's weights apart."""
        arrays = [
            None if a is None else a.tobytes().hex()
            for a in (self.targets, self.weights, self.gold)
        ]
        read = [[p.id for p in ps] for ps in (self.problems, self.asked)]
        how = [self.loss, self.seed, self.stop, self.generative]
        return digest("lesson", self.size, read, arrays, how)


def recorded(chances: Chances) -> list[float]:
    """Return what is kept of chances: those of class 1."""
    return [round(float(c), DECIMALS) for c in chances[:, 1]]


def recalled(column: Sequence[float]) -> Chances:
    """Return chances from what was kept of them."""
    second = np.array(column, dtype=np.float64)
    return np.stack([1 - second, second], 1)


class School(Protocol):
    """Trains a model for each lesson."""

    def teach(self, lessons: Sequence[Lesson]) -> list[Chances]:
        """Return the answers of each lesson's model to what it is asked."""
        ...


Way: TypeAlias = Generator[Sequence[Lesson], list[Chances], Lesson]
"""Yields lessons it needs the answers to, any number of times, and returns the student's."""


def together(
    ways: Sequence[Way], teach: Callable[[Sequence[Lesson]], list[Chances]]
) -> list[Lesson]:
    """Run ways side by side; lessons that they need at the same time are taught as one batch."""
    found: dict[int, Lesson] = {}
    answers: Mapping[int, list[Chances] | None] = dict.fromkeys(range(len(ways)))
    while answers:
        wanted: dict[int, Sequence[Lesson]] = {}
        for i, answer in answers.items():
            try:
                wanted[i] = next(ways[i]) if answer is None else ways[i].send(answer)
            except StopIteration as end:
                found[i] = end.value
        taught = iter(teach([lesson for lessons in wanted.values() for lesson in lessons]))
        answers = {i: [next(taught) for _ in lessons] for i, lessons in wanted.items()}
    return [found[i] for i in range(len(ways))]
