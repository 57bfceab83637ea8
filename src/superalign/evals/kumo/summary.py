"""Plays scored: success, actions in both conventions, and how far from the optimum, by domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from superalign.problems.kumo.play import Play, oracle_player
from superalign.problems.kumo.task import Task
from superalign.stats import bootstrap, mean_known, wilson

COLUMNS = ("n", "unscored", "success", "actions", "published_actions", "relative", "unreadable")
"""What a row of the table of models shows."""

RESAMPLES = 500
"""Of tasks, for the interval of the mean number of actions."""


@dataclass(frozen=True, slots=True)
class Played:
    """One play of a task; `play` is null where the model never answered."""

    task: Task
    play: Play | None
    tokens: int | None = None
    error: str = ""
    """Why there is no play."""


def summarise(played: Sequence[Played], *, seed: int) -> dict[str, Any]:
    """Return the summary over all plays and per domain.

    Intervals are over tasks, since the plays of one are not independent. A play that never came is
    `unscored` and counts nowhere else.
    """
    optima = {p.task.id: oracle_player(p.task) for p in played}
    by_domain: dict[str, list[Played]] = {}
    for p in played:
        by_domain.setdefault(p.task.domain.name, []).append(p)
    return {
        **_measures(played, optima, seed),
        "unscored_because": dict(Counter(p.error for p in played if p.play is None)),
        "columns": list(COLUMNS),
        "domains": {d: _measures(own, optima, seed) for d, own in sorted(by_domain.items())},
    }


def _measures(played: Sequence[Played], optima: Mapping[str, Play], seed: int) -> dict[str, Any]:
    pairs = [(p, p.play, optima[p.task.id]) for p in played if p.play is not None]
    by_task: dict[str, list[tuple[Play, Play]]] = {}
    for p, play, best in pairs:
        by_task.setdefault(p.task.id, []).append((play, best))
    groups = list(by_task.values())
    success = [_mean([play.success for play, _ in own]) for own in groups]
    actions = [_mean([len(play.taken) for play, _ in own]) for own in groups]
    plays = [play for _, play, _ in pairs]
    return {
        "n": len(pairs),
        "tasks": len(groups),
        "unscored": len(played) - len(pairs),
        "success": mean_known(float(p.success) for p in plays),
        "success_interval": wilson(sum(success), len(success)),
        "actions": mean_known(float(len(p.taken)) for p in plays),
        "actions_interval": bootstrap(actions, seed=seed, n=RESAMPLES) if actions else None,
        "published_actions": mean_known(float(p.published_actions) for p in plays),
        "actions_when_right": mean_known(float(len(p.taken)) for p in plays if p.success),
        "optimal_actions": mean_known(float(len(best.taken)) for _, _, best in pairs),
        "relative": mean_known(
            p.published_actions / best.published_actions - 1 for _, p, best in pairs
        ),
        "unreadable": mean_known(float(p.end == "unreadable") for p in plays),
        "out_of_steps": mean_known(float(p.end == "steps") for p in plays),
        "tokens": mean_known(None if p.tokens is None else float(p.tokens) for p, _, _ in pairs),
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
