"""What every attacker promises, and the table it plays at."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from superalign.critics import Critic
from superalign.games import Game, Seat
from superalign.games.solo import LEARNER
from superalign.ledger import Ledger
from superalign.progress import Progress
from superalign.records import Episode, Outcome, Policy, Problem, Verdict

HELD_OUT = "held-out"
"""Tag of what only measures; whatever is made from such a problem carries it too."""


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
    others: Mapping[str, Seat] = field(default_factory=dict)
    """Who sits in the game's seats beside the learner's."""
    held_out: bool = False
    """Whether everything played here only measures; its problems are marked."""

    async def play(self, problems: Sequence[Problem], *, seed: int) -> list[Episode]:
        """Return `samples` judged episodes per problem, problem by problem.

        One idempotent step: a resumed run reads back what was played.
        """
        if self.held_out:
            problems = [marked(p) for p in problems]
        key = [self.learner.id, self.game.id, self.critic.id, self.samples, seed]
        if self.others:
            key.append([[n, s.policy.id, s.brief] for n, s in sorted(self.others.items())])
        ids = [p.id for p in problems]
        return await self.ledger.play("play", [*key, ids], lambda: self._play(problems, seed))

    async def _play(self, problems: Sequence[Problem], seed: int) -> list[Episode]:
        seats = {**self.others, LEARNER: Seat(policy=self.learner)}
        plays = [self.game.play(p, seats, n=self.samples, seed=seed) for p in problems]
        episodes = [e for played in await asyncio.gather(*plays) for e in played]
        judged = await self._judged(episodes)
        self.progress.advance(len(episodes))
        return judged

    async def _judged(self, episodes: Sequence[Episode]) -> list[Episode]:
        """Have the critic judge what ends with the learner; what does not is unscored."""
        answered = [e for e in episodes if e.moves and e.moves[-1].seat == LEARNER]
        verdicts = await self.critic.judge(answered)
        by_id = {e.id: v for e, v in zip(answered, verdicts, strict=True)}
        none = Verdict(critic=self.critic.id, outcome=Outcome.UNSCORED, kind="no_answer")
        return [e.judged(by_id.get(e.id, none)) for e in episodes]


class Attacker(Protocol):
    """Finds problems that the learner fails."""

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return everything tried, judged, within `budget` samples of the learner."""
        ...


def marked(problem: Problem) -> Problem:
    """Return `problem` marked as one that only measures."""
    if HELD_OUT in problem.tags:
        return problem
    return problem.model_copy(update={"tags": (*problem.tags, HELD_OUT)})
