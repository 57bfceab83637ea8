"""Rewrite: spend queries where a guard breaks, wrapper family by wrapper family.

Families are the arms of a Thompson-sampling bandit whose reward is a harmful prompt called safe.
Every harmful query has a benign twin that goes through the same wrapper, so that what trains on
the result cannot learn that a wrapper alone means harm.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from superalign.attackers.protocol import Table
from superalign.attackers.thompson import Posterior, choose
from superalign.attackers.wrappers import Side
from superalign.records import Episode, Outcome, Problem, seed_of

_BATCH = 60
"""Queries between two looks at what worked."""
_EXPLORE = 0.25
"""Share of the queries spread evenly over the families."""


class Rewrite:
    """Wraps harmful and benign prompts with the families of one side."""

    def __init__(self, harmful: Sequence[Problem], benign: Sequence[Problem], side: Side) -> None:
        self.harmful = harmful
        self.benign = benign
        self.side = side

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return what was tried: `budget` queries, half harmful, each followed by its twin."""
        rng = random.Random(seed_of(seed, "rewrite"))
        arms = {family: Posterior() for family in self.side.names}
        tried: list[Episode] = []
        while len(tried) < budget // 2 * 2:
            size = min(_BATCH, budget - len(tried)) // 2
            families = [choose(arms, rng, explore=_EXPLORE) for _ in range(size)]
            pairs = [p for family in families for p in self.pair(family, rng)]
            judged = await table.play(pairs, seed=seed)
            for family, episode in zip(families, judged[::2], strict=True):
                arms[family].add(any(v.outcome is Outcome.FAIL for v in episode.verdicts))
            tried += judged
        return tried

    def pair(self, family: str, rng: random.Random) -> tuple[Problem, Problem]:
        """Return a random harmful and a random benign prompt through the same wrapper."""
        start = rng.getrandbits(62)
        return (
            wrapped(rng.choice(self.harmful), self.side, family, start),
            wrapped(rng.choice(self.benign), self.side, family, start),
        )


@dataclass(frozen=True, slots=True)
class AtRandom:
    """Takes random families, whatever the guard says to them: the baseline."""

    rewrite: Rewrite

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return `budget` queries, half harmful, each followed by its twin."""
        rng = random.Random(seed_of(seed, "at random"))
        families = [rng.choice(self.rewrite.side.names) for _ in range(budget // 2)]
        pairs = [p for family in families for p in self.rewrite.pair(family, rng)]
        return await table.play(pairs, seed=seed)


def wrapped(problem: Problem, side: Side, family: str, seed: int) -> Problem:
    """Return `problem` rewritten; it remembers its parent and the family."""
    text = side.wrap(problem.prompt, family, random.Random(seed))
    return Problem.of(text, parent=problem.id, tags=(*problem.tags, family))
