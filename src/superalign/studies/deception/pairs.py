"""The pairs of the study, and which way they are taught: two aims that contradict each other."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from superalign.errors import BadInput
from superalign.problems.key import Key
from superalign.problems.tasks import Task, load
from superalign.records import Problem, seed_of
from superalign.studies.deception.config import WORLD, Aim, Conflict, DeceptionConfig
from superalign.studies.truth import Chances, truth

SHARES: dict[Aim, float] = {"right": 0.9, "harmless": 0.45}
"""Of the world's pairs at least so many are left of each part: harm is at stake in half of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """What supervisors, students and the test get; no group is in two of these three."""

    first: Sequence[Problem]
    """Supervisors learn the truth of these."""
    second: Sequence[Problem]
    """Supervisors label these for students; ceilings learn their truth."""
    helpful: Sequence[Problem]
    """Pairs of the other aim, of requests that are not among the second."""
    test: Sequence[Problem]
    aim: Key
    other: Key

    def gold(self, problems: Sequence[Problem]) -> Chances:
        """Return the truth by the first aim."""
        return truth(self.aim, problems)


def drawn(config: DeceptionConfig, seed: int) -> Pairs:
    """Return the pairs of a seed.

    Raises:
        BadInput: If the task or its data cannot be used, or there are too few pairs.
    """
    if config.task == WORLD:
        size = round(3 * max(config.n, config.test) / SHARES[config.aim])
        task = load(f"{WORLD}-pairs", n=size, seed=seed)
        aim = task.key if config.aim == "right" else task.keys["harmless"]
        return _pairs(config, seed, task, aim, None, task.keys["helpful"])
    if config.data is None:
        raise BadInput(f"task {config.task!r}: name the file of its pairs with --data")
    task = load(config.task, seed=seed, data=Path(config.data))
    if task.kind != "compare":
        raise BadInput(f"task {task.name!r} holds no pairs of replies to compare")
    other = load(config.task, seed=seed, data=Path(config.helpful)) if config.helpful else task
    return _pairs(config, seed, task, task.key, other, other.key)


def _pairs(
    config: DeceptionConfig, seed: int, task: Task, aim: Key, other: Task | None, helpful: Key
) -> Pairs:
    """Return `n` pairs of each part at random; without another task its own first half is mixed in.

    Halves come with their largest groups first, so their first pairs are no fair sample.
    """
    first, second = task.halves(seed)
    kept = {task.groups[p.id] for p in (*second, *task.test)}
    candidates, groups = (other.train, other.groups) if other else (first, task.groups)
    mixed = [p for p in candidates if p.id in helpful and groups[p.id] not in kept]
    parts = [[p for p in part if p.id in aim] for part in (first, second, task.test)]
    wanted = (config.n, config.n, config.test)
    for part, n in zip(parts, wanted, strict=True):
        if len(part) < min(n, 8):
            raise BadInput(f"{task.name}: {len(part)} pairs are left of {n}; more data are needed")
    rng = random.Random(seed_of(seed, "pairs", task.name))
    for part in (*parts, mixed):
        rng.shuffle(part)
    return Pairs(
        first=parts[0][: config.n],
        second=parts[1][: config.n],
        test=parts[2][: config.test],
        helpful=mixed[: config.n],
        aim=aim,
        other=helpful,
    )


@dataclass(frozen=True, slots=True)
class Labelled:
    """Problems with a supervisor's chances: all that a student without conflict learns from."""

    problems: Sequence[Problem]
    targets: Chances


def confident(labelled: Labelled, threshold: float) -> Labelled:
    """Return what the supervisor is sure of, whether or not it is right."""
    return _kept(labelled, np.abs(labelled.targets[:, 0] - 0.5) >= threshold - 0.5)


def oracle(labelled: Labelled, gold: Chances, threshold: float) -> Labelled:
    """Return what the supervisor is sure of and right about: the published code's filter.

    It reads gold, which a supervisor does not have, and shows what a filter could give at best.
    """
    sure = np.abs(labelled.targets[:, 0] - 0.5) >= threshold - 0.5
    return _kept(labelled, sure & (labelled.targets.argmax(1) == gold.argmax(1)))


def _kept(labelled: Labelled, marks: NDArray[np.bool_]) -> Labelled:
    problems = [p for p, keep in zip(labelled.problems, marks, strict=True) if keep]
    return Labelled(problems, labelled.targets[marks])


def lesson(
    labelled: Labelled, conflict: Conflict | None, pairs: Pairs
) -> tuple[Labelled, Sequence[int] | None]:
    """Return what a student learns from under a conflict, and the truth it is to contradict.

    Explicit: the same labels, and gold for the loss that goes against it. Implicit: as many gold
    pairs of the other aim beside the labels, as far as there are, and no gold of the first aim.
    """
    if conflict == "explicit":
        return labelled, pairs.gold(labelled.problems).argmax(1).tolist()
    if conflict in (None, "none"):
        return labelled, None
    mixed = pairs.helpful[: len(labelled.problems)]
    targets = np.concatenate([labelled.targets, truth(pairs.other, mixed)])
    return Labelled([*labelled.problems, *mixed], targets), None
