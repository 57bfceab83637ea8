"""The figures of the page, drawn from the records of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from superalign.report.canvas import Canvas
from superalign.report.records import Bin, Cell, Change, Labels, Levels, Rate, RoundAccuracy
from superalign.report.words import decimal, full, percent

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
ROW = 46
"""Height of one row of a start-to-end figure, in pixels."""


def _level_axis(canvas: Canvas, levels: Sequence[int], top: int) -> None:
    if 0 < top < levels[-1]:
        canvas.shade(levels[0] - 0.5, top + 0.5, "reach")
        canvas.upright(top + 0.5, "boundary")
        canvas.text(top + 0.5, -10, f"people could label up to level {top}", "note")
    for level in levels:
        canvas.text(level, canvas.height + 20, str(level))
    canvas.text((levels[0] + levels[-1]) / 2, canvas.height + 40, "level", "note")


def accuracy(start: Levels, end: Levels, top: int) -> Markup:
    """Draw accuracy by level at the start and at the end, and how far people's labels reach."""
    levels = sorted({*start, *end})
    canvas = Canvas(
        (levels[0] - 0.5, levels[-1] + 0.5),
        (0, 1),
        280,
        "Share of problems fully right by level, at the start and at the end, 95% intervals",
        "wide",
    )
    _level_axis(canvas, levels, top)
    canvas.grid(QUARTERS, [percent(q) for q in QUARTERS])
    for name, rates, shift in (("start", start, -0.05), ("end", end, 0.05)):
        known = {level + shift: rates[level] for level in levels if _known(rates.get(level))}
        canvas.curve([(x, found.rate or 0.0) for x, found in known.items()], name)
        for x, found in known.items():
            _point(canvas, x, found, name, f"level {x - shift:.0f}, {name}: {full(found)}")
    return canvas.svg()


def _known(found: Rate | None) -> bool:
    return found is not None and found.rate is not None


def _point(canvas: Canvas, x: float, found: Rate, kind: str, note: str) -> None:
    if found.rate is None:
        return
    if found.low is not None and found.high is not None:
        canvas.whisker(x, found.low, found.high, kind)
    canvas.dot(x, found.rate, kind, note)


def trend(level: int, rounds: Sequence[RoundAccuracy]) -> Markup:
    """Draw one level's accuracy over the rounds; rounds that were not promoted are hollow."""
    known = [(r, r.by_level[level]) for r in rounds if _known(r.by_level.get(level))]
    first, last = rounds[0].round, rounds[-1].round
    canvas = Canvas((first, max(last, first + 1)), (0, 1), 96, f"Level {level} by round", "small")
    canvas.grid((0, 0.5, 1), ("0", "50", "100"))
    canvas.band(
        [(r.round, rate.high or 0.0) for r, rate in known],
        [(r.round, rate.low or 0.0) for r, rate in known],
        "end",
    )
    canvas.curve([(r.round, rate.rate or 0.0) for r, rate in known], "end")
    for r, rate in known:
        kind = "hollow" if r.promoted is False else "end"
        canvas.dot(r.round, rate.rate or 0.0, kind, f"round {r.round}: {full(rate)}", 3)
    for number in {first, last}:
        canvas.text(number, canvas.height + 16, str(number))
    return canvas.svg()


def changes(rows: Sequence[tuple[str, Change]], title: str) -> Markup:
    """Draw a row per name: where it started, where it ended, and both intervals."""
    height = ROW * len(rows)
    canvas = Canvas((0, 1), (0, height), height, title, "rows")
    for quarter in QUARTERS:
        canvas.upright(quarter, "grid")
        canvas.text(quarter, height + 18, percent(quarter))
    for i, (name, change) in enumerate(rows):
        top, y = i * ROW, height - i * ROW - 30
        canvas.text(0, top + 15, name, "label", "start")
        canvas.text(1, top + 15, _from_to(change), "value", "end")
        if change.start.rate is not None and change.end.rate is not None:
            canvas.span(y, change.start.rate, change.end.rate, "travel")
        for kind, rate in (("start", change.start), ("end", change.end)):
            if rate.rate is None:
                continue
            if rate.low is not None and rate.high is not None:
                canvas.span(y, rate.low, rate.high, f"whisker {kind}")
            canvas.dot(rate.rate, y, kind, f"{name}, {kind}: {full(rate)}", 5)
    return canvas.svg()


