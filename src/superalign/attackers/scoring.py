"""What attackers spend and learn: samples of the learner, and how often it fails a problem."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from superalign.attackers.protocol import Table
from superalign.games.solo import LEARNER
from superalign.records import Episode, Outcome, Problem, seed_of


@dataclass(frozen=True, slots=True)
class Estimate:
    """A failure rate from `n` scored samples; weights may make `n` a fraction."""

    failed: float = 0.0
    """Sum of failure probabilities."""
    n: float = 0.0
    unscored: int = 0

    @classmethod
    def of(cls, episodes: Sequence[Episode], critic: str) -> Self:
        """Return what `critic` says of `episodes`, all on one problem."""
        found = [failure(e, critic) for e in episodes]
        scored = [f for f in found if f is not None]
        return cls(sum(scored), len(scored), len(found) - len(scored))

    @property
    def mean(self) -> float | None:
        """The failure rate, null where nothing was scored."""
        return self.failed / self.n if self.n else None

    @property
    def error(self) -> float:
        """Standard error, with one failure and one success added (Agresti and Coull 1998).

        Without the two, a few samples that all agree would claim no error at all.
        """
        p = (self.failed + 1) / (self.n + 2)
        return math.sqrt(p * (1 - p) / (self.n + 2))

    def with_fresh(self, fresh: Estimate, *, decay: float) -> Estimate:
        """Return this estimate, its samples weighed by `decay`, with those of `fresh` added."""
        return Estimate(
            decay * self.failed + fresh.failed,
            decay * self.n + fresh.n,
            self.unscored + fresh.unscored,
        )

    def beats(self, other: Estimate, *, margin: float) -> bool:
        """Whether this mean is above the other by over `margin` standard errors of both."""
        if self.mean is None:
            return False
        return self.mean > (other.mean or 0.0) + margin * math.hypot(self.error, other.error)


def failure(episode: Episode, critic: str) -> float | None:
    """Return the probability that the learner failed, as `critic` has it; null if unscored."""
    verdict = episode.verdict(critic)
    good = None if verdict is None else verdict.belief
    return None if good is None else 1 - good


def shuffled(goals: Sequence[Problem], seed: int) -> list[Problem]:
    """Return the goals in an order of the seed's, so that small budgets do not meet the same few.

    An attacker of a bandit gets its budget in many parts, each with a seed of its own.
    """
    return random.Random(seed_of(seed, "goals")).sample(list(goals), len(goals))


def asked_of_learner(episodes: Sequence[Episode]) -> int:
    """Return how many samples of the learner the episodes took."""
    return sum(m.seat == LEARNER for e in episodes for m in e.moves)


@dataclass(frozen=True, slots=True)
class Shot:
    """A problem that was tried, and what came of it."""

    problem: Problem
    episodes: Sequence[Episode]
    estimate: Estimate
    broke: bool
    """Whether the critic failed every sample that it could score, and there was one."""

    @classmethod
    def of(cls, problem: Problem, episodes: Sequence[Episode], critic: str) -> Self:
        """Return what `critic` says of the episodes on a problem."""
        verdicts = [v for e in episodes if (v := e.verdict(critic))]
        outcomes = {v.outcome for v in verdicts} - {Outcome.UNSCORED}
        broke = outcomes == {Outcome.FAIL}
        return cls(problem, episodes, Estimate.of(episodes, critic), broke)


@dataclass(slots=True)
class Purse:
    """Plays at a table until its budget is spent, and keeps what was played."""

    table: Table
    left: int
    """Samples of the learner."""
    price: int = 1
    """Samples of the learner that one episode may take."""
    tried: list[Episode] = field(default_factory=list)

    @property
    def problems(self) -> int:
        """How many problems can still be played."""
        return self.left // (self.table.samples * self.price)

    async def play(self, problems: Sequence[Problem], *, seed: int) -> list[Shot]:
        """Play the problems, as many as can be paid for."""
        paid = problems[: self.problems]
        if not paid:
            return []
        played = await self.table.play(paid, seed=seed)
        n = self.table.samples
        self.left -= len(paid) * n * self.price
        self.tried += played
        groups = [played[i * n : (i + 1) * n] for i in range(len(paid))]
        critic = self.table.critic.id
        return [Shot.of(p, group, critic) for p, group in zip(paid, groups, strict=True)]
