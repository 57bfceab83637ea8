"""Search over the steps of a solution, led by scores of partial solutions; a step is a line.

Beam search keeps the best beginnings of all; diverse verifier tree search grows independent trees,
each of which keeps its one best beginning, so that many samples do not all begin alike (Beeching
et al. 2024, "Scaling test-time compute with open models"). Both are one loop here: a tree of
`n` samples keeps n / width beginnings, and the second search is n / width trees of `width` samples.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from superalign.records import Message, seed_of

Stop = Literal["line", "end", "length"]
"""What a piece of a reply ends with: its line, the reply, or the tokens it was allowed."""


class Piece(NamedTuple):
    """How a reply goes on; the end of a line belongs to it."""

    text: str
    stop: Stop


class Stepwise(Protocol):
    """A policy that can go on with a reply that was begun."""

    async def extend(
        self,
        seen: Sequence[Message],
        begun: str,
        *,
        n: int = 1,
        seed: int = 0,
        to_end: bool = False,
    ) -> list[Piece]:
        """Return `n` ways to go on, to the next line's end or `to_end`.

        Sample `i` depends on (seed, i) alone.
        """
        ...


class StepScorer(Protocol):
    """Scores partial solutions: a process reward model, for instance."""

    async def __call__(self, seen: Sequence[Message], begun: Sequence[str]) -> Sequence[float]:
        """Return a finite score per beginning, higher is better."""
        ...


class Found(NamedTuple):
    """A solution that a search came to."""

    text: str
    stop: Stop
    """`length` where it was cut off."""
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSearch:
    """Searches for `n` solutions of a problem.

    Every round each tree goes on with its beginnings by one step, scores them, and keeps the best
    1 / `width` of what it has room for. A finished solution keeps its place, so a tree comes to as
    many solutions as it has room for.
    """

    policy: Stepwise
    scorer: StepScorer
    n: int
    width: int
    """Ways in which every kept beginning goes on."""
    trees: int = 1
    """1 is beam search; n / width is diverse verifier tree search."""
    rounds: int = 40
    """Steps at most; the last goes on to the end of the reply."""

    def __post_init__(self) -> None:
        if min(self.n, self.width, self.trees, self.rounds) < 1:
            raise ValueError("a search needs at least one sample, way, tree and round")
        if self.n % (self.trees * self.width):
            raise ValueError(f"{self.trees} trees of width {self.width} do not share {self.n}")

    async def search(self, seen: Sequence[Message], *, seed: int = 0) -> list[Found]:
        """Return `n` solutions, tree by tree, each tree's in the order in which they ended."""
        seeds = (seed_of(seed, "tree", i) for i in range(self.trees))
        grown = await asyncio.gather(*(self._grow(seen, s) for s in seeds))
        return [found for tree in grown for found in tree]

    async def _grow(self, seen: Sequence[Message], seed: int) -> list[Found]:
        done: list[Found] = []
        begun = [""]
        room = self.n // self.trees
        for i in range(self.rounds):
            to_end = i == self.rounds - 1
            tried = await self._extended(seen, begun, room, seed_of(seed, i), to_end)
            done += [f for f in tried if f.stop != "line"]
            going = [f for f in tried if f.stop == "line"]
            room = len(going)
            best = sorted(going, key=lambda f: -f.score)[: max(1, room // self.width)]
            begun = [f.text for f in best]
            if not begun:
                break
        return done

    async def _extended(
        self, seen: Sequence[Message], begun: Sequence[str], room: int, seed: int, to_end: bool
    ) -> list[Found]:
        """Return `room` beginnings one step on; what is left over goes to the best of `begun`."""
        pieces = await asyncio.gather(
            *(
                self.policy.extend(
                    seen,
                    text,
                    n=len(range(i, room, len(begun))),
                    seed=seed_of(seed, i),
                    to_end=to_end,
                )
                for i, text in enumerate(begun)
            )
        )
        grown = [
            (text + p.text, p.stop) for text, some in zip(begun, pieces, strict=True) for p in some
        ]
        scores = await self._scores(seen, [text for text, _ in grown])
        return [Found(text, stop, scores[text]) for text, stop in grown]

    async def _scores(self, seen: Sequence[Message], texts: Sequence[str]) -> dict[str, float]:
        """Return the score of each text; equal texts are scored once."""
        distinct = list(dict.fromkeys(texts))
        scores = [float(s) for s in await self.scorer(seen, distinct)]
        if not all(map(math.isfinite, scores)):
            raise ValueError("a beginning has no finite score")
        return dict(zip(distinct, scores, strict=True))
