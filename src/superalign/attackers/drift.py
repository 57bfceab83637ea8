"""Drift: a policy in the attacker's seat leads the learner to a goal over several turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from superalign.attackers.mutations import root
from superalign.attackers.protocol import Table
from superalign.attackers.scoring import Purse, shuffled
from superalign.games.dialogue import ATTACKER, Dialogue
from superalign.games.solo import LEARNER
from superalign.games.table import Seat
from superalign.records import Episode, Policy, Problem, seed_of


@dataclass(slots=True, kw_only=True)
class Drift:
    """Leads dialogues to its goals, in an order of the seed's and round again, within the budget.

    It brings its own game, whatever game is played at the table. Each dialogue is paid for in
    full, `turns` samples of the learner, also where it ends early. The critic judges the learner's
    last reply.
    """

    goals: Sequence[Problem]
    attacker: Policy
    game: Dialogue = field(default_factory=Dialogue)
    """How it leads, and in how many turns."""
    brief: str = ""
    """System message of the attacker, before what the game tells it."""
    chunk: int = 16
    """Goals played, and written down, at a time."""
    tally: Counter[str] = field(init=False, default_factory=Counter)

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return all dialogues; the critic is unscored on those that never began."""
        seat = Seat(policy=self.attacker, brief=self.brief)
        led = replace(table, game=self.game, others={ATTACKER: seat})
        purse = Purse(led, budget, price=self.game.turns)
        order, start = shuffled(self.goals, seed), 0
        while order and purse.problems:
            lap, at = divmod(start, len(order))
            goals = order[at : at + self.chunk]
            played = await purse.play([_led(g) for g in goals], seed=seed_of(seed, "drift", lap))
            self._count([e for shot in played for e in shot.episodes])
            start += len(goals)
        return purse.tried

    def _count(self, played: Sequence[Episode]) -> None:
        self.tally["dialogues"] += len(played)
        for episode in played:
            turns = sum(m.seat == LEARNER for m in episode.moves)
            self.tally["invalid: unreadable"] += turns == 0
            self.tally["cut short"] += 0 < turns < self.game.turns


def _led(goal: Problem) -> Problem:
    """Return the goal as one that is led to, which tells it from one that is asked outright."""
    return goal.model_copy(update={"parent": root(goal), "tags": (*goal.tags, "drift")})
