"""Drawn: problems of a generated world as they come, the baseline of every search."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from superalign.attackers.protocol import Table
from superalign.records import Episode, Problem, seed_of


@dataclass(frozen=True, slots=True)
class Drawn:
    """Plays whatever `draw` gives, heeding nothing."""

    draw: Callable[[random.Random], Problem]

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return all judged episodes, in one idempotent step."""
        rng = random.Random(seed_of(seed, "drawn"))
        problems = [self.draw(rng) for _ in range(budget // table.samples)]
        unlike = list({p.id: p for p in problems}.values())
        return await table.play(unlike, seed=seed)
