"""Multi-turn drift in the world `requests`: from a harmless request to the goal, turn by turn."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import ClassVar

from superalign.games.dialogue import ATTACKER, Dialogue
from superalign.games.solo import LEARNER
from superalign.games.table import Seat
from superalign.policies.reading import text_of
from superalign.problems.requests import roles, world
from superalign.problems.requests.world import Intent
from superalign.recipes.requests.seats import Disguiser
from superalign.records import Episode, Message, Move, Problem, digest, seed_of


class Leading(Dialogue):
    """Opens with a harmless request of the goal's topic, goes on to a borderline one, then asks.

    A model of the language rewrites what each turn is about, all in one disguise of the seed's. A
    model that follows instructions leads as it likes, in words of the language. What is in none
    of the disguises that may be used is not said. The `n` episodes of a problem share all but the
    learner's last reply, so that their last replies compare.
    """

    name: ClassVar[str] = "leading"

    def __init__(self, seat: Disguiser, turns: int = 3, *, tries: int = 3) -> None:
        super().__init__(turns, tries=tries)
        self.seat = seat

    @property
    def id(self) -> str:
        """Names the game, its length and the seat."""
        return digest(super().id, self.seat.id)

    def view(self, episode: Episode, seat: str, *, brief: str = "") -> list[Message]:
        """Return the conversation, or for a model of the language what to rewrite next."""
        if seat != ATTACKER or self.seat.chats:
            return super().view(episode, seat, brief=brief)
        turn = sum(m.seat == LEARNER for m in episode.moves)
        rng = random.Random(seed_of(episode.seed, "family"))
        family = rng.choice(self.seat.families)
        return self.seat.asked(self._about(episode, turn).prompt, family)

    def _about(self, episode: Episode, turn: int) -> Problem:
        """Return what a turn asks: the goal at the last, something less at the others."""
        if turn == self.turns - 1:
            return episode.problem
        topic = world.parse(episode.problem.prompt).topic
        intent = Intent.BORDERLINE if turn else Intent.HARMLESS
        return world.draw(topic, intent, (), random.Random(seed_of(episode.seed, "about", turn)))

    def said(self, move: Move) -> str | None:
        """Return the request that a move puts to the learner, None if it may not be said."""
        if self.seat.chats:
            text = text_of(move.reply, "say")
            allowed = text is not None and self.seat.kept.allows(text)
        else:
            text = move.reply.text.strip()
            _, asked = roles.read_attack_prompt(move.seen[-1].text)
            allowed = move.reply.stop == "end" and self.seat.kept.keeps(text, asked)
        return f"{text}\n" if allowed else None

    async def play(
        self, problem: Problem, seats: Mapping[str, Seat], *, n: int = 1, seed: int = 0
    ) -> list[Episode]:
        """Lead one dialogue to its last turn, and have that answered `n` times."""
        at = seed_of(seed, problem.id)
        moves, last = await self.led(problem, seats, self.turns - 1, at), self.turns - 1
        if len(moves) == 2 * last:
            lead = await self.lead(problem, moves, seats[ATTACKER], last, at)
            if self.said(lead) is not None:
                return await self._answers(problem, [*moves, lead], seats[LEARNER], n, at)
            moves = moves or [lead]
        return [Episode.of(problem, self.name, seed_of(at, i), moves) for i in range(n)]

    async def _answers(
        self, problem: Problem, moves: Sequence[Move], seat: Seat, n: int, at: int
    ) -> list[Episode]:
        """Return the dialogue ended in `n` ways."""
        so_far = Episode.of(problem, self.name, at, moves)
        seen = tuple(self.view(so_far, LEARNER, brief=seat.brief))
        replies = await seat.policy.sample(seen, n=n, seed=seed_of(at, "last"))
        said = [Move(seat=LEARNER, policy=seat.policy.id, seen=seen, reply=r) for r in replies]
        return [
            Episode.of(problem, self.name, seed_of(at, i), [*moves, move])
            for i, move in enumerate(said)
        ]
