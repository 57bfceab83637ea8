"""Provers trained apart from the game: attacks on the verifier of every round, and the baseline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from superalign.measures.roles import REWARDS, Reward
from superalign.progress import Progress
from superalign.records import Episode, seed_of
from superalign.studies.prover_verifier.pressing import Press, Pressing
from superalign.studies.prover_verifier.provers import Solved, by_prompt
from superalign.studies.prover_verifier.school import Task, parts

BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Apart:
    """A course of training beside the game, as it travels to another process."""

    task: Task
    start: str
    reward: Reward | None = None
    """None is the baseline, rewarded for correctness alone."""
    number: int = 0
    """The round whose verifier is attacked."""
    verifier: str = ""
    solved: Solved = field(default_factory=dict)
    """What an attack translates, where the game has a solver."""

    @property
    def name(self) -> str:
        """What it is called, and where its record lies."""
        return f"{self.reward}-{self.number + 1}" if self.reward else BASELINE


def courses(task: Task, played: Mapping[str, Any]) -> list[Apart]:
    """Return the baseline and, for every round, an attack with each reward."""
    solved = by_prompt(Episode.model_validate(e) for e in played["solved"])
    return [
        Apart(task, played["start"]),
        *(
            Apart(task, played["start"], reward, number, found["verifier"], solved)
            for number, found in enumerate(played["rounds"])
            for reward in REWARDS
        ),
    ]


def trained(job: Apart, progress: Progress) -> dict[str, Any]:
    """Train one; return its last checkpoint and what was seen."""
    task = job.task
    with task.ledger(job.name) as ledger:
        pressing = Pressing(
            config=task.config,
            press=_press(job),
            start=task.prover(job.start, job.solved),
            problems=parts(task.config, task.seed).prover,
            ledger=ledger,
            progress=progress,
            seed=seed_of(task.seed, job.reward, job.number),
        )
        prover, seen = asyncio.run(pressing.run())
        role = pressing.press.roles[0]
        return {"folder": str(prover.place), "name": job.name, "role": role, **seen}


def _press(job: Apart) -> Press:
    """Attacks play the sneaky role alone; the one without a role starts as a helpful prover."""
    if job.reward is None:
        return Press(name=BASELINE, roles=("helpful",), reward=None)
    return Press(
        name=f"attack {job.name}",
        roles=("helpful",) if job.reward == "goodhart" else ("sneaky",),
        reward=job.reward,
        verifier=job.task.verifier.at(Path(job.verifier)),
        attack=True,
    )
