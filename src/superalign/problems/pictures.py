"""Pictures drawn, written and read; the door to Pillow."""

from __future__ import annotations

import io
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from superalign.errors import BadInput

Pixels: TypeAlias = NDArray[np.uint8]
"""[height, width, 3]"""
Colour: TypeAlias = str | tuple[int, int, int]


def ready() -> None:
    """Check that pictures can be made.

    Raises:
        BadInput: If Pillow is not installed.
    """
    try:
        import PIL.Image  # noqa: F401 - only asks whether it is there
    except ModuleNotFoundError:
        raise BadInput("pictures need more packages: pip install 'superalign[media]'") from None


class Canvas:
    """A picture to draw on; its `pen` is Pillow's, in pixels from the upper left."""

    def __init__(self, width: int, height: int, colour: Colour) -> None:
        """Take an empty sheet.

        Raises:
            BadInput: If Pillow is not installed.
        """
        ready()
        from PIL import Image, ImageDraw

        self._image = Image.new("RGB", (width, height), colour)
        self.pen: Any = ImageDraw.Draw(self._image)

    @property
    def pixels(self) -> Pixels:
        """What is drawn so far."""
        return np.asarray(self._image)


def png(pixels: Pixels) -> bytes:
    """Return pixels as a PNG file."""
    from PIL import Image

    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "PNG")
    return kept.getvalue()


def seen(picture: bytes) -> Pixels:
    """Return the pixels of a picture file."""
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
