"""Go-Explore by rule, by a model, or with a model in place of an archive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, get_args

from superalign.critics.goexplore import GoExploreGold
from superalign.evals.asked import Asked
from superalign.evals.goexplore.config import GoExploreConfig, chosen
from superalign.evals.goexplore.summary import summarise
from superalign.evals.played import Played, heard
from superalign.games.goexplore import GoExplore
from superalign.problems.goexplore.play import Limits, Play, Result
from superalign.problems.goexplore.player import Rule, by_rule
from superalign.problems.goexplore.task import Task

PLAYERS: tuple[Rule, ...] = get_args(Rule)
"""Players without a model."""


def evaluate(asked: Asked) -> dict[str, Any]:
    """Play and score; what a model said is kept in the folder, and the same command goes on.

    Raises:
        BadInput: If a field, the data or the model cannot be used, or what makes the world is not
            installed.
        Unreachable: If the model's endpoint does not answer usably.
    """
    config = asked.read(GoExploreConfig)
    games = asked.folder.parent / "games"
    tasks = chosen(
        config,
        asked.data,
        games=games,
        seed=asked.seed,
        limit=asked.limit,
        progress=asked.progress,
    )
    if rule := next((r for r in PLAYERS if r == asked.model), None):
        played = _by_rule(rule, config.limits, tasks, asked)
    else:
        played = asyncio.run(_spoken(config, tasks, asked))
    return summarise(played, seed=asked.seed)


def _by_rule(
    rule: Rule, limits: Limits, tasks: Sequence[Task], asked: Asked
) -> list[Played[Task, Result]]:
    opened = lru_cache(maxsize=1)(Task.opened)
    return [
        Played(task, by_rule(rule, Play(opened(task), limits), rng).result)
        for task, rng in asked.rolls(tasks)
    ]


async def _spoken(
    config: GoExploreConfig, tasks: Sequence[Task], asked: Asked
) -> list[Played[Task, Result]]:
    """Have a model play all tasks, many at once; each chunk is one idempotent step."""
    game = GoExplore(tasks, config.player())
    policy = asked.policy(asked.model, temperature=config.heat, max_tokens=config.max_tokens)
    asked.progress.begin("play", len(tasks) * asked.epochs)
    with asked.open(config.model_dump(mode="json")) as ledger:
        episodes = await asked.play(
            ledger, game.problems, learner=policy, game=game, critic=GoExploreGold(game)
        )
    return [heard(game.task(e.problem), e, partial(game.result, e)) for e in episodes]
