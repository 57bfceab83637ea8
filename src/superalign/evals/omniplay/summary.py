"""Plays scored: by game and level, against anchors, and what channels bring, cost and persuade."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

import numpy as np

from superalign.evals.omniplay.config import ASKED, CLEAN
from superalign.evals.played import (
    Played,
    averaged,
    by_task,
    counted,
    grouped,
    tokens,
    unscored_because,
)
from superalign.measures import clusters
from superalign.measures.clusters import Indices
from superalign.measures.modalities import conflict_cost, less_is_more, nps, share, synergy
from superalign.problems.omniplay.channels import CHANNELS, Setting
from superalign.problems.omniplay.play import Play, Task
from superalign.problems.omniplay.players import oracle_player, random_player
from superalign.records import seed_of
from superalign.stats import Difference, mean_known

COLUMNS = ("n", "unscored", "success", "score", "nps", "invalid")
"""What a row of the table of models shows, beside what a condition adds."""
PUBLISHED: Mapping[str, Mapping[int, tuple[float, float]]] = {
    "pathfinding": {1: (5.2, 193.2), 2: (8.3, 277.8), 3: (15.6, 482.7)},
    "echoes": {1: (3.70, 0.55), 2: (2.50, 0.05), 3: (2.60, 0.10)},
    "melody": dict.fromkeys((1, 2, 3), (87.66, 25.51)),
    "phantom": {1: (100, 25.2), 2: (99.6, 22.86), 3: (98.5, 17.8)},
}
"""Raw scores of people and of chance in the published games, which are not these."""


class Anchors(NamedTuple):
    """Raw scores of two players of ours on a task."""

    chance: float
    oracle: float


def anchors(tasks: Sequence[Task], seed: int) -> dict[str, Anchors]:
    """Return the anchors by task id, measured by playing."""
    silent = Setting(())

    def raw(player: Callable[[Task, Setting, Random], Play], task: Task) -> float:
        return player(task, silent, Random(seed_of(seed, "anchor", task.id))).state.raw

    return {t.id: Anchors(raw(random_player, t), raw(oracle_player, t)) for t in tasks}


def summarise(
    model: str,
    played: Mapping[str, Sequence[Played[Task, Play]]],
    known: Mapping[str, Anchors],
    *,
    seed: int,
) -> dict[str, Any]:
    """Return the summary of the plays of each condition; the figures on top are of `asked`.

    Intervals are over tasks, since plays of one are not independent. A play that never came is
    `unscored` and counts nowhere else; comparisons are over the tasks scored on both sides.
    """
    asked = played[ASKED]
    extra = {**_contrasts(played, seed), **_reliance(asked, seed)}
    measured = _measures(asked, known, seed)
    return {
        **measured,
        **extra,
        "unscored_because": unscored_because(asked),
        "columns": [*COLUMNS, *(k for k in extra if f"{k}_interval" in extra)],
        "sentence": _sentence(model, measured, extra),
        "games": {g: _game(own, known, seed) for g, own in grouped(asked, _by_game).items()},
        "levels": {g: _measures(own, known, seed) for g, own in grouped(asked, _by_level).items()},
        "conditions": {
            name: _measures(some, known, seed) for name, some in played.items() if name != ASKED
        },
    }


def _by_game(p: Played[Task, Play]) -> str:
    return p.task.game


def _by_level(p: Played[Task, Play]) -> str:
    return f"{p.task.game} {p.task.level}"


def _measures(
    some: Sequence[Played[Task, Play]], known: Mapping[str, Anchors], seed: int
) -> dict[str, Any]:
    groups = by_task(some)
    where = {p.task.id: (p.task.game, p.task.level) for p in some}
    raws = [
        Raw(*where[task], _mean([p.state.raw for p in own]), *known[task])
        for task, own in groups.items()
    ]
    wasted = share([_wasted(own) for own in groups.values()], seed=seed)
    return {
        **counted(some, lambda p: p.state.won),
        **averaged("score", some, lambda p: p.state.score, seed=seed),
        **_normalised(raws, seed),
        "invalid": wasted["rate"],
        "invalid_interval": wasted["interval"],
        "turns": mean_known(float(len(p.play.steps)) for p in some if p.play),
        "tokens": tokens(some),
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _wasted(plays: Sequence[Play]) -> tuple[int, int]:
    steps = [step for play in plays for step in play.steps]
    return sum(step.action is None for step in steps), len(steps)


class Raw(NamedTuple):
    """What a task came to, beside its anchors."""

    game: str
    level: int
    reached: float
    chance: float
    oracle: float


def _normalised(raws: Sequence[Raw], seed: int) -> dict[str, Any]:
    """Return the normalised score against our own players, averaged over games.

    The interval is over the tasks of each level of each game, so that there is none where a level
    has one task: no other says how far that one lies off.
    """

    def of(rows: Indices) -> dict[str, float | None]:
        return {"nps": _nps([raws[i] for i in rows])}

    levels = [(r.game, r.level) for r in raws]
    interval = clusters.statistics(of, range(len(raws)), levels, seed=seed)["nps"]
    return {"nps": _nps(raws), "nps_interval": interval}


def _nps(raws: Sequence[Raw]) -> float | None:
    by_game = grouped(raws, lambda r: r.game).values()
    means = [np.mean([r[2:] for r in own], axis=0) for own in by_game]
    return mean_known(nps(reached, low, high) for reached, low, high in means)


def _game(
    some: Sequence[Played[Task, Play]], known: Mapping[str, Anchors], seed: int
) -> dict[str, Any]:
    """Return the measures of one game, with its raw score and both kinds of anchors."""
    groups = by_task(some)
    raws = [_mean([play.state.raw for play in own]) for own in groups.values()]
    task = some[0].task
    found = {
        **_measures(some, known, seed),
        "unit": task.world.unit,
        "raw": mean_known(raws),
        "raw_interval": clusters.mean(raws, range(len(raws)), seed=seed),
        "chance_raw": mean_known(known[t].chance for t in groups),
        "oracle_raw": mean_known(known[t].oracle for t in groups),
    }
    if task.game in PUBLISHED and raws:
        levels = {p.task.id: p.task.level for p in some}
        people, chance = np.mean([PUBLISHED[task.game][levels[t]] for t in groups], axis=0)
        found["published"] = {
            "human_raw": float(people),
            "chance_raw": float(chance),
            "nps": nps(_mean(raws), float(chance), float(people)),
        }
    return found


def _contrasts(played: Mapping[str, Sequence[Played[Task, Play]]], seed: int) -> dict[str, Any]:
    """Return what lies cost, and what all channels bring beyond one or some, if it was played."""
    scores = {
        name: {t: _mean([p.state.score for p in own]) for t, own in by_task(some).items()}
        for name, some in played.items()
    }
    both = sorted(set.intersection(*(set(own) for own in scores.values())))
    paired = {name: [own[t] for t in both] for name, own in scores.items()}
    subsets = {name: own for name, own in paired.items() if name not in (ASKED, CLEAN)}
    singles = {name: own for name, own in subsets.items() if "+" not in name}
    full = paired.get(CLEAN, paired[ASKED])
    found: dict[str, Any] = {}
    if CLEAN in paired:
        found |= _flat("conflict_cost", conflict_cost(full, paired[ASKED], seed=seed))
    if subsets:
        found |= _flat("synergy", synergy(full, singles, seed=seed))
        found |= _flat("less_is_more", less_is_more(full, subsets, seed=seed))
    return found


def _flat(name: str, found: Difference) -> dict[str, Any]:
    low, high = found["low"], found["high"]
    varies = low is not None and high is not None and high - low > 1e-12
    interval = (low, high) if varies else None
    return {name: found["difference"], f"{name}_interval": interval, f"{name}_tasks": found["n"]}


def _reliance(asked: Sequence[Played[Task, Play]], seed: int) -> dict[str, Any]:
    """Return of the contested turns the share whose action each channel spoke for."""
    plays = [[step for play in own for step in play.steps] for own in by_task(asked).values()]
    groups = [[step for step in steps if step.contested] for steps in plays]
    if not any(groups):
        return {}
    found: dict[str, Any] = {
        "lies": sum(step.lied is not None for steps in plays for step in steps),
        "contested": sum(map(len, groups)),
    }
    shown = next(p.play.setting.shown for p in asked if p.play)
    for channel in (c for c in CHANNELS if c in shown):
        hits = share([(sum(channel in s.supported for s in g), len(g)) for g in groups], seed=seed)
        found[f"reliance_{channel}"] = hits["rate"]
        found[f"reliance_{channel}_interval"] = hits["interval"]
    return found


def _sentence(model: str, measured: Mapping[str, Any], extra: Mapping[str, Any]) -> str:
    if not measured["n"]:
        return f"{model} finished none of its plays."
    low, high = measured["success_interval"]
    said = (
        f"{model} won {measured['success']:.0%} ({low:.0%} to {high:.0%}) of {measured['n']} plays"
    )
    if measured["unscored"]:
        said += f", {measured['unscored']} more being unscored"
    if extra.get("conflict_cost") is not None:
        said += f"; lies cost it {extra['conflict_cost']:.2f}"
        if interval := extra["conflict_cost_interval"]:
            said += f" ({interval[0]:.2f} to {interval[1]:.2f})"
        said += " of its score"
    return said + "."
