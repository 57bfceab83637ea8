"""Phantom soldiers in the fog: command a team that finds and takes objectives."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple, TypeAlias

from superalign.problems.omniplay.pictures import Paint, Palette, Tiles
from superalign.problems.omniplay.sounds import NAMES, NUMBERS
from superalign.problems.omniplay.world import Action, Mind, Shots, State, Words, World

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
        ends = [a + share * (b - a) + rng.gauss(0, self.error) for a, b in zip(start, goal, strict=True)]
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
            if not o.taken and max(math.dist(o.at, place), math.dist(o.at, self.members[who])) <= RADIUS
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
        return _order(self.members, [o.at for o in self.objectives if not o.taken])

    def chance(self, rng: Random) -> Action:
        name, verb = rng.choice(NAMES[: len(self.members)]), rng.choice(VERBS)
        place = "" if verb == "recon" else f" {rng.randint(0, FIELD)} {rng.randint(0, FIELD)}"
        return f"{name} {verb}{place}"

    def words(self) -> Words:
        """Return each member and each objective that is known, with its square."""
        members = zip(NAMES, self.members, strict=False)
        said = [(name, *_square(p)) for name, p in members]
        said += [("taken" if o.taken else "target", *_square(o.told)) for o in self.objectives if o.known]
        return tuple(word for part in said for word in part)

    def shots(self) -> Shots:
        return self._map(self.before), self._map(self.members)

    def _map(self, members: Sequence[Point]) -> Tiles:
        """Return squares of two tiles: a member in the left one, an objective in the right one."""
        side = FIELD // GRID + 1
        rows = [["."] * (2 * side) for _ in range(side)]
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


def _order(members: Sequence[Point], targets: Sequence[Point]) -> Action:
    """Return the order that brings the nearest pair together, or the attack when they are."""
    far, who, target = min((math.dist(m, t), i, t) for i, m in enumerate(members) for t in targets)
    verb = "attack" if far <= RADIUS / 2 else "move"
    return f"{NAMES[who]} {verb} {target[0]:.0f} {target[1]:.0f}"


class Commander(Mind):
    """Sends the nearest member to a target; where none is left, looks around from nine places."""

    def __init__(self) -> None:
        self._members: dict[str, Point] = {}
        self._targets: list[Point] = []
        self._told = False
        self._search = [(float(x), float(y)) for y in (17, 50, 83) for x in (17, 50, 83)]

    def hear(self, words: Words) -> None:
        found = re.findall(rf"({'|'.join((*NAMES, 'target'))}) (\d+) (\d+)", " ".join(words))
        self._tell([(name, (float(x), float(y))) for name, x, y in found])

    def look(self, shots: Sequence[Tiles]) -> None:
        codes = {**dict(zip("ABCDEF", NAMES, strict=True)), "O": "target"}
        self._tell([
            (codes[code], (float(GRID * (c // 2)), float(GRID * r)))
            for r, row in enumerate(shots[-1])
            for c, code in enumerate(row)
            if code in codes
        ])

    def _tell(self, found: Sequence[tuple[str, Point]]) -> None:
        members = {name: at for name, at in found if name != "target"}
        if members:
            self._members |= members
            self._targets = [at for name, at in found if name == "target"]

    def supports(self, action: Action) -> bool:
        """Return whether a target is aimed at, or the search goes on where there is none."""
        _, verb, *where = action.split()
        if not self._targets or verb == "recon":
            return not self._targets
        place = (float(where[0]), float(where[1]))
        return any(math.dist(place, t) <= RADIUS / 2 for t in self._targets)

    def choose(self, rng: Random) -> Action:
        if not self._members:
            return f"{NAMES[0]} recon"
        names, places = zip(*sorted(self._members.items()), strict=True)
        if self._targets:
            said = _order(places, self._targets)
            return f"{names[NAMES.index(said.split()[0])]} {said.partition(' ')[2]}"
        far, who, place = min(
            (math.dist(p, s), n, s) for n, p in self._members.items() for s in self._search
        )
        if far > RADIUS:
            return f"{who} move {place[0]:.0f} {place[1]:.0f}"
        self._search = [*(s for s in self._search if s != place)] or [
            (float(rng.randint(10, 90)), float(rng.randint(10, 90)))
        ]
        return f"{who} recon"


class Phantom(World):
    """The game of command."""

    name = "phantom"
    unit = "percent of the objectives"
    vocabulary = (*NAMES, *(n for n in NUMBERS if int(n) % GRID == 0), "target", "taken")
    palette = Palette(
        {
            ".": Paint((215, 215, 200)),
            "O": Paint((220, 40, 40), "X"),
            "S": Paint((40, 160, 60), "X"),
            **{
                code: Paint((40 + 40 * (i % 2), 60 + 50 * (i // 2), 220), code)
                for i, code in enumerate("ABCDEF")
            },
        }
    )

    def start(self, level: int, seed: int) -> Field:
        rng, plan = Random(seed), PLANS[level]
        places = _apart(plan.objectives, rng)
        hidden = round(plan.hidden * plan.objectives)
        members = tuple((rng.uniform(5, 95), rng.uniform(5, 95)) for _ in range(plan.team))
        objectives = tuple(
            Objective(at=p, told=_off(p, rng) if rng.random() < plan.noise else p, known=i >= hidden)
            for i, p in enumerate(places)
        )
        return Field(members, objectives, plan.error, before=members)

    def limit(self, level: int) -> int:
        return TURNS_EACH * PLANS[level].objectives

    def rules(self, start: State) -> str:
        assert isinstance(start, Field)
        names = ", ".join(NAMES[: len(start.members)])
        return (
            f"You command {names} on a field of 100 by 100; x grows to the east, y to the south. "
            f"Take all {len(start.objectives)} objectives; some are hidden until they are noticed. "
            "One order a turn: `NAME move X Y` (up to 30), which may notice what is within 15; "
            "`NAME recon`, which may notice what is within 30; `NAME attack X Y`, which may take an "
            f"objective within 15 of the member and of X Y. {NAMES[0]} is a scout: it notices more "
            "and takes less. Places are reported in steps of 5. A picture is the field, north at "
            "the top, in squares of 5: blue tiles with a letter are members, red ones targets, "
            "green ones taken. Words are each name, `target` or `taken`, followed by X and Y."
        )

    def mind(self, start: State) -> Commander:
        return Commander()

    def read(self, line: str) -> Action | None:
        who = "|".join(NAMES)
        found = re.fullmatch(rf"({who}) (?:(recon)|(move|attack)\s+(\d+)[\s,]+(\d+))", line)
        if found is None:
            return None
        if found[2]:
            return f"{found[1]} recon"
        x, y = (min(int(found[i]), FIELD) for i in (4, 5))
        return f"{found[1]} {found[3]} {x} {y}"


def _apart(n: int, rng: Random) -> list[Point]:
    """Return `n` places on the grid, no two within reach of one another."""
    places: list[Point] = []
    while len(places) < n:
        x, y = (float(GRID * rng.randint(2, 18)) for _ in range(2))
        if all(math.dist((x, y), p) > RADIUS for p in places):
            places.append((x, y))
    return places


def _off(point: Point, rng: Random) -> Point:
    return point[0] + rng.choice((-GRID, GRID)), point[1] + rng.choice((-GRID, GRID))
