"""One student to be taught: its supervisor, both halves, and no truth of its own half."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from superalign.problems.tasks.task import gathered
from superalign.records import Problem, seed_of
from superalign.studies.weak_to_strong.lessons import Chances, Lesson, Way


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """What a method may use. The truth is known of the first half, the supervisor's, alone."""

    weak: str
    student: str
    between: tuple[str, ...]
    """Sizes above the supervisor's and below the student's, from small to large."""
    first: Sequence[Problem]
    gold: Chances
    """Of `first`."""
    second: Sequence[Problem]
    test: Sequence[Problem]
    groups: Mapping[str, str]
    """By problem id: what is never parted when data are cut."""
    seed: int

    def supervisor(self, **changes: Any) -> Lesson:
        """Return the lesson of the supervisor, asked after the second half, or a changed one."""
        asked = (*self.second, *self.test)
        return Lesson(
            **{
                "size": self.weak,
                "problems": self.first,
                "targets": self.gold,
                "asked": asked,
                "seed": self.seed,
                **changes,
            }
        )

    def labels(self, chances: Chances) -> Chances:
        """Return the part of a supervisor's answers that labels the second half."""
        return chances[: len(self.second)]

    def lesson(self, targets: Chances, **changes: Any) -> Lesson:
        """Return the lesson of the student: targets for the second half."""
        return Lesson(
            **{
                "size": self.student,
                "problems": self.second,
                "targets": targets,
                "asked": self.test,
                "seed": self.seed,
                **changes,
            }
        )

    def folds(self, problems: Sequence[Problem], k: int) -> list[NDArray[np.intp]]:
        """Return the places of `problems` in k parts of like size; groups stay whole."""
        groups = gathered(range(len(problems)), [self.groups[p.id] for p in problems])
        Random(seed_of(self.seed, "folds", k)).shuffle(groups)
        parts: list[list[int]] = [[] for _ in range(k)]
        for group in groups:
            min(parts, key=len).extend(group)
        return [np.array(sorted(part), dtype=np.intp) for part in parts]


Method: TypeAlias = Callable[[Case], Way]


def plain(case: Case, loss: str = "xent", **changes: Any) -> Way:
    """Teach the supervisor's chances as they are, by a loss."""
    (said,) = yield [case.supervisor()]
    return case.lesson(case.labels(said), loss=loss, **changes)


def crossed(case: Case, size: str, problems: Sequence[Problem], targets: Chances, k: int) -> Way:
    """Return as a lesson's targets what models of a size say of problems none of them was taught.

    Each of k models is taught on all parts but one, which it is then asked after.
    """
    folds = case.folds(problems, k)
    lessons = []
    for i, part in enumerate(folds):
        kept = np.setdiff1d(np.arange(len(problems)), part)
        lessons.append(
            Lesson(
                size=size,
                problems=[problems[j] for j in kept],
                targets=targets[kept],
                asked=[problems[j] for j in part],
                seed=seed_of(case.seed, "fold", i) % 2**31,
            )
        )
    answers = yield lessons
    found = np.zeros_like(targets)
    for part, chances in zip(folds, answers, strict=True):
        found[part] = chances
    return case.lesson(found)
