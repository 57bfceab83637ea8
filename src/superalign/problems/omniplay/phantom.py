"""Phantom soldiers in the fog: command a team that finds and takes objectives."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from random import Random

from superalign.problems.omniplay.field import (
    FIELD,
    GRID,
    PLANS,
    RADIUS,
    TURNS_EACH,
    Field,
    Objective,
    Point,
    order,
)
from superalign.problems.omniplay.sounds import NAMES, NUMBERS
from superalign.problems.omniplay.tiles import Paint, Palette, Tiles
from superalign.problems.omniplay.world import Action, Mind, State, Words, World


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
        self._tell(
            [
                (codes[code], (float(GRID * (c // 2)), float(GRID * r)))
                for r, row in enumerate(shots[-1])
                for c, code in enumerate(row)
                if code in codes
            ]
        )

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
            said = order(places, self._targets)
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
    memory = 3
    vocabulary = (*NAMES, *(n for n in NUMBERS if int(n) % GRID == 0), "target", "taken")
    palette = Palette(
        {
            ".": Paint((225, 225, 210)),
            ",": Paint((185, 185, 170)),
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
            Objective(
                at=p, told=_off(p, rng) if rng.random() < plan.noise else p, known=i >= hidden
            )
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
            "`NAME recon`, which may notice what is within 30; `NAME attack X Y`, which may take "
            f"an objective within 15 of the member and of X Y. {NAMES[0]} is a scout: it notices "
            "more and takes less. Places are reported in steps of 5. A picture is the field, north "
            "at the top, in squares of 5 that are two tiles wide and shaded by tens: blue tiles "
            "with a letter are members, red ones targets, green ones taken. Words are each name, "
            "`target` or `taken`, followed by X and Y."
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
