"""The study from end to end; every part has a record of its own, and the same command goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from superalign.ledger import Ledger
from superalign.ledger.folder import write_json, writing
from superalign.policies.checkpoints import locate
from superalign.progress import Progress
from superalign.records import seed_of
from superalign.scale import spread
from superalign.studies.easy_to_hard.config import EasyToHardConfig
from superalign.studies.easy_to_hard.learning import ArmTask, arm
from superalign.studies.easy_to_hard.methods import reranked
from superalign.studies.easy_to_hard.school import Task, taught
from superalign.studies.easy_to_hard.summary import summary
from superalign.studies.easy_to_hard.worlds import world


@dataclass(frozen=True, slots=True)
class Choosing:
    """The samples of one seed to choose from, as it travels to another process."""

    task: Task
    school: Mapping[str, Any]


def run_easy_to_hard(
    config: EasyToHardConfig, folder: Path, progress: Progress, *, seed: int, workers: int
) -> dict[str, Any]:
    """Teach, choose, go on teaching, and write `summary.json`; it resumes.

    Raises:
        BadInput: If the organism or the user's problems cannot be used, or the folder holds
            another study, is in use or cannot be written.
    """
    locate(config.organism)
    world(config)
    with Ledger.open(folder, config.model_dump(mode="json"), seed=seed) as ledger:
        seeds = [seed_of(seed, "study", i) % 10**6 for i in range(config.seeds)]
        tasks = [Task(config, folder / "seeds" / str(s), s) for s in seeds]
        tell = partial(_tell, progress)
        progress.begin("label and train", len(tasks))
        schools = spread(_taught, tasks, workers=workers, on_event=tell)
        pairs = list(zip(tasks, schools, strict=True))
        jobs: list[Choosing | ArmTask] = [Choosing(*pair) for pair in pairs]
        jobs += [ArmTask(task, name, school) for task, school in pairs for name in config.arms]
        progress.begin("choose and learn", len(jobs))
        found = spread(_done, jobs, workers=workers, on_event=tell)
        learners = [
            dict(zip(config.arms, found[len(tasks) + i :: 1], strict=False))
            for i in range(0, len(tasks) * len(config.arms), len(config.arms))
        ]
        result = summary(config, schools, found[: len(tasks)], learners, seed=seed)
        result["seconds"] = ledger.seconds()
        with writing(folder):
            write_json(folder / "summary.json", result)
    return result


def _taught(task: Task, progress: Progress) -> dict[str, Any]:
    found = taught(task, Progress())
    progress.advance()
    return found


def _done(job: Choosing | ArmTask, progress: Progress) -> dict[str, Any]:
    found = arm(job, Progress()) if isinstance(job, ArmTask) else _chosen(job)
    progress.advance()
    return found


def _chosen(job: Choosing) -> dict[str, Any]:
    with job.task.ledger("samples") as ledger:
        return asyncio.run(reranked(job.task, job.school, ledger, Progress()))


def _tell(progress: Progress, _: int, method: str, args: tuple[Any, ...]) -> None:
    getattr(progress, method)(*args)
