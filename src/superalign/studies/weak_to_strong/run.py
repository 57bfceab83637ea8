"""The grid: supervisors, students and ceilings, taught and measured; it resumes."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from superalign.ledger import Ledger
from superalign.ledger.folder import write_json, writing
from superalign.problems.tasks import Task, load
from superalign.progress import Progress
from superalign.records import Problem, seed_of
from superalign.studies.truth import truth
from superalign.studies.weak_to_strong.config import WeakToStrongConfig
from superalign.studies.weak_to_strong.finetuned import Finetuned
from superalign.studies.weak_to_strong.frozen import Frozen
from superalign.studies.weak_to_strong.lessons import (
    Chances,
    Lesson,
    School,
    recalled,
    recorded,
    together,
)
from superalign.studies.weak_to_strong.methods import Case, ceiling, supervisor, way
from superalign.studies.weak_to_strong.summary import Answered, summary


def run_weak_to_strong(
    config: WeakToStrongConfig, folder: Path, progress: Progress, *, seed: int, workers: int
) -> dict[str, Any]:
    """Teach and measure the grid, and write `summary.json`; it resumes.

    Raises:
        BadInput: If the task, its data or a body cannot be used, or the folder holds another
            study, is in use or cannot be written.
    """
    data = Path(config.data) if config.data else None
    task = load(config.task, n=config.n, seed=seed, data=data)
    with Ledger.open(folder, config.model_dump(mode="json"), seed=seed) as ledger:
        taught = folder / "taught"
        school: School = Frozen(task, Path(config.features or folder / "features"), config.layer)
        if config.mode == "finetuned":
            assert task.kind != "generate"
            school = Finetuned(task.kind, taught, workers, progress.advance)
        answers = Taught(ledger, school, progress)
        answered = grid(config, task, seed, answers)
        shutil.rmtree(taught, ignore_errors=True)
        found = summary(config, task, answered, seed=seed)
        found["seconds"] = ledger.seconds()
        with writing(folder):
            write_json(folder / "summary.json", found)
    return found


class Taught:
    """Answers by lesson: each lesson is taught once, also over several processes and runs."""

    def __init__(self, ledger: Ledger, school: School, progress: Progress) -> None:
        self._ledger, self._school, self._progress = ledger, school, progress
        self._known: dict[str, Chances] = {}

    def __call__(self, lessons: Sequence[Lesson]) -> list[Chances]:
        """Return the answers of each lesson's model."""
        new = {lesson.id: lesson for lesson in lessons if lesson.id not in self._known}
        if new:
            sizes = " ".join(dict.fromkeys(lesson.size for lesson in new.values()))
            self._progress.begin(f"teaching {sizes}", len(new))
            said = asyncio.run(self._recorded(list(new.values())))
            self._known.update(zip(new, map(recalled, said), strict=True))
        return [self._known[lesson.id] for lesson in lessons]

    async def _recorded(self, batch: Sequence[Lesson]) -> list[list[float]]:
        async def make() -> list[list[float]]:
            return [recorded(chances) for chances in self._school.teach(batch)]

        key = [lesson.id for lesson in batch]
        found: list[list[float]] = await self._ledger.once("taught", key, make)
        return found


@dataclass(frozen=True, slots=True)
class Cut:
    """The halves of one seed, and the truth of each."""

    seed: int
    first: Sequence[Problem]
    second: Sequence[Problem]
    gold_first: Chances
    gold_second: Chances
    """For the ceilings; it enters no student's lesson."""

    @classmethod
    def of(cls, task: Task, seed: int) -> Cut:
        """Return the halves of a seed."""
        first, second = task.halves(seed)
        return cls(seed, first, second, gold(task, first), gold(task, second))


def gold(task: Task, problems: Sequence[Problem]) -> Chances:
    """Return the truth about problems as chances of 0 and 1."""
    return truth(task.key, problems)


def grid(config: WeakToStrongConfig, task: Task, seed: int, teach: Taught) -> list[Answered]:
    """Return what supervisor, student and ceiling of every cell answered to the test."""
    seeds = [seed_of(seed, "study", i) % 10**6 for i in range(config.seeds)]
    cuts = [Cut.of(task, s) for s in seeds]
    cells = list(itertools.product(config.sizes, config.students, config.losses, cuts))
    cases = [_case(config, task, weak, student, cut) for weak, student, _, cut in cells]
    ways = [way(loss, case) for (_, _, loss, _), case in zip(cells, cases, strict=True)]
    lessons = together(ways, teach)
    students = [_cheating(x, cell[3]) for x, cell in zip(lessons, cells, strict=True)]
    ceilings = [
        ceiling(loss, case, cut.gold_second)
        for (_, _, loss, cut), case in zip(cells, cases, strict=True)
    ]
    supervisors = [supervisor(cell[2], case) for cell, case in zip(cells, cases, strict=True)]
    answers = iter(teach([*students, *ceilings, *supervisors]))
    said = [[next(answers) for _ in cells] for _ in range(3)]
    return [
        Answered(weak, student, loss, cut.seed, a[-len(task.test) :], b, c)
        for (weak, student, loss, cut), b, c, a in zip(cells, *said, strict=True)
    ]


def _case(config: WeakToStrongConfig, task: Task, weak: str, student: str, cut: Cut) -> Case:
    order = config.students
    return Case(
        weak=weak,
        student=student,
        between=order[order.index(weak) + 1 : order.index(student)],
        first=cut.first,
        gold=cut.gold_first,
        second=cut.second,
        test=task.test,
        groups=task.groups,
        seed=cut.seed,
    )


def _cheating(lesson: Lesson, cut: Cut) -> Lesson:
    """Return the lesson, with the truth to stop by where its method is one that cheats."""
    return replace(lesson, gold=cut.gold_second) if lesson.stop == "gold" else lesson
