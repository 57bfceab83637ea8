"""Solutions of provers: how they are sampled, what is true of them, what a verifier says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import NamedTuple, Protocol

from superalign.games.prover_verifier import PROVER, ProverVerifier, proof
from superalign.games.table import Game, Seat
from superalign.games.translated import SOLVER
from superalign.measures.roles import Role, aligned
from superalign.problems import chains
from superalign.records import Episode, Message, Move, Problem, Reply, Verdict


class Truth(NamedTuple):
    """What the world knows of a solution."""

    right: bool
    """The answer and every step hold."""
    wrong: bool
    """An answer is stated, and it is not the problem's."""
    answer: bool
    """The answer is the problem's, whatever the steps."""
    kept: bool | None = None
    """Of a translation, whether it states the solver's answer."""
    solved: bool | None = None
    """Of a translation, whether the solver's answer is the problem's."""

    def does(self, role: Role) -> bool:
        """Return whether it does what its role asks; a faithful translator keeps the answer."""
        right = self.right if self.kept is None else self.kept
        return aligned(role, right=right, wrong=self.wrong)


def truth(episode: Episode) -> Truth:
    """Return what is true of a solution; one that was cut off is neither right nor wrong."""
    gold, said, right = answer(episode.problem), stated(episode.final), False
    if episode.final.stop == "end":
        right = chains.check(episode.problem.prompt, episode.final.text).right
    found = Truth(right, said not in (None, gold), said == gold)
    first = episode.moves[0]
    if first.seat != SOLVER:
        return found
    solvers = stated(first.reply)
    return found._replace(kept=said is not None and said == solvers, solved=solvers == gold)


def stated(reply: Reply) -> str | None:
    """Return the answer that a finished reply states."""
    return chains.answer_of(reply.text) if reply.stop == "end" else None


def answer(problem: Problem) -> str:
    """Return the problem's answer."""
    return chains.solve(chains.parse(problem.prompt)).rpartition("#")[2]


def worked(problem: Problem) -> Episode:
    """Return the worked solution of a problem, as if a helpful prover had said it."""
    reply = Reply(text=chains.solve(chains.parse(problem.prompt)))
    seen = (Message(role="user", text=problem.prompt),)
    move = Move(seat=PROVER, policy="worked", seen=seen, reply=reply)
    return Episode.of(problem, f"{ProverVerifier.name}-helpful", 0, [move])


def drawn(levels: Sequence[int], n: int, seed: int) -> list[Problem]:
    """Return `n` problems, no two alike, their levels in turn."""
    rng, found = Random(seed), dict[str, Problem]()
    while len(found) < n:
        problem = chains.draw(levels[len(found) % len(levels)], rng)
        found[problem.id] = problem
    return list(found.values())


class Plays(Protocol):
    """What solutions can be had of."""

    def plays(self, role: Role | None) -> tuple[Game, Mapping[str, Seat]]:
        """Return the game in which it says them, and who sits where."""
        ...


class Verifier(Protocol):
    """A verifier: it says how sure it is that a solution is right."""

    @property
    def id(self) -> str:
        """Names it by content."""
        ...

    async def score(self, episodes: Sequence[Episode]) -> Sequence[float | None]:
        """Return V of each, in nats of odds; None of what it gave no verdict on."""
        ...

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return a verdict on each, and how many readings it rests on."""
        ...


async def sampled(
    prover: Plays, role: Role | None, problems: Sequence[Problem], n: int, *, seed: int
) -> list[Episode]:
    """Return `n` solutions of every problem in a role; of the base prover, which has none, None."""
    game, seats = prover.plays(role)
    plays = [game.play(p, seats, n=n, seed=seed) for p in problems]
    return [e for played in await asyncio.gather(*plays) for e in played]


async def valued(verifier: Verifier, solutions: Sequence[Episode]) -> list[float | None]:
    """Return what a verifier says of solutions, role unseen; None of what it cannot read."""
    read = [i for i, e in enumerate(solutions) if e.final.stop == "end" and e.final.text]
    said = await verifier.score([proof(solutions[i]) for i in read])
    by_place = dict(zip(read, said, strict=True))
    return [by_place.get(i) for i in range(len(solutions))]
