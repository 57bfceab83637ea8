"""The figures and rows of a weak-to-strong grid."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from superalign.report.canvas import Canvas
from superalign.report.records import Pair, Rate, Student

STEPS = 4
"""Spaces between the lines of a grid."""


class Pooled(NamedTuple):
    """A supervisor, a student and a loss: means over seeds of what cells say."""

    weak_size: str
    student_size: str
    loss: str
    agreement: float | None
    teacher_right: float | None
    teacher_wrong: float | None
    new_errors: float | None
    ece: float | None
    misfit: float | None


def short(size: str) -> str:
    """Return the last part of a folder or hub id."""
    return size.rstrip("/").rpartition("/")[2]


def by_student(pairs: Sequence[Pair], students: Sequence[str], floor: float) -> Markup:
    """Draw one supervisor's students and their ceilings by size, beside the supervisor itself.

    `floor` is where the axis begins, the same for figures that are to be compared.
    """
    title = f"Right answers by student: taught by {short(pairs[0].weak_size)}, {pairs[0].loss}"
    canvas = Canvas((-0.3, max(len(students) - 0.7, 0.7)), (floor, 1), 150, title, "small")
    ticks = [floor + (1 - floor) * i / 2 for i in range(3)]
    canvas.grid(ticks, [f"{100 * t:.0f}" for t in ticks])
    canvas.curve(
        [(-0.3, pairs[0].weak.mean), (len(students) - 0.7, pairs[0].weak.mean)], "diagonal"
    )
    for kind, name in (("start", "ceiling"), ("end", "student")):
        at = [(students.index(p.student_size), getattr(p, name)) for p in pairs]
        canvas.curve([(x, found.mean) for x, found in at], kind)
        for x, found in at:
            canvas.whisker(x, found.low, found.high, kind)
            note = f"{name} {short(students[x])}: {found.mean:.1%} ({found.seeds} seeds)"
            canvas.dot(x, found.mean, kind, note, 3)
    for x, size in enumerate(students):
        canvas.text(x, canvas.height + 16, short(size).rpartition("-")[2])
    return canvas.svg()


def floor_of(pairs: Sequence[Pair]) -> float:
    """Return where an axis of right answers begins: below all of them, at a whole tenth."""
    lows = [min(p.weak.low, p.student.low, p.ceiling.low) for p in pairs]
    return max(0.0, math.floor(10 * min(lows) - 1e-9) / 10)


def by_gap(pairs: Sequence[Pair]) -> Markup:
    """Draw what share of the gap was recovered by the size of the gap, with 95% intervals."""
    shares = [p.gap_recovered for p in pairs]
    low = min(0.0, *(s.low for s in shares if s.low is not None))
    high = max(1.0, *(s.high for s in shares if s.high is not None))
    most = max(p.gap for p in pairs)
    title = "Share of the gap recovered by the size of the gap, 95% intervals"
    canvas = Canvas((0, 1.1 * most), (low, high), 260, title, "wide")
    canvas.grid((0, 0.5, 1), ("0", "50", "100"))
    for pair, share in zip(pairs, shares, strict=True):
        if share.value is None or share.low is None or share.high is None:
            continue
        who = f"{short(pair.weak_size)} to {short(pair.student_size)}, {pair.loss}"
        canvas.whisker(pair.gap, share.low, share.high, "end")
        canvas.dot(pair.gap, share.value, "end", f"{who}: {recovered(pair)}")
    for i in range(STEPS + 1):
        x = most * i / STEPS
        canvas.text(x, canvas.height + 20, f"{100 * x:.1f}")
    canvas.text(most / 2, canvas.height + 40, "gap between supervisor and ceiling, points", "note")
    return canvas.svg()


def recovered(pair: Pair) -> str:
    """Return the share of the gap in words."""
    found = pair.gap_recovered
    if found.value is None:
        return "no gap"
    if found.low is None or found.high is None:
        return f"{100 * found.value:.0f}% (of a gap not told apart from none)"
    return f"{100 * found.value:.0f}% ({100 * found.low:.0f} to {100 * found.high:.0f})"


def pooled(cells: Sequence[Student]) -> list[Pooled]:
    """Return a row for every supervisor, student and loss."""
    same: dict[tuple[str, str, str], list[Student]] = {}
    for cell in cells:
        same.setdefault((cell.weak_size, cell.student_size, cell.loss), []).append(cell)
    return [
        Pooled(
            *names,
            agreement=_mean(c.agreement.all for c in found),
            teacher_right=_mean(c.agreement.teacher_right for c in found),
            teacher_wrong=_mean(c.agreement.teacher_wrong for c in found),
            new_errors=_mean(c.new_errors for c in found),
            ece=_mean(c.ece for c in found),
            misfit=_mean(c.misfit for c in found),
        )
        for names, found in same.items()
    ]


def _mean(values: object) -> float | None:
    known = [v.rate if isinstance(v, Rate) else v for v in values]  # type: ignore[attr-defined]
    known = [v for v in known if v is not None]
    return statistics.fmean(known) if known else None
