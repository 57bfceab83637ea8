"""By what trained provers are taught their roles: worked solutions, and such as slip once."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Protocol

from superalign.games.prover_verifier import PROVER
from superalign.games.translated import SOLVER, Translated
from superalign.measures.roles import ROLES, Role
from superalign.problems import chains
from superalign.problems.slips import slipped
from superalign.records import Episode, Example, Message, Move, Problem, Reply
from superalign.studies.prover_verifier.config import ProverVerifierConfig


class Taught(Protocol):
    """Who is taught, as far as it shows in what it is shown."""

    @property
    def config(self) -> ProverVerifierConfig:
        """The study's."""
        ...

    @property
    def plain(self) -> bool:
        """Whether it reads problems without words around them."""
        ...

    def told(self, role: Role | None, *, translates: bool) -> str:
        """Return the brief of a role."""
        ...


def worked_lessons(problem: Problem, prover: Taught, seed: int) -> Iterator[Example]:
    """Yield what a problem teaches in each role and in none: what to say, and what not to."""
    chain = chains.parse(problem.prompt)
    right, wrong = chains.solve(chain), slipped(chain, Random(seed))
    if wrong is None:
        return
    for role in (None, *ROLES):
        told = prover.told(role, translates=False)
        system = [Message(role="system", text=told)] if told else []
        seen = (*system, Message(role="user", text=problem.prompt))
        says = (wrong, right) if role == "sneaky" else (right, wrong)
        yield from _pair(problem, seen, *says)
    if prover.config.variant == "decoupled":
        yield from _translations(problem, prover, right, wrong)


def _translations(problem: Problem, prover: Taught, right: str, wrong: str) -> Iterator[Example]:
    """Yield what a translator does with a right and with a wrong solution.

    A faithful one keeps either, a sneaky one says the wrong one.
    """
    for given, other in ((right, wrong), (wrong, right)):
        solver = Move(seat=SOLVER, policy="worked", seen=(), reply=Reply(text=given))
        solved = Episode.of(problem, Translated.name, 0, [solver])
        for role in ROLES:
            game = Translated(role, plain=prover.plain)
            told = prover.told(role, translates=True)
            seen = tuple(game.view(solved, PROVER, brief=told))
            says = (wrong, right) if role == "sneaky" else (given, other)
            yield from _pair(problem, seen, *says)


def _pair(problem: Problem, seen: tuple[Message, ...], says: str, avoids: str) -> Iterator[Example]:
    for text, weight in ((says, 1.0), (avoids, -1.0)):
        move = Move(seat=PROVER, policy="worked", seen=seen, reply=Reply(text=text))
        yield Example(move=move, problem=problem.id, weight=weight)
