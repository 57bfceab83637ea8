"""Plays scored: success, what it took in steps and in calls, and how the archive grew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from superalign.evals.played import (
    Played,
    averaged,
    counted,
    grouped,
    tokens,
    unscored_because,
    valued,
)
from superalign.measures import clusters
from superalign.problems.goexplore.play import Result
from superalign.problems.goexplore.task import Task
from superalign.stats import mean_known

COLUMNS = ("n", "unscored", "success", "steps_to_success", "calls_to_success", "archive")
"""What a row of the table of models shows."""

MARKS = 8
"""Budgets at which a curve is read, each twice the one before; the last is the whole."""


def summarise(played: Sequence[Played[Task, Result]], *, seed: int) -> dict[str, Any]:
    """Return the summary over all plays and per kind of task.

    Intervals are over tasks, since the plays of one are not independent. A play that a missing
    reply cut short is `unscored` and counts nowhere else.
    """
    kinds = grouped(played, lambda p: p.task.kind)
    whole = _measures(played, seed)
    return {
        **whole,
        "sentence": _sentence(whole),
        "unscored_because": unscored_because(played),
        "columns": list(COLUMNS),
        "by_steps": _curve(played, lambda r: r.steps),
        "by_calls": _curve(played, lambda r: r.calls),
        "kinds": {name: _measures(own, seed) for name, own in kinds.items()},
    }


def _measures(played: Sequence[Played[Task, Result]], seed: int) -> dict[str, Any]:
    found = [p.play for p in played if p.play is not None]

    def mean(name: str, value: Callable[[Result], float | None]) -> dict[str, Any]:
        return averaged(name, played, value, seed=seed)

    return {
        **counted(played, lambda r: r.won),
        **mean("steps_to_success", lambda r: float(r.steps) if r.won else None),
        **mean("calls_to_success", lambda r: float(r.calls) if r.won else None),
        **mean("points", lambda r: r.score),
        **mean("steps", lambda r: float(r.steps)),
        **mean("calls", lambda r: float(r.calls)),
        **mean("archive", lambda r: float(r.sizes[-1]) if r.sizes else None),
        "returned": mean_known(float(r.returned) for r in found),
        "unreadable": _share(sum(r.unreadable for r in found), sum(r.calls for r in found)),
        "tokens": tokens(played),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _curve(
    played: Sequence[Played[Task, Result]], spent: Callable[[Result], int]
) -> list[dict[str, Any]]:
    """Return success at rising budgets, as far as every play could spend as much.

    A play that ended by another budget says nothing about what more of this one would have done.
    """
    found = [p.play for p in played if p.play is not None]
    most = max(map(spent, found), default=0)
    cut = [spent(r) for r in found if r.end in ("steps", "calls")]
    marks = sorted({most >> k for k in range(MARKS)} - {0})

    def at(budget: int) -> dict[str, Any]:
        won, tasks = valued(played, lambda r: float(r.won and spent(r) <= budget))
        low, high = clusters.share(won, tasks) or (0.0, 1.0)
        return {"budget": budget, "rate": mean_known(won), "n": len(won), "low": low, "high": high}

    return [at(b) for b in marks if b <= min(cut, default=b)]


def _sentence(whole: Mapping[str, Any]) -> str:
    if whole["success"] is None:
        return "Nothing was scored."
    low, high = whole["success_interval"]
    text = f"The goal was reached in {whole['success']:.0%} of {whole['n']} plays"
    text += f" ({low:.0%} to {high:.0%})"
    if whole["steps_to_success"] is not None:
        text += f", then after {whole['steps_to_success']:.0f} steps"
        text += f" and {whole['calls_to_success']:.0f} replies"
    return f"{text}; {whole['unscored']} unscored."
