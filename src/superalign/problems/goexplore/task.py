"""A task: which world, and what of it; everything that makes the world again is in it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

from superalign.problems.goexplore.world import World
from superalign.records import Problem, Record, digest


class Task(Record):
    """One puzzle, grid or game, as JSON."""

    world: Literal["game24", "babyai", "textworld"]
    kind: str
    """What the results are grouped by."""
    numbers: tuple[int, ...] = ()
    """Of a Game of 24."""
    seed: int = 0
    """Of what is drawn."""
    game: str = ""
    """Where the compiled game lies; the id does not depend on it."""

    @cached_property
    def id(self) -> str:
        """Digest of what is played."""
        return digest("goexplore", self.world, self.kind, self.numbers, self.seed)

    def opened(self) -> World:
        """Return the world, new each time.

        Raises:
            BadInput: If what plays it is not installed.
        """
        match self.world:
            case "game24":
                from superalign.problems.goexplore.game24 import Game24

                return Game24(self.numbers)
            case "babyai":
                from superalign.problems.goexplore.babyai.world import BabyAI

                return BabyAI(self.kind, self.seed)
            case "textworld":
                from superalign.problems.goexplore.textworld.world import TextGame

                return TextGame(self.kind, Path(self.game))

    def problem(self) -> Problem:
        """Return it as a problem: its prompt is the world's rules, and how to win is not in it."""
        rules = self.opened().rules
        tags = ("goexplore", self.world, self.kind)
        return Problem(id=digest("goexplore", self.id, rules), prompt=rules, tags=tags)
