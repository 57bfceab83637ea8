"""Pictures made of tiles, and read back from their pixels.

A tile is a square of one colour with a sign in its middle; what is read is the colour at its
corners, so signs are for the reader's comfort alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np

from superalign.problems.pictures import Canvas, Pixels, png

Tiles: TypeAlias = tuple[str, ...]
"""Rows of a picture, one character a tile."""

SIDE = 16
"""Pixels of a tile."""
EDGE = "#"
"""The tile between the frames of a sheet; every palette has it."""
ACROSS = 5
"""Frames beside one another on a sheet."""
ARROWS = {
    "^": [(8, 3), (13, 12), (3, 12)],
    ">": [(13, 8), (4, 13), (4, 3)],
    "v": [(8, 13), (3, 4), (13, 4)],
    "<": [(3, 8), (12, 3), (12, 13)],
}
"""Corners of the signs that point somewhere, in pixels of a tile."""


class Paint(NamedTuple):
    """How a tile looks."""

    colour: tuple[int, int, int]
    sign: str = ""
    """An arrow, `o` for a disc, or a letter."""


class Palette:
    """The tiles of a game; a picture is drawn with it, and read back with it alone."""

    def __init__(self, paints: Mapping[str, Paint]) -> None:
        self.paints = {EDGE: Paint((40, 40, 40)), **paints}

    @cached_property
    def _atlas(self) -> Pixels:
        return np.stack([_tile(p) for p in self.paints.values()])

    def pixels(self, tiles: Tiles) -> Pixels:
        """Draw a picture."""
        place = {code: i for i, code in enumerate(self.paints)}
        codes = np.array([[place[c] for c in row] for row in tiles])
        height, width = codes.shape
        drawn = self._atlas[codes].swapaxes(1, 2)
        return np.asarray(drawn.reshape(height * SIDE, width * SIDE, 3))

    def tiles(self, pixels: Pixels) -> Tiles:
        """Read a picture: each tile is the one whose colour is nearest to that of its corners."""
        height, width = (n // SIDE for n in pixels.shape[:2])
        blocks = pixels[: height * SIDE, : width * SIDE].reshape(height, SIDE, width, SIDE, 3)
        corners = blocks[:, [1, 2, -3, -2]][:, :, :, [1, 2, -3, -2]].mean((1, 3))
        colours = np.array([p.colour for p in self.paints.values()], dtype=float)
        nearest = ((corners[:, :, None] - colours) ** 2).sum(3).argmin(2)
        codes = np.array([*self.paints])[nearest]
        return tuple("".join(row) for row in codes)


def sheet(frames: Sequence[Tiles]) -> Tiles:
    """Return frames of one size as one picture, in the order of reading, with edges between."""
    height, width = len(frames[0]), len(frames[0][0])
    blank = (EDGE * width,) * height
    rows: list[str] = []
    for start in range(0, len(frames), ACROSS):
        band = list(frames[start : start + ACROSS])
        band += [blank] * (min(ACROSS, len(frames)) - len(band))
        rows += [EDGE.join(parts) for parts in zip(*band, strict=True)]
        rows.append(EDGE * len(rows[0]))
    return tuple(rows[:-1])


def noisy(pixels: Pixels, noise: float, seed: int) -> Pixels:
    """Return pixels with white noise; a standard deviation of 1 is the whole range."""
    if not noise:
        return pixels
    grain = np.random.default_rng(seed).normal(0, 255 * noise, pixels.shape)
    return np.asarray((pixels + grain).clip(0, 255).astype(np.uint8))


@lru_cache(maxsize=1024)
def drawn(palette: Palette, tiles: Tiles) -> bytes:
    """Return a picture as a PNG file; the same picture is made once."""
    return png(palette.pixels(tiles))


def _tile(paint: Paint) -> Pixels:
    canvas = Canvas(SIDE, SIDE, paint.colour)
    draw = canvas.pen
    ink = (0, 0, 0) if sum(paint.colour) > 330 else (255, 255, 255)
    if paint.sign in ARROWS:
        draw.polygon(ARROWS[paint.sign], fill=ink)
    elif paint.sign == "o":
        draw.ellipse((4, 4, 11, 11), fill=ink)
    elif paint.sign:
        draw.text((SIDE / 2, SIDE / 2), paint.sign, fill=ink, anchor="mm")
    return canvas.pixels
