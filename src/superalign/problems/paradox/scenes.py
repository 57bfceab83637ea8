"""Scenes: coloured shapes on a grid, in a language in which a caption can be checked exactly.

A drawing has a line for each shape, with its column and row; what it shows is its caption:

    red circle 1 1
    blue square 3 2          two red circles and one blue square
    red circle 4 4

A model that writes can so draw a picture, and one that sees is shown it (`picture`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from random import Random
from typing import NamedTuple

COLOURS = ("red", "green", "blue", "yellow")
FORMS = ("circle", "square", "triangle")
NUMBERS = ("no", "one", "two", "three", "four")
SIDE = 4
"""Columns and rows of the grid, counted from 1 at the upper left."""
MOST = 4
"""Shapes of one kind, at most."""
_CELLS = tuple(product(range(1, SIDE + 1), repeat=2))
_LINE = re.compile(rf"({'|'.join(COLOURS)}) ({'|'.join(FORMS)}) ([1-{SIDE}]) ([1-{SIDE}])")


class Shape(NamedTuple):
    """One shape and where it stands."""

    colour: str
    form: str
    column: int
    row: int

    def __str__(self) -> str:
        return f"{self.colour} {self.form} {self.column} {self.row}"


Scene = tuple[Shape, ...]
Kind = tuple[str, str]
"""Colour and form."""


def draw(rng: Random) -> Scene:
    """Return a scene of two kinds of shapes."""
    kinds = rng.sample([*product(COLOURS, FORMS)], 2)
    shown = [kind for kind in kinds for _ in range(rng.randint(1, MOST - 1))]
    return _placed(shown, rng)


def _placed(kinds: Sequence[Kind], rng: Random) -> Scene:
    cells = rng.sample(_CELLS, len(kinds))
    return tuple(Shape(*kind, *cell) for kind, cell in zip(kinds, cells, strict=True))


def write(scene: Scene) -> str:
    """Return the drawing of a scene: `parse(write(s)) == s`."""
    return "\n".join(map(str, scene))


def parse(drawing: str) -> Scene | None:
    """Return what a drawing shows; None where a line is no shape or two share a cell."""
    found = [_LINE.fullmatch(line.strip().lower()) for line in drawing.strip().splitlines()]
    shapes = tuple(Shape(m[1], m[2], int(m[3]), int(m[4])) for m in found if m)
    cells = {(s.column, s.row) for s in shapes}
    return shapes if shapes and len(cells) == len(found) else None


def kinds(scene: Scene) -> Counter[Kind]:
    """Return how many shapes there are of each kind."""
    return Counter((s.colour, s.form) for s in scene)


def caption(scene: Scene) -> str:
    """Return what a scene shows, in words, without where."""
    return " and ".join(_said(kind, n) for kind, n in sorted(kinds(scene).items()))


def _said(kind: Kind, n: int) -> str:
    return f"{NUMBERS[n]} {kind[0]} {kind[1]}{'s' * (n != 1)}"


def shows(wanted: str, drawing: str) -> bool:
    """Return whether a drawing shows what a caption says, no more and no less."""
    scene = parse(drawing)
    if scene is None or max(kinds(scene).values()) > MOST:
        return False
    return caption(scene) == wanted


def near(scene: Scene, rng: Random) -> Iterator[Scene]:
    """Yield, without end, scenes that miss the caption by little: one shape, colour or form."""
    while True:
        i = rng.randrange(len(scene))
        others = scene[:i] + scene[i + 1 :]
        kind = scene[i].colour, scene[i].form
        changed: Scene
        match rng.choice(("colour", "form", "more", "fewer")):
            case "colour":
                other = rng.choice([c for c in COLOURS if c != kind[0]])
                changed = (*others, scene[i]._replace(colour=other))
            case "form":
                other = rng.choice([f for f in FORMS if f != kind[1]])
                changed = (*others, scene[i]._replace(form=other))
            case "more":
                free = [c for c in _CELLS if c not in {(s.column, s.row) for s in scene}]
                changed = (*scene, Shape(*kind, *rng.choice(free)))
            case _:
                changed = others
        if changed and max(kinds(changed).values()) <= MOST:
            yield tuple(sorted(changed))
