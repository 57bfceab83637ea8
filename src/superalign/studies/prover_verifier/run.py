"""The study from end to end; every part has a record of its own, and the same command goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superalign.ledger import Ledger
from superalign.ledger.folder import write_json, writing
from superalign.policies.checkpoints import locate
from superalign.progress import Progress
from superalign.records import seed_of
from superalign.scale import spread
from superalign.studies.parts import beside
from superalign.studies.prover_verifier.attacks import courses, trained
from superalign.studies.prover_verifier.config import SEATS, ProverVerifierConfig
from superalign.studies.prover_verifier.game import game
from superalign.studies.prover_verifier.measuring import measured
from superalign.studies.prover_verifier.people import write_study
from superalign.studies.prover_verifier.school import Task
from superalign.studies.prover_verifier.summary import summary


@dataclass(frozen=True, slots=True)
class Measuring:
    """What is measured of a seed, as it travels to another process."""

    task: Task
    played: Mapping[str, Any]
    apart: Sequence[Mapping[str, Any]]


def run_prover_verifier(
    config: ProverVerifierConfig, folder: Path, progress: Progress, *, seed: int, workers: int
) -> dict[str, Any]:
    """Play the game, attack, measure, and write `summary.json` and `people/`; it resumes.

    Raises:
        BadInput: If a model cannot be used, or the folder holds another study, is in use or
            cannot be written.
    """
    for seat in SEATS:
        if seat not in config.untrained:
            locate(getattr(config, seat))
    with Ledger.open(folder, config.model_dump(mode="json"), seed=seed) as ledger:
        seeds = [seed_of(seed, "study", i) % 10**6 for i in range(config.seeds)]
        tasks = [Task(config, folder / "seeds" / str(s), s) for s in seeds]
        progress.begin("play", len(tasks))
        played = spread(game, tasks, workers=workers, **beside(progress, seeds))
        jobs = [job for pair in zip(tasks, played, strict=True) for job in courses(*pair)]
        progress.begin("attack", len(jobs))
        names = [f"{job.task.seed} {job.name}" for job in jobs]
        apart = spread(trained, jobs, workers=workers, **beside(progress, names))
        each = len(jobs) // len(tasks)
        by_seed = [apart[i * each : (i + 1) * each] for i in range(len(tasks))]
        progress.begin("measure", len(tasks))
        rest = [Measuring(*x) for x in zip(tasks, played, by_seed, strict=True)]
        found = spread(_measured, rest, workers=workers, **beside(progress, seeds))
        result = summary(config, found, by_seed, seed=seed)
        result["seconds"] = ledger.seconds()
        with writing(folder):
            write_study([item for f in found for item in f["people"]], folder / "people")
            write_json(folder / "summary.json", result)
    return result


def _measured(job: Measuring, progress: Progress) -> dict[str, Any]:
    return measured(job.task, job.played, job.apart, progress)
