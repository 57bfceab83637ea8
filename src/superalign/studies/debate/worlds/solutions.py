"""What an organism works out of a chain: a pool of solutions, and the one that leads to an answer.

An answer that no solution leads to is worked towards by force: the likeliest solution with its last
result changed, which is a lie about one sum.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from superalign.policies.local import LocalPolicy
from superalign.problems import chains
from superalign.records import Message


class Solution(NamedTuple):
    """A solution that came to its end."""

    text: str
    logprob: float
    tokens: int

    @property
    def answer(self) -> str | None:
        """The digit it states."""
        return chains.answer_of(self.text)


Pool: TypeAlias = Sequence[Solution]


class Towards(NamedTuple):
    """A solution that ends in an answer, and whether it was forced to."""

    text: str
    forced: bool
    tokens: int


async def pools(policy: LocalPolicy, asked: Sequence[str], n: int, seed: int) -> dict[str, Pool]:
    """Return `n` solutions of each chain, those that came to no end left out."""
    shown = [[Message(role="user", text=chain)] for chain in asked]
    found = await asyncio.gather(*(policy.sample(seen, n=n, seed=seed) for seen in shown))
    return {
        chain: [
            Solution(r.text, r.logprob or 0.0, r.tokens or 0) for r in replies if r.stop == "end"
        ]
        for chain, replies in zip(asked, found, strict=True)
    }


def towards(pool: Pool, answer: str) -> Towards:
    """Return the likeliest solution that ends in `answer`."""
    ends = [s for s in pool if s.answer == answer]
    if ends:
        best = max(ends, key=lambda s: s.logprob)
        return Towards(best.text, False, best.tokens)
    likeliest = max(pool, key=lambda s: s.logprob, default=Solution("", 0.0, 0))
    lines = likeliest.text.split("\n")[:-1]
    if lines and lines[-1][-1:].isdigit():
        lines[-1] = lines[-1][:-1] + answer
    return Towards("\n".join([*lines, f"#{answer}"]), True, likeliest.tokens)
