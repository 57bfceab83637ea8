"""The field of phantom: a team, objectives in the fog, and what orders come to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple, TypeAlias

from superalign.problems.omniplay.sounds import NAMES
from superalign.problems.omniplay.tiles import Tiles
from superalign.problems.omniplay.world import Action, Shots, State, Words

Point: TypeAlias = tuple[float, float]
"""East and south of the corner of the field, from 0 to 100 each."""

FIELD, GRID = 100, 5
"""Sides of the field, and of the squares in which positions are reported."""
STRIDE = 30
"""How far a member goes in one turn."""
RADIUS = 15
"""From where an objective may be noticed, and taken."""
SCOUTS = {True: 0.8, False: 0.4}
"""Chance that a scout, or another, notices what is hidden there."""
TAKES = {True: 0.6, False: 0.9}
"""Chance that an attack of a scout, or of another, succeeds."""
TURNS_EACH = 8
"""Turns of a play for each objective, at most."""


class Plan(NamedTuple):
    """A difficulty, as published."""

    team: int
    objectives: int
    hidden: float
    noise: float
    """Chance that a reported place is a square off."""
    error: float
    """Standard deviation of where a move ends."""


PLANS = {1: Plan(2, 3, 0.3, 0.0, 1), 2: Plan(4, 5, 0.4, 0.2, 2), 3: Plan(6, 7, 0.5, 0.4, 3)}


class Objective(NamedTuple):
    """A place to take."""

    at: Point
    told: Point
    """Where it is reported to be."""
    known: bool
    taken: bool = False


@dataclass(frozen=True)
class Field(State):
    """The team, the objectives, and what is known of them."""

    members: tuple[Point, ...]
    """The first one is the scout."""
    objectives: tuple[Objective, ...]
    error: float
    before: tuple[Point, ...]
    """Where the members were a turn ago."""

    @property
    def over(self) -> bool:
        return self.won

    @property
    def won(self) -> bool:
        return all(o.taken for o in self.objectives)

    @property
    def raw(self) -> float:
        return 100 * self.score

    @property
    def score(self) -> float:
        return sum(o.taken for o in self.objectives) / len(self.objectives)

    def after(self, action: Action | None, rng: Random) -> Field:
        if action is None:
            return replace(self, before=self.members)
        name, verb, *where = action.split()
        who = NAMES.index(name)
        if who >= len(self.members):
            return replace(self, before=self.members)
        if verb == "recon":
            return self._noticed(who, 2 * RADIUS, rng)
        place = (float(where[0]), float(where[1]))
        if verb == "attack":
            return self._attacked(who, place, rng)
        members = list(self.members)
        members[who] = self._moved(members[who], place, rng)
        return replace(self, members=tuple(members), before=self.members)._noticed(who, RADIUS, rng)

    def _moved(self, start: Point, goal: Point, rng: Random) -> Point:
        share = min(1.0, STRIDE / (math.dist(start, goal) or 1))
        ends = [
            a + share * (b - a) + rng.gauss(0, self.error) for a, b in zip(start, goal, strict=True)
        ]
        x, y = (min(max(e, 0.0), float(FIELD)) for e in ends)
        return x, y

    def _noticed(self, who: int, radius: float, rng: Random) -> Field:
        objectives = tuple(
            o._replace(known=True)
            if math.dist(o.at, self.members[who]) <= radius and rng.random() < SCOUTS[who == 0]
            else o
            for o in self.objectives
        )
        before = self.before if self.before != self.members else self.members
        return replace(self, objectives=objectives, before=before)

    def _attacked(self, who: int, place: Point, rng: Random) -> Field:
        """Take the nearest objective to `place` that is in reach of both."""
        left = [
            (math.dist(o.at, place), i)
            for i, o in enumerate(self.objectives)
            if not o.taken
            and max(math.dist(o.at, place), math.dist(o.at, self.members[who])) <= RADIUS
        ]
        objectives = list(self.objectives)
        if left and rng.random() < TAKES[who == 0]:
            i = min(left)[1]
            objectives[i] = objectives[i]._replace(known=True, taken=True)
        return replace(self, objectives=tuple(objectives), before=self.members)

    def altered(self, rng: Random) -> Field:
        """Report all objectives mirrored, west for east."""
        objectives = tuple(o._replace(told=(FIELD - o.told[0], o.told[1])) for o in self.objectives)
        return replace(self, objectives=objectives)

    def best(self) -> Action:
        return order(self.members, [o.at for o in self.objectives if not o.taken])

    def chance(self, rng: Random) -> Action:
        name, verb = rng.choice(NAMES[: len(self.members)]), rng.choice(VERBS)
        place = "" if verb == "recon" else f" {rng.randint(0, FIELD)} {rng.randint(0, FIELD)}"
        return f"{name} {verb}{place}"

    def words(self) -> Words:
        """Return each member and each objective that is known, with its square."""
        members = zip(NAMES, self.members, strict=False)
        said = [(name, *_square(p)) for name, p in members]
        said += [
            ("taken" if o.taken else "target", *_square(o.told)) for o in self.objectives if o.known
        ]
        return tuple(word for part in said for word in part)

    def shots(self) -> Shots:
        return self._map(self.before), self._map(self.members)

    def _map(self, members: Sequence[Point]) -> Tiles:
        """Return squares of two tiles: a member in the left one, an objective in the right one."""
        side = FIELD // GRID + 1
        rows = [[".,"[(r // 2 + c // 4) % 2] for c in range(2 * side)] for r in range(side)]
        for objective in self.objectives:
            if objective.known:
                x, y = map(int, _square(objective.told))
                rows[y // GRID][2 * (x // GRID) + 1] = "S" if objective.taken else "O"
        for code, member in zip("ABCDEF", members, strict=False):
            x, y = map(int, _square(member))
            rows[y // GRID][2 * (x // GRID)] = code
        return tuple(map("".join, rows))


VERBS = ("move", "attack", "recon")


def _square(point: Point) -> tuple[str, str]:
    """Return the nearest corner of the grid, in words."""
    x, y = (str(GRID * round(c / GRID)) for c in point)
    return x, y


def order(members: Sequence[Point], targets: Sequence[Point]) -> Action:
    """Return the order that brings the nearest pair together, or the attack when they are."""
    far, who, target = min((math.dist(m, t), i, t) for i, m in enumerate(members) for t in targets)
    verb = "attack" if far <= RADIUS / 2 else "move"
    return f"{NAMES[who]} {verb} {target[0]:.0f} {target[1]:.0f}"
