"""The page of the study of debate: what it reads, and accuracies and gaps drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from markupsafe import Markup

from superalign.report.canvas import Canvas
from superalign.report.easy_to_hard import Claim
from superalign.report.figures import QUARTERS
from superalign.report.records import Part, Rate, Recovered, Run
from superalign.report.words import UNMEASURED, percent

ROW = 34
"""Height of a row of the figure, in pixels."""


class Judged(Rate):
    """How often a judge is right, both orders of the answers counted."""

    unknown: float | None = None


class Taught(Recovered):
    """What a student recovers of the gap, its accuracy, and how right its labels were."""

    accuracy: Rate
    labels_right: float


class Rated(Part):
    """A debater's Elo on either side."""

    correct: float
    incorrect: float
    advantage_for_truth: float


class Calibrated(Part):
    """How far the debate judge's chances can be believed."""

    ece: float | None
    brier: float | None


class Persuasion(Part):
    """Who persuades, and what it takes."""

    debaters: Mapping[str, Rated] | None
    calibration: Calibrated
    flips_of_blind: Rate
    order_flips: Rate
    quotes_verified: Rate
    forced: Mapping[str, Rate]
    tokens_per_judgement: Mapping[str, float]
    contest: Mapping[str, Judged]


class DebateStudy(Run):
    """Judges by what they hear, and students by who labelled for them."""

    recipe: str = "study debate"
    study: Literal["debate"]
    judge_accuracy: Mapping[str, Judged]
    gap_recovered: Mapping[str, Taught]
    floor: float
    persuasion: Persuasion
    claims: Mapping[str, Claim]


def bars(found: Mapping[str, Judged]) -> Markup:
    """Draw how often each judge is right, with its interval; one half is a coin."""
    height = ROW * len(found)
    canvas = Canvas((0, 1), (0, height), height, "How often a judge is right", "rows")
    for quarter in QUARTERS:
        canvas.upright(quarter, "grid")
        canvas.text(quarter, height + 18, percent(quarter))
    for i, (name, judged) in enumerate(found.items()):
        top, y = i * ROW, height - i * ROW - 22
        canvas.text(0, top + 14, name.replace("_", " "), "label", "start")
        if judged.rate is None or judged.low is None or judged.high is None:
            continue
        canvas.text(1, top + 14, percent(judged.rate), "value", "end")
        canvas.span(y, judged.low, judged.high, "whisker end")
        canvas.dot(judged.rate, y, "end", f"{name}: {shown(judged)}", 5)
    return canvas.svg()


def shown(found: Rate) -> str:
    """Return a share with its interval, in points."""
    if found.rate is None or found.low is None or found.high is None:
        return UNMEASURED
    return f"{100 * found.rate:.1f} ({100 * found.low:.1f} to {100 * found.high:.1f})"


def gap(found: Recovered) -> str:
    """Return the share of a gap with its interval, in percent."""
    if found.value is None:
        return "no gap"
    ends = "" if found.low is None or found.high is None else f" ({_whole(found.low, found.high)})"
    return f"{100 * found.value:.0f}{ends}"


def _whole(low: float, high: float) -> str:
    return f"{100 * low:.0f} to {100 * high:.0f}"
