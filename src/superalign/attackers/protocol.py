"""What every attacker promises, and the table it plays at."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from superalign.critics import Critic
from superalign.games import Game, Seat
from superalign.games.solo import LEARNER
from superalign.ledger import Ledger
from superalign.progress import Progress
from superalign.records import Episode, Policy, Problem


@dataclass(frozen=True, kw_only=True)
class Table:
    """A learner, the critic that says whether it broke, and where the plays are written down."""

    learner: Policy
    game: Game
    critic: Critic
    ledger: Ledger
    samples: int
    """Answers sampled per problem."""
    progress: Progress

    async def play(self, problems: Sequence[Problem], *, seed: int) -> list[Episode]:
        """Return `samples` judged episodes per problem, problem by problem.

        One idempotent step: a resumed run reads back what was played.
        """
        key = [self.learner.id, self.game.name, self.critic.id, self.samples, seed]
        ids = [p.id for p in problems]
        return await self.ledger.play("play", [*key, ids], lambda: self._play(problems, seed))

    async def _play(self, problems: Sequence[Problem], seed: int) -> list[Episode]:
        seats = {LEARNER: Seat(policy=self.learner)}
        plays = [self.game.play(p, seats, n=self.samples, seed=seed) for p in problems]
        episodes = [e for played in await asyncio.gather(*plays) for e in played]
        verdicts = await self.critic.judge(episodes)
        self.progress.advance(len(episodes))
        return [e.judged(v) for e, v in zip(episodes, verdicts, strict=True)]


class Attacker(Protocol):
    """Finds problems that the learner fails."""

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return everything tried, judged, within `budget` samples of the learner."""
        ...
