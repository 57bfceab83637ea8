"""Plays scored: success, what it took in steps and in calls, and how the archive grew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from superalign.problems.goexplore.play import Result
from superalign.problems.goexplore.task import Task
from superalign.stats import bootstrap, mean_known, wilson

COLUMNS = ("n", "unscored", "success", "steps_to_success", "calls_to_success", "archive")
"""What a row of the table of models shows."""

RESAMPLES = 500
"""Of tasks, for the interval of a mean."""
MARKS = 8
"""Budgets at which a curve is read, each twice the one before; the last is the whole."""


@dataclass(frozen=True, slots=True)
class Played:
    """One play of a task; `result` is null where the model never answered."""

    task: Task
    result: Result | None
    tokens: int | None = None
    error: str = ""
    """Why there is no result."""


def summarise(played: Sequence[Played], *, seed: int) -> dict[str, Any]:
    """Return the summary over all plays and per kind of task.

    Intervals are over tasks, since the plays of one are not independent. A play that a missing
    reply cut short is `unscored` and counts nowhere else.
    """
    kinds = dict.fromkeys(p.task.kind for p in played)
    whole = _measures(played, seed)
    return {
        **whole,
        "sentence": _sentence(whole),
        "unscored_because": dict(Counter(p.error for p in played if p.result is None)),
        "columns": list(COLUMNS),
        "by_steps": _curve(played, lambda r: r.steps),
        "by_calls": _curve(played, lambda r: r.calls),
        "kinds": {k: _measures([p for p in played if p.task.kind == k], seed) for k in kinds},
    }


def _measures(played: Sequence[Played], seed: int) -> dict[str, Any]:
    groups = _by_task(played)
    found = [r for own in groups for r in own]
    success = [sum(r.won for r in own) / len(own) for own in groups]

    def mean(name: str, value: Callable[[Result], float | None]) -> dict[str, Any]:
        known = [[v for r in own if (v := value(r)) is not None] for own in groups]
        sums = [(sum(own), len(own)) for own in known if own]
        interval = bootstrap(sums, _ratio, seed=seed, n=RESAMPLES) if sums else None
        return {name: mean_known(map(value, found)), f"{name}_interval": interval}

    return {
        "n": len(found),
        "tasks": len(groups),
        "unscored": len(played) - len(found),
        "success": mean_known(float(r.won) for r in found),
        "success_interval": wilson(sum(success), len(success)),
        **mean("steps_to_success", lambda r: float(r.steps) if r.won else None),
        **mean("calls_to_success", lambda r: float(r.calls) if r.won else None),
        **mean("points", lambda r: r.score),
        **mean("steps", lambda r: float(r.steps)),
        **mean("calls", lambda r: float(r.calls)),
        **mean("archive", lambda r: float(r.sizes[-1]) if r.sizes else None),
        "returned": mean_known(float(r.returned) for r in found),
        "unreadable": _share(sum(r.unreadable for r in found), sum(r.calls for r in found)),
        "tokens": mean_known(None if p.tokens is None else float(p.tokens) for p in played),
    }


def _by_task(played: Sequence[Played]) -> list[list[Result]]:
    """Return the results of each task that has any."""
    found: dict[str, list[Result]] = {}
    for p in played:
        if p.result is not None:
            found.setdefault(p.task.id, []).append(p.result)
    return list(found.values())


def _ratio(sums: Any) -> float:
    """Return the mean over plays, from the sum and the number of plays of each task."""
    total, n = sums.sum(axis=0)
    return float(total / n)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _curve(played: Sequence[Played], spent: Callable[[Result], int]) -> list[dict[str, Any]]:
    """Return success at rising budgets, as far as every play could spend as much.

    A play that ended by another budget says nothing about what more of this one would have done.
    """
    groups = _by_task(played)
    found = [r for own in groups for r in own]
    most = max(map(spent, found), default=0)
    cut = [spent(r) for r in found if r.end in ("steps", "calls")]
    marks = sorted({most >> k for k in range(MARKS)} - {0})

    def at(budget: int) -> dict[str, Any]:
        won = [[r.won and spent(r) <= budget for r in own] for own in groups]
        shares = [sum(own) / len(own) for own in won]
        low, high = wilson(sum(shares), len(shares))
        rate = mean_known(float(w) for own in won for w in own)
        return {"budget": budget, "rate": rate, "n": len(found), "low": low, "high": high}

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
