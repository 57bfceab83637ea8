"""The study from end to end; every part has a record of its own, and the same command goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superalign.ledger import Ledger
from superalign.ledger.folder import write_json, writing
from superalign.policies.checkpoints import locate
from superalign.progress import Progress
from superalign.records import seed_of
from superalign.scale import OnEvent, spread
from superalign.studies.easy_to_hard.config import EasyToHardConfig
from superalign.studies.easy_to_hard.learning import ArmTask, arm
from superalign.studies.easy_to_hard.methods import reranked
from superalign.studies.easy_to_hard.school import Task, taught
from superalign.studies.easy_to_hard.summary import summary
from superalign.studies.easy_to_hard.worlds import world

DONE = "done"


@dataclass(frozen=True, slots=True)
class Choosing:
    """The samples of one seed to choose from, as it travels to another process."""

    task: Task
    school: Mapping[str, Any]

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
    for checkpoint in (config.organism, config.judge):
        locate(checkpoint or config.organism)
    world(config)
    with Ledger.open(folder, config.model_dump(mode="json"), seed=seed) as ledger:
        seeds = [seed_of(seed, "study", i) % 10**6 for i in range(config.seeds)]
        tasks = [Task(config, folder / "seeds" / str(s), s) for s in seeds]
        progress.begin("label and train", len(tasks))
        schools = spread(_taught, tasks, workers=workers, on_event=_tell(progress, seeds))
        pairs = list(zip(tasks, schools, strict=True))
        jobs: list[Choosing | ArmTask] = [Choosing(*pair) for pair in pairs]
        jobs += [ArmTask(task, name, school) for task, school in pairs for name in config.arms]
        progress.begin("choose and learn", len(jobs))
        names = [job.name for job in jobs]
        found = spread(_done, jobs, workers=workers, on_event=_tell(progress, names))
        rest = iter(found[len(tasks) :])
        learners = [{str(name): next(rest) for name in config.arms} for _ in tasks]
        result = summary(config, schools, found[: len(tasks)], learners, seed=seed)
        result["seconds"] = ledger.seconds()
        with writing(folder):
            write_json(folder / "summary.json", result)
    return result


def _taught(task: Task, progress: Progress) -> dict[str, Any]:
    found = taught(task, progress)
    progress.say(DONE)
    return found


def _done(job: Choosing | ArmTask, progress: Progress) -> dict[str, Any]:
    found = arm(job, progress) if isinstance(job, ArmTask) else _chosen(job, progress)
    progress.say(DONE)
    return found


def _chosen(job: Choosing, progress: Progress) -> dict[str, Any]:
    with job.task.ledger("samples") as ledger:
        return asyncio.run(reranked(job.task, job.school, ledger, progress))


def _tell(progress: Progress, names: Sequence[object]) -> OnEvent:
    """Return what counts the parts that are done, and shows each part's own stages beside."""
    beside = [progress.beside(str(name)) for name in names]

    def tell(index: int, method: str, args: tuple[Any, ...]) -> None:
        if args == (DONE,):
            progress.advance()
        else:
            getattr(beside[index], method)(*args)

    return tell
