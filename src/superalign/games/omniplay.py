"""OmniPlay: the learner acts turn by turn on what text, pictures, sounds and clips tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from superalign.games.solo import LEARNER
from superalign.games.table import Repeated, Seat
from superalign.problems.omniplay.protocol import ANSWER, MISREAD, Scene, Talk, talked
from superalign.records import Episode, Message, Move, Problem, digest, seed_of


class OmniPlay(Repeated):
    """Games of several senses (arXiv 2508.04361): every reply of the learner is a move.

    The learner sees the rules and what the channels of the scene tell; the state stays hidden. A
    reply that never came ends the play.
    """

    name: ClassVar[str] = "omniplay"

    def __init__(self, scenes: Iterable[Scene]) -> None:
        self._scenes = {scene.problem.id: scene for scene in scenes}

    @property
    def id(self) -> str:
        """Names the game and its words; what is played is the problem's own."""
        return digest(self.name, ANSWER, MISREAD)

    def scene(self, problem: str) -> Scene:
        """Return the scene whose problem has this id.

        Raises:
            KeyError: If it is none of this game's.
        """
        return self._scenes[problem]

    def view(self, episode: Episode, seat: str, *, brief: str = "") -> list[Message]:
        """Return the rules and what the channels told; the state is seen through them alone."""
        replies = [m.reply.text for m in episode.moves]
        return talked(*self._opening(episode.problem, brief), replies).seen()

    async def once(self, problem: Problem, seats: Mapping[str, Seat], seed: int) -> Episode:
        """Return one play."""
        seat = seats[LEARNER]
        talk = Talk(*self._opening(problem, seat.brief))
        moves: list[Move] = []
        while not talk.play.over:
            shown = tuple(talk.seen())
            reply = (await seat.policy.sample(shown, seed=seed_of(seed, "turn", len(moves))))[0]
            moves.append(Move(seat=LEARNER, policy=seat.policy.id, seen=shown, reply=reply))
            if not reply.came:
                break
            talk.reply(reply.text)
        return Episode.of(problem, self.name, seed, moves)

    def _opening(self, problem: Problem, brief: str) -> tuple[Scene, str]:
        told = f"{brief}\n\n{problem.prompt}" if brief else problem.prompt
        return self._scenes[problem.id], told
