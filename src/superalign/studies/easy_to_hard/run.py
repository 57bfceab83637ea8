"""The study from end to end; every part has a record of its own, and the same command goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from superalign.ledger import Ledger
from superalign.ledger.folder import write_json, writing
from superalign.policies.checkpoints import locate
from superalign.progress import Progress
from superalign.records import seed_of
from superalign.scale import spread
from superalign.studies.easy_to_hard.config import KINDS, EasyToHardConfig
from superalign.studies.easy_to_hard.learning import ArmTask, arm
from superalign.studies.easy_to_hard.methods import reranked
from superalign.studies.easy_to_hard.school import School, Task, Training, taught, trained
from superalign.studies.easy_to_hard.summary import summary
from superalign.studies.easy_to_hard.worlds import world
from superalign.studies.parts import beside


@dataclass(frozen=True, slots=True)
class Choosing:
    """The samples of one seed to choose from, as it travels to another process."""

    task: Task
    school: School

    @property
    def name(self) -> str:
        """What it is called while it runs."""
        return f"{self.task.seed} choose"


def run_easy_to_hard(
    config: EasyToHardConfig, folder: Path, progress: Progress, *, seed: int, workers: int
) -> dict[str, Any]:
    """Teach, choose, go on teaching, and write `summary.json`; it resumes.

    Raises:
        BadInput: If the organism or the user's problems cannot be used, or the folder holds
            another study, is in use or cannot be written.
    """
    for checkpoint in (config.organism, config.sampler, config.judge):
        locate(checkpoint or config.organism)
    world(config)
    with Ledger.open(folder, config.model_dump(mode="json"), seed=seed) as ledger:
        seeds = [seed_of(seed, "study", i) % 10**6 for i in range(config.seeds)]
        tasks = [Task(config, folder / "seeds" / str(s), s) for s in seeds]
        progress.begin("label and finetune", len(tasks))
        schools = spread(taught, tasks, workers=workers, **beside(progress, seeds))
        schools = _with_evaluators(tasks, schools, progress, workers)
        pairs = list(zip(tasks, schools, strict=True))
        jobs: list[Choosing | ArmTask] = [Choosing(*pair) for pair in pairs]
        jobs += [ArmTask(task, name, school) for task, school in pairs for name in config.arms]
        progress.begin("choose and learn", len(jobs))
        names = [job.name for job in jobs]
        found = spread(_done, jobs, workers=workers, **beside(progress, names))
        rest = iter(found[len(tasks) :])
        learners = [{str(name): next(rest) for name in config.arms} for _ in tasks]
        result = summary(config, schools, found[: len(tasks)], learners, seed=seed)
        result["seconds"] = ledger.seconds()
        with writing(folder):
            write_json(folder / "summary.json", result)
    return result


def _with_evaluators(
    tasks: Sequence[Task], schools: Sequence[School], progress: Progress, workers: int
) -> list[School]:
    jobs = [
        Training(task, name, school.labelled)
        for task, school in zip(tasks, schools, strict=True)
        for name in KINDS
    ]
    progress.begin("train evaluators", len(jobs))
    folders = iter(
        spread(trained, jobs, workers=workers, **beside(progress, [job.name for job in jobs]))
    )
    return [replace(s, evaluators={name: next(folders) for name in KINDS}) for s in schools]


def _done(job: Choosing | ArmTask, progress: Progress) -> dict[str, Any]:
    return arm(job, progress) if isinstance(job, ArmTask) else _chosen(job, progress)


def _chosen(job: Choosing, progress: Progress) -> dict[str, Any]:
    with job.task.ledger("samples") as ledger:
        return asyncio.run(reranked(job.task, job.school, ledger, progress))
