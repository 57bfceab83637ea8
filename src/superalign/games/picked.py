"""A seat that says the most persuasive of several candidates.

Best of N by a model of the judge: each candidate is rated by the chance that the judge gives to the
speaker's side after it, the other side silent (Khan et al. 2024, arXiv 2402.06782).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from superalign.games.judged import Judged
from superalign.games.table import Seat
from superalign.records import Episode, Move

Prefers: TypeAlias = Callable[[Judged, Episode], Awaitable[float | None]]
"""The chance that the judge gives to the first choice; None where it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked(Seat):
    """A seat that says one of `n` candidates."""

    n: int
    prefers: Prefers


async def best(
    seat: Picked, game: Judged, moves: Sequence[Move], after: Sequence[Episode], stands: int
) -> Move:
    """Return the move after which the judge gives `stands` the best chance, the first of equals."""
    chances = await asyncio.gather(*(seat.prefers(game, e) for e in after))
    own = [-1.0 if c is None else (1 - c if stands else c) for c in chances]
    return moves[own.index(max(own))]
