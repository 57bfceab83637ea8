"""The page of the study easy-to-hard: what it reads, and accuracy by number of samples."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Any, Literal

from markupsafe import Markup

from superalign.report.canvas import Canvas
from superalign.report.records import Difference, Part, Rate, Run
from superalign.report.words import UNMEASURED, percent


class Chosen(Rate):
    """Accuracy with every step right, the answer's alone, and the lucky share."""

    answer: float
    lucky: float | None = None


class Learner(Part):
    """A learner's greedy answers."""

    easy: Chosen
    hard: Chosen


class Claim(Difference):
    """A claim and the difference it rests on."""

    margin: float
    verdict: str


Table = Mapping[str, Mapping[str, Chosen]]
"""By method and number of samples."""


class EasyToHardStudy(Run):
    """Choosing and learning on hard problems by judges of easy ones."""

    recipe: str = "study easy-to-hard"
    study: Literal["easy-to-hard"]
    easy: Table
    hard: Table
    levels: Mapping[str, Table]
    rl: Mapping[str, Learner]
    claims: Mapping[str, Claim]
    aggregations: Mapping[str, Mapping[str, Mapping[str, float]]]
    evaluators: tuple[Mapping[str, Mapping[str, Any]], ...]
    compared_at: int
    sampler: str

    @property
    def sizes(self) -> list[str]:
        """Numbers of samples."""
        return list(self.hard["majority"])

    def drawn(self) -> list[str]:
        """Return the methods that are drawn beside majority, the bound last."""
        return [name for name in self.hard if name != "majority"]


def by_size(name: str, found: Mapping[str, Chosen], majority: Mapping[str, Chosen]) -> Markup:
    """Draw a method's accuracy over the number of samples, majority dashed beside it."""
    sizes = list(found)
    last = max(1.0, log2(int(sizes[-1])))
    canvas = Canvas((0, last), (0, 1), 130, f"Accuracy by samples: {name}", "small")
    canvas.grid((0, 0.5, 1), ("0", "50", "100"))
    for kind, points in (("start", majority), ("end", found)):
        known = [(log2(int(n)), p) for n, p in points.items() if p.rate is not None]
        canvas.curve([(x, p.rate or 0.0) for x, p in known], kind)
        for x, p in known:
            canvas.whisker(x, p.low or 0.0, p.high or 0.0, kind)
            canvas.dot(x, p.rate or 0.0, kind, f"{2**x:.0f}: {shown(p)}", 3)
    for n in sizes:
        canvas.text(log2(int(n)), canvas.height + 16, n)
    return canvas.svg()


def shown(found: Chosen) -> str:
    """Return an accuracy with its interval, in points."""
    if found.rate is None or found.low is None or found.high is None:
        return UNMEASURED
    return f"{100 * found.rate:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})"


def alone(found: Chosen) -> str:
    """Return the answer's accuracy and the share of right answers by wrong steps."""
    return f"{percent(found.answer)}, {percent(found.lucky)}"
