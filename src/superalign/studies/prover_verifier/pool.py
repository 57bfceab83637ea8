"""What the verifier of a round learns from: the base prover and every earlier round's last one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from random import Random
from typing import NamedTuple, TypeAlias

from superalign.learners.verifier import Solutions
from superalign.measures.roles import Role
from superalign.records import Message, Problem
from superalign.studies.prover_verifier.config import Variant


class Solution(NamedTuple):
    """A finished solution, and the role it was made in; None is the base prover's."""

    text: str
    right: bool
    role: Role | None = None


Source: TypeAlias = Sequence[Solution]
"""Solutions of one problem by one prover."""


def equal(pairs: int, rounds: int, rng: Random) -> list[int]:
    """Return as many pairs for each of the rounds as are left for the base prover, at least."""
    return [pairs // (rounds + 1)] * rounds


def doubling(pairs: int, rounds: int, rng: Random) -> list[int]:
    """Return pairs for each round, drawn so that every source weighs twice the one before it.

    The base prover is the first: weights 2^i, as in arXiv 2602.23248.
    """
    drawn = rng.choices(range(rounds + 1), [2**i for i in range(rounds + 1)], k=pairs)
    return [drawn.count(i + 1) for i in range(rounds)]


Share: TypeAlias = Callable[[int, int, Random], list[int]]
SHARES: Mapping[Variant, Share] = {"coupled": equal, "decoupled": doubling}
"""How many pairs of a problem's solutions each earlier round has."""


def mixed(
    base: Source, earlier: Sequence[Source], n: int, rng: Random, share: Share = equal
) -> list[Solution]:
    """Return up to `n` solutions of one problem, half of them right.

    Every earlier round has its share, in pairs of a right and a wrong one, and the base prover
    makes up the rest: rounds replace part of the base prover's, and the number stays.
    """
    shares = share(n // 2, len(earlier), rng)
    parts = zip(earlier, shares, strict=True)
    found = [s for source, pairs in parts for s in balanced(source, pairs, rng)]
    return [*balanced(base, (n - len(found)) // 2, rng), *found]


def balanced(source: Source, pairs: int, rng: Random) -> list[Solution]:
    """Return up to `pairs` right and as many wrong solutions, the roles in turn on either side.

    A role that has no more on a side leaves its turn to the other.
    """
    right, wrong = (_by_role(source, side, rng) for side in (True, False))
    n = min(pairs, len(right), len(wrong))
    return [*right[:n], *wrong[:n]]


def _by_role(source: Source, right: bool, rng: Random) -> list[Solution]:
    """Return the solutions of a side in random order, no role ahead of another by more than one."""
    side = [s for s in source if s.right is right]
    mixed = rng.sample(side, len(side))
    roles = [[s for s in mixed if s.role == role] for role in dict.fromkeys(s.role for s in mixed)]
    return [s for turn in zip_longest(*roles) for s in turn if s is not None]


def lesson(problem: Problem, chosen: Sequence[Solution]) -> Solutions:
    """Return what the verifier learns of a problem: no role, no source."""
    return Solutions(
        seen=(Message(role="user", text=problem.prompt),),
        right=tuple(s.text for s in chosen if s.right),
        wrong=tuple(s.text for s in chosen if not s.right),
    )
