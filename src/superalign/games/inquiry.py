"""Inquiry: the learner asks for observations, turn by turn, until it names what is valid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from superalign.games.solo import LEARNER
from superalign.games.table import Repeated, Seat
from superalign.problems.kumo.play import STEPS
from superalign.problems.kumo.protocol import INSTRUCTION, RULES, replay, seen
from superalign.problems.kumo.shelf import Shelf
from superalign.records import Episode, Message, Move, Problem, digest, seed_of


class Inquiry(Repeated):
    """KUMO as a game (arXiv 2504.02810): every reply of the learner is a move.

    The learner sees the problem and what its own actions showed; other observations and the valid
    truth stay on the shelf. A reply that never came ends the play.
    """

    name: ClassVar[str] = "inquiry"

    def __init__(self, shelf: Shelf, *, steps: int = STEPS) -> None:
        self.shelf, self.steps = shelf, steps

    @property
    def id(self) -> str:
        """Names the game, its length and its words; what is played is the problem's own."""
        return digest(self.name, self.steps, RULES, INSTRUCTION)

    def view(self, episode: Episode, seat: str, *, brief: str = "") -> list[Message]:
        """Return the rules, earlier turns without their instructions, and the instruction."""
        task = self.shelf.task(episode.problem.id)
        prompt = episode.problem.prompt
        replies = [m.reply.text for m in episode.moves]
        return seen(task, f"{brief}\n\n{prompt}" if brief else prompt, replies)

    async def once(self, problem: Problem, seats: Mapping[str, Seat], seed: int) -> Episode:
        """Return one play."""
        seat = seats[LEARNER]
        task = self.shelf.task(problem.id)
        episode = Episode.of(problem, self.name, seed, ())
        while True:
            shown = tuple(self.view(episode, LEARNER, brief=seat.brief))
            at = seed_of(seed, "turn", len(episode.moves))
            reply = (await seat.policy.sample(shown, seed=at))[0]
            move = Move(seat=LEARNER, policy=seat.policy.id, seen=shown, reply=reply)
            episode = Episode.of(problem, self.name, seed, [*episode.moves, move])
            replies = [m.reply.text for m in episode.moves]
            if not reply.came or replay(task, replies, steps=self.steps).end:
                return episode
