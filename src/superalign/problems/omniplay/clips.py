"""Clips of pictures as MP4 files, in memory. The door to PyAV."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from superalign.errors import BadInput
from superalign.problems.pictures import Pixels

PACE = 2
"""Frames a second."""


def ready() -> None:
    """Check that clips can be made.

    Raises:
        BadInput: If PyAV is not installed.
    """
    try:
        import av  # noqa: F401 - only asks whether it is there
    except ModuleNotFoundError:
        raise BadInput(
            "clips need PyAV: pip install 'superalign[media]', or set video=frames"
        ) from None


def mp4(frames: Sequence[Pixels]) -> bytes:
    """Return frames of one size, of even height and width, as an H.264 clip without sound."""
    import av

    kept = io.BytesIO()
    with av.open(kept, "w", format="mp4") as file:
        stream = file.add_stream("libx264", rate=PACE, options={"crf": "18", "preset": "ultrafast"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for pixels in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        file.mux(stream.encode())
    return kept.getvalue()


def frames_of(clip: bytes) -> list[Pixels]:
    """Return the frames of a clip."""
    import av

    with av.open(io.BytesIO(clip), "r") as file:
        frames = file.decode(file.streams.video[0])
        return [np.asarray(f.to_ndarray(format="rgb24"), dtype=np.uint8) for f in frames]
