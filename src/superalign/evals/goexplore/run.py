"""Go-Explore by rule, by a model, or with a model in place of an archive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any, get_args

from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.critics.goexplore import GoExploreGold
from superalign.evals.command import Asked
from superalign.evals.goexplore.config import GoExploreConfig, chosen
from superalign.evals.goexplore.summary import Played, summarise
from superalign.games.goexplore import GoExplore
from superalign.ledger import Ledger
from superalign.problems.goexplore.play import Limits, Play
from superalign.problems.goexplore.player import Rule, by_rule
from superalign.problems.goexplore.task import Task
from superalign.records import Episode, seed_of

RULES: tuple[Rule, ...] = get_args(Rule)
"""Players without a model."""


def evaluate(asked: Asked) -> dict[str, Any]:
    """Play and score; what a model said is kept in the folder, and the same command goes on.

    Raises:
        BadInput: If a field, the data or the model cannot be used, or what makes the world is not
            installed.
        Unreachable: If the model's endpoint does not answer usably.
    """
    config = GoExploreConfig.read(dict(asked.fields), "evaluation goexplore")
    games = asked.folder.parent / "games"
    tasks = chosen(
        config,
        asked.data,
        games=games,
        seed=asked.seed,
        limit=asked.limit,
        progress=asked.progress,
    )
    if rule := next((r for r in RULES if r == asked.model), None):
        played = _by_rule(rule, config.limits, tasks, asked)
    else:
        played = asyncio.run(_spoken(config, tasks, asked))
    return summarise(played, seed=asked.seed)


def _by_rule(rule: Rule, limits: Limits, tasks: Sequence[Task], asked: Asked) -> list[Played]:
    asked.progress.begin("play", len(tasks) * asked.epochs)
    found = []
    for task in tasks:
        world = task.opened()
        for epoch in range(asked.epochs):
            rng = Random(seed_of(asked.seed, task.id, epoch))
            found.append(Played(task, by_rule(rule, Play(world, limits), rng).result))
            asked.progress.advance(1)
    return found


async def _spoken(config: GoExploreConfig, tasks: Sequence[Task], asked: Asked) -> list[Played]:
    """Have a model play all tasks, many at once; each chunk is one idempotent step."""
    game = GoExplore(tasks, config.player())
    policy = asked.policy(asked.model, temperature=config.heat, max_tokens=config.max_tokens)
    depends = {**config.model_dump(mode="json"), "eval": "goexplore", "model": asked.model}
    asked.progress.begin("play", len(tasks) * asked.epochs)
    with Ledger.open(asked.folder, depends, seed=asked.seed) as ledger:
        table = Table(
            learner=policy,
            game=game,
            critic=GoExploreGold(game),
            ledger=ledger,
            samples=asked.epochs,
            progress=asked.progress,
        )
        seeds = Seeds(game.problems)
        episodes = await seeds.attack(table, budget=len(tasks) * asked.epochs, seed=asked.seed)
    return [_played(game, e) for e in episodes]


def _played(game: GoExplore, episode: Episode) -> Played:
    task = game.task(episode.problem)
    if not episode.final.came:
        return Played(task, None, error=episode.final.error or episode.final.stop)
    counts = [m.reply.tokens for m in episode.moves]
    tokens = sum(c for c in counts if c is not None) if None not in counts else None
    return Played(task, game.result(episode), tokens)
