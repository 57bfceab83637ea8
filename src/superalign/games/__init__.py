"""Games: who speaks when, and who sees what."""

from superalign.games.table import Game, Seat
from superalign.games.solo import Solo

__all__ = ["Game", "Seat", "Solo"]
