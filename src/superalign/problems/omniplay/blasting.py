"""Blasting showdown: be the last of four on a grid of walls and bombs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from superalign.problems.omniplay.arena import BLAST, FUSE, LIMIT, PACE, PLANS, Arena, Cell, gap
from superalign.problems.omniplay.tiles import Paint, Palette, Tiles
from superalign.problems.omniplay.world import Action, Mind, State, Words, World


class Survivor(Mind):
    """Reads the board, or does as it was told last."""

    def __init__(self) -> None:
        self._fine: list[Action] = []

    def hear(self, words: Words) -> None:
        action = " ".join(words)
        if _ACTION.fullmatch(action):
            self._fine = [action]

    def look(self, shots: Sequence[Tiles]) -> None:
        arena = _read(shots[-1])
        if arena:
            self._fine = arena.fine()

    def supports(self, action: Action) -> bool:
        return action in self._fine

    def choose(self, rng: Random) -> Action:
        return self._fine[0] if self._fine else "move 0 0"


_ACTION = re.compile(r"(move|bomb)\s+(\d+)[\s,]+(\d+)")


def _read(tiles: Tiles) -> Arena | None:
    """Return the arena that a picture shows; None if nobody is M."""
    cells = {
        (c // 2, r): row[c : c + 2] for r, row in enumerate(tiles) for c in range(0, len(row), 2)
    }
    me = [c for c, pair in cells.items() if pair[0] == "M"]
    if len(me) != 1:
        return None
    return Arena(
        width=len(tiles[0]) // 2,
        height=len(tiles),
        soft=frozenset(c for c, pair in cells.items() if pair[1] == "s"),
        players=(me[0], *(c for c, pair in cells.items() if pair[0] == "R")),
        bombs=tuple((c, int(pair[1])) for c, pair in cells.items() if pair[1] in "123"),
    )


class Blasting(World):
    """The game of bombs."""

    name = "blasting"
    unit = "percent won"
    memory = 3
    vocabulary = ("move", "bomb", *map(str, range(15)))
    palette = Palette(
        {
            ".": Paint((230, 240, 225)),
            "s": Paint((185, 130, 80)),
            "M": Paint((40, 90, 230), "o"),
            "R": Paint((230, 40, 40), "o"),
            "1": Paint((250, 150, 200), "1"),
            "2": Paint((200, 90, 200), "2"),
            "3": Paint((120, 40, 150), "3"),
            "*": Paint((255, 210, 0)),
        }
    )

    def start(self, level: int, seed: int) -> Arena:
        rng, plan = Random(seed), PLANS[level]
        right, low = plan.width - 1, plan.height - 1
        corners = [(0, 0), (right, 0), (0, low), (right, low)]
        empty = Arena(plan.width, plan.height, frozenset(), tuple(corners), careless=plan.careless)
        free = [c for c in _cells(empty) if min(gap(c, {k}) for k in corners) > 2]
        soft = rng.sample(free, round(plan.soft * len(free)))
        return replace(empty, soft=frozenset(soft))

    def limit(self, level: int) -> int:
        return LIMIT

    def rules(self, start: State) -> str:
        assert isinstance(start, Arena)
        return (
            f"You and three rivals are on a board of {start.width} by {start.height} cells, x from "
            "0 at the left and y from 0 at the top; be the last who is left. An action is `move X "
            f"Y`: walk up to {PACE} cells of the shortest way there; or `bomb X Y`: lay a bomb "
            f"where you stand and then walk there. A bomb goes off at the end of turn {FUSE}, that "
            f"in which it was laid being 1, burns {BLAST} cells in four directions up to a wall, "
            "and takes soft walls away. In a picture a cell is two tiles: a player on the left "
            "(you are blue, rivals red), on the right a brown soft wall, a bomb with the turns it "
            "has left, or fire; dark cells are pillars. Words are a spotter's call: the action it "
            "would take."
        )

    def mind(self, start: State) -> Survivor:
        return Survivor()

    def read(self, line: str) -> Action | None:
        found = _ACTION.fullmatch(line)
        return f"{found[1]} {int(found[2])} {int(found[3])}" if found else None


def _cells(arena: Arena) -> Iterator[Cell]:
    return (
        (x, y) for y in range(arena.height) for x in range(arena.width) if not arena.wall((x, y))
    )
