"""Games: who speaks when, and who sees what."""

from superalign.games.solo import Solo
from superalign.games.table import Game, Seat

__all__ = ["Game", "Seat", "Solo"]
