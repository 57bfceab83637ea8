"""Students: the strong model, taught what judges say of problems of unknown truth."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean
from typing import Any

import numpy as np

from superalign.learners.sides import Case, Chances, Side, SidesTraining
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import seed_of
from superalign.studies.debate.config import Arm
from superalign.studies.debate.school import Task


@dataclass(frozen=True, slots=True)
class StudentTask:
    """A student of one seed, as it travels to another process."""

    task: Task
    arm: Arm
    school: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What it is called while it is taught."""
        return f"{self.task.seed} {self.arm}"


def labels(arm: str, school: Mapping[str, Any], members: int, seed: int) -> list[float | None]:
    """Return the chance of the first answer that an arm teaches, problem by problem.

    A consultancy hears one consultant, whose side is drawn, or both, each by itself; the chances of
    several are averaged.
    """
    said = school["labels"]
    if arm == "ceiling":
        return [1.0 - truth for truth in school["gold"]]
    if arm == "consultancy":
        rng = Random(seed_of(seed, "sides"))
        return [rng.choice(both) for both in zip(*said["consultancy"], strict=True)]
    if arm == "both_consultants":
        return [mean(both) for both in zip(*said["consultancy"], strict=True)]
    if arm in ("naive", "confidence"):
        return list(said["oracle"][0])
    names = {
        "debate": ["debate 0"],
        "debate_ensemble": [f"debate {m}" for m in range(members)],
        "finetune_ensemble": ["debate 0", *(f"again {m}" for m in range(1, members))],
    }
    return [mean(row) for row in zip(*(said[name][0] for name in names[arm]), strict=True)]


def mean(chances: Sequence[float | None]) -> float | None:
    """Return the mean of the chances that are known."""
    known = [c for c in chances if c is not None]
    return fmean(known) if known else None


def taught(job: StudentTask, progress: Progress) -> list[float]:
    """Teach a student; return the chances of the first answer that it gives to the test."""
    config = job.task.config
    given = labels(job.arm, job.school, config.members, job.task.seed)

    async def make() -> list[float]:
        return _answers(job, given, progress)

    with job.task.ledger(job.arm) as ledger:
        return list(asyncio.run(ledger.once("student", given, make)))


def _answers(job: StudentTask, given: Sequence[float | None], progress: Progress) -> list[float]:
    """Return a student's answers; problems without a label are not learnt from."""
    config = job.task.config
    cases = {
        part: [_case(c) for c in job.school["lessons"][part]] for part in ("unlabelled", "test")
    }
    known = [(c, x) for c, x in zip(cases["unlabelled"], given, strict=True) if x is not None]
    if not known:
        return [0.5] * len(cases["test"])
    chance = np.array([x for _, x in known])
    targets: Chances = np.stack([chance, 1 - chance], 1)
    loss = "confidence" if job.arm == "confidence" else "xent"
    training = SidesTraining(loss=loss, steps=config.student_steps)
    with progress.stage("teach", training.steps):
        judge = training.train(
            LocalPolicy(config.student),
            [c for c, _ in known],
            targets,
            seed=job.task.seed,
            progress=progress,
        )
    return [float(c) for c in judge.chances(cases["test"])[:, 0]]


def _case(sides: Sequence[Sequence[str]]) -> Case:
    return Case(*(Side(*side) for side in sides))
