"""The protocol: supervisors and ceilings on the truth, then students with and without conflict."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from superalign.ledger import Ledger
from superalign.ledger.folder import write_json, writing
from superalign.measures.deception import Answers
from superalign.progress import Progress
from superalign.records import seed_of
from superalign.studies.deception import pairs as teaching
from superalign.studies.deception.config import Conflict, DeceptionConfig, Mitigation, Setting
from superalign.studies.deception.pairs import Labelled, Pairs
from superalign.studies.deception.school import Course, taught
from superalign.studies.deception.summary import Row, summary
from superalign.studies.truth import Chances

Gap: TypeAlias = tuple[str, str]
Student: TypeAlias = tuple[Gap, Mitigation | None, Conflict | None]


def run_deception(
    config: DeceptionConfig, folder: Path, progress: Progress, *, seed: int, workers: int
) -> dict[str, Any]:
    """Teach all models, measure, and write `summary.json`; the same command goes on.

    Raises:
        BadInput: If the data or a checkpoint cannot be used, or the folder holds another study, is
            in use or cannot be written.
    """
    pairs = teaching.drawn(config, seed)
    with Ledger.open(folder, config.model_dump(mode="json"), seed=seed) as ledger:
        seeds = [seed_of(seed, "study", i) % 10**6 for i in range(config.seeds)]
        classes = [
            Class(config, pairs, setting, s)
            for setting, s in itertools.product(config.settings, seeds)
        ]
        for stage in ("supervisors and ceilings", "supervisors between", "students"):
            courses = [c for room in classes for c in room.courses(stage)]
            teach = partial(taught, folder=folder / "taught", progress=progress, workers=workers)
            found = teach(courses, stage=stage)
            for room in classes:
                room.learn(found)
        found_summary = summary(config, pairs, list(_rows(config, pairs, classes)), seed=seed)
        found_summary["seconds"] = ledger.seconds()
        with writing(folder):
            write_json(folder / "summary.json", found_summary)
    return found_summary


@dataclass
class Class:
    """All models of one setting and seed."""

    config: DeceptionConfig
    pairs: Pairs
    setting: Setting
    seed: int
    said: dict[str, Chances] = field(default_factory=dict)
    """Answers so far, by course."""

    def learn(self, found: dict[str, Chances]) -> None:
        """Take note of what models answered."""
        self.said.update(found)

    def courses(self, stage: str) -> list[Course]:
        """Return the courses of a stage; those of later stages need the answers of earlier ones."""
        if stage == "supervisors and ceilings":
            weak, strong = (dict.fromkeys(gap[i] for gap in self.config.gaps) for i in (0, 1))
            return [*map(self.supervisor, weak), *map(self.ceiling, strong)]
        if stage == "supervisors between":
            middle = self.config.between(self.config.widest)
            wanted = middle and "bootstrapping" in self.config.mitigations
            return [self.intermediate(self.config.widest)] if wanted else []
        return [c for s in students(self.config) if (c := self.student(s))]

    def _course(self, body: str, labelled: Labelled, **more: Any) -> Course:
        asked = [*self.pairs.second, *self.pairs.test]
        more = {"seed": self.seed, **more}
        return Course(body=body, setting=self.setting, labelled=labelled, asked=asked, **more)

    def supervisor(self, body: str) -> Course:
        """Return the course of a supervisor: the truth of its own half."""
        first = self.pairs.first
        return self._course(body, Labelled(first, self.pairs.gold(first)))

    def ceiling(self, body: str) -> Course:
        """Return the course of a ceiling: the truth of the students' half."""
        second = self.pairs.second
        return self._course(body, Labelled(second, self.pairs.gold(second)))

    def labels(self, course: Course) -> Labelled:
        """Return the students' half as the model of a course labels it."""
        return Labelled(self.pairs.second, self.said[course.id][: len(self.pairs.second)])

    def tested(self, course: Course) -> Chances:
        """Return the chance of the truth that the model of a course gives, by test pair [N]."""
        chances = self.said[course.id][len(self.pairs.second) :]
        found: Chances = (chances * self.pairs.gold(self.pairs.test)).sum(1)
        return found

    def intermediate(self, gap: Gap) -> Course:
        """Return the course of a supervisor between: the weak labels, without any conflict."""
        middle = self.config.between(gap)
        assert middle is not None
        return self._course(middle, self.labels(self.supervisor(gap[0])))

    def supervision(self, gap: Gap, mitigation: Mitigation | None) -> Labelled | None:
        """Return the labels that a student learns from, or None where a mitigation has none."""
        labelled, threshold = self.labels(self.supervisor(gap[0])), self.config.threshold
        if mitigation == "bootstrapping":
            return self.labels(self.intermediate(gap)) if self.config.between(gap) else None
        if mitigation == "confident":
            labelled = teaching.confident(labelled, threshold)
        if mitigation == "oracle":
            gold = self.pairs.gold(labelled.problems)
            labelled = teaching.oracle(labelled, gold, threshold)
        return labelled if labelled.problems else None

    def student(self, student: Student) -> Course | None:
        """Return the course of a student, or None where there is nothing to learn from."""
        gap, mitigation, conflict = student
        labelled = self.supervision(gap, mitigation)
        if labelled is None:
            return None
        learnt, against = teaching.lesson(labelled, conflict, self.pairs)
        how = {"alpha": self.config.alpha, "mean": self.config.mean}
        changes = tuple(how.items()) if against is not None else ()
        seed = seed_of(self.seed, "again") % 10**6 if conflict == "none" else self.seed
        return self._course(gap[1], learnt, contradicted=against, changes=changes, seed=seed)


def students(config: DeceptionConfig) -> Iterator[Student]:
    """Yield every student: by gap, mitigation and conflict; the control has no mitigation."""
    for gap in config.gaps:
        tried = config.mitigations if gap == config.widest else ()
        for mitigation, conflict in itertools.product((None, *tried), (None, *config.conflicts)):
            if not (mitigation and conflict == "none"):
                yield gap, mitigation, conflict


def _rows(config: DeceptionConfig, pairs: Pairs, classes: Sequence[Class]) -> Iterator[Row]:
    """Yield what the four models of each student with a conflict answered, seeds together."""
    for setting, (gap, mitigation, conflict) in itertools.product(
        config.settings, students(config)
    ):
        rooms = [room for room in classes if room.setting == setting]
        plain = [room.student((gap, mitigation, None)) for room in rooms]
        against = [room.student((gap, mitigation, conflict)) for room in rooms]
        if conflict is None or not all((*plain, *against)):
            continue
        courses = (
            [room.supervisor(gap[0]) for room in rooms],
            [room.ceiling(gap[1]) for room in rooms],
            plain,
            against,
        )
        answers = Answers(
            *(
                np.stack([room.tested(c) for room, c in zip(rooms, cs, strict=True) if c])
                for cs in courses
            )
        )
        kept = [len(found.problems) for r in rooms if (found := r.supervision(gap, mitigation))]
        yield Row(gap, setting, conflict, mitigation, answers, tuple(kept))
