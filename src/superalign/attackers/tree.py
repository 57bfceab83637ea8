"""TAP: a tree of requests, pruned of what left the goal before it is played, and of the weak after.

Mehrotra et al. 2023, "Tree of attacks", arXiv 2312.02119. Unlike the authors' code, where nothing
is on goal nothing is kept, and a tree goes on after its first success: one failure of the learner
is where a search for its weaknesses begins.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from superalign.attackers.protocol import Table
from superalign.attackers.refine import valid
from superalign.attackers.scoring import Purse, Shot, shuffled
from superalign.attackers.threads import CHAT, TACTICS, Thread, Voice, Writer, Written
from superalign.attackers.validity import Check
from superalign.records import Episode, Policy, Problem, seed_of


@dataclass(slots=True, kw_only=True)
class Tree:
    """Per goal a tree: leaves branch, children off goal are dropped, the best `width` go on.

    A goal costs at most width x branches x depth x samples of the learner.
    """

    goals: Sequence[Problem]
    attacker: Policy
    on_goal: Check | None
    """Asked before a request is played; null keeps all."""
    depth: int = 5
    width: int = 5
    branches: int = 2
    keep: int = 3
    """Exchanges that the attacker is shown, the last ones."""
    tries: int = 3
    stop: bool = False
    """Whether a goal is left once every sample of a request failed."""
    voice: Voice = CHAT
    """How the attacker is asked and read."""
    tally: Counter[str] = field(init=False, default_factory=Counter)

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return everything played, goals in an order of the seed's."""
        purse = Purse(table, budget)
        for i, goal in enumerate(shuffled(self.goals, seed)):
            await self._climb(purse, goal, seed_of(seed, "tree", goal.id, i))
        return purse.tried

    async def _climb(self, purse: Purse, goal: Problem, seed: int) -> None:
        rng = random.Random(seed)
        leaves = [Thread(goal, tactic, path=(i,)) for i, tactic in enumerate(TACTICS)][: self.width]
        played: set[str] = set()
        for depth in range(self.depth):
            if not (leaves and purse.problems):
                break
            at = seed_of(seed, depth)
            tried = await self._grow(purse, leaves, played, at)
            best = self._best(tried, rng)
            if self.stop and any(s.broke for _, s in best):
                break
            leaves = [w.thread.after(w, s, keep=self.keep, seed=at) for w, s in best]

    async def _grow(
        self,
        purse: Purse,
        leaves: Sequence[Thread],
        played: set[str],
        seed: int,
    ) -> list[tuple[Written, Shot]]:
        """Branch every leaf, drop what is unreadable, off goal or a repeat, and play the rest."""
        writer = Writer(self.attacker, self.tries, self.on_goal, self.voice)
        written = await writer.write(purse.table.ledger, leaves, self.branches, seed=seed)
        fresh = valid(written, played, self.tally)
        shots = await purse.play([w.problem for w in fresh if w.problem], seed=seed)
        return list(zip(fresh, shots, strict=False))

    def _best(
        self, tried: Sequence[tuple[Written, Shot]], rng: random.Random
    ) -> list[tuple[Written, Shot]]:
        """Return the `width` that fail most, ties in random order; the unscored are dropped."""
        scored = [pair for pair in tried if pair[1].estimate.mean is not None]
        mixed = rng.sample(scored, len(scored))
        return sorted(mixed, key=lambda p: -(p[1].estimate.mean or 0.0))[: self.width]
