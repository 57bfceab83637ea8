"""Whispered pathfinding: leave a maze that a map shows and a voice leads through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from superalign.problems.omniplay.maze import LIMIT, PLANS, SIGNS, STRIDE, Walk, entered
from superalign.problems.omniplay.sounds import TURNS
from superalign.problems.omniplay.tiles import Paint, Palette, Tiles
from superalign.problems.omniplay.world import Action, Mind, State, Words, World


class Walker(Mind):
    """Follows a map, or what was whispered last."""

    def __init__(self) -> None:
        self._fine: list[Action] = []

    def hear(self, words: Words) -> None:
        if len(words) == 2 and words[0] in TURNS and words[1] in ("1", "2", "3"):
            self._fine = [f"{words[0]} {n}" for n in range(int(words[1]), 0, -1)]

    def look(self, shots: Sequence[Tiles]) -> None:
        read = _read(shots[-1])
        if read:
            self._fine = read.fine()

    def supports(self, action: Action) -> bool:
        return action in self._fine

    def choose(self, rng: Random) -> Action:
        return self._fine[0] if self._fine else f"{rng.choice(TURNS)} {rng.randint(1, STRIDE)}"


def _read(tiles: Tiles) -> Walk | None:
    """Return the walk that a map shows; None if it has not one exit and one arrow."""
    found = {code: (c, r) for r, row in enumerate(tiles) for c, code in enumerate(row)}
    arrow = [code for code in found if code in SIGNS]
    if "G" not in found or len(arrow) != 1:
        return None
    size = len(tiles) // 2
    cells = [(x, y) for x in range(size) for y in range(size)]
    ways = frozenset(
        pair
        for x, y in cells
        for u, v in ((x + 1, y), (x, y + 1))
        if u < size and v < size and tiles[y + v + 1][x + u + 1] != "#"
        for pair in (((x, y), (u, v)), ((u, v), (x, y)))
    )
    (goal, at) = ((c // 2, r // 2) for c, r in (found["G"], found[arrow[0]]))
    return Walk(size=size, ways=ways, exit=goal, path=(at,), heading=SIGNS.index(arrow[0]))


class Pathfinding(World):
    """The maze game."""

    name = "pathfinding"
    unit = "steps"
    memory = 1
    vocabulary = (*TURNS, "1", "2", "3")
    palette = Palette(
        {
            ".": Paint((255, 255, 255)),
            "G": Paint((40, 170, 60), "E"),
            "^": Paint((220, 50, 40), "^"),
            ">": Paint((40, 90, 220), ">"),
            "v": Paint((240, 160, 30), "v"),
            "<": Paint((150, 60, 190), "<"),
        }
    )

    def start(self, level: int, seed: int) -> Walk:
        return entered(PLANS[level], Random(seed))

    def limit(self, level: int) -> int:
        return LIMIT

    def rules(self, start: State) -> str:
        return (
            "You are in a maze and have to reach its exit in as few turns as you can. An action is "
            "a turn and the cells to go ahead after it: ahead, right, back or left, and 1, 2 or 3, "
            "for instance `left 2`. Walls stop you. A picture is a map seen from above, north at "
            "the top: walls are dark, the exit is green with an E, and the arrow is you and points "
            "where you face. Words say the next action."
        )

    def mind(self, start: State) -> Walker:
        return Walker()

    def read(self, line: str) -> Action | None:
        found = re.fullmatch(rf"({'|'.join(TURNS)})\s+([1-{STRIDE}])", line)
        return f"{found[1]} {found[2]}" if found else None
