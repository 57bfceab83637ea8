"""Go-Explore as a game: the learner explores a world, every reply of it a move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from superalign.games.solo import LEARNER
from superalign.games.table import Repeated, Seat
from superalign.problems.goexplore.play import Play, Result
from superalign.problems.goexplore.player import Player, answered
from superalign.problems.goexplore.protocol import Question
from superalign.problems.goexplore.task import Task
from superalign.records import Episode, Message, Move, Problem, digest, seed_of


class GoExplore(Repeated):
    """Intelligent Go-Explore and its baselines (arXiv 2405.15143) on the tasks that it is given.

    The learner makes every choice that `player` leaves to a model. Whoever sits in a seat named
    after a role (`state`, `action`, `keep`, `reflect`) makes that role's choices instead. A reply
    that never came ends the play.
    """

    name: ClassVar[str] = "goexplore"

    def __init__(self, tasks: Iterable[Task], player: Player) -> None:
        self.player = player
        self._tasks = {(p := t.problem()).id: (p, t) for t in tasks}
        self.problems = [p for p, _ in self._tasks.values()]
        self._results: dict[str, Result] = {}

    @property
    def id(self) -> str:
        """Names the game and the way of playing; what is played is the problem's own."""
        return digest(self.name, self.player.id)

    def __contains__(self, problem: Problem) -> bool:
        return problem.id in self._tasks

    def task(self, problem: Problem) -> Task:
        """Return what a problem stands for.

        Raises:
            KeyError: If it is none of this game's.
        """
        return self._tasks[problem.id][1]

    def view(self, episode: Episode, seat: str, *, brief: str = "") -> list[Message]:
        """Return the question that comes next, whoever is asked, after what is still shown.

        Raises:
            ValueError: If the play is over.
        """
        _, question = self._replayed(episode)
        if question is None:
            raise ValueError("the play is over")
        return _shown(question, brief)

    def result(self, episode: Episode) -> Result:
        """Return what a whole play came to, played through again if it was not played here."""
        if episode.id not in self._results:
            self._results[episode.id] = self._replayed(episode)[0].result
        return self._results[episode.id]

    def _replayed(self, episode: Episode) -> tuple[Play, Question | None]:
        world = self.task(episode.problem).opened()
        return self.player.replay(world, episode.seed, [m.reply for m in episode.moves])

    async def once(self, problem: Problem, seats: Mapping[str, Seat], seed: int) -> Episode:
        """Return one play."""
        play, asks = self.player.begin(self.task(problem).opened(), seed)
        question, moves = next(asks, None), list[Move]()
        while question is not None:
            seat = seats.get(question.role) or seats[LEARNER]
            shown = tuple(_shown(question, seat.brief))
            reply = (await seat.policy.sample(shown, seed=seed_of(seed, "turn", len(moves))))[0]
            moves.append(Move(seat=LEARNER, policy=seat.policy.id, seen=shown, reply=reply))
            if not reply.came:
                break
            question = answered(asks, reply)
        episode = Episode.of(problem, self.name, seed, moves)
        self._results[episode.id] = play.result
        return episode


def _shown(question: Question, brief: str) -> list[Message]:
    first, *rest = question.seen
    if brief:
        first = first.model_copy(update={"text": f"{brief}\n\n{first.text}"})
    return [first, *rest]
