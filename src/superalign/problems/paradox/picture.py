"""Scenes as pictures."""

from __future__ import annotations

from functools import lru_cache

from superalign.problems.paradox.scenes import SIDE, Scene, Shape
from superalign.problems.pictures import Canvas, png
from superalign.records import Media

CELL = 32
"""Side of a cell of the grid, in pixels."""
_EDGE = 5
"""Pixels between a shape and the edge of its cell."""


@lru_cache(maxsize=4096)
def picture(scene: Scene) -> Media:
    """Return a scene as a PNG, `SIDE * CELL` pixels square on white; the same for the same scene.

    Raises:
        BadInput: If Pillow is not installed.
    """
    canvas = Canvas(SIDE * CELL, SIDE * CELL, "white")
    pen = canvas.pen
    for shape in scene:
        left, top, right, bottom = box(shape)
        if shape.form == "circle":
            pen.ellipse((left, top, right, bottom), fill=shape.colour)
        elif shape.form == "square":
            pen.rectangle((left, top, right, bottom), fill=shape.colour)
        else:
            pen.polygon(
                [(left, bottom), ((left + right) / 2, top), (right, bottom)], fill=shape.colour
            )
    return Media.held("image", png(canvas.pixels), "image/png")


def box(shape: Shape) -> tuple[int, int, int, int]:
    """Return the left, top, right and bottom of a shape, in pixels from the upper left."""
    left, top = (shape.column - 1) * CELL, (shape.row - 1) * CELL
    return left + _EDGE, top + _EDGE, left + CELL - _EDGE, top + CELL - _EDGE
