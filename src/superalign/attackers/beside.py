"""Beside: an attacker and problems of a known kind, so that no round sees attacks alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from superalign.attackers.protocol import Attacker, Table
from superalign.records import Episode, Problem, seed_of


@dataclass(frozen=True, slots=True)
class Beside:
    """Spends a share of the budget on `known`, going round in it, and the rest on the attacker."""

    attacker: Attacker
    known: Sequence[Problem]
    share: float = 0.25

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return what the attacker tried, then the known problems, judged."""
        n = min(len(self.known), int(self.share * budget) // table.samples)
        tried = await self.attacker.attack(table, budget=budget - n * table.samples, seed=seed)
        order = sorted(self.known, key=lambda p: seed_of(seed, "beside", p.id))
        return tried + await table.play(order[:n], seed=seed)
