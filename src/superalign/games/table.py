"""What every game is made of: seats, rules, and a view that alone hides information."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from superalign.records import Episode, Message, Policy, Problem, seed_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A role and who fills it."""

    policy: Policy
    brief: str = ""
    """System message the seat is given."""


class Game(ABC):
    """The rules of one kind of play."""

    name: ClassVar[str]

    @property
    def id(self) -> str:
        """Names the game and its settings, if it has any."""
        return self.name

    @abstractmethod
    def view(self, episode: Episode, seat: str, *, brief: str = "") -> list[Message]:
        """Return what `seat` may see of `episode` so far. Pure."""

    @abstractmethod
    async def play(
        self, problem: Problem, seats: Mapping[str, Seat], *, n: int = 1, seed: int = 0
    ) -> list[Episode]:
        """Play `n` independent episodes on `problem`; episode `i` depends on (seed, i) alone."""


class Repeated(Game):
    """A game of which every play of a problem goes by itself."""

    async def play(
        self, problem: Problem, seats: Mapping[str, Seat], *, n: int = 1, seed: int = 0
    ) -> list[Episode]:
        """Play `n` times at once."""
        starts = [seed_of(seed, problem.id, i) for i in range(n)]
        return await asyncio.gather(*(self.once(problem, seats, s) for s in starts))

    @abstractmethod
    async def once(self, problem: Problem, seats: Mapping[str, Seat], seed: int) -> Episode:
        """Return one play."""
