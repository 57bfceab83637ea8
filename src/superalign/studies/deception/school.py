"""One model taught and asked; what it answers is kept, so that no course is given twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from superalign.ledger.folder import read_json, write_json, writing
from superalign.progress import Progress
from superalign.records import Problem, digest
from superalign.scale import spread
from superalign.studies.deception.config import Setting
from superalign.studies.deception.pairs import Labelled
from superalign.studies.parts import as_one
from superalign.studies.truth import Chances

DECIMALS = 6
"""Of a chance, as it is kept."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """What a model is taught, how, and what it is asked after."""

    body: str
    setting: Setting
    labelled: Labelled
    asked: Sequence[Problem]
    contradicted: Sequence[int] | None = None
    """The truth that an extra loss goes against."""
    changes: tuple[tuple[str, Any], ...] = ()
    """Fields of the learner that differ from those of its setting."""
    seed: int = 0

    @cached_property
    def id(self) -> str:
        """Names all that the answers depend on."""
        read = [[p.id for p in ps] for ps in (self.labelled.problems, self.asked)]
        targets = self.labelled.targets.round(DECIMALS).tolist()
        how = [_weights(self.body), asdict(self._learner()), self.contradicted, self.seed]
        return digest("course", read, targets, how)

    def _learner(self) -> Any:
        from superalign.learners.comparing import SETTINGS

        return replace(SETTINGS[self.setting], **dict(self.changes))

    def answers(self) -> Chances:
        """Teach the model and return its chances."""
        from superalign.learners.comparing import Lessons
        from superalign.policies.local import LocalPolicy

        lessons = Lessons(
            problems=self.labelled.problems,
            targets=self.labelled.targets,
            contradicted=self.contradicted,
        )
        learner = self._learner()
        taught = learner.train(LocalPolicy(self.body), lessons, seed=self.seed)
        found: Chances = taught.chances(self.asked)
        return found


@cache
def _weights(body: str) -> str:
    from superalign.policies.local import LocalPolicy

    return LocalPolicy(body).id


def taught(
    courses: Sequence[Course], folder: Path, progress: Progress, *, stage: str, workers: int
) -> dict[str, Chances]:
    """Return the answers of every course by its id; those that are kept are not given again."""
    new = {c.id: c for c in courses if not (folder / f"{c.id}.json").is_file()}
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    progress.begin(stage, len(new))

    spread(partial(_teach, folder), list(new.values()), workers=workers, on_event=as_one(progress))
    return {c.id: _read(folder / f"{c.id}.json") for c in courses}


def _teach(folder: Path, course: Course, progress: Progress) -> None:
    chances = course.answers()
    with writing(folder):
        write_json(folder / f"{course.id}.json", np.round(chances[:, 1], DECIMALS).tolist())
    progress.advance()


def _read(path: Path) -> Chances:
    second = np.array(read_json(path), dtype=np.float64)
    return np.stack([1 - second, second], 1)
