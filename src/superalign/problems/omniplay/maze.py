"""The maze of pathfinding, and somebody who walks in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import NamedTuple, TypeAlias

from superalign.problems.omniplay.sounds import TURNS
from superalign.problems.omniplay.tiles import Tiles
from superalign.problems.omniplay.world import Action, Shots, State, Words

Cell: TypeAlias = tuple[int, int]
"""Column and row; row 0 is the northern one."""
Ways: TypeAlias = frozenset[tuple[Cell, Cell]]
"""Neighbours between which nothing stands, both ways round."""

STEPS = ((0, -1), (1, 0), (0, 1), (-1, 0))
"""North, east, south, west; a heading is a place in this list."""
STRIDE = 3
"""Cells of one action, at most."""
LIMIT = 60
"""Turns of a play, at most."""
SIGNS = "^>v<"
"""How the headings are drawn."""


class Plan(NamedTuple):
    """A difficulty, after the published ones."""

    size: int
    opened: float
    """Share of the walls inside that is taken away."""
    obstacles: int
    dead_ends: int


PLANS = {1: Plan(8, 0.3, 0, 0), 2: Plan(8, 0.05, 12, 2), 3: Plan(10, 0.05, 18, 5)}


@dataclass(frozen=True)
class Walk(State):
    """Where somebody stands in a maze."""

    size: int
    ways: Ways
    exit: Cell
    path: tuple[Cell, ...]
    """Cells of the last action, the present one last."""
    heading: int
    steps: int = 0
    shortest: int = 0
    """Actions that the way out takes from the start."""

    @property
    def at(self) -> Cell:
        """The present cell."""
        return self.path[-1]

    @property
    def over(self) -> bool:
        return self.at == self.exit

    @property
    def won(self) -> bool:
        return self.over

    @property
    def raw(self) -> float:
        return self.steps if self.over else LIMIT

    @property
    def score(self) -> float:
        return self.shortest / self.steps if self.over else 0.0

    def after(self, action: Action | None, rng: Random) -> Walk:
        steps = self.steps + 1
        if action is None:
            return replace(self, steps=steps, path=self.path[-1:])
        turn, cells = action.split()
        heading = (self.heading + TURNS.index(turn)) % 4
        path = (self.at, *_stride(self.ways, self.at, heading))[: int(cells) + 1]
        return replace(self, steps=steps, path=path, heading=heading)

    def altered(self, rng: Random) -> Walk:
        """Mirror the maze, so that left is right."""

        def flip(cell: Cell) -> Cell:
            return self.size - 1 - cell[0], cell[1]

        return replace(
            self,
            ways=frozenset((flip(a), flip(b)) for a, b in self.ways),
            exit=flip(self.exit),
            path=tuple(map(flip, self.path)),
            heading=-self.heading % 4,
        )

    def fine(self) -> list[Action]:
        """Return the actions that bring the exit nearer, in actions (these first) or in cells."""
        best, rest = [], []
        strides, cells = _far(self.ways, self.exit, STRIDE), _far(self.ways, self.exit, 1)
        for heading in range(4):
            turn = TURNS[(heading - self.heading) % 4]
            for n, there in enumerate(_stride(self.ways, self.at, heading), 1):
                if strides.get(there, LIMIT) < strides.get(self.at, LIMIT):
                    best.append(f"{turn} {n}")
                elif cells.get(there, LIMIT**2) < cells.get(self.at, LIMIT**2):
                    rest.append(f"{turn} {n}")
        return best + rest

    def best(self) -> Action:
        return self.fine()[0]

    def chance(self, rng: Random) -> Action:
        return f"{rng.choice(TURNS)} {rng.randint(1, STRIDE)}"

    def words(self) -> Words:
        return () if self.over else tuple(self.best().split())

    def shots(self) -> Shots:
        return tuple(self._map(cell) for cell in self.path)

    def _map(self, at: Cell) -> Tiles:
        side = 2 * self.size + 1
        rows = [["#"] * side for _ in range(side)]
        for (x, y), (u, v) in self.ways:
            rows[2 * y + 1][2 * x + 1] = rows[y + v + 1][x + u + 1] = "."
        for (x, y), code in ((self.exit, "G"), (at, SIGNS[self.heading])):
            rows[2 * y + 1][2 * x + 1] = code
        return tuple(map("".join, rows))


def _stride(ways: Ways, cell: Cell, heading: int) -> Iterator[Cell]:
    """Yield the cells straight ahead, up to a wall, as far as one action goes."""
    for _ in range(STRIDE):
        there = cell[0] + STEPS[heading][0], cell[1] + STEPS[heading][1]
        if (cell, there) not in ways:
            return
        yield (cell := there)


@lru_cache(maxsize=256)
def _far(ways: Ways, goal: Cell, stride: int) -> dict[Cell, int]:
    """Return by cell how many moves of up to `stride` cells straight on the goal is away."""
    far, waiting = {goal: 0}, deque([goal])
    while waiting:
        here = waiting.popleft()
        for heading in range(4):
            for n, there in enumerate(_stride(ways, here, heading)):
                if n < stride and there not in far:
                    far[there] = far[here] + 1
                    waiting.append(there)
    return far


def entered(plan: Plan, rng: Random) -> Walk:
    """Return a walk that begins in the north-west of a fresh maze, its exit to be reached."""
    ways, goal = _dug(plan, rng), (plan.size - 1, plan.size - 1)
    for _ in range(plan.obstacles):
        ways = _without(ways, rng, whole=True)
    for _ in range(plan.dead_ends):
        ways = _without(ways, rng, whole=False)
    return Walk(
        size=plan.size,
        ways=ways,
        exit=goal,
        path=((0, 0),),
        heading=rng.randrange(4),
        shortest=_far(ways, goal, STRIDE)[0, 0],
    )


def _dug(plan: Plan, rng: Random) -> Ways:
    """Return a maze with one way between any two cells, and then some walls taken away."""
    cells = {(x, y) for x in range(plan.size) for y in range(plan.size)}
    inside = [
        (c, d) for c in sorted(cells) for d in ((c[0] + 1, c[1]), (c[0], c[1] + 1)) if d in cells
    ]
    opened: set[tuple[Cell, Cell]] = set()
    way, met = [(0, 0)], {(0, 0)}
    while way:
        x, y = way[-1]
        fresh = [c for dx, dy in STEPS if (c := (x + dx, y + dy)) in cells - met]
        if fresh:
            there = rng.choice(fresh)
            opened.add((min(way[-1], there), max(way[-1], there)))
            met.add(there)
            way.append(there)
        else:
            way.pop()
    walls = [pair for pair in inside if pair not in opened]
    taken = rng.sample(walls, round(plan.opened * len(walls)))
    return frozenset(p for a, b in [*opened, *taken] for p in ((a, b), (b, a)))


def _without(ways: Ways, rng: Random, *, whole: bool) -> Ways:
    """Return the maze with a cell (`whole`) or a way blocked, the exit still to be reached."""
    goal = max(max(pair) for pair in ways)
    for a, b in rng.sample(sorted(ways), len(ways)):
        gone = {p for p in ways if a in p} if whole else {(a, b), (b, a)}
        left = ways - gone
        if a not in ((0, 0), goal) and (0, 0) in _far(left, goal, 1):
            return left
    return ways
