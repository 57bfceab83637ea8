"""Debate: two seats argue for the two answers, and a judge who cannot read the source decides.

Irving et al. 2018 (arXiv 1805.00899), in the form of Khan et al. 2024 (arXiv 2402.06782): both
arguments of a round are made at once, or one after the other. In the free form (Kenton et al. 2024,
arXiv 2407.04622: open debate) the first debater chooses its side and the second has the other.
"""

from __future__ import annotations

from typing import Any, ClassVar

from superalign.games.argued import Argued
from superalign.records import Episode, digest

FIRST, SECOND = "first", "second"


class Debate(Argued):
    """`rounds` times both debaters argue; if `sequential` the second hears the first."""

    name: ClassVar[str] = "debate"
    speakers = (FIRST, SECOND)

    def __init__(self, rounds: int = 3, *, sequential: bool = False, **settings: Any) -> None:
        super().__init__(rounds, **settings)
        self.sequential = sequential

    @property
    def id(self) -> str:
        """Names the game, its settings and its words."""
        return digest(super().id, self.sequential)

    def round(self) -> list[tuple[str, ...]]:
        """Return both debaters, at once or one after the other."""
        return [(FIRST,), (SECOND,)] if self.sequential else [(FIRST, SECOND)]

    def stands_for(self, episode: Episode, seat: str) -> int | None:
        """Return a debater's choice: its own place, or what was chosen."""
        if seat not in self.speakers:
            return None
        first = self.chosen(episode) if self.free else 0
        return None if first is None else first ^ (seat == SECOND)
