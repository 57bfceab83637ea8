"""Figures in words: percentages, intervals, durations, and the sentence a run ends with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from superalign import stats
from superalign.report.records import ChainsRun, Difference, Labels, Rate

UNMEASURED = "not measured"


def percent(share: float | None) -> str:
    """Return a share in whole percent; only an exact 0 or 1 is called 0% or 100%."""
    if share is None:
        return UNMEASURED
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{100 * share:.0f}%"


def interval(rate: Rate) -> str:
    """Return the 95% interval as `71 to 77`, or nothing where there is none."""
    if rate.low is None or rate.high is None:
        return ""
    return f"{100 * rate.low:.0f} to {100 * rate.high:.0f}"


def full(rate: Rate) -> str:
    """Return rate, interval and n on one line."""
    if rate.rate is None:
        return UNMEASURED
    return f"{percent(rate.rate)} ({interval(rate)}; n {rate.n:,})"


def points(change: Difference) -> str:
    """Return a change in percentage points with its interval."""
    if change.difference is None or change.low is None or change.high is None:
        return UNMEASURED
    value, low, high = (f"{100 * x:+.1f}" for x in (change.difference, change.low, change.high))
    return f"{value} points ({low} to {high})"


def duration(seconds: float | None) -> str:
    """Return seconds as a person says them."""
    if seconds is None:
        return UNMEASURED
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def decimal(value: float | None) -> str:
    """Return two decimals."""
    return UNMEASURED if value is None else f"{value:.2f}"


def sentence(summary: Mapping[str, Any] | ChainsRun) -> str:
    """Return what a chains run found, in one sentence for someone new to it.

    A change counts as one only if its 95% interval leaves zero out.
    """
    run = summary if isinstance(summary, ChainsRun) else ChainsRun.read(summary, "summary")
    start, end = run.hard_levels.start, run.hard_levels.end
    where = f"levels {run.hard_levels.span}"
    if run.human_labels.top < min(run.hard_levels.levels):
        where = f"problems harder than any that people labelled ({where})"
    change = stats.difference(start.plain(), end.plain())
    if change["low"] is None or change["high"] is None:
        return f"Nothing can be said yet: accuracy on {where} was not measured."
    spent = _spent(run.human_labels)
    went = f"from {percent(start.rate)} to {percent(end.rate)}"
    if change["low"] > 0:
        return f"On {where} the learner rose {went} with every step right, {spent}{_beside(run)}."
    if change["high"] < 0:
        return (
            f"The loop did harm: on {where} the learner fell {went} with every step right, {spent}."
        )
    return (
        f"The loop did not help: on {where} the learner went {went} with every step right, "
        f"a change within the noise, {spent}{_gates(run)}."
    )


def _spent(labels: Labels) -> str:
    if not labels.total:
        return "using no human label"
    return f"using {labels.total:,} human labels, none above level {labels.top}"


def _beside(run: ChainsRun) -> str:
    """Return what the labels reached alone, and the loop without a critic or with a perfect one."""
    names = (
        ("labels", "finetuned on the approved solutions alone"),
        ("self_training", "without a critic"),
        ("oracle", "with a perfect critic"),
    )
    found = [
        f"{name} it reached {percent(run.baselines[key].hard_levels.end.rate)}"
        for key, name in names
        if key in run.baselines
    ]
    if not found:
        return ""
    *first, last = found
    return f"; {', '.join(first)} and {last}" if first else f"; {last}"


def _gates(run: ChainsRun) -> str:
    if run.rounds and not any(r.promoted for r in run.rounds):
        return "; no round passed its gate, so the learner is the one it started with"
    return ""
