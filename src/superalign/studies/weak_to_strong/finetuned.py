"""Lessons for whole models: each finetunes a checkpoint and a head, or a language model by DPO."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from superalign.learners.comparing import SETTINGS, Lessons
from superalign.learners.finetuning import Finetuning, Labels
from superalign.learners.generative import written
from superalign.ledger.folder import read_json, write_json, writing
from superalign.policies.features import Checkpoint, Kind, shown
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.scale import spread
from superalign.studies.weak_to_strong.lessons import Chances, Lesson, recalled, recorded


@dataclass(frozen=True, slots=True)
class Finetuned:
    """Trains a model of its own for each lesson, several at a time; none outlasts its answers."""

    kind: Kind
    folder: Path
    """Where answers are kept while other models still train."""
    workers: int
    advance: Callable[[], None]

    def teach(self, lessons: Sequence[Lesson]) -> list[Chances]:
        """Return the answers of each lesson's model; those that are kept are not given again.

        Raises:
            BadInput: If a size is no checkpoint that loads, or the folder cannot be written.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        tasks = [_Task(x, self.kind, self.folder / f"{x.id}.json") for x in lessons]
        spread(_answer, tasks, workers=self.workers, on_event=lambda *_: self.advance())
        return [recalled(read_json(task.kept)) for task in tasks]


@dataclass(frozen=True, slots=True)
class _Task:
    lesson: Lesson
    kind: Kind
    kept: Path


def _answer(task: _Task, progress: Progress) -> None:
    if not task.kept.is_file():
        chances = _preferring(task.lesson) if task.lesson.loss == "dpo" else _judging(task)
        with writing(task.kept.parent):
            write_json(task.kept, recorded(chances))
    progress.advance()


def _judging(task: _Task) -> Chances:
    """Return what a finetuned body and head say."""
    lesson = task.lesson
    how = Finetuning(loss=lesson.loss)
    if lesson.stop == "end":
        how = replace(how, held_out=0.0)
    labels = Labels(
        problems=lesson.problems,
        targets=lesson.targets,
        kind=task.kind,
        weights=lesson.weights,
        gold_stop=lesson.gold,
    )
    start = _start(lesson.size)
    if lesson.generative:
        texts = [text for p in lesson.problems for text in shown(p, task.kind)]
        start = written(start, texts, task.kept.parent / "bodies", seed=lesson.seed)
    model, _ = how.fit(start, labels, seed=lesson.seed)
    return model.probabilities(model.read(lesson.asked)).astype(float)


def _preferring(lesson: Lesson) -> Chances:
    """Return what a language model taught by DPO prefers."""
    taught = Lessons(problems=lesson.problems, targets=lesson.targets, weights=lesson.weights)
    model = SETTINGS["dpo"].train(LocalPolicy(lesson.size), taught, seed=lesson.seed)
    return model.chances(lesson.asked)


@cache
def _start(size: str) -> Checkpoint:
    """Return a checkpoint that all lessons of this process start from, each text cut once."""
    return Checkpoint(size)
