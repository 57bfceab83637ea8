"""Lessons for linear heads on frozen bodies: all lessons of a size are one matrix problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from superalign.learners.heads import Head, Heads, Training, train_heads
from superalign.policies.features import Vectors, body, inputs
from superalign.problems.tasks import Task
from superalign.studies.weak_to_strong.lessons import Chances, Lesson


@dataclass(frozen=True, slots=True)
class Frozen:
    """Reads every problem once with every body; no body is trained."""

    task: Task
    cache: Path
    """Folder that keeps vectors, by content."""
    layer: int | None = None
    """Which hidden state of a checkpoint; None is the last."""

    def teach(self, lessons: Sequence[Lesson]) -> list[Chances]:
        """Return the answers of each lesson's head, one size after the other.

        Raises:
            BadInput: If there is no such body.
        """
        place = {p.id: i for i, p in enumerate((*self.task.train, *self.task.test))}
        found: dict[str, Chances] = {}
        for size in dict.fromkeys(lesson.size for lesson in lessons):
            train, test = self._vectors(size)
            for held_out in (True, False):
                alike = [x for x in lessons if x.size == size and (x.stop != "end") is held_out]
                if alike:
                    heads = self._heads(alike, train, place, held_out)
                    said = heads.probabilities(np.concatenate([train, test]))
                    for lesson, chances in zip(alike, said, strict=True):
                        asked = [place[p.id] for p in lesson.asked]
                        found[lesson.id] = chances[asked].astype(float)
        return [found[lesson.id] for lesson in lessons]

    def _vectors(self, size: str) -> tuple[Vectors, Vectors]:
        """Return the vectors of the problems to train and to test."""
        reader, kind = body(size, layer=self.layer, cache=self.cache), self.task.kind
        assert kind != "generate"
        return inputs(reader, self.task.train, kind), inputs(reader, self.task.test, kind)

    def _heads(
        self, lessons: Sequence[Lesson], train: Vectors, place: dict[str, int], held_out: bool
    ) -> Heads:
        heads = [
            Head(
                rows=np.array([place[p.id] for p in lesson.problems]),
                targets=lesson.targets,
                loss=lesson.loss,
                seed=lesson.seed,
                weights=lesson.weights,
                gold_stop=lesson.gold,
            )
            for lesson in lessons
        ]
        training = Training() if held_out else Training(held_out=0)
        return train_heads(train, heads, training, antisymmetric=self.task.kind == "compare")
