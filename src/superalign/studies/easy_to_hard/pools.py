"""Many samples of every test problem, each distinct one kept once, scored and checked.

Memory and the record grow with the distinct solutions; a model is confident on easy problems, so
that few of its samples differ.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from superalign.critics.process_reward import ProcessReward
from superalign.games import Solo
from superalign.games.solo import LEARNER
from superalign.games.table import Seat
from superalign.ledger import Ledger
from superalign.measures.steps import Aggregation, aggregate
from superalign.measures.voting import Flags, Ints, Pool
from superalign.policies.local import LocalPolicy
from superalign.problems.graders import GRADERS
from superalign.problems.grouping import Grouping
from superalign.progress import Progress
from superalign.records import Episode, Message, Problem
from superalign.stats import Floats
from superalign.studies.easy_to_hard.worlds import World

CHUNK = 16
"""Problems sampled, and written down, at a time."""


@dataclass(frozen=True)
class Sampled:
    """The samples of one problem."""

    problem: Problem
    seen: tuple[Message, ...]
    texts: Sequence[str]
    """Distinct solutions, in order of first sight."""
    ended: Sequence[bool]
    """Which of them came to an end; the others have no answer."""
    order: Sequence[int]
    """Which solution each sample is."""
    answer: Sequence[bool] = ()
    """Whether the answer of each solution is right."""
    right: Sequence[bool] = ()
    """Whether its steps are right as well; as `answer` where nobody knows."""
    first_errors: Sequence[int] = ()
    """Index of its first wrong line, -1 where there is none; empty where nobody knows."""
    groups: Sequence[int] = ()
    """The same number for equal answers; -1 where there is none."""
    chances: Mapping[str, Sequence[Sequence[float]]] = field(default_factory=dict)
    """By evaluator, the chance of each line of each solution; empty where it did not end."""


async def sampled(
    policy: LocalPolicy,
    problems: Sequence[Problem],
    n: int,
    ledger: Ledger,
    progress: Progress,
    *,
    seed: int,
) -> list[Sampled]:
    """Draw `n` solutions of every problem; it resumes by chunks of problems."""
    found: list[Sampled] = []
    for start in range(0, len(problems), CHUNK):
        part = problems[start : start + CHUNK]

        async def draw(part: Sequence[Problem] = part) -> list[Any]:
            seats = {LEARNER: Seat(policy=policy)}
            plays = [Solo().play(p, seats, n=n, seed=seed) for p in part]
            return [_distinct(episodes) for episodes in await asyncio.gather(*plays)]

        rows = await ledger.once("samples", [policy.id, n, seed, [p.id for p in part]], draw)
        for problem, (texts, ended, order) in zip(part, rows, strict=True):
            seen = tuple(Solo().view(Episode.of(problem, Solo.name, seed, ()), LEARNER))
            found.append(Sampled(problem, seen, texts, ended, order))
        progress.advance(n * len(part))
    return found


def _distinct(episodes: Sequence[Episode]) -> tuple[list[str], list[bool], list[int]]:
    """Return distinct solutions, whether each ended, and which one each sample is."""
    places: dict[tuple[str, bool], int] = {}
    said = [(e.final.text, e.final.stop == "end") for e in episodes]
    order = [places.setdefault(key, len(places)) for key in said]
    return [text for text, _ in places], [ended for _, ended in places], order


def checked(world: World, samples: Sequence[Sampled]) -> list[Sampled]:
    """Return the samples with what is true of them; the one place here that reads the key."""
    key = world.key([s.problem for s in samples])
    grouping = Grouping(GRADERS[key.mode])
    return [_checked(world, s, key.look_up(s.problem.id) or "", grouping) for s in samples]


def _checked(world: World, s: Sampled, gold: str, grouping: Grouping) -> Sampled:
    answers = [world.answer(t) if e else None for t, e in zip(s.texts, s.ended, strict=True)]
    answer = [bool(found) for found in grouping.right(gold, answers)]
    steps = [world.steps(s.problem, text) for text in s.texts]
    known = [found for found in steps if found is not None]
    sound = [found is None or all(found) for found in steps]
    return replace(
        s,
        answer=answer,
        right=[a and ok for a, ok in zip(answer, sound, strict=True)],
        first_errors=[found.index(False) if False in found else -1 for found in known],
        groups=grouping.groups(answers),
    )


def scored(
    samples: Sequence[Sampled], checkpoints: Mapping[str, Path], reader: LocalPolicy
) -> list[Sampled]:
    """Return the samples with every evaluator's chances; each distinct solution is read once."""
    found: list[dict[str, list[list[float]]]] = [{} for _ in samples]
    for name, folder in checkpoints.items():
        critic = ProcessReward(folder, reader)
        for s, by in zip(samples, found, strict=True):
            read = [i for i, (t, e) in enumerate(zip(s.texts, s.ended, strict=True)) if t and e]
            chances = critic.chances([(s.seen, s.texts[i]) for i in read])
            by[name] = [[] for _ in s.texts]
            for i, line in zip(read, chances, strict=True):
                by[name][i] = line
    return [replace(s, chances=by) for s, by in zip(samples, found, strict=True)]


def of_samples(samples: Sequence[Sampled], name: str) -> Any:
    """Return a field of solutions as one of samples, [P, N]."""
    return np.array([[getattr(s, name)[i] for i in s.order] for s in samples])


def pool(samples: Sequence[Sampled], evaluator: str | None, how: Aggregation) -> Pool:
    """Return the samples with an evaluator's scores; of none all are alike."""
    groups: Ints = of_samples(samples, "groups")
    order: Ints = np.array([s.order for s in samples])
    if evaluator is None:
        return Pool(groups, np.ones(groups.shape), order)
    rows = []
    for s in samples:
        said = [aggregate(how, c) if c else 0.0 for c in s.chances[evaluator]]
        rows.append([said[i] for i in s.order])
    scores: Floats = np.array(rows)
    return Pool(groups, scores, order)


def truth(samples: Sequence[Sampled], name: str) -> Flags:
    """Return `right` or `answer` of every sample, [P, N]."""
    found: Flags = of_samples(samples, name).astype(bool)
    return found
