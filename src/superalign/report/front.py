"""The front: checkpoints by two of their dimensions, so that a trade between them can be seen."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from superalign.report.canvas import Canvas
from superalign.report.records import Dimensions
from superalign.report.words import percent

HEIGHT = 220


def front(found: Dimensions) -> Markup | None:
    """Draw the first compared dimension across and the second up; None where there are not two.

    Filled dots are on the front, hollow ones are not; the line follows the rounds.
    """
    if len(found.compared) < 2:
        return None
    across, up = found.compared[:2]
    places = [(c, c.score(across) or 0.0, c.score(up) or 0.0) for c in found.checkpoints]
    left, low = _edge([x for _, x, _ in places]), _edge([y for _, _, y in places])
    title = f"{across} across, {up} upwards: each checkpoint"
    canvas = Canvas((left, 1), (low, 1), HEIGHT, title)
    middle = (low + 1) / 2
    canvas.grid((low, middle, 1), tuple(map(percent, (low, middle, 1))))
    for x in (left, (left + 1) / 2, 1):
        canvas.text(x, HEIGHT + 18, percent(x))
    canvas.curve([(x, y) for c, x, y in places if c.checkpoint.startswith("round")], "end")
    for c, x, y in places:
        note = f"{c.checkpoint}: {across} {percent(x)}, {up} {percent(y)}"
        canvas.dot(x, y, "end" if c.on_front else "hollow", note)
    return canvas.svg()


def _edge(shares: Sequence[float]) -> float:
    """Return the tenth below the lowest share, at most .9, from which an axis starts."""
    return min(0.9, min(shares) // 0.1 / 10)
