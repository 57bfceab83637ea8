"""Attackers that measure and never train: what they find is marked, and credit refuses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from superalign.attackers.protocol import HELD_OUT, Attacker, Table
from superalign.records import Episode, seed_of


@dataclass(frozen=True, slots=True)
class HeldOut:
    """An attacker whose problems all carry the mark `HELD_OUT`.

    Its plays have seeds of their own, so that no episode of it is also one of an attacker that
    trains, whatever problems the two share.
    """

    attacker: Attacker

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return what the attacker tried, marked."""
        apart = replace(table, held_out=True)
        return await self.attacker.attack(apart, budget=budget, seed=seed_of(seed, HELD_OUT))


def training(attackers: Mapping[str, Attacker]) -> dict[str, Attacker]:
    """Return `attackers`, none of which is held out.

    Raises:
        ValueError: If one is; the message names them.
    """
    found = [name for name, attacker in attackers.items() if isinstance(attacker, HeldOut)]
    if found:
        raise ValueError(f"held-out attackers never train anything: {', '.join(found)}")
    return dict(attackers)
