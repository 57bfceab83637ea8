"""Plays scored: success, actions in both conventions, and how far from the optimum, by domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from superalign.evals.played import (
    Played,
    averaged,
    counted,
    grouped,
    tokens,
    unscored_because,
)
from superalign.problems.kumo.play import Play, oracle_player
from superalign.problems.kumo.task import Task
from superalign.stats import mean_known

COLUMNS = ("n", "unscored", "success", "actions", "published_actions", "relative", "unreadable")
"""What a row of the table of models shows."""


def summarise(played: Sequence[Played[Task, Play]], *, seed: int) -> dict[str, Any]:
    """Return the summary over all plays and per domain.

    Intervals are over tasks, since the plays of one are not independent. A play that never came is
    `unscored` and counts nowhere else.
    """
    optima = {p.task.id: oracle_player(p.task) for p in played}
    domains = grouped(played, lambda p: p.task.domain.name)
    return {
        **_measures(played, optima, seed),
        "unscored_because": unscored_because(played),
        "columns": list(COLUMNS),
        "domains": {name: _measures(own, optima, seed) for name, own in domains.items()},
    }


def _measures(
    played: Sequence[Played[Task, Play]], optima: Mapping[str, Play], seed: int
) -> dict[str, Any]:
    pairs = [(p.play, optima[p.task.id]) for p in played if p.play is not None]
    plays = [play for play, _ in pairs]
    return {
        **counted(played, lambda p: p.success),
        **averaged("actions", played, lambda p: float(len(p.taken)), seed=seed),
        "published_actions": mean_known(float(p.published_actions) for p in plays),
        "actions_when_right": mean_known(float(len(p.taken)) for p in plays if p.success),
        "optimal_actions": mean_known(float(len(best.taken)) for _, best in pairs),
        "relative": mean_known(
            p.published_actions / best.published_actions - 1 for p, best in pairs
        ),
        "unreadable": mean_known(float(p.end == "unreadable") for p in plays),
        "out_of_steps": mean_known(float(p.end == "steps") for p in plays),
        "tokens": tokens(played),
    }
