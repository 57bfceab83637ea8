"""The arena of blasting: walls, players and bombs, and what happens in a turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import NamedTuple, TypeAlias

from superalign.problems.omniplay.tiles import Tiles
from superalign.problems.omniplay.world import Action, Shots, State, Words

Cell: TypeAlias = tuple[int, int]
"""Column and row, from 0; pillars stand where both are odd."""

FUSE, BLAST, PACE = 3, 2, 5
"""Turns until a bomb goes off, cells that it reaches, and cells that a player walks in a turn."""
LIMIT = 60
"""Turns of a play, at most."""
BOLD = 0.4
"""Chance that a careful rival lays a bomb where one would hit something."""
_BESIDE = ((0, -1), (1, 0), (0, 1), (-1, 0))


class Plan(NamedTuple):
    """A difficulty: size and share of soft walls as published."""

    width: int
    height: int
    soft: float
    careless: float
    """Chance that a rival acts at random in a turn."""


PLANS = {1: Plan(9, 7, 0.3, 0.7), 2: Plan(13, 11, 0.6, 0.6), 3: Plan(15, 13, 0.7, 0.5)}


@dataclass(frozen=True)
class Arena(State):
    """Walls, players and bombs; player 0 is the one who plays."""

    width: int
    height: int
    soft: frozenset[Cell]
    players: tuple[Cell | None, ...]
    """None is one who is out."""
    bombs: tuple[tuple[Cell, int], ...] = ()
    """Cell and turns left."""
    careless: float = 0.0
    flames: frozenset[Cell] = frozenset()
    """Of the last turn."""

    @property
    def over(self) -> bool:
        return self.players[0] is None or not any(self.players[1:])

    @property
    def won(self) -> bool:
        return self.players[0] is not None and not any(self.players[1:])

    @property
    def raw(self) -> float:
        return 100 * self.score

    @property
    def score(self) -> float:
        return float(self.won)

    def after(self, action: Action | None, rng: Random) -> Arena:
        now: Arena = self
        for i in range(len(self.players)):
            if now.players[i] is not None:
                now = now._done(i, action if i == 0 else now._rival(i, rng))
        return now._burnt()

    def _done(self, who: int, action: Action | None) -> Arena:
        at = self.players[who]
        if action is None or at is None:
            return self
        verb, x, y = action.split()
        bombs = self.bombs
        if verb == "bomb" and at not in dict(bombs):
            bombs = (*bombs, (at, FUSE))
        way = self.reach(at).get((int(x), int(y)), [at])
        players = list(self.players)
        players[who] = way[min(PACE, len(way) - 1)]
        return replace(self, bombs=bombs, players=tuple(players))

    def _burnt(self) -> Arena:
        """Let a turn pass for the bombs; one that burns another sets it off."""
        left = {cell: fuse - 1 for cell, fuse in self.bombs}
        off = {c for c, fuse in left.items() if fuse <= 0}
        flames: set[Cell] = set()
        while off:
            flames |= self.blast(off.pop())
            off |= {c for c in left if c in flames and not self.blast(c) <= flames}
        return replace(
            self,
            bombs=tuple((c, fuse) for c, fuse in left.items() if c not in flames),
            players=tuple(None if p in flames else p for p in self.players),
            soft=self.soft - flames,
            flames=frozenset(flames),
        )

    def blast(self, cell: Cell) -> frozenset[Cell]:
        """Return the cells that a bomb burns: in four directions up to a wall, a soft one too."""
        found = {cell}
        for dx, dy in _BESIDE:
            for n in range(1, BLAST + 1):
                there = cell[0] + n * dx, cell[1] + n * dy
                if self.wall(there):
                    break
                found.add(there)
                if there in self.soft:
                    break
        return frozenset(found)

    def wall(self, cell: Cell) -> bool:
        """Whether a pillar or the border is there."""
        x, y = cell
        return not (0 <= x < self.width and 0 <= y < self.height) or (x % 2 == 1 and y % 2 == 1)

    def reach(self, start: Cell) -> Mapping[Cell, list[Cell]]:
        """Return a shortest way to each cell that can be walked to, in order of distance."""
        found, laid = {start: [start]}, dict(self.bombs)
        for here in (waiting := [start]):
            for dx, dy in _BESIDE:
                there = here[0] + dx, here[1] + dy
                free = not self.wall(there) and there not in self.soft and there not in laid
                if free and there not in found:
                    found[there] = [*found[here], there]
                    waiting.append(there)
        return found

    @cached_property
    def danger(self) -> frozenset[Cell]:
        """Cells that the bombs that are laid will burn."""
        return frozenset(c for bomb, _ in self.bombs for c in self.blast(bomb))

    def altered(self, rng: Random) -> Arena:
        """Mirror everything, left for right."""

        def flip(cell: Cell) -> Cell:
            return self.width - 1 - cell[0], cell[1]

        return replace(
            self,
            soft=frozenset(map(flip, self.soft)),
            players=tuple(p and flip(p) for p in self.players),
            bombs=tuple((flip(c), fuse) for c, fuse in self.bombs),
            flames=frozenset(map(flip, self.flames)),
        )

    def best(self) -> Action:
        return self.fine()[0]

    def fine(self) -> list[Action]:
        """Return good actions of player 0: a bomb that hits something, or a way to where one would.

        After each it can still escape, also if every rival lays a bomb where it stands now.
        """
        at = self.players[0]
        assert at is not None
        others = {p for p in self.players[1:] if p}
        if at not in dict(self.bombs) and self.hits(at, others):
            away = self.laid({at}).escapes(at, others)
            if away:
                return [f"bomb {x} {y}" for x, y in away]
        safe = self.escapes(at, others) or self.refuges(at) or [at]
        near = [c for c in safe if self.hits(c, others)] or safe
        hunted = sorted(near, key=lambda c: (not self.blast(c) & others, gap(c, others)))
        return [f"move {x} {y}" for x, y in hunted]

    def laid(self, cells: set[Cell]) -> Arena:
        """Return the arena with new bombs."""
        new = sorted(cells - {*dict(self.bombs)})
        return replace(self, bombs=(*self.bombs, *((c, FUSE) for c in new)))

    def escapes(self, at: Cell, others: set[Cell]) -> list[Cell]:
        """Return refuges that the worst turn of the others does not burn, nor the one after it."""
        then = self.laid(others)._burnt()
        return [
            c
            for c in self.refuges(at)
            if c not in then.flames and (c not in then.danger or then.refuges(c))
        ]

    def refuges(self, at: Cell) -> list[Cell]:
        """Return the cells in reach this turn that no bomb burns, the nearest first."""
        return [
            c for c, way in self.reach(at).items() if len(way) <= PACE + 1 and c not in self.danger
        ]

    def hits(self, cell: Cell, others: set[Cell]) -> bool:
        """Whether a bomb there would burn a soft wall or another player."""
        return bool(self.blast(cell) & (self.soft | others))

    def _rival(self, who: int, rng: Random) -> Action:
        """Return a rival's action: it flees, and now and then lays a bomb that hits something."""
        at = self.players[who]
        assert at is not None
        if rng.random() < self.careless:
            return self._any(at, rng)
        others = {p for i, p in enumerate(self.players) if i != who and p}
        if at not in dict(self.bombs) and self.hits(at, others) and rng.random() < BOLD:
            away = self.laid({at}).refuges(at)
            if away:
                return "bomb {} {}".format(*rng.choice(away))
        return "move {} {}".format(*rng.choice(self.refuges(at) or [at]))

    def _any(self, at: Cell, rng: Random) -> Action:
        x, y = rng.choice([c for c, way in self.reach(at).items() if len(way) <= PACE + 1])
        return f"{rng.choice(('move', 'bomb'))} {x} {y}"

    def chance(self, rng: Random) -> Action:
        assert self.players[0] is not None
        return self._any(self.players[0], rng)

    def words(self) -> Words:
        return () if self.over else tuple(self.best().split())

    def shots(self) -> Shots:
        burning = self._drawn(dict.fromkeys(self.flames, "*"))
        return (burning, self._drawn({})) if self.flames else (self._drawn({}),)

    def _drawn(self, things: dict[Cell, str]) -> Tiles:
        """Return cells of two tiles: a player in the left one, what else is there in the right."""
        codes = {c: str(fuse) for c, fuse in self.bombs} | dict.fromkeys(self.soft, "s") | things
        people = {p: "R" for p in self.players[1:] if p} | {p: "M" for p in self.players[:1] if p}
        return tuple(
            "".join(
                "##" if self.wall((x, y)) else people.get((x, y), ".") + codes.get((x, y), ".")
                for x in range(self.width)
            )
            for y in range(self.height)
        )


def gap(cell: Cell, others: set[Cell]) -> int:
    """Return the cells from here to the nearest of the others, walls aside."""
    return min((abs(cell[0] - x) + abs(cell[1] - y) for x, y in others), default=0)