def by_noise(name: str, arm: Mapping[float, Cell], full: Mapping[float, Cell]) -> Markup:
    """Draw an arm's rate of harm by label noise beside the full loop's, with the range of seeds."""
    noises = sorted(full)
    canvas = Canvas((0, max(*noises, 0.1)), (0, 1), 130, f"Harm by label noise: {name}", "small")
    canvas.grid((0, 0.5, 1), ("0", "50", "100"))
    for kind, cells in (("start", arm), ("end", full)):
        known = {noise: cells[noise].harmful.end for noise in noises if noise in cells}
        canvas.curve([(noise, found.mean) for noise, found in known.items()], kind)
        for noise, found in known.items():
            canvas.whisker(noise, found.low, found.high, kind)
            note = f"noise {noise}: {percent(found.mean)} ({found.seeds} seeds, n {found.n:,})"
            canvas.dot(noise, found.mean, kind, note, 3)
    for noise in noises:
        canvas.text(noise, canvas.height + 16, f"{noise:g}")
    return canvas.svg()


def _from_to(change: Change) -> str:
    return f"{percent(change.start.rate)} → {percent(change.end.rate)}"


def calibration(bins: Sequence[Bin], title: str) -> Markup:
    """Draw how often the critic was right against how sure it was; on the diagonal it is honest."""
    canvas = Canvas((0, 1), (0, 1), 190, title, "small square")
    canvas.grid((0, 0.5, 1), ("0", "50", "100"))
    canvas.curve([(0, 0), (1, 1)], "diagonal")
    most = max((b.n for b in bins), default=1)
    for b in bins:
        canvas.whisker(b.confidence, b.low, b.high, "end")
        note = f"{percent(b.confidence)} sure, {percent(b.frequency)} right, n {b.n:,}"
        canvas.dot(b.confidence, b.frequency, "end", note, 2.5 + 4 * math.sqrt(b.n / most))
    for share in (0, 0.5, 1):
        canvas.text(share, canvas.height + 16, f"{100 * share:.0f}")
    return canvas.svg()


def ranking(auroc: Mapping[int, float | None], top: int) -> Markup:
    """Draw the critic's AUROC by level; one half is a coin."""
    known = {level: value for level, value in auroc.items() if value is not None}
    levels = sorted(auroc)
    floor = min([0.5, *(math.floor(10 * value) / 10 for value in known.values())])
    canvas = Canvas(
        (levels[0] - 0.5, levels[-1] + 0.5), (floor, 1), 170, "Critic AUROC by level", "wide"
    )
    _level_axis(canvas, levels, top)
    ticks = [floor + (1 - floor) * i / 2 for i in range(3)]
    canvas.grid(ticks, [decimal(tick) for tick in ticks])
    canvas.curve(sorted(known.items()), "end")
    for level, value in known.items():
        canvas.dot(level, value, "end", f"level {level}: {value:.3f}")
    return canvas.svg()


def labels(asked: Labels, levels: Sequence[int]) -> Markup:
    """Draw the labels people gave by level, the levels without any included."""
    counts = {level: asked.by_level.get(level, 0) for level in levels}
    most = max(1, *counts.values())
    canvas = Canvas(
        (levels[0] - 0.5, levels[-1] + 0.5), (0, 1.2 * most), 120, "Human labels by level", "wide"
    )
    _level_axis(canvas, levels, asked.top)
    canvas.span(0, levels[0] - 0.5, levels[-1] + 0.5, "grid")
    for level, n in counts.items():
        canvas.column(level, 0.6, n, "bar")
        canvas.text(level, canvas.down(n) - 6 if n else canvas.height - 6, f"{n:,}", "value")
    return canvas.svg()
