"""Solutions of provers: how they are sampled, what is true of them, what a verifier says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from superalign.critics.reward_model import RewardModel
from superalign.games.prover_verifier import MARKS, PROVER, ProverVerifier, proof
from superalign.games.solo import LEARNER, Solo
from superalign.games.table import Seat
from superalign.measures.roles import Role
from superalign.policies.local import LocalPolicy
from superalign.problems import chains
from superalign.records import Episode, Message, Move, Problem, Reply


class Truth(NamedTuple):
    """What the world knows of a solution."""

    right: bool
    """The answer and every step hold."""
    wrong: bool
    """An answer is stated, and it is not the problem's."""
    answer: bool
    """The answer is the problem's, whatever the steps."""


def truth(episode: Episode) -> Truth:
    """Return what is true of a solution; one that was cut off is neither right nor wrong."""
    if episode.final.stop != "end":
        return Truth(False, False, False)
    prompt, text = episode.problem.prompt, episode.final.text
    said, gold = chains.answer_of(text), answer(episode.problem)
    return Truth(chains.check(prompt, text).right, said not in (None, gold), said == gold)


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


async def sampled(
    policy: LocalPolicy, role: Role | None, problems: Sequence[Problem], n: int, *, seed: int
) -> list[Episode]:
    """Return `n` solutions of every problem in a role; of the base prover, which has none, None."""
    if role is None:
        plays = [Solo().play(p, {LEARNER: Seat(policy=policy)}, n=n, seed=seed) for p in problems]
    else:
        seat = {PROVER: Seat(policy=policy, brief=MARKS[role])}
        plays = [ProverVerifier(role).play(p, seat, n=n, seed=seed) for p in problems]
    return [e for played in await asyncio.gather(*plays) for e in played]


async def valued(verifier: RewardModel, solutions: Sequence[Episode]) -> list[float | None]:
    """Return what a verifier says of solutions, role unseen; None of what it cannot read."""
    read = [i for i, e in enumerate(solutions) if e.final.stop == "end" and e.final.text]
    said = await verifier.score([proof(solutions[i]) for i in read])
    by_place = dict(zip(read, said, strict=True))
    return [by_place.get(i) for i in range(len(solutions))]
