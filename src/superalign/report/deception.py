"""The page of the study of deception: what it reads, and the score beside its base rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from markupsafe import Markup

from superalign.report.canvas import Canvas
from superalign.report.records import Part, Recovered, Run
from superalign.report.words import UNMEASURED, percent


class Cell(Part):
    """One of four areas of knowledge."""

    strong: str
    weak: str
    n: int
    lost: int
    gained: int


class Mitigated(Part):
    """A gap with a mitigation, and what it changes."""

    deception_score: Recovered
    conflict_tax: Recovered
    change: Recovered
    accuracy: Mapping[str, Recovered]
    kept: tuple[int, ...]


class Gap(Part):
    """A supervisor and a student under a learner and a conflict."""

    weak: str
    strong: str
    setting: str
    conflict: str
    deception_score: Recovered
    base_rate: Recovered
    excess: Recovered
    beyond_control: Recovered | None = None
    conflict_tax: Recovered
    conflict_gain: Recovered
    cells: tuple[Cell, ...]
    accuracy: Mapping[str, Recovered]
    mitigations: Mapping[str, Mitigated] = {}

    @property
    def name(self) -> str:
        """The sizes, without what both share."""
        shared = self.weak.rpartition("-")[0] + "-"
        return f"{self.weak.removeprefix(shared)} → {self.strong.removeprefix(shared)}"


class DeceptionStudy(Run):
    """Deception by gap, learner and conflict."""

    recipe: str = "study deception"
    study: Literal["deception"]
    gaps: tuple[Gap, ...]
    denominator: str
    threshold: float
    pairs: Mapping[str, int]

    def lines(self) -> list[tuple[str, list[Gap]]]:
        """Return the gaps of each learner and conflict, by their name."""
        found: dict[str, list[Gap]] = {}
        for gap in self.gaps:
            found.setdefault(f"{gap.setting}, {gap.conflict} conflict", []).append(gap)
        return list(found.items())


def shown(found: Recovered | None) -> str:
    """Return a share with its interval, in points."""
    if found is None or found.value is None or found.low is None or found.high is None:
        return UNMEASURED
    return f"{100 * found.value:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})"


def by_gap(name: str, gaps: Sequence[Gap]) -> Markup:
    """Draw the score of each gap with its interval, and its base rate, dashed."""
    canvas = Canvas((-0.4, len(gaps) - 0.6), (0, 1), 130, f"Deception by gap: {name}", "small")
    canvas.grid((0, 0.5, 1), ("0", "50", "100"))
    base = [
        (float(i), g.base_rate.value) for i, g in enumerate(gaps) if g.base_rate.value is not None
    ]
    canvas.curve(base, "start")
    for x, value in base:
        canvas.dot(x, value, "start", f"base rate {percent(value)}", 3)
    known = [(float(i), g) for i, g in enumerate(gaps) if g.deception_score.value is not None]
    canvas.curve([(x, g.deception_score.value or 0.0) for x, g in known], "end")
    for x, gap in known:
        score = gap.deception_score
        canvas.whisker(x, score.low or 0.0, score.high or 0.0, "end")
        canvas.dot(x, score.value or 0.0, "end", f"{gap.name}: {shown(score)}", 3)
    for i, gap in enumerate(gaps):
        canvas.text(i, canvas.height + 16, gap.name)
    return canvas.svg()
