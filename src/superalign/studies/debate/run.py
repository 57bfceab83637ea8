"""The study from end to end; every part has a record of its own, and the same command goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from superalign.ledger import Ledger
from superalign.ledger.folder import write_json, writing
from superalign.policies.checkpoints import locate
from superalign.policies.remote import is_remote
from superalign.progress import Progress
from superalign.records import seed_of
from superalign.scale import spread
from superalign.studies.debate.config import DebateConfig
from superalign.studies.debate.school import Task, schooled
from superalign.studies.debate.students import StudentTask, taught
from superalign.studies.debate.summary import summary
from superalign.studies.parts import beside


def run_debate(
    config: DebateConfig, folder: Path, progress: Progress, *, seed: int, workers: int
) -> dict[str, Any]:
    """Debate, judge, teach, and write `summary.json`; it resumes.

    Raises:
        BadInput: If a model cannot be used, or the folder holds another study, is in use or cannot
            be written.
    """
    for name in (config.debater, config.judge, config.student):
        if not is_remote(name):
            locate(name)
    with Ledger.open(folder, config.model_dump(mode="json"), seed=seed) as ledger:
        seeds = [seed_of(seed, "study", i) % 10**6 for i in range(config.seeds)]
        tasks = [Task(config, folder / "seeds" / str(s), s) for s in seeds]
        progress.begin("debate and judge", len(tasks))
        schools = spread(schooled, tasks, workers=workers, **beside(progress, seeds))
        pairs = zip(tasks, schools, strict=True)
        jobs = [StudentTask(task, arm, school) for task, school in pairs for arm in config.arms]
        progress.begin("teach students", len(jobs))
        names = [job.name for job in jobs]
        said = iter(spread(taught, jobs, workers=workers, **beside(progress, names)))
        students = [{str(arm): next(said) for arm in config.arms} for _ in tasks]
        result = summary(config, schools, students, seed=seed)
        result["seconds"] = ledger.seconds()
        with writing(folder):
            write_json(folder / "summary.json", result)
    return result
