"""The attacker that tries given problems as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from superalign.attackers.protocol import Table
from superalign.records import Episode, Problem


@dataclass(frozen=True, slots=True)
class Seeds:
    """Plays its problems in order, as many as the budget allows."""

    problems: Sequence[Problem]
    chunk: int = 128
    """Problems played, and written down, at a time."""

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return the judged episodes of the first `budget // samples` problems."""
        affordable = self.problems[: budget // table.samples]
        tried: list[Episode] = []
        for start in range(0, len(affordable), self.chunk):
            tried += await table.play(affordable[start : start + self.chunk], seed=seed)
        return tried
