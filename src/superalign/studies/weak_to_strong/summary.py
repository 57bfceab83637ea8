"""What the grid found: every cell measured, seeds pooled, and one sentence."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from superalign.measures.weak_to_strong import Compared, recovered
from superalign.problems.tasks import Task
from superalign.recipes.repeat import settings, spoken
from superalign.records import seed_of
from superalign.studies.weak_to_strong.config import WeakToStrongConfig, weak_to_strong
from superalign.studies.weak_to_strong.lessons import Chances
from superalign.studies.weak_to_strong.methods import CHEATS


@dataclass(frozen=True, slots=True)
class Answered:
    """What supervisor, student and ceiling of one cell say of the test problems."""

    weak_size: str
    student_size: str
    loss: str
    seed: int
    weak: Chances
    student: Chances
    ceiling: Chances

    def compared(self, task: Task) -> Compared:
        """Return the answers beside the truth."""
        truth = np.array([int(task.key.look_up(p.id) or 0) for p in task.test])
        groups = [task.groups[p.id] for p in task.test]
        return Compared(truth, self.weak, self.student, self.ceiling, groups)


def summary(
    config: WeakToStrongConfig, task: Task, answered: Sequence[Answered], *, seed: int
) -> dict[str, Any]:
    """Return the summary of a grid."""
    drawn = seed_of(seed, "resamples") % 2**31
    compared = [a.compared(task) for a in answered]
    cells = [
        {
            "weak_size": a.weak_size,
            "student_size": a.student_size,
            "loss": a.loss,
            "seed": a.seed,
            **({"cheats": True} if a.loss in CHEATS else {}),
            **c.measured(seed=drawn),
        }
        for a, c in zip(answered, compared, strict=True)
    ]
    pairs = _pairs(answered, compared, drawn)
    words = f"--preset {config.preset} --seed {seed}"
    words += settings(config, weak_to_strong(config.preset))
    return {
        "study": "weak-to-strong",
        "preset": config.preset,
        "seed": seed,
        "task": config.task,
        "mode": config.mode,
        "sizes": list(config.sizes),
        "students": list(config.students),
        "problems": {"train": len(task.train), "test": len(task.test)},
        "dropped": dict(task.dropped),
        "pairs": pairs,
        "cells": cells,
        "sentence": spoken(sentence(config, pairs, len(task.test)), config.preset),
        "provenance": {
            "config": config.model_dump(mode="json"),
            "command": f"superalign study weak-to-strong {words}",
        },
    }


def _pairs(
    answered: Sequence[Answered], compared: Sequence[Compared], seed: int
) -> list[dict[str, Any]]:
    """Return every supervisor, student and loss with its seeds pooled."""
    found: dict[tuple[str, str, str], list[Compared]] = {}
    for a, c in zip(answered, compared, strict=True):
        found.setdefault((a.weak_size, a.student_size, a.loss), []).append(c)
    return [
        {
            "weak_size": weak,
            "student_size": student,
            "loss": loss,
            **_over_seeds(same),
            "gap_recovered": recovered(
                np.stack([c.right for c in same], 1), same[0].groups, seed=seed
            ),
        }
        for (weak, student, loss), same in found.items()
    ]


def _over_seeds(same: Sequence[Compared]) -> dict[str, Any]:
    """Return mean accuracies with the range of seeds."""
    found = {}
    for i, name in enumerate(("weak", "student", "ceiling")):
        shares = [float(c.right[i].mean()) for c in same]
        found[name] = {
            "mean": statistics.fmean(shares),
            "low": min(shares),
            "high": max(shares),
            "seeds": len(shares),
            "n": sum(c.right.shape[1] for c in same),
        }
    return found


def sentence(config: WeakToStrongConfig, pairs: Sequence[dict[str, Any]], n: int) -> str:
    """Return what the smallest supervisor and the largest student came to with the first loss."""
    pair = next(
        p
        for p in pairs
        if (p["weak_size"], p["student_size"], p["loss"])
        == (config.sizes[0], config.students[-1], config.losses[0])
    )
    weak, student, ceiling = (f"{pair[k]['mean']:.1%}" for k in ("weak", "student", "ceiling"))
    told = (
        f"On {config.task}, {_short(pair['student_size'])} taught by {_short(pair['weak_size'])} "
        f"({pair['loss']}) is right on {student} of the test, its teacher on {weak}, "
        f"the same student taught the truth on {ceiling}"
    )
    return f"{told}: {_gap(pair['gap_recovered'])} (n {n:,}, {_seeds(config.seeds)})."


def _gap(found: dict[str, Any]) -> str:
    if found["value"] is None:
        return "there is no gap to recover"
    share = f"{found['value']:.0%} of the gap is recovered"
    if found["low"] is None:
        return f"{share}, from a gap that is not told apart from none"
    return f"{share} (95% interval {found['low']:.0%} to {found['high']:.0%})"


def _seeds(n: int) -> str:
    return "one seed" if n == 1 else f"{n} seeds"


def _short(size: str) -> str:
    return size.rstrip("/").rpartition("/")[2]
