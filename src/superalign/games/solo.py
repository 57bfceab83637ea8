"""Solo: one seat answers the problem, unaided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from superalign.games.table import Game, Seat
from superalign.records import Episode, Message, Move, Problem, seed_of

LEARNER = "learner"


class Solo(Game):
    """The learner sees the problem and says its answer."""

    name: ClassVar[str] = "solo"

    def view(self, episode: Episode, seat: str, *, brief: str = "") -> list[Message]:
        """Return the brief, if any, then the problem."""
        shown = [Message(role="system", text=brief)] if brief else []
        return [*shown, Message(role="user", text=episode.problem.prompt)]

    async def play(
        self, problem: Problem, seats: Mapping[str, Seat], *, n: int = 1, seed: int = 0
    ) -> list[Episode]:
        """Sample `n` answers in one request, so that a policy can share the prompt's cost."""
        seat = seats[LEARNER]
        opening = Episode.of(problem, self.name, seed, ())
        seen = tuple(self.view(opening, LEARNER, brief=seat.brief))
        replies = await seat.policy.sample(seen, n=n, seed=seed_of(seed, problem.id))
        return [
            Episode.of(
                problem,
                self.name,
                seed_of(seed, problem.id, i),
                [Move(seat=LEARNER, policy=seat.policy.id, seen=seen, reply=reply)],
            )
            for i, reply in enumerate(replies)
        ]
