"""Twinned: every attack beside its benign twin, so that refusing everything teaches nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from superalign.attackers.protocol import Attacker, Table
from superalign.records import Episode, Problem, seed_of


@dataclass(frozen=True, slots=True)
class Twinned:
    """Spends half of the budget on an attacker and half on the twins of what it tried."""

    attacker: Attacker
    twin: Callable[[Problem, random.Random], Problem]
    """Makes a problem as like as can be to which the right answer is the other one."""

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return what the attacker tried, then the twins, judged."""
        tried = await self.attacker.attack(table, budget=budget // 2, seed=seed)
        problems = list({e.problem.id: e.problem for e in tried}.values())
        twins = [self.twin(p, random.Random(seed_of(seed, "twin", p.id))) for p in problems]
        known = {p.id for p in problems}
        fresh = list({t.id: t for t in twins if t.id not in known}.values())
        left = (budget - len(tried)) // table.samples
        return tried + await table.play(fresh[:left], seed=seed)
