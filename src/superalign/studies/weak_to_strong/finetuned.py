"""Lessons for whole models: each finetunes a checkpoint and a head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from superalign.learners.finetuning import Finetuning, Labels
from superalign.policies.features import Kind
from superalign.progress import Progress
from superalign.scale import spread
from superalign.studies.weak_to_strong.lessons import Chances, Lesson


@dataclass(frozen=True, slots=True)
class Finetuned:
    """Trains a model of its own for each lesson, several at a time."""

    kind: Kind
    folder: Path
    """Where models are kept while others still train."""
    workers: int
    advance: Callable[[], None]

    def teach(self, lessons: Sequence[Lesson]) -> list[Chances]:
        """Return the answers of each lesson's model.

        Raises:
            BadInput: If a size is no checkpoint that loads.
        """
        tasks = [_Task(lesson, self.kind, self.folder) for lesson in lessons]
        return spread(_finetune, tasks, workers=self.workers, on_event=lambda *_: self.advance())


@dataclass(frozen=True, slots=True)
class _Task:
    lesson: Lesson
    kind: Kind
    folder: Path


def _finetune(task: _Task, progress: Progress) -> Chances:
    lesson = task.lesson
    how = Finetuning(folder=task.folder, loss=lesson.loss)
    if lesson.stop == "end":
        how = Finetuning(folder=task.folder, loss=lesson.loss, held_out=0.0)
    labels = Labels(
        problems=lesson.problems,
        targets=lesson.targets,
        kind=task.kind,
        weights=lesson.weights,
        gold_stop=lesson.gold,
    )
    model = how.train(lesson.size, labels, seed=lesson.seed)
    answers = model.probabilities(lesson.asked).astype(float)
    progress.advance()
    return answers
