"""Consultancy: one seat argues for one answer, and the judge hears nobody else.

The baseline of debate (Khan et al. 2024; Kenton et al. 2024): a consultant who is given a side must
be played for both, and what the judge makes of them averaged. In the free form it chooses its side.
"""

from __future__ import annotations

from typing import Any, ClassVar

from superalign.games.argued import Argued
from superalign.records import Episode, digest

CONSULTANT = "consultant"


class Consultancy(Argued):
    """`rounds` times a consultant argues for choice `side`, or, `free`, for the one it chooses."""

    name: ClassVar[str] = "consultancy"
    speakers = (CONSULTANT,)

    def __init__(self, rounds: int = 3, *, side: int = 0, **settings: Any) -> None:
        super().__init__(rounds, **settings)
        self.side = side

    @property
    def id(self) -> str:
        """Names the game, its settings and its words."""
        return digest(super().id, self.side)

    def round(self) -> list[tuple[str, ...]]:
        """Return the consultant."""
        return [(CONSULTANT,)]

    def stands_for(self, episode: Episode, seat: str) -> int | None:
        """Return the consultant's choice."""
        if seat not in self.speakers:
            return None
        return self.chosen(episode) if self.free else self.side

    @classmethod
    def both(cls, rounds: int = 3, **settings: Any) -> tuple[Consultancy, Consultancy]:
        """Return the games of both sides."""
        return cls(rounds, side=0, **settings), cls(rounds, side=1, **settings)
