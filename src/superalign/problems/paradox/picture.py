"""Scenes as pictures; the door to Pillow."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from io import BytesIO

from superalign.errors import BadInput
from superalign.problems.paradox.scenes import SIDE, Scene, Shape
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
    try:
        from PIL import Image, ImageDraw
    except ModuleNotFoundError as error:
        raise BadInput("pictures need more packages: pip install 'superalign[media]'") from error
    image = Image.new("RGB", (SIDE * CELL, SIDE * CELL), "white")
    pen = ImageDraw.Draw(image)
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
    file = BytesIO()
    image.save(file, "PNG")
    uri = f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
    return Media(kind="image", uri=uri, mime="image/png")


def box(shape: Shape) -> tuple[int, int, int, int]:
    """Return the left, top, right and bottom of a shape, in pixels from the upper left."""
    left, top = (shape.column - 1) * CELL, (shape.row - 1) * CELL
    return left + _EDGE, top + _EDGE, left + CELL - _EDGE, top + CELL - _EDGE
